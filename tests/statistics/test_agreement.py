import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from qunxiang.statistics import adjusted_rand_index, contingency, jaccard


def test_adjusted_rand_by_hand():
    # a has 3 + 3 rows, b 2 + 4
    a, b = [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]
    # pairs together in both: 1 + 0 + 3 = 4; rows 6, columns 7, expected 42 / 15 = 2.8, highest 6.5
    assert adjusted_rand_index(a, b) == pytest.approx((4 - 2.8) / (6.5 - 2.8))


def test_adjusted_rand_agrees_with_scikit_learn_and_with_repeated_rows():
    rng = np.random.default_rng(0)
    a, b, weights = rng.integers(0, 5, 60), rng.integers(0, 3, 60), rng.integers(1, 6, 60)
    assert adjusted_rand_index(a, b) == pytest.approx(adjusted_rand_score(a, b))
    repeated = adjusted_rand_score(np.repeat(a, weights), np.repeat(b, weights))
    assert adjusted_rand_index(a, b, weights) == pytest.approx(repeated)


def test_names_of_labels_do_not_matter():
    a = np.array([0, 0, 1, 1, 2, 2])
    assert adjusted_rand_index(a, (a + 1) % 3) == 1
    assert adjusted_rand_index([0, 0, 0], [0, 0, 0]) == 1


def test_jaccard_by_hand():
    assert contingency([0, 0, 1], [1, 1, 0]).tolist() == [[0, 2], [1, 0]]
    np.testing.assert_allclose(jaccard([0, 0, 0, 1], [0, 0, 1, 1]), [[2 / 3, 1 / 4], [0, 1 / 2]])


def test_labelings_of_different_rows_are_refused():
    with pytest.raises(ValueError, match="same rows"):
        contingency([0, 1], [0])
