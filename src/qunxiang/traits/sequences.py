"""Steps that followed each other, found for all profiles at once by running through their rows in time.

A row reaches step k when a row that reached the step before it came earlier, not longer ago than allowed. Of all such
rows the latest is the best: it is nearest in time and leaves the least room for what must not come between. So one
running maximum per step decides, and no rows are joined with each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlglot import exp

from qunxiang.model import Behaviour, Span, Step
from qunxiang.sql import Query, column, literal
from qunxiang.sql.macros import local_date
from qunxiang.sql.moment import Moment
from qunxiang.traits.measuring import AT, PROFILE


@dataclass(frozen=True)
class Rowset:
    """Dated rows with their profile (``p``) and time (``a``), and one flag per condition asked of them."""

    rows: Query
    flags: tuple[exp.Expr, ...]
    by_days: bool


@dataclass(frozen=True)
class _Axis:
    """The line of time on which steps are compared: days as soon as one table is dated by day, instants else."""

    by_days: bool
    moment: Moment

    def at(self, is_day: bool) -> exp.Expr:
        at = column(AT)
        return local_date(at, self.moment.time_zone) if self.by_days and not is_day else at

    def plus(self, at: exp.Expr, span: Span) -> exp.Expr:
        n, unit = (span.days, "DAY") if self.by_days else (span.hours, "HOUR")
        moved = exp.Add(this=at, expression=exp.Interval(this=exp.Literal.string(str(n)), unit=exp.var(unit)))
        return exp.cast(moved, "DATE" if self.by_days else "TIMESTAMPTZ")

    def within_window(self, behaviour: Behaviour) -> exp.Expr | None:
        window = behaviour.window
        if window is None:
            return None
        first, after = window.first_day(self.moment.as_of), window.last_day(self.moment.as_of) + timedelta(days=1)
        start, end = (literal(d) if self.by_days else self.moment.midnight(d) for d in (first, after))
        return exp.and_(exp.GTE(this=column("t"), expression=start), exp.LT(this=column("t"), expression=end))

    def is_over(self, at: exp.Expr) -> exp.Expr:
        """Say that a moment lies not after the end of the day that counts last."""
        if self.by_days:
            return exp.LTE(this=at, expression=literal(self.moment.as_of))
        return exp.LTE(this=at, expression=self.moment.until)


def sequence_query(behaviour: Behaviour, rows: Mapping[str, tuple[list[str], Rowset]], moment: Moment) -> Query:
    """Find the profiles whose rows followed each other as the steps say.

    Parameters
    ----------
    behaviour
        With steps.
    rows
        Conditions and rows of each table of the steps; the flags follow the conditions.
    moment
        Last day that counts. That nothing came within some days is said only of days that are over by its end.

    Returns
    -------
    Query
        One row per profile, `profile_id`, for which it holds.
    """
    axis = _Axis(any(r.by_days for _, r in rows.values()), moment)
    steps = behaviour.steps
    tree = _flagged(behaviour, rows, axis)
    tree = exp.select("*", exp.alias_(_when(_flag(0), column("t")), "r0", quoted=True)).from_(tree.subquery("f"))
    last = 0
    for k in range(1, len(steps)):
        if steps[k].absent:
            continue
        between = k - 1 if steps[k - 1].absent else None
        tree = _reached(tree, k, last, between, steps[k], axis)
        last = k
    wanted: exp.Expr = exp.Not(this=exp.Is(this=column(f"r{last}"), expression=exp.Null()))
    if steps[-1].absent:
        tree, free = _nothing_after(tree, len(steps) - 1, last, steps[-1], axis)
        wanted = exp.and_(wanted, free)
    found = (
        exp.select(exp.alias_(column(PROFILE), "profile_id", quoted=True))
        .from_(tree.subquery("s"))
        .where(wanted)
        .group_by(column(PROFILE))
    )
    return Query(cast(exp.Query, found))


def _flagged(behaviour: Behaviour, rows: Mapping[str, tuple[list[str], Rowset]], axis: _Axis) -> exp.Select:
    """One row per profile and moment at which any step's row lies, with a flag per step."""
    steps = behaviour.steps
    parts = []
    for table, (conditions, found) in rows.items():
        flags = []
        for k, step in enumerate(steps):
            mine = step.table == table
            flag = found.flags[conditions.index(step.where)] if mine else exp.false()
            flags.append(exp.alias_(_when(flag.copy(), literal(1), literal(0)), f"s{k}", quoted=True))
        chosen = exp.select(column(PROFILE), exp.alias_(axis.at(found.by_days), "t", quoted=True), *flags)
        used = {step.where for step in steps if step.table == table}
        part = chosen.from_(found.rows.tree.copy().subquery("q"))
        if "" not in used:
            part = part.where(exp.or_(*(found.flags[conditions.index(w)].copy() for w in conditions)))
        parts.append(part)
    whole = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    most = [exp.alias_(exp.Max(this=_raw(k)), f"s{k}", quoted=True) for k in range(len(steps))]
    known = exp.Not(this=exp.Is(this=column("t"), expression=exp.Null()))
    inside = axis.within_window(behaviour)
    return (
        exp.select(column(PROFILE), column("t"), *most)
        .from_(whole.subquery("u"))
        .where(known if inside is None else exp.and_(known, inside))
        .group_by(column(PROFILE), column("t"))
    )


