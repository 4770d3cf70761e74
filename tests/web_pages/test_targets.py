"""Pages of targets: trying weights, judging strength, deciding."""

from __future__ import annotations

import httpx
import pytest
from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser, expect


@pytest.mark.parametrize("path", ["/targets", "/targets/lifestyle", "/targets/value_tier"])
def test_pages_fit_and_are_accessible_in_both_languages(browser: Browser, site: Site, path: str) -> None:
    looks(browser, site, path, path.strip("/").replace("/", "-"), phone_axe=True)


def test_weights_are_tried_without_being_stored(browser: Browser, site: Site) -> None:
    weights = {"size": 100.0, "revenue": 0.0, "value_per_customer": 0.0, "growth": 0.0}
    expected = site.workspace.targets.rank("rfm", weights=weights).ranking.ranked[0]
    label = next(
        s.label for s in site.workspace.segments.list() if s.id == "rfm" for s in s.segments if s.id == expected.segment
    )
    with opened(browser, site, "/targets/rfm", lang="en") as page:
        for name, value in weights.items():
            page.locator(f"#n-{name}").fill(f"{value:g}")
        expect(page.locator("#ranking .notice")).to_contain_text("nothing is saved")
        expect(page.locator("#rank-table tbody tr").first.locator("th")).to_contain_text(label.en)
        assert page.locator("#w-size").input_value() == "100"
    stored = {c.id: c.weight for c in site.workspace.targets.criteria("rfm").criteria}
    assert stored["size"] == 20


def test_strength_is_entered_and_targets_are_chosen(browser: Browser, site: Site) -> None:
    best = site.workspace.targets.rank("loyalty").ranking.ranked[0].segment
    with opened(browser, site, "/targets/loyalty", lang="zh") as page:
        assert page.locator("#map").count() == 0
        page.locator("#judge-segment").select_option(best)
        page.locator("#judge-value").fill("7.5")
        page.locator("#judge-why").fill("门店覆盖好")
        page.get_by_role("button", name="记录判断").click()
        page.wait_for_selector("#map canvas")
        assert "门店覆盖好" in page.locator("#judge").inner_text()
        unplaced = page.locator("#unplaced li").count()
        assert unplaced == len(site.workspace.targets.rank("loyalty").ranking.ranked) - 1
        check_page(page, "targets-judged-zh-desk", axe=True)
        page.locator(f"#choose-form [value={best}]").check()
        page.locator("#choose-why").fill("最有吸引力")
        page.get_by_role("button", name="记录决定").click()
        expect(page.locator("#decision")).to_contain_text("owner 于")
        assert "未选：" in page.locator("#decision").inner_text()
    chosen = site.workspace.targets.chosen("loyalty")
    assert chosen is not None
    assert (chosen.segments, chosen.why, chosen.by) == ((best,), "最有吸引力", "owner")


def test_a_judgement_without_reason_is_refused_as_a_notice(site: Site) -> None:
    cookie = site.cookie()
    form = {"segment": "sensitive", "value": "7", "why": " "}
    with httpx.Client(base_url=site.address, cookies={cookie["name"]: cookie["value"]}) as client:
        answer = client.post("/targets/price_sensitivity/judge", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "notice-bad" in answer.text


def test_a_viewer_sees_the_ranking_without_forms_that_change_it(browser: Browser, site: Site) -> None:
    site.workspace.users.add("reader_of_targets", "viewer")
    with opened(browser, site, "/targets/lifestyle", user="reader_of_targets") as page:
        for name in ("#judge-form", "#choose-form", "#weights button"):
            assert page.locator(name).count() == 0
        assert page.locator("#rank-table tbody tr").count() > 1
