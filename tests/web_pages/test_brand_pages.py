"""Pages of the brand: from interviews to a confirmed ladder and a message house; a ladder built by keyboard."""

from __future__ import annotations

from pathlib import Path

import httpx
from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser, Page, expect

CHAINS = (("次日送达", "A"), ("省时间", "C"), ("多陪家人", "V")), (("新鲜", "A"), ("吃得健康", "C"), ("多陪家人", "V"))
HOSTILE = "<img src=x onerror=alert(1)>"


def interviews(path: Path) -> Path:
    """Write ladders of six respondents, and one that goes the wrong way."""
    rows = [
        f"p{r},{n},{i},{c},{level}" for r in range(6) for n in (1, 2) for i, (c, level) in enumerate(CHAINS[n - 1], 1)
    ]
    rows += ["p9,1,1,多陪家人,V", "p9,1,2,新鲜,A"]
    path.write_text("\n".join(["受访者,阶梯号,位置,概念,层级", *rows]), "utf-8")
    return path


def test_from_interviews_to_a_ladder_and_a_message(browser: Browser, site: Site, tmp_path: Path) -> None:
    persona = site.workspace.personas.list("lifestyle")[0]
    place = f"lifestyle/{persona.segment}"
    with opened(browser, site, "/brand/laddering", lang="zh") as page:
        page.locator("#study-name").fill("families")
        page.locator("#study-file").set_input_files(interviews(tmp_path / "ladders.csv"))
        page.get_by_role("button", name="导入", exact=True).click()
        expect(page.locator("main")).to_contain_text("采用 12 条阶梯，1 条未采用")
        expect(page.locator("main")).to_contain_text("由高层级走向低层级")
        page.goto(f"{site.address}/brand/laddering/families")
        assert "6.00" in page.locator("#matrix").inner_text()
        page.locator("#propose-place").select_option(place)
        page.get_by_role("button", name="提出").click()
        expect(page.locator("#drawn .drawing-wide svg")).to_be_visible()
        assert page.locator(".rung.is-proposed").count() == 5
        page.get_by_role("button", name="全部确认").click()
        expect(page.locator("#findings")).to_contain_text("每个情感利益都落到产品属性上")
        assert page.locator(".rung.is-proposed").count() == 0
        check_page(page, "brand-ladder-zh-desk", axe=True)
        page.goto(f"{site.address}/personas/{place}")
        page.get_by_role("link", name="信息屋").click()
        page.locator("#promise_zh").fill("便宜又快")
        page.locator("#avoid").fill("便宜")
        page.locator("#promise-form").get_by_role("button", name="保存").click()
        expect(page.locator("#findings")).to_contain_text("要避免的词“便宜”")
        page.locator("#reason-zh").fill(HOSTILE)
        page.locator("#reason-rung").select_option("a1")
        page.locator("#reason-form").get_by_role("button", name="添加理由").click()
        page.get_by_text("添加证明").first.click()
        page.locator("#proof-zh-0").fill("数据如此")
        page.locator("#proof-ev-0-evidence").select_option(index=2)
        page.locator("#proof-0").get_by_role("button", name="添加证明").click()
        expect(page.locator(".proof-list")).to_contain_text("数字未变")
        assert HOSTILE in page.locator(".house-pillars").inner_text()
        for n, (channel, share) in enumerate((("企业微信", "70"), ("短信", "30"))):
            page.locator(f"#channel-{n}").fill(channel)
            page.locator(f"#share-{n}").fill(share)
        page.locator("#channels-form").get_by_role("button", name="保存").click()
        expect(page.locator(".mix")).to_contain_text("30.0%")
    view = site.workspace.brand.message.show("lifestyle", persona.segment)
    assert view.message.reasons[0].rung == "a1"
    assert view.proofs[0][0].ground.kind == "claim"
    looks(browser, site, f"/brand/message?place={place}", "brand-message", phone_axe=True)
    with opened(browser, site, "/brand/laddering/families", lang="en", screen="phone") as page:
        expect(page.locator("#map .drawing-narrow svg")).to_be_visible()
        check_page(page, "brand-laddering-en-phone", axe=True)
    with opened(browser, site, f"/brand/message/print?place={place}", lang="en") as page:
        page.emulate_media(media="print")
        assert page.locator(".sidebar").is_hidden()
        expect(page.locator(".house-promise")).to_be_visible()
        page.emulate_media(media="screen")


