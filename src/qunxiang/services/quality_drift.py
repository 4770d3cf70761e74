"""Drift of the last load of a table against the rows before it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from qunxiang.model import Snapshot
from qunxiang.ports.engine import Session
from qunxiang.quality import Finding, Read, drift_of, numeric_drift_query, share_query
from qunxiang.quality.drift import BINS, Drift
from qunxiang.quality.measures import MIN_KNOWN, NUMBERS
from qunxiang.services.house import House
from qunxiang.sql import Query, Relation, column, select, template
from qunxiang.sql.macros import local_date, quantile
from qunxiang.tables import ColumnType, Contract

MOST_LEVELS = 50
SMALL = 0.1
"""An index below this is called little change; it is not reported."""


@dataclass(frozen=True)
class Arrived:
    """The rows before the last load and those it brought, as relations of the session, with their numbers."""

    before: Relation
    after: Relation
    n_before: int
    n_after: int
    source: str


def arrived(
    house: House,
    session: Session,
    snapshot: Snapshot,
    loads: Sequence[Snapshot],
    contract: Contract,
    relation: Relation,
) -> Arrived | str:
    """Return what the last load brought, or the code of why it cannot be compared."""
    last = next((x for x in loads if x.facts.get("table") == contract.name and x.facts.get("accepted")), None)
    parent = house.state.snapshot(last.parent) if last is not None and last.parent is not None else None
    version = parent.tables.get(contract.name) if parent is not None else None
    if last is None or version is None or version == snapshot.tables[contract.name]:
        return "quality.unchecked.first_load"
    there = house.lake.at(contract.name, version)
    name = f"{contract.name}__before"
    session.bind(name, there)
    before = Relation(name, there.columns)
    on = exp.and_(*(template(":a = :b", a=column(k, "t"), b=column(k, "b")) for k in contract.key))
    fresh = Query(
        exp.select("t.*")
        .from_(relation.table("t"))
        .join(before.table("b"), on=on, join_type="left")
        .where(template(":k IS NULL", k=column(contract.key[0], "b")))
    )
    n = session.materialise(f"{contract.name}__after", fresh)
    if min(n, there.rows) < MIN_KNOWN:
        return "quality.unchecked.few_rows"
    after = Relation(f"{contract.name}__after", relation.columns)
    return Arrived(before, after, there.rows, n, str(last.facts.get("source", "")))


def drift_findings(
    session: Session, contract: Contract, read: Read, new: Arrived, dated_by: str | None, time_zone: str
) -> list[Finding]:
    """Compare numbers by tenths, texts by levels, and rows per day."""
    # that another system's rows name another system is no drift
    shared = [c.name for c in read.columns if c.known and c.name in new.before.columns and c.name != "system"]
    found = []
    for name, drift in {**_numbers(session, contract, shared, new), **_levels(session, contract, shared, new)}.items():
        params: dict[str, Any] = {
            "psi": drift.psi,
            "floor": drift.floor,
            "before": new.n_before,
            "after": new.n_after,
            "source": new.source,
        }
        common: dict[str, Any] = {"table": contract.name, "dimension": "drift", "column": name}
        if drift.psi - drift.floor > SMALL:
            found.append(Finding(**common, measure="psi", value=drift.psi - drift.floor, params=params))
        if drift.came:
            levels = {"levels": list(drift.came[:10]), "source": new.source}
            found.append(Finding(**common, measure="new_levels", value=float(len(drift.came)), params=levels))
    return found + _rate(session, contract, new, dated_by, time_zone)


def _numbers(session: Session, contract: Contract, shared: Sequence[str], new: Arrived) -> dict[str, Drift]:
    names = [c.name for c in contract.columns if c.name in shared and c.type in NUMBERS and not c.hidden]
    if not names:
        return {}
    cuts = [
        exp.alias_(quantile(exp.cast(column(n, "t"), "DOUBLE"), i / BINS), f"{n}.{i}", quoted=True)
        for n in names
        for i in range(1, BINS)
    ]
    row = session.fetch(Query(exp.select(*cuts).from_(new.before.table("t")))).to_pylist()[0]
    edges = {n: sorted({row[f"{n}.{i}"] for i in range(1, BINS)} - {None}) for n in names}
    edges = {n: found for n, found in edges.items() if found}
    sides = {r["side"]: r for r in session.fetch(numeric_drift_query(new.before, new.after, edges)).to_pylist()}
    return {
        n: drift
        for n in edges
        if (drift := _of(_bins(sides["before"], n), _bins(sides["after"], n), levels=False)) is not None
    }


def _bins(row: Mapping[str, Any], name: str) -> dict[str, int]:
    return {key: n for key, n in row.items() if key.rpartition(".")[0] == name}


def _levels(session: Session, contract: Contract, shared: Sequence[str], new: Arrived) -> dict[str, Drift]:
    made = {}
    for c in contract.columns:
        if c.name not in shared or c.type is not ColumnType.TEXT or c.hidden or c.name.endswith("_id"):
            continue
        rows = session.fetch(share_query(new.before, new.after, c.name, MOST_LEVELS + 1)).to_pylist()
        sides: dict[str, dict[str, int]] = {"before": {}, "after": {}}
        for row in rows:
            sides[row["side"]][row["level"]] = row["n"]
        if max(map(len, sides.values())) <= MOST_LEVELS:
            drift = _of(sides["before"], sides["after"], levels=True)
            if drift is not None:
                made[c.name] = drift
    return made


def _of(before: dict[str, int], after: dict[str, int], *, levels: bool) -> Drift | None:
    if min(sum(before.values()), sum(after.values())) < MIN_KNOWN:
        return None
    found = drift_of(before, after)
    return found if levels else Drift(found.psi, found.floor)


def _rate(session: Session, contract: Contract, new: Arrived, dated_by: str | None, time_zone: str) -> list[Finding]:
    """Compare rows per day between the first and the last day of both sides."""
    if dated_by is None or dated_by not in new.before.columns:
        return []
    at: exp.Expr = column(dated_by, "t")
    found = contract.column(dated_by)
    day = local_date(at, time_zone) if found is not None and found.type is ColumnType.TIMESTAMP else at
    text = "SELECT CAST(COUNT(:x) AS BIGINT) AS n, MIN(:day) AS low, MAX(:day) AS high FROM t__ AS t"
    rates = []
    for relation in (new.before, new.after):
        row = session.fetch(select(text, x=at, day=day, t=relation)).to_pylist()[0]
        if not row["n"]:
            return []
        rates.append(row["n"] / ((row["high"] - row["low"]).days + 1))
    ratio = rates[1] / rates[0]
    if abs(math.log(ratio)) < math.log(2):
        return []
    params = {"before": rates[0], "after": rates[1], "ratio": ratio, "source": new.source}
    return [
        Finding(table=contract.name, dimension="drift", measure="rate", value=abs(math.log(ratio, 2)), params=params)
    ]
