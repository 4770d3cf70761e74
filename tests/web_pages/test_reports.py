"""The page of reports, and waiting for the jobs that pages start."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from page_site import Site, looks, opened, working
from playwright.sync_api import Browser, expect


def test_the_page_fits_and_is_accessible(browser: Browser, site: Site) -> None:
    looks(browser, site, "/reports", "reports", phone_axe=True)


def test_a_report_is_written_as_a_job_and_downloaded(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/reports?name=lifestyle", lang="en") as page, working(site.workspace.settings.folder):
        page.locator("#format").select_option("html")
        page.get_by_role("button", name="Write", exact=True).click()
        page.wait_for_url("**/waiting/**")
        page.wait_for_url(lambda url: urlsplit(url).path == "/reports", timeout=240_000)
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Download").first.click()
        assert "<html" in Path(waiting.value.path()).read_text("utf-8")[:400]


def test_a_fit_waits_for_its_job_and_opens_the_result(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/segments/fit", lang="en") as page, working(site.workspace.settings.folder):
        page.locator("#fit-form [name=name]").fill("three_ways")
        page.locator("#n_segments").select_option("3")
        page.get_by_role("button", name="Start").click()
        page.wait_for_url(lambda url: urlsplit(url).path == "/segments/three_ways", timeout=240_000)
        expect(page.locator("#segment-table tbody tr").first).to_be_visible()
    assert "three_ways" in {s.id for s in site.workspace.segments.list()}
