"""Behaviour that rules ask, as one column per behaviour beside the traits.

A measure is computed as that of an own variable is: all measures of a table in one scan, shared by all rules. Those
that look at the rows after (or before) a moment of the profile itself share a scan per moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from typing import cast

from sqlglot import exp

from qunxiang.model import Anchor, Behaviour, Measure, Metric
from qunxiang.sql import Query, Relation, column, literal, select
from qunxiang.sql.macros import local_date
from qunxiang.sql.metrics import ZERO_WITHOUT_ROWS
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_forms import stored_as
from qunxiang.sql.rule_types import Names, Rows
from qunxiang.tables import Contract
from qunxiang.traits import orders
from qunxiang.traits.measuring import (
    AT,
    OF_ORDERS,
    PROFILE,
    LinesBy,
    Naming,
    Narrowing,
    Scan,
    condition_name,
    plan_table,
)
from qunxiang.traits.own import check_measure, kinds_of
from qunxiang.traits.readable import readable, readable_tables
from qunxiang.traits.sequences import Rowset, sequence_query


def rows_tables(loaded: Iterable[str], contracts: Mapping[str, Contract] | None = None) -> dict[str, Rows]:
    """Return the tables of `loaded` that rules may ask of; orders that only lines tell of among them."""
    there = set(loaded)
    if "order_lines" in there:
        there.add("orders")
    made = {}
    for name in (n for n in readable_tables() if n in there):
        table = readable(name, contracts)
        labels = {c.name: c.label for c in table.columns.values()}
        dated = None if table.instant is None else "day" if table.dated_by_days else "instant"
        personal = frozenset(c.name for c in table.columns.values() if c.personal)
        columns = Names(kinds_of(table), labels)
        made[name] = Rows(name, table.contract.label, columns, labels, personal, dated)  # type: ignore[arg-type]
    return made


@dataclass(frozen=True)
class Sources:
    """What behaviour is read from.

    Parameters
    ----------
    tables
        ``identities``, ``order_facts`` when there are orders, and the loaded tables that are there.
    moment
        Last day that counts.
    only
        Table with a column `profile_id`: rows of these profiles only.
    lines_by
        What tells whose an order line is; see ``measuring.plan_table``.
    contracts
        Contracts of tables to which the workspace added columns of its own, by name.
    """

    tables: Mapping[str, Relation]
    moment: Moment
    only: Relation | None = None
    lines_by: LinesBy = "order_id"
    contracts: Mapping[str, Contract] = field(default_factory=dict)

    def scan(self, measures: Sequence[Measure]) -> Scan:
        """Return the scan of a table that answers `measures`, all of it."""
        checked = [check_measure(m, self.contracts) for m in measures]
        names = dict.fromkeys(c for m in checked for c in m.columns)
        named = {c: f"c{i}" for i, c in enumerate(names)}
        return Scan(checked[0].readable, named, self.tables, self.moment, self.only, Naming(self.lines_by))

    def rowset(self, table: str, conditions: Sequence[str]) -> Rowset:
        """Return the dated rows of a table that meet at least one of `conditions`, with one flag per condition."""
        measures = [Measure(table=table, metric=Metric.COUNT, where=w) for w in conditions]
        scan = self.scan(measures)
        rows = scan.rows([check_measure(m, self.contracts) for m in measures])
        flags = [
            column(condition_name(check_measure(m, self.contracts).rule.text)) if m.where else exp.true()  # type: ignore[union-attr]
            for m in measures
        ]
        return Rowset(rows, tuple(flags), by_days=scan.readable.dated_by_days)


def behaviour_query(traits: Relation, keep: Sequence[str], behaviours: Mapping[str, Behaviour], of: Sources) -> Query:
    """Put behaviour beside traits.

    Parameters
    ----------
    traits
        One row per profile: contract ``tables.TRAITS_KEY``.
    keep
        Columns of `traits` to keep, beside `profile_id` and `as_of`.
    behaviours
        What rules ask, by canonical text.

    Returns
    -------
    Query
        One row per row of `traits`, with a column ``rule_forms.stored_as(text)`` per behaviour: a count or sum of no
        rows is 0, existence and sequences are true or false, every other measure of no rows is unknown.
    """
    parts: list[tuple[str, Query]] = []
    values = {**_measures(behaviours, of, parts), **_sequences(behaviours, of, parts)}
    kept = [column(n, "t") for n in dict.fromkeys(("profile_id", "as_of", *keep))]
    made = [exp.alias_(values[name], stored_as(name), quoted=True) for name in behaviours]
    tree = exp.select(*kept, *made).from_(traits.table("t"))
    used = {c.table for node in values.values() for c in node.find_all(exp.Column)}
    for name, _ in parts:
        if name in used:
            on = exp.EQ(this=column("profile_id", name), expression=column("profile_id", "t"))
            tree = tree.join(exp.to_table(name), on=on, join_type="left")
    if OF_ORDERS & {t for b in behaviours.values() for t in b.tables}:
        parts = [*_counted(of), *parts]
    for name, query in parts:
        tree = tree.with_(name, as_=query.tree.copy())
    return Query(cast(exp.Query, tree))


def _counted(of: Sources) -> list[tuple[str, Query]]:
    """Orders that count, with whose they are, as scans of orders and lines expect them."""
    facts = orders.facts(of.tables["order_facts"], of.moment)
    if of.only is None:
        return [("facts", facts), ("counted", select("SELECT order_id, profile_id FROM facts"))]
    chosen = select(
        "SELECT order_id, profile_id FROM facts WHERE profile_id IN (SELECT profile_id FROM only__ AS x)", only=of.only
    )
    return [("facts", facts), ("counted", chosen)]


def _measures(behaviours: Mapping[str, Behaviour], of: Sources, parts: list[tuple[str, Query]]) -> dict[str, exp.Expr]:
    groups: dict[tuple[str, Anchor | None, Anchor | None], list[str]] = {}
    for name, b in behaviours.items():
        if b.measure is not None:
            groups.setdefault((b.measure.table, b.after, b.before), []).append(name)
    values: dict[str, exp.Expr] = {}
    for (_, after, before), names in groups.items():
        asked = [check_measure(_measure(behaviours[n]), of.contracts) for n in names]
        moments = {"after": after, "before": before}
        anchored = {side: anchor for side, anchor in moments.items() if anchor is not None}
        plan = plan_table(
            asked[0].readable,
            asked,
            of.tables,
            of.moment,
            of.only,
            naming=Naming(of.lines_by),
            narrowed=_around(anchored, of, by_days=asked[0].readable.dated_by_days) if anchored else None,
            suffix=_mark(after, before) if anchored else "",
        )
        parts += plan.parts
        for name, m in zip(names, asked, strict=True):
            alias, stands = plan.values[m.measure]
            values[name] = _value(behaviours[name], column(stands, alias))
    return values


def _measure(behaviour: Behaviour) -> Measure:
    assert behaviour.measure is not None
    return behaviour.measure


def _value(behaviour: Behaviour, value: exp.Expr) -> exp.Expr:
    if behaviour.exists:
        some = exp.GT(this=value, expression=literal(0))
        return exp.Coalesce(this=some, expressions=[exp.false()])
    if _measure(behaviour).metric in ZERO_WITHOUT_ROWS:
        return exp.Coalesce(this=value, expressions=[literal(0)])
    return value


def _mark(*anchors: Anchor | None) -> str:
    said = "|".join(a.model_dump_json() if a is not None else "" for a in anchors)
    return "_" + md5(said.encode(), usedforsecurity=False).hexdigest()[:12]


@dataclass(frozen=True)
class _Around:
    """Keeps the rows after, or before, a moment of their profile; those of profiles without the moment fall away."""

    anchors: Mapping[str, Anchor]
    of: Sources
    by_days: bool

    def __call__(self, rows: Query) -> Query:
        for i, (side, anchor) in enumerate(self.anchors.items()):
            found = self.of.rowset(anchor.table, [anchor.where])
            by_days = self.by_days or found.by_days
            edge = exp.Max if anchor.edge == "last" else exp.Min
            moment = exp.alias_(edge(this=self._at(column(AT), found.by_days, by_days)), "moment", quoted=True)
            of_profile = exp.alias_(column(PROFILE), "whose", quoted=True)
            moments = (
                exp.select(of_profile, moment)
                .from_(found.rows.tree.copy().subquery("q"))
                .where(found.flags[0].copy())
                .group_by(column(PROFILE))
            )
            order = exp.GT if side == "after" else exp.LT
            at, alias = self._at(column(AT, "r"), self.by_days, by_days), f"n{i}"
            tree = (
                exp.select("r.*")
                .from_(rows.tree.copy().subquery("r"))
                .join(
                    moments.subquery(alias),
                    on=exp.EQ(this=column(PROFILE, "r"), expression=column("whose", alias)),
                )
                .where(order(this=at, expression=column("moment", alias)))
            )
            rows = Query(tree)
        return rows

    def _at(self, at: exp.Expr, is_day: bool, as_day: bool) -> exp.Expr:
        return local_date(at, self.of.moment.time_zone) if as_day and not is_day else at


def _around(anchors: Mapping[str, Anchor], of: Sources, *, by_days: bool) -> Narrowing:
    return _Around(anchors, of, by_days)


def _sequences(behaviours: Mapping[str, Behaviour], of: Sources, parts: list[tuple[str, Query]]) -> dict[str, exp.Expr]:
    values: dict[str, exp.Expr] = {}
    for name, b in behaviours.items():
        if not b.steps:
            continue
        wanted: dict[str, list[str]] = {}
        for step in b.steps:
            if step.where not in wanted.setdefault(step.table, []):
                wanted[step.table].append(step.where)
        rows = {table: (conditions, of.rowset(table, conditions)) for table, conditions in wanted.items()}
        alias = "followed_" + stored_as(name)
        parts.append((alias, sequence_query(b, rows, of.moment)))
        there = exp.Not(this=exp.Is(this=column("profile_id", alias), expression=exp.Null()))
        values[name] = there
    return values
