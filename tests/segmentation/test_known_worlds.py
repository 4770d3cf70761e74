"""The recorded worlds are those that the procedure finds today, and a solution is placed among them."""

import numpy as np
import pytest
import worlds

from qunxiang.segmentation import known_worlds, stability, verdict
from qunxiang.segmentation.known_worlds import WORLDS, as_deep_as, groups

DRAWN = {"elongated": worlds.elongated, "noise": worlds.bernoulli_noise}


def test_the_record_is_of_the_procedure_in_use():
    assert known_worlds.PROCEDURE == verdict.PROCEDURE
    assert [sum(w.verdicts) for w in WORLDS] == [known_worlds.N_SEEDS] * len(WORLDS)
    assert {w.kind for w in WORLDS} == {"groups", "elongated", "noise"}


@pytest.mark.parametrize(
    "world", [w for w in WORLDS if w.apart in (None, 2.5, 4.0)], ids=lambda w: f"{w.kind}{w.apart}"
)
def test_a_new_draw_falls_among_the_recorded_ones(world):
    seed = known_worlds.N_SEEDS + 5  # none of the recorded
    X = worlds.three_groups(seed, world.apart) if world.apart else DRAWN[world.kind](seed)
    found = stability(X, n_pairs=12, n_restarts=5)
    low, high = world.agreement[1:]
    assert low - 0.15 <= found.mean_ari[found.recommended_k] <= high + 0.15
    low, high = world.depth[1:]
    assert low - 0.15 <= found.separation[found.recommended_k] <= high + 0.15
    assert world.verdicts[("natural", "reproducible", "constructive").index(found.verdict)] > 0


def test_the_verdict_fades_as_groups_come_closer():
    known = groups()
    assert [w.apart for w in known] == sorted(w.apart for w in known)
    assert known[-1].verdicts == (20, 0, 0)
    assert known[0].verdicts[0] == 0
    agreement = [w.agreement[0] for w in known]
    assert np.all(np.diff(agreement) > -0.05)


def test_a_depth_is_placed_between_the_distances_tried():
    known = groups()
    assert as_deep_as(1.0) == known[-1].apart
    assert as_deep_as(0.0) is None
    assert as_deep_as(known[-3].depth[0]) == pytest.approx(known[-3].apart)
    between = as_deep_as((known[-3].depth[0] + known[-4].depth[0]) / 2)
    assert between == pytest.approx((known[-3].apart + known[-4].apart) / 2)


@pytest.mark.parametrize(
    ("kind", "agreement", "depth", "says"),
    [
        ("natural", 0.97, 0.64, "0.17 to spare"),
        ("reproducible", 0.91, 0.07, "it is 7.0%"),
        ("reproducible", 0.91, 0.45, "too few customers"),
        ("constructive", 0.42, 0.0, "0.38 short"),
    ],
)
def test_the_verdict_says_how_far_the_next_one_is(kind, agreement, depth, says):
    said = verdict.nearness(kind, agreement, depth)
    assert says in said("en")
    assert "离别的判定有多远" in said("zh")
