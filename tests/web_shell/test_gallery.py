"""Every building block in a browser: no console error under the strict policy, no axe violation, no page overflow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

SCREENS = {"desk": (1440, 900), "phone": (390, 844)}


@contextmanager
def opened(browser: Browser, address: str, screen: str) -> Iterator[Page]:
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.set_default_timeout(120_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(f"{request.url} failed"))
    page.on(
        "response", lambda answer: errors.append(f"{answer.url}: {answer.status}") if answer.status >= 400 else None
    )
    page.goto(address)
    page.wait_for_selector("[data-chart]:not([data-drawn='yes'])", state="detached")
    yield page
    assert errors == []
    context.close()


@pytest.fixture(scope="module")
def desk(browser: Browser, gallery_address: str) -> Iterator[Page]:
    """One English gallery on a wide screen for the tests that press things; its console is read when all are done."""
    with opened(browser, f"{gallery_address}/gallery/en", "desk") as page:
        yield page


def check_access(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    wrong = [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]
    assert wrong == []


def keep_picture(page: Page, name: str, *, whole: bool = True) -> None:
    folder = os.environ.get("QUNXIANG_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("screen", list(SCREENS))
@pytest.mark.parametrize("path", ["gallery", "sign-in"])
def test_a_page_is_clean_accessible_and_fits(
    browser: Browser, gallery_address: str, path: str, screen: str, lang: str
) -> None:
    with opened(browser, f"{gallery_address}/{path}/{lang}", screen) as page:
        keep_picture(page, f"{path}-{screen}-{lang}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        check_access(page)


def test_a_chart_turns_into_its_table_and_back(desk: Page) -> None:
    page = desk
    figure = page.locator("#bars")
    figure.get_by_role("button", name="Table").click()
    assert figure.locator("table").is_visible()
    assert not figure.locator(".chart-canvas").is_visible()
    row = figure.get_by_role("row", name="New brands going abroad")
    assert "unknown" in row.inner_text()
    check_access(page)
    figure.get_by_role("button", name="Chart").click()
    assert figure.locator("canvas").is_visible()


def test_a_chart_downloads_as_csv_and_png(desk: Page) -> None:
    page = desk
    for kind, start in (("CSV", '"Name","Repeat rate"'), ("PNG", "PNG")):
        page.locator("#bars summary").click()
        with page.expect_download() as waiting:
            page.locator("#bars").get_by_text(f"Download {kind}").click()
        content = Path(waiting.value.path()).read_bytes()
        assert start in content[:60].decode("utf-8-sig" if kind == "CSV" else "latin-1")


def test_a_hovered_mark_tells_its_numbers_and_names_stay_text(desk: Page) -> None:
    page = desk
    canvas = page.locator("#hostile canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 52)
    page.wait_for_selector("#hostile .tip")
    assert "onerror" in page.locator("#hostile .tip-title").inner_text()
    assert page.locator("#hostile img").count() == 0
    assert "56.0% – 69.0%" in page.locator("#hostile .tip").inner_text()


def test_a_heading_sorts_rows_with_unknown_last(desk: Page) -> None:
    page = desk
    heading = page.locator("#segments thead th").nth(1)
    heading.get_by_role("button").click()
    sizes = page.locator("#segments tbody tr td:nth-child(2)").all_inner_texts()
    assert sizes[0] == "680"
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()
    assert page.locator("#segments tbody tr td:nth-child(2)").first.inner_text() == "4,180"
    growth = page.locator("#segments thead th").nth(4).get_by_role("button")
    for _ in range(2):
        growth.click()
        assert page.locator("#segments tbody tr td:nth-child(5)").last.inner_text() == "unknown"


def test_evidence_opens_in_the_drawer_and_closes_again(desk: Page) -> None:
    page = desk
    page.locator(".evidence").first.click()
    page.wait_for_selector("#drawer-body .evidence-list")
    assert "<b>14</b> of 212" in page.locator("#drawer-body").inner_text()
    check_access(page)
    keep_picture(page, "drawer", whole=False)
    page.keyboard.press("Escape")
    assert not page.locator("#drawer").is_visible()
    page.get_by_role("button", name="Open dialog").click()
    assert page.locator("#confirm").is_visible()
    keep_picture(page, "dialog", whole=False)
    page.get_by_role("button", name="Undo").click()
    assert not page.locator("#confirm").is_visible()


def test_navigation_stays_in_sight_when_the_page_scrolls(desk: Page) -> None:
    page = desk
    page.evaluate("window.scrollTo({top: 2500, behavior: 'instant'})")
    for name in (".sidebar", ".topbar"):
        box = page.locator(name).bounding_box()
        assert box is not None
        assert box["y"] == 0, name


def test_a_running_job_asks_until_it_is_done(desk: Page) -> None:
    page = desk
    page.wait_for_selector("#job-1.job-done")
    assert page.locator("#job-1 progress").count() == 0


def test_the_bottom_bar_reaches_every_room_on_a_phone(browser: Browser, gallery_address: str) -> None:
    with opened(browser, f"{gallery_address}/gallery/zh", "phone") as page:
        page.locator(".bottom-bar summary").click()
        names = page.locator(".bottom-bar a").all_inner_texts()
        assert [n.strip() for n in names[:4]] == ["概览", "细分", "目标选择", "画像"]
        assert {"数据", "变量", "报告", "用户", "审计日志"} <= {n.strip() for n in names}
        check_access(page)
        keep_picture(page, "phone-menu")


def test_bubbles_carry_numbers_with_a_key_on_a_phone_and_names_on_a_desk(
    browser: Browser, gallery_address: str
) -> None:
    with opened(browser, f"{gallery_address}/gallery/zh", "phone") as page:
        page.wait_for_selector("#map[data-drawn='yes']")
        names = page.locator("#map .chart-key li").all_inner_texts()
        assert len(names) == len(set(names)) > 2
        page.set_viewport_size({"width": 1440, "height": 900})
        expect(page.locator("#map .chart-key")).to_have_count(0)
