"""Correlations of items: polychoric recovers what lies behind ordered answers, weights count as rows do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from qunxiang.statistics import factors
from qunxiang.statistics.factors.bivariate import bivariate_cdf
from qunxiang.statistics.factors.correlation import smooth


def _ordinal(rho: float, n_rows: int, seed: int) -> np.ndarray:
    z = np.random.default_rng(seed).multivariate_normal([0, 0], [[1, rho], [rho, 1]], n_rows)
    return np.column_stack([np.digitize(z[:, 0], [-0.8, 0.2, 1.0]), np.digitize(z[:, 1], [-0.3, 0.6])]).astype(float)


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.5, 0.99])
def test_bivariate_normal_equals_scipy(rho: float) -> None:
    points = np.array([-2.0, -0.7, 0.0, 0.4, 1.5])
    ours = bivariate_cdf(points[:, None], points[None, :], np.array(rho))
    exact = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]], allow_singular=True)
    theirs = [[exact.cdf([h, k]) for k in points] for h in points]
    assert ours == pytest.approx(np.array(theirs), abs=1e-6)


def test_two_halves_have_the_closed_form() -> None:
    # both cut at the median: P(+,+) = 1/4 + asin(rho) / 2π (Sheppard 1899)
    X = np.repeat([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]], [40, 40, 10, 10], axis=0)
    assert factors.polychoric(X).matrix[0, 1] == pytest.approx(np.sin(2 * np.pi * (0.4 - 0.25)), abs=1e-6)


def test_the_maximum_is_the_one_of_a_plain_search() -> None:
    X = _ordinal(0.6, 400, 1)
    counts = np.array([[((X[:, 0] == i) & (X[:, 1] == j)).sum() for j in range(3)] for i in range(4)])
    a = stats.norm.ppf(np.concatenate([[1e-15], np.cumsum(counts.sum(1))[:-1] / 400, [1 - 1e-15]]))
    b = stats.norm.ppf(np.concatenate([[1e-15], np.cumsum(counts.sum(0))[:-1] / 400, [1 - 1e-15]]))

    def minus_likelihood(rho: float) -> float:
        both = bivariate_cdf(a[:, None], b[None, :], np.array(rho))
        return -float((counts * np.log(np.diff(np.diff(both, axis=0), axis=1))).sum())

    plain = optimize.minimize_scalar(minus_likelihood, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-9})
    assert factors.polychoric(X).matrix[0, 1] == pytest.approx(plain.x, abs=1e-5)


@pytest.mark.parametrize(("rho", "seeds"), [(0.5, 300), (0.0, 300), (-0.8, 200)])
def test_polychoric_recovers_the_correlation_behind_answers(rho: float, seeds: int) -> None:
    found = [factors.polychoric(_ordinal(rho, 300, seed)) for seed in range(seeds)]
    estimates = np.array([each.matrix[0, 1] for each in found])
    errors = np.array([each.standard_errors[0, 1] for each in found])
    assert estimates.mean() == pytest.approx(rho, abs=0.015)
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.15)
    covered = np.mean([low <= rho <= high for low, high in (each.interval(0, 1) for each in found)])
    assert 0.91 <= covered <= 0.98


def test_weights_give_the_same_as_repeated_rows() -> None:
    X = _ordinal(0.4, 60, 2)
    X[3, 0] = np.nan
    times = np.random.default_rng(0).integers(1, 4, size=60)
    for correlate in (factors.pearson, factors.polychoric):
        weighted = correlate(X, None, times)
        repeated = correlate(np.repeat(X, times, axis=0))
        assert weighted.matrix == pytest.approx(repeated.matrix, abs=1e-6)


def test_pearson_equals_numpy_and_uses_pairs() -> None:
    X = np.random.default_rng(3).standard_normal((50, 3))
    assert factors.pearson(X).matrix == pytest.approx(np.corrcoef(X.T))
    X[:5, 0] = np.nan
    found = factors.pearson(X)
    assert found.matrix[0, 1] == pytest.approx(np.corrcoef(X[5:, 0], X[5:, 1])[0, 1])
    assert found.n_pairs[0, 1] == 45
    assert found.n_pairs[1, 2] == 50


def test_an_impossible_matrix_is_smoothed_and_says_by_how_much() -> None:
    bad = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    good, moved = smooth(bad)
    assert np.linalg.eigvalsh(good)[0] > 0
    assert np.diag(good) == pytest.approx(1)
    assert moved == pytest.approx(np.abs(good - bad).max())
    assert smooth(np.eye(3))[1] is None


def test_what_has_no_correlation_is_refused() -> None:
    with pytest.raises(ValueError, match="without any difference"):
        factors.pearson([[1, 2], [1, 3], [1, 4]], ["same", "other"])
    with pytest.raises(ValueError, match="1 different answers"):
        factors.polychoric([[1, 2], [1, 3], [1, 4]], ["same", "other"])
    with pytest.raises(ValueError, match="no row answers both a and b"):
        factors.pearson([[1, np.nan], [2, np.nan], [np.nan, 1], [np.nan, 2]], ["a", "b"])
