"""All measures over one table in as few scans as can be: one for aggregates, one more per column asked by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import md5
from typing import Literal, cast

from sqlglot import exp

from qunxiang.model import Measure, Metric, Window
from qunxiang.model.variable import months_before
from qunxiang.sql import Query, Relation, Rule, select
from qunxiang.sql.macros import local_date
from qunxiang.sql.metrics import (
    BY_VALUE,
    Clock,
    Measured,
    aggregate,
    distinct,
    halves,
    has_value,
    most_frequent,
    slope,
    times_of_value,
)
from qunxiang.sql.moment import Moment
from qunxiang.sql.query import column, literal
from qunxiang.tables import ColumnType
from qunxiang.traits.readable import Joined, Readable, ReadableColumn

LinesBy = Literal["order_id", "person_id", "account_id"]

Narrowing = Callable[[Query], Query]
"""Keeps a part of rows that bear ``p`` (the profile), ``a`` (the time) and columns to measure."""

PROFILE, AT = "p", "a"
"""Helper columns of the rows that are aggregated; the table's own columns are ``c0``, ``c1``, …."""

OF_ORDERS = frozenset({"orders", "order_lines"})
"""Tables whose rows follow their order's profile."""


@dataclass(frozen=True)
class Naming:
    """How rows name their profile.

    Parameters
    ----------
    lines_by
        What tells whose an order line is: its order, or an identifier of its own where that is known to say the same.
    single
        Kinds of identifiers (``person_id``, ``account_id``) of which no profile has several; may lack some. When given,
        rows that name one kind are grouped by it, and profiles are looked up once per group; else once per row.
    """

    lines_by: LinesBy = "order_id"
    single: frozenset[str] | None = None


