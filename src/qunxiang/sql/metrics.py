"""A metric is an aggregate × a condition: the one way own measures are computed over a table's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from qunxiang.model import Metric
from qunxiang.sql.macros import both, day_diff, local_date, money_sum, part_of, quantile, ratio, when
from qunxiang.sql.query import literal, template
from qunxiang.tables import ColumnType

NEEDS_COLUMN = frozenset(
    {
        *(Metric.SUM, Metric.MEAN, Metric.MEDIAN, Metric.QUANTILE, Metric.DISTINCT, Metric.MOST_FREQUENT),
        *(Metric.MIN, Metric.MAX, Metric.FIRST, Metric.LAST),
    }
)
"""Metrics of a column's values."""

TAKES_COLUMN = NEEDS_COLUMN | {Metric.SHARE, Metric.TREND}
"""Metrics that may have a column; a share or trend without one is of rows."""

NEEDS_NUMBER = frozenset({Metric.SUM, Metric.MEAN, Metric.MEDIAN, Metric.QUANTILE, Metric.SHARE, Metric.TREND})
"""Metrics whose column must be a number or money."""

ORDERED = frozenset({Metric.MIN, Metric.MAX})
"""Metrics whose column must be a number, money or a date."""

ZERO_WITHOUT_ROWS = frozenset({Metric.COUNT, Metric.SUM, Metric.DISTINCT})
"""Metrics that are 0, not unknown, for a profile without rows; so is the slope of a trend."""

BY_VALUE = frozenset({Metric.DISTINCT, Metric.MOST_FREQUENT})
"""Metrics that ask how often each value stands in a profile's rows."""

NEEDS_TIME = frozenset({Metric.TREND, Metric.DAYS_SINCE_FIRST, Metric.DAYS_SINCE_LAST, Metric.FIRST, Metric.LAST})
"""Metrics of tables whose rows are dated."""

_EXACT = {ColumnType.MONEY: "DECIMAL(18, 2)", ColumnType.INTEGER: "DECIMAL(38, 0)"}
"""Types in which sums are exact."""


@dataclass(frozen=True)
class Clock:
    """When the rows of a table happened: an instant (TIMESTAMPTZ) or, when `days`, a calendar date."""

    at: exp.Expr
    time_zone: str
    days: bool = False

    def since(self, start: exp.Expr) -> exp.Expr:
        """Say that a row is not before `start`, an instant or a date as the clock's."""
        return exp.GTE(this=self.at.copy(), expression=start.copy())

    def before(self, end: exp.Expr) -> exp.Expr:
        """Say that a row is before `end`."""
        return exp.LT(this=self.at.copy(), expression=end.copy())

    def day(self, at: exp.Expr) -> exp.Expr:
        """Return the calendar day of a row's time."""
        return at.copy() if self.days else local_date(at, self.time_zone)


@dataclass(frozen=True)
class Measured:
    """What is aggregated: the value with its type and the rows that count.

    `where` is the user's condition, `window` the condition of time; for a share the rows of the window are the base.
    """

    value: exp.Expr | None = None
    type: ColumnType | None = None
    where: exp.Expr | None = None
    window: exp.Expr | None = None

    @property
    def counts(self) -> exp.Expr | None:
        """Condition of the rows that count."""
        return both(self.where, self.window)


def aggregate(metric: Metric, measured: Measured, clock: Clock | None, as_of: date, share: float = 0.5) -> exp.Expr:
    """Return the aggregate expression of `metric` over grouped rows; `share` is that of a quantile.

    Metrics of :data:`BY_VALUE` and trends have functions of their own.
    """
    value, condition = measured.value, measured.counts
    match metric:
        case Metric.COUNT:
            return _count(condition)
        case Metric.SHARE if value is None:
            return ratio(_count(condition), _count(measured.window))
        case Metric.SHARE:
            assert value is not None
            whole = _sum(when(measured.window, value), measured.type)
            return part_of(_sum(when(condition, value), measured.type), whole)
        case Metric.DAYS_SINCE_LAST | Metric.DAYS_SINCE_FIRST:
            assert clock is not None
            edge = exp.Max if metric is Metric.DAYS_SINCE_LAST else exp.Min
            return day_diff(literal(as_of), clock.day(edge(this=when(condition, clock.at))))
    assert value is not None
    match metric:
        case Metric.FIRST | Metric.LAST:
            assert clock is not None
            return _edge(metric, value, condition, clock)
        case Metric.SUM:
            return _sum(when(condition, value), measured.type)
        case Metric.MEAN:
            return _mean(when(condition, value), measured.type)
        case Metric.MEDIAN | Metric.QUANTILE:
            return quantile(when(condition, value), 0.5 if metric is Metric.MEDIAN else share)
        case Metric.MIN:
            return exp.Min(this=when(condition, value))
        case _:
            return exp.Max(this=when(condition, value))


