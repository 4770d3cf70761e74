"""Traits and single customers."""

from __future__ import annotations

import re

import httpx
import pytest
from page_site import Site, looks, opened
from playwright.sync_api import Browser, expect


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


def test_an_own_trait_is_defined_and_wrong_input_stays_in_the_form(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/traits/new") as page:
        page.locator("#name").fill("big_lines")
        page.locator("#label_zh").fill("大额明细数")
        page.locator("#subject").select_option("order_lines.")
        page.locator("#where").fill("amount > 10")
        page.locator("#why").fill("看谁买大件")
        page.get_by_role("button", name="保存").click()
        assert "下次刷新时开始计算" in page.locator(".notice-good").inner_text()
    (made,) = site.workspace.definitions.list("trait")
    assert made.id == "big_lines"
    assert made.body["where"] == "amount > 10"
    assert made.body["label"] == {"zh": "大额明细数", "en": "大额明细数"}


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"name": "Bad Name", "subject": "order_lines.", "metric": "count"}, "name"),
        ({"name": "monetary", "subject": "order_lines.", "metric": "count"}, "name"),
        ({"name": "x", "subject": "order_lines.", "metric": "sum"}, "subject"),
        ({"name": "x", "subject": "order_lines.", "metric": "count", "where": "nothing > 1"}, "where"),
        ({"name": "x", "subject": "order_lines.", "metric": "count", "window_days": "0"}, "window_days"),
        ({"name": "x", "subject": "order_lines.", "metric": "count", "window_days": "soon"}, "window_days"),
    ],
)
def test_an_error_stands_at_its_field(site: Site, fields: dict[str, str], at_fault: str) -> None:
    cookie = site.cookie()
    with httpx.Client(base_url=site.address, cookies={cookie["name"]: cookie["value"]}) as client:
        answer = client.post("/traits/new", data=fields)
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-error"', answer.text) == [at_fault]
    assert fields["name"] in answer.text


def test_a_customer_shows_values_beside_medians_and_why(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/profiles", lang="en") as page:
        page.locator("#id").fill("P1001")
        page.get_by_role("button", name="Open").click()
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
