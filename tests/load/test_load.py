"""A load accepts, rejects and recognises what is there already, and shows all of it at once."""

import threading
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pytest
from load_house import OWNER, house_in, rows_in, table_in

from qunxiang.adapters.documents.table_workbook import table_workbook
from qunxiang.adapters.sources import open_source
from qunxiang.errors import (
    ConflictError,
    ContractError,
    NotAllowedError,
    NothingYetError,
    QuestionError,
    QunxiangError,
    SettingError,
    UnknownNameError,
)
from qunxiang.i18n import Message
from qunxiang.intake import LoadReport
from qunxiang.model import Actor, ReadingOptions, Role
from qunxiang.services import holding
from qunxiang.services.csv_text import csv_bytes
from qunxiang.services.definitions import apply
from qunxiang.services.house import House
from qunxiang.services.load import load
from qunxiang.services.preview import preview
from qunxiang.services.quarantine import leave_out, repair
from qunxiang.services.rejects import counts, history, rejects

SHANGHAI = ZoneInfo("Asia/Shanghai")
ORDERS = "订单号,会员号,下单时间,实付金额\n1,张,2024-01-01,10\n2,李,2024年1月2日,¥20\n3,王,昨天,30\n4,赵,2024-01-04\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "订单.csv"
    path.write_text(ORDERS, "utf-8")
    return path


def load_rows(house: House, table: str, rows: Any, **options: Any) -> LoadReport:
    report = load(house, OWNER, table, open_source(rows), **options)
    assert report.read == report.accepted + report.unchanged + report.rejected
    assert report.accepted == report.new + report.changed
    return report


def test_a_file_is_loaded_and_its_bad_rows_are_kept_apart(house: House, orders: Path) -> None:
    report = load_rows(house, "orders", orders)
    assert (report.read, report.new, report.rejected) == (4, 2, 2)
    assert {(r.code, r.column, r.rows) for r in report.reasons} == {
        ("reject.timestamp", "ordered_at", 1),
        ("reject.broken", None, 1),
    }
    assert sorted(r["amount"] for r in rows_in(house, "orders")) == [Decimal("10.00"), Decimal("20.00")]
    quarantined = sorted(rows_in(house, "quarantine"), key=lambda r: r["row_number"])
    assert [r["row_number"] for r in quarantined] == [3, 4]
    assert {r["load_id"] for r in quarantined} == {report.load_id}
    head = house.state.head()
    assert head is not None
    assert (head.run, head.kind, set(head.tables)) == (report.run, "load", {"orders", "quarantine"})
    assert head.facts["rejected"] == 2


def test_a_file_loaded_twice_changes_nothing(house: House, orders: Path) -> None:
    load_rows(house, "orders", orders)
    before = house.state.head()
    again = load_rows(house, "orders", orders)
    after = house.state.head()
    assert (again.accepted, again.unchanged, again.rejected) == (0, 2, 2)
    assert before is not None
    assert after is not None
    assert before.tables == after.tables
    assert len(rows_in(house, "quarantine")) == 2
    assert [s.facts["unchanged"] for s in house.state.loads()] == [2, 0]


def test_a_changed_row_replaces_and_keeps_what_the_load_does_not_carry(house: House) -> None:
    load_rows(
        house,
        "persons",
        [{"person_id": "1", "gender": "F", "city": "北京"}, {"person_id": "2", "gender": "M", "city": "上海"}],
    )
    report = load_rows(house, "persons", [{"person_id": "1", "city": "深圳"}, {"person_id": "3", "city": "广州"}])
    assert (report.new, report.changed, report.unchanged) == (1, 1, 0)
    found = {r["person_id"]: (r["gender"], r["city"]) for r in rows_in(house, "persons")}
    assert found == {"1": ("F", "深圳"), "2": ("M", "上海"), "3": (None, "广州")}


def test_shuffled_lines_give_the_same_keys_and_change_nothing(house: House, tmp_path: Path) -> None:
    lines = [
        {"order_id": str(i % 7), "product_id": str(i % 3), "ordered_at": "2024-01-01", "amount": i % 2}
        for i in range(60)
    ]
    load_rows(house, "order_lines", lines)
    keys = {r["line_id"] for r in rows_in(house, "order_lines")}
    assert len(keys) == 60
    again = load_rows(house, "order_lines", lines[::-1])
    assert (again.accepted, again.unchanged) == (0, 60)
    other = tmp_path / "other"
    other.mkdir()
    with house_in(other, at=house.clock.now()) as second:
        load_rows(second, "order_lines", lines[30:] + lines[:30])
        assert {r["line_id"] for r in rows_in(second, "order_lines")} == keys


