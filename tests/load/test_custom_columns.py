"""Columns that the contract does not know are kept, typed by their content, and loaded again without change."""

from datetime import UTC, date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from load_house import OWNER, rows_in

from qunxiang.adapters.sources import open_source
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.intake import LoadReport
from qunxiang.services.columns import custom_columns, set_column, table_contract
from qunxiang.services.house import House
from qunxiang.services.load import load
from qunxiang.workspace import Workspace

PERSONS: list[dict[str, Any]] = [
    {
        "会员号": str(i),
        "姓名": f"客{i}",
        "等级(新)": "金" if i % 2 else "银",
        "推荐人手机": f"1380013{i:04d}",
        "消费 次数": str(i),
        "余额": f"¥{i}.50",
        "工号": f"00{i}",
        "生效日": f"2024-01-{i % 28 + 1:02d}",
        "是否在职": "是" if i % 3 else "否",
        "想法": f"第{i}条很不一样的意见",
        "空列": "",
    }
    for i in range(1, 41)
]


def put(house: House, table: str, rows: Any, **options: Any) -> LoadReport:
    report = load(house, OWNER, table, open_source(rows), **options)
    assert report.read == report.accepted + report.unchanged + report.rejected
    return report


def test_unknown_columns_are_kept_with_the_types_of_their_content(house: House) -> None:
    report = put(house, "persons", PERSONS)
    assert (report.new, report.rejected) == (40, 0)
    assert report.custom == {
        "等级_新": "等级(新)",
        "推荐人手机": "推荐人手机",
        "消费_次数": "消费 次数",
        "余额": "余额",
        "工号": "工号",
        "生效日": "生效日",
        "是否在职": "是否在职",
        "想法": "想法",
    }
    assert report.unmapped == ("空列",)
    found = {c.name: (c.type, c.personal) for c in custom_columns(house, "persons").columns}
    assert found == {
        "等级_新": ("text", False),
        "推荐人手机": ("text", True),
        "消费_次数": ("integer", False),
        "余额": ("money", False),
        "工号": ("text", True),
        "生效日": ("date", False),
        "是否在职": ("boolean", False),
        "想法": ("text", True),
    }
    row = next(r for r in rows_in(house, "persons") if r["person_id"] == "7")
    assert (row["等级_新"], row["消费_次数"], row["余额"], row["工号"]) == ("金", 7, Decimal("7.50"), "007")
    assert (row["生效日"], row["是否在职"]) == (date(2024, 1, 8), True)
    assert [c.name for c in table_contract(house, "persons").columns][-8:] == list(report.custom)


def test_loading_twice_changes_nothing_and_a_changed_custom_value_is_a_change(house: House) -> None:
    put(house, "persons", PERSONS)
    again = put(house, "persons", PERSONS)
    assert (again.accepted, again.unchanged) == (0, 40)
    moved = [dict(r, **{"等级(新)": "铂金"}) if r["会员号"] == "3" else r for r in PERSONS]
    third = put(house, "persons", moved)
    assert (third.new, third.changed, third.unchanged) == (0, 1, 39)
    assert next(r for r in rows_in(house, "persons") if r["person_id"] == "3")["等级_新"] == "铂金"


def test_old_versions_stay_readable_and_a_file_without_the_column_leaves_it(house: House) -> None:
    plain = [{"会员号": r["会员号"], "姓名": r["姓名"]} for r in PERSONS]
    first = put(house, "persons", plain)
    put(house, "persons", PERSONS)
    old, head = house.state.snapshot(first.run or 0), house.state.head()
    assert old is not None
    assert head is not None
    assert "等级_新" not in house.lake.at("persons", old.tables["persons"]).columns
    assert "等级_新" in house.lake.at("persons", head.tables["persons"]).columns
    renamed = put(house, "persons", [dict(r, 姓名=f"{r['姓名']}子") for r in plain])
    assert renamed.changed == 40
    assert {r["等级_新"] for r in rows_in(house, "persons")} == {"金", "银"}


def test_lines_keep_their_keys_whatever_is_kept(house: House) -> None:
    line = {"order_id": "1", "product_id": "p", "date": "2024-01-01", "amount": "3"}
    rows = [dict(line, batch="b"), dict(line, batch="a"), dict(line, batch="a"), dict(line, product_id="q", batch="a")]
    assert put(house, "order_lines", rows, keep="none").new == 4
    keys = {r["line_id"] for r in rows_in(house, "order_lines")}
    kept = put(house, "order_lines", rows)
    assert (kept.new, kept.changed) == (0, 4)
    assert {r["line_id"] for r in rows_in(house, "order_lines")} == keys
    assert sorted(r["batch"] for r in rows_in(house, "order_lines")) == ["a", "a", "a", "b"]
    again = put(house, "order_lines", list(reversed(rows)))
    assert (again.accepted, again.unchanged) == (0, 4)


