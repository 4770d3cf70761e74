"""Factors of published correlation matrices equal published numbers; rotations keep what they must keep."""

from __future__ import annotations

import numpy as np
import pytest
from published_correlations import (
    ABILITY,
    ABILITY_COVARIANCES,
    ABILITY_ROWS,
    PHYSICAL,
    PHYSICAL_ROWS,
    THURSTONE,
    THURSTONE_ROWS,
)
from sklearn.decomposition import FactorAnalysis

from qunxiang.statistics import factors

ability = factors.of_matrix(ABILITY, ABILITY_COVARIANCES, ABILITY_ROWS).matrix


def _worlds() -> np.ndarray:
    """500 people, two correlated factors of four items each."""
    generator = np.random.default_rng(7)
    common = generator.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=500)
    own = np.repeat(common, 4, axis=1) * np.tile([0.8, 0.7, 0.6, 0.75], 2)
    return own + generator.standard_normal((500, 8)) * np.sqrt(1 - np.tile([0.8, 0.7, 0.6, 0.75], 2) ** 2)


def test_maximum_likelihood_equals_the_documentation_of_factanal() -> None:
    # example(ability.cov) in R's datasets: uniquenesses, chi-square and p-value as printed there
    found = factors.extract(ability, 2, "ml")
    assert found.converged
    assert found.uniquenesses == pytest.approx([0.455, 0.589, 0.218, 0.769, 0.052, 0.334], abs=5e-4)
    fit = factors.fit_of(
        ability, found.loadings, found.uniquenesses, ABILITY_ROWS, likelihood=True, discrepancy=found.objective
    )
    assert (fit.chi_square, fit.freedom, fit.p_value) == pytest.approx((6.11, 4, 0.191), abs=5e-3)
    # and the same of the eight physical measures
    girls = factors.extract(PHYSICAL, 2, "ml")
    assert girls.uniquenesses == pytest.approx([0.170, 0.107, 0.166, 0.199, 0.089, 0.364, 0.416, 0.537], abs=6e-4)
    fit = factors.fit_of(
        PHYSICAL, girls.loadings, girls.uniquenesses, PHYSICAL_ROWS, likelihood=True, discrepancy=girls.objective
    )
    assert (fit.chi_square, fit.freedom) == pytest.approx((75.74, 13), abs=5e-3)
    assert fit.rmsea_low is not None
    assert fit.rmsea_low < fit.rmsea < fit.rmsea_high


def test_rotations_equal_published_loadings() -> None:
    # Venables & Ripley (2002), p. 322–324, to the digits of the tests of R's GPArotation
    found = factors.extract(ability, 2, "ml")
    oblimin = factors.rotate(found.loadings, "oblimin", normalise=False)
    expected = [
        [0.386363797, 0.474511398],
        [-0.011003228, 0.645870826],
        [-0.026288868, 0.896112388],
        [-0.018018006, 0.488291894],
        [0.990094871, -0.037072904],
        [0.790566375, 0.052609935],
    ]
    assert oblimin.loadings == pytest.approx(np.array(expected), abs=2e-5)
    # R's varimax stops early (eps 1e-5); ours must be near, and no worse by the criterion both make least
    varimax = factors.rotate(found.loadings, "varimax")
    printed = np.array(
        [
            [0.499438, 0.543449],
            [0.156070, 0.621538],
            [0.205787, 0.859926],
            [0.108531, 0.467761],
            [0.956242, 0.182096],
            [0.784768, 0.224822],
        ]
    )
    assert varimax.loadings == pytest.approx(printed, abs=5e-3)
    assert factors.criterion(varimax.loadings, "varimax") <= factors.criterion(printed, "varimax")
    # example(ability.cov), promax: loadings below .1 are not printed there
    promax = factors.rotate(found.loadings, "promax").loadings
    assert promax[[0, 4, 5], 0] == pytest.approx([0.364, 1.023, 0.811], abs=2e-3)
    assert promax[:4, 1] == pytest.approx([0.470, 0.671, 0.932, 0.508], abs=2e-3)