def test_contradicting_rows_are_rejected_and_repeated_ones_counted_unchanged(house: House) -> None:
    report = load_rows(
        house,
        "products",
        [{"product_id": p, "category": c} for p, c in [("1", "a"), ("1", "b"), ("2", "a"), ("2", "a"), ("3", None)]],
    )
    assert (report.new, report.unchanged, report.rejected) == (2, 1, 2)
    assert report.reasons[0].code == "reject.key.conflict"


def test_a_dry_run_writes_nothing_and_shows_a_sample(house: House, orders: Path) -> None:
    report = load_rows(house, "orders", orders, dry_run=True)
    assert (report.new, report.rejected, report.run) == (2, 2, None)
    assert [s.row_number for s in report.sample] == [3, 4]
    assert report.sample[0].row["订单号"] == "3"
    assert report.sample[1].row == {"__broken__": "4,赵,2024-01-04"}
    assert house.state.head() is None
    assert not (house.settings.folder / "lake").exists()
    assert list(house.settings.scratch.iterdir()) == []
    real = load_rows(house, "orders", orders)
    assert (real.new, real.rejected, real.reasons, real.mapping) == (2, 2, report.reasons, report.mapping)


def test_rejected_rows_can_be_mended_and_loaded_again(house: House, orders: Path, tmp_path: Path) -> None:
    load_rows(house, "orders", orders)
    out = tmp_path / "rejects.csv"
    table = rejects(house, OWNER, "orders", lang="zh")
    out.write_bytes(csv_bytes(table))
    assert "不是时间" in table["quarantine_reasons"][0].as_py()
    assert "not a moment" in rejects(house, OWNER, "orders", lang="en")["quarantine_reasons"][0].as_py()
    mended = out.read_text("utf-8-sig").replace(",昨天", ",2024-03-05")
    out.write_text("\n".join(mended.splitlines()[:2]) + "\n", "utf-8")
    report = load_rows(house, "orders", out)
    assert (report.new, report.rejected) == (1, 0)
    assert {r["order_id"] for r in rows_in(house, "orders")} == {"1", "2", "3"}


def test_rejected_cells_cannot_run_as_formulas(house: House, tmp_path: Path) -> None:
    cells = ["=1+1", "+cmd", "-2+3", "@x", "-12.5", "+1,234.00", "plain"]
    load_rows(house, "orders", [{"order_id": c, "ordered_at": "?", "amount": c} for c in cells])
    out = tmp_path / "r.csv"
    out.write_bytes(csv_bytes(rejects(house, OWNER, "orders")))
    written = [row["order_id"] for b in open_source(out).batches() for row in b.to_pylist()]
    assert written == ["'=1+1", "'+cmd", "'-2+3", "'@x", "-12.5", "+1,234.00", "plain"]
    with pytest.raises(NothingYetError):
        rejects(house, OWNER, "persons")
    with pytest.raises(UnknownNameError):
        rejects(house, OWNER, "nonsense")


def test_wrong_calls_change_nothing(house: House) -> None:
    with pytest.raises(UnknownNameError) as unknown:
        load(house, OWNER, "order", open_source([{"a": 1}]))
    assert "order_lines" in unknown.value.render("en")
    with pytest.raises(ContractError):
        load(house, OWNER, "orders", open_source([{"order_id": 1}]))
    with pytest.raises(ContractError):
        load(house, OWNER, "orders", open_source([{"order_id": 1, "date": "2024-01-01", "amount": 1, "sales": 2}]))
    with pytest.raises(NotAllowedError):
        load(house, Actor(name="v", role=Role.VIEWER), "orders", open_source([{"a": 1}]))
    assert house.state.head() is None


def test_a_cancelled_load_changes_nothing(house: House, orders: Path) -> None:
    with pytest.raises(QunxiangError) as error:
        load(house, OWNER, "orders", open_source(orders), cancelled=lambda: True)
    assert error.value.code == "error.load.cancelled"
    assert house.state.head() is None
    assert list(house.settings.scratch.iterdir()) == []
    assert load_rows(house, "orders", orders).new == 2