def _reached(tree: exp.Select, k: int, before: int, between: int | None, step: Step, axis: _Axis) -> exp.Select:
    """Add ``r{k}``: the row's time where it reaches step `k`."""
    added = [exp.alias_(_running(exp.Max(this=column(f"r{before}")), "PRECEDING"), f"b{k}", quoted=True)]
    reached = column(f"b{k}")
    conditions = [_flag(k), exp.Not(this=exp.Is(this=reached.copy(), expression=exp.Null()))]
    if step.within is not None:
        latest = axis.plus(reached.copy(), step.within)
        conditions.append(exp.LTE(this=column("t"), expression=latest))
    if between is not None:
        spoilt = _running(exp.Max(this=_when(_flag(between), column("t"))), "PRECEDING")
        added.append(exp.alias_(spoilt, f"n{k}", quoted=True))
        none = exp.Is(this=column(f"n{k}"), expression=exp.Null())
        earlier = exp.LTE(this=column(f"n{k}"), expression=reached.copy())
        conditions.append(exp.paren(exp.or_(none, earlier)))
    inner = exp.select("*", *added).from_(tree.subquery("w"))
    made = exp.alias_(_when(exp.and_(*conditions), column("t")), f"r{k}", quoted=True)
    return exp.select("*", made).from_(inner.subquery("v"))


def _nothing_after(tree: exp.Select, k: int, last: int, step: Step, axis: _Axis) -> tuple[exp.Select, exp.Expr]:
    """Add the time of the next row of the absent step, and say when none came."""
    following = _running(exp.Min(this=_when(_flag(k), column("t"))), "FOLLOWING")
    made = exp.select("*", exp.alias_(following, "spoilt", quoted=True)).from_(tree.subquery("w"))
    none: exp.Expr = exp.Is(this=column("spoilt"), expression=exp.Null())
    if step.within is None:
        return made, none
    end = axis.plus(column(f"r{last}"), step.within)
    later = exp.GT(this=column("spoilt"), expression=end.copy())
    return made, exp.and_(exp.paren(exp.or_(none, later)), axis.is_over(end))


def _running(aggregate: exp.Expr, side: str) -> exp.Expr:
    """Return an aggregate over all rows of the profile before (or after) this one; times within a profile differ."""
    if side == "PRECEDING":
        ends = {"start": "UNBOUNDED", "start_side": "PRECEDING", "end": literal(1), "end_side": "PRECEDING"}
    else:
        ends = {"start": literal(1), "start_side": "FOLLOWING", "end": "UNBOUNDED", "end_side": "FOLLOWING"}
    return exp.Window(
        this=aggregate,
        partition_by=[column(PROFILE)],
        order=exp.Order(expressions=[exp.Ordered(this=column("t"))]),
        spec=exp.WindowSpec(kind="ROWS", **ends),
    )


def _flag(k: int) -> exp.Expr:
    return exp.EQ(this=_raw(k), expression=literal(1))


def _raw(k: int) -> exp.Expr:
    return column(f"s{k}")


def _when(condition: exp.Expr, value: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Expr:
    made = exp.Case().when(condition, value)
    return made.else_(otherwise) if otherwise is not None else made
