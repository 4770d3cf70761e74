"""A value that cannot be read where it may be empty: its row is rejected, or kept with the value empty and listed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from load_house import OWNER, rows_in
from sqlglot import exp

from qunxiang.adapters.sources import open_source
from qunxiang.errors import NothingYetError
from qunxiang.intake import LoadReport
from qunxiang.model import ReadingOptions
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.csv_text import csv_bytes
from qunxiang.services.definitions import apply
from qunxiang.services.house import House
from qunxiang.services.load import load
from qunxiang.services.quarantine import leave_out, repair
from qunxiang.services.rejects import RejectState, counts, history, rejects
from qunxiang.sql import Query, column
from qunxiang.tables import QUARANTINE

BLANK = ReadingOptions(unreadable="blank")
PERSONS = (
    "会员编号,姓名,生日,城市\n1,张三,1990-01-01,北京\n2,李四,不详？,上海\n3,王五,ask Wang,广州\n,赵六,somewhen,深圳\n"
)


def put(house: House, table: str, rows: Any, **options: Any) -> LoadReport:
    report = load(house, OWNER, table, open_source(rows), **options)
    assert report.read == report.accepted + report.unchanged + report.rejected
    assert report.accepted == report.new + report.changed
    return report


def state(house: House, table: str) -> RejectState:
    return counts(house, OWNER, table)[0]


def birthdays(house: House) -> dict[str, date | None]:
    return {r["person_id"]: r["birth_date"] for r in rows_in(house, "persons")}


@pytest.fixture
def persons(tmp_path: Path) -> Path:
    path = tmp_path / "会员.csv"
    path.write_text(PERSONS, "utf-8")
    return path


@pytest.fixture
def mended(house: House, tmp_path: Path) -> Callable[..., Path]:
    """Write the export of rows with empty values, with some text replaced."""

    def write(table: str, *changes: tuple[str, str]) -> Path:
        text = csv_bytes(rejects(house, OWNER, table, blanked=True)).decode("utf-8-sig")
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path = tmp_path / f"mended{len(list(tmp_path.glob('mended*')))}.csv"
        path.write_text(text, "utf-8")
        return path

    return write


def test_by_default_the_row_is_rejected(house: House, persons: Path) -> None:
    for said in (None, ReadingOptions(unreadable="reject")):
        report = put(house, "persons", persons, reading=said)
        assert (report.rejected, report.blanked_rows, report.blanked) == (3, 0, ())
    assert birthdays(house) == {"1": date(1990, 1, 1)}


def test_only_the_value_is_left_empty_and_it_is_listed_apart(house: House, persons: Path) -> None:
    report = put(house, "persons", persons, reading=BLANK)
    assert (report.read, report.new, report.rejected, report.blanked_rows) == (4, 3, 1, 2)
    assert [(b.code, b.column, b.rows) for b in report.blanked] == [("reject.date", "birth_date", 2)]
    assert {(r.code, r.column) for r in report.reasons} == {
        ("reject.required", "person_id"),
        ("reject.date", "birth_date"),
    }, "a rejected row says everything that is wrong with it"
    assert [(n.code, n.params) for n in report.notes] == [("load.note.blanked", {"column": "生日", "values": 2})]
    assert birthdays(house) == {"1": date(1990, 1, 1), "2": None, "3": None}
    found = rejects(house, OWNER, "persons", lang="en", blanked=True).to_pylist()
    assert [(r["quarantine_source"], r["quarantine_row"], r["生日"]) for r in found] == [
        ("会员.csv", 2, "不详？"),
        ("会员.csv", 3, "ask Wang"),
    ]
    assert "Birth date is not a date" in found[0]["quarantine_reasons"]
    assert [r["quarantine_row"] for r in rejects(house, OWNER, "persons").to_pylist()] == [4]
    assert (state(house, "persons").open, state(house, "persons").blanked) == (1, 2)
    assert [(v.code, v.column, v.rows) for v in state(house, "persons").blanked_values] == [
        ("reject.date", "birth_date", 2)
    ]


def test_a_dry_run_tells_the_same_and_writes_nothing(house: House, persons: Path) -> None:
    report = put(house, "persons", persons, reading=BLANK, dry_run=True)
    assert (report.new, report.rejected, report.blanked_rows, report.run) == (3, 1, 2, None)
    assert [s.row_number for s in report.sample] == [4], "rows that are kept are no sample of rejected ones"
    assert house.state.head() is None


def test_loaded_twice_nothing_changes(house: House, persons: Path) -> None:
    put(house, "persons", persons, reading=BLANK)
    before = house.state.head()
    again = put(house, "persons", persons, reading=BLANK)
    after = house.state.head()
    assert (again.accepted, again.unchanged, again.rejected, again.blanked_rows) == (0, 3, 1, 2)
    assert before is not None
    assert after is not None
    assert before.tables == after.tables


def test_rows_that_were_rejected_first_are_kept_when_that_is_said(house: House, persons: Path) -> None:
    put(house, "persons", persons)
    assert (state(house, "persons").open, state(house, "persons").blanked) == (3, 0)
    assert put(house, "persons", persons, reading=BLANK).new == 2
    assert (state(house, "persons").open, state(house, "persons").blanked) == (1, 2)
    put(house, "persons", persons)
    assert (state(house, "persons").open, state(house, "persons").blanked) == (1, 2), "their rows are in the table"
    row_id = rejects(house, OWNER, "persons", blanked=True)["quarantine_id"][0].as_py()
    assert [e["fate"] for e in history(house, OWNER, "persons", row_id)] == ["open", "blanked"]


def test_mended_rows_take_the_place_of_those_with_empty_values_once(
    house: House, persons: Path, mended: Callable[..., Path]
) -> None:
    put(house, "persons", persons, reading=BLANK)
    path = mended("persons", ("不详？", "1988-08-08"), ("ask Wang", "ask Li"))
    report = put(house, "persons", path)
    assert (report.changed, report.unchanged, report.rejected, report.blanked_rows) == (1, 1, 0, 1)
    assert report.reading == {"unreadable": "blank"}, "mended rows are read as their load was"
    assert birthdays(house) == {"1": date(1990, 1, 1), "2": date(1988, 8, 8), "3": None}
    (left,) = rejects(house, OWNER, "persons", blanked=True).to_pylist()
    assert left["生日"] == "ask Li"
    assert (state(house, "persons").mended, state(house, "persons").blanked) == (1, 1)
    before = house.state.head()
    for again in (path, persons):
        report = put(house, "persons", again, reading=BLANK)
        assert report.accepted == 0, "what was mended is not emptied again"
    after = house.state.head()
    assert before is not None
    assert after is not None
    assert before.tables == after.tables
    assert birthdays(house)["2"] == date(1988, 8, 8)


def test_what_is_said_of_mended_rows_goes_before(house: House, persons: Path, mended: Callable[..., Path]) -> None:
    put(house, "persons", persons, reading=BLANK)
    report = put(house, "persons", mended("persons"), reading=ReadingOptions(unreadable="reject"))
    assert (report.accepted, report.rejected) == (0, 2)
    assert (state(house, "persons").open, state(house, "persons").blanked) == (1, 2), "they are in the table as before"
    assert birthdays(house).keys() == {"1", "2", "3"}


def test_a_value_that_the_table_has_stays(house: House) -> None:
    put(house, "persons", [{"person_id": "1", "birth_date": "1990-01-01", "city": "北京"}])
    report = put(house, "persons", [{"person_id": "1", "birth_date": "?", "city": "上海"}], reading=BLANK)
    assert (report.changed, report.blanked_rows) == (1, 1)
    (row,) = rows_in(house, "persons")
    assert (row["birth_date"], row["city"]) == (date(1990, 1, 1), "上海")


LINES = "订单号,会员号,商品编号,下单时间,数量,实付金额\n" + "".join(
    f"{order},K1,P1,2024-01-0{day},{quantity},{amount}\n"
    for order, day, quantity, amount in (
        ("D1", 1, "2", "5"),
        ("D2", 2, "若干", "6"),
        ("D2", 2, "若干", "6"),
        ("D2", 2, "一些", "6"),
        ("D3", 3, "若干", "x"),
    )
)


def test_rows_that_get_their_key_from_their_content_are_replaced_too(
    house: House, tmp_path: Path, mended: Callable[..., Path]
) -> None:
    path = tmp_path / "明细.csv"
    path.write_text(LINES, "utf-8")
    report = put(house, "order_lines", path, reading=BLANK)
    assert (report.read, report.new, report.rejected, report.blanked_rows) == (5, 4, 1, 3)
    keys = {r["line_id"] for r in rows_in(house, "order_lines")}
    assert len(keys) == 4, "rows that differ in what cannot be read stay apart"
    assert put(house, "order_lines", path, reading=BLANK).accepted == 0
    fixed = mended("order_lines", ("若干", "3"), ("一些", "4"))
    assert (put(house, "order_lines", fixed).changed, state(house, "order_lines").mended) == (3, 3)
    rows = rows_in(house, "order_lines")
    assert {r["line_id"] for r in rows} == keys
    assert sorted(r["quantity"] for r in rows) == [2, 3, 3, 4]
    for again in (fixed, path):
        assert put(house, "order_lines", again, reading=BLANK).accepted == 0
    again_mended = tmp_path / "again.csv"
    again_mended.write_text(fixed.read_text("utf-8").replace(",4,6", ",7,6"), "utf-8")
    assert put(house, "order_lines", again_mended).changed == 1
    assert sorted(r["quantity"] for r in rows_in(house, "order_lines")) == [2, 3, 3, 7]


def test_equal_rows_that_are_one_are_listed_once(house: House, mended: Callable[..., Path]) -> None:
    said = {"respondent": "r1", "survey_id": "s", "question_id": "q", "answer": "好", "answered_at": "昨天？"}
    report = put(house, "survey_answers", [said, dict(said), said | {"answered_at": "前天？"}], reading=BLANK)
    assert (report.new, report.unchanged, report.blanked_rows) == (2, 1, 2)
    assert rejects(house, OWNER, "survey_answers", blanked=True).num_rows == 2
    put(house, "survey_answers", mended("survey_answers", ("昨天？", "2024-01-01"), ("前天？", "2024-01-02")))
    assert [r["answered_at"].day for r in sorted(rows_in(house, "survey_answers"), key=lambda r: r["answered_at"])] == [
        31,
        1,
    ]


def test_a_row_that_was_rejected_and_mended_is_not_added_again_with_an_empty_value(
    house: House, tmp_path: Path
) -> None:
    path = tmp_path / "明细.csv"
    path.write_text(LINES, "utf-8")
    put(house, "order_lines", path)
    ids = {r["quarantine_row"]: r["quarantine_id"] for r in rejects(house, OWNER, "order_lines").to_pylist()}
    assert repair(house, OWNER, "order_lines", ids[2], values={"数量": "3"}).new == 1
    report = put(house, "order_lines", path, reading=BLANK)
    assert (report.new, report.unchanged, report.rejected, report.blanked_rows) == (2, 2, 1, 2)
    assert sorted(r["quantity"] or 0 for r in rows_in(house, "order_lines")) == [0, 0, 2, 3]
    found = rejects(house, OWNER, "order_lines", blanked=True).to_pylist()
    assert [r["quarantine_row"] for r in found] == [3, 4]
    assert put(house, "order_lines", path, reading=BLANK).accepted == 0


def test_a_row_that_came_back_to_be_left_empty_is_not_added_again(house: House, tmp_path: Path) -> None:
    path, back = tmp_path / "明细.csv", tmp_path / "back.csv"
    path.write_text(LINES, "utf-8")
    put(house, "order_lines", path)
    text = csv_bytes(rejects(house, OWNER, "order_lines")).decode("utf-8-sig").replace("若干", "几个")
    back.write_text(text, "utf-8")
    assert put(house, "order_lines", back, reading=BLANK).blanked_rows == 3
    for again in (path, back, path):
        report = put(house, "order_lines", again, reading=BLANK)
        assert (report.accepted, report.unchanged) == (0, 4 if again == path else 3)
    assert len(rows_in(house, "order_lines")) == 4
    assert (state(house, "order_lines").open, state(house, "order_lines").blanked) == (1, 3)


@pytest.mark.parametrize("custom", [True, False])
def test_a_value_without_part_in_the_key_is_read_later_in_the_same_row(house: House, *, custom: bool) -> None:
    name, column, size = ("评分卡", "评分卡", 99) if custom else ("员工规模", "employees_range", "50-99")
    options: dict[str, Any] = {"types": {"评分卡": "integer"}} if custom else {}
    told = {"客户名称": "甲公司", "城市": "北京"}
    rows = [told | {name: "大型"}, told | {"客户名称": "乙公司", name: str(size)}]
    put(house, "accounts", rows, reading=BLANK, **options)
    assert rejects(house, OWNER, "accounts", blanked=True)[name].to_pylist() == ["大型"]
    report = put(house, "accounts", [told | {name: str(size)}], reading=BLANK, **options)
    assert (report.new, report.changed) == (0, 1)
    assert {r["name"]: r[column] for r in rows_in(house, "accounts")} == {"甲公司": size, "乙公司": size}
    both = [told | {"客户名称": "丙公司", name: unread} for unread in ("大型", "小型", str(size))]
    both.append(told | {"客户名称": "丁公司", name: str(size)})
    assert put(house, "accounts", both, reading=BLANK, **options).blanked_rows == 2, "both values are listed"
    assert put(house, "accounts", both, reading=BLANK, **options).accepted == 0


def test_a_size_that_cannot_be_read_takes_nothing_away_and_is_mended_once(
    house: House, mended: Callable[..., Path]
) -> None:
    put(house, "accounts", [{"客户编号": n, "客户名称": n, "员工人数": "85"} for n in "甲乙丙"])
    sizes = {"甲": "大型", "乙": "99-50", "丙": "50-99人", "丁": "大型"}
    rows = [{"客户编号": n, "客户名称": n, "员工规模": size} for n, size in sizes.items()]
    report = put(house, "accounts", rows, reading=BLANK)
    assert (report.new, report.changed, report.unchanged, report.blanked_rows) == (1, 1, 2, 3)
    found = {r["name"]: (r["employees"], r["employees_range"]) for r in rows_in(house, "accounts")}
    assert found == {"甲": (85, None), "乙": (85, None), "丙": (85, "50-99"), "丁": (None, None)}
    path = mended("accounts", ("大型", "80-90"), ("99-50", "500+"))
    assert put(house, "accounts", path).changed == 3
    for again in (path, rows):
        assert put(house, "accounts", again, reading=BLANK).accepted == 0
    found = {r["name"]: (r["employees"], r["employees_range"]) for r in rows_in(house, "accounts")}
    assert found == {"甲": (85, "80-90"), "乙": (None, "500+"), "丙": (85, "50-99"), "丁": (None, "80-90")}
    assert (state(house, "accounts").mended, state(house, "accounts").blanked) == (3, 0)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("orders", {"order_id": "1", "ordered_at": "昨天", "amount": "1"}),
        ("orders", {"order_id": "1", "ordered_at": "2024-01-01", "amount": "待定"}),
        ("orders", {"order_id": "1.38E+17", "ordered_at": "2024-01-01", "amount": "1"}),
        ("orders", {"order_id": "1", "person_id": "1.38E+17", "ordered_at": "2024-01-01", "amount": "1"}),
        (
            "market_reports",
            {"market": "m", "period": "2024", "size": "很大", "source": "s", "published_on": "2024-01-01"},
        ),
        ("accounts", {"credit_code": "1.38E+17", "name": "甲公司", "employees": "5"}),
        ("persons", {"name": "张三", "phone": "1.38E+10", "city": "北京"}),
    ],
)
def test_what_a_row_means_nothing_without_is_never_left_empty(house: House, table: str, row: dict[str, str]) -> None:
    report = put(house, table, [row], reading=BLANK)
    assert (report.accepted, report.rejected, report.blanked_rows) == (0, 1, 0)


def test_totals_stay_totals_and_amounts_of_other_currencies_are_not_guessed(house: House) -> None:
    deal = {"stage": "Won", "opened_at": "2024-01-01", "account_name": "甲"}
    rows = [
        deal | {"opportunity_id": "1", "amount": "100", "currency": "CNY"},
        deal | {"opportunity_id": "2", "amount": "200", "currency": "USD"},
        deal | {"opportunity_id": "3", "amount": "US$ 30", "currency": "CNY"},
        deal | {"opportunity_id": "4", "amount": "合计", "currency": None},
    ]
    report = put(house, "opportunities", rows, reading=BLANK)
    assert [(b.code, b.column, b.rows) for b in report.blanked] == [
        ("reject.money.currency", "amount", 1),
        ("reject.money.two_currencies", "amount", 1),
    ]
    assert [r.code for r in report.reasons] == ["reject.total"]
    found = {r["opportunity_id"]: r["amount"] for r in rows_in(house, "opportunities")}
    assert found == {"1": Decimal(100), "2": None, "3": None}
    rate = {"currency": "USD", "since": "2023-01-01", "rate": "7", "source": "test"}
    apply(house, OWNER, documents=[{"kind": "rates", "id": "rates", "body": {"rates": [rate]}}])
    assert put(house, "opportunities", rows, reading=BLANK).changed == 1
    assert {r["opportunity_id"]: r["amount"] for r in rows_in(house, "opportunities")}["2"] == Decimal(1400)


def test_rows_of_one_key_that_contradict_each_other_are_rejected(house: House) -> None:
    rows = [{"person_id": "1", "birth_date": d} for d in ("?", "1990-01-01")] + [
        {"person_id": "2", "birth_date": d} for d in ("?", "??")
    ]
    report = put(house, "persons", rows, reading=BLANK)
    assert (report.new, report.unchanged, report.rejected, report.blanked_rows) == (1, 1, 2, 2)
    assert [(r.code, r.rows) for r in report.reasons] == [("reject.key.conflict", 2)]
    found = rejects(house, OWNER, "persons", blanked=True).to_pylist()
    assert [r["birth_date"] for r in found] == ["?", "??"]


def test_custom_columns_may_be_empty_too(house: House) -> None:
    rows = [{"person_id": str(i), "评分卡": v} for i, v in enumerate(("1", "2", "高"))]
    report = put(house, "persons", rows, types={"评分卡": "integer"}, reading=BLANK)
    assert (report.new, report.blanked_rows) == (3, 1)
    assert {r["person_id"]: r["评分卡"] for r in rows_in(house, "persons")} == {"0": 1, "1": 2, "2": None}


def test_one_row_is_mended_by_hand_and_another_left_empty_for_good(house: House, persons: Path) -> None:
    put(house, "persons", persons, reading=BLANK)
    ids = {r["会员编号"]: r["quarantine_id"] for r in rejects(house, OWNER, "persons", blanked=True).to_pylist()}
    assert repair(house, OWNER, "persons", ids["2"], values={"生日": "还是不详"}).blanked_rows == 1
    assert repair(house, OWNER, "persons", ids["2"], values={"生日": "1988-08-08"}).changed == 1
    assert leave_out(house, OWNER, "persons", [ids["3"]], why="问不到") == 1
    now = state(house, "persons")
    assert (now.open, now.blanked, now.mended, now.left_empty, now.left_out) == (1, 0, 1, 1, 0)
    assert birthdays(house) == {"1": date(1990, 1, 1), "2": date(1988, 8, 8), "3": None}
    put(house, "persons", persons, reading=BLANK)
    assert state(house, "persons") == now, "the same file opens nothing anew"
    with pytest.raises(NothingYetError):
        rejects(house, OWNER, "persons", blanked=True)


def test_it_is_saved_with_the_mapping_and_said_by_itself(house: House) -> None:
    rows = [{"person_id": str(i), "birth_date": d} for i, d in enumerate(("5/3/24", "?"))]
    put(house, "persons", rows, reading=ReadingOptions(dates={"*": "dmy"}, unreadable="blank"), remember=True)
    more = [{"person_id": str(i), "birth_date": d} for i, d in ((5, "6/3/24"), (6, "?"))]
    report = put(house, "persons", more)
    assert (report.new, report.blanked_rows) == (2, 1)
    last = [{"person_id": "8", "birth_date": "7/3/24"}, {"person_id": "9", "birth_date": "?"}]
    report = put(house, "persons", last, reading=ReadingOptions(unreadable="reject"))
    assert (report.new, report.rejected) == (1, 1)
    assert birthdays(house)["8"] == date(2024, 3, 7), "the order of dates is still the saved one"


def test_a_quarantine_of_an_earlier_version_gains_what_it_lacks(house: House, persons: Path) -> None:
    put(house, "persons", persons)
    head = house.state.head()
    assert head is not None
    old = replace(QUARANTINE, columns=tuple(c for c in QUARANTINE.columns if c.name != "key"))
    base = head.tables["quarantine"]
    with house.engine.session() as session:
        session.bind("q", house.lake.at("quarantine", base))
        query = Query(exp.select(*map(column, old.names)).from_("q"))
        files = session.write(query, house.lake.folder("quarantine"), old)
    version = house.lake.commit(old, files, mode="replace", base=base)
    new = NewSnapshot(kind="quarantine", tables={"quarantine": version}, facts={})
    house.state.publish(new, actor=OWNER, at=house.clock.now())
    assert "key" not in rows_in(house, "quarantine")[0]
    assert put(house, "persons", persons, reading=BLANK).new == 2
    assert (state(house, "persons").open, state(house, "persons").blanked) == (1, 2)
    assert "key" in rows_in(house, "quarantine")[0]