class _PowerCut(BaseException):
    pass


@pytest.mark.parametrize("at", [0.3, 0.6, 0.75, 0.95])
def test_a_crash_leaves_the_old_state_and_the_next_load_cleans_up(house: House, orders: Path, at: float) -> None:
    load_rows(house, "orders", [{"order_id": "9", "ordered_at": "2024-01-01", "amount": 1}])
    (left := house.settings.scratch / "load-orders-crashed").mkdir(parents=True)
    (left / "staged.parquet").write_bytes(b"half")
    (other := house.settings.scratch / "load-order_lines-running").mkdir()
    before = house.state.head()

    def cut(fraction: float, stage: Message) -> None:
        if fraction >= at:
            raise _PowerCut

    with pytest.raises(_PowerCut):
        load(house, OWNER, "orders", open_source(orders), progress=cut)
    assert house.state.head() == before
    assert [r["order_id"] for r in rows_in(house, "orders")] == ["9"]
    report = load_rows(house, "orders", orders)
    assert (report.new, report.rejected) == (2, 2)
    assert {r["order_id"] for r in rows_in(house, "orders")} == {"1", "2", "9"}
    assert not left.exists()
    assert other.exists()


def test_loads_of_two_tables_at_once_keep_each_others_rejected_rows(house: House) -> None:
    tables = ["orders", "persons", "products", "accounts"]
    failed: list[BaseException] = []

    def work(table: str) -> None:
        try:
            for i in range(3):
                rows = {
                    "orders": [{"order_id": f"{i}", "ordered_at": "?", "amount": 1}],
                    "persons": [{"person_id": f"{i}", "birth_date": "?"}],
                    "products": [{"product_id": f"{i}", "unit_cost": "?"}],
                    "accounts": [{"account_id": f"{i}", "employees": "?"}],
                }[table]
                load(house, OWNER, table, open_source(rows))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(table,)) for table in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = rows_in(house, "quarantine")
    assert {t: sum(r["table_name"] == t for r in found) for t in tables} == dict.fromkeys(tables, 3)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "PATIENCE_SECONDS", 0.2)


def test_a_second_load_of_the_same_table_says_who_is_loading(house: House, orders: Path, impatient: None) -> None:
    with house.state.lease("load:orders", holder="王芳 (web)", at=house.clock.now(), seconds=60):
        with pytest.raises(ConflictError) as error:
            load(house, OWNER, "orders", open_source(orders))
        assert "王芳" in error.value.render("zh")
    assert load_rows(house, "orders", orders).new == 2