@pytest.mark.parametrize("rotation", ["varimax", "quartimax", "oblimin", "promax"])
def test_a_rotation_keeps_communalities_and_what_is_reproduced(rotation: factors.RotationName) -> None:
    L = factors.extract(THURSTONE, 3).loadings
    turned = factors.rotate(L, rotation)
    assert turned.converged
    again = turned.loadings @ turned.correlations @ turned.loadings.T
    assert again == pytest.approx(L @ L.T, abs=1e-8)
    assert np.diag(turned.correlations) == pytest.approx(1.0)
    if rotation != "promax":
        assert turned.criterion <= factors.criterion(L, rotation)
    if rotation in ("varimax", "quartimax"):
        assert np.diag(turned.loadings @ turned.loadings.T) == pytest.approx(np.diag(L @ L.T), abs=1e-10)
        assert factors.rotate(turned.loadings, rotation).criterion == pytest.approx(turned.criterion, abs=1e-9)


def test_likelihood_equals_that_of_scikit_learn() -> None:
    X = _worlds()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    ours = factors.extract(factors.pearson(X).matrix, 2, "ml")
    theirs = FactorAnalysis(2, tol=1e-10, max_iter=5000, svd_method="lapack").fit(X)
    sigma = ours.loadings @ ours.loadings.T + np.diag(ours.uniquenesses)
    p = X.shape[1]
    log_density = -0.5 * (
        p * np.log(2 * np.pi) + np.linalg.slogdet(sigma)[1] + np.einsum("ij,jk,ik->i", X, np.linalg.inv(sigma), X)
    )
    assert log_density.mean() == pytest.approx(theirs.score(X), abs=1e-6)
    assert ours.uniquenesses == pytest.approx(theirs.noise_variance_, abs=2e-3)


def test_minres_is_no_worse_than_principal_axis_and_agrees_with_it() -> None:
    least = factors.extract(THURSTONE, 3)
    axes = factors.extract(THURSTONE, 3, "principal_axis")
    assert least.objective <= axes.objective + 1e-9
    # both solve the same equations, so they meet where principal axis converges
    assert least.uniquenesses == pytest.approx(axes.uniquenesses, abs=1e-3)


def test_the_number_of_factors_that_items_carry_is_limited() -> None:
    assert factors.most_factors(6) == 3
    with pytest.raises(ValueError, match="1 to 3 factors, 4 were asked for"):
        factors.extract(ability, 4)


def test_a_heywood_case_is_named() -> None:
    matrix = np.array([[1, 0.9, 0.8, 0.1], [0.9, 1, 0.6, 0.1], [0.8, 0.6, 1, 0.1], [0.1, 0.1, 0.1, 1]])
    found = factors.extract(matrix, 1, "ml")
    assert 0 in found.heywood


def test_adequacy_equals_psych_for_thurstone() -> None:
    # KMO(Thurstone) in the documentation of R's psych
    found = factors.adequacy(THURSTONE, THURSTONE_ROWS)
    assert found.overall == pytest.approx(0.88, abs=5e-3)
    assert found.items == pytest.approx([0.86, 0.86, 0.90, 0.86, 0.88, 0.92, 0.85, 0.93, 0.87], abs=5e-3)
    assert found.freedom == 36
    # no correlation at all: the statistic is zero
    assert factors.adequacy(np.eye(4), 100).chi_square == pytest.approx(0.0)


def test_reliability_equals_psych_for_thurstone() -> None:
    # omega(Thurstone) in the documentation of R's psych: alpha .89, omega hierarchical .74, omega total .93
    assert factors.alpha_of(THURSTONE) == pytest.approx(0.89, abs=5e-3)
    found = factors.omega(THURSTONE, 3)
    assert (found.total, found.hierarchical) == pytest.approx((0.93, 0.74), abs=5e-3)
    assert found.general == pytest.approx([0.71, 0.73, 0.68, 0.65, 0.62, 0.56, 0.59, 0.58, 0.54], abs=6e-3)


def test_alpha_of_parallel_halves_is_spearman_browns() -> None:
    found = factors.alpha(np.array([[1, 0.6], [0.6, 1]]), 100)
    assert found.alpha == pytest.approx(2 * 0.6 / 1.6)
    assert found.low < found.alpha < found.high
    assert found.item_total == pytest.approx([0.6, 0.6])
    assert np.isnan(found.if_dropped).all()