def slope(measured: Measured, clock: Clock, starts: Sequence[exp.Expr]) -> exp.Expr:
    """Return the change per month of a least-squares line through monthly totals; months without rows are 0.

    `starts` are the beginnings of the window's months, the earliest first; the totals are of `measured.value`, or the
    number of rows without one.
    """
    n = len(starts)
    # the line's slope is linear in the totals, so each row counts with the weight of its month: 2 k - (n - 1)
    weight = exp.Case()
    for k in range(n - 1, 0, -1):
        weight = weight.when(clock.since(starts[k]), literal(2 * k - (n - 1)))
    weighted = _times(measured.value, weight.else_(literal(-(n - 1))), measured.type)
    total = exp.Sum(this=when(measured.counts, weighted))
    squares = n * (n * n - 1) / 3
    return exp.Mul(this=exp.cast(total, "DOUBLE"), expression=exp.cast(literal(2 / squares), "DOUBLE"))


def halves(measured: Measured, clock: Clock, middle: exp.Expr) -> exp.Expr:
    """Return (later − earlier) ÷ (|later| + |earlier|) of the totals after and before `middle`, in −1 … 1.

    Unknown when both are 0.
    """
    if measured.value is None:
        one, against = literal(1), literal(-1)
        signed: exp.Expr = exp.Case().when(clock.since(middle), one).else_(against)
        whole: exp.Expr = _count(measured.counts)
        return ratio(exp.Sum(this=when(measured.counts, signed)), whole)
    signs = exp.Case().when(clock.since(middle), literal(1)).else_(literal(-1))
    change = exp.Sum(this=when(measured.counts, _times(measured.value, signs, measured.type)))
    total = _sum(when(measured.counts, measured.value), measured.type)
    # |a| + |b| is the greater of |a + b| and |a − b|, which are summed anyway
    sizes = template("GREATEST(ABS(CAST(:x AS DOUBLE)), ABS(CAST(:y AS DOUBLE)))", x=total, y=change)
    return ratio(change, sizes)


def times_of_value(measured: Measured) -> exp.Expr:
    """Return how many of the rows grouped by profile and value count."""
    return _count(measured.counts)


def has_value(measured: Measured) -> exp.Expr:
    """Return 1 when one of the rows grouped by profile and value counts, else NULL."""
    return literal(1) if measured.counts is None else exp.Max(this=when(measured.counts, literal(1)))


def most_frequent(value: exp.Expr, times: exp.Expr) -> exp.Expr:
    """Return the value with most rows, over rows of one per value; of equal ones the first in order."""
    ranked = exp.Tuple(expressions=[exp.Neg(this=times.copy()), value.copy()])
    found = exp.GT(this=times.copy(), expression=literal(0))
    least = exp.ArgMin(this=value.copy(), expression=ranked)
    return _among(least, exp.and_(_known(value), found))


def distinct(has: exp.Expr) -> exp.Expr:
    """Return how many values have rows that count, over rows of one per value; see :func:`has_value`."""
    return exp.cast(exp.Count(this=has.copy()), "BIGINT")


def _count(condition: exp.Expr | None) -> exp.Expr:
    if condition is None:
        return exp.cast(exp.Count(this=exp.Star()), "BIGINT")
    return exp.cast(exp.Count(this=when(condition, literal(1))), "BIGINT")


def _sum(value: exp.Expr, type_: ColumnType | None) -> exp.Expr:
    match type_:
        case ColumnType.MONEY:
            return money_sum(value)
        case ColumnType.INTEGER:
            return exp.cast(exp.Sum(this=exp.cast(value, _EXACT[type_])), "BIGINT")
        case _:
            return exp.Sum(this=exp.cast(value, "DOUBLE"))


def _mean(value: exp.Expr, type_: ColumnType | None) -> exp.Expr:
    if type_ in (ColumnType.MONEY, ColumnType.INTEGER):
        # an exact sum first, so that the mean does not depend on the order of rows; written as a sum's is, so that an
        # engine adds up once for both
        exact = exp.Sum(this=exp.cast(value, _EXACT[type_]))
        return ratio(exact, exp.Count(this=value.copy()))
    return exp.Avg(this=exp.cast(value, "DOUBLE"))


def _edge(metric: Metric, value: exp.Expr, condition: exp.Expr | None, clock: Clock) -> exp.Expr:
    """First or last value in time; of equal times the least value is first and the greatest last."""
    key = exp.Tuple(expressions=[clock.at.copy(), value.copy()])
    node = exp.ArgMin if metric is Metric.FIRST else exp.ArgMax
    given = exp.and_(_known(value), _known(clock.at), *([condition] if condition is not None else []))
    return _among(node(this=value.copy(), expression=key), given)


def _among(aggregated: exp.Expr, condition: exp.Expr) -> exp.Expr:
    # engines differ on keys that are NULL, so the rows that count are chosen first
    return exp.Filter(this=aggregated, expression=exp.Where(this=condition))


def _known(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))


def _times(value: exp.Expr | None, weight: exp.Expr, type_: ColumnType | None) -> exp.Expr:
    if value is None:
        return weight
    if type_ in (ColumnType.MONEY, ColumnType.INTEGER):
        exact = exp.cast(value.copy(), "DECIMAL(22, 2)" if type_ is ColumnType.MONEY else "DECIMAL(20, 0)")
        return exp.Mul(this=exact, expression=exp.cast(exp.paren(weight), "DECIMAL(6, 0)"))
    return exp.Mul(this=exp.cast(value.copy(), "DOUBLE"), expression=exp.cast(exp.paren(weight), "DOUBLE"))
