"""The models that stand on their own: names, arguments and attributes that people rely on, on arrays and frames."""

import subprocess
import sys

import answers
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import worlds
from scipy.optimize import minimize
from scipy.stats import norm

from qunxiang.errors import SettingError
from qunxiang.segmentation import (
    KMeansSegments,
    LatentClassSegments,
    MixedSegments,
    MixtureSegments,
    explain,
    stability,
)
from qunxiang.statistics import adjusted_rand_index
from qunxiang.statistics.ordered import OrderedAnswers

FRESH = """
import numpy as np
from qunxiang.segmentation import (
    KMeansSegments, LatentClassSegments, MixtureSegments, MixedSegments, stability, segment_stability, explain,
)
X = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
k = KMeansSegments(n_segments=3, n_restarts=50, seed=0).fit(X)
assert k.labels_.shape == (90,) and k.centers_.shape == (3, 2) and k.sse_ > 0 and 0 < k.best_share_ <= 1
for model, rows in (
    (LatentClassSegments(n_segments=2, n_restarts=20, seed=0), (X > 4).astype(int)),
    (MixtureSegments(n_segments=3, seed=0), X),
    (MixedSegments(n_segments=3, n_restarts=20, seed=0), X),
):
    model.fit(rows)
    assert model.probabilities_.shape == (90, model.n_segments)
    assert np.allclose(model.probabilities_.sum(axis=1), 1) and np.isclose(model.weights_.sum(), 1)
    assert np.array_equal(model.labels_, model.probabilities_.argmax(axis=1))
    bic = -2 * model.log_likelihood_ + model.n_parameters_ * np.log(90)
    assert np.isclose(model.bic_, bic) and model.icl_ >= bic - 1e-6
found = stability(X, ks=range(2, 5), n_pairs=5, n_restarts=2, seed=0)
assert found.recommended_k == 3 and found.verdict in ("natural", "reproducible", "constructive")
assert {k: v.shape for k, v in found.global_ari.items()} == {2: (5,), 3: (5,), 4: (5,)}
assert segment_stability(X, k.labels_, n_pairs=4, n_restarts=2, seed=0).shape == (4, 3)
told = explain(X, k.labels_, max_depth=3)
assert told.fidelity > 0.9 and set(told.rules) == set(told.markers) == {0, 1, 2}
print("all there")
"""


def test_every_name_works_in_a_fresh_session():
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.strip() == "all there", done.stderr


def test_latent_classes_have_the_published_likelihood_and_their_own_arithmetic():
    X, counts = answers.carcinoma()
    model = LatentClassSegments(3, seed=0).fit(X, counts)
    assert model.log_likelihood_ == pytest.approx(-293.7050, abs=1e-3)  # poLCA, Linzer & Lewis 2011
    assert model.n_parameters_ == 2 + 3 * 7
    assert model.aic_ == pytest.approx(2 * 293.7050 + 2 * 23, abs=0.01)
    weighted = model.probabilities_.T @ counts / counts.sum()
    np.testing.assert_allclose(weighted, model.weights_, atol=1e-4)


def test_texts_codes_and_frames_give_the_same_classes():
    X, counts = answers.missing_answers()
    words = np.array(["no", "maybe", "yes"], dtype=object)
    texts = np.full(X.shape, None, dtype=object)
    known = ~np.isnan(X)
    texts[known] = words[X[known].astype(int)]
    frame = pd.DataFrame(texts, columns=[f"q{j}" for j in range(X.shape[1])])
    as_codes = LatentClassSegments(3).fit(X, counts)
    for same in (texts, frame, frame.astype("category"), frame.astype("string"), pa.Table.from_pandas(frame)):
        model = LatentClassSegments(3).fit(same, counts)
        assert model.log_likelihood_ == pytest.approx(as_codes.log_likelihood_, abs=1e-3)
        assert adjusted_rand_index(model.labels_, as_codes.labels_) > 0.99
        assert np.array_equal(model.predict(same), model.labels_)
    assert model.levels_["q0"] == ("maybe", "no", "yes")


