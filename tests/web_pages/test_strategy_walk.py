"""From a segmentation to the message in the web app, without code; and how the pages of strategies look."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from page_site import Site, check_page, looks, opened, serving, working
from playwright.sync_api import Browser, Page, expect

from panel import panel
from qunxiang.workspace import Workspace
from tiny_shop import AS_OF, orders, persons

LONG = 240_000
"""Milliseconds that a job may take on a busy machine."""
TICK = "(boxes, wanted) => boxes.forEach(box => { box.checked = wanted.includes(box.value); })"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a small shop with customers, orders and a market, and no segments yet."""
    folder = tmp_path_factory.mktemp("chain") / "shop"
    with Workspace.create(folder, name="Corner Shop", lang="en") as workspace:
        workspace.load("persons", persons())
        workspace.load("orders", orders())
        workspace.resolve()
        workspace.refresh(AS_OF)
        workspace.surveys.load("panel", panel())
        workspace.market.define("people", "panel", 120_000, question="city")
    with serving(folder) as running, working(folder):
        yield running


def went(page: Page, path: str) -> None:
    """Wait until the page is the one at `path`."""
    page.wait_for_url(lambda url: urlsplit(url).path == path, timeout=LONG)


def states(page: Page) -> list[str | None]:
    return [link.get_attribute("data-status") for link in page.locator(".chain-link").all()]


def test_from_a_segmentation_to_the_message_in_the_browser(browser: Browser, shop: Site) -> None:
    with opened(browser, shop, "/segments/fit", lang="en") as page:
        # segments: two traits, two segments
        page.eval_on_selector_all("#fit-form [name=trait]", TICK, ["frequency", "basket_value"])
        page.locator("#name").fill("kinds")
        page.locator("#n_segments").select_option("2")
        page.locator("#fit-form").get_by_role("button").last.click()
        went(page, "/segments/kinds")
        expect(page.locator(".segment-table tbody tr").first).to_be_visible()
        # targets: a weight, a judgement, the choice with its reason
        page.goto(f"{shop.address}/targets/kinds")
        page.locator("#n-size").fill("40")
        page.locator("#weights-why").fill("large groups first")
        page.get_by_role("button", name="Save weights").click()
        expect(page.locator("#weights-why")).to_have_value("")  # the page is a new one
        expect(page.locator("#n-size")).to_have_value("40")
        segment = page.locator("#judge-segment option").first.get_attribute("value") or ""
        page.locator("#judge-value").fill("8")
        page.locator("#judge-why").fill("two shops in walking distance")
        page.locator("#judge-form").get_by_role("button").click()
        expect(page.locator("#judge")).to_contain_text("two shops in walking distance")
        page.locator(f"#choose-form [name=segment][value={segment}]").check()
        page.locator("#choose-why").fill("most visits")
        page.locator("#choose-form").get_by_role("button").last.click()
        expect(page.locator("#decision")).to_contain_text("most visits")
        # persona
        page.get_by_role("button", name="Build personas").click()
        went(page, "/personas")
        expect(page.locator(".persona").first).to_be_visible()
        # the chain: what it divides and who owns it
        page.goto(f"{shop.address}/strategy/kinds")
        assert states(page) == ["missing", "decided", "decided", "missing", "missing"]
        page.locator("#market").select_option("people")
        page.locator("#owner_message").fill("wang")
        page.locator("#plan-form").get_by_role("button").last.click()
        expect(page.locator("#link-market")).to_have_attribute("data-status", "decided")
        expect(page.locator("#link-message")).to_contain_text("wang")
        # position: a draft first, which says what it lacks; then decided
        page.locator("#link-position .chain-part").get_by_role("link", name="Write the statement").click()
        went(page, f"/strategy/kinds/position/{segment}")
        page.locator("#brand-zh").fill("Corner Shop")
        page.locator("#audience-zh").fill("people nearby who work late")
        page.get_by_role("button", name="Save as draft").click()
        expect(page.locator("#now .statement")).to_contain_text("For people nearby who work late, Corner Shop is …")
        expect(page.locator("#lacks")).to_contain_text("The point of difference is missing.")
        page.locator("#category-zh").fill("a neighbourhood supermarket")
        page.locator("#difference-zh").fill("open till midnight")
        page.locator("#against_other").fill("Mart")
        page.locator("#reason_0-zh").fill("they bring most of the revenue")
        page.locator("#ground-0").select_option(label="share of revenue")
        page.get_by_text("More reasons").click()
        page.locator("#reason_1-zh").fill("nobody else is open at midnight")
        page.locator("#judged_1").fill("walked through six shops")
        page.locator("#why").fill("agreed on 12 May")
        page.get_by_role("button", name="Decide").click()
        expect(page.locator("#now .statement")).to_contain_text("Corner Shop is a neighbourhood supermarket")
        check_page(page, "strategy-position-en-desk", axe=True)
        # message: promise, reason, proof
        page.goto(f"{shop.address}/strategy/kinds")
        page.locator("#link-message .chain-part").get_by_role("link", name="Build the message house").click()
        went(page, "/brand/message")
        page.locator("#promise_en").fill("Home late, still fed")
        page.locator("#promise-form").get_by_role("button").click()
        expect(page.locator(".house-promise")).to_contain_text("Home late, still fed")
        page.locator("#reason-en").fill("open when others are closed")
        page.locator("#reason-form").get_by_role("button").click()
        expect(page.locator(".house-reason")).to_contain_text("open when others are closed")
        page.locator("#reasons details").first.locator("summary").click()
        page.locator("#proof-en-0").fill("they buy most of all")
        page.locator("#proof-ev-0-evidence").select_option(label="share of revenue")
        page.locator("#proof-0").get_by_role("button").click()
        expect(page.locator(".proof-list")).to_contain_text("they buy most of all")
        # every link is decided
        page.goto(f"{shop.address}/strategy/kinds")
        assert states(page) == ["decided"] * 5
        expect(page.locator(".notice-good")).to_contain_text("All five links are decided")
        expect(page.locator("#link-position .part-says")).to_contain_text("open till midnight")
        expect(page.locator("#link-message .part-says")).to_have_text("Home late, still fed")
        page.locator("#link-position summary").click()
        expect(page.locator("#link-position .version-list")).to_contain_text("agreed on 12 May")
    assert shop.workspace.strategy.show("kinds").next is None


