"""Mending a quarantined row by hand, and leaving rows out for good with a reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from qunxiang.errors import ConflictError, SettingError, UnknownNameError
from qunxiang.intake import BROKEN, ROW, LoadReport
from qunxiang.intake.fates import BLANKED, OPEN
from qunxiang.intake.own_columns import ROW_ID
from qunxiang.intake.quarantine import current, left_out
from qunxiang.model import Actor
from qunxiang.ports.source import SourceShape
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.holding import holding
from qunxiang.services.house import House
from qunxiang.services.load import load_source
from qunxiang.services.load_mended import Way, ways
from qunxiang.services.load_publish import QUARANTINE_LEASE
from qunxiang.services.rejects import entries_of
from qunxiang.sql import Relation, literal
from qunxiang.tables import LOADED, QUARANTINE

LONGEST_WHY = 500
MOST_ROWS = 10_000


@dataclass(frozen=True)
class _RowSource:
    """One quarantined row with its mended values, as a source."""

    name: str
    number: int
    values: Mapping[str, str | None]
    date_system: int | None

    def shape(self) -> SourceShape:
        """Say what there is."""
        content = json.dumps(self.values, ensure_ascii=False, sort_keys=True)
        fingerprint = hashlib.sha256(f"{self.name}|{self.number}|{content}".encode()).hexdigest()
        samples: dict[str, tuple[str, ...]] = {name: (value,) if value else () for name, value in self.values.items()}
        return SourceShape(self.name, tuple(self.values), samples, 1, fingerprint, date_system=self.date_system)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the row."""
        fields = [pa.field(ROW, pa.int64()), pa.field(BROKEN, pa.string())]
        schema = pa.schema([*fields, *(pa.field(name, pa.string()) for name in self.values)])
        row = {ROW: self.number, BROKEN: None, **self.values}
        yield pa.RecordBatch.from_pylist([row], schema=schema)


@use_case("quarantine.repair", roles=ANALYSTS, touches="change")
def repair(house: House, actor: Actor, table: str, row_id: str, *, values: Mapping[str, str | None]) -> LoadReport:
    """Load one quarantined row with mended values, mapped and read as its file was.

    When it keeps the contract now it enters the table, or takes the place of the one with empty values, and leaves the
    quarantine, else it stays there with its new reasons.

    Parameters
    ----------
    values
        New text per source column; columns that are not named stay as they are.

    Raises
    ------
    UnknownNameError
        When the table has no such open row, or `values` name a column that neither the row nor the table has.
    """
    entry = _open(house, table, (row_id,))[0]
    row = {k: _plain(v) for k, v in json.loads(entry["row"]).items() if k != BROKEN}
    known = [*row, *(name for name in LOADED[table].names if name not in row)]
    for name in values:
        if name not in known:
            raise UnknownNameError("error.quarantine.column", name=name[:80], has=known)
    way = ways(house, table, (row_id,)).get(row_id) or Way.of({})
    given = {**row, **{k: v if v is None or v.strip() else None for k, v in values.items()}}
    mapping = {target: source for target, source in way.mapping if source in given}
    source = _RowSource(entry["source"], entry["row_number"], {ROW_ID: row_id, **given}, way.date_system)
    custom = [name for name in way.kept if name in given]
    return load_source(
        house,
        actor,
        table,
        source,
        mapping=mapping,
        keep=custom or "none",
        system=way.system,
        reading=way.options(),
        use_saved=False,
        as_before=False,
    )


@use_case("quarantine.leave_out", roles=ANALYSTS, touches="change")
def leave_out(house: House, actor: Actor, table: str, row_ids: Sequence[str], *, why: str) -> int:
    """Leave quarantined rows out for good; who did it and why stays in their history. Returns their number.

    Rows that are in their table with values left empty stay in it, and the values empty.

    Raises
    ------
    SettingError
        When no reason is given.
    UnknownNameError
        When the table has no such open row.
    """
    said = why.strip()
    if not said or len(said) > LONGEST_WHY:
        raise SettingError("error.quarantine.why", longest=LONGEST_WHY)
    wanted = tuple(dict.fromkeys(row_ids))
    if not wanted or len(wanted) > MOST_ROWS:
        raise SettingError("error.quarantine.rows", most=MOST_ROWS)
    with holding(house, QUARANTINE_LEASE, actor) as held, house.engine.session() as session:
        _open(house, table, wanted)
        head = house.state.head()
        if head is None:
            raise ConflictError("error.quarantine.unknown", table=table, row=wanted[0][:40])
        base = head.tables[QUARANTINE.name]
        there = house.lake.at(QUARANTINE.name, base)
        session.bind("quarantined", there)
        now = house.clock.now()
        constants = {
            "load_id": literal(f"{now:%Y%m%dT%H%M%S}-left-out"),
            "table_name": literal(table),
            "loaded_at": literal(now),
            "by": literal(actor.name),
            "why": literal(said),
        }
        query = left_out(current(Relation("quarantined", there.columns)), wanted, constants)
        files = session.write(query, house.lake.folder(QUARANTINE.name), QUARANTINE)
        version = house.lake.commit(QUARANTINE, files, mode="append", base=base)
        facts = {"table": table, "rows": len(wanted), "why": said}
        house.state.publish(
            NewSnapshot(kind="quarantine", tables={QUARANTINE.name: version}, facts=facts),
            actor=actor,
            at=now,
            leases=(held.lease,),
        )
    return len(wanted)


def _open(house: House, table: str, row_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return open rows of a table's quarantine, those with values left empty among them."""
    if table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    by_id = {r["row_id"]: r for r in entries_of(house, table) if r["fate"] in (OPEN, BLANKED)}
    for row_id in row_ids:
        if row_id not in by_id:
            raise UnknownNameError("error.quarantine.unknown", table=table, row=row_id[:40])
    return [by_id[row_id] for row_id in row_ids]


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else json.dumps(value)
