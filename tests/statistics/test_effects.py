import numpy as np
import pytest

from qunxiang.statistics import TooFewRows, benjamini_hochberg, cliffs_delta, cohen_d, cohen_h, cramers_v, hedges_g


def sample(mean, sd, n):
    """Values with exactly this mean and standard deviation."""
    x = np.random.default_rng(0).normal(size=n)
    return mean + sd * (x - x.mean()) / x.std(ddof=1)


def test_d_and_g_of_the_published_example():
    # Borenstein et al. (2009), Introduction to Meta-Analysis, chapter 4: means 103 and 100, sd 5.5 and 4.5, n 50 each.
    a, b = sample(103, 5.5, 50), sample(100, 4.5, 50)
    assert cohen_d(a, b).estimate == pytest.approx(0.5970, abs=1e-4)
    g = hedges_g(a, b)
    assert g.estimate == pytest.approx(0.5924, abs=1e-4)
    assert ((g.high - g.low) / 2 / 1.959964) ** 2 == pytest.approx(0.0411, abs=1e-4)


def test_h_of_cohens_table():
    # Cohen (1988), table 6.2.2: phi(.50) = 1.571, phi(.30) = 1.159
    found = cohen_h(0.5, 50, 0.3, 50)
    assert found.estimate == pytest.approx(1.571 - 1.159, abs=1e-3)
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * 0.2, abs=1e-6)


def test_cliffs_delta_equals_the_count_over_all_pairs():
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 6, 40).astype(float), rng.integers(1, 7, 55).astype(float)
    direct = np.sign(a[:, None] - b[None, :]).mean()
    found = cliffs_delta(a, b)
    assert found.estimate == pytest.approx(direct)
    assert -1 <= found.low < direct < found.high <= 1


def test_cliffs_interval_covers():
    rng = np.random.default_rng(5)
    true = 0.5205  # P(X > Y) - P(X < Y) for normals one standard deviation apart: 2 * Phi(1 / sqrt(2)) - 1
    hits = sum(
        found.low <= true <= found.high
        for found in (cliffs_delta(rng.normal(1, 1, 40), rng.normal(0, 1, 40)) for _ in range(200))
    )
    assert 180 <= hits <= 199


def test_complete_dominance_has_an_interval_of_some_width():
    found = cliffs_delta([5, 6, 7, 8, 9, 10, 11, 12], [1, 2, 3, 4, 0, 1, 2, 3])
    assert (found.estimate, found.high) == (1, 1)
    assert found.low < 1


def test_cramers_v_by_hand():
    # chi-square of [[10, 20], [30, 40]] is .79365, n 100
    assert cramers_v([[10, 20], [30, 40]]) == pytest.approx((0.79365 / 100) ** 0.5, abs=1e-5)
    assert cramers_v([[5, 0], [0, 5]]) == pytest.approx(1)
    assert cramers_v([[10, 20], [30, 40]], corrected=True) == 0


@pytest.mark.parametrize(
    "found",
    [
        hedges_g([1], [1, 2]),
        hedges_g([2, 2], [3, 3]),
        cohen_h(0, 0, 0.5, 3),
        cliffs_delta([1], [2]),
        cramers_v([[3, 4]]),
    ],
)
def test_too_few_rows_are_said(found):
    assert isinstance(found, TooFewRows)


def test_adjusted_p_values_of_the_published_example():
    # Benjamini & Hochberg (1995), section 3.2: 15 p-values, the first four are discoveries at .05.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    adjusted = benjamini_hochberg([*p, np.nan])
    assert (adjusted[:15] <= 0.05).sum() == 4
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)
    assert np.isnan(adjusted[15])
