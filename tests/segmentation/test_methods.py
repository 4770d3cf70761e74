"""What all methods share: weights, stability, and the definitions on an example computed by hand."""

import json

import answers
import numpy as np
import pytest
import worlds

from qunxiang.segmentation import Bagged, Hierarchical, KMeans, KMeansSegments, Mixture, stability
from qunxiang.segmentation.verdict import gaps
from qunxiang.statistics import adjusted_rand_index

GROUPS = worlds.three_groups(3)[:200]
METHODS = {
    "kmeans": (KMeans(), GROUPS),
    "mixture": (Mixture(covariance="full"), GROUPS),
    "latent_class": (Mixture(levels=(3,) * 6), answers.missing_answers()[0][:200]),
    "mixed": (Mixture(levels=(0, 0, 2)), np.column_stack([GROUPS, GROUPS[:, 0] > 3])),
    "hierarchical": (Hierarchical(), GROUPS),
    "bagged": (Bagged(), GROUPS),
}
by_method = pytest.mark.parametrize("name", METHODS)


@by_method
def test_a_weight_is_so_many_equal_rows_for_every_method(name):
    method, X = METHODS[name]
    weights = np.random.default_rng(3).integers(1, 5, len(X))
    weighted = method.fit(X, 3, weights.astype(float), n_restarts=30)
    repeated = method.fit(np.repeat(X, weights, axis=0), 3, n_restarts=30)
    # bagged clustering draws its own samples, from the same distribution: the same segments, other base centres
    assert adjusted_rand_index(np.repeat(weighted.labels_, weights), repeated.labels_) > 0.99
    np.testing.assert_allclose(weighted.centers_, repeated.centers_, atol=2e-3 if name != "bagged" else 0.1)
    if weighted.likelihood_ is not None:
        assert weighted.likelihood_.bic == pytest.approx(repeated.likelihood_.bic, abs=0.02)


@by_method
def test_what_is_fitted_assigns_rows_and_is_plain_json(name):
    method, X = METHODS[name]
    fitted = method.fit(X, 3, n_restarts=10)
    assert np.array_equal(fitted.predict(X), fitted.labels_)
    assert int(fitted.predict(X[7:8])[0]) == fitted.labels_[7]
    assert fitted.sizes_.tolist() == np.bincount(fitted.labels_, minlength=3).tolist()
    assert json.loads(json.dumps(fitted.frozen())) == fitted.frozen()
    assert method.fit(X, 3, n_restarts=10).frozen() == fitted.frozen()


@by_method
def test_stability_is_measured_for_every_method(name):
    method, X = METHODS[name]
    found = stability(X, ks=[2, 3], n_pairs=3, n_restarts=3, method=method)
    assert {k: v.shape for k, v in found.segment_jaccard.items()} == {2: (3, 2), 3: (3, 3)}
    assert found.across.stability[0].shape == (3,)
    assert set(found.likelihood) == ({1, 2, 3} if ("m" in name and name != "kmeans") or "latent" in name else set())
    if name != "latent_class":
        assert (found.recommended_k, found.verdict) == (3, "natural")
        assert found.segment_jaccard[3].min() > 0.9


class _Told:
    """A method whose solution and samples are given."""

    criterion = "agreement"

    def usable(self, X):
        return np.ones(len(X), dtype=bool)

    def fit(self, X, k, weights=None, *, seed=0, n_restarts=50):
        model = KMeansSegments(k, n_restarts=5).fit(X, weights)
        assert model.labels_.tolist() == [0, 0, 0, 1, 1, 1]
        return model

    def resampling(self, X, weights, n_restarts, solutions):
        return self

    values = np.array([[0.0], [1], [2], [10], [11], [12]])
    counts = np.ones(6)

    def pair(self, ks, seeds, number):
        return {k: (np.array([0, 0, 1, 1, 1, 1]), np.array([0, 0, 0, 1, 1, 1])) for k in ks}


def test_agreement_and_stability_of_segments_by_hand():
    found = stability(_Told.values, ks=[2], n_pairs=2, method=_Told())
    # counts 2 0 / 1 3: 4 pairs together, 7 and 6 in the margins, 7 × 6 / 15 expected
    assert found.global_ari[2].tolist() == pytest.approx([(4 - 2.8) / (6.5 - 2.8)] * 2)
    # {0 1 2} against {0 1}: 2/3, against itself: 1; {3 4 5} against {2 3 4 5}: 3/4, against itself: 1
    assert found.segment_jaccard[2].tolist() == [pytest.approx([5 / 6, 7 / 8])] * 2


def test_weights_count_in_stability():
    X, counts = answers.carcinoma()
    weighted = stability(X, ks=[2], n_pairs=4, n_restarts=3, weights=counts)
    repeated = stability(np.repeat(X, counts.astype(int), axis=0), ks=[2], n_pairs=4, n_restarts=3)
    np.testing.assert_array_equal(weighted.global_ari[2], repeated.global_ari[2])
    np.testing.assert_array_equal(weighted.segment_jaccard[2], repeated.segment_jaccard[2])
    assert weighted.smallest_share == repeated.smallest_share


def test_tree_grows_on_a_sample_and_assigns_the_rest():
    X = worlds.three_groups(0)
    model = Hierarchical(sample_rows=150).fit(X, 3)
    assert model.n_sampled_ <= 150
    assert adjusted_rand_index(model.labels_, KMeansSegments(3).fit(X).labels_) > 0.95
    assert model.heights_[1] > 5 * model.heights_[2]


def test_bagged_rows_belong_to_the_segment_of_their_nearest_base_centre():
    model = Bagged().fit(GROUPS, 3)
    nearest = np.linalg.norm(GROUPS[:, None] - model.base_centers_[None], axis=2).argmin(axis=1)
    assert model.labels_.tolist() == model.places_[nearest].tolist()
    assert len(model.base_centers_) == 200
    assert model.heights_[1] > 5 * model.heights_[2]


def test_a_class_that_nobody_most_probably_belongs_to_has_no_gap():
    labels = np.repeat([0, 1], 50)
    X = np.random.default_rng(0).normal(size=(100, 2)) + labels[:, None] * 8
    found = gaps(X, labels, np.array([[0.0, 0.0], [8.0, 8.0], [4.0, 4.0]]), seed=0)
    assert {gap.segments: gap.depth for gap in found if 2 in gap.segments} == {(0, 2): 0.0, (1, 2): 0.0}
