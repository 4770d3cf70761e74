"""Natural breaks against every possible division, and against values from the literature."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from qunxiang.statistics import natural_breaks


def least_squares(points: np.ndarray, k: int) -> float:
    """Try every division of the sorted values, none of which parts equal values."""
    ordered = np.sort(points)
    best = np.inf
    for cuts in combinations(range(1, len(ordered)), k - 1):
        if any(ordered[c] == ordered[c - 1] for c in cuts):
            continue
        parts = np.split(ordered, cuts)
        best = min(best, sum(float(((p - p.mean()) ** 2).sum()) for p in parts))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_other_division_has_less_inside_its_classes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 5))
    values = np.round(rng.gamma(1.0, 30, int(rng.integers(6, 13))), int(rng.integers(0, 3)))
    if len(np.unique(values)) < k:
        pytest.fail("the seed makes too few different values")
    ends, fit = natural_breaks(np.append(values, np.nan), k)
    assert len(ends) == k - 1
    assert list(ends) == sorted(ends)
    parts = np.split(np.sort(values), np.searchsorted(np.sort(values), ends, side="right"))
    inside = sum(float(((p - p.mean()) ** 2).sum()) for p in parts)
    assert inside == pytest.approx(least_squares(values, k), rel=1e-9, abs=1e-9)
    assert fit == pytest.approx(1 - inside / float(((values - values.mean()) ** 2).sum()))


def test_clear_groups_are_parted_between_them() -> None:
    values = [4, 5, 9, 10]  # the worked example of Jenks's method: {4, 5} and {9, 10}, 1 of 26 squares inside
    ends, fit = natural_breaks(values, 2)
    assert ends == (5.0,)
    assert fit == pytest.approx(1 - 1 / 26)


def test_fewer_values_than_classes_and_none() -> None:
    assert natural_breaks([3.0, 3.0, 7.0], 4) == ((3.0,), 1.0)
    assert natural_breaks([], 3) == ((), 0.0)
    assert natural_breaks([2.0, 2.0], 3) == ((), 0.0)


def test_a_hundred_thousand_values_are_divided_exactly_enough() -> None:
    values = np.random.default_rng(1).lognormal(3, 1, 100_000)
    ends, fit = natural_breaks(values, 3)
    near = [natural_breaks(values[:2_000], 3)[1], fit]
    assert len(ends) == 2
    assert abs(near[0] - near[1]) < 0.1
