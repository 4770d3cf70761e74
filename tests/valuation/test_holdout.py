"""Forecasts against what happened: tracking, groups by past purchases, errors; against plain counting."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from buyers import TRUTH, simulated

from qunxiang.valuation import BetaGeo
from qunxiang.valuation.holdout import MOST_GROUPS, held_out, hold_out_error, tracked


def test_tracking_sums_the_expectations_of_all_customers() -> None:
    model = BetaGeo.of(**TRUTH)
    first, customers = np.array([0, 3, 10]), np.array([5, 2, 7])
    found = tracked(model, first, customers, [8, 9, 20, 27], [1, 2, 3, 4], last_day=29, period_days=7)
    assert found.days.tolist() == [6, 13, 20, 27]  # the last two days are no whole week
    assert found.actual.tolist() == [0, 3, 3, 4]
    assert found.actual.sum() == 10
    for end, total in zip(found.days, np.cumsum(found.expected), strict=True):
        wanted = sum(
            n * model.expected_purchases([end - day])[0] for day, n in zip(first, customers, strict=True) if end > day
        )
        assert total == pytest.approx(wanted)


def test_groups_never_part_equal_customers_and_lose_nobody() -> None:
    x = np.arange(40)
    n = np.full(40, 3.0)
    found = held_out(x, n, after=2 * n, after_squared=4 * n + x, expected=np.ones(40))
    assert len(found) <= MOST_GROUPS + 1
    assert sum(g.customers for g in found) == 120
    assert (found[0].least, found[0].most) == (0, 0)
    assert all(a.most + 1 == b.least for a, b in pairwise(found))
    assert all(g.actual == pytest.approx(2) and g.expected == pytest.approx(1) for g in found)


def test_the_interval_of_a_group_is_that_of_its_mean() -> None:
    after = np.array([0, 1, 4, 2, 2])
    group = held_out([1], [5], [after.sum()], [(after**2).sum()], [2.0])[0]
    half = 1.959964 * after.std(ddof=1) / np.sqrt(5)
    assert (group.low, group.high) == pytest.approx((after.mean() - half, after.mean() + half), rel=1e-6)
    alone = held_out([1], [1], [2], [4], [2.0])[0]
    assert alone.low is None


def test_errors_are_those_of_single_customers() -> None:
    after = np.array([0.0, 1.0, 4.0, 2.0])
    x, age, e = np.array([1.0, 2.0, 5.0, 2.0]), np.full(4, 100.0), np.array([0.5, 1.0, 3.0, 1.0])
    each = hold_out_error(x, age, np.ones(4), after, after**2, e, span_days=50)
    grouped = hold_out_error([1, 2, 5], [100] * 3, [1, 2, 1], [0, 3, 4], [0, 5, 16], [0.5, 1.0, 3.0], span_days=50)
    assert grouped == each
    assert each.rmse == pytest.approx(np.sqrt(np.mean((after - e) ** 2)))
    assert each.rmse_as_before == pytest.approx(np.sqrt(np.mean((after - x / 2) ** 2)))
    assert each.error == pytest.approx((5.5 - 7) / 7)


def test_a_forecast_of_customers_as_the_model_supposes_is_right() -> None:
    frequency, recency, age = simulated(20_000, 8)
    model = BetaGeo().fit(frequency, recency, age)
    # the same customers begin anew: a fresh sample of the same kind over 365 days
    later, _, ages = simulated(20_000, 9)
    expected = model.expected_purchases(ages)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.05)
