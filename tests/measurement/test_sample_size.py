"""Sizes of groups against published values, and against the power that simulated tests have."""

import numpy as np
import pytest
from scipy import stats

from qunxiang.measurement import sample_size


@pytest.mark.parametrize(
    ("formula", "per_group"),
    # the product's reference file: 10 % against 12 %, alpha .05 two-sided, power .8
    [(None, 3834.60), ("arcsine", 3834.60), ("pooled", 3840.85), ("unpooled", 3838.10)],
)
def test_shares_have_the_reference_sizes(formula, per_group):
    assert sample_size(0.10, 0.12, formula=formula) == pytest.approx(per_group, abs=0.01)
    assert sample_size(0.12, 0.10, formula=formula) == pytest.approx(per_group, abs=0.01)


@pytest.mark.parametrize(
    ("effect", "power", "per_group"),
    # Cohen (1988), table 2.4.1, two-sided alpha .05
    [(0.2, 0.8, 393), (0.5, 0.8, 64), (0.8, 0.8, 26), (0.5, 0.9, 85), (0.2, 0.95, 651), (1.0, 0.9, 22)],
)
def test_means_have_the_sizes_of_cohens_table(effect, power, per_group):
    found = sample_size(100.0, 100 + effect * 15, sd=15, power=power)
    assert abs(found - per_group) < 1.0
    assert sample_size(0, effect, sd=1, power=power, formula="normal") < found


def test_means_have_the_sizes_of_statsmodels():
    # TTestIndPower().solve_power(0.5, alpha=.05, power=.8), documented as 63.765610587854085
    assert sample_size(0, 0.5, sd=1) == pytest.approx(63.76561, abs=1e-4)
    # normal: 2 (1.959964 + .841621)² / .25
    assert sample_size(0, 0.5, sd=1, formula="normal") == pytest.approx(62.79104, abs=1e-4)


@pytest.mark.parametrize("ratio", [1.0, 0.25, 4.0])
def test_students_test_has_the_power_asked_for(ratio):
    first = round(sample_size(0, 0.6, sd=1, ratio=ratio))
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(20_000, first)), rng.normal(0.6, size=(20_000, round(first * ratio)))
    found = stats.ttest_ind(a, b, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("formula", ["arcsine", "pooled", "unpooled"])
@pytest.mark.parametrize("ratio", [1.0, 0.25])
def test_the_test_of_shares_has_the_power_asked_for(formula, ratio):
    first = round(sample_size(0.10, 0.14, ratio=ratio, formula=formula))
    second = round(first * ratio)
    rng = np.random.default_rng(3)
    a, b = rng.binomial(first, 0.10, 40_000), rng.binomial(second, 0.14, 40_000)
    one, other = a / first, b / second
    pooled = (a + b) / (first + second)
    variance = {
        "arcsine": 1 / first + 1 / second,
        "pooled": pooled * (1 - pooled) * (1 / first + 1 / second),
        "unpooled": one * (1 - one) / first + other * (1 - other) / second,
    }[formula]
    off = 2 * np.arcsin(np.sqrt(other)) - 2 * np.arcsin(np.sqrt(one)) if formula == "arcsine" else other - one
    assert np.mean(np.abs(off) / np.sqrt(variance) > 1.959964) == pytest.approx(0.8, abs=0.02)


def test_large_and_tiny_sizes_can_be_told():
    assert sample_size(0, 0.001, sd=1) == pytest.approx(2 * (2.8015852 / 0.001) ** 2, rel=1e-6)
    assert 1 < sample_size(0, 50, sd=1) < 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"base": 0.1, "expected": 0.1}, "both 0.1"),
        ({"base": 10, "expected": 12}, "give sd"),
        ({"base": 0.1, "expected": 0.2, "power": 1.0}, "power"),
        ({"base": 0.1, "expected": 0.2, "formula": "t"}, "arcsine, pooled, unpooled for shares"),
        ({"base": 1, "expected": 2, "sd": 0}, "sd must"),
        ({"base": 0.1, "expected": 0.2, "ratio": 0}, "ratio"),
        ({"base": float("nan"), "expected": 0.2}, "finite"),
    ],
)
def test_what_has_no_answer_is_refused(arguments, told):
    with pytest.raises(ValueError, match=told):
        sample_size(**arguments)