def test_an_answer_never_heard_of_counts_as_missing():
    frame = pd.DataFrame({"a": ["x", "y"] * 20, "b": [True, False] * 20, "c": ["u", "v", "v", "u"] * 10})
    model = LatentClassSegments(2).fit(frame)
    new = frame.head(2).assign(a=["z", None])
    np.testing.assert_allclose(
        model.predict_probabilities(new), model.predict_probabilities(frame.head(2).assign(a=[None, None]))
    )
    with pytest.raises(ValueError, match="columns learned from"):
        model.predict(frame[["b", "a", "c"]])


def test_a_row_without_any_answer_is_in_no_class_and_has_the_shares():
    model = LatentClassSegments(2).fit([["a", "b"], ["a", "b"], ["c", "d"], ["c", "b"], [None, None]])
    assert model.labels_[-1] == -1
    np.testing.assert_allclose(model.probabilities_[-1], model.weights_)
    assert model.n_rows_ == 4


def _row_effects_by_hand(counts):
    """Largest log-likelihood of log p_cl = a_l + b_c l − log Σ, by a general optimiser."""
    n_classes, n_levels = counts.shape

    def minus(theta):
        a, b = np.r_[0, theta[: n_levels - 1]], np.r_[0, theta[n_levels - 1 :]]
        joint = a + b[:, None] * np.arange(n_levels)
        return -(counts * (joint - np.log(np.exp(joint).sum(axis=1, keepdims=True)))).sum()

    return -minimize(minus, np.zeros(n_levels + n_classes - 2), method="BFGS").fun


@pytest.mark.parametrize("seed", range(4))
def test_ordered_answers_fit_scale_and_slopes_as_a_general_optimiser_does(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 200, size=(3, 2, 5)).astype(float)[:, : 1 + seed % 2 + 1]
    logs = OrderedAnswers(5).learn(counts, counts.sum(axis=(0, 1)), 0.0)
    np.testing.assert_allclose(np.exp(logs).sum(axis=2), 1)
    for one, fitted in zip(counts, logs, strict=True):
        assert (one * fitted).sum() == pytest.approx(_row_effects_by_hand(one), abs=1e-4)


