"""Repeat purchases week by week, as they were and as the calibrated model expects them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from qunxiang.model.value import Tracking
from qunxiang.ports.engine import Session
from qunxiang.sql import Relation
from qunxiang.valuation.histories import first_days, repeats_by_age
from qunxiang.valuation.holdout import tracked
from qunxiang.valuation.repeat_model import RepeatPurchases

MOST_WEEKS = 160
"""With more weeks, periods of four weeks are told."""


def tracking_of(
    session: Session, days: Relation, until: Relation, model: RepeatPurchases, *, first: date, end: date, as_of: date
) -> Tracking:
    """Track the customers whose first purchase lay in the calibration (`until`, their histories) to the end."""
    started = session.fetch(first_days(until))
    repeats = session.fetch(repeats_by_age(days, end))
    last = (as_of - first).days
    period = 7 if last <= 7 * MOST_WEEKS else 28

    def since(values: list[date]) -> list[int]:
        return [(d - first).days for d in values]

    found = tracked(
        model,
        since(started["first_on"].to_pylist()),
        np.array(started["customers"].to_pylist()),
        np.array(since(repeats["bought_on"].to_pylist()), dtype=np.int64),
        np.array(repeats["purchases"].to_pylist(), dtype=np.float64),
        last_day=last,
        period_days=period,
    )
    return Tracking(
        period_days=period,
        ends=tuple(first + timedelta(days=int(d)) for d in found.days),
        actual=tuple(int(a) for a in found.actual),
        expected=tuple(float(e) for e in found.expected),
    )
