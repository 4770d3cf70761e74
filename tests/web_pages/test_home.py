"""The overview: figures, next step, and what an empty workspace says."""

from __future__ import annotations

from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser


def test_the_overview_is_clean_and_shows_the_demo_s_figures(browser: Browser, site: Site) -> None:
    texts = looks(browser, site, "/", "home", phone_axe=True)
    for lang in ("zh", "en"):
        assert "2,469" in texts[lang]  # households of the demo
        assert "4,587,280" in texts[lang]  # sales of 2017, see the test below
    assert "生成报告" in texts["zh"]
    assert "Write the report" in texts["en"]


def test_revenue_is_the_sum_of_the_last_year(site: Site) -> None:
    frame = site.workspace.traits.frame(["monetary_365d"])
    total = sum(frame["monetary_365d"].to_pylist())
    assert f"{round(total):,}" == "4,587,280"


def test_an_empty_workspace_leads_to_loading(browser: Browser, empty_site: Site) -> None:
    with opened(browser, empty_site, "/") as page:
        assert page.locator("[aria-current=step]").inner_text().startswith("1")
        page.locator(".empty-state").get_by_role("link", name="载入数据").click()
        assert page.url.endswith("/data/load")


def test_a_viewer_is_not_offered_to_load(browser: Browser, empty_site: Site) -> None:
    empty_site.workspace.users.add("reader", "viewer")
    with opened(browser, empty_site, "/", user="reader") as page:
        assert page.get_by_role("link", name="载入数据").count() == 0
        assert "管理员或分析师载入数据后" in page.locator("main").inner_text()


def test_what_comes_too_early_says_what_comes_before(browser: Browser, empty_site: Site) -> None:
    with opened(browser, empty_site, "/segments/new", screen="phone", status=409) as page:
        check_page(page, "too-early-zh-phone", axe=True)
        page.locator(".empty-state").get_by_role("link", name="去数据页").click()
        assert page.url.endswith("/data")


def test_an_error_keeps_the_navigation_of_whoever_is_signed_in(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/segments/nowhere", lang="en", status=404) as page:
        check_page(page, "unknown-segmentation-en-desk", axe=True)
        assert "nowhere" in page.locator("main .notice-bad").inner_text()
        assert page.get_by_role("link", name="Segments").count() > 0
