"""Data: tables, loads, rejected rows, and the way of a file from the browser into a table."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser, Page, expect

ROWS = """订单编号,会员号,下单日期,金额,备注
A1,c1,2026-10-01 10:00:00,120.50,
A2,c1,2026-10-05 11:00:00,80,急
A3,c2,2026-10-07 12:00:00,很多,
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
    expect(page.locator("#panel .job-done")).to_be_visible(timeout=240_000)


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
        assert page.get_by_label("金额", exact=True).input_value() == "amount"
        assert page.get_by_label("会员号").input_value() == "person_id"
        assert page.get_by_label("备注").input_value() == "*"
        page.get_by_label("备注").select_option("")
        page.locator("#remember").uncheck()
        page.get_by_role("button", name="试算").click()
        tried = page.locator("#tried").inner_text()
        assert "试算，未写入" in tried
        assert "很多" in page.locator("#rejected").inner_text()
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
        page.get_by_label("什么").select_option("amount")
        page.get_by_role("button", name="Try it").click()
        assert page.locator(".notice-warn").inner_text().endswith("Ordered at.")
        assert page.get_by_label("什么").input_value() == "amount"


def test_a_date_of_two_readings_is_asked_in_the_words_of_the_page(
    browser: Browser, empty_site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "slashes.csv"
    file.write_text("order_id,person_id,ordered_at,amount\n1,2,03/04/2024,5\n", encoding="utf-8")
    with opened(browser, empty_site, "/data/load?table=orders", lang="en") as page:
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Try it").click()
        said = page.locator(".notice-bad").inner_text()
        assert "Dates such as 5/3/24" in said
        assert "--dates" not in page.inner_text("main")
        page.locator(".notice-bad").get_by_role("link", name="Choose").click()
        expect(page.locator("#dates:target")).to_be_in_viewport()
        page.locator("#dates").select_option("dmy")
        page.get_by_role("button", name="Try it").click()
        expect(page.locator("#tried")).to_be_visible()


MEMBERS = """会员号,姓名,手机,推荐人手机,等级,积分余额
m1,王小明,13800000001,13900000001,金卡,100
m2,李娜,13800000002,13900000002,银卡,200
m3,张伟,13800000003,13900000003,金卡,很多
m4,陈静,13800000004,13900000004,银卡,400
m5,刘洋,13800000005,13900000005,金卡,500
m6,杨帆,13800000006,13900000006,银卡,600
"""


def test_a_mapping_is_made_saved_used_again_and_forgotten(browser: Browser, empty_site: Site, tmp_path: Path) -> None:
    workspace = empty_site.workspace
    file = tmp_path / "会员.csv"
    file.write_text(MEMBERS, encoding="utf-8")
    with opened(browser, empty_site, "/data/load", screen="phone") as page:
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="下一步").click()
        assert page.locator("#table").input_value() == "persons"
        assert page.get_by_label("手机", exact=True).input_value() == "phone"
        assert page.get_by_label("推荐人手机").input_value() == "*"
        referrer = page.locator(".map-row", has=page.get_by_label("推荐人手机")).inner_text()
        assert "电话" in referrer
        assert "%" in referrer
        check_page(page, "data-mapping-zh-phone", axe=True)
        page.get_by_label("推荐人手机").select_option("")
        page.get_by_label("积分余额").select_option("*integer")
        page.locator("#system").fill("crm")
        page.get_by_role("button", name="试算").click()
        assert "不是整数" in page.locator("#rejected").inner_text()
        check_page(page, "data-mapping-tried-zh-phone", axe=True)
        page.get_by_role("button", name="载入到").click()
        page.wait_for_url("**/jobs/*")
        wait_for_end(page)
    state = next(t for t in workspace.data.tables() if t.name == "persons")
    assert [(c.name, c.type) for c in state.custom] == [("积分余额", "integer")]
    (saved,) = workspace.data.mappings()
    assert (saved.mapping.system, saved.mapping.keep) == ("crm", ("积分余额",))
    file.write_text(MEMBERS.replace("m1,", "m9,"), encoding="utf-8")
    with opened(browser, empty_site, "/data/load", lang="en") as page:
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="Next").click()
        assert "Uses the mapping" in page.locator(".notice-good").first.inner_text()
        assert page.get_by_label("推荐人手机").input_value() == ""
        assert page.locator("#system").input_value() == "crm"
        check_page(page, "data-mapping-en-desk", axe=True)
        page.get_by_role("link", name="See saved mappings").click()
        assert "crm" in page.locator("main").inner_text()
        check_page(page, "data-mappings-en-desk", axe=True)
        page.get_by_role("button", name="Forget").click()
        assert "No mapping has been saved yet" in page.locator("main").inner_text()
    assert workspace.data.mappings() == []