def test_the_interval_of_alpha_covers() -> None:
    truth = factors.alpha_of(0.4 + 0.6 * np.eye(5))
    generator = np.random.default_rng(11)
    hits = 0
    for _ in range(300):
        X = np.sqrt(0.4) * generator.standard_normal((120, 1)) + np.sqrt(0.6) * generator.standard_normal((120, 5))
        found = factors.alpha(np.cov(X.T), 120)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 300 <= 0.98


def test_a_dropped_item_that_does_not_belong_raises_alpha() -> None:
    matrix = np.full((5, 5), 0.5) + 0.5 * np.eye(5)
    matrix[4, :4] = matrix[:4, 4] = 0.0
    found = factors.alpha(matrix, 200)
    assert int(np.argmax(found.if_dropped)) == 4
    assert found.if_dropped[4] == pytest.approx(factors.alpha_of(matrix[:4, :4]))


def test_parallel_analysis_and_average_partials_find_planted_factors() -> None:
    X = _worlds()
    R = factors.pearson(X)
    components, reduced = factors.parallel_analysis(X, n_draws=30, seed=3, observed=R)
    assert (components.n_factors, reduced.n_factors) == (2, 2)
    assert factors.average_partials(R.matrix).n_factors == 2
    noise = [np.random.default_rng(seed).standard_normal((300, 8)) for seed in range(20)]
    found = [factors.parallel_analysis(each, n_draws=30, seed=3)[0].n_factors for each in noise]
    assert found.count(0) >= 16
    again = factors.parallel_analysis(X, n_draws=30, seed=3, observed=R)[0]
    assert np.array_equal(again.chance, components.chance)


def test_average_partials_by_hand() -> None:
    # without components: the average squared correlation; Thurstone's nine tests have three factors
    found = factors.average_partials(THURSTONE)
    off = THURSTONE[~np.eye(9, dtype=bool)]
    assert found.squared[0] == pytest.approx((off**2).mean())
    assert found.n_factors == 3


def test_scores() -> None:
    X = _worlds()
    R = factors.pearson(X)
    found = factors.extract(R.matrix, 2, "ml")
    turned = factors.rotate(found.loadings, "oblimin")
    members = np.where(np.abs(turned.loadings) > 0.4, 1.0, 0.0)

    def scoring(method: factors.ScoreMethod) -> factors.Scoring:
        return factors.Scoring(
            method,
            X.mean(axis=0),
            X.std(axis=0),
            X.min(axis=0),
            X.max(axis=0),
            turned.loadings,
            turned.correlations,
            found.uniquenesses,
            members,
        )

    regression = scoring("regression")
    weights = np.linalg.inv(R.matrix) @ turned.loadings @ turned.correlations
    # the textbook form with the fitted correlations in place of R
    sigma = turned.loadings @ turned.correlations @ turned.loadings.T + np.diag(found.uniquenesses)
    textbook = np.linalg.inv(sigma) @ turned.loadings @ turned.correlations
    assert regression.weights(np.ones(8, dtype=bool)) == pytest.approx(textbook, abs=1e-8)
    assert regression.weights(np.ones(8, dtype=bool)) == pytest.approx(weights, abs=0.05)
    # Bartlett's weights give back a factor exactly when nothing is unique
    assert scoring("bartlett").weights(np.ones(8, dtype=bool)).T @ turned.loadings == pytest.approx(np.eye(2), abs=1e-8)
    gaps = X.copy()
    gaps[0, 0] = np.nan
    gaps[1, :4] = np.nan
    scores = regression.apply(gaps)
    own = int(np.argmax(members[0]))
    assert np.isfinite(scores[0]).all()
    assert np.isnan(scores[1, own])
    assert np.isfinite(scores[1, 1 - own])
    assert scores[2:] == pytest.approx(regression.apply(X)[2:])
    assert scores[0, own] == pytest.approx(regression.apply(X)[0, own], abs=0.8)


def test_means_turn_reversed_items_round() -> None:
    ones = np.ones(2)
    scoring = factors.Scoring(
        "mean", ones, ones, ones, 5 * ones, np.ones((2, 1)), np.eye(1), ones, np.array([[1.0], [-1.0]])
    )
    assert scoring.apply([[5, 1], [1, 5], [4, np.nan]])[:, 0] == pytest.approx([5, 1, 4])
