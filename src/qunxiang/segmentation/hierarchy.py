"""Segments as branches of a tree: Ward's on a sample, and bagged clustering."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import SettingError
from qunxiang.segmentation.kmeans import UNKNOWN, checked, nearest
from qunxiang.segmentation.mixtures import distinct_rows
from qunxiang.statistics.lloyd import Points, run_starts
from qunxiang.statistics.ward import Tree, ward

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SAMPLE_ROWS = 1_500
"""Different rows that the tree is grown on; memory and time grow with their square."""


class HierarchicalSegments:
    """Ward's tree on a sample, cut into segments; every row belongs to the nearest mean of a branch.

    Parameters
    ----------
    n_segments
        Number of segments, at least 1.
    seed
        Seed of the sample.
    sample_rows
        Different rows that the tree is grown on; with more, a sample is drawn in proportion to their weights.

    Attributes
    ----------
    labels_ : ndarray of shape (n_rows,)
        Segment of every row, −1 where a value is unknown.
    centers_ : ndarray of shape (n_segments, n_traits)
        Mean of every branch.
    sizes_ : ndarray of shape (n_segments,)
    heights_ : ndarray
        Growth of the sum of squares at the last merges, the highest first (at most 30).
    n_rows_, n_incomplete_, n_sampled_ : int

    References
    ----------
    Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. JASA 58.
    """

    likelihood_ = None
    best_share_ = None

    def __init__(self, n_segments: int = 4, seed: int = 0, *, sample_rows: int = SAMPLE_ROWS) -> None:
        self.n_segments = n_segments
        self.seed = seed
        self.sample_rows = sample_rows

    def __repr__(self) -> str:
        return f"HierarchicalSegments(n_segments={self.n_segments}, seed={self.seed}, sample_rows={self.sample_rows})"

    def fit(self, X: ArrayLike, weights: ArrayLike | None = None) -> HierarchicalSegments:
        """Grow the tree and cut it.

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
        """
        values, share = checked(X, weights)
        complete = ~np.isnan(values).any(axis=1)
        rows, row_weights = _all_distinct(values[complete], share[complete], self.n_segments)
        rows, row_weights = sampled(rows, row_weights, self.sample_rows, np.random.default_rng(self.seed))
        tree = ward(rows, row_weights)
        self.n_sampled_ = len(rows)
        self.heights_ = tree.heights[::-1][:30].copy()
        self._take(tree, rows, row_weights)
        self.n_rows_, self.n_incomplete_ = int(complete.sum()), int((~complete).sum())
        self.labels_ = self.predict(values)
        sizes = np.bincount(self.labels_[complete], weights=share[complete], minlength=self.n_segments)
        self.sizes_: Floats = sizes.astype(np.float64)
        return self

    def _take(self, tree: Tree, rows: Floats, weights: Floats) -> None:
        self.centers_ = _sorted_centers(*_means(tree.cut(self.n_segments), rows, weights))

    def predict(self, X: ArrayLike) -> Labels:
        """Return the nearest segment of every row of X, −1 where a value is unknown."""
        return predicted(X, self.centers_)

    def space(self, X: ArrayLike) -> Floats:
        """Return rows as points: as they are."""
        return np.asarray(X, dtype=np.float64)

    def frozen(self) -> dict[str, Any]:
        """Return the centres as plain JSON."""
        return {"centres": self.centers_.tolist()}


class BaggedSegments:
    """Bagged clustering: centres of k-means on many bootstrap samples, themselves clustered by Ward's tree.

    A row belongs to the segment of its nearest centre, so that the border between segments need not be straight.

    Parameters
    ----------
    n_segments
        Number of segments, at least 1.
    seed
        Seed of samples and starts.
    n_bags, n_base
        Bootstrap samples, and centres learned from each (fewer when there are fewer different rows).
    n_restarts
        Random starts of each k-means.

    Attributes
    ----------
    labels_, sizes_, n_rows_, n_incomplete_
        As in :class:`KMeansSegments`.
    base_centers_ : ndarray of shape (n_bags × n_base, n_traits)
    places_ : ndarray of shape (n_bags × n_base,)
        Segment of every base centre.
    centers_ : ndarray of shape (n_segments, n_traits)
        Mean of the rows of each segment.
    heights_ : ndarray
        Growth of the sum of squares at the last merges, the highest first (at most 30).

    References
    ----------
    Leisch, F. (1999). Bagged clustering. Working Paper 51, SFB Adaptive Information Systems, WU Wien.
    """

    likelihood_ = None
    best_share_ = None

    def __init__(
        self, n_segments: int = 4, seed: int = 0, *, n_bags: int = 10, n_base: int = 20, n_restarts: int = 3
    ) -> None:
        self.n_segments = n_segments
        self.seed = seed
        self.n_bags = n_bags
        self.n_base = n_base
        self.n_restarts = n_restarts

    def __repr__(self) -> str:
        return (
            f"BaggedSegments(n_segments={self.n_segments}, seed={self.seed}, n_bags={self.n_bags}, "
            f"n_base={self.n_base}, n_restarts={self.n_restarts})"
        )

    def fit(self, X: ArrayLike, weights: ArrayLike | None = None) -> BaggedSegments:
        """Learn base centres and cluster them; parameters as in :meth:`HierarchicalSegments.fit`."""
        values, share = checked(X, weights)
        complete = ~np.isnan(values).any(axis=1)
        rows, row_weights = _all_distinct(values[complete], share[complete], self.n_segments)
        base = self.base(Points.of(rows, row_weights), row_weights, np.random.default_rng(self.seed))
        tree = ward(base)
        self.heights_ = tree.heights[::-1][:30].copy()
        labels = predicted(rows, base, tree.cut(self.n_segments))
        # means and sizes in the order of the sizes; a segment of base centres without rows stands last
        centers, sizes = _means(labels, rows, row_weights, self.n_segments)
        order = np.lexsort((*centers.T[::-1], -sizes))
        self.centers_, self.sizes_ = centers[order], sizes[order]
        self.base_centers_, self.places_ = base, np.argsort(order)[tree.cut(self.n_segments)]
        self.n_rows_, self.n_incomplete_ = int(complete.sum()), int((~complete).sum())
        self.labels_ = self.predict(values)
        return self

    def base(self, points: Points, weights: Floats, generator: np.random.Generator) -> Floats:
        """Return the centres of all bags, shape (n_bags × n_base, n_traits), sorted."""
        total = float(weights.sum())
        found = []
        for _ in range(self.n_bags):
            drawn = generator.multinomial(max(1, round(total)), weights / total).astype(np.float64)
            n_base = min(self.n_base, int((drawn > 0).sum()))
            found.append(run_starts(points.reweighted(drawn), n_base, self.n_restarts, generator).best)
        base = np.concatenate(found)
        return np.asarray(base[np.lexsort(base.T[::-1])])

    def predict(self, X: ArrayLike) -> Labels:
        """Return the segment of the nearest base centre of every row of X, −1 where a value is unknown."""
        return predicted(X, self.base_centers_, self.places_)

    def space(self, X: ArrayLike) -> Floats:
        """Return rows as points: as they are."""
        return np.asarray(X, dtype=np.float64)

    def frozen(self) -> dict[str, Any]:
        """Return base centres and the segment of each as plain JSON."""
        return {"centres": self.base_centers_.tolist(), "places": self.places_.tolist()}


def predicted(X: ArrayLike, centers: Floats, places: Labels | None = None) -> Labels:
    """Return the place of the nearest centre of every row, −1 where a value is unknown."""
    values, _ = checked(X, None)
    labels = np.full(len(values), UNKNOWN, dtype=np.int64)
    complete = ~np.isnan(values).any(axis=1)
    if complete.any():
        found = nearest(values[complete], centers)
        labels[complete] = found if places is None else places[found]
    return labels


def sampled(rows: Floats, weights: Floats, sample_rows: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return at most `sample_rows` different rows; drawn in proportion to their weights they weigh what was drawn."""
    if len(rows) <= sample_rows:
        return rows, weights
    drawn = generator.multinomial(sample_rows, weights / weights.sum()).astype(np.float64)
    return rows[drawn > 0], drawn[drawn > 0]


