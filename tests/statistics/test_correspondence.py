"""Correspondence analysis: Greenacre's smoking table, and what must hold for any table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from qunxiang.statistics.correspondence import correspondence

SMOKERS = [[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]]
TABLES = arrays.arrays(np.int64, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.integers(1, 40))


def test_the_published_table() -> None:
    # Greenacre's table of staff groups by smoking
    found = correspondence(SMOKERS)
    assert found.eigenvalues == pytest.approx([0.074759, 0.010017, 0.000414], abs=1e-6)
    assert found.total_inertia == pytest.approx(0.085190, abs=1e-6)
    assert found.quality(2) == pytest.approx((0.074759 + 0.010017) / 0.085190, abs=1e-4)


@given(TABLES)
def test_inertia_is_chi_square_over_the_count(table: np.ndarray) -> None:
    found = correspondence(table)
    chi_square = stats.chi2_contingency(table, correction=False).statistic
    assert found.total_inertia == pytest.approx(chi_square / table.sum(), rel=1e-6, abs=1e-9)


@given(TABLES)
def test_points_have_chi_square_distances_and_their_means_at_zero(table: np.ndarray) -> None:
    found = correspondence(table)
    profiles = table / table.sum(axis=1, keepdims=True)
    masses = table.sum(axis=0) / table.sum()
    apart = (((profiles[0] - profiles[1]) ** 2) / masses).sum()
    seen = ((found.rows.coordinates[0] - found.rows.coordinates[1]) ** 2).sum()
    assert seen == pytest.approx(apart, rel=1e-6, abs=1e-9)
    for points in (found.rows, found.columns):
        assert points.masses @ points.coordinates == pytest.approx(0, abs=1e-7)
        assert points.contributions.sum(axis=0) == pytest.approx(1, abs=1e-7)
        assert points.masses @ points.coordinates**2 == pytest.approx(found.eigenvalues, rel=1e-6, abs=1e-9)


def test_more_of_the_same_changes_nothing_and_order_only_order() -> None:
    once, often = correspondence(SMOKERS), correspondence(np.array(SMOKERS) * 7)
    assert often.eigenvalues == pytest.approx(once.eigenvalues)
    turned = correspondence(np.array(SMOKERS)[::-1])
    assert turned.rows.coordinates[::-1] == pytest.approx(once.rows.coordinates)


def test_independent_rows_and_columns_have_nothing_to_show() -> None:
    found = correspondence(np.outer([1, 2, 3], [4, 5]))
    assert found.total_inertia == pytest.approx(0)
    assert found.quality(2) == 1


@pytest.mark.parametrize(
    "table", [[[1, 2]], [[1, -1], [2, 3]], [[0, 0], [1, 2]], [[1, np.nan], [1, 2]], [[0, 0], [0, 0]]]
)
def test_tables_without_counts_are_refused(table: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"table|counts"):
        correspondence(table)