def test_progress_tells_rows_and_rate(house: House, orders: Path) -> None:
    told: list[tuple[float, Message]] = []
    load_rows(house, "orders", orders, progress=lambda f, m: told.append((f, m)))
    fractions = [f for f, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert all(m("zh") != m("en") for _, m in told)


def test_stated_rules_are_counted(house: House) -> None:
    load_rows(house, "products", [{"product_id": "a"}])
    line = {"order_id": "1", "ordered_at": "2024-01-01"}
    report = load_rows(
        house,
        "order_lines",
        [
            line | {"product_id": "a", "amount": "0", "quantity": "0", "person_id": "p"},
            line | {"product_id": "b", "amount": "-1", "quantity": "0", "person_id": None, "order_id": "2"},
            line | {"product_id": "a", "amount": "2", "quantity": "1", "person_id": "p"},
        ],
    )
    assert {n.code: n.params for n in report.notes} == {
        "load.note.amount_zero": {"rows": 1},
        "load.note.amount_negative": {"rows": 1},
        "load.note.quantity_zero": {"rows": 2, "with_amount": 1},
        "load.note.lines_alone": {"rows": 1},
        "load.note.unknown_product": {"rows": 1},
    }
    assert all(n("zh") and n("en") for n in report.notes)
    assert LoadReport.model_validate_json(report.model_dump_json()) == report


def test_deals_without_a_customer_are_counted(house: House) -> None:
    deal = {"stage": "Won", "amount": "1", "opened_at": "2024-01-01"}
    companies = [(None, None), (None, "甲公司"), ("9", None), (None, " ")]
    rows = [
        {"opportunity_id": str(i), "account_id": a, "account_name": n, **deal} for i, (a, n) in enumerate(companies)
    ]
    report = load_rows(house, "opportunities", rows)
    assert {n.code: n.params["rows"] for n in report.notes} == {"load.note.no_customer": 2, "load.note.by_name": 1}


def test_lines_that_name_nobody_are_their_orders_customers(house: House) -> None:
    """Order 1 is loaded with its customer, 2 with a telephone, 3 with nobody, 4 not at all; a line names p of 5."""
    ordered = {"ordered_at": "2024-01-01", "amount": "5"}
    sold = ordered | {"product_id": "a"}
    owners = ({"person_id": "p"}, {"phone": "13800138000"}, {})
    load_rows(house, "orders", [ordered | {"order_id": str(i)} | o for i, o in enumerate(owners, start=1)])
    lines = [sold | {"line_id": f"l{i}", "order_id": str(i)} for i in range(1, 6)]
    report = load_rows(house, "order_lines", [*lines, sold | {"line_id": "l6", "order_id": "5", "person_id": "p"}])
    assert {n.code: n.params for n in report.notes} == {"load.note.lines_alone": {"rows": 2}}
    again = load_rows(house, "order_lines", [sold | {"line_id": "l7", "order_id": "5"}])
    assert again.notes == (), "the line loaded before names the customer of the order"


def test_gbk_csv_goes_all_the_way(house: House, tmp_path: Path) -> None:
    path = tmp_path / "客户.csv"
    path.write_bytes("会员编号,客户姓名,城市\n1,张三,北京\n".encode("gbk"))
    load(house, OWNER, "persons", open_source(path, encoding="gbk"))
    assert table_in(house, "persons").select(["person_id", "name", "city"]).to_pylist() == [
        {"person_id": "1", "name": "张三", "city": "北京"}
    ]


def test_a_frame_of_pandas_types_goes_all_the_way(house: House) -> None:
    frame = pa.table({"person_id": pa.array([1.0, None, 3.0]), "age": ["20-29", "30-39", None]}).to_pandas()
    report = load_rows(house, "persons", frame)
    assert (report.new, report.rejected) == (2, 1)
    assert {r["person_id"] for r in rows_in(house, "persons")} == {"1", "3"}


def test_mended_rows_leave_the_quarantine_and_bad_ones_stay_once(house: House, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "order_id,person_id,ordered_at,amount\n1,a,yesterday,3\n2,=b,tomorrow,4\n3,c,2024-01-01,5\n", "utf-8"
    )
    load_rows(house, "orders", bad)
    again = tmp_path / "again.csv"
    export = csv_bytes(rejects(house, OWNER, "orders")).decode("utf-8-sig")
    again.write_text(export.replace("yesterday", "someday").replace(",tomorrow", ",2024-01-02"), "utf-8")
    report = load_rows(house, "orders", again)
    assert (report.new, report.rejected, report.custom, report.unmapped) == (1, 1, {}, ())
    left = rejects(house, OWNER, "orders", lang="en").to_pylist()
    assert [(r["quarantine_source"], r["quarantine_row"], r["ordered_at"]) for r in left] == [("bad.csv", 1, "someday")]
    assert "someday" in left[0]["quarantine_reasons"]
    assert {r["order_id"]: r["person_id"] for r in rows_in(house, "orders")} == {"2": "=b", "3": "c"}
    (state,) = counts(house, OWNER)
    assert (state.open, state.mended, state.left_out) == (1, 1, 0)
    before = len(rows_in(house, "quarantine"))
    for path in (again, bad):
        report = load_rows(house, "orders", path)
        assert report.accepted == 0
    assert len(rows_in(house, "quarantine")) == before
    assert counts(house, OWNER) == (state,)
    known = history(house, OWNER, "orders", left[0]["quarantine_id"])
    assert [(e["fate"], e["row"]["ordered_at"]) for e in known] == [("open", "yesterday"), ("open", "someday")]
    with pytest.raises(NothingYetError):
        rejects(house, OWNER, "orders", reason="reject.money")
    runs = {s.run: s.facts["load_id"] for s in house.state.loads()}
    again_run = next(run for run, load_id in runs.items() if load_id == known[-1]["load_id"])
    assert rejects(house, OWNER, "orders", load_id=str(again_run)).num_rows == 1
    assert rejects(house, OWNER, "orders", load_id=runs[again_run]).num_rows == 1
    with pytest.raises(UnknownNameError):
        rejects(house, OWNER, "orders", load_id="999")


def test_mended_rows_are_read_as_the_loads_that_rejected_them(house: House, tmp_path: Path) -> None:
    erp = [{"单号": "A2", "会员编号": "2", "day": "待定", "元": "$500", "备注": "x"}]
    mapping = {"order_id": "单号", "person_id": "会员编号", "ordered_at": "day", "amount": "元"}
    how = {"system": "erp", "mapping": mapping, "keep": "none", "reading": ReadingOptions(dates={"day": "dmy"})}
    load_rows(house, "orders", erp, **how)
    load_rows(
        house, "orders", [{"订单号": "A2", "客户编码": "2", "下单时间": "2024-01-02", "金额": "x"}], system="shop"
    )
    path = tmp_path / "mended.csv"
    text = csv_bytes(rejects(house, OWNER, "orders")).decode("utf-8-sig")
    path.write_text(text.replace("待定", "3/2/24").replace("$500", "500").replace(",x", ",7"), "utf-8")
    shown = preview(house, OWNER, "orders", open_source(path))
    assert (shown.complete, shown.mapping["person_id"]) == (True, "会员编号")
    page: dict[str, Any] = {"mapping": shown.mapping, "exact": True, "use_saved": False}
    page["keep"] = [name for name in shown.columns if name not in shown.mapping.values()]
    report = load_rows(house, "orders", path, **page, system="")
    assert (report.new, report.rejected) == (2, 0)
    assert [(p.system, p.notes[0].code) for p in report.parts] == [
        ("erp", "load.note.as_before.system"),
        ("shop", "load.note.as_before.system"),
    ]
    rows = rows_in(house, "orders")
    found = {r["order_id"]: (r["person_id"], r["ordered_at"].astimezone(SHANGHAI).month) for r in rows}
    assert found == {"erp:A2": ("erp:2", 2), "shop:A2": ("shop:2", 1)}
    assert counts(house, OWNER, "orders")[0].open == 0


def test_a_row_that_is_mended_in_part_stays_of_its_system(house: House, tmp_path: Path) -> None:
    load_rows(house, "orders", [{"order_id": "A2", "person_id": "2", "date": "待定", "amount": "x"}], system="erp")
    path = tmp_path / "mended.csv"
    for before, after in (("待定", "2024-01-02"), (",x", ",7")):
        text = csv_bytes(rejects(house, OWNER, "orders")).decode("utf-8-sig")
        path.write_text(text.replace(before, after), "utf-8")
        report = load_rows(house, "orders", path)
        assert report.system == "erp"
    assert [(r["order_id"], r["person_id"]) for r in rows_in(house, "orders")] == [("erp:A2", "erp:2")]


def test_dates_that_can_be_read_in_two_ways_are_asked_about(house: House) -> None:
    rows = [{"order_id": str(i), "date": d, "amount": "1"} for i, d in enumerate(["5/3/24", "7/4/24", "2024-01-01"])]
    with pytest.raises(QuestionError) as asked:
        load_rows(house, "orders", rows)
    assert asked.value.code == "error.reading.dates"
    assert asked.value.params == {"table": "orders", "column": "date", "rows": 2, "value": "5/3/24"}
    assert house.state.head() is None
    report = load_rows(house, "orders", rows, reading=ReadingOptions(dates={"date": "dmy"}))
    assert [(n.code, n.params["rows"]) for n in report.notes if "repair" in n.code] == [("load.repair.order.dmy", 2)]
    rejected = load_rows(house, "orders", rows, reading=ReadingOptions(dates={"*": "reject"}))
    assert [(r.code, r.rows) for r in rejected.reasons] == [("reject.date.ambiguous", 2)]


def test_a_column_decides_its_order_of_dates_and_its_commas(house: House) -> None:
    rows = [
        {"order_id": str(i), "date": d, "amount": a}
        for i, (d, a) in enumerate([("5/3/24", "1.234,50"), ("25/3/24", "12,5"), ("1/2/24", "7")])
    ]
    report = load_rows(house, "orders", rows)
    assert report.new == 3
    loaded = rows_in(house, "orders")
    found = sorted((r["ordered_at"].astimezone(SHANGHAI).date().isoformat(), r["amount"]) for r in loaded)
    assert found == [
        ("2024-02-01", Decimal("7.00")),
        ("2024-03-05", Decimal("1234.50")),
        ("2024-03-25", Decimal("12.50")),
    ]
    with pytest.raises(QuestionError):
        load_rows(house, "orders", [*rows, {"order_id": "9", "date": "2024-01-01", "amount": "1,234"}])


def test_rates_in_force_convert_what_is_in_another_currency(house: House) -> None:
    rows = [{"order_id": i, "date": "2024-03-05", "amount": a} for i, a in (("1", "US$ 10"), ("2", "5"))]
    assert load_rows(house, "orders", rows).rejected == 1
    rate = {"currency": "USD", "since": "2024-01-01", "rate": "7.1", "source": "central bank"}
    apply(house, OWNER, documents=[{"kind": "rates", "id": "rates", "body": {"rates": [rate]}}])
    report = load_rows(house, "orders", rows)
    assert (report.new, report.unchanged) == (1, 1)
    assert {n.code for n in report.notes if "repair" in n.code} == {"load.repair.currency"}
    amounts = {r["order_id"]: str(r["amount"]) for r in rows_in(house, "orders")}
    assert amounts == {"1": "71.00", "2": "5.00"}
    with pytest.raises(SettingError):
        apply(house, OWNER, documents=[{"kind": "rates", "id": "rates", "body": {"rates": [rate, rate]}}])


def test_a_row_is_mended_by_hand_or_left_out_with_a_reason(house: House) -> None:
    rows = [{"单号": "1", "day": "yesterday", "元": "3"}, {"单号": "2", "day": "2024-01-02", "元": "x"}]
    mapping = {"order_id": "单号", "ordered_at": "day", "amount": "元"}
    load_rows(house, "orders", rows, mapping=mapping)
    first, second = (r["quarantine_id"] for r in rejects(house, OWNER, "orders").to_pylist())
    still = repair(house, OWNER, "orders", first, values={"day": "someday"})
    assert (still.accepted, still.rejected) == (0, 1)
    done = repair(house, OWNER, "orders", first, values={"day": "2024-01-01"})
    assert (done.new, done.rejected, done.mapping) == (1, 0, mapping)
    assert [(r["order_id"], r["amount"]) for r in rows_in(house, "orders")] == [("1", Decimal("3.00"))]
    assert [e["fate"] for e in history(house, OWNER, "orders", first)] == ["open", "open", "mended"]
    with pytest.raises(UnknownNameError):
        repair(house, OWNER, "orders", first, values={})
    with pytest.raises(UnknownNameError):
        repair(house, OWNER, "orders", second, values={"nix": "1"})
    with pytest.raises(SettingError):
        leave_out(house, OWNER, "orders", [second], why=" ")
    assert leave_out(house, OWNER, "orders", [second], why="a test order") == 1
    (state,) = counts(house, OWNER, "orders")
    assert (state.open, state.mended, state.left_out, state.reasons) == (0, 1, 1, ())
    last = history(house, OWNER, "orders", second)[-1]
    assert (last["fate"], last["why"], last["by"]) == ("left_out", "a test order", OWNER.name)
    with pytest.raises(NothingYetError):
        rejects(house, OWNER, "orders")
    assert load_rows(house, "orders", rows, mapping=mapping).rejected == 2
    assert counts(house, OWNER, "orders") == (state,)


def test_rejected_rows_as_a_workbook_keep_their_text_and_come_back(house: House, tmp_path: Path) -> None:
    rows = [{"order_id": "=1+1", "date": "never", "amount": "1", "phone": "+86 13812345678", "note": "@x"}]
    load_rows(house, "orders", rows)
    path = tmp_path / "rejects.xlsx"
    path.write_bytes(table_workbook(rejects(house, OWNER, "orders"), sheet="orders"))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert {cell.data_type for cell in sheet[2]} <= {"s", "n"}
    names = [cell.value for cell in sheet[1]]
    sheet.cell(2, names.index("date") + 1).value = "2024-01-01"
    book.save(path)
    report = load_rows(house, "orders", path)
    assert (report.new, report.rejected) == (1, 0)
    (row,) = rows_in(house, "orders")
    assert (row["order_id"], row["phone"]) == ("=1+1", "13812345678")
