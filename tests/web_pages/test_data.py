"""Data: tables, loads, rejected rows, and the way of a file from the browser into a table."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser, Page, expect

ROWS = """订单编号,会员号,下单日期,金额,备注
A1,c1,2026-10-01 10:00:00,120.50,
A2,c1,2026-10-05 11:00:00,80,急
A3,c2,2026-10-07 12:00:00,不详,
A4,c3,2026-10-09 09:30:00,15.25,
"""


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("/data", "data", {"zh": "1,469,307", "en": "1,469,307"}),
        ("/data/tables/order_lines", "data-table", {"zh": "每行一张订单中的一种商品", "en": "one row per product"}),
        ("/data/rejects/order_lines", "data-rejects", {"zh": "没有被拒行", "en": "No rejected rows"}),
        ("/data/load", "data-load", {"zh": "按列名判断", "en": "Let the columns decide"}),
    ],
)
def test_pages_of_data_are_clean(browser: Browser, site: Site, path: str, name: str, said: dict[str, str]) -> None:
    texts = looks(browser, site, path, name, phone_axe=name == "data")
    assert said["zh"] in texts["zh"]
    assert said["en"] in texts["en"]


def wait_for_end(page: Page) -> None:
    expect(page.locator("#panel .job-done")).to_be_visible(timeout=60_000)


def test_a_chinese_file_goes_from_the_browser_into_profiles_and_traits(
    browser: Browser, empty_site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "十月订单.csv"
    file.write_text(ROWS, encoding="gb18030")
    with opened(browser, empty_site, "/data/load") as page:
        page.locator("#file").set_input_files(file)
        page.locator("#encoding").select_option("gb18030")
        page.get_by_role("button", name="下一步").click()
        assert page.locator("#table").input_value() == "orders"
        assert page.locator("#m-amount").input_value() == "金额"
        assert page.locator("#m-person_id").input_value() == "会员号"
        assert "备注" in page.locator("#unmapped").inner_text()
        page.get_by_role("button", name="试算").click()
        tried = page.locator("#tried").inner_text()
        assert "试算，未写入" in tried
        assert "不详" in page.locator("#rejected").inner_text()
        assert empty_site.workspace.snapshot is None
        check_page(page, "data-preview-zh-desk", axe=True)
        page.get_by_role("button", name="载入到").click()
        page.wait_for_url("**/jobs/*")
        wait_for_end(page)
        check_page(page, "job-zh-desk", axe=True)
    (load,) = empty_site.workspace.data.loads()
    assert (load.facts["read"], load.facts["accepted"], load.facts["rejected"]) == (4, 3, 1)
    with opened(browser, empty_site, "/data/rejects/orders") as page:
        assert "不是金额" in page.locator("#rejects").inner_text()
        with page.expect_download() as waiting:
            page.get_by_role("link", name="下载 CSV").click()
        assert "A3" in Path(waiting.value.path()).read_text("utf-8-sig")
    with opened(browser, empty_site, "/data") as page:
        assert page.locator("#refresh").get_by_role("button").count() == 0
        page.get_by_role("button", name="识别客户").click()
        wait_for_end(page)
        page.get_by_role("link", name="下一步：刷新").click()
        page.locator("#as_of").fill("2026-10-31")
        page.get_by_role("button", name="刷新", exact=True).click()
        wait_for_end(page)
    snapshot = empty_site.workspace.snapshot
    assert snapshot is not None
    assert snapshot.facts["profiles"] == 2
    values = empty_site.workspace.traits.frame(["frequency"]).to_pydict()["frequency"]
    assert sorted(values) == [1, 2]


def test_a_file_without_required_columns_says_which(browser: Browser, empty_site: Site, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text("order_id,客户号,什么\n1,2,3\n", encoding="utf-8")
    with opened(browser, empty_site, "/data/load?table=orders", lang="en") as page:
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="Next").click()
        assert "Ordered at, Amount" in page.locator(".notice-warn").inner_text()
        assert page.get_by_role("button", name="Load into").count() == 0
        page.locator("#m-amount").select_option("什么")
        page.get_by_role("button", name="Try it").click()
        assert page.locator(".notice-warn").inner_text().endswith("Ordered at.")
        assert page.locator("#m-amount").input_value() == "什么"


def test_a_wrong_day_is_said_beside_its_field(site: Site) -> None:
    cookie = site.cookie()
    with httpx.Client(base_url=site.address, cookies={cookie["name"]: cookie["value"]}) as client:
        answer = client.post("/data/refresh", data={"as_of": "31.12.2017"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert 'id="as_of-error"' in answer.text
    assert site.workspace.jobs.list() == []


def test_a_viewer_sees_tables_but_no_actions(browser: Browser, site: Site) -> None:
    site.workspace.users.add("reader_of_data", "viewer")
    with opened(browser, site, "/data", user="reader_of_data") as page:
        assert "1,469,307" in page.locator("#tables").inner_text()
        assert page.locator("main form").count() == 0
        assert page.locator("#loads").count() == 0
        assert "分析师" in page.locator("#resolve").inner_text()
