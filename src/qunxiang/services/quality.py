"""Checking the quality of the loaded tables: measured once per snapshot, judged by gates, kept for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Snapshot
from qunxiang.quality import (
    DEFAULT_GATES,
    Finding,
    GateResult,
    Gates,
    Read,
    TableCheck,
    conditions,
    count_query,
    far_conditions,
    findings_of,
    judge,
    quartile_query,
    read_counts,
    read_quartiles,
    repeat_queries,
    unrelated,
)
from qunxiang.quality.conditions import Condition
from qunxiang.quality.measures import FACT_DATES
from qunxiang.quality.relations import RELATIONS, orphan_query
from qunxiang.services.access import ANALYSTS, EVERYONE, MAKERS, use_case
from qunxiang.services.columns import table_contract
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.line_owners import count_ownerless, ownerless_lines
from qunxiang.services.quality_drift import Arrived, arrived, drift_findings
from qunxiang.services.quality_rejected import rejected_findings, source_states
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.tables import LOADED, QUARANTINE, Contract

KEPT, GATES = "quality_check", "gates"
LATEST, CURRENT = "latest", "current"
_CHECKS_SHOWN = 20
_LOADS = 1_000


class QualityCheck(Frozen):
    """What a check found in the snapshot of `run` as of a day; `passed` when no gate is exceeded."""

    run: int
    as_of: date
    tables: tuple[TableCheck, ...]
    gates: tuple[GateResult, ...]
    passed: bool
    loads_seen: int


class CheckPoint(Frozen):
    """One check in brief: by dimension, how many findings did not meet a gate (`failed`) or are worth a look."""

    at: datetime
    run: int
    failed: dict[str, int]
    notes: dict[str, int]


class CheckState(Frozen):
    """The check that is kept: when it was made, and whether the tables or gates have changed since.

    `history` are the last checks that found something new, in brief, the oldest first, this one among them.
    """

    check: QualityCheck
    at: datetime
    stale: bool
    history: tuple[CheckPoint, ...] = ()


@dataclass(frozen=True)
class _Job:
    """A check under way."""

    house: House
    reader: SnapshotReader
    tables: Mapping[str, Relation]
    moment: Moment
    loads: tuple[Snapshot, ...]


@use_case("check", roles=MAKERS, touches="change")
def check(house: House, actor: Actor, *, as_of: date | None = None, progress: Progress = silent) -> QualityCheck:
    """Measure every loaded table, judge it by the gates, and keep the result.

    Parameters
    ----------
    as_of
        Day against which freshness and dates in the future count: that of the newest refresh when None, or today
        before the first.

    Raises
    ------
    NothingYetError
        When nothing is loaded yet.
    """
    with reading(house) as reader:
        tables = reader.relations(*LOADED)
        if not tables:
            raise NothingYetError("error.nothing.snapshot")
        moment = Moment(as_of or check_day(house, reader.snapshot), house.settings.time_zone)
        job = _Job(house, reader, tables, moment, tuple(house.state.loads(_LOADS)))
        measured = []
        for i, name in enumerate(tables):
            progress(0.95 * i / len(tables), Message("progress.check.table", {"table": LOADED[name].label}))
            measured.append(_table(job, name))
        judged, results = judge(measured, _gates(house))
        made = QualityCheck(
            run=reader.snapshot.run,
            as_of=moment.as_of,
            tables=judged,
            gates=results,
            passed=not any(r.failed for r in results),
            loads_seen=len(job.loads),
        )
    kept = NewDefinition(kind=KEPT, id=LATEST, body=made.model_dump(mode="json"))
    house.state.put(kept, author=actor.name, at=house.clock.now())
    return made


@use_case("quality.show", roles=EVERYONE)
def kept_check(house: House, actor: Actor) -> CheckState:
    """Return the newest check, and whether it is stale.

    Raises
    ------
    NothingYetError
        Before the first check.
    """
    document = house.state.definition(KEPT, LATEST)
    if document is None:
        raise NothingYetError("error.nothing.check")
    found = QualityCheck.model_validate(document.body)
    head = house.state.head()
    versions = {t.table: t.version for t in found.tables}
    now = {n: v for n, v in head.tables.items() if n in LOADED} if head is not None else {}
    judged = tuple(r.gate for r in found.gates)
    stale = versions != now or judged != _gates(house).gates or _quarantine_changed(house, found.run)
    kept = house.state.history(KEPT, LATEST)[:_CHECKS_SHOWN]
    return CheckState(check=found, at=document.at, stale=stale, history=tuple(_point(d) for d in reversed(kept)))


def _quarantine_changed(house: House, run: int) -> bool:
    """Say whether rejected rows have been added, mended or left out since a run."""
    then, now = house.state.snapshot(run), house.state.head()
    versions = [s.tables.get(QUARANTINE.name) for s in (then, now) if s is not None]
    return len(set(versions)) > 1


def _point(kept: Definition) -> CheckPoint:
    """Return a kept check in brief; it is read as it was stored, whatever has been added to findings since."""
    found = [f for t in kept.body["tables"] for f in t["findings"]]
    failed, notes = (Counter(f["dimension"] for f in found if f["status"] == s) for s in ("failed", "note"))
    return CheckPoint(at=kept.at, run=kept.body["run"], failed=dict(failed), notes=dict(notes))


@use_case("quality.gates", roles=EVERYONE)
def gates(house: House, actor: Actor) -> Gates:
    """Return the gates in force: the workspace's, or those it starts with."""
    return _gates(house)


