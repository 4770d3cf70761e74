"""Verdicts on data whose kind is known: a few seeds always, twenty with `-m full`."""

from collections import Counter

import numpy as np
import pytest
import worlds

from qunxiang.segmentation import stability
from qunxiang.segmentation.verdict import Gap, judge, recommend, spread_ties


def quick(X, **options):
    return stability(X, n_pairs=12, n_restarts=5, **options)


def test_noise_is_constructive():
    found = quick(worlds.bernoulli_noise(0))
    assert found.verdict == "constructive"
    assert "管理决策" in found.reason("zh")


def test_three_groups_six_deviations_apart_are_natural():
    found = quick(worlds.three_groups(0), ks=range(2, 6))
    assert (found.verdict, found.recommended_k) == ("natural", 3)
    assert found.separation[3] > 0.9


def test_one_long_gaussian_is_reproducible():
    assert quick(worlds.elongated(0), ks=[2, 3]).verdict == "reproducible"


def test_one_even_question_is_reproducible_not_natural():
    found = quick(worlds.one_question(0), ks=[2, 3, 4])
    assert (found.verdict, found.recommended_k) == ("reproducible", 2)


def test_independent_skewed_columns_are_not_natural():
    assert quick(worlds.log_normals(0), ks=[2, 3, 4]).verdict != "natural"


def test_spread_ties_fills_steps_and_leaves_single_values():
    X = np.column_stack([np.repeat([0.0, 1.0], 500), np.linspace(0, 1, 1000)])
    spread = spread_ties(X, np.random.default_rng(0))
    assert np.array_equal(spread[:, 1], X[:, 1])
    assert (spread[:, 0].min(), spread[:, 0].max()) == pytest.approx((-0.5, 1.5), abs=0.02)
    assert np.array_equal(spread[:, 0] > 0.5, X[:, 0] == 1)


def test_choice_prefers_most_segments_that_are_separate():
    agreement = {2: 1.0, 3: 0.95, 4: 0.85, 5: 0.5}
    assert recommend(agreement, {2: True, 3: True, 4: False, 5: True}) == 3
    assert recommend(agreement, dict.fromkeys(agreement, False)) == 2
    assert recommend({2: 0.93, 3: 0.92}, {2: False, 3: False}) == 3


@pytest.mark.parametrize(
    ("agreement", "p_value", "verdict"),
    [(0.79, 0.001, "constructive"), (0.95, 0.5, "reproducible"), (0.95, 0.001, "natural")],
)
def test_verdict_needs_agreement_first_and_a_sure_gap_second(agreement, p_value, verdict):
    assert judge(3, agreement, 0.2, Gap((0, 1), 0.6, p_value, 300)).verdict == verdict


@pytest.mark.full
@pytest.mark.parametrize(
    ("world", "allowed", "least"),
    [
        (worlds.bernoulli_noise, {"constructive"}, 19),
        (worlds.elongated, {"reproducible"}, 18),
        (worlds.log_normals, {"constructive", "reproducible"}, 19),
        (worlds.three_groups, {"natural"}, 20),
        (worlds.one_question, {"reproducible"}, 19),
    ],
)
def test_verdicts_over_twenty_seeds(world, allowed, least):
    verdicts = Counter(stability(world(seed), n_pairs=40).verdict for seed in range(20))
    assert sum(verdicts[v] for v in allowed) >= least, verdicts


@pytest.mark.full
@pytest.mark.parametrize("world", [worlds.planted, worlds.planted_near])
@pytest.mark.parametrize("n_groups", range(2, 7))
def test_number_of_planted_groups_over_twenty_seeds(world, n_groups):
    chosen = Counter(stability(world(seed, n_groups), n_pairs=20).recommended_k for seed in range(20))
    assert chosen[n_groups] >= 18, chosen
