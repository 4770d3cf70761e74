"""Segments as nearest centre of k-means."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import SettingError
from qunxiang.statistics.lloyd import Points, assign, merge_equal_rows, run_starts

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

UNKNOWN = -1
"""Label of a row that has an unknown value and therefore no nearest centre."""


class KMeansSegments:
    """k-means from many random starts; segment 0 is the largest, equal sizes are ordered by their centres.

    The rows are sorted before the starts are drawn, so their order does not matter; the same seed gives the same
    segments.

    Parameters
    ----------
    n_segments
        Number of segments, at least 1 and at most the number of distinct known rows.
    n_restarts
        Number of random starts (k-means++); the best of them is kept.
    seed
        Seed of the starts.

    Attributes
    ----------
    labels_ : ndarray of shape (n_rows,)
        Segment of every row, 0 to n_segments − 1; −1 where a row has an unknown value (NaN).
    centers_ : ndarray of shape (n_segments, n_traits)
        Mean of every segment, in the units of X.
    sizes_ : ndarray of shape (n_segments,)
        Number (or sum of weights) of rows.
    sse_ : float
        Sum of squared distances to the own centre.
    best_share_ : float
        Share of starts that ended within 1e-4 of the smallest sum of squares, relative to it.
    n_rows_, n_incomplete_ : int
        Rows learned from, and rows left out because a value is unknown.

    References
    ----------
    Lloyd, S. P. (1982). Arthur, D. & Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding.
    """

    likelihood_ = None
    """k-means has no likelihood, so no information criteria."""

    def __init__(self, n_segments: int = 4, n_restarts: int = 50, seed: int = 0) -> None:
        self.n_segments = n_segments
        self.n_restarts = n_restarts
        self.seed = seed

    def __repr__(self) -> str:
        return f"KMeansSegments(n_segments={self.n_segments}, n_restarts={self.n_restarts}, seed={self.seed})"

    def fit(self, X: ArrayLike, weights: ArrayLike | None = None) -> KMeansSegments:
        """Learn the segments.

        Parameters
        ----------
        X : array of shape (n_rows, n_traits)
            Comparable numbers (see :func:`prepare`); NaN is unknown.
        weights : array of shape (n_rows,), optional
            How many equal rows each row stands for, above zero.

        Raises
        ------
        SettingError
            When there are fewer different rows without unknown values than segments.
        ValueError
            When X is not a matrix or has infinite values.
        """
        values, share = checked(X, weights)
        complete = ~np.isnan(values).any(axis=1)
        rows, row_weights = merge_equal_rows(values[complete], share[complete])
        if self.n_segments < 1 or self.n_restarts < 1:
            raise ValueError("n_segments and n_restarts must be at least 1")
        if len(rows) < self.n_segments:
            raise SettingError("error.segmentation.too_few_rows", wanted=self.n_segments, found=len(rows))
        starts = run_starts(
            Points.of(rows, row_weights),
            self.n_segments,
            self.n_restarts,
            np.random.default_rng(self.seed),
            tolerance=1e-7,  # starts are compared to 1e-4, so each must have come much closer than that
        )
        self._finish(starts.best, rows, row_weights)
        self.best_share_ = starts.best_share
        self.n_rows_, self.n_incomplete_ = int(complete.sum()), int((~complete).sum())
        self.labels_ = self.predict(values)
        return self

    def _finish(self, centers: Floats, rows: Floats, weights: Floats) -> None:
        """Centres and sum of squares in double precision, in the order of the labels."""
        points = Points.of(rows, weights)
        for _ in range(100):
            labels = assign(points, centers)
            sizes = np.bincount(labels, weights=weights, minlength=len(centers)).astype(np.float64)
            sums = np.column_stack(
                [np.bincount(labels, weights=weights * column, minlength=len(centers)) for column in rows.T]
            )
            means = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1e-300)[:, None], centers)
            if np.allclose(means, centers, rtol=1e-12, atol=1e-12):
                break
            centers = means
        order = np.lexsort((*centers.T[::-1], -sizes))
        self.centers_, self.sizes_ = centers[order], sizes[order]
        self.sse_ = float(((rows - centers[labels]) ** 2).sum(axis=1) @ weights)

    def predict(self, X: ArrayLike) -> Labels:
        """Return the nearest segment of every row of X (n_rows, n_traits), −1 where a value is unknown."""
        values, _ = checked(X, None)
        labels = np.full(len(values), UNKNOWN, dtype=np.int64)
        complete = ~np.isnan(values).any(axis=1)
        if complete.any():
            labels[complete] = nearest(values[complete], self.centers_)
        return labels

    def space(self, X: ArrayLike) -> Floats:
        """Return rows as points: as they are."""
        return np.asarray(X, dtype=np.float64)

    def frozen(self) -> dict[str, Any]:
        """Return the centres as plain JSON."""
        return {"centres": self.centers_.tolist()}


def nearest(rows: Floats, centers: Floats) -> Labels:
    """Place of the nearest centre in double precision, so that a row alone gets the label it has among others."""
    middle = centers.mean(axis=0)
    shifted = centers - middle
    offset = (shifted * shifted).sum(axis=1)
    block = max(1, 4_000_000 // len(centers))
    parts = [
        (offset - 2 * ((rows[begin : begin + block] - middle) @ shifted.T)).argmin(axis=1)
        for begin in range(0, len(rows), block)
    ]
    return np.concatenate(parts).astype(np.int64)


def checked(X: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Return X as a finite or NaN matrix of float64 and weights above zero, one per row."""
    values = np.asarray(X, dtype=np.float64)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"a matrix of shape (n_rows, n_traits) is needed, the shape is {values.shape}")
    if np.isinf(values).any():
        raise ValueError("infinite values have no nearest centre; mark unknown values as NaN")
    share = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if share.shape != (len(values),) or not np.all(share > 0):
        raise ValueError(f"weights must be {len(values)} numbers above zero, their shape is {share.shape}")
    return values, share
