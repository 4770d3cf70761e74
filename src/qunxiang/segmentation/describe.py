"""What a segment is like: its size, its part of revenue and margin, the value of its orders, its growth.

Three queries are run by the caller; :func:`describe` turns their rows into one description per segment. Money is that
of the last 365 days, margin proxy and order dates those of the whole history up to the date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from qunxiang.i18n import Label, Message
from qunxiang.model import Segmentation
from qunxiang.segmentation.prepared_sql import double
from qunxiang.sql import Query, Relation, cast_to_contract, column, contract_of, select
from qunxiang.sql.macros import local_date
from qunxiang.sql.moment import Moment
from qunxiang.statistics.intervals import Interval, TooFewRows, normal_quantile, ratio_interval
from qunxiang.tables import ColumnType

YEAR_DAYS = 365
HALF_DAYS = 182
"""Twenty-six whole weeks, so that both halves hold every weekday equally often."""

_START_TOLERANCE = timedelta(days=7)
_BOOTSTRAP_UP_TO = 20_000
_QUANTILES = {"p5": 0.05, "q1": 0.25, "median": 0.5, "q3": 0.75, "p95": 0.95}
_TEXT, _INTEGER, _MONEY, _NUMBER, _DATE = (
    ColumnType.TEXT,
    ColumnType.INTEGER,
    ColumnType.MONEY,
    ColumnType.NUMBER,
    ColumnType.DATE,
)

# every profile of the traits with its segment in one segmentation, NULL for none
_PLACED = (
    "SELECT t.profile_id, m.segment FROM traits__ AS t LEFT JOIN ("
    "SELECT g.profile_id, g.segment FROM memberships__ AS g WHERE g.segmentation = :segmentation"
    ") AS m ON t.profile_id = m.profile_id"
)


@dataclass(frozen=True)
class OrderValues:
    """Value of an order in the last 365 days, workspace currency: exact quantiles over `n` orders."""

    n: int
    p5: float
    q1: float
    median: float
    q3: float
    p95: float


@dataclass(frozen=True)
class SegmentDescription:
    """One segment, or with `segment` None the profiles that are in no segment.

    `share` is of all profiles, `revenue_share` of all revenue, `margin_share` of all margin proxy; None where the whole
    is not above zero or not known. `margin` is None when no profile's margin proxy is known; `margin_known` counts
    those whose is. `buyers` ordered in the last 365 days. `growth` is relative (0.1 is 10 % more in the later half),
    with a 95 % interval over profiles, or the message that says why it cannot be told.
    """

    segment: str | None
    label: Label | None
    profiles: int
    share: float | None
    buyers: int
    orders: int
    revenue: Decimal
    revenue_share: float | None
    margin: Decimal | None
    margin_share: float | None
    margin_known: int
    order_values: OrderValues | None
    growth: Interval | Message
    first_order: date | None
    last_order: date | None


def totals_query(
    memberships: Relation, traits: Relation, order_facts: Relation, segmentation_id: str, moment: Moment
) -> Query:
    """Add up profiles, orders and money per segment.

    Parameters
    ----------
    memberships, traits, order_facts
        Contracts ``MEMBERSHIPS``, ``TRAITS_KEY`` (with `margin_proxy` where known) and ``ORDER_FACTS``.

    Returns
    -------
    Query
        One row per segment with profiles, and one with `segment` NULL when some are in none: `profiles`, `buyers`,
        `orders`, `revenue` (last 365 days), `margin`, `margin_known`, `first_order`, `last_order` (local dates).
    """
    has_margin = not traits.columns or "margin_proxy" in traits.columns
    margin = column("margin_proxy", "t") if has_margin else exp.cast(exp.null(), "DECIMAL(18, 2)")
    in_year = _within(moment, YEAR_DAYS)
    rows = select(
        "SELECT p.segment, COUNT(*) AS profiles, COUNT(o.in_year) AS buyers,"
        " COALESCE(SUM(o.in_year), 0) AS orders, COALESCE(SUM(o.revenue), 0) AS revenue,"
        " SUM(a.margin) AS margin, COUNT(a.margin) AS margin_known,"
        " MIN(o.first_order) AS first_order, MAX(o.last_order) AS last_order"
        " FROM placed__ AS p"
        " INNER JOIN (SELECT t.profile_id, CAST(:margin AS DECIMAL(18, 2)) AS margin FROM traits__ AS t) AS a"
        " ON p.profile_id = a.profile_id"
        " LEFT JOIN (SELECT f.profile_id, SUM(CASE WHEN :in_year THEN 1 END) AS in_year,"
        " SUM(CASE WHEN :in_year THEN f.amount END) AS revenue,"
        " MIN(:day) AS first_order, MAX(:day) AS last_order"
        " FROM orders__ AS f WHERE f.ordered_at < :until GROUP BY f.profile_id) AS o ON p.profile_id = o.profile_id"
        " GROUP BY p.segment",
        placed=_placed(memberships, traits, segmentation_id),
        traits=traits,
        orders=order_facts,
        margin=margin,
        in_year=in_year,
        day=local_date(column("ordered_at", "f"), moment.time_zone),
        until=moment.until,
    )
    names = {"segment": _TEXT, "profiles": _INTEGER, "buyers": _INTEGER, "orders": _INTEGER, "revenue": _MONEY}
    names |= {"margin": _MONEY, "margin_known": _INTEGER, "first_order": _DATE, "last_order": _DATE}
    return cast_to_contract(rows, contract_of("segment_totals", names))


def order_values_query(
    memberships: Relation, traits: Relation, order_facts: Relation, segmentation_id: str, moment: Moment
) -> Query:
    """Find the quantiles of order values of the last 365 days per segment.

    Returns
    -------
    Query
        One row per segment with orders: `segment`, `n` orders, `p5`, `q1`, `median`, `q3`, `p95` (exact, with linear
        interpolation, DOUBLE).
    """
    # written out with row numbers: the engines' own functions differ in interpolation or turn approximate
    placed = select(
        "SELECT p.segment, CAST(f.amount AS DOUBLE) AS v,"
        " ROW_NUMBER() OVER (PARTITION BY p.segment ORDER BY f.amount NULLS LAST, f.order_id NULLS LAST) AS place,"
        " CAST(COUNT(*) OVER (PARTITION BY p.segment) - 1 AS DOUBLE) AS steps"
        " FROM placed__ AS p INNER JOIN orders__ AS f ON p.profile_id = f.profile_id WHERE :in_year",
        placed=_placed(memberships, traits, segmentation_id),
        orders=order_facts,
        in_year=_within(moment, YEAR_DAYS),
    )
    rows = select("SELECT r.segment, COUNT(*) AS n FROM numbered__ AS r GROUP BY r.segment", numbered=placed)
    for name, share in _QUANTILES.items():
        value = select(
            "SELECT SUM(CASE WHEN r.place = FLOOR(r.steps * :share) + 1"
            " THEN r.v * (1 - (r.steps * :share - FLOOR(r.steps * :share)))"
            " WHEN r.place = FLOOR(r.steps * :share) + 2"
            " THEN r.v * (r.steps * :share - FLOOR(r.steps * :share)) END)",
            share=double(share),
        ).tree.expressions[0]
        rows.tree.select(exp.alias_(value, name), copy=False)
    names = {"segment": _TEXT, "n": _INTEGER} | dict.fromkeys(_QUANTILES, _NUMBER)
    return cast_to_contract(rows, contract_of("segment_order_values", names))


def halves_query(
    memberships: Relation, traits: Relation, order_facts: Relation, segmentation_id: str, moment: Moment
) -> Query:
    """Add up what each profile spent in the two halves that end with the date.

    Returns
    -------
    Query
        One row per profile with an order in the last 2 × 182 days, in the order of profile ids: `segment`,
        `profile_id`, `earlier`, `later` (DOUBLE, workspace currency).
    """
    later = _within(moment, HALF_DAYS)
    rows = select(
        "SELECT p.segment, p.profile_id, SUM(CASE WHEN :later THEN 0 ELSE f.amount END) AS earlier,"
        " SUM(CASE WHEN :later THEN f.amount ELSE 0 END) AS later"
        " FROM placed__ AS p INNER JOIN orders__ AS f ON p.profile_id = f.profile_id WHERE :both"
        " GROUP BY p.segment, p.profile_id",
        placed=_placed(memberships, traits, segmentation_id),
        orders=order_facts,
        later=later,
        both=_within(moment, 2 * HALF_DAYS),
    )
    names = {"segment": _TEXT, "profile_id": _TEXT, "earlier": _NUMBER, "later": _NUMBER}
    shaped = cast_to_contract(rows, contract_of("segment_halves", names))
    # one order of rows, so that one seed gives one interval
    return select("SELECT h.* FROM halves__ AS h ORDER BY h.profile_id NULLS LAST", halves=shaped)


def describe(
    segmentation: Segmentation,
    totals: Iterable[Mapping[str, Any]],
    order_values: Iterable[Mapping[str, Any]],
    halves: pa.Table,
    moment: Moment,
    *,
    seed: int = 0,
) -> tuple[SegmentDescription, ...]:
    """Describe every segment, in the segmentation's order; profiles in none come last.

    Parameters
    ----------
    totals, order_values
        Rows of :func:`totals_query` and :func:`order_values_query`.
    halves
        Result of :func:`halves_query`.
    seed
        Of the bootstrap over profiles.
    """
    by_segment = {row["segment"]: row for row in totals}
    values = {row["segment"]: row for row in order_values}
    money = _by_segment(halves)
    starts = [row["first_order"] for row in by_segment.values() if row["first_order"] is not None]
    first = min(starts, default=None)
    labels: dict[str | None, Label | None] = {s.id: s.label for s in segmentation.segments}
    labels |= {None: None} if None in by_segment else {}
    whole = {name: sum(row[name] or 0 for row in by_segment.values()) for name in ("profiles", "revenue", "margin")}
    made = []
    for segment, label in labels.items():
        row = by_segment.get(segment, {})
        margin = row.get("margin")
        made.append(
            SegmentDescription(
                segment=segment,
                label=label,
                profiles=row.get("profiles", 0),
                share=_share(row.get("profiles", 0), whole["profiles"]),
                buyers=row.get("buyers", 0),
                orders=row.get("orders", 0),
                revenue=row.get("revenue", Decimal(0)),
                revenue_share=_share(row.get("revenue", 0), whole["revenue"]),
                margin=margin,
                margin_share=None if margin is None else _share(margin, whole["margin"]),
                margin_known=row.get("margin_known", 0),
                order_values=_order_values(values.get(segment)),
                growth=_growth(money.get(segment), first, moment, seed),
                first_order=row.get("first_order"),
                last_order=row.get("last_order"),
            )
        )
    return tuple(made)


def growth_interval(
    earlier: NDArray[np.float64], later: NDArray[np.float64], *, confidence: float = 0.95, seed: int = 0
) -> Interval | TooFewRows:
    """Relative growth of a sum, later / earlier − 1, with its interval over profiles.

    Percentile bootstrap up to 20,000 profiles; beyond, the linearised ratio (Cochran 1977, 6.4), which agrees with it
    there at a fraction of the time.

    Parameters
    ----------
    earlier, later
        Shape (n_profiles,), what each profile spent; earlier not negative.
    """
    n = len(earlier)
    if n <= _BOOTSTRAP_UP_TO:
        found = ratio_interval(later, earlier, confidence=confidence, seed=seed)
        if isinstance(found, TooFewRows):
            return found
        return Interval(found.estimate - 1, found.low - 1, found.high - 1, confidence, found.n, found.method)
    base = float(earlier.sum())
    ratio = float(later.sum()) / base
    half = normal_quantile(confidence) * float(np.std(later - ratio * earlier, ddof=1)) * float(np.sqrt(n)) / base
    return Interval(ratio - 1, ratio - 1 - half, ratio - 1 + half, confidence, n, "linearised-ratio")


def _growth(
    money: tuple[NDArray[np.float64], NDArray[np.float64]] | None, first: date | None, moment: Moment, seed: int
) -> Interval | Message:
    begins = moment.first_day(2 * HALF_DAYS)
    if first is not None and first > begins + _START_TOLERANCE:
        return Message("segment.growth.short", {"first": first, "days": HALF_DAYS})
    if money is None or not len(money[0]):
        return Message("segment.growth.few", {"n": 0, "needed": 5})
    earlier, later = money
    if np.any(earlier < 0):
        return Message("segment.growth.negative")
    if earlier.sum() <= 0:
        return Message("segment.growth.no_base")
    found = growth_interval(earlier, later, seed=seed)
    if isinstance(found, TooFewRows):
        return Message("segment.growth.few", {"n": found.n, "needed": found.needed})
    return found


def _by_segment(halves: pa.Table) -> dict[str | None, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    segments = np.array(halves.column("segment").to_pylist(), dtype=object)
    earlier = halves.column("earlier").to_numpy().astype(np.float64)
    later = halves.column("later").to_numpy().astype(np.float64)
    found: dict[str | None, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for segment in dict.fromkeys(segments.tolist()):
        rows = np.array([s == segment for s in segments], dtype=bool)
        found[segment] = (earlier[rows], later[rows])
    return found


def _order_values(row: Mapping[str, Any] | None) -> OrderValues | None:
    return None if row is None else OrderValues(n=row["n"], **{name: row[name] for name in _QUANTILES})


def _share(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if whole > 0 else None


def _placed(memberships: Relation, traits: Relation, segmentation_id: str) -> Query:
    return select(_PLACED, memberships=memberships, traits=traits, segmentation=segmentation_id)


def _within(moment: Moment, days: int) -> exp.Expr:
    at = column("ordered_at", "f")
    begun = exp.GTE(this=at, expression=moment.start(days))
    return exp.paren(exp.and_(begun, exp.LT(this=at.copy(), expression=moment.until)))
