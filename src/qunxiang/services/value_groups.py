"""Lifetime value and its errors by segment and by cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from qunxiang.i18n import Label
from qunxiang.model import Segmentation
from qunxiang.model.value import Cohort, GroupError, GroupWorth
from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.services.points import points
from qunxiang.services.reading import SnapshotReader
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.macros import union_all
from qunxiang.tables import MEMBERSHIPS
from qunxiang.valuation.histories import cohorts
from qunxiang.valuation.scoring import (
    MONEY_SLOPES,
    SLOPES,
    FrozenMoney,
    FrozenRepeats,
    Z,
    total_interval,
    totals,
)

COHORT = "cohort"
_ALL = Label("全部客户", "All customers")
_COHORTS = Label("首购月份", "Month of first purchase")


@dataclass(frozen=True)
class GroupNames:
    """The memberships by which customers are grouped, their day, and the names of segments by scheme and id."""

    members: Relation | None
    before: Relation | None
    as_of: date | None
    names: Mapping[tuple[str, str], tuple[Label, Label, int]]

    def part(self, scheme: str, part: str) -> dict[str, Any]:
        """Return what names a group."""
        named = {"scheme": scheme, "part": part, "colour": 0}
        if not scheme:
            return {**named, "label": _ALL, "scheme_label": _ALL}
        if scheme == COHORT:
            return {**named, "label": Label.same(part[:7]), "scheme_label": _COHORTS}
        label, of_scheme, colour = self.names[(scheme, part)]
        return {**named, "label": label, "scheme_label": of_scheme, "colour": colour}

    def knows(self, scheme: str, part: str) -> bool:
        """Say whether the group is one of all customers, of cohorts, or of a segment that still exists."""
        return scheme in ("", COHORT) or (scheme, part) in self.names


def group_names(house: House, reader: SnapshotReader, calibration_end: date) -> GroupNames:
    """Find the memberships to group by: those of now for what customers are worth, and for errors those of the newest
    date up to the end of calibration, or those of now where there are none so old."""
    names: dict[tuple[str, str], tuple[Label, Label, int]] = {}
    for document in house.state.definitions("segmentation"):
        scheme = Segmentation.model_validate(document.body)
        for segment in scheme.segments:
            names[(scheme.id, segment.id)] = (segment.label, scheme.label, segment.colour)
    if not reader.has(MEMBERSHIPS.name):
        return GroupNames(None, None, None, names)
    now = reader.relation(MEMBERSHIPS.name)
    old = [p for p in points(house) if p.as_of <= calibration_end]
    if not old:
        return GroupNames(now, now, reader.snapshot.as_of, names)
    then = SnapshotReader(house, old[-1].snapshot, reader.session, suffix="__before")
    return GroupNames(now, then.relation(MEMBERSHIPS.name), old[-1].as_of, names)


def parts_of(customers: Relation, members: Relation | None, *, with_cohorts: bool = False) -> Query:
    """Return one row per customer and group that holds the customer: `profile_id`, `scheme`, `part`.

    Everybody is in the group of all (both empty). `with_cohorts` needs `first_on` among the columns of `customers`.
    """
    everybody = select(
        "SELECT c.profile_id, CAST('' AS VARCHAR) AS scheme, CAST('' AS VARCHAR) AS part FROM customers__ AS c",
        customers=customers,
    )
    parts = [everybody.tree]
    if with_cohorts:
        month = select(
            """SELECT c.profile_id, CAST(:cohort AS VARCHAR) AS scheme,
              CAST(CAST(DATE_TRUNC('month', c.first_on) AS DATE) AS VARCHAR) AS part FROM customers__ AS c""",
            customers=customers,
            cohort=COHORT,
        )
        parts.append(month.tree)
    if members is not None:
        of_segments = select(
            "SELECT m.profile_id, m.segmentation AS scheme, m.segment AS part FROM members__ AS m", members=members
        )
        parts.append(of_segments.tree)
    return union_all([p.copy() for p in parts])


def worth_by_group(
    session: Session, customers: Relation, names: GroupNames, repeats: FrozenRepeats, money: FrozenMoney | None
) -> tuple[GroupWorth, ...]:
    """Return what all customers, every cohort and every segment are worth."""
    session.materialise("groups_of_worth", parts_of(customers, names.members, with_cohorts=True))
    found = []
    for row in session.fetch(totals(customers, Relation("groups_of_worth"))).to_pylist():
        if not names.knows(row["scheme"], row["part"]):
            continue
        value = row["value"]
        span = None
        if value is not None:
            slopes, of_money = [row[s] for s in SLOPES], [row[s] for s in MONEY_SLOPES]
            span = total_interval(value, slopes, of_money, repeats, money)
        found.append(
            GroupWorth(
                **names.part(row["scheme"], row["part"]),
                customers=row["customers"],
                alive=row["alive"],
                purchases=row["purchases"],
                valued=row["valued"],
                value=_money(value),
                value_low=None if span is None else _money(span[0]),
                value_high=None if span is None else _money(span[1]),
            )
        )
    return tuple(found)


def errors_by_group(
    session: Session, forecast: Relation, histories: Relation, names: GroupNames
) -> tuple[GroupError, ...]:
    """Compare the forecast of the hold-out with what happened, for all customers and every segment."""
    session.materialise("groups_of_errors", parts_of(forecast, names.before))
    query = select(
        """SELECT g.scheme, g.part, CAST(COUNT(*) AS BIGINT) AS customers,
          CAST(SUM(h.purchases_after) AS BIGINT) AS actual, SUM(f.purchases) AS expected,
          SUM((f.purchases - h.purchases_after) * (f.purchases - h.purchases_after)) AS squares,
          CAST(SUM(h.value_after) AS DECIMAL(18, 2)) AS actual_value, SUM(f.value) AS expected_value,
          CAST(COUNT(f.value) AS BIGINT) AS valued,
          SUM((f.value - CAST(h.value_after AS DOUBLE)) * (f.value - CAST(h.value_after AS DOUBLE))) AS value_squares
        FROM forecast__ AS f JOIN histories__ AS h ON h.profile_id = f.profile_id
        JOIN groups__ AS g ON g.profile_id = f.profile_id
        GROUP BY g.scheme, g.part ORDER BY g.scheme, g.part""",
        forecast=forecast,
        histories=histories,
        groups=Relation("groups_of_errors"),
    )
    found = []
    for row in session.fetch(query).to_pylist():
        if not names.knows(row["scheme"], row["part"]):
            continue
        n, actual, expected = row["customers"], row["actual"], row["expected"]
        mean = (expected - actual) / n
        half = _half(row["squares"], mean, n)
        # money of customers without a known value cannot be foretold, so the sum is given only where all are known
        value = row["expected_value"] if row["valued"] == n else None
        before = row["actual_value"]
        off = spread = None
        if value is not None and before:
            off = (value - float(before)) / float(before)
            of_each = _half(row["value_squares"], (value - float(before)) / n, n)
            # of the total as a share of what happened
            spread = None if of_each is None else of_each * n / abs(float(before))
        found.append(
            GroupError(
                **names.part(row["scheme"], row["part"]),
                customers=n,
                actual=actual,
                expected=expected,
                error=mean * n / actual if actual else None,
                difference=mean,
                difference_low=None if half is None else mean - half,
                difference_high=None if half is None else mean + half,
                actual_value=before,
                expected_value=_money(value),
                value_error=off,
                value_error_low=None if off is None or spread is None else off - spread,
                value_error_high=None if off is None or spread is None else off + spread,
            )
        )
    return tuple(found)


def cohorts_of(session: Session, days: Relation) -> tuple[Cohort, ...]:
    """Follow the customers of each month of first purchase."""
    rows: dict[date, list[dict[str, Any]]] = {}
    for row in session.fetch(cohorts(days)).to_pylist():
        rows.setdefault(row["cohort"], []).append(row)
    return tuple(
        Cohort(
            cohort=month,
            customers=found[0]["buyers"],  # in their first month all bought
            months_since=tuple(r["months_since"] for r in found),
            buyers=tuple(r["buyers"] for r in found),
            purchases=tuple(r["purchases"] for r in found),
            amount=tuple(r["amount"] for r in found),
        )
        for month, found in sorted(rows.items())
    )


def _half(squares: float, mean: float, n: int) -> float | None:
    """Return half the width of the 95 % interval of a mean from the sum of squares; None with fewer than 2."""
    return Z * float(np.sqrt(max(squares - n * mean**2, 0.0) / (n - 1) / n)) if n > 1 else None


def _money(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.2f}")