def test_a_later_file_widens_a_type_to_text_and_rejects_no_row(house: House) -> None:
    put(house, "persons", [{"会员号": "1", "评分": "5"}, {"会员号": "2", "评分": "4"}])
    report = put(house, "persons", [{"会员号": "3", "评分": "很好"}])
    assert (report.new, report.rejected) == (1, 0)
    assert {r["person_id"]: r["评分"] for r in rows_in(house, "persons")} == {"1": "5", "2": "4", "3": "很好"}
    history = house.state.history("custom_columns", "persons")
    assert [d.body["columns"][0]["type"] for d in history] == ["text", "integer"]


def test_a_declared_type_holds_and_rejects_what_it_cannot_read(house: House) -> None:
    put(house, "persons", [{"会员号": "1", "评分": "5"}], types={"评分": "number"})
    report = put(house, "persons", [{"会员号": "2", "评分": "很好"}, {"会员号": "3", "评分": "4.5"}])
    assert [(r.code, r.column, r.rows) for r in report.reasons] == [("reject.number", "评分", 1)]
    assert {r["评分"] for r in rows_in(house, "persons")} == {5.0, 4.5}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Amount", "amount_2"),
        ("a b;c{d}(e)\n=f", "a_b_c_d_e_f"),
        ("2024年", "c_2024年"),
        ("***", "column"),
        ("x" * 100, "x" * 63),
        ("__row__x", "row_x"),
    ],
)
def test_names_become_safe(house: House, source: str, name: str) -> None:
    rows = [{"order_id": "1", "date": "2024-01-01", "应付": "3", source: "5"}]
    report = put(house, "orders", rows, mapping={"amount": "应付"})
    assert report.custom == {name: source}
    assert rows_in(house, "orders")[0][name] == 5


def test_what_is_kept_can_be_said(house: House) -> None:
    rows = [{"会员号": "1", "甲": "1", "乙": "2"}]
    assert put(house, "persons", rows, keep=["乙"]).custom == {"乙": "乙"}
    with pytest.raises(UnknownNameError) as unknown:
        put(house, "persons", rows, keep=["丙"])
    assert unknown.value.params["has"] == ["甲", "乙"]
    with pytest.raises(SettingError):
        put(house, "persons", rows, keep="some")
    with pytest.raises(SettingError) as type_:
        put(house, "persons", rows, types={"甲": "float"})
    assert type_.value.code == "error.column.type"


def test_a_dry_run_defines_no_column(house: House) -> None:
    report = put(house, "persons", PERSONS, dry_run=True)
    assert len(report.custom) == 8
    assert custom_columns(house, "persons").columns == ()


def test_ids_of_two_systems_stay_apart(house: House, tmp_path: Path) -> None:
    rows = [{"会员号": "1", "姓名": "张"}]
    put(house, "persons", rows, system="erp")
    put(house, "persons", [{"会员号": "1", "姓名": "李"}], system="shop")
    put(house, "persons", [{"会员号": "1", "姓名": "王"}])
    found = {(r["person_id"], r["system"], r["name"]) for r in rows_in(house, "persons")}
    assert found == {("erp:1", "erp", "张"), ("shop:1", "shop", "李"), ("1", None, "王")}
    assert put(house, "persons", rows, system="erp").unchanged == 1
    order = [{"order_id": "9", "会员号": "1", "date": "2024-01-01", "amount": "1"}]
    put(house, "orders", order, system="erp")
    put(house, "order_lines", [{"订单号": "9", "商品编号": "P1", "下单时间": "2024-01-01", "金额": "1"}], system="erp")
    assert [(r["order_id"], r["product_id"]) for r in rows_in(house, "order_lines")] == [("erp:9", "P1")]
    other = put(house, "orders", [{**order[0], "amount": "2"}], system="shop")
    assert (other.new, other.changed, other.notes) == (1, 0, ())
    assert {(r["order_id"], r["person_id"]) for r in rows_in(house, "orders")} == {
        ("erp:9", "erp:1"),
        ("shop:9", "shop:1"),
    }
    again = put(house, "orders", [{**order[0], "amount": "3"}], system="shop")
    assert [(n.code, n.params) for n in again.notes] == [("load.note.replaced", {"rows": 1})]
    with pytest.raises(SettingError):
        put(house, "persons", rows, system="a:b")


def test_a_load_that_widens_a_table_says_its_system_and_heals_rows_that_lack_it(house: House) -> None:
    old = {"会员号": "1", "姓名": "张"}
    put(house, "persons", [old], system="erp")
    put(house, "persons", [{**old, "会员号": "2", "foo": "x"}], system="shop")
    put(house, "accounts", [{"公司名称": "甲公司"}], system="erp")
    put(house, "accounts", [{"公司名称": "乙公司", "foo": "x"}], system="erp")
    assert {(r["person_id"], r["system"]) for r in rows_in(house, "persons")} == {("erp:1", "erp"), ("shop:2", "shop")}
    assert {r["system"] for r in rows_in(house, "accounts")} == {"erp"}
    put(house, "persons", [{"会员号": "erp:1", "姓名": "张", "来源系统": ""}])  # as such a load left it
    assert rows_in(house, "persons")[0]["system"] is None or rows_in(house, "persons")[1]["system"] is None
    assert put(house, "persons", [old], system="erp").changed == 1
    assert {r["system"] for r in rows_in(house, "persons")} == {"erp", "shop"}
    assert put(house, "persons", [old], system="erp").unchanged == 1