@use_case("quality.set_gates", roles=ANALYSTS, touches="change")
def set_gates(house: House, actor: Actor, wanted: Gates, *, why: str = "") -> Definition:
    """Store the gates by which the next check judges."""
    body = checked_gates(wanted).model_dump(mode="json")
    new = NewDefinition(kind=GATES, id=CURRENT, body=body, why=why)
    return house.state.put(new, author=actor.name, at=house.clock.now())


def checked_gates(wanted: Gates) -> Gates:
    """Return gates whose measures, tables and columns exist.

    Raises
    ------
    UnknownNameError
        When one does not.
    """
    for gate in wanted.gates:
        if gate.measure not in MEASURES:
            raise UnknownNameError("error.quality.measure", name=gate.measure[:60], known=list(MEASURES))
        if gate.table is not None and gate.table not in LOADED:
            raise UnknownNameError("error.contract.unknown_table", name=gate.table[:80], has=list(LOADED))
    return wanted


def gates_from(body: Any) -> Gates:
    """Return gates from a document or form.

    Raises
    ------
    SettingError
        When it is not well formed.
    """
    try:
        return Gates.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise SettingError("error.quality.gates", reason=reason[:200]) from error


MEASURES: tuple[str, ...] = (
    "age_days",
    "unknown",
    "rejected",
    "blanked",
    "phone",
    "email",
    "credit_code",
    "same_key",
    "same_content",
    "same_phone",
    "same_email",
    "same_name_birth",
    *dict.fromkeys(r.measure for r in RELATIONS),
    "no_customer",
    "future",
    "ancient",
    "negative",
    "far",
    "psi",
    "new_levels",
    "rate",
)
"""Everything that is measured, as gates name it."""


def _gates(house: House) -> Gates:
    document = house.state.definition(GATES, CURRENT)
    if document is None or document.archived:
        return DEFAULT_GATES
    return Gates.model_validate(document.body)


def check_day(house: House, snapshot: Snapshot) -> date:
    """Return the day of the newest refresh, or today before the first."""
    today = house.clock.now().astimezone(ZoneInfo(house.settings.time_zone)).date()
    return snapshot.as_of or today


def _table(job: _Job, name: str) -> TableCheck:
    relation = job.tables[name]
    contract = table_contract(job.house, name)
    read, found, held = _measured(job, contract, relation)
    held = _with_orders(job, name, held)
    findings = [*_freshness(name, read, job.moment), *_completeness(name, read), *findings_of(name, found, held)]
    unchecked = {} if read.newest else {"freshness": "quality.unchecked.no_date"}
    sources = source_states(job.loads, name)
    findings += rejected_findings(job.reader, job.loads, name, sources)
    findings += _repeated(job, contract, relation, read)
    findings += _orphans(job, name)
    if not any(r.table == name and r.target in job.tables for r in RELATIONS) and unrelated(name, _there(read)) is None:
        unchecked["orphans"] = "quality.unchecked.no_relation"
    new: Arrived | str = arrived(job.house, job.reader.session, job.reader.snapshot, job.loads, contract, relation)
    if isinstance(new, str):
        unchecked["drift"] = new
    else:
        findings += drift_findings(job.reader.session, contract, read, new, FACT_DATES.get(name), job.moment.time_zone)
    return TableCheck(
        table=name,
        rows=read.rows,
        version=job.reader.snapshot.tables[name],
        newest=read.newest,
        last_load=max((s.last for s in sources), default=None),
        sources=sources,
        columns=read.columns,
        findings=tuple(findings),
        unchecked=unchecked,
    )


