"""Data quality and places in the browser: a check, its drill-down, gates, a repair and back, a change of the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from page_site import Site, check_page, looks, opened, serving
from playwright.sync_api import Browser, expect

from demo_data import copy_workspace
from quality_world import AS_OF, later_orders
from qunxiang.model import Role
from qunxiang.workspace import Workspace


@pytest.fixture(scope="module")
def faulty_site(faulty_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the company with known faults, checked, with a second load of orders."""
    folder = copy_workspace(faulty_folder, tmp_path_factory.mktemp("faulty") / "w")
    with Workspace(folder) as made:
        made.load("orders", later_orders())
        made.users.add("the-marketer", Role.MARKETER)
        made.check(AS_OF)
    with serving(folder) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("/quality", "quality", {"zh": "GTXPro", "en": "technolgy"}),
        ("/quality/tables/orders", "quality-table", {"zh": "下单时间晚于", "en": "Ordered at later than"}),
        (
            "/quality/tables/persons/phone?column=phone",
            "quality-examples",
            {"zh": "不像电话号码", "en": "no phone number"},
        ),
        ("/quality/gates", "quality-gates", {"zh": "质量门槛", "en": "Share rejected"}),
        ("/places?text=江苏昆山花桥镇", "places", {"zh": "昆山市", "en": "East China"}),
    ],
)
def test_pages_are_clean(browser: Browser, faulty_site: Site, path: str, name: str, said: dict[str, str]) -> None:
    texts = looks(browser, faulty_site, path, name, phone_axe=name == "quality")
    assert said["zh"] in texts["zh"]
    assert said["en"] in texts["en"]


def test_before_the_first_check_the_page_says_what_to_do(browser: Browser, empty_site: Site) -> None:
    with opened(browser, empty_site, "/quality") as page:
        expect(page.get_by_text("还没有检查过")).to_be_visible()
        check_page(page, "quality-empty", axe=False)


def test_a_finding_leads_to_its_rows(browser: Browser, faulty_site: Site) -> None:
    with opened(browser, faulty_site, "/quality") as page:
        page.get_by_role("link", name="订单", exact=True).first.click()
        page.locator("li", has_text="金额为负").get_by_role("link").click()
        expect(page.locator("#example-table tbody tr")).to_have_count(3)
        expect(page.locator("#example-table")).to_contain_text("-20.00")


def test_moments_of_example_rows_are_in_the_time_zone_of_the_workspace(browser: Browser, faulty_site: Site) -> None:
    with opened(browser, faulty_site, "/quality/tables/persons/phone?column=phone") as page:
        expect(page.locator("#example-table tbody tr").first).to_contain_text("2024年1月2日 10:00")
        expect(page.locator("#example-table")).not_to_contain_text("+00:00")


def test_personal_data_are_masked_for_roles_without_a_need(browser: Browser, faulty_site: Site) -> None:
    path = "/quality/tables/persons/phone?column=phone"
    with opened(browser, faulty_site, path, user="the-marketer") as page:
        expect(page.locator("#example-table tbody tr")).to_have_count(5)
        expect(page.locator("#example-table")).not_to_contain_text("139123")
        expect(page.locator("#example-table")).to_contain_text("•••")


def test_one_click_repairs_and_another_restores(browser: Browser, faulty_site: Site) -> None:
    with opened(browser, faulty_site, "/quality") as page:
        row = page.locator("#near tr", has_text="GTXPro")
        row.get_by_role("button", name="修正").click()
        repair = page.locator(".quality-repair", has_text="GTXPro")
        expect(repair).to_contain_text("GTX Pro")
        expect(page.locator("#near tr", has_text="GTXPro")).to_have_count(0)
        repair.get_by_role("button", name="恢复").click()
        expect(page.locator("#near tr", has_text="GTXPro")).to_have_count(1)


def test_a_gate_is_changed_and_the_next_check_judges_by_it(browser: Browser, faulty_site: Site) -> None:
    with opened(browser, faulty_site, "/quality/gates", lang="en") as page:
        page.locator("#measure").select_option("negative")
        page.locator("#new_table").select_option("orders")
        page.locator("#limit").fill("0.1")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#gates tr", has_text="negative amounts").last.locator("input")).to_have_value("0.1")
        page.goto(faulty_site.address + "/quality")
        expect(page.get_by_text("check again")).to_be_visible()
        page.get_by_role("button", name="Check").click()
        expect(page.locator("#failed")).to_contain_text("negative in 3 of")


def test_a_limit_is_in_sight_on_a_phone(browser: Browser, faulty_site: Site) -> None:
    with opened(browser, faulty_site, "/quality/gates", screen="phone") as page:
        box = page.locator("#gates input").first.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390


def test_least_and_greatest_values_are_written_for_people(browser: Browser, faulty_site: Site) -> None:
    with opened(browser, faulty_site, "/quality/tables/orders") as page:
        expect(page.locator("#columns tr", has_text="ordered_at")).to_contain_text("2024年8月1日")
        expect(page.locator("#columns tr", has_text="amount")).to_contain_text("90,000.00")


def test_a_tier_is_changed_in_the_browser(browser: Browser, faulty_site: Site) -> None:
    with opened(browser, faulty_site, "/places?within=华南") as page:
        page.locator("#city").fill("佛山")
        page.locator("#tier").select_option("二线")
        page.get_by_role("button", name="保存").click()
        row = page.locator("#city-table tr", has_text="佛山市")
        expect(row).to_contain_text("二线")
        expect(row).to_contain_text("已改")


def test_a_city_that_is_not_there_is_said(faulty_site: Site) -> None:
    cookie = faulty_site.cookie()
    answer = httpx.post(
        faulty_site.address + "/places",
        data={"city": "Nowhere", "tier": "二线"},
        cookies={cookie["name"]: cookie["value"]},
        headers={"Origin": faulty_site.address, "Accept-Language": "en"},
    )
    assert answer.status_code == 422
    assert "Nowhere" in answer.text
