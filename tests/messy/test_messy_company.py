"""Whatever is wrong in a company's exports is repaired as stated, or set aside with its reason."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from messy_company import Sheet, company
from messy_files import FILES, into_postgres

from qunxiang.errors import NothingYetError
from qunxiang.intake import LoadReport
from qunxiang.services.reading import reading
from qunxiang.sql import select
from qunxiang.workspace import Workspace

ZONE = ZoneInfo("Asia/Shanghai")
READING = {"dates": {"*": "dmy"}}
IDENTITY = {"persons": "邮箱", "orders": "订单号"}
"""Source column that no fault touches."""
KEY = {"persons": "person_id", "orders": "order_id"}
OPTIONAL = ("reject.date:birth_date", "reject.digits_lost:phone")
"""Faults of values that may be empty."""
RATES = (0.0, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class Shop:
    """A workspace, where the exports of its company are, and how they are read."""

    workspace: Workspace
    sources: dict[str, Any]
    reading: dict[str, Any]

    def load(self, table: str) -> LoadReport:
        source = self.sources[table]
        if isinstance(source, str):
            source = self.workspace.sources.rows("shop", table=source)
        return self.workspace.load(table, source, reading=self.reading)

    def rows(self, table: str) -> list[dict[str, Any]]:
        with reading(self.workspace.house) as reader:
            query = select("SELECT * FROM t__ AS t", t=reader.relation(table))
            found: list[dict[str, Any]] = reader.fetch(query).to_pylist()
            return found


def run(folder: Path, form: str, seed: int, *, customers: int, rate: float, url: str | None = None) -> Counter[str]:
    """Load a company, check it against its truth, mend what was rejected; return how often each fault occurred."""
    sheets = company(seed, customers=customers, rate=rate)
    with _opened(folder, form, seed, sheets, READING, url) as shop:
        for sheet in sheets:
            _check_first(shop, sheet)
            _check_again(shop, sheet)
            _check_mended(shop, sheet, folder)
    return Counter(f.name for s in sheets for f in s.faults if f is not None)


@contextmanager
def _opened(
    folder: Path, form: str, seed: int, sheets: list[Sheet], reading: dict[str, Any], url: str | None
) -> Iterator[Shop]:
    (folder / "exports").mkdir(parents=True)
    with Workspace.create(folder / "workspace") as workspace:
        if url is not None:
            workspace.sources.add("shop", url)
        sources = {
            s.table: into_postgres(s, url) if url is not None else FILES[form](s, folder / "exports", seed)
            for s in sheets
        }
        yield Shop(workspace, sources, reading)


def run_blank(folder: Path, form: str, seed: int, *, url: str | None = None) -> Counter[str | None]:
    """Load a company with values left empty, check it, mend it; return the reasons for which values were left empty."""
    sheets = company(seed, customers=200, rate=0.3)
    empty: Counter[str | None] = Counter()
    with _opened(folder, form, seed, sheets, READING | {"unreadable": "blank"}, url) as shop:
        for sheet in sheets:
            bad = Counter(f.reject for f in sheet.faults if f is not None and f.reject is not None)
            blank = Counter({reason: rows for reason, rows in bad.items() if reason in OPTIONAL})
            empty += blank
            totals = bad["reject.total:"]
            report = shop.load(sheet.table)
            assert report.read == report.accepted + report.rejected
            assert {f"{r.code}:{r.column or ''}": r.rows for r in report.reasons} == dict(bad - blank)
            assert {f"{b.code}:{b.column}": b.rows for b in report.blanked} == dict(blank)
            assert (report.rejected, report.blanked_rows) == ((bad - blank).total(), blank.total())
            assert _truths(shop, sheet) == _expected(sheet, mended=False, optional=True)
            _check_again(shop, sheet)
            rest = bad - blank
            del rest["reject.total:"]
            for kind, rows in ((True, blank.total()), (False, rest.total())):
                if not rows:
                    continue
                path = _mended(shop, sheet, folder, blanked=kind)
                for accepted in (rows, 0):
                    report = shop.workspace.load(sheet.table, path)
                    assert (report.read, report.accepted, report.rejected) == (rows, accepted, 0)
                    assert report.blanked_rows == 0
            assert _truths(shop, sheet) == _expected(sheet, mended=True)
            _check_again(shop, sheet)
            assert _truths(shop, sheet) == _expected(sheet, mended=True)
            if bad:
                (state,) = shop.workspace.data.reject_counts(sheet.table)
                assert (state.open, state.blanked, state.totals) == (0, 0, totals)
                assert state.mended == bad.total() - totals
    return empty


def _check_first(shop: Shop, sheet: Sheet) -> None:
    report = shop.load(sheet.table)
    bad = [f for f in sheet.faults if f is not None and f.reject is not None]
    assert report.read == len(sheet.rows) == report.accepted + report.unchanged + report.rejected
    assert (report.rejected, report.unchanged) == (len(bad), 0)
    assert _truths(shop, sheet) == _expected(sheet, mended=False)
    told = {
        (n.code, n.params["column"].rpartition("/")[2]): n.params["rows"] for n in report.notes if "repair" in n.code
    }
    assert told == _repairs(sheet, report)
    reasons = {f"{r.code}:{r.column or ''}": r.rows for r in report.reasons}
    assert reasons == dict(Counter(f.reject for f in bad))
    if bad:
        assert _rejected(shop, sheet) == Counter(
            (_identity(sheet, row), fault.reject)
            for row, fault in zip(sheet.rows, sheet.faults, strict=True)
            if fault is not None and fault.reject is not None
        )


def _check_again(shop: Shop, sheet: Sheet) -> None:
    before = shop.workspace.snapshot
    report = shop.load(sheet.table)
    after = shop.workspace.snapshot
    assert before is not None
    assert after is not None
    assert report.read == report.unchanged + report.rejected
    assert before.tables == after.tables


def _check_mended(shop: Shop, sheet: Sheet, folder: Path) -> None:
    """Mend the export of rejected rows by the truth: each enters once, totals stay, and all is as the truth has it."""
    bad = [f for f in sheet.faults if f is not None and f.reject is not None]
    totals = sum(f.name == "total" for f in bad)
    if len(bad) == totals:
        return
    path = _mended(shop, sheet, folder)
    for expected in (len(bad) - totals, 0):
        report = shop.workspace.load(sheet.table, path, reading=READING)
        assert report.read == report.accepted + report.unchanged + report.rejected == len(bad) - totals
        assert (report.accepted, report.rejected) == (expected, 0)
    assert _truths(shop, sheet) == _expected(sheet, mended=True)
    (state,) = shop.workspace.data.reject_counts(sheet.table)
    assert (state.open, state.mended, state.totals) == (0, len(bad) - totals, totals)


def _mended(shop: Shop, sheet: Sheet, folder: Path, *, blanked: bool = False) -> Path:
    """Write the export of rows in quarantine as the truth has them."""
    path = folder / f"{sheet.table}-{'blanked' if blanked else 'rejects'}.csv"
    shop.workspace.data.rejects(sheet.table, path, blanked=blanked)
    clean = {
        _identity(sheet, row): row for row, truth in zip(sheet.clean, sheet.truth, strict=True) if truth is not None
    }
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        tidy = clean.get(next(v for k, v in row.items() if k.rpartition("/")[2] == IDENTITY[sheet.table]))
        if tidy is not None:
            row |= {name: tidy[name.rpartition("/")[2]] or "" for name in row if name.rpartition("/")[2] in tidy}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def _expected(sheet: Sheet, *, mended: bool, optional: bool = False) -> dict[str, dict[str, Any]]:
    """Return the truth of the rows that are loaded; with `optional` those of which a value is left empty, too."""
    whole = {}
    for truth, fault in zip(sheet.truth, sheet.faults, strict=True):
        reject = None if fault is None else fault.reject
        if truth is not None and (mended or reject is None):
            whole[truth[KEY[sheet.table]]] = truth
        elif truth is not None and optional and reject in OPTIONAL:
            whole[truth[KEY[sheet.table]]] = truth | {str(reject).partition(":")[2]: None}
    return whole


def _truths(shop: Shop, sheet: Sheet) -> dict[str, dict[str, Any]]:
    """Return the loaded rows as the truth writes them."""
    names = next(t for t in sheet.truth if t is not None)
    found = {}
    for row in shop.rows(sheet.table):
        kept = {name: row[name] for name in names}
        if "ordered_at" in kept:
            kept["ordered_at"] = kept["ordered_at"].astimezone(ZONE).date()
        found[row[KEY[sheet.table]]] = kept
    return found


def _repairs(sheet: Sheet, report: LoadReport) -> dict[tuple[str, str], int]:
    counts = Counter(f.repair for f in sheet.faults if f is not None and f.repair is not None)
    expected = {}
    for repair, rows in counts.items():
        name, _, column = repair.partition(":")
        code = "load.repair.order.dmy" if name == "order" else f"load.repair.{name}"
        expected[code, report.mapping[column].rpartition("/")[2]] = rows
    return expected


def _rejected(shop: Shop, sheet: Sheet) -> Counter[tuple[str | None, str | None]]:
    found: Counter[tuple[str | None, str | None]] = Counter()
    listed = []
    for reason in (None, "reject.total"):
        with suppress(NothingYetError):
            listed += shop.workspace.data.rejects(sheet.table, reason=reason).to_pylist()
    for row in listed:
        (first, *_) = shop.workspace.data.reject_history(sheet.table, row["quarantine_id"])
        named = {k.rpartition("/")[2]: v for k, v in first["row"].items()}
        for reason in first["reasons"]:
            found[_identity(sheet, named), f"{reason['code']}:{reason.get('column') or ''}"] += 1
    return found


def _identity(sheet: Sheet, row: dict[str, Any]) -> str | None:
    value = row[IDENTITY[sheet.table]]
    return value if value and value[0] in "cS" else None


@pytest.mark.parametrize(("form", "seed", "rate"), [("csv", 1, 0.3), ("xlsx", 1, 0.3), ("jsonl", 2, 0.2)])
def test_every_fault_of_a_file_is_repaired_or_set_aside(tmp_path: Path, form: str, seed: int, rate: float) -> None:
    faults = run(tmp_path, form, seed, customers=200, rate=rate)
    assert len(faults) >= 18


def test_every_fault_of_a_database_is_repaired_or_set_aside(tmp_path: Path, postgres_url: str) -> None:
    assert run(tmp_path, "postgres", 3, customers=200, rate=0.3, url=postgres_url)


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_values_of_a_file_that_may_be_empty_are_left_so_and_mended_once(tmp_path: Path, form: str) -> None:
    assert set(run_blank(tmp_path, form, 1)) == set(OPTIONAL)


def test_values_of_a_database_that_may_be_empty_are_left_so_and_mended_once(tmp_path: Path, postgres_url: str) -> None:
    assert set(run_blank(tmp_path, "postgres", 3, url=postgres_url)) == set(OPTIONAL)


@pytest.mark.full
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "postgres"])
@pytest.mark.parametrize("seed", range(20))
def test_twenty_companies_of_two_thousand_customers(
    tmp_path: Path, postgres_url: str, form: str, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rate = RATES[seed % len(RATES)]
    faults = run(tmp_path, form, seed, customers=2_000, rate=rate, url=postgres_url if form == "postgres" else None)
    with capsys.disabled():
        sys.stderr.write(
            f"\n{form:9} seed {seed:2} rate {rate:.0%}: {faults.total():4} faults of {len(faults):2} kinds\n"
        )
