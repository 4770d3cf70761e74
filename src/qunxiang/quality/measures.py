"""Counting a table in two scans: what is known and which conditions hold, then quartiles and what lies beyond them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from qunxiang.quality.conditions import SIGNED, Condition, far, fences
from qunxiang.quality.findings import ColumnState, Finding
from qunxiang.sql import Query, Relation, column, template
from qunxiang.sql.macros import quantile
from qunxiang.sql.moment import Moment
from qunxiang.tables import ColumnType, Contract

FACT_DATES: dict[str, str] = {
    "persons": "created_at",
    "accounts": "created_at",
    "orders": "ordered_at",
    "order_lines": "ordered_at",
    "opportunities": "opened_at",
    "events": "occurred_at",
    "campaign_contacts": "contacted_at",
    "responses": "responded_at",
    "campaign_costs": "spent_on",
    "survey_answers": "answered_at",
    "verbatims": "said_at",
    "tags": "tagged_at",
    "market_reports": "published_on",
    "competitor_facts": "stated_on",
}
"""Column that dates the facts of a table."""

NUMBERS = (ColumnType.INTEGER, ColumnType.MONEY, ColumnType.NUMBER)
_DATED = (ColumnType.DATE, ColumnType.TIMESTAMP)


@dataclass(frozen=True)
class Read:
    """The first scan's answer: rows, newest fact, columns, and per condition how many rows hold of how many."""

    rows: int
    newest: date | None
    columns: tuple[ColumnState, ...]
    held: Mapping[str, tuple[int, int]]


def count_query(contract: Contract, relation: Relation, found: Sequence[Condition], moment: Moment) -> Query:
    """Count rows, known values, ends, and rows that conditions hold for: one row, columns named by place."""
    projections: list[exp.Expr] = [_count(None, "n")]
    dated = FACT_DATES.get(contract.name)
    if dated is not None and dated in relation.columns:
        at = exp.cast(column(dated, "t"), "TIMESTAMPTZ")
        newest = template("MAX(CASE WHEN :x < :until THEN :x END)", x=at, until=moment.until)
        projections.append(exp.alias_(newest, "newest", quoted=True))
    for i, c in enumerate(contract.columns):
        if c.name not in relation.columns:
            continue
        x = column(c.name, "t")
        projections.append(exp.alias_(template("CAST(COUNT(:x) AS BIGINT)", x=x), f"k{i}", quoted=True))
        if c.type in NUMBERS or c.type in _DATED:
            for name, text in (("l", "MIN(:x)"), ("h", "MAX(:x)")):
                value = template(f"CAST({text} AS VARCHAR)", x=x)
                projections.append(exp.alias_(value, f"{name}{i}", quoted=True))
    for i, condition in enumerate(found):
        projections += [_count(condition.holds, f"c{i}"), _count(condition.of, f"o{i}")]
    return Query(exp.select(*projections).from_(relation.table("t")))


def read_counts(row: Mapping[str, Any], contract: Contract, found: Sequence[Condition], moment: Moment) -> Read:
    """Read the row of :func:`count_query`."""
    newest: datetime | None = row.get("newest")
    states = tuple(
        ColumnState(
            name=c.name,
            type=c.type.value,
            known=row[f"k{i}"],
            of=row["n"],
            low=None if c.hidden else row.get(f"l{i}"),
            high=None if c.hidden else row.get(f"h{i}"),
        )
        for i, c in enumerate(contract.columns)
        if f"k{i}" in row
    )
    held = {c.key: (row[f"c{i}"], row[f"o{i}"]) for i, c in enumerate(found)}
    return Read(row["n"], newest.astimezone(ZoneInfo(moment.time_zone)).date() if newest else None, states, held)


def quartile_query(contract: Contract, relation: Relation, read: Read) -> Query | None:
    """Ask the quartiles of every number that is known; of one that is nowhere negative, those of values above zero."""
    projections: list[exp.Expr] = []
    for state in _numbers(contract, read):
        x: exp.Expr = exp.cast(column(state.name, "t"), "DOUBLE")
        if _positive(state):
            x = template("CASE WHEN :x > 0 THEN :x END", x=x)
        for name, share in (("low", 0.25), ("median", 0.5), ("high", 0.75)):
            projections.append(exp.alias_(quantile(x, share), f"{state.name}.{name}", quoted=True))
    return Query(exp.select(*projections).from_(relation.table("t"))) if projections else None


def read_quartiles(row: Mapping[str, Any], read: Read) -> dict[str, tuple[float, float, float]]:
    """Return lower quartile, median and upper quartile by column."""
    return {
        s.name: (row[f"{s.name}.low"], row[f"{s.name}.median"], row[f"{s.name}.high"])
        for s in read.columns
        if row.get(f"{s.name}.low") is not None
    }


def far_conditions(read: Read, quartiles: Mapping[str, tuple[float, float, float]]) -> list[Condition]:
    """Return the conditions that numbers lie beyond their fences, where a fence is known."""
    made = []
    for state in read.columns:
        if state.name in quartiles:
            low, _, high = quartiles[state.name]
            bounds = fences(low, high, positive=_positive(state))
            if bounds is not None:
                made.append(far(state.name, bounds, positive=_positive(state)))
    return made


def findings_of(table: str, found: Iterable[Condition], held: Mapping[str, tuple[int, int]]) -> list[Finding]:
    """Return a finding for every condition that holds in some rows."""
    made = []
    for c in found:
        rows, of = held[c.key]
        if rows:
            made.append(
                Finding(
                    table=table,
                    dimension=c.dimension,
                    measure=c.measure,
                    column=c.column,
                    rows=rows,
                    of=of,
                    value=rows / of if of else 0.0,
                    params=c.params,
                )
            )
    return made


def _numbers(contract: Contract, read: Read) -> list[ColumnState]:
    numeric = {c.name for c in contract.columns if c.type in NUMBERS and not c.hidden}
    return [s for s in read.columns if s.name in numeric and s.known >= MIN_KNOWN]


MIN_KNOWN = 20
"""Known values below which quartiles say nothing of what is far out."""


def _positive(state: ColumnState) -> bool:
    """Say whether values above zero are looked at alone: negative amounts are counted by a measure of their own."""
    if state.type == ColumnType.MONEY.value and state.name not in SIGNED:
        return True
    return state.low is not None and float(state.low) >= 0


def _count(holds: exp.Expr | None, name: str) -> exp.Expr:
    counted = (
        template("CAST(COUNT(*) AS BIGINT)")
        if holds is None
        else template("CAST(COALESCE(SUM(CASE WHEN :x THEN 1 ELSE 0 END), 0) AS BIGINT)", x=holds)
    )
    return exp.alias_(counted, name, quoted=True)
