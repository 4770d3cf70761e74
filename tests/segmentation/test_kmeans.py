import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from qunxiang.errors import SettingError
from qunxiang.segmentation import KMeansSegments, prepare
from qunxiang.statistics import adjusted_rand_index


def test_reaches_the_solution_of_scikit_learn():
    X = np.random.default_rng(0).normal(size=(400, 3)) * [3, 2, 1]
    ours = KMeansSegments(4, n_restarts=30).fit(X)
    theirs = KMeans(4, n_init=30, random_state=0).fit(X)
    assert ours.sse_ == pytest.approx(theirs.inertia_, rel=1e-3)


def test_four_corners_by_hand():
    corners = np.array([[0, 0], [0, 10], [10, 0], [10, 10]], dtype=float)
    X = np.repeat(corners, [4, 3, 2, 1], axis=0)
    model = KMeansSegments(4).fit(X)
    assert model.centers_.tolist() == corners.tolist()
    assert (model.sse_, model.best_share_) == (0, 1)
    assert model.sizes_.tolist() == [4, 3, 2, 1]
    assert model.labels_.tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]


def test_order_of_rows_does_not_matter_and_the_seed_repeats():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4))
    order = rng.permutation(300)
    first, again, shuffled = (KMeansSegments(5, 5, seed=2).fit(data) for data in (X, X, X[order]))
    assert np.array_equal(first.labels_, again.labels_)
    assert np.array_equal(first.labels_[order], shuffled.labels_)
    np.testing.assert_array_equal(first.centers_, shuffled.centers_)


def test_largest_segment_comes_first():
    X, _ = make_blobs([50, 200, 100], centers=[[0, 0], [20, 0], [0, 20]], random_state=0)
    assert KMeansSegments(3).fit(X).sizes_.tolist() == [200, 100, 50]


def test_a_weight_is_so_many_equal_rows():
    rng = np.random.default_rng(3)
    X, weights = rng.normal(size=(80, 2)), rng.integers(1, 5, 80)
    weighted = KMeansSegments(3).fit(X, weights)
    repeated = KMeansSegments(3).fit(np.repeat(X, weights, axis=0))
    assert weighted.sse_ == pytest.approx(repeated.sse_, rel=1e-6)
    np.testing.assert_allclose(weighted.centers_, repeated.centers_, atol=1e-6)


def test_rows_with_unknown_values_are_left_out_and_counted():
    X = np.random.default_rng(0).normal(size=(50, 2))
    X[[3, 9], 1] = np.nan
    model = KMeansSegments(2).fit(X)
    assert (model.n_rows_, model.n_incomplete_) == (48, 2)
    assert np.flatnonzero(model.labels_ == -1).tolist() == [3, 9]


def test_predict_agrees_with_fit_and_with_one_row_alone():
    X = np.random.default_rng(0).normal(size=(200, 3))
    model = KMeansSegments(4).fit(X)
    assert np.array_equal(model.predict(X), model.labels_)
    assert [int(model.predict(row[None])[0]) for row in X] == model.labels_.tolist()


def test_many_rows_in_six_overlapping_groups():
    X, truth = make_blobs(100_000, n_features=20, centers=6, cluster_std=6.0, random_state=0)
    assert adjusted_rand_index(truth, KMeansSegments(6, n_restarts=5).fit(X).labels_) >= 0.97


def test_more_segments_than_different_rows_are_refused():
    with pytest.raises(SettingError) as refused:
        KMeansSegments(3).fit([[1.0], [2.0], [2.0], [np.nan]])
    assert refused.value.params == {"wanted": 3, "found": 2}
    assert "2" in refused.value.render("zh")


def test_shapes_and_infinite_values_are_refused():
    with pytest.raises(ValueError, match="matrix"):
        KMeansSegments().fit([1.0, 2.0])
    with pytest.raises(ValueError, match="infinite"):
        KMeansSegments().fit([[1.0], [np.inf]])
    with pytest.raises(ValueError, match="weights"):
        KMeansSegments(1).fit([[1.0], [2.0]], weights=[1, 0])


def test_preparation_standardises_and_keeps_its_numbers_for_new_rows():
    X = np.array([[1.0, 7, 0], [2, 7, 10], [3, 7, 20], [np.nan, 7, 5]])
    ready = prepare(X, ["orders", "constant", "spend"])
    assert (ready.kept, ready.dropped, ready.n_rows, ready.n_incomplete) == (("orders", "spend"), ("constant",), 3, 1)
    np.testing.assert_allclose(ready.apply([[2.0, 7, 20]]), [[0, (20 - 10) / np.sqrt(200 / 3)]])
    assert np.isnan(ready.apply(X)[3, 0])


def test_preparation_takes_logarithms_of_skewed_columns_only():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.lognormal(3, 1, 500), rng.normal(size=500), -rng.lognormal(3, 1, 500)])
    ready = prepare(X, log_skewed=True)
    assert [column.log1p for column in ready.columns] == [True, False, False]
    np.testing.assert_allclose(ready.apply(X).mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(ready.apply(X).std(axis=0), 1)


def test_preparation_limits_and_fills_as_it_says():
    X = np.array([[0.0], [1], [2], [3], [100], [np.nan]])
    ready = prepare(X, standardise=False, winsorise=(0.0, 0.75), impute="median")
    steps = ready.columns[0]
    assert (steps.fill, steps.floor, steps.ceiling) == (2, 0, 3)
    assert ready.apply(X).ravel().tolist() == [0, 1, 2, 3, 3, 2]


def test_preparation_of_nothing_is_refused():
    with pytest.raises(ValueError, match="without unknown"):
        prepare([[np.nan], [1.0]])
    with pytest.raises(ValueError, match="varies"):
        prepare([[1.0], [1.0]])
