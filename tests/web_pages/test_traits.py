"""Traits and single customers."""

from __future__ import annotations

import re

import pytest
from page_site import Site, looks, opened
from playwright.sync_api import Browser, Page, expect


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/traits", "traits"),
        ("/traits/orders_365d", "trait"),
        ("/traits/age_band", "trait-text"),
        ("/traits/new", "trait-new"),
        ("/profiles", "profiles"),
        ("/profiles/P1001", "profile"),
    ],
)
def test_pages_of_traits_are_clean(browser: Browser, site: Site, path: str, name: str) -> None:
    texts = looks(browser, site, path, name, phone_axe=name == "traits")
    assert re.search("[\u4e00-\u9fff]", texts["zh"])
    assert texts["zh"] != texts["en"]


def test_every_trait_is_listed_with_its_coverage(browser: Browser, site: Site) -> None:
    states = site.workspace.traits.list()
    with opened(browser, site, "/traits", lang="en") as page:
        rows = page.locator(".trait-row")
        assert rows.count() == len(states)
        assert "32.4%" in rows.filter(has_text="age_band").inner_text()  # 801 of 2,469 households
        page.get_by_label("Find a trait").fill("coupon share")
        expect(page.locator(".trait-row:visible")).to_have_count(1)
        page.get_by_label("Find a trait").fill("no such thing")
        expect(page.get_by_text("No trait fits.")).to_be_visible()


def filled(page: Page, table: str, metric: str) -> None:
    page.locator("#table").select_option(table)
    page.locator("#metric").select_option(metric)


def shown(page: Page, text: str) -> None:
    """Wait for a preview whose sentence has the text."""
    expect(page.locator("#preview .trait-says")).to_contain_text(text)
    expect(page.locator("#preview")).to_have_attribute("aria-busy", "false")


def test_a_variable_is_built_by_clicking_previewed_and_saved(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/traits/new") as page:
        filled(page, "order_lines", "count")
        expect(page.locator("#column")).to_be_hidden()
        page.get_by_role("button", name="条件", exact=True).first.click()
        row = page.locator(".rule-row").first
        row.locator("select").first.select_option("amount")
        row.locator("select").nth(1).select_option(">")
        row.locator("input").fill("10")
        expect(page.locator("#rule-text")).to_have_value("amount > 10")
        page.locator("#window_kind").select_option("last")
        page.locator("#window_last").fill("6")
        page.locator("#window_unit").select_option("months")
        shown(page, "含截止日期在内的 6 个月里，订单明细的记录数；条件：amount > 10")
        expect(page.locator("#preview-chart canvas")).to_be_visible()
        page.locator("#name").fill("big_lines")
        page.locator("#label_zh").fill("大额明细数")
        page.locator("#why").fill("看谁买大件")
        page.get_by_role("button", name="保存").click()
        assert "下次刷新时开始计算" in page.locator(".notice-good").inner_text()
    (made,) = (d for d in site.workspace.definitions.list("trait") if d.id == "big_lines")
    assert made.body["where"] == "amount > 10"
    assert made.body["window"] == {"last": 6, "unit": "months"}
    assert made.body["label"] == {"zh": "大额明细数", "en": "大额明细数"}


def test_a_typed_condition_becomes_rows_and_another_table_other_columns(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/traits/new", lang="en") as page:
        filled(page, "order_lines", "median")
        expect(page.locator("#column")).to_have_value("quantity")
        page.locator("#column").select_option("amount")
        page.locator("#rule-text").fill("category = 'GROCERY' and quantity >= 2")
        expect(page.locator(".rule-row")).to_have_count(2)
        shown(page, "Median of")
        page.locator("#rule-text").fill("nothing > 2")
        expect(page.locator("#text-error")).to_contain_text("nothing")
        expect(page.locator("#preview-error")).to_contain_text("order_lines")
        expect(page.locator("#preview .trait-says")).to_have_count(0)
        page.locator("#rule-text").fill("category = GROCERY")
        expect(page.locator("#preview-error")).to_contain_text("in quotes: 'GROCERY'")
        page.locator("#rule-text").fill("")
        page.locator("#table").select_option("persons")
        expect(page.locator("#window_kind")).to_be_hidden()
        page.locator("#metric").select_option("last")
        expect(page.locator("#preview-error")).to_contain_text("no date")


def test_a_ratio_an_expression_and_bands_are_previewed(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/traits/new", lang="en") as page:
        page.locator("#way").select_option("ratio")
        filled(page, "order_lines", "sum")
        page.locator("#over_table").select_option("order_lines")
        page.locator("#over_metric").select_option("count")
        shown(page, "÷")
        page.locator("#way").select_option("expression")
        page.locator("#expression").fill("monetary / frequency")
        shown(page, "monetary / frequency")
        page.locator("#way").select_option("bands")
        page.locator("#bands_trait").select_option("monetary")
        page.locator("#bands_cuts").fill("500, 2000")
        shown(page, "in bands cut at 500, 2000")
        expect(page.locator("#preview .chart-table")).to_contain_text("≥ 2000")


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"name": "Bad Name", "table": "order_lines", "metric": "count"}, "name"),
        ({"name": "monetary", "table": "order_lines", "metric": "count"}, "name"),
        ({"name": "x", "table": "order_lines", "metric": "sum"}, "column"),
        ({"name": "x", "table": "order_lines", "metric": "count", "where": "nothing > 1"}, "where"),
        ({"name": "x", "table": "order_lines", "metric": "share"}, "where"),
        (
            {"name": "x", "table": "order_lines", "metric": "count", "window_kind": "last", "window_last": "soon"},
            "window_kind",
        ),
    ],
)
def test_an_error_stands_at_its_field(site: Site, fields: dict[str, str], at_fault: str) -> None:
    with site.client() as client:
        answer = client.post("/traits/new", data=fields)
    assert answer.status_code == 422
    assert [f for f in re.findall(r'id="(\w+)-error"', answer.text) if f not in ("builder", "text")] == [at_fault]
    assert fields["name"] in answer.text


