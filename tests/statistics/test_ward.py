import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from qunxiang.statistics import adjusted_rand_index
from qunxiang.statistics.ward import ward


def test_tree_is_the_one_of_scipy():
    X = np.random.default_rng(0).normal(size=(300, 4))
    ours, theirs = ward(X), linkage(X, "ward")
    # scipy's height is √(2 × growth of the sum of squares)
    np.testing.assert_allclose(np.sqrt(2 * ours.heights), theirs[:, 2])
    for k in (2, 5, 40):
        assert adjusted_rand_index(ours.cut(k), fcluster(theirs, k, "maxclust") - 1) == 1


def test_weights_are_repeated_rows():
    rng = np.random.default_rng(1)
    X, weights = rng.normal(size=(80, 3)), rng.integers(1, 5, 80)
    weighted, repeated = ward(X, weights.astype(float)), ward(np.repeat(X, weights, axis=0))
    np.testing.assert_allclose(weighted.heights, repeated.heights[-79:])
    assert np.repeat(weighted.cut(6), weights).tolist() == repeated.cut(6).tolist()


def test_four_points_by_hand():
    tree = ward(np.array([[0.0], [1.0], [5.0], [7.0]]))
    # ½ · 1² and ½ · 2²; then two pairs with means ½ and 6: (2 · 2 / 4) · 5.5²
    assert tree.heights.tolist() == pytest.approx([0.5, 2, 30.25])
    assert tree.cut(2).tolist() == [0, 0, 1, 1]
    assert tree.cut(1).tolist() == [0] * 4
    with pytest.raises(ValueError, match="1 to 4"):
        tree.cut(5)


def test_equal_rows_are_merged_first_and_the_walk_ends():
    rows = np.repeat(np.random.default_rng(2).normal(size=(20, 3)) * 1e3, 10, axis=0)
    tree = ward(rows)
    assert tree.heights[:180] == pytest.approx(0, abs=1e-6)
    assert np.bincount(tree.cut(20)).tolist() == [10] * 20
