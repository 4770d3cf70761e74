"""Phones: long pages begin short and hold everything one press away; wide tables scroll in their frame and say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from page_site import SCREENS, WIDE, Site, check_page, opened
from playwright.sync_api import Browser, Page, expect

HEIGHT = "document.documentElement.scrollHeight"
ROWS_SEEN = "rows => rows.filter(row => row.offsetHeight > 0).length"


@contextmanager
def without_script(browser: Browser, site: Site, path: str, screen: str) -> Iterator[Page]:
    width, height = SCREENS[screen]
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": height})
    context.add_cookies([site.cookie(), {"name": "qx_lang", "value": "en", "url": site.address}])
    page = context.new_page()
    page.goto(site.address + path)
    yield page
    context.close()


def seen(page: Page, table: str) -> int:
    rows = page.locator(f"{table} tbody > tr")
    return sum(rows.nth(i).is_visible() for i in range(rows.count()))


def test_the_page_of_data_is_short_and_whole_without_a_script(browser: Browser, site: Site) -> None:
    with without_script(browser, site, "/data", "phone") as page:
        every = page.locator("#tables tbody > tr").count()
        assert every > 7
        assert page.evaluate(HEIGHT) < 3000
        assert seen(page, "#tables") == 5
        assert seen(page, "#snapshots") == 5
        page.locator("#tables-all").focus()
        page.keyboard.press("Space")
        assert seen(page, "#tables") == every
        page.keyboard.press("Space")
        assert seen(page, "#tables") == 5
    with without_script(browser, site, "/data", "desk") as page:
        assert seen(page, "#tables") == every
        assert not page.locator(".show-all").first.is_visible()


def test_loads_that_left_rows_behind_stand_first_on_phones(browser: Browser, empty_site: Site, tmp_path: Path) -> None:
    for i in range(8):
        file = tmp_path / f"orders-{i}.csv"
        bad = "x,c1,2026-10-02 10:00:00,much\n" if i == 0 else ""
        file.write_text(f"order_id,person_id,ordered_at,amount\no{i},c1,2026-10-01 10:00:00,5\n{bad}", "utf-8")
        empty_site.workspace.load("orders", file)
    with opened(browser, empty_site, "/data", lang="en", screen="phone") as page:
        rows = page.locator("#loads tbody > tr")
        assert rows.count() == 8
        assert page.locator("#loads tbody").evaluate("b => [...b.rows].filter(r => r.offsetHeight).length") == 6
        asked = page.locator("#loads tr.stays")
        expect(asked).to_be_visible()
        expect(asked).to_contain_text("orders-0.csv")
        assert asked.evaluate("r => [...r.parentElement.rows].every(o => o === r || o.offsetTop >= r.offsetTop)")
        check_page(page, "data-many-en-phone", axe=True)


def test_a_search_finds_traits_that_are_folded_away(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/traits", lang="en", screen="phone") as page:
        assert page.evaluate(HEIGHT) < 5000
        every = page.locator("tr.trait-row").count()
        assert page.eval_on_selector_all("tr.trait-row", ROWS_SEEN) < every / 2
        last = page.locator("tr.trait-row").last
        assert not last.is_visible()
        page.locator("#filter").fill(last.locator("code").text_content() or "")
        expect(last).to_be_visible()
        page.locator("#filter").fill("")
        expect(last).not_to_be_visible()


def test_a_link_to_a_folded_segment_shows_it(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/segments/lifestyle#segment-4", lang="en", screen="phone") as page:
        expect(page.locator("#segment-4")).to_be_visible()
        expect(page.locator("#segment-3")).not_to_be_visible()


WIDEST = [
    "/segments/-/overlap",
    "/segments/lifestyle/contrast",
    "/targets/lifestyle",
    "/value/sides",
    "/segments/lifestyle",
]
FIRST_STAYS = """frame => {
  const cell = frame.querySelector("tbody th");
  frame.scrollLeft = frame.scrollWidth;
  const [inside, outside] = [cell.getBoundingClientRect(), frame.getBoundingClientRect()];
  return inside.left >= outside.left - 1 && inside.left < outside.left + 60 && inside.width < outside.width * 0.62;
}"""


@pytest.mark.parametrize("path", WIDEST)
def test_wide_tables_scroll_in_their_frame_and_say_so(browser: Browser, site: Site, path: str) -> None:
    with opened(browser, site, path, lang="en", screen="phone") as page:
        assert page.evaluate(WIDE) <= 0
        frames = [
            frame
            for frame in page.locator(".table-frame:has(> .data-table:not(.stacks))").all()
            if frame.evaluate("f => f.offsetHeight > 0 && f.scrollWidth > f.clientWidth + 8")
        ]
        assert frames
        for frame in frames:
            assert "linear-gradient" in frame.evaluate("f => getComputedStyle(f).backgroundImage")
            assert frame.evaluate("f => f.tabIndex") == 0
            assert frame.evaluate(FIRST_STAYS)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/data", 3000),
        ("/traits", 5000),
        ("/profiles/P1001", 4000),
        ("/segments/lifestyle/contrast", 6500),
        ("/segments/lifestyle/members", 4500),
        ("/segments/lifestyle", 7500),
    ],
)
def test_pages_are_no_longer_than_needed(browser: Browser, site: Site, path: str, most: int) -> None:
    for lang in ("zh", "en"):
        with opened(browser, site, path, lang=lang, screen="phone") as page:
            check_page(page, f"phone{path.replace('/', '-')}-{lang}", axe=lang == "zh")
            assert page.evaluate(HEIGHT) < most