def branch_centers(tree: Tree, rows: Floats, weights: Floats, n_segments: int) -> Floats:
    """Return the means of the branches when the tree is cut into segments."""
    return _means(tree.cut(n_segments), rows, weights)[0]


def _all_distinct(values: Floats, weights: Floats, wanted: int) -> tuple[Floats, Floats]:
    if wanted < 1:
        raise ValueError("n_segments must be at least 1")
    rows, row_weights = distinct_rows(values, weights)
    found, place = np.unique(rows, axis=0, return_inverse=True)
    if len(found) < wanted:
        raise SettingError("error.segmentation.too_few_rows", wanted=wanted, found=len(found))
    return found, np.bincount(place.reshape(-1), weights=row_weights).astype(np.float64)


def _means(labels: Labels, rows: Floats, weights: Floats, n: int | None = None) -> tuple[Floats, Floats]:
    n = int(labels.max()) + 1 if n is None else n
    sizes = np.bincount(labels, weights=weights, minlength=n)
    sums = np.column_stack([np.bincount(labels, weights=weights * column, minlength=n) for column in rows.T])
    return sums / np.maximum(sizes, 1e-300)[:, None], sizes.astype(np.float64)


def _sorted_centers(centers: Floats, sizes: Floats) -> Floats:
    return np.asarray(centers[np.lexsort((*centers.T[::-1], -sizes))])
