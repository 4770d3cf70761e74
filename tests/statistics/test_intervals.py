import math

import numpy as np
import pytest

from qunxiang.statistics import (
    Interval,
    TooFewRows,
    mean_difference_interval,
    mean_interval,
    median_interval,
    ratio_interval,
    share_difference_interval,
    share_interval,
)


def limits(found):
    assert isinstance(found, Interval), found
    return found.low, found.high


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, Wilson score method.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_of_published_examples(successes, n, low, high):
    assert limits(share_interval(successes, n)) == pytest.approx((low, high), abs=5e-5)


def test_share_of_everyone_is_certain_and_of_part_of_a_small_base_narrower():
    assert limits(share_interval(30, 100, base=100)) == (0.3, 0.3)
    endless, finite = limits(share_interval(30, 100)), limits(share_interval(30, 100, base=150))
    assert endless[0] < finite[0] < 0.3 < finite[1] < endless[1]


def test_shares_stay_between_0_and_1_and_ends_are_exact():
    assert share_interval(0, 7).low == 0
    assert share_interval(7, 7).high == 1


@pytest.mark.parametrize(
    ("a", "n_a", "b", "n_b", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1.0)],
)
def test_newcombe_interval_of_published_examples(a, n_a, b, n_b, low, high):
    assert limits(share_difference_interval(a, n_a, b, n_b)) == pytest.approx((low, high), abs=5e-5)


def test_mean_interval_by_hand():
    # mean 3, sd sqrt(2.5), t(.975, 4) = 2.7764
    half = 2.7764451 * math.sqrt(2.5 / 5)
    assert limits(mean_interval([1, 2, 3, 4, 5, np.nan])) == pytest.approx((3 - half, 3 + half), abs=1e-6)


def test_welch_interval_by_hand():
    # means 2 and 6, variances 1 and 4, n 3 and 3: se sqrt(5/3), df 25/9 / (1/18 + 16/18) = 2.941176
    found = mean_difference_interval([1, 2, 3], [4, 6, 8])
    assert found.estimate == -4
    assert (found.high - found.low) / 2 == pytest.approx(3.218 * math.sqrt(5 / 3), rel=2e-3)


def test_bootstrap_intervals_repeat_with_their_seed_and_cover():
    x = np.random.default_rng(1).exponential(size=200)
    first, again, other = (median_interval(x, seed=s) for s in (3, 3, 4))
    assert first == again
    assert first != other
    assert first.low < math.log(2) < first.high
    ratio = ratio_interval(2 * x, x)
    assert limits(ratio) == pytest.approx((2, 2))


def test_bootstrap_covers_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(100):
        found = ratio_interval(rng.normal(3, 1, 60), rng.normal(2, 0.3, 60), n_draws=400, seed=seed)
        inside += found.low <= 1.5 <= found.high
    assert 87 <= inside <= 99


@pytest.mark.parametrize(
    "found",
    [
        share_interval(0, 0),
        mean_interval([1.0]),
        mean_interval([np.nan, np.nan, 2]),
        mean_difference_interval([1, 2], [1]),
        share_difference_interval(1, 2, 0, 0),
        median_interval([1, 2, 3, 4]),
        ratio_interval([1, 2], [0, 0]),
    ],
)
def test_too_few_rows_are_said_instead_of_numbers(found):
    assert isinstance(found, TooFewRows)
    assert found.n < found.needed


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="successes"):
        share_interval(3, 2)
    with pytest.raises(ValueError, match="base"):
        share_interval(3, 5, base=4)
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([1, 2, 3], confidence=95)