@dataclass(frozen=True)
class CheckedMeasure:
    """A measure whose parts exist and fit, with its condition read."""

    measure: Measure
    readable: Readable
    rule: Rule | None = field(default=None, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it reads."""
        named = (self.measure.column,) if self.measure.column else ()
        return tuple(dict.fromkeys((*named, *(self.rule.traits if self.rule else ()))))


@dataclass
class TablePlan:
    """Named parts that compute the measures of one table, and where each measure's value stands.

    `parts` are common table expressions in order; `values` maps a measure to its alias and column: one row per profile
    with rows.
    """

    parts: list[tuple[str, Query]]
    values: dict[Measure, tuple[str, str]]


def plan_table(
    readable: Readable,
    measures: Sequence[CheckedMeasure],
    tables: Mapping[str, Relation],
    moment: Moment,
    only: Relation | None = None,
    *,
    naming: Naming = Naming(),
    narrowed: Narrowing | None = None,
    suffix: str = "",
) -> TablePlan:
    """Plan the measures of one table.

    Everything but values counted one by one (distinct, most frequent) is aggregated in one scan; the counts of a
    column's values are another, shared by all measures of that column.

    Parameters
    ----------
    measures
        Measures of the table, in any order; equal ones are computed once.
    tables
        The loaded tables and ``identities``; ``counted`` orders are a part of the surrounding query.
    only
        Table with a column `profile_id`: rows of these profiles only.
    naming
        How rows name their profile.
    narrowed
        Keeps a part of the rows that count.
    suffix
        Ends the names of the parts, where a table is planned more than once.
    """
    wanted = {m.measure: m for m in measures}
    names = {c: f"c{i}" for i, c in enumerate(dict.fromkeys(c for m in wanted.values() for c in m.columns))}
    scan = Scan(readable, names, tables, moment, only, naming, narrowed)
    plan = TablePlan([], {})
    plain = [m for m in wanted.values() if m.measure.metric not in BY_VALUE]
    if plain:
        alias = f"own_{readable.contract.name}{suffix}"
        made = [exp.alias_(scan.aggregate(m), f"m{i}", quoted=True) for i, m in enumerate(plain)]
        plan.parts.append((alias, scan.grouped(plain, made)))
        plan.values |= {m.measure: (alias, f"m{i}") for i, m in enumerate(plain)}
    by_column: dict[str, list[CheckedMeasure]] = {}
    for m in wanted.values():
        if m.measure.metric in BY_VALUE:
            by_column.setdefault(m.measure.column or "", []).append(m)
    for k, (name, asked) in enumerate(by_column.items()):
        alias = f"own_{readable.contract.name}_{k}{suffix}"
        plan.parts.append((alias, scan.by_value(name, asked)))
        plan.values |= {m.measure: (alias, f"m{i}") for i, m in enumerate(asked)}
    return plan


@dataclass(frozen=True)
class Scan:
    """The rows of a table that count, under names that no user's column can have."""

    readable: Readable
    names: Mapping[str, str]
    tables: Mapping[str, Relation]
    moment: Moment
    only: Relation | None
    naming: Naming = Naming()
    narrowed: Narrowing | None = None

    @property
    def clock(self) -> Clock:
        return Clock(column(AT), self.moment.time_zone, self.readable.dated_by_days)

    def aggregate(self, checked: CheckedMeasure) -> exp.Expr:
        measure, measured = checked.measure, self.measured(checked)
        if measure.metric is not Metric.TREND:
            clock = self.clock if self.readable.instant else None
            return aggregate(measure.metric, measured, clock, self.moment.as_of, measure.quantile or 0.5)
        window = cast(Window, measure.window)
        if measure.trend == "slope":
            return slope(measured, self.clock, [self.start(d) for d in month_starts(window, self.moment.as_of)])
        return halves(measured, self.clock, self.start(middle_day(window, self.moment.as_of)))

    def by_value(self, name: str, asked: Sequence[CheckedMeasure]) -> Query:
        """Count the rows of every value of a column, then ask each measure of the counts: one row per profile."""
        value = column(self.names[name])
        counts = [exp.alias_(self._counted(m), f"n{i}", quoted=True) for i, m in enumerate(asked)]
        known = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
        rows = self.rows(asked)
        inner = (
            exp.select(column(PROFILE), exp.alias_(value, "v", quoted=True), *counts)
            .from_(rows.tree.subquery("r", copy=False), copy=False)
            .where(known)
            .group_by(column(PROFILE), value.copy())
        )
        made = [exp.alias_(self._of_counts(m, column(f"n{i}")), f"m{i}", quoted=True) for i, m in enumerate(asked)]
        return self._per_profile(inner.subquery("v", copy=False), made)

    def _counted(self, checked: CheckedMeasure) -> exp.Expr:
        asked = has_value if checked.measure.metric is Metric.DISTINCT else times_of_value
        return asked(self.measured(checked))

    @staticmethod
    def _of_counts(checked: CheckedMeasure, times: exp.Expr) -> exp.Expr:
        if checked.measure.metric is Metric.DISTINCT:
            return distinct(times)
        return most_frequent(column("v"), times)

    def grouped(self, asked: Sequence[CheckedMeasure], made: Sequence[exp.Expr]) -> Query:
        return self._per_profile(self.rows(asked).tree.subquery("r", copy=False), made)

    def _per_profile(self, rows: exp.Expr, made: Sequence[exp.Expr]) -> Query:
        """Aggregate rows: one row per profile."""
        if not self._by_identifier:
            tree = exp.select(exp.alias_(column(PROFILE), "profile_id", quoted=True), *made, copy=False)
            return Query(tree.from_(rows, copy=False).group_by(column(PROFILE), copy=False))
        grouped = exp.select(exp.alias_(column(PROFILE), PROFILE, quoted=True), *made, copy=False)
        found = select(
            """SELECT f.profile_id FROM grouped__ AS g
            JOIN identities__ AS f ON f.id_type = :id_type AND f.id_value = g.p""",
            grouped=Query(grouped.from_(rows, copy=False).group_by(column(PROFILE), copy=False)),
            identities=self.tables["identities"],
            id_type=self._named_by()[0],
        )
        return Query(cast(exp.Select, found.tree).select(*[column(m.alias, "g") for m in made], copy=False))

    @property
    def _by_identifier(self) -> bool:
        """Whether rows are grouped by the identifier they name, and profiles are looked up once per group, not per row.

        Identifiers of one profile are grouped under the least of them.
        """
        if self.naming.single is None or self.only is not None or self.narrowed is not None:
            return False
        named_by = self._named_by()
        return len(named_by) == 1 and named_by[0] != "order_id"

    def measured(self, checked: CheckedMeasure) -> Measured:
        measure = checked.measure
        found = self.readable.columns[measure.column] if measure.column else None
        return Measured(
            value=column(self.names[found.name]) if found else None,
            type=type_read(found) if found else None,
            where=column(condition_name(checked.rule.text)) if checked.rule is not None else None,
            window=column(self._window(measure.window)) if measure.window is not None else None,
        )

    def _conditions(self, asked: Sequence[CheckedMeasure]) -> dict[str, exp.Expr]:
        """The conditions and windows of measures, each once: evaluated per row, not per aggregate."""
        clock = Clock(column(self.readable.instant or "", "t"), self.moment.time_zone, self.readable.dated_by_days)
        made: dict[str, exp.Expr] = {}
        for m in asked:
            if m.rule is not None:
                made[condition_name(m.rule.text)] = self._read_in(m.rule)
            if m.measure.window is not None:
                made[self._window(m.measure.window)] = self._within(m.measure.window, clock)
        return made

    def _window(self, window: Window) -> str:
        """Name of the column that holds a window's condition; windows of the same days share one."""
        last = window.last_day(self.moment.as_of) if window.to_days else None
        return condition_name(f"{window.first_day(self.moment.as_of)} {last}")

    def _within(self, window: Window, clock: Clock) -> exp.Expr:
        since = clock.since(self.start(window.first_day(self.moment.as_of)))
        if not window.to_days:
            return since
        return exp.and_(since, clock.before(self.start(window.last_day(self.moment.as_of) + timedelta(days=1))))

    def start(self, day: date) -> exp.Expr:
        """First moment of a day, as rows of the table are dated."""
        if self.readable.dated_by_days:
            return literal(day)
        return self.moment.midnight(day)

    def _read_in(self, rule: Rule) -> exp.Expr:
        """The condition over the table's own columns; unknown counts as false wherever it is asked."""
        return rule.predicate().transform(lambda n: self._read(n.name) if isinstance(n, exp.Column) else n)

    def rows(self, asked: Sequence[CheckedMeasure]) -> Query:
        """Rows up to the day, each with its profile, time and the columns that `asked` read."""
        parts = [self._rows_of(asked, id_type) for id_type in self._named_by()]
        found = parts[0]
        if len(parts) > 1:
            found = Query(cast(exp.Query, exp.union(*[p.tree for p in parts], distinct=False)))
        return self.narrowed(found) if self.narrowed is not None else found

    def _named_by(self) -> tuple[str, ...]:
        """How rows name a profile: by their order, or by identifiers; a contact counts for person and company."""
        contract = self.readable.contract
        if contract.name == "order_lines":
            return (self.naming.lines_by,)
        if contract.name in OF_ORDERS:
            return ("order_id",)
        found = [n for n in ("person_id", "account_id") if contract.column(n)]
        return tuple(found)

    def _rows_of(self, asked: Sequence[CheckedMeasure], id_type: str) -> Query:
        source = self._source(id_type, {c for m in asked for c in m.columns})
        used = dict.fromkeys(m.measure.column for m in asked if m.measure.column)
        profile: exp.Expr = column("profile_id", "f")
        if self._by_identifier:
            profile = column(id_type, "t")
            if id_type not in (self.naming.single or ()):
                profile = exp.Coalesce(this=column("least_id", "f"), expressions=[profile])
        chosen = [exp.alias_(profile, PROFILE, quoted=True)]
        if self.readable.instant:
            chosen.append(exp.alias_(column(self.readable.instant, "t"), AT, quoted=True))
        chosen += [exp.alias_(self._read(c), self.names[c], quoted=True) for c in used]
        chosen += [exp.alias_(node, name, quoted=True) for name, node in self._conditions(asked).items()]
        tree = cast(exp.Select, source.tree).select(*chosen, append=False, copy=False)
        for condition in self._bounds(asked):
            tree = tree.where(condition, copy=False)
        return Query(tree)

    def _source(self, id_type: str, read: set[str]) -> Query:
        """The table with its joins; the projection is set later."""
        name = self.readable.contract.name
        nodes: dict[str, Relation | Query] = {}
        if name == "orders" and "orders" not in self.tables:  # orders that only lines tell of
            text = "SELECT 1 FROM source__ AS t JOIN counted AS f ON f.order_id = t.order_id"
            nodes["source"] = self.tables["order_facts"]
        elif id_type == "order_id":
            text = "SELECT 1 FROM source__ AS t JOIN counted AS f ON f.order_id = t.order_id"
            nodes["source"] = self.tables[name]
        elif self._by_identifier:
            text, nodes["source"] = "SELECT 1 FROM source__ AS t", self.tables[name]
            if id_type not in (self.naming.single or ()):
                text += f" LEFT JOIN several__ AS f ON f.id_value = t.{id_type}"
                nodes["several"] = self._several(id_type)
        else:
            text = (
                "SELECT 1 FROM source__ AS t "  # noqa: S608 - id_type is one of two constants
                f"JOIN identities__ AS f ON f.id_type = '{id_type}' AND f.id_value = t.{id_type}"
            )
            if id_type == "account_id" and self._prefers_person and name != "order_lines":
                text += " AND t.person_id IS NULL"
            nodes |= {"source": self.tables[name], "identities": self.tables["identities"]}
        joined = self.readable.joined
        needed = any(self.readable.columns[c].table != name for c in read)
        if needed and joined is not None and joined.table in self.tables:
            text += f" LEFT JOIN joined__ AS j ON j.{joined.on} = t.{joined.on}"
            nodes["joined"] = self._attributes(joined)
        return select(text, **nodes)

    def _several(self, id_type: str) -> Query:
        """The identifiers of profiles that have several of a kind: `id_value`, and `least_id`, that of its profile."""
        return select(
            """SELECT i.id_value, m.least_id FROM identities__ AS i
            JOIN (SELECT profile_id, MIN(id_value) AS least_id FROM identities__ AS i
              WHERE i.id_type = :id_type GROUP BY profile_id HAVING COUNT(*) > 1) AS m ON m.profile_id = i.profile_id
            WHERE i.id_type = :id_type""",
            identities=self.tables["identities"],
            id_type=id_type,
        )

    def _attributes(self, joined: Joined) -> Relation | Query:
        """What is joined, one row per value of the column joined on."""
        relation = self.tables[joined.table]
        if not joined.several:
            return relation
        chosen = []
        for c in self.readable.columns.values():
            if c.table == joined.table and c.name in self.names and self._there(c):
                least = exp.Min if c.type in (ColumnType.TEXT, ColumnType.BOOLEAN) else exp.Sum
                type_ = exp.DataType.build(c.type.sql, dialect="duckdb")
                chosen.append(exp.alias_(exp.cast(least(this=column(c.source)), type_), c.source, quoted=True))
        on = column(joined.on)
        tree = exp.select(on, *chosen).from_(relation.table("s")).group_by(on.copy())
        return Query(cast(exp.Query, tree))

    def _there(self, found: ReadableColumn) -> bool:
        there = self.tables.get(found.table)
        if found.table == "orders" and there is None:
            there = self.tables["order_facts"]
        return there is not None and (not there.columns or found.source in there.columns)

    @property
    def _prefers_person(self) -> bool:
        return self.readable.contract.name != "contacts" and self.readable.contract.column("person_id") is not None

    def _bounds(self, asked: Sequence[CheckedMeasure]) -> list[exp.Expr]:
        """Conditions that every row must meet: up to the day, not before all windows, of the profiles asked for."""
        made: list[exp.Expr] = []
        if self.readable.instant:
            clock = Clock(column(self.readable.instant, "t"), self.moment.time_zone, self.readable.dated_by_days)
            until = clock.before(self.start(self.moment.as_of + timedelta(days=1)))
            windows = [m.measure.window for m in asked]
            undated = self.readable.may_lack_date and not all(windows)
            made.append(exp.or_(until, exp.Is(this=clock.at.copy(), expression=exp.Null())) if undated else until)
            if windows and all(windows):
                first = min(w.first_day(self.moment.as_of) for w in windows if w is not None)
                made.append(clock.since(self.start(first)))
        if self.only is not None and "order_id" not in self._named_by():  # counted orders are of these already
            chosen = select("SELECT profile_id FROM only__ AS x", only=self.only)
            made.append(exp.In(this=column("profile_id", "f"), query=chosen.tree.subquery()))
        return made

    def _read(self, name: str) -> exp.Expr:
        found = self.readable.columns[name]
        alias = "t" if found.table == self.readable.contract.name else "j"
        if not self._there(found):
            return exp.cast(exp.Null(), exp.DataType.build(type_read(found).sql, dialect="duckdb"))
        value = column(found.source, alias)
        return local_date(value, self.moment.time_zone) if found.type is ColumnType.TIMESTAMP else value


def condition_name(said: str) -> str:
    """Return the name of the column that holds a condition or window of the rows."""
    return "w" + md5(said.encode(), usedforsecurity=False).hexdigest()[:16]


def type_read(found: ReadableColumn) -> ColumnType:
    """Return the type that a column has for metrics and conditions: an instant is its local day."""
    return ColumnType.DATE if found.type is ColumnType.TIMESTAMP else found.type


def month_starts(window: Window, as_of: date) -> list[date]:
    """Return the first days of the months of a window counted in months or years, the earliest first."""
    months = window.months
    assert months is not None
    return [months_before(as_of, k) + timedelta(days=1) for k in range(months, 0, -1)]


def middle_day(window: Window, as_of: date) -> date:
    """Return the first day of the later half of a window; of an odd number of days the middle one is earlier."""
    first, last = window.first_day(as_of), window.last_day(as_of)
    return last - timedelta(days=((last - first).days + 1) // 2 - 1)
