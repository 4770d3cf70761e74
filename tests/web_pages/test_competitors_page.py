"""Pages of competitors: one is registered, a fact entered and seen in the comparison; rates with intervals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from page_site import Site, check_page, opened, serving
from playwright.sync_api import Browser, expect

from qunxiang.workspace import Workspace

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a workspace that holds deals against five competitors, and nothing else."""
    folder = tmp_path_factory.mktemp("rivals") / "w"
    won = {"Nordwind": (40, 20), "Blue": (15, 30), HOSTILE: (9, 4), "Tiny": (2, 1), "Gray": (25, 25)}
    deals = [
        {"opportunity_id": f"{name}-{i}", "competitor": name, "stage": "Won" if i < pair[0] else "Lost", "amount": 10}
        for name, pair in won.items()
        for i in range(sum(pair))
    ]
    with Workspace.create(folder, name="Us") as made:
        made.load("opportunities", deals)
    with serving(folder) as running:
        yield running


def test_a_competitor_and_its_fact_are_entered_and_seen_in_the_comparison(browser: Browser, rivals: Site) -> None:
    with opened(browser, rivals, "/competitors", lang="en") as page:
        page.locator("#name").fill("nordwind")
        page.locator("#label_zh").fill("北风")
        page.locator("#label_en").fill("Nordwind")
        page.locator("#add-form").get_by_role("button").click()
        expect(page.locator("h1")).to_have_text("Nordwind")
        page.locator("#topic").select_option("price")
        page.locator("#text").fill(HOSTILE)
        page.locator("#source").fill("price list, p. 3")
        page.locator("#expires_on").fill("2026-01-31")
        page.locator("#stated_on").fill("2026-01-01")
        page.locator("#fact-form").get_by_role("button").click()
        expect(page.locator("#facts .compete-fact")).to_contain_text(HOSTILE)
        page.goto(f"{rivals.address}/competitors?lang=zh")
        row = page.locator("#matrix tbody tr").nth(1)
        expect(row.locator("th")).to_contain_text("北风")
        cell = row.locator("td").nth(2)
        expect(cell).to_contain_text(HOSTILE)
        expect(cell).to_contain_text("price list, p. 3")
        expect(cell).to_contain_text("2026年1月1日")
        expect(cell.locator(".pill-bad")).to_contain_text("已过期")
        check_page(page, "competitors-zh-desk", axe=True)
    fact = rivals.workspace.competitors.show("nordwind").facts[0]
    assert (fact.by, fact.topic, fact.freshness) == ("owner", "price", "expired")


def test_rates_stand_in_the_chart_and_the_table_with_small_groups_marked(browser: Browser, rivals: Site) -> None:
    with opened(browser, rivals, "/competitors/wins", lang="en") as page:
        expect(page.locator("#wins-chart canvas")).to_have_count(1)
        rows = page.locator("#groups tbody tr")
        expect(rows).to_have_count(5)
        small = rows.filter(has_text=HOSTILE)
        expect(small).to_contain_text("small")
        expect(rows.filter(has_text="Tiny")).to_contain_text("too few for a claim (3)")
        check_page(page, "wins-en-desk", axe=True)
    with opened(browser, rivals, "/competitors/wins?by=owner", lang="zh", screen="phone") as page:
        check_page(page, "wins-zh-phone", axe=True)
