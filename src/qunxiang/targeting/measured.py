"""What the tables say of each segment: the measures that criteria and knock-outs may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import scipy
from sqlglot import exp

from qunxiang.sql import Query, Relation, cast_to_contract, column, contract_of, select
from qunxiang.sql.moment import Moment
from qunxiang.statistics.intervals import Interval, normal_quantile, share_interval
from qunxiang.tables import ColumnType
from qunxiang.targeting.criteria import Measure

ACTIVE_DAYS = 90
"""A customer who bought within so many days is active."""

_YEAR_DAYS, _HALF_DAYS = 365, 182
_NUMBERS = ("profiles", "active", "earlier_buyers", "lapsed", "buyers", "repeat", "margin_known")
_SUMS = ("spend", "spend_squares", "margin", "margin_squares", "known")
_UNKNOWN = Measure(value=None)

MEASURES = (
    "profiles",
    "profile_share",
    "revenue_share",
    "revenue_per_profile",
    "growth",
    "margin_per_profile",
    "active_share",
    "lapsed_share",
    "repeat_share",
    "known_share",
    "largest_effect",
)
"""Names of the measures that a criterion may use."""


def sums_query(
    memberships: Relation,
    traits: Relation,
    order_facts: Relation,
    segmentation_id: str,
    moment: Moment,
    names: list[str],
) -> Query:
    """Add up what measures are made from.

    Parameters
    ----------
    memberships, traits, order_facts
        Contracts ``MEMBERSHIPS``, ``TRAITS_KEY`` (with `margin_proxy` where known) and ``ORDER_FACTS``.
    names
        Columns of `traits` whose known values are counted.

    Returns
    -------
    Query
        One row per segment, and one with `segment` NULL when some are in none: `profiles`; `active` (ordered in the
        last 90 days); `buyers` and `repeat` (one, two orders in the last 365); `earlier_buyers` (ordered in the first
        of the last two times 182 days) and `lapsed` (of those: not in the second); `spend` of the last 365 days and
        `margin` with their sums of squares; `known`, the number of known values of the traits named.
    """
    placed = select(
        "SELECT t.profile_id, g.segment FROM traits__ AS t LEFT JOIN (SELECT m.profile_id, m.segment"
        " FROM memberships__ AS m WHERE m.segmentation = :segmentation) AS g ON g.profile_id = t.profile_id",
        traits=traits,
        memberships=memberships,
        segmentation=segmentation_id,
    )
    known: exp.Expr = exp.Literal.number(0)
    for name in names:
        one = exp.Case().when(exp.Is(this=column(name, "t"), expression=exp.null()), "0").else_("1")
        known = exp.Add(this=known, expression=exp.paren(one))
    margin = column("margin_proxy", "t") if "margin_proxy" in (traits.columns or ()) else exp.null()
    rows = select(
        "SELECT p.segment, COUNT(*) AS profiles, SUM(o.active) AS active, SUM(o.earlier) AS earlier_buyers,"
        " SUM(CASE WHEN o.earlier = 1 AND o.later = 0 THEN 1 ELSE 0 END) AS lapsed,"
        " SUM(CASE WHEN o.orders > 0 THEN 1 ELSE 0 END) AS buyers,"
        " SUM(CASE WHEN o.orders > 1 THEN 1 ELSE 0 END) AS repeat,"
        " COUNT(a.margin) AS margin_known, SUM(COALESCE(o.spend, 0)) AS spend,"
        " SUM(COALESCE(o.spend, 0) * COALESCE(o.spend, 0)) AS spend_squares,"
        " SUM(a.margin) AS margin, SUM(a.margin * a.margin) AS margin_squares, SUM(a.known) AS known"
        " FROM placed__ AS p"
        " INNER JOIN (SELECT t.profile_id, CAST(:margin AS DOUBLE) AS margin, CAST(:known AS DOUBLE) AS known"
        " FROM traits__ AS t) AS a ON a.profile_id = p.profile_id"
        " LEFT JOIN (SELECT f.profile_id, MAX(CASE WHEN :recent THEN 1 ELSE 0 END) AS active,"
        " MAX(CASE WHEN :both AND NOT :second THEN 1 ELSE 0 END) AS earlier,"
        " MAX(CASE WHEN :second THEN 1 ELSE 0 END) AS later,"
        " SUM(CASE WHEN :year THEN 1 ELSE 0 END) AS orders,"
        " SUM(CASE WHEN :year THEN CAST(f.amount AS DOUBLE) ELSE 0 END) AS spend"
        " FROM orders__ AS f WHERE f.ordered_at < :until GROUP BY f.profile_id) AS o ON o.profile_id = p.profile_id"
        " GROUP BY p.segment ORDER BY p.segment NULLS LAST",
        placed=placed,
        traits=traits,
        orders=order_facts,
        margin=margin,
        known=known,
        recent=_since(moment, ACTIVE_DAYS),
        second=_since(moment, _HALF_DAYS),
        both=_since(moment, 2 * _HALF_DAYS),
        year=_since(moment, _YEAR_DAYS),
        until=moment.until,
    )
    kinds = {"segment": ColumnType.TEXT} | dict.fromkeys(_NUMBERS, ColumnType.INTEGER)
    return cast_to_contract(rows, contract_of("segment_sums", kinds | dict.fromkeys(_SUMS, ColumnType.NUMBER)))


def _since(moment: Moment, days: int) -> exp.Expr:
    return exp.paren(exp.GTE(this=column("ordered_at", "f"), expression=moment.start(days)))


def measures_of_sums(rows: Iterable[Mapping[str, Any]], *, n_traits: int) -> dict[str, dict[str, Measure]]:
    """Return the measures of every segment from the rows of :func:`sums_query`.

    Intervals are of 95 % and take the customers at hand as a sample of those whom the company could have: Wilson's for
    shares, Student's t for means, and for the share of revenue that of a ratio of sums (Cochran 1977, 6.4).

    Parameters
    ----------
    rows
        All of them, that of the profiles in no segment among them.
    n_traits
        Number of traits counted in `known`.
    """
    found = [dict(row) for row in rows]
    spend = sum(row["spend"] for row in found)
    squares = sum(row["spend_squares"] for row in found)
    everyone = sum(int(row["profiles"]) for row in found)
    return {
        row["segment"]: _measures(row, everyone, n_traits, spend, squares)
        for row in found
        if row["segment"] is not None
    }


def _measures(row: Mapping[str, Any], everyone: int, n_traits: int, spend: float, squares: float) -> dict[str, Measure]:
    n = int(row["profiles"])
    known = row["known"] / (n * n_traits) if n and n_traits and row["known"] is not None else None
    return {
        "profiles": Measure(value=n, n=everyone),
        "profile_share": _share(n, everyone),
        "revenue_share": _part(row["spend"], row["spend_squares"], spend, squares, everyone),
        "revenue_per_profile": _mean(row["spend"], row["spend_squares"], n),
        "margin_per_profile": _mean(row["margin"], row["margin_squares"], int(row["margin_known"])),
        "active_share": _share(row["active"], n),
        "lapsed_share": _share(row["lapsed"], row["earlier_buyers"]),
        "repeat_share": _share(row["repeat"], row["buyers"]),
        "known_share": Measure(value=known, n=n),
    }


def _share(part: int | None, whole: int | None) -> Measure:
    found = share_interval(int(part or 0), int(whole or 0))
    if not isinstance(found, Interval):
        return Measure(value=None, n=int(whole or 0))
    return Measure(value=found.estimate, low=found.low, high=found.high, n=found.n)


def _mean(total: float | None, squares: float | None, n: int) -> Measure:
    if total is None or squares is None or n < 1:
        return Measure(value=None, n=n)
    mean = total / n
    if n < 2:
        return Measure(value=mean, n=n)
    spread = np.sqrt(max(squares - n * mean * mean, 0.0) / (n - 1))
    half = float(scipy.stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n))
    return Measure(value=mean, low=mean - half, high=mean + half, n=n)


def _part(part: float, part_squares: float, whole: float, squares: float, n: int) -> Measure:
    """Return a share of a sum with its interval: every profile's departure from the share is (1 − p) x or −p x."""
    if not whole > 0 or n < 2:
        return Measure(value=None, n=n)
    p = part / whole
    departures = (1 - p) ** 2 * part_squares + p**2 * max(squares - part_squares, 0.0)
    half = normal_quantile(0.95) * float(np.sqrt(departures * n / (n - 1))) / whole
    return Measure(value=p, low=max(p - half, 0.0), high=min(p + half, 1.0), n=n)