def test_an_answer_that_a_class_always_gives_ends_at_the_boundary_without_trouble():
    counts = np.array([[[0, 0, 50.0], [20, 10, 5.0]]])
    shares = np.exp(OrderedAnswers(3).learn(counts, counts.sum(axis=(0, 1)), 0.0))[0]
    np.testing.assert_allclose(shares[0], [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(shares[1], counts[0, 1] / 35, atol=1e-4)


def _leaning(seed, n=1200):
    """Two classes that answer six five-point questions lower and higher, with some answers missing."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    cuts = norm.ppf([0.2, 0.4, 0.6, 0.8])
    X = np.searchsorted(cuts, rng.normal(size=(n, 6)) + np.where(group, 0.8, -0.8)[:, None]).astype(float)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, group


def test_an_order_spares_parameters_and_finds_what_leans():
    X, group = _leaning(0)
    ordered, free = LatentClassSegments(2, ordered=range(6)).fit(X), LatentClassSegments(2).fit(X)
    assert ordered.n_parameters_ == 1 + 6 * (4 + 1)
    assert free.n_parameters_ == 1 + 6 * 2 * 4
    assert ordered.log_likelihood_ <= free.log_likelihood_ + 1e-6
    assert ordered.bic_ < free.bic_
    assert adjusted_rand_index(group, ordered.labels_) > 0.7
    # neighbouring log odds of the two classes differ by the same step everywhere
    odds = np.diff(np.log(ordered.answers_[0]), axis=1)
    np.testing.assert_allclose(np.diff(odds[1] - odds[0]), 0, atol=1e-6)


def test_an_ordered_category_of_a_frame_is_taken_in_its_order():
    X, _ = _leaning(1, 400)
    steps = ["never", "rarely", "sometimes", "often", "always"]
    texts = pd.DataFrame({f"q{j}": [None if np.isnan(v) else steps[int(v)] for v in X[:, j]] for j in range(6)})
    stated = texts.astype(pd.CategoricalDtype(steps, ordered=True))
    found = LatentClassSegments(2).fit(stated)
    assert found.levels_["q0"] == tuple(steps)
    assert found.n_parameters_ == 1 + 6 * 5
    assert found.log_likelihood_ == pytest.approx(
        LatentClassSegments(2, ordered=range(6)).fit(X).log_likelihood_, abs=0.01
    )


def test_numbers_and_categories_together_in_their_own_units():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 500)
    spend = 2_000_000 + group * 9_000 + rng.normal(size=500) * 1_500
    frame = pd.DataFrame(
        {"spend": spend, "channel": np.where(rng.random(500) < 0.15 + 0.7 * group, "app", "shop"), "flat": 1.0}
    )
    frame.loc[::17, "spend"] = np.nan
    model = MixedSegments(2, strength=0.0).fit(frame)
    assert adjusted_rand_index(group, model.labels_) > 0.9
    assert model.dropped_ == ("flat",)
    assert sorted(model.means_["spend"]) == pytest.approx([2_000_000, 2_009_000], abs=400)
    assert sorted(model.deviations_["spend"]) == pytest.approx([1_500, 1_500], rel=0.15)
    # the likelihood by hand, from the parameters told
    known = frame["spend"].notna().to_numpy()
    density = np.log(model.weights_) + np.zeros((500, 2))
    density[known] += norm(model.means_["spend"], model.deviations_["spend"]).logpdf(spend[known, None])
    place = [model.levels_["channel"].index(c) for c in frame["channel"]]
    density += np.log(model.answers_["channel"][:, place].T)
    assert model.log_likelihood_ == pytest.approx(np.logaddexp.reduce(density, axis=1).sum(), abs=1e-3)
    assert model.n_parameters_ == 1 + 4 + 2
    assert np.array_equal(model.predict(frame), model.labels_)


def test_columns_of_a_matrix_are_answers_when_named():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=60), rng.integers(0, 3, 60)])
    assert MixedSegments(2).fit(X).answers_ == {}
    model = MixedSegments(2, categories=[1]).fit(X)
    assert model.levels_ == {1: (0.0, 1.0, 2.0)}
    assert list(model.means_) == [0]
    with pytest.raises(ValueError, match="categories names columns"):
        MixedSegments(2, categories=["b"]).fit(X)


def test_weights_are_repeated_rows():
    X = np.random.default_rng(4).integers(0, 3, size=(40, 4))
    counts = np.random.default_rng(5).integers(1, 4, 40)
    both = [LatentClassSegments(2).fit(X, counts), LatentClassSegments(2).fit(np.repeat(X, counts, axis=0))]
    assert both[0].log_likelihood_ == pytest.approx(both[1].log_likelihood_, abs=1e-4)
    assert np.array_equal(np.repeat(both[0].labels_, counts), both[1].labels_)


def test_what_is_no_answer_is_refused_with_its_column():
    with pytest.raises(SettingError, match=r"0.*60") as refused:
        LatentClassSegments(2).fit(np.arange(60.0)[:, None])
    assert refused.value.params["found"] == 60
    with pytest.raises(ValueError, match=r"'when'.*timestamp"):
        LatentClassSegments(2).fit(pd.DataFrame({"when": pd.to_datetime(["2020-01-01", "2020-01-02"])}))
    with pytest.raises(ValueError, match="column 0 mixes"):
        LatentClassSegments(2).fit([[1, "a"], ["b", "c"]])
    with pytest.raises(ValueError, match="shape"):
        LatentClassSegments(2).fit([1, 2, 3])


def test_frames_are_taken_by_all_models():
    frame = pd.DataFrame(worlds.three_groups(0)[:200], columns=["a", "b"])
    labels = KMeansSegments(3).fit(frame).labels_
    assert np.array_equal(labels, KMeansSegments(3).fit(frame.to_numpy()).labels_)
    assert MixtureSegments(3, 5).fit(frame).labels_.shape == (200,)
    assert stability(frame, [2, 3], 4, 2).recommended_k == 3
    assert {c.name for r in explain(frame, labels).rules.values() for one in r for c in one.conditions} <= {"a", "b"}
