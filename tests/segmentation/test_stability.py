import numpy as np
import pytest
import worlds
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from qunxiang.segmentation import (
    KMeansSegments,
    gorge,
    segment_stability,
    shadow_values,
    stability,
    stability_across_solutions,
)


def test_agreement_on_noise_is_the_published_one_when_each_sample_is_searched_once():
    """Dolnicar & Leisch (2010) by scikit-learn: samples, starts and index of its own; published mean .15 to .27."""
    X = worlds.bernoulli_noise(0)
    rng = np.random.default_rng(0)

    def labels(k):
        sample = X[rng.integers(0, len(X), len(X))]
        seed = int(rng.integers(1 << 31))
        return KMeans(k, n_init=1, init="random", algorithm="lloyd", random_state=seed).fit(sample).predict(X)

    with threadpool_limits(1):
        theirs = np.mean([adjusted_rand_score(labels(k), labels(k)) for k in (4, 6, 8) for _ in range(20)])
    ours = np.mean(list(stability(X, ks=(4, 6, 8), n_pairs=20, n_restarts=1).mean_ari.values()))
    assert 0.15 <= theirs <= 0.27
    assert 0.15 <= ours <= 0.27
    assert ours == pytest.approx(theirs, abs=0.05)


@pytest.fixture(scope="module")
def groups():
    return worlds.three_groups(0)


def test_findings_have_their_shapes_and_say_what_was_used(groups):
    X = groups.copy()
    X[:5, 0] = np.nan
    seen = []
    found = stability(X, ks=[2, 3], n_pairs=4, n_restarts=3, max_rows=400, progress=seen.append)
    assert {k: v.shape for k, v in found.global_ari.items()} == {2: (4,), 3: (4,)}
    assert (found.n_rows, found.n_incomplete, found.n_used, found.is_sample) == (900, 5, 400, True)
    assert set(found.best_share) == set(found.smallest_share) == set(found.separation) == {2, 3}
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert "recommended_k=3" in repr(found)


def test_same_seed_same_finding_whatever_the_order_of_rows(groups):
    order = np.random.default_rng(0).permutation(len(groups))
    first, second = (stability(X, ks=[2, 4], n_pairs=3, n_restarts=2) for X in (groups, groups[order]))
    for k in (2, 4):
        np.testing.assert_array_equal(first.global_ari[k], second.global_ari[k])
    assert first.separation == second.separation


def test_agreement_of_equal_rows_counts_rows_not_kinds():
    # Two answers, 90 and 10 rows: two segments are found again whenever both answers are drawn.
    X = np.repeat([[0.0], [1.0]], [90, 10], axis=0)
    assert stability(X, ks=[2], n_pairs=5, n_restarts=2).global_ari[2].tolist() == [1] * 5


def test_segments_that_are_there_always_come_back(groups):
    model = KMeansSegments(3).fit(groups)
    found = segment_stability(groups, model.labels_, n_pairs=5, n_restarts=5)
    assert found.shape == (5, 3)
    assert found.min() > 0.97


def test_half_of_a_group_does_not_come_back(groups):
    labels = KMeansSegments(3).fit(groups).labels_.copy()
    first = np.flatnonzero(labels == 0)
    labels[first[: len(first) // 2]] = 3
    found = segment_stability(groups, labels, n_pairs=6, n_restarts=5).mean(axis=0)
    assert found[[1, 2]].min() > found[[0, 3]].max()


def test_stability_across_solutions_by_hand():
    two = [0, 0, 0, 0, 1, 1, 1, 1]
    three = [2, 2, 0, 0, 0, 0, 1, 1]  # 2: from old 0; 1: from old 1; 0: half and half
    found = stability_across_solutions([two, three])
    # The mixed segment overlaps either old one by two rows, as the pure ones do.
    assert sorted(found.stability[0].round(12).tolist()) == [0, 1, 1]
    assert found.flows[0].sum() == 8
    assert set(found.labels[1].tolist()) == {0, 1, 2}


def test_segments_that_go_on_keep_their_number():
    two, three = [0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 2]
    found = stability_across_solutions([two, three])
    assert found.labels[1].tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert found.flows[0].tolist() == [[3, 0, 0], [0, 3, 1]]


def test_shadow_and_gorge_by_hand():
    centers = [[0.0], [4.0]]
    assert shadow_values([[0.0], [1.0], [2.0]], centers).tolist() == [0, 0.5, 1]
    np.testing.assert_allclose(gorge([[1.0]], centers), [[1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))]])


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="at least 2"):
        stability(np.eye(4), ks=[1, 2])
    with pytest.raises(ValueError, match="n_pairs"):
        stability(np.eye(4), ks=[2], n_pairs=0)
