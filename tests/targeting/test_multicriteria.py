"""AHP and TOPSIS: published examples and what must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunxiang.errors import SettingError
from qunxiang.targeting import ahp, topsis

PHONES = [[250, 16, 12, 5], [200, 16, 8, 3], [300, 32, 16, 4], [275, 32, 8, 4], [225, 16, 16, 2]]
PRICE_COSTS = [True, False, False, False]


def test_topsis_of_the_published_example() -> None:
    found = topsis(PHONES, [0.25] * 4, costs=PRICE_COSTS)
    assert found == pytest.approx([0.534277, 0.308368, 0.691632, 0.534737, 0.401046], abs=1e-6)


def test_ahp_of_the_published_example() -> None:
    found = ahp([[1, 3, 5], [1 / 3, 1, 2], [1 / 5, 1 / 2, 1]])
    assert found.weights == pytest.approx([0.64833, 0.22965, 0.12202], abs=1e-5)
    assert found.lambda_max == pytest.approx(3.00369, abs=1e-5)
    assert found.consistency_index == pytest.approx(0.00185, abs=1e-5)
    assert found.consistency_ratio == pytest.approx(0.0032, abs=1e-4)
    assert found.consistent


def test_comparisons_that_go_round_in_circles_are_not_consistent() -> None:
    found = ahp([[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]])
    assert not found.consistent
    assert found.consistency_ratio > 1
    assert found.worst is not None


@given(st.lists(st.floats(0.2, 5), min_size=2, max_size=8))
def test_comparisons_made_from_weights_give_them_back(sizes: list[float]) -> None:
    weights = np.array(sizes) / np.sum(sizes)
    found = ahp(weights[:, None] / weights[None, :])
    assert found.weights == pytest.approx(weights, rel=1e-6)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-6)
    assert found.worst is None


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1000))
def test_closeness_does_not_depend_on_units_or_on_the_sum_of_weights(seed: int, factor: float) -> None:
    chance = np.random.default_rng(seed)
    values, weights = chance.uniform(1, 9, (6, 3)), chance.uniform(0.1, 1, 3)
    found = topsis(values, weights)
    assert topsis(values * [factor, 1, 1], weights * factor) == pytest.approx(found, rel=1e-9)
    assert np.all((found >= 0) & (found <= 1))


def test_the_best_on_everything_is_one_and_equals_share_a_place() -> None:
    assert topsis([[1, 1], [9, 9], [5, 2]], [1, 1])[[0, 1]] == pytest.approx([0, 1])
    assert topsis([[3, 3], [3, 3]], [1, 2]) == pytest.approx([0.5, 0.5])


def test_more_of_a_cost_is_worse() -> None:
    cheap, dear = topsis([[10, 5], [20, 5]], [1, 1], costs=[True, False], normalisation="range")
    assert (cheap, dear) == (1, 0)


@pytest.mark.parametrize("matrix", [[[1, 3], [3, 1]], [[1, 0], [1, 1]], [[1, -2], [-0.5, 1]]])
def test_comparisons_that_are_not_reciprocal_are_refused(matrix: list[list[float]]) -> None:
    with pytest.raises(SettingError) as caught:
        ahp(matrix)
    assert caught.value.code == "error.targets.ahp_reciprocal"


def test_shapes_that_do_not_fit_are_refused() -> None:
    for call in (
        lambda: ahp([[1.0]]),
        lambda: ahp([[1, 2, 3], [0.5, 1, 1]]),
        lambda: topsis([[1, np.nan]], [1, 1]),
        lambda: topsis([[1, 2]], [1]),
        lambda: topsis([[1, 2]], [0, 0]),
        lambda: topsis([[1, 2]], [1, -1]),
        lambda: topsis([[1, 2]], [1, 1], costs=[True]),
    ):
        with pytest.raises(SettingError):
            call()
