"""Axis limits and ticks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunxiang.charts.scales import Scale, cell_colours, limits, ticks
from qunxiang.charts.spec import Axis, Heatmap


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3, 7, [-2, 0, 2, 4, 6]),
        (0, 12400, [0, 2500, 5000, 7500, 10000]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


@given(st.lists(st.floats(-1e9, 1e9) | st.none(), max_size=8), st.booleans())
def test_limits_hold_every_known_value(values: list[float | None], from_zero: bool) -> None:
    low, high = limits(Axis("x"), values, from_zero=from_zero)
    assert low < high
    slack = 1e-6 * (high - low)
    assert all(low - slack <= v <= high + slack for v in values if v is not None)
    assert not from_zero or low <= 0 <= high


def test_fixed_limits_win_and_positions_stay_inside() -> None:
    assert limits(Axis("x", low=2, high=10), [3.4, 12], from_zero=False) == (2, 10)
    assert limits(Axis("x", low=0), [0.55, 0.86], from_zero=False) == (
        0,
        1,
    )  # steps of the whole axis, not of the values
    scale = Scale(2, 10, 100, 500)
    assert scale(6) == 300
    assert scale(12) == 500


def test_a_diverging_matrix_is_centred_on_zero() -> None:
    chart = Heatmap("m", ("r",), ("a", "b", "c"), ((-0.1, 0.0, 0.4),), diverging=True)
    same_sign = Heatmap("m", ("r",), ("a", "b", "c"), ((0.2, 0.0, 0.4),), diverging=True)
    assert cell_colours(chart)[0, 1] == cell_colours(same_sign)[0, 1] == "#F5F6F8"


def test_a_matrix_without_known_values_has_no_colours() -> None:
    assert cell_colours(Heatmap("m", ("r",), ("a",), ((None,),))) == {}
