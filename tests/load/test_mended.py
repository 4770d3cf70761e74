"""Mended rows are read as the load that rejected them read its file, whatever a file itself says of its values."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from load_house import OWNER, rows_in

from qunxiang.adapters.sources import open_source
from qunxiang.errors import NothingYetError, SettingError
from qunxiang.identity.buyers import BUYER, NAMED
from qunxiang.intake import LoadReport
from qunxiang.intake.custom import TAKEN_SYSTEMS, checked_system
from qunxiang.model import ReadingOptions
from qunxiang.services.csv_text import csv_bytes
from qunxiang.services.house import House
from qunxiang.services.load import load
from qunxiang.services.preview import preview
from qunxiang.services.quality import check
from qunxiang.services.quarantine import repair
from qunxiang.services.rejects import counts, rejects

FILLED = {"order_id": "1", "ordered_at": "2024-01-01", "-amount": "5"}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def loaded(house: House, table: str, rows: Any, **options: Any) -> LoadReport:
    return load(house, OWNER, table, open_source(rows), **options)


def mended(house: House, folder: Path, table: str, *changes: tuple[str, str], **options: Any) -> LoadReport:
    """Load the rejected rows of a table again with some texts changed."""
    path = folder / "mended.csv"
    text = csv_bytes(rejects(house, OWNER, table)).decode("utf-8-sig")
    for old, new in changes:
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return loaded(house, table, path, **options)


def days_and_amounts(house: House) -> dict[str, tuple[str, Decimal]]:
    rows = rows_in(house, "orders")
    return {r["order_id"]: (r["ordered_at"].astimezone(SHANGHAI).date().isoformat(), r["amount"]) for r in rows}


def test_what_a_file_proved_of_its_dates_and_commas_holds_for_its_mended_rows(house: House, tmp_path: Path) -> None:
    rows = [
        {"单号": "1", "day": "25/3/24", "元": "1,55"},
        {"单号": "2", "day": "5/3/24", "元": "viel"},
        {"单号": "3", "day": "morgen", "元": "2,50"},
    ]
    mapping = {"order_id": "单号", "ordered_at": "day", "amount": "元"}
    report = loaded(house, "orders", rows, mapping=mapping)
    assert (report.rejected, report.reading) == (2, {})
    assert report.proven == {"dates": {"ordered_at": "dmy"}, "decimal_comma": ["amount"]}
    by_hand = rejects(house, OWNER, "orders", reason="reject.timestamp")["quarantine_id"][0].as_py()
    assert repair(house, OWNER, "orders", by_hand, values={"day": "6/3/24", "元": "1.234"}).accepted == 1
    assert mended(house, tmp_path, "orders", ("viel", "1.500")).accepted == 1
    assert days_and_amounts(house) == {
        "1": ("2024-03-25", Decimal("1.55")),
        "2": ("2024-03-05", Decimal("1500.00")),
        "3": ("2024-03-06", Decimal("1234.00")),
    }


def test_what_is_said_of_one_column_leaves_the_others_as_they_were(house: House, tmp_path: Path) -> None:
    row = {"opportunity_id": "1", "account_id": "A", "opened_at": "25/3/24", "closed_at": "28/3/24", "amount": "1"}
    bad = row | {"opportunity_id": "2", "opened_at": "5/3/24", "closed_at": "6/4/24", "amount": "x"}
    assert loaded(house, "opportunities", [row, bad]).rejected == 1
    told = ReadingOptions(dates={"closed_at": "mdy"}, currency="CNY")
    assert mended(house, tmp_path, "opportunities", (",x", ",2"), reading=told).accepted == 1
    (found,) = [r for r in rows_in(house, "opportunities") if r["opportunity_id"] == "2"]
    opened, closed = (found[c].astimezone(SHANGHAI).date().isoformat() for c in ("opened_at", "closed_at"))
    assert (opened, closed) == ("2024-03-05", "2024-06-04")


def test_moments_of_typed_files_and_days_of_workbooks_come_back(house: House, tmp_path: Path) -> None:
    at = pa.array([datetime(2024, 3, 5, 23, 30, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
    pq.write_table(pa.table({"order_id": ["1"], "ordered_at": at, "amount": ["x"]}), tmp_path / "typed.parquet")
    book = openpyxl.Workbook()
    for line in (["order_id", "ordered_at", "amount"], ["2", 45357, "x"], ["3", 45358, "x"]):
        book.active.append(line)
    book.save(tmp_path / "days.xlsx")
    for name in ("typed.parquet", "days.xlsx"):
        assert loaded(house, "orders", tmp_path / name).accepted == 0
    by_hand = {r["order_id"]: r["quarantine_id"] for r in rejects(house, OWNER, "orders").to_pylist()}
    assert repair(house, OWNER, "orders", by_hand["3"], values={"amount": "7"}).accepted == 1
    assert mended(house, tmp_path, "orders", (",x", ",7")).accepted == 2
    found = {n: day for n, (day, _) in days_and_amounts(house).items()}
    assert found == {"1": "2024-03-06", "2": "2024-03-06", "3": "2024-03-07"}


def test_a_column_of_data_that_is_called_like_the_quarantines_own_is_kept(house: House, tmp_path: Path) -> None:
    loaded(house, "persons", [{"person_id": "1", "birth_date": "gestern", "quarantine_zone": "north"}])
    assert mended(house, tmp_path, "persons", ("gestern", "2000-01-01")).accepted == 1
    assert [r["quarantine_zone"] for r in rows_in(house, "persons")] == ["north"]


def test_ids_that_begin_with_their_system_keep_it_once(house: House) -> None:
    loaded(
        house, "orders", [{"order_id": "7", "person_id": "erp:9", "date": "2024-01-01", "amount": "1"}], system="erp"
    )
    again = [{"order_id": "erp:7", "person_id": "9", "date": "2024-01-01", "amount": "1"}]
    assert loaded(house, "orders", again, system="erp").unchanged == 1
    other = [{"order_id": "erp:7", "person_id": "9", "date": "2024-01-01", "amount": "1"}]
    assert loaded(house, "orders", other, system="shop").accepted == 1
    assert {(r["order_id"], r["person_id"]) for r in rows_in(house, "orders")} == {
        ("erp:7", "erp:9"),
        ("shop:erp:7", "shop:9"),
    }


def test_names_that_a_spreadsheet_would_run_and_rows_without_cells_come_back(house: House, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("order_id,ordered_at,-amount,-note,=x\n1,2024-01-01,5\n2,someday,5,north,red\n", "utf-8")
    assert loaded(house, "orders", path, mapping={"amount": "-amount"}).rejected == 2
    again = tmp_path / "mended.csv"
    again.write_text(csv_bytes(rejects(house, OWNER, "orders")).decode("utf-8-sig"), "utf-8")
    shown = preview(house, OWNER, "orders", open_source(again))
    assert (shown.mapping["amount"], shown.complete) == ("'-amount", True)
    rest = [name for name in shown.columns if name not in shown.mapping.values()]
    page = {"mapping": shown.mapping, "keep": rest, "exact": True, "use_saved": False}
    report = mended(house, tmp_path, "orders", ("someday", "2024-01-02"), **page)
    assert (report.accepted, report.custom, report.unmapped) == (1, {"note": "-note", "x": "=x"}, ())
    assert [(r["note"], r["x"]) for r in rows_in(house, "orders")] == [("north", "red")]
    (left,) = rejects(house, OWNER, "orders").to_pylist()
    assert left["quarantine_raw"] == "1,2024-01-01,5", "nothing was mended, so nothing is forgotten"
    assert {"order_id", "ordered_at", "-amount", "-note", "=x"} <= set(left), "its cells can be filled in"
    path.write_bytes(csv_bytes(pa.table({k: [v] for k, v in (left | FILLED).items()})))
    assert loaded(house, "orders", path).accepted == 1
    assert counts(house, OWNER, "orders")[0].open == 0


def test_totals_are_counted_apart_and_listed_only_when_they_are_asked_for(house: House) -> None:
    total = {"order_id": "合计", "ordered_at": None, "amount": "15"}
    loaded(house, "orders", [total])
    with pytest.raises(NothingYetError) as nothing:
        rejects(house, OWNER, "orders")
    assert (nothing.value.code, nothing.value.params["rows"]) == ("error.load.only_totals", 1)
    loaded(house, "orders", [total, {"order_id": "1", "ordered_at": "2024-01-01", "amount": "reject.total"}])
    (state,) = counts(house, OWNER, "orders")
    assert (state.open, state.totals, [r.code for r in state.reasons]) == (1, 2, ["reject.money"])
    assert rejects(house, OWNER, "orders")["order_id"].to_pylist() == ["1"]
    assert rejects(house, OWNER, "orders", reason="reject.total")["order_id"].to_pylist() == ["合计", "合计"]
    (listed,) = rejects(house, OWNER, "orders", reason="reject.total", load_id="1")["quarantine_id"].to_pylist()
    repair(house, OWNER, "orders", listed, values={"order_id": "9", "ordered_at": "2024-01-01"})
    assert counts(house, OWNER, "orders")[0].totals == 1
    (found,) = [f for t in check(house, OWNER).tables for f in t.findings if f.measure == "rejected"]
    assert (found.rows, [r["code"] for r in found.params["reasons"]]) == (1, ["reject.money"])


@pytest.mark.parametrize("name", [BUYER, NAMED])
def test_no_source_system_is_called_as_records_that_only_other_tables_tell_of(name: str) -> None:
    assert name.rstrip(":") in TAKEN_SYSTEMS
    for written in (name.rstrip(":"), f" {name.rstrip(':').upper()} "):
        with pytest.raises(SettingError) as refused:
            checked_system(written)
        assert refused.value.code == "error.load.system_taken"
