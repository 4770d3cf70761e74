"""Steps of k-means against plain numpy, with rows that lie evenly between centres."""

import numpy as np
import pytest

from qunxiang.statistics.lloyd import Points, run_starts


def plain_lloyd(rows, weights, centers, n_steps):
    """Move centres one row at a time; of equally near ones the first has the row."""
    for _ in range(n_steps):
        labels = ((rows[:, None] - centers[None]) ** 2).sum(axis=2).argmin(axis=1)
        for place in range(len(centers)):
            own = labels == place
            if own.any():
                centers[place] = np.average(rows[own], axis=0, weights=weights[own])
    return centers


def cost(rows, weights, centers):
    return float(((rows[:, None] - centers[None]) ** 2).sum(axis=2).min(axis=1) @ weights)


@pytest.fixture(scope="module")
def lattice():
    """Rows of a lattice, of which many lie evenly between two groups of others."""
    rows = np.array([(x, y) for x in range(5) for y in range(5)], dtype=float)
    return rows, np.ones(len(rows))


def test_rows_between_two_centres_count_once(lattice):
    rows, weights = lattice
    points = Points.of(rows, weights)
    for seed in range(20):
        found = run_starts(points, 4, 10, np.random.default_rng(seed), tolerance=0.0)
        for centers, sse in zip(found.centers, found.sse, strict=True):
            assert sse == pytest.approx(cost(rows, weights, centers), rel=1e-5)
            # where the starts ended there is nothing to gain by another step
            assert cost(rows, weights, plain_lloyd(rows, weights, centers.copy(), 1)) >= sse * (1 - 1e-5)


def test_a_row_that_joins_two_centres_at_every_step():
    # 0 stays evenly between −1 and 1 whichever has it first moves; the best division has a sum of squares of 1/2
    rows = np.array([[-1.0], [0.0], [1.0]])
    found = run_starts(Points.of(rows), 2, 20, np.random.default_rng(0), tolerance=0.0)
    assert found.sse.min() == pytest.approx(0.5)
    assert (found.sse >= 0.5 - 1e-6).all()


def test_weights_and_several_blocks_of_rows_equal_plain_steps():
    generator = np.random.default_rng(3)
    rows, weights = generator.normal(size=(9_000, 3)), generator.uniform(0.5, 3, 9_000)
    found = run_starts(Points.of(rows, weights), 5, 30, np.random.default_rng(1), tolerance=1e-9)
    settled = plain_lloyd(rows, weights, found.best.copy(), 20)
    assert found.sse.min() == pytest.approx(cost(rows, weights, settled), rel=1e-4)
    assert found.sse.min() == pytest.approx(cost(rows, weights, found.best), rel=1e-5)