def test_own_traits_measure_custom_columns(tmp_path: Path) -> None:
    rows = [
        {"order_id": str(i), "会员号": "a" if i < 4 else "b", "date": f"2024-01-0{i}", "amount": "1", "工时": str(i)}
        for i in range(1, 7)
    ]
    with Workspace.create(tmp_path / "shop", lang="zh") as ws:
        ws.load("orders", rows)
        ws.resolve()
        made = {"table": "orders", "metric": "sum", "column": "工时", "where": "工时 >= 2"}
        ws.traits.define("hours", label=Label.same("工时"), **made)
        ws.refresh("2024-02-01")
        found = ws.traits.frame(["hours"]).to_pydict()
    assert dict(zip(found["profile_id"], found["hours"], strict=True)) == {"Pa": 5, "Pb": 15}


def test_an_analyst_says_what_is_personal_and_a_type_can_only_become_text(house: House) -> None:
    put(house, "persons", PERSONS)
    assert "工号" in {c.name for c in table_contract(house, "persons").columns if c.hidden}
    set_column(house, OWNER, "persons", name="工号", personal=False)
    assert "工号" not in {c.name for c in table_contract(house, "persons").columns if c.hidden}
    with pytest.raises(UnknownNameError) as unknown:
        set_column(house, OWNER, "persons", name="nothing", personal=False)
    assert "工号" in unknown.value.params["has"]
    with pytest.raises(SettingError) as retyped:
        put(house, "persons", PERSONS, types={"消费 次数": "date"})
    assert retyped.value.code == "error.column.retype"
    put(house, "persons", [dict(PERSONS[0], 姓名="新")], types={"消费 次数": "text"})
    assert {r["消费_次数"] for r in rows_in(house, "persons")} == {str(i) for i in range(1, 41)}


def test_parts_of_names_are_personal_however_often_a_value_comes_back(house: House) -> None:
    personal = ["first_name", "last_name", "Middle Name", "姓", "名", "经办人姓名", "英文名", "mobile", "出生日期"]
    plain = ["product_family", "brand name", "email opt in", "合同名称"]
    rows = [
        {"person_id": f"p{i}", "account_id": "a", **dict.fromkeys(personal + plain, "李" if i % 2 else "王")}
        | {"email opt in": "是" if i % 3 else "否", "出生日期": f"199{i % 2}-01-01"}
        for i in range(12)
    ]
    put(house, "contacts", rows)
    found = {c.source: c.personal for c in custom_columns(house, "contacts").columns}
    assert found == {**dict.fromkeys(personal, True), **dict.fromkeys(plain, False)}


def test_moments_keep_their_time_of_day_and_days_stay_days(house: House) -> None:
    row = {
        "会员号": "1",
        "回访": "2024-01-03 10:00",
        "生效": "2024-01-03",
        "混": "2024-01-03",
        "零点": "2024/1/3 0:00:00",
    }
    row |= {"下午": "2024年1月3日 下午3:05", "带时区": "2024-01-03T00:00:00Z", "夜里": "2024-01-03 00:00:01"}
    late = row | {"会员号": "2", "混": "2024-01-03 08:30:15"}
    put(house, "persons", [row, *(row | {"会员号": str(i)} for i in range(3, 2500)), late])
    types = {c.name: c.type for c in custom_columns(house, "persons").columns}
    assert {n for n, t in types.items() if t == "date"} == {"生效", "零点"}
    assert {n for n, t in types.items() if t == "timestamp"} == {"回访", "混", "下午", "带时区", "夜里"}
    found = {r["person_id"]: r for r in rows_in(house, "persons")}
    said = {n: found["2"][n].astimezone(UTC).isoformat() for n in ("回访", "混", "下午", "带时区", "夜里")}
    assert said == {  # wall clocks of the workspace's zone, eight hours ahead
        "回访": "2024-01-03T02:00:00+00:00",
        "混": "2024-01-03T00:30:15+00:00",
        "下午": "2024-01-03T07:05:00+00:00",
        "带时区": "2024-01-03T00:00:00+00:00",
        "夜里": "2024-01-02T16:00:01+00:00",
    }
    assert found["2"]["生效"] == found["2"]["零点"] == date(2024, 1, 3)
    assert found["1"]["混"].astimezone(UTC).isoformat() == "2024-01-02T16:00:00+00:00"
    assert put(house, "persons", [row, late]).unchanged == 2


def test_a_column_of_days_that_is_there_goes_on_as_days(house: House) -> None:
    put(house, "persons", [{"会员号": "1", "回访": "2024-01-03"}])
    put(house, "persons", [{"会员号": "1", "回访": "2024-01-04 10:00"}])
    assert [c.type for c in custom_columns(house, "persons").columns] == ["date"]
    assert rows_in(house, "persons")[0]["回访"] == date(2024, 1, 4)
