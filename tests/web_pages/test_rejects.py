"""Rejected rows: counted by reason, mended in the browser or left out with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_site import Site, check_page, looks, opened, serving
from playwright.sync_api import Browser

from qunxiang.workspace import Workspace

ROWS = [
    {"订单号": "S1", "会员号": "C1", "下单时间": "2024-03-05", "实付金额": "US$ 12"},
    {"订单号": "S2", "会员号": "C2", "下单时间": "昨天", "实付金额": "待定"},
    {"订单号": "S3", "会员号": "1.38E+10", "下单时间": "2024-03-05", "实付金额": "3"},
    {"订单号": "合计", "会员号": None, "下单时间": None, "实付金额": "15"},
    {"订单号": "S4", "会员号": "C4", "下单时间": "2024-03-05", "实付金额": "4"},
]


@pytest.fixture(scope="module")
def rejecting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("rejects") / "shop"
    with Workspace.create(folder, name="新店") as workspace:
        workspace.load("orders", ROWS)
    with serving(folder) as running:
        yield running


def test_rejected_rows_are_counted_by_reason_mended_and_left_out(browser: Browser, rejecting: Site) -> None:
    texts = looks(browser, rejecting, "/data/rejects/orders", "rejects")
    assert "有 1 行是合计或小计" in texts["zh"]
    assert "Totals or subtotals set aside: 1." in texts["en"]
    data = rejecting.workspace.data
    listed = [*data.rejects("orders").to_pylist(), *data.rejects("orders", reason="reject.total").to_pylist()]
    ids = {r["订单号"]: r["quarantine_id"] for r in listed}
    looks(browser, rejecting, f"/data/rejects/orders/rows/{ids['S2']}", "reject-row")
    with opened(browser, rejecting, "/data/rejects/orders") as page:
        page.get_by_role("link", name="不是金额").click()
        assert page.locator("#rejects tbody tr").count() == 1
        with page.expect_download() as waiting:
            page.get_by_role("link", name="下载 XLSX").click()
        assert Path(waiting.value.path()).read_bytes()[:2] == b"PK"
        page.locator("#rejects tbody a").click()
        page.get_by_label("下单时间").fill("2024-03-06")
        page.get_by_label("实付金额").fill("12.50")
        page.get_by_role("button", name="保存并载入").click()
        page.wait_for_url("**/data/rejects/orders")
        assert page.locator("#rejects tbody tr").count() == 2
        page.get_by_role("link", name="查看合计行").click()
        assert page.locator("#rejects tbody tr").count() == 1
        assert page.get_by_role("link", name="改好后重新载入").count() == 0
    with opened(browser, rejecting, f"/data/rejects/orders/rows/{ids['合计']}") as page:
        assert page.get_by_text("无需修复").is_visible()
        page.get_by_label("理由").fill("合计行")
        page.get_by_role("button", name="放弃这一行").click()
        page.wait_for_url("**/data/rejects/orders")
        check_page(page, "rejects-after-zh-desk", axe=True)
    (state,) = rejecting.workspace.data.reject_counts("orders")
    assert (state.open, state.mended, state.left_out, state.totals) == (2, 1, 1, 0)
    last = rejecting.workspace.data.reject_history("orders", ids["合计"])[-1]
    assert (last["fate"], last["why"]) == ("left_out", "合计行")
    rejecting.workspace.data.leave_out("orders", [ids["S1"], ids["S3"]], why="不补录")
    with opened(browser, rejecting, "/data/rejects/orders") as page:
        assert page.get_by_text("被拒的行都已修正或放弃。").is_visible()


PEOPLE = [
    {"会员编号": "1", "姓名": "张三", "生日": "1990-01-01"},
    {"会员编号": "2", "姓名": "李四", "生日": "不详？"},
    {"会员编号": "3", "姓名": "王五", "生日": "问老王"},
    {"会员编号": None, "姓名": "赵六", "生日": "1990-01-01"},
]


def test_values_left_empty_are_listed_apart_mended_and_settled(browser: Browser, rejecting: Site) -> None:
    data = rejecting.workspace.data
    rejecting.workspace.load("persons", PEOPLE, reading={"unreadable": "blank"})
    with opened(browser, rejecting, "/data/rejects/persons") as page:
        assert page.locator("#rejects tbody tr").count() == 1
        page.get_by_role("link", name="看留空的值").click()
        assert page.locator("#rejects tbody tr").count() == 2
        page.get_by_role("link", name="不是日期").click()
        with page.expect_download() as waiting:
            page.get_by_role("link", name="下载 CSV").click()
        assert waiting.value.suggested_filename == "blanked-persons.csv"
        text = Path(waiting.value.path()).read_text("utf-8-sig")
        assert "问老王" in text
        assert "赵六" not in text
    texts = looks(browser, rejecting, "/data/rejects/persons?blanked=1", "blanked")
    assert "已载入" in texts["zh"]
    assert "left empty because they cannot be read" in texts["en"]
    ids = {r["会员编号"]: r["quarantine_id"] for r in data.rejects("persons", blanked=True).to_pylist()}
    looks(browser, rejecting, f"/data/rejects/persons/rows/{ids['2']}", "blanked-row")
    with rejecting.client() as client:
        said = {"column": ["会员编号", "生日"], "value": ["2", "大概八八年"]}
        again = client.post(f"/data/rejects/persons/rows/{ids['2']}", data=said, headers={"Origin": rejecting.address})
    assert again.status_code == 422
    assert "还是留空" in again.text
    with opened(browser, rejecting, f"/data/rejects/persons/rows/{ids['2']}") as page:
        page.get_by_label("生日").fill("1988-08-08")
        page.get_by_role("button", name="保存并载入").click()
        page.wait_for_url("**/data/rejects/persons?blanked=1")
        assert page.locator("#rejects tbody tr").count() == 1
    with opened(browser, rejecting, f"/data/rejects/persons/rows/{ids['3']}") as page:
        page.get_by_label("理由").fill("问不到")
        page.get_by_role("button", name="确认留空").click()
        page.wait_for_url("**/data/rejects/persons?blanked=1")
        assert "没有留空的值" in page.inner_text("main")
    (state,) = data.reject_counts("persons")
    assert (state.open, state.blanked, state.mended, state.left_empty) == (1, 0, 1, 1)
