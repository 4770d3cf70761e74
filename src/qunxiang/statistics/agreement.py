"""Agreement between two labelings of the same rows. Labels are integers from 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def contingency(a: ArrayLike, b: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Count rows by their two labels.

    Parameters
    ----------
    a, b : arrays of shape (n_rows,) of integers ≥ 0
    weights : array of shape (n_rows,), optional
        How many equal rows each row stands for.

    Returns
    -------
    array of shape (max(a) + 1, max(b) + 1), sum of weights by label in `a` and label in `b`.
    """
    first, second = np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ValueError(f"both labelings need the same rows, shapes are {first.shape} and {second.shape}")
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    share = None if weights is None else np.asarray(weights, dtype=np.float64)
    counts = np.bincount(first * columns + second, weights=share, minlength=rows * columns)
    table: Floats = counts.reshape(rows, columns).astype(np.float64)
    return table


def adjusted_rand_index(a: ArrayLike, b: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Adjusted Rand index: 1 for the same partition, about 0 for unrelated ones.

    References
    ----------
    Hubert, L. & Arabie, P. (1985). Comparing partitions. Journal of Classification 2.
    """
    return adjusted_rand_of_counts(contingency(a, b, weights))


def adjusted_rand_of_counts(counts: Floats) -> float:
    """Adjusted Rand index of a table of counts, one row per first label, one column per second label."""
    n = float(counts.sum())
    together = float((counts * (counts - 1)).sum()) / 2
    in_rows = _pairs(counts.sum(axis=1))
    in_columns = _pairs(counts.sum(axis=0))
    expected = in_rows * in_columns / (n * (n - 1) / 2) if n > 1 else 0.0
    highest = (in_rows + in_columns) / 2
    # Both labelings put all rows together, or every row apart: they are the same partition.
    return 1.0 if highest == expected else (together - expected) / (highest - expected)


def jaccard(a: ArrayLike, b: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Jaccard agreement of every segment of `a` with every segment of `b`, shape (labels of a, labels of b)."""
    return jaccard_of_counts(contingency(a, b, weights))


def jaccard_of_counts(counts: Floats) -> Floats:
    """Rows in both segments divided by rows in either, from a table of counts; 0 when both are empty."""
    either = counts.sum(axis=1)[:, None] + counts.sum(axis=0)[None, :] - counts
    shares: Floats = np.divide(counts, either, out=np.zeros_like(counts), where=either > 0)
    return shares


def _pairs(sizes: Floats) -> float:
    return float((sizes * (sizes - 1)).sum()) / 2
