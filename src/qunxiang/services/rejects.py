"""The quarantined rows of a table, with their reasons in words, in a form that can be mended and loaded again."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from qunxiang.errors import NothingYetError, UnknownNameError
from qunxiang.i18n import render
from qunxiang.intake import BROKEN, read_reasons, reason_message
from qunxiang.intake.fates import BLANKED, LEFT_EMPTY, LEFT_OUT, MENDED, OPEN
from qunxiang.intake.own_columns import RAW, REASONS_SAID, ROW_ID, ROW_NUMBER, SOURCE
from qunxiang.intake.quarantine import TOTAL, current
from qunxiang.intake.quarantine import whole as every_entry
from qunxiang.model import Actor, Frozen
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.columns import table_contract
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.sql import select
from qunxiang.tables import LOADED, Contract

MOST_LOADS = 100_000
"""Loads among which one is looked for, newest first."""
_RUNS_SHOWN = 10


class RejectCount(Frozen):
    """How many rows of a table are in quarantine for one reason; a row with two reasons counts in both."""

    table: str
    code: str
    column: str | None
    rows: int


class RejectState(Frozen):
    """How many quarantined rows of a table are open, mended and left out, and the open ones by reason.

    `totals` are rows that sum up others (合计, 小计): they are set aside and counted as nothing, so there is nothing to
    repair, and none of them is among the open ones.
    `blanked` are rows of the table with values that could not be read and were left empty, `blanked_values` those
    values by reason; `left_empty` are such rows whose values stay so for good.
    """

    table: str
    open: int
    totals: int
    mended: int
    left_out: int
    reasons: tuple[RejectCount, ...]
    blanked: int = 0
    left_empty: int = 0
    blanked_values: tuple[RejectCount, ...] = ()


@use_case("rejects", roles=ANALYSTS, touches="single")
def rejects(
    house: House,
    actor: Actor,
    table: str,
    *,
    lang: str | None = None,
    load_id: str | None = None,
    reason: str | None = None,
    column: str | None = None,
    blanked: bool = False,
) -> pa.Table:
    """Return the rows of a table that are in quarantine: those that were mended or left out are gone from it.

    Totals are no rows to mend: they are listed only where `reason` asks for them, ``reject.total``.

    Parameters
    ----------
    lang
        Language of the reasons; the workspace's by default.
    load_id
        Only the rows of one load: its id, or its run as ``data loads`` prints it.
    reason, column
        Only rows with this reason (its code, such as ``reject.money``), about this column.
    blanked
        Instead of rejected rows those that are in the table with values left empty, as they stood in their source.

    Returns
    -------
    pyarrow.Table
        One row per such row: `quarantine_id`, `quarantine_source`, `quarantine_row` (its number among the data
        rows, from below the column names), `quarantine_reasons`, then the source's columns as text, and
        `quarantine_raw` with the text of rows that could not be split. Loaded again with its `quarantine_id`, a mended
        row enters, or takes the place of the one with empty values, and leaves the quarantine; one that is still bad
        stays once.

    Raises
    ------
    UnknownNameError
        When there is no such table, or no load of that run.
    NothingYetError
        When no such row of it is in quarantine.
    """
    contract = _contract(house, table)
    load_id = None if load_id is None else _load_id(house, load_id)
    standing = [
        r
        for r in entries_of(house, table)
        if r["fate"] == (BLANKED if blanked else OPEN)
        and load_id in (None, r["load_id"])
        and _about(r["reasons"], reason, column)
    ]
    found = standing if reason == TOTAL else [r for r in standing if not _is_total(r)]
    if standing and not found:
        raise NothingYetError("error.load.only_totals", table=table, rows=len(standing))
    if not found:
        chosen = load_id is not None or reason is not None or column is not None
        if blanked and not chosen:
            raise NothingYetError("error.load.no_blanked", table=table)
        raise NothingYetError("error.load.no_such_rejects" if chosen else "error.load.no_rejects", table=table)
    return _table(found, contract, lang or house.settings.lang, _unsplit(house, found))


def _unsplit(house: House, found: list[dict[str, Any]]) -> list[str]:
    """Return the source columns of loads with rows that could not be split: such a row has none, and needs them."""
    loads = {r["load_id"] for r in found if BROKEN in json.loads(r["row"])}
    facts = [s.facts for s in house.state.loads(MOST_LOADS) if s.facts.get("load_id") in loads] if loads else []
    parts = [(*f["mapping"].values(), *f.get("custom", {}).values(), *f.get("unmapped", ())) for f in facts]
    return [name for part in parts for name in part]


@use_case("quarantine.counts", roles=ANALYSTS)
def counts(house: House, actor: Actor, table: str | None = None) -> tuple[RejectState, ...]:
    """Count the quarantined rows of a table, or of every table that has some, by state and reason.

    Raises
    ------
    UnknownNameError
        When there is no such table.
    """
    if table is not None:
        _contract(house, table)
    states = []
    for name in LOADED if table is None else (table,):
        rows = entries_of(house, name)
        if rows or table is not None:
            states.append(_state(name, rows))
    return tuple(states)


@use_case("quarantine.history", roles=ANALYSTS, touches="single")
def history(house: House, actor: Actor, table: str, row_id: str) -> list[dict[str, Any]]:
    """Return what became of one quarantined row, oldest first: at, by, fate, why, reasons and the row as it stood.

    Raises
    ------
    UnknownNameError
        When the table has no such row in quarantine.
    """
    _contract(house, table)
    found = sorted(
        (r for r in entries_of(house, table, newest=False) if r["row_id"] == row_id),
        key=lambda r: (r["loaded_at"], r["load_id"]),
    )
    if not found:
        raise UnknownNameError("error.quarantine.unknown", table=table, row=row_id[:40])
    return [
        {
            "at": r["loaded_at"],
            "by": r["by"],
            "fate": r["fate"],
            "why": r["why"],
            "source": r["source"],
            "row_number": r["row_number"],
            "load_id": r["load_id"],
            "reasons": json.loads(r["reasons"]),
            "row": json.loads(r["row"]),
        }
        for r in found
    ]


def _load_id(house: House, said: str) -> str:
    """Return the id of a load that is named by it or by its run."""
    if not (said.isascii() and said.isdecimal()):  # an id has a T and a dash in it
        return said
    runs = {str(s.run): str(s.facts.get("load_id", "")) for s in house.state.loads(MOST_LOADS)}
    run = said.lstrip("0") or "0"
    if run not in runs:
        raise UnknownNameError("error.load.no_run", run=said[:20], has=list(runs)[:_RUNS_SHOWN] or ["—"])
    return runs[run]


def _contract(house: House, table: str) -> Contract:
    if table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    return table_contract(house, table)


def _about(reasons: str, code: str | None, column: str | None) -> bool:
    return any(code in (None, r.code) and column in (None, r.column) for r in read_reasons(reasons))


def _is_total(row: dict[str, Any]) -> bool:
    return any(r.code == TOTAL for r in read_reasons(row["reasons"]))


def _state(table: str, rows: list[dict[str, Any]]) -> RejectState:
    rows = [r | {"fate": TOTAL} if r["fate"] == OPEN and _is_total(r) else r for r in rows]
    fates = [r["fate"] for r in rows]
    return RejectState(
        table=table,
        open=fates.count(OPEN),
        totals=fates.count(TOTAL),
        mended=fates.count(MENDED),
        left_out=fates.count(LEFT_OUT),
        reasons=_by_reason(table, rows, OPEN),
        blanked=fates.count(BLANKED),
        left_empty=fates.count(LEFT_EMPTY),
        blanked_values=_by_reason(table, rows, BLANKED),
    )


def _by_reason(table: str, rows: list[dict[str, Any]], fate: str) -> tuple[RejectCount, ...]:
    reasons: dict[tuple[str, str | None], int] = {}
    for row in rows:
        for reason in read_reasons(row["reasons"]) if row["fate"] == fate else ():
            reasons[reason.code, reason.column] = reasons.get((reason.code, reason.column), 0) + 1
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
    return tuple(RejectCount(table=table, code=c, column=n, rows=k) for (c, n), k in ordered)


def entries_of(house: House, table: str, *, newest: bool = True) -> list[dict[str, Any]]:
    """Return a table's entries of the quarantine in order: the newest of every row, or all."""
    with reading(house) as reader:
        if not reader.has("quarantine"):
            return []
        relation = reader.relation("quarantine")
        query = select(
            """SELECT q.row_id, q.load_id, q.source, q.row_number, q.reasons, q.row, q.loaded_at, q.fate, q.by, q.why
               FROM quarantine__ AS q
               WHERE q.table_name = :table ORDER BY q.loaded_at, q.load_id, q.row_number""",
            quarantine=current(relation) if newest else every_entry(relation),
            table=table,
        )
        rows: list[dict[str, Any]] = reader.fetch(query).to_pylist()
        return rows


def _table(found: list[dict[str, Any]], contract: Contract, lang: str, unsplit: list[str]) -> pa.Table:
    separator = "；" if lang == "zh" else "; "
    rows = [{RAW if k == BROKEN else k: v for k, v in json.loads(r["row"]).items()} for r in found]
    # a mended export was loaded again: what it says of the first rejection is not of this one
    own = (ROW_ID, SOURCE, ROW_NUMBER, REASONS_SAID)
    names = dict.fromkeys(name for name in (*(n for row in rows for n in row), *unsplit) if name not in own)
    reasons = [
        separator.join(render(reason_message(reason, contract), lang) for reason in read_reasons(r["reasons"]))
        for r in found
    ]
    columns: dict[str, pa.Array] = {
        ROW_ID: pa.array([r["row_id"] for r in found], pa.string()),
        SOURCE: pa.array([r["source"] for r in found], pa.string()),
        ROW_NUMBER: pa.array([r["row_number"] for r in found], pa.int64()),
        REASONS_SAID: pa.array(reasons, pa.string()),
    }
    for name in names:
        columns[name] = pa.array([_plain(row.get(name)) for row in rows], pa.string())
    return pa.table(columns)


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else json.dumps(value)