def test_pages_fit_and_are_accessible_in_both_languages(browser: Browser, site: Site) -> None:
    segment = site.workspace.targets.rank("lifestyle").chosen.segments[0]  # type: ignore[union-attr]
    for path in ("/strategy", "/strategy/lifestyle", f"/strategy/lifestyle/position/{segment}"):
        texts = looks(browser, site, path, path.strip("/").replace("/", "-"), phone_axe=True)
        assert texts["zh"] != texts["en"]


def test_hostile_texts_stay_texts_and_a_viewer_may_only_read(site: Site) -> None:
    cookie = site.cookie()
    path = "/strategy/lifestyle/position/s1"
    form = {
        "brand_zh": "<script>alert(1)</script>",
        "difference_zh": "{{ 7 * 7 }} {brand}",
        "against_other": "'; drop table definitions; --",
        "reason_0_zh": "=1+1",
        "ground_0": '{"kind": "judgement"}',
        "judged_0": "<b>seen</b>",
    }
    with httpx.Client(base_url=site.address, cookies={cookie["name"]: cookie["value"]}) as client:
        assert client.post(path, data=form).status_code == 303
        text = client.get(path).text
        assert "<script>alert(1)" not in text
        assert "<b>seen</b>" not in text
        assert "{{ 7 * 7 }} {brand}" in text
        for wrong in ({"ground_0": "{}"}, {"ground_0": "keep"}, {"ground_0": '{"kind": "figure"}'}, {"judged_0": ""}):
            form_now = {**form, "reason_1_zh": "more", "ground_1": "", **wrong}
            assert client.post(path, data=form_now, headers={"HX-Request": "true"}).status_code == 422, wrong
    site.workspace.users.add("reader_of_strategy", "viewer")
    reader = site.cookie("reader_of_strategy")
    with httpx.Client(base_url=site.address, cookies={reader["name"]: reader["value"]}) as client:
        assert "position-form" not in client.get(path).text
        assert "plan-form" not in client.get("/strategy/lifestyle").text
        assert client.post(path, data=form).status_code == 403