def measured(
    reader: SnapshotReader, contract: Contract, relation: Relation, moment: Moment
) -> tuple[Read, list[Condition], dict[str, tuple[int, int]]]:
    """Count a table in two scans: what is known, then what lies beyond the fences of its numbers."""
    there = frozenset(relation.columns)
    found = conditions(contract, there, moment)
    loose = unrelated(contract.name, there)
    found += [loose] if loose is not None else []
    row = reader.cached(count_query(contract, relation, found, moment)).to_pylist()[0]
    read = read_counts(row, contract, found, moment)
    held = dict(read.held)
    quartiles = quartile_query(contract, relation, read)
    if quartiles is not None:
        far = far_conditions(read, read_quartiles(reader.cached(quartiles).to_pylist()[0], read))
        if far:
            beyond = reader.cached(count_query(contract, relation, far, moment)).to_pylist()[0]
            held |= {c.key: (beyond[f"c{i}"], beyond[f"o{i}"]) for i, c in enumerate(far)}
            found += far
    return read, found, held


def _measured(
    job: _Job, contract: Contract, relation: Relation
) -> tuple[Read, list[Condition], dict[str, tuple[int, int]]]:
    return measured(job.reader, contract, relation, job.moment)


def _with_orders(job: _Job, name: str, held: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Leave of the lines without a customer those whose order has none either: lines count for their order's."""
    rows, of = held.get("no_customer:", (0, 0))
    if name != "order_lines" or not rows:
        return held
    return {**held, "no_customer:": (count_ownerless(ownerless_lines(job.reader), job.reader), of)}


def _there(read: Read) -> frozenset[str]:
    return frozenset(c.name for c in read.columns)


def _freshness(name: str, read: Read, moment: Moment) -> list[Finding]:
    if read.newest is None:
        return []
    days = (moment.as_of - read.newest).days
    params = {"newest": read.newest.isoformat(), "as_of": moment.as_of.isoformat(), "days": days}
    return [Finding(table=name, dimension="freshness", measure="age_days", value=float(days), params=params)]


def _completeness(name: str, read: Read) -> list[Finding]:
    return [
        Finding(
            table=name,
            dimension="completeness",
            measure="unknown",
            column=c.name,
            rows=c.of - c.known,
            of=c.of,
            value=(c.of - c.known) / c.of,
        )
        for c in read.columns
        if 0 < c.known < c.of  # a column that no source carries is not incomplete
    ]


def _repeated(job: _Job, contract: Contract, relation: Relation, read: Read) -> list[Finding]:
    known = frozenset(c.name for c in read.columns if c.known)
    made = []
    for measure, query in repeat_queries(contract, relation, known).items():
        row = job.reader.fetch(query).to_pylist()[0]
        if row["rows"]:
            made.append(
                Finding(
                    table=contract.name,
                    dimension="duplicates",
                    measure=measure,
                    rows=row["rows"],
                    of=row["of_rows"],
                    value=row["rows"] / max(row["of_rows"], 1),
                )
            )
    return made


def _orphans(job: _Job, name: str) -> list[Finding]:
    query = orphan_query(job.tables, name)
    if query is None:
        return []
    row = job.reader.fetch(query).to_pylist()[0]
    made = []
    for i, r in enumerate(RELATIONS):
        if row.get(f"r{i}"):
            made.append(
                Finding(
                    table=name,
                    dimension="orphans",
                    measure=r.measure,
                    column=r.column,
                    rows=row[f"r{i}"],
                    of=row[f"o{i}"],
                    value=row[f"r{i}"] / row[f"o{i}"],
                    params={"target": r.target},
                )
            )
    return made