def test_a_variable_is_changed_copied_and_taken_out_of_use(browser: Browser, site: Site) -> None:
    site.workspace.traits.define("to_change", table="order_lines", metric="count", window_days=30)
    with opened(browser, site, "/traits/new?edit=to_change") as page:
        assert page.locator("#window_last").input_value() == "30"
        page.locator("#window_last").fill("60")
        page.get_by_role("button", name="保存").click()
        page.wait_for_url("**/traits?defined=to_change")
    versions = site.workspace.definitions.history("trait", "to_change")
    assert [v.body["window"] for v in versions] == [{"last": 60}, {"last": 30}]
    with opened(browser, site, "/traits/new?copy=to_change") as page:
        assert (page.locator("#name").input_value(), page.locator("#window_last").input_value()) == ("", "60")


def test_a_customer_shows_values_beside_medians_and_why(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/profiles", lang="en") as page:
        page.locator("#text").fill("P1001")
        page.locator("#search").get_by_role("button", name="Search").click()
        page.locator("#customers").get_by_role("link", name="P1001").click()
        page.wait_for_url("**/profiles/P1001")
        assert "household" not in page.locator("#memberships").inner_text()
        page.locator("#memberships").get_by_text("why: RFM").click()
        expect(page.locator("#drawer-body .drawer-title")).to_contain_text("RFM")
        expect(page.locator("#drawer-body li").first).to_be_visible()


def test_a_marketer_sees_personal_data_masked(browser: Browser, site: Site) -> None:
    site.workspace.users.add("marketer", "marketer")
    with opened(browser, site, "/profiles/P1001", user="marketer") as page:
        assert "•••" in page.locator("#personal .role-hint").inner_text()


def test_a_viewer_may_not_look_at_customers(browser: Browser, site: Site) -> None:
    site.workspace.users.add("reader_of_traits", "viewer")
    with opened(browser, site, "/profiles", user="reader_of_traits") as page:
        assert page.locator("main form").count() == 0
        assert "销售" in page.locator("main").inner_text()
    with opened(browser, site, "/traits", user="reader_of_traits") as page:
        assert page.get_by_role("link", name="定义变量").count() == 0
