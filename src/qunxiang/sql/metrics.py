"""A metric is an aggregate × a condition: the one way own measures are computed over a table's rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from qunxiang.sql.macros import both, day_diff, local_date, money_sum, ratio, when
from qunxiang.sql.moment import Moment
from qunxiang.sql.query import literal
from qunxiang.tables import ColumnType


class Metric(StrEnum):
    """Aggregates over the rows of one profile."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    DISTINCT = "distinct"
    SHARE = "share"
    MIN = "min"
    MAX = "max"
    DAYS_SINCE_LAST = "days_since_last"
    DAYS_SINCE_FIRST = "days_since_first"


NEEDS_COLUMN = frozenset({Metric.SUM, Metric.MEAN, Metric.DISTINCT, Metric.MIN, Metric.MAX})
"""Metrics of a column's values."""

NEEDS_NUMBER = frozenset({Metric.SUM, Metric.MEAN})
"""Metrics whose column must be a number or money."""

ZERO_WITHOUT_ROWS = frozenset({Metric.COUNT, Metric.SUM, Metric.DISTINCT})
"""Metrics that are 0, not unknown, for a profile without rows."""


@dataclass(frozen=True)
class Measured:
    """What is aggregated: the value with its type, the rows that count, and when each row happened.

    `where` is the user's condition, `window` the condition of time; for a share the rows of the window are the base.
    """

    instant: exp.Expr
    value: exp.Expr | None = None
    type: ColumnType | None = None
    where: exp.Expr | None = None
    window: exp.Expr | None = None


def aggregate(metric: Metric, measured: Measured, moment: Moment) -> exp.Expr:
    """Return the aggregate expression of `metric` over grouped rows."""
    condition = both(measured.where, measured.window)
    one, zero = literal(1), literal(0)
    match metric:
        case Metric.COUNT:
            return exp.cast(exp.Sum(this=when(condition, one, zero)), "BIGINT")
        case Metric.SHARE:
            base = exp.Sum(this=when(measured.window, one, zero))
            return ratio(exp.Sum(this=when(condition, one, zero)), base)
        case Metric.DAYS_SINCE_LAST | Metric.DAYS_SINCE_FIRST:
            edge = exp.Max if metric is Metric.DAYS_SINCE_LAST else exp.Min
            instant = edge(this=when(condition, measured.instant))
            return day_diff(literal(moment.as_of), local_date(instant, moment.time_zone))
    if measured.value is None:
        raise ValueError(f"metric {metric} needs a value")
    return _of_value(metric, when(condition, measured.value), measured.type)


def _of_value(metric: Metric, value: exp.Expr, type_: ColumnType | None) -> exp.Expr:
    match metric:
        case Metric.DISTINCT:
            return exp.cast(exp.Count(this=exp.Distinct(expressions=[value])), "BIGINT")
        case Metric.SUM if type_ is ColumnType.MONEY:
            return money_sum(value)
        case Metric.SUM if type_ is ColumnType.INTEGER:
            return exp.cast(exp.Sum(this=exp.cast(value, "DECIMAL(38, 0)")), "BIGINT")
        case Metric.SUM:
            return exp.Sum(this=exp.cast(value, "DOUBLE"))
        case Metric.MEAN if type_ in (ColumnType.MONEY, ColumnType.INTEGER):
            # an exact sum first, so that the mean does not depend on the order of rows
            exact = exp.Sum(this=exp.cast(value, "DECIMAL(38, 2)"))
            return ratio(exact, exp.Count(this=value.copy()))
        case Metric.MEAN:
            return exp.Avg(this=exp.cast(value, "DOUBLE"))
        case Metric.MIN:
            return exp.Min(this=value)
        case _:
            return exp.Max(this=value)
