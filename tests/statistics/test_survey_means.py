"""Means and differences of surveys against t intervals and the jackknife."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from qunxiang.statistics import TooFewRows, share_difference_interval, share_interval
from qunxiang.statistics.survey import design, mean_difference, share_change, weighted_mean

N = 120


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    x = generator.normal(5, 2, N)
    return x, 0.5 * x + generator.normal(2, 1, N), generator.uniform(0.3, 3, N)


def test_plain_means_and_paired_differences_are_students(drawn: tuple[np.ndarray, ...]) -> None:
    x, y, _ = drawn
    mean = weighted_mean(x, design(N))
    assert (mean.low, mean.high) == pytest.approx(tuple(stats.ttest_1samp(x, 0).confidence_interval(0.95)))
    paired = mean_difference(x, y, design(N), confidence=0.9)
    assert (paired.low, paired.high) == pytest.approx(tuple(stats.ttest_rel(x, y).confidence_interval(0.9)))


def test_weighted_means_and_differences_have_the_variance_of_the_jackknife(drawn: tuple[np.ndarray, ...]) -> None:
    x, y, w = drawn
    households = np.repeat(np.arange(N // 4), 4)
    for groups in (np.arange(N), households):
        kept = [groups != group for group in np.unique(groups)]
        n = len(kept)
        means = np.array([[np.average(v[k], weights=w[k]) for v in (x, y)] for k in kept])
        for found, left_out in (
            (weighted_mean(x, design(N, w, clusters=groups)), means[:, 0]),
            (mean_difference(x, y, design(N, w, clusters=groups)), means[:, 0] - means[:, 1]),
        ):
            error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
            assert found.high - found.estimate == pytest.approx(stats.t.ppf(0.975, n - 1) * error, rel=0.03)
    assert weighted_mean(x, design(N, w)).estimate == pytest.approx(np.average(x, weights=w))


def test_differences_of_groups_without_common_people_are_nearly_welchs(drawn: tuple[np.ndarray, ...]) -> None:
    x, y, _ = drawn
    first, second = np.where(np.arange(N) < 50, x, np.nan), np.where(np.arange(N) < 50, np.nan, y)
    found = mean_difference(first, second, design(N))
    welch = stats.ttest_ind(x[:50], y[50:], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(welch), abs=0.02)
    assert found.n == N


def test_one_known_row_is_no_mean() -> None:
    values = np.full(N, np.nan)
    values[3] = 1.0
    assert weighted_mean(values, design(N)) == TooFewRows(n=1, needed=2)
    assert mean_difference(values, np.ones(N), design(N)) == TooFewRows(n=1, needed=2)


def test_a_change_of_shares_is_newcombes_tenth() -> None:
    # Newcombe (1998), table II, contrast (a): 56/70 − 48/80, method 10
    change = share_change(share_interval(48, 80), share_interval(56, 70))
    assert (change.low, change.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    same = share_difference_interval(56, 70, 48, 80)
    assert (change.low, change.high) == pytest.approx((same.low, same.high))


def test_no_interval_where_the_design_tells_no_variance(drawn: tuple[np.ndarray, ...]) -> None:
    x, y, _ = drawn
    one_cluster = np.where(np.arange(N) < 30, x, np.nan), np.where(np.arange(N) < 30, y, np.nan)
    apart = np.where(np.arange(N) < 30, x, np.nan), np.where(np.arange(N) >= 90, y, np.nan)
    fours = design(N, clusters=np.arange(N) // 30)
    alone = design(N, strata=np.arange(N) // 30, clusters=np.arange(N) // 30)  # one cluster in every stratum
    assert isinstance(weighted_mean(one_cluster[0], fours), TooFewRows)
    assert isinstance(weighted_mean(x, alone), TooFewRows)
    for first, second, sample in ((*one_cluster, fours), (*apart, fours), (x, y, alone)):
        assert isinstance(mean_difference(first, second, sample), TooFewRows)
    same = weighted_mean(np.full(N, 0.3), fours)  # nothing varies: the interval of Student has no width
    assert (same.low, same.high) == pytest.approx((0.3, 0.3))
    ahead = mean_difference(x + 1, x, fours)
    assert (ahead.low, ahead.high) == pytest.approx((1, 1))
