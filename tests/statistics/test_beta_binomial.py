"""Rates drawn towards the overall rate: published data, an independent fit, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from qunxiang.statistics.beta_binomial import ShrunkenRates, TooFewGroups, _nodes, shrunken_rates

# tumours among rats in 71 experiments: Tarone (1982), as in Gelman et al. (2013), Bayesian Data Analysis, table 5.1
TUMOURS = np.array(
    [0] * 14 + [1] * 8 + [2] * 9 + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10] + [4] * 7 + [10, 4, 4, 4, 5, 11, 12, 5, 5]
    + [6, 5, 6, 6, 6, 6, 16, 15, 15, 9, 4]
)  # fmt: skip
RATS = np.array(
    [20] * 7 + [19] * 4 + [18, 18, 17] + [20] * 4 + [19, 19, 18, 18] + [25, 24, 23] + [20] * 6 + [10, 49, 19, 46, 27]
    + [17, 49, 47, 20, 20, 13, 48, 50] + [20] * 7 + [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20]
    + [52, 46, 47, 24, 14]
)  # fmt: skip


def shrunken(k: object, n: object) -> ShrunkenRates:
    found = shrunken_rates(k, n)  # type: ignore[arg-type]
    assert isinstance(found, ShrunkenRates)
    return found


def test_the_data_are_those_of_the_book() -> None:
    assert len(TUMOURS) == len(RATS) == 71
    rates = TUMOURS[:70] / RATS[:70]
    # section 5.1: mean 0.136 and standard deviation 0.103 of the 70 historical rates
    assert (round(rates.mean(), 3), round(rates.std(ddof=1), 3)) == (0.136, 0.103)


def test_the_posterior_of_the_rat_tumours_is_the_published_one() -> None:
    means, roots, weights = _nodes(TUMOURS.astype(float), RATS.astype(float))
    precision = 1 / roots**2 - 1
    # section 5.3: E(alpha | y) = 2.4 and E(beta | y) = 14.3, with a prior that is flat on (alpha + beta)^(-1/2)
    assert weights @ (means * precision) == pytest.approx(2.4, rel=0.05)
    assert weights @ ((1 - means) * precision) == pytest.approx(14.3, rel=0.05)


def test_the_precision_is_the_one_of_an_independent_fit() -> None:
    centre = TUMOURS.sum() / RATS.sum()

    def loss(log_precision: float) -> float:
        m = np.exp(log_precision)
        return -float(stats.betabinom.logpmf(TUMOURS, RATS, centre * m, (1 - centre) * m).sum())

    best = optimize.minimize_scalar(loss, bounds=(0, 10), method="bounded", options={"xatol": 1e-10})
    found = shrunken(TUMOURS, RATS)
    assert found.precision == pytest.approx(np.exp(best.x), rel=1e-4)
    a, b = centre * found.precision, (1 - centre) * found.precision
    assert found.rates == pytest.approx(stats.beta.mean(a + TUMOURS, b + RATS - TUMOURS), rel=1e-12)
    equal = float(stats.binom.logpmf(TUMOURS, RATS, centre).sum())
    assert found.p_alike == pytest.approx(stats.chi2.sf(2 * (-best.fun - equal), 1) / 2, rel=1e-3)
    assert found.own_weights == pytest.approx(RATS / (RATS + found.precision))


def test_groups_that_differ_by_less_than_chance_are_drawn_to_the_whole() -> None:
    found = shrunken([30, 31, 29, 30], [60, 60, 60, 60])
    assert found.precision == np.inf
    assert found.p_alike == 1
    assert found.rates == pytest.approx(0.5)
    assert (found.own_weights == 0).all()
    # and yet their interval is no point: how far they differ is not known exactly
    assert (found.high - found.low > 0.05).all()


counts = st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), min_size=3, max_size=12)


@settings(max_examples=40, deadline=None)
@given(counts)
def test_a_shrunken_rate_lies_between_the_own_and_the_overall_one(drawn: list[tuple[int, float]]) -> None:
    n = np.array([size for size, _ in drawn])
    k = np.array([round(size * share) for size, share in drawn])
    found = shrunken_rates(k, n)
    if isinstance(found, TooFewGroups):
        assert (n > 0).sum() == found.n < found.needed
        return
    overall = k.sum() / n.sum()
    assert found.centre == overall
    own = np.where(n > 0, k / np.maximum(n, 1), overall)
    assert (found.rates >= np.minimum(own, overall) - 1e-12).all()
    assert (found.rates <= np.maximum(own, overall) + 1e-12).all()
    assert (found.low <= found.high).all()
    assert ((found.low >= 0) & (found.high <= 1)).all()
    apart = shrunken(k[::-1], n[::-1])
    assert apart.rates[::-1] == pytest.approx(found.rates)
    assert apart.low[::-1] == pytest.approx(found.low, abs=1e-5)


@pytest.mark.parametrize(("mean", "precision"), [(0.6, 20.0), (0.3, 5.0), (0.5, np.inf)])
def test_intervals_hold_planted_rates_as_often_as_they_say(mean: float, precision: float) -> None:
    generator = np.random.default_rng(5)
    held, inside, errors, own_errors = [], [], [], []
    for _ in range(30):
        n = generator.integers(3, 80, size=25)
        even = not np.isfinite(precision)
        true = np.full(25, mean) if even else generator.beta(mean * precision, (1 - mean) * precision, size=25)
        k = generator.binomial(n, true)
        found = shrunken(k, n)
        held.append((found.low <= true) & (true <= found.high))
        inside.append((found.low - 1e-5 <= found.rates) & (found.rates <= found.high + 1e-5))
        errors.append((found.rates - true) ** 2)
        own_errors.append((k / n - true) ** 2)
    share = float(np.mean(held))
    # 750 intervals: chance alone moves a true 95 % by 1.6 points; equal rates are held more often, by design
    assert share >= 0.92
    assert share <= (1.0 if not np.isfinite(precision) else 0.98)
    assert np.mean(inside) == 1
    assert np.mean(errors) < 0.9 * np.mean(own_errors)


def test_too_few_groups_and_impossible_counts_are_told() -> None:
    assert shrunken_rates([3, 4, 0], [9, 9, 0]) == TooFewGroups(n=2)
    for k, n in (([3], [2]), ([-1], [2]), ([1, 2], [3])):
        with pytest.raises(ValueError, match="successes"):
            shrunken_rates(k, n)
