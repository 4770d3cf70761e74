"""Conditions on single rows that a check counts and of which it shows examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlglot import exp

from qunxiang.quality.findings import Dimension
from qunxiang.sql import column, template
from qunxiang.sql.moment import Moment
from qunxiang.tables import Column, ColumnType, Contract

OLDEST_BIRTH = date(1900, 1, 1)
OLDEST_FACT = date(1990, 1, 1)
"""Births and foundings before the first, other dates before the second day are taken for mistakes."""

FAR = 3.0
"""Quartile distances beyond which a number is far out (Tukey's outer fences)."""

_BIRTHS = frozenset({"birth_date", "founded_on"})
_AHEAD = frozenset({"expected_close_on", "ended_at", "ended_on", "expires_on", "removed_at", "launched_on"})
SIGNED = frozenset({"discount", "coupon_discount", "coupon_match_discount", "points", "growth", "value", "score"})
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))  # GB 32100-2015


@dataclass(frozen=True)
class Condition:
    """Rows that a measure counts: `holds` is an expression over alias ``t``; `of` says which rows could be counted."""

    dimension: Dimension
    measure: str
    column: str | None
    holds: exp.Expr
    of: exp.Expr | None = None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name of the condition within its table."""
        return f"{self.measure}:{self.column or ''}"


def conditions(contract: Contract, present: frozenset[str], moment: Moment) -> list[Condition]:
    """Return the conditions of a table's columns that are there; numbers far out come with their fences later."""
    made: list[Condition] = []
    for c in contract.columns:
        if c.name in present:
            made += _of_column(contract, c, moment)
    return made


def _of_column(contract: Contract, c: Column, moment: Moment) -> list[Condition]:
    known = template("NOT :x IS NULL", x=column(c.name, "t"))
    if c.name in ("phone", "phone_2"):
        return [Condition("validity", "phone", c.name, _no_phone(c.name), known)]
    if c.name == "email":
        return [Condition("validity", "email", c.name, _no_email(c.name), known)]
    if c.name == "credit_code":
        return [Condition("validity", "credit_code", c.name, no_credit_code(column(c.name, "t")), known)]
    if c.type is ColumnType.MONEY and c.name not in SIGNED:
        return [Condition("outliers", "negative", c.name, template(":x < 0", x=column(c.name, "t")), known)]
    if c.type in (ColumnType.DATE, ColumnType.TIMESTAMP):
        return _of_date(c, known, moment)
    return []


def _of_date(c: Column, known: exp.Expr, moment: Moment) -> list[Condition]:
    oldest = OLDEST_BIRTH if c.name in _BIRTHS else OLDEST_FACT
    at = column(c.name, "t")
    if c.type is ColumnType.DATE:
        early: exp.Expr = template(":x < :day", x=at, day=oldest)
        late: exp.Expr = template(":x > :day", x=at, day=moment.as_of)
    else:
        early = template(":x < :day", x=at, day=_midnight(oldest))
        late = template(":x >= :until", x=at, until=moment.until)
    made = [Condition("outliers", "ancient", c.name, early, known, {"before": oldest.isoformat()})]
    if c.name not in _AHEAD:
        params = {"after": moment.as_of.isoformat()}
        made.append(Condition("outliers", "future", c.name, late, known, params))
    return made


def fences(low: float, high: float, *, positive: bool) -> tuple[float, float] | None:
    """Return the values beyond which a number is far out, from the quartiles of the known values.

    Tukey's outer fences, three quartile distances from the quartiles. Values above zero are compared by ratio (the same
    fences on their logarithms), because money and counts are skewed. None where the quartiles are equal: then no
    distance is known.
    """
    if not low < high:
        return None
    if positive:
        ratio = (high / low) ** FAR
        return low / ratio, high * ratio
    width = FAR * (high - low)
    return low - width, high + width


def far(name: str, bounds: tuple[float, float], *, positive: bool) -> Condition:
    """Return the condition that a number lies beyond its fences; of positive ones zeros and negatives do not count."""
    x = exp.cast(column(name, "t"), "DOUBLE")
    beyond = template(":x < :low OR :x > :high", x=x, low=bounds[0], high=bounds[1])
    known = template(":x > 0" if positive else "NOT :x IS NULL", x=x)
    rule = "ratio" if positive else "distance"
    params = {"low": bounds[0], "high": bounds[1], "rule": rule}
    return Condition("outliers", "far", name, exp.and_(exp.paren(beyond), known), known, params)


def _no_phone(name: str) -> exp.Expr:
    """Not 7 to 15 digits beside spaces, dashes and brackets, or eleven digits from 1 that are no Chinese mobile."""
    bare = template("REGEXP_REPLACE(:x, '[^0-9]', '', 'g')", x=column(name, "t"))
    strange = template("REGEXP_MATCHES(:x, '[^0-9+() ./;,转x-]')", x=column(name, "t"))
    return template(
        "LENGTH(:d) < 7 OR LENGTH(:d) > 15 OR :strange OR (LENGTH(:d) = 11 AND REGEXP_MATCHES(:d, '^1[0-2]'))",
        d=bare,
        strange=strange,
    )


def _no_email(name: str) -> exp.Expr:
    return template("NOT REGEXP_MATCHES(:x, '^[^@ ]+@[^@ .]+([.][^@ .]+)*[.][A-Za-z]{2,}$')", x=column(name, "t"))


def no_credit_code(x: exp.Expr) -> exp.Expr:
    """Return the condition that a text is no unified social credit code: 18 characters whose last is the check digit.

    References
    ----------
    GB 32100-2015: sum of the places of the characters times 3^(i-1) modulo 31, the last makes it 31.
    """
    code = template("UPPER(:x)", x=x)
    total: exp.Expr = exp.Literal.number(0)
    for i, weight in enumerate(_WEIGHTS):
        place = template("(STRPOS(:all, SUBSTR(:c, :i, 1)) - 1) * :w", all=_CREDIT, c=code, i=i + 1, w=weight)
        total = exp.Add(this=total, expression=exp.paren(place))
    last = template("STRPOS(:all, SUBSTR(:c, 18, 1)) - 1", all=_CREDIT, c=code)
    return template(
        "NOT REGEXP_MATCHES(:c, '^[0-9A-HJ-NP-RTUWXY]{18}$') OR (31 - (:total) % 31) % 31 <> (:last)",
        c=code,
        total=total,
        last=last,
    )


def _midnight(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00") - timedelta(days=1)