def test_a_value_that_cannot_be_read_is_left_empty_when_that_is_chosen(
    browser: Browser, empty_site: Site, tmp_path: Path
) -> None:
    """The choice is made before the load, kept with the mapping, and taken for the next file."""
    workspace = empty_site.workspace
    for name, said in (("一月.csv", "问王姐"), ("二月.csv", "问李姐")):
        file = tmp_path / name
        file.write_text(f"会员号,姓名,出生日期\n{name[0]}1,王明,1990-01-01\n{name[0]}2,李娜,{said}\n", "utf-8")
        with opened(browser, empty_site, "/data/load?table=persons") as page:
            page.locator("#file").set_input_files(file)
            page.get_by_role("button", name="下一步").click()
            choice = page.get_by_label("读不出来的值")
            if name == "一月.csv":
                page.get_by_role("button", name="试算").click()
                assert page.locator("#rejected tbody tr").count() == 1
                choice.select_option("blank")
            assert choice.input_value() == "blank"
            page.get_by_role("button", name="试算").click()
            assert "将有 1 行载入时有值留空" in page.inner_text("main")
            assert "“出生日期”有 1 个值读不出来" in page.inner_text("main")
            assert page.locator("#rejected").count() == 0
            check_page(page, "load-blank-zh-desk", axe=True)
            page.get_by_role("button", name="载入到").click()
            page.wait_for_url("**/jobs/*")
            wait_for_end(page)
            assert "有值留空的行" in page.locator("#result").inner_text()
            page.get_by_role("link", name="看留空的值").click()
            assert said in page.locator("#rejects").inner_text()
    with opened(browser, empty_site, "/data/mappings") as page:
        assert "留空并另行列出" in page.inner_text("main")
    (state,) = workspace.data.reject_counts("persons")
    assert state.blanked == 2


def test_one_column_chosen_twice_is_said(browser: Browser, empty_site: Site, tmp_path: Path) -> None:
    file = tmp_path / "会员.csv"
    file.write_text(MEMBERS, encoding="utf-8")
    with opened(browser, empty_site, "/data/load?table=persons", lang="en") as page:
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="Next").click()
        page.get_by_label("推荐人手机").select_option("phone")
        page.get_by_role("button", name="Try it").click()
        assert "Phone" in page.locator(".notice-warn").inner_text()
        assert page.get_by_role("button", name="Load into").count() == 0


def test_an_analyst_sees_no_phones_before_a_load(browser: Browser, empty_site: Site, tmp_path: Path) -> None:
    empty_site.workspace.users.add("reads_files", "analyst")
    file = tmp_path / "会员.csv"
    file.write_text(MEMBERS, encoding="utf-8")
    with opened(browser, empty_site, "/data/load", user="reads_files") as page:
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("积分余额").select_option("*integer")
        page.get_by_role("button", name="试算").click()
        text = page.content()
    assert "金卡" in text
    assert "很多" in text
    for hidden in ("13800000001", "13900000001", "13800000003", "13900000003", "王小明", "张伟"):
        assert hidden not in text


def test_a_wrong_day_is_said_beside_its_field(site: Site) -> None:
    with site.client() as client:
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