def test_a_ladder_is_built_by_keyboard_on_a_phone(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/brand/ladder?place=loyalty/loyal", lang="en", screen="phone") as page:
        for level, text in (("attribute", "fresh"), ("functional", "healthy"), ("attribute", "near")):
            _add(page, level, text)
        assert "leads to no benefit" in page.locator("#findings").inner_text()
        _press(page, page.locator("#item-a2").get_by_role("button", name='Move "near" up'))
        expect(page.locator("#level-attribute .rung-name").first).to_contain_text("near")
        _press(page, page.locator("#item-a1").get_by_role("link", name='Change "fresh"'))
        _press(page, page.locator("#link-a1").get_by_role("button", name="Link"))
        expect(page.locator("#item-a1 .link-list")).to_contain_text("leads to healthy")
        _press(page, page.locator("#item-a2").get_by_role("button", name='Remove "near"'))
        expect(page.locator("#item-a2")).to_have_count(0)
        check_page(page, "brand-ladder-en-phone", axe=True)
    view = site.workspace.brand.ladder.show("loyalty", "loyal")
    assert [(k.lower, k.upper) for k in view.ladder.links] == [("a1", "f1")]
    assert [h.version for h in view.history] == [6, 5, 4, 3, 2, 1]


def _press(page: Page, what: object) -> None:
    what.focus()  # type: ignore[attr-defined]
    page.keyboard.press("Enter")


def _add(page: Page, level: str, text: str) -> None:
    page.locator("#add-level").select_option(level)
    page.locator("#add-en").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(f"#level-{level}")).to_contain_text(text)


def test_a_page_that_is_old_undoes_nobody_s_change(site: Site) -> None:
    cookie = site.cookie()
    form = {
        "place": "rfm/general_keep",
        "action": "add",
        "level": "attribute",
        "label_en": "first",
        "seen_version": "0",
    }
    with httpx.Client(base_url=site.address, cookies={cookie["name"]: cookie["value"]}) as client:
        assert client.post("/brand/ladder", data=form).status_code == 303
        late = client.post("/brand/ladder", data=form | {"label_en": "second"}, headers={"HX-Request": "true"})
        assert late.status_code == 409
        wrong = client.post("/brand/ladder", data=form | {"action": "add", "evidence": '{"kind": "judgement"}'})
        assert wrong.status_code == 422
        assert client.get("/brand/ladder?place=gone/gone").status_code == 404
        mix = {"place": "rfm/general_keep", "action": "channels", "channel_0": "SMS", "share_0": "90"}
        assert "100%" in client.post("/brand/message?lang=zh", data=mix, headers={"HX-Request": "true"}).text
    assert site.workspace.brand.message.show("rfm", "general_keep").version == 0
    assert len(site.workspace.brand.ladder.show("rfm", "general_keep").ladder.items) == 1


def test_the_address_of_rest_opens_the_same_place(site: Site) -> None:
    persona = site.workspace.personas.list("lifestyle")[0]
    with site.client() as client:
        for page in ("ladder", "message"):
            named = client.get(f"/brand/{page}", params={"name": "lifestyle", "segment": persona.segment})
            assert named.status_code == 200
            assert f'value="lifestyle/{persona.segment}" selected' in named.text
            assert client.get(f"/brand/{page}", params={"name": "lifestyle"}).status_code == 422


def test_a_study_that_is_not_there_is_answered_with_the_studies_and_the_surveys(site: Site) -> None:
    with site.client() as client:
        said = client.get("/api/v1/brand-studies/nope/map").json()
    assert said["error"]["code"] == "error.study.neither"
    assert said["error"]["params"]["known"] == [s.study.id for s in site.workspace.brand.studies()]
    assert said["error"]["params"]["surveys"] == [s.survey.id for s in site.workspace.surveys.list()]


def test_benefits_that_no_attribute_carries_are_told_beside_the_proposal(site: Site) -> None:
    rungs = [("fast", "A", "saves time", "C", "family", "V")] * 6
    rungs += [(f"odd {n}", "A", "healthy", "C", "calm", "V") for n in range(4)]
    rows = [
        {"respondent": f"r{n}", "position": i + 1, "concept": chain[2 * i], "level": chain[2 * i + 1]}
        for n, chain in enumerate(rungs)
        for i in range(3)
    ]
    site.workspace.brand.ladder.load("carried", rows)
    with site.client() as client:
        assert "no attribute leads to healthy, calm." in client.get("/brand/laddering/carried?cutoff=3&lang=en").text
        assert "no attribute leads to" not in client.get("/brand/laddering/carried?cutoff=1&lang=en").text
