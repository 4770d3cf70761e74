"""Scales of planted factors: the number, the items, reliability, weights, cautions."""

from __future__ import annotations

import numpy as np
import pytest

from qunxiang.scales import Item, ScaleChoices, fit_scale, suggested_name

ITEMS = [Item(f"q{i}", f"Statement number {i}") for i in range(1, 9)]


def _answers(n_people: int = 400, seed: int = 1) -> np.ndarray:
    """Five-point answers: q1–q4 on one factor with q4 reversed, q5–q8 on another, some unknown."""
    generator = np.random.default_rng(seed)
    common = generator.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], size=n_people)
    signs = np.array([1, 1, 1, -1, 1, 1, 1, 1])
    latent = np.repeat(common, 4, axis=1) * 0.75 * signs + generator.standard_normal((n_people, 8)) * 0.66
    answers = np.digitize(latent, [-1.2, -0.4, 0.4, 1.2]) + 1.0
    answers[generator.random(answers.shape) < 0.03] = np.nan
    return answers


@pytest.fixture(scope="module")
def fitted():
    return fit_scale(ITEMS, _answers(), ScaleChoices(n_draws=20))


def test_two_planted_factors_are_found_with_their_items(fitted) -> None:
    assert fitted.n_factors == 2
    groups = sorted(group.places for group in fitted.groups)
    assert groups == [(0, 1, 2, 3), (4, 5, 6, 7)]
    with_reversed = next(group for group in fitted.groups if 3 in group.places)
    # one item runs against the other three
    assert abs(sum(with_reversed.signs)) == 2
    assert all(group.alpha.alpha > 0.75 for group in fitted.groups)
    assert abs(fitted.rotation.correlations[0, 1]) == pytest.approx(0.3, abs=0.12)
    assert fitted.communalities == pytest.approx(np.full(8, 0.5625), abs=0.12)
    assert fitted.communalities + fitted.extraction.uniquenesses == pytest.approx(np.ones(8), abs=1e-3)
    assert fitted.homeless == ()
    assert fitted.omega.hierarchical < fitted.omega.total


def test_scores_follow_the_answers(fitted) -> None:
    scores = fitted.scoring.apply(_answers())
    second = next(j for j, group in enumerate(fitted.groups) if 4 in group.places)
    sums = np.nanmean(_answers()[:, 4:], axis=1)
    known = ~np.isnan(scores[:, second]) & ~np.isnan(sums)
    assert np.corrcoef(scores[known, second], sums[known])[0, 1] > 0.95


def test_weights_count_like_rows() -> None:
    X = _answers(120)
    times = np.random.default_rng(3).integers(1, 4, size=120)
    choices = ScaleChoices(n_factors=2, kind="pearson", n_draws=5)
    weighted = fit_scale(ITEMS, X, choices, times)
    repeated = fit_scale(ITEMS, np.repeat(X, times, axis=0), choices)
    assert np.abs(weighted.rotation.loadings) == pytest.approx(np.abs(repeated.rotation.loadings), abs=1e-4)
    assert weighted.scoring.means == pytest.approx(repeated.scoring.means)
    # weights make no new people
    assert weighted.correlations.n_effective < 120 < repeated.correlations.n_effective


def test_fit_indices_only_where_theory_holds() -> None:
    ml = fit_scale(ITEMS, _answers(200), ScaleChoices(kind="pearson", method="ml", n_factors=2, n_draws=5))
    assert ml.fit.rmsea is not None
    assert ml.fit.p_value > 0.001
    polychoric = fit_scale(ITEMS, _answers(200), ScaleChoices(method="ml", n_factors=2, n_draws=5))
    assert polychoric.fit.rmsea is None
    assert polychoric.fit.rmsr < 0.06


def test_cautions() -> None:
    generator = np.random.default_rng(2)
    noise = generator.integers(1, 6, size=(35, 8)).astype(float)
    found = fit_scale(ITEMS, noise, ScaleChoices(kind="pearson", n_factors=2, n_draws=5))
    assert {"few_rows", "kmo_low"} <= set(found.cautions)
    with pytest.raises(ValueError, match="at least 30 people with answers, there are 10"):
        fit_scale(ITEMS, noise[:10])
    with pytest.raises(ValueError, match="at least three items"):
        fit_scale(ITEMS[:2], noise[:, :2])


def test_names_come_from_the_items_that_load_highest() -> None:
    name = suggested_name(["Works out often?", "Cries", "Asks a friend for advice"], [0.4, -0.8, 0.7])
    assert name.en == "reversed: Cries, Asks a friend for advice"
    assert name.zh == "反向：Cries、Asks a friend for advice"
    assert suggested_name(["很" * 60], [0.9]).zh == "很" * 39 + "…"
