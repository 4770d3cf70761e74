"""Expressions that give the same answer on every engine; each stands for a form that silently differs.

The text form of the same rules may be used in templates; these builders are for trees put together from parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import cast

from sqlglot import exp

from qunxiang.sql.query import Query, literal, template

MONDAY = date(1900, 1, 1)
"""A Monday before every fact; weekdays are counted from it."""


def day_diff(end: exp.Expr, start: exp.Expr) -> exp.Expr:
    """Days from `start` to `end`, both dates; calendar days, negative when `end` is earlier."""
    # dates before differences: Spark counts elapsed days, DuckDB calendar days
    return template("CAST(DATE_DIFF('day', CAST(:start AS DATE), CAST(:end AS DATE)) AS BIGINT)", start=start, end=end)


def ratio(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """Quotient as DOUBLE; NULL when the denominator is 0 or NULL."""
    # both sides double: DuckDB gives inf for x/0 and Spark six digits for decimals
    return template("CAST(:a AS DOUBLE) / NULLIF(CAST(:b AS DOUBLE), 0)", a=numerator, b=denominator)


def part_of(part: exp.Expr, whole: exp.Expr) -> exp.Expr:
    """Share of a whole that is `part`, DOUBLE in 0 … 1: what is below 0, of the part or of the rest, counts as 0.

    An unknown part is 0; NULL when the whole is NULL or neither the part nor the rest is above 0.
    """
    return template(
        "CASE WHEN :part > 0 THEN CAST(:part AS DOUBLE) / GREATEST(CAST(:part AS DOUBLE), CAST(:whole AS DOUBLE))"
        " WHEN :whole > COALESCE(:part, 0) THEN CAST(0 AS DOUBLE) END",
        part=part,
        whole=whole,
    )


def local_date(instant: exp.Expr, time_zone: str) -> exp.Expr:
    """Calendar day of a TIMESTAMPTZ in `time_zone`."""
    return template("CAST(:ts AT TIME ZONE :tz AS DATE)", ts=instant, tz=time_zone)


def weekday(day: exp.Expr) -> exp.Expr:
    """ISO weekday of a date: 1 is Monday, 7 is Sunday."""
    # engines number weekdays differently; days counted from a Monday do not
    return template("CAST(DATE_DIFF('day', :monday, :day) % 7 + 1 AS BIGINT)", monday=MONDAY, day=day)


def money_sum(amount: exp.Expr) -> exp.Expr:
    """Exact sum of money, whatever the order of rows; NULL over no rows."""
    return template("CAST(SUM(CAST(:amount AS DECIMAL(18, 2))) AS DECIMAL(18, 2))", amount=amount)


def quantile(value: exp.Expr, share: float) -> exp.Expr:
    """Exact quantile with linear interpolation, as DOUBLE; NULL values do not count."""
    # WITHIN GROUP compiles to an approximate percentile on Spark without a word
    return exp.Quantile(this=exp.cast(value.copy(), "DOUBLE"), quantile=literal(share))


def when(condition: exp.Expr | None, value: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Expr:
    """`value` where `condition` holds, else `otherwise` (NULL when None); `value` itself without a condition."""
    if condition is None:
        return value.copy()
    case = exp.Case().when(condition.copy(), value.copy())
    return case if otherwise is None else case.else_(otherwise.copy())


def both(*conditions: exp.Expr | None) -> exp.Expr | None:
    """All conditions that are given, joined by AND; None when none is."""
    given = [exp.paren(c.copy()) for c in conditions if c is not None]
    return exp.and_(*given) if given else None


def union_all(parts: Sequence[exp.Expr]) -> Query:
    """Rows of all `parts`, duplicates kept; the parts become children of the result."""
    if not parts:
        raise ValueError("a union needs at least one part")
    # without copy=False every step copies all earlier parts
    return Query(cast(exp.Query, reduce(lambda a, b: exp.union(a, b, distinct=False, copy=False), parts)))
