"""Lloyd's k-means with many random starts at once: the engine behind segments and their stability.

All starts advance together, so that a step is one matrix product. On 1,453 × 11 this is about three times as fast
as one scikit-learn `KMeans` per start, whose own work per call outweighs such small data (benchmarks/stability.py).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Labels = NDArray[np.int64]

# Cells (starts × centres × rows) worked on at once: keeps a block near the processor at any number of rows.
_CELLS_PER_BLOCK = 400_000

# One thread: products this small lose time to a second one, and the order of sums stays the same on every machine.
_BLAS = ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Hold matrix products to one thread while the context lasts."""
    found: AbstractContextManager[object] = _BLAS.limit(limits=1)
    return found


@dataclass(frozen=True)
class Points:
    """Distinct rows, ready for products: `shifted` is X − `origin` with a column of ones, `squares` its row norms.

    Shapes: shifted (n_rows, n_columns + 1), squares and weights (n_rows,), origin (n_columns,).
    """

    shifted: Singles
    squares: Singles
    weights: Singles
    origin: Floats

    @classmethod
    def of(cls, X: Floats, weights: Floats | None = None) -> Points:
        """Shift rows to their mean, so that single precision keeps what matters."""
        share = np.ones(len(X)) if weights is None else weights
        origin = np.average(X, axis=0, weights=share)
        shifted = np.ones((len(X), X.shape[1] + 1), dtype=np.float32)
        shifted[:, :-1] = X - origin
        squares = np.einsum("ij,ij->i", shifted[:, :-1], shifted[:, :-1])
        return cls(shifted, squares, share.astype(np.float32), origin)

    def reweighted(self, weights: Floats) -> Points:
        """Return the rows that have a weight, with these weights; a bootstrap sample is one such reweighting."""
        drawn = weights > 0
        return Points(self.shifted[drawn], self.squares[drawn], weights[drawn].astype(np.float32), self.origin)


@dataclass(frozen=True)
class Starts:
    """What every start ended with: centres (n_starts, n_segments, n_columns) in units of X, sse (n_starts,)."""

    centers: Floats
    sse: Floats

    @property
    def best(self) -> Floats:
        """Centres of the start with the smallest sum of squared distances."""
        best: Floats = self.centers[int(self.sse.argmin())]
        return best

    @property
    def best_share(self) -> float:
        """Share of starts within 1e-4 of the smallest sum of squares, relative to it."""
        return float(np.mean(self.sse <= self.sse.min() * (1 + 1e-4) + 1e-12))


def merge_equal_rows(X: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sort rows and take equal ones together, so that a weight gives what repeated rows give.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
        Without NaN.
    weights : array of shape (n_rows,)

    Returns
    -------
    different rows in order, and the sum of the weights of each
    """
    order = np.lexsort((weights, *X.T[::-1]))
    rows, shares = X[order], weights[order]
    first = np.flatnonzero(np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])) if len(rows) else order
    if len(first) == len(rows):
        return rows, shares
    return rows[first], np.add.reduceat(shares, first)


def run_starts(
    points: Points,
    n_segments: int,
    n_starts: int,
    generator: np.random.Generator,
    *,
    tolerance: float = 1e-5,
    max_steps: int = 300,
) -> Starts:
    """Run weighted Lloyd steps from k-means++ starts until the explained sum of squares stops growing.

    Parameters
    ----------
    tolerance
        A start ends when a step gains less than this share of its sum of squared distances.

    References
    ----------
    Lloyd, S. P. (1982). IEEE Transactions on Information Theory 28. Arthur, D. & Vassilvitskii, S. (2007). k-means++.
    """
    together = max(1, 8 * _CELLS_PER_BLOCK // (n_segments * len(points.weights)))
    with one_thread():
        parts = [
            _advance(points, n_segments, min(together, n_starts - done), generator, tolerance, max_steps)
            for done in range(0, n_starts, together)
        ]
    return Starts(np.concatenate([p.centers for p in parts]), np.concatenate([p.sse for p in parts]))


def _advance(
    points: Points,
    n_segments: int,
    n_starts: int,
    generator: np.random.Generator,
    tolerance: float,
    max_steps: int,
) -> Starts:
    n_columns = points.shifted.shape[1] - 1
    means = _seeds(points, n_segments, n_starts, generator).astype(np.float64)
    total = float(points.squares @ points.weights.astype(np.float64))
    centers = np.empty((n_starts, n_segments, n_columns))
    sse = np.empty(n_starts)
    running, gained = np.arange(n_starts), np.full(n_starts, -1.0)
    for step in range(max_steps):
        sums = _sums(points, means)
        counts = sums[:, :, -1:]
        # A centre that lost all its rows stays where it is.
        means = np.where(counts > 0, sums[:, :, :-1] / np.maximum(counts, 1e-30), means)
        explained = (sums[:, :, :-1] * means).sum(axis=(1, 2))
        left = np.maximum(total - explained, 0.0)
        ended = explained - gained <= tolerance * left
        if step == max_steps - 1:
            ended[:] = True
        centers[running[ended]], sse[running[ended]] = means[ended], left[ended]
        if ended.all():
            break
        running, means, gained = running[~ended], means[~ended], explained[~ended]
    return Starts(centers + points.origin, sse)


def _seeds(points: Points, n_segments: int, n_starts: int, generator: np.random.Generator) -> Singles:
    """k-means++: each next centre is a row drawn in proportion to its squared distance from the nearest so far."""
    rows = points.shifted[:, :-1]
    n = len(rows)
    cumulated = np.cumsum(points.weights, dtype=np.float64)
    drawn = np.searchsorted(cumulated, generator.random(n_starts) * cumulated[-1], side="right")
    seeds = np.empty((n_starts, n_segments, rows.shape[1]), dtype=np.float32)
    nearest = np.full((n_starts, n), np.inf, dtype=np.float32)
    for place in range(n_segments):
        chosen = np.minimum(drawn, n - 1)
        seeds[:, place] = rows[chosen]
        if place == n_segments - 1:
            break
        distance = _partial_distances(points.shifted, seeds[:, place : place + 1])[:, 0] + points.squares
        np.minimum(nearest, np.maximum(distance, 0, out=distance), out=nearest)
        chances = np.cumsum(nearest * points.weights, axis=1, dtype=np.float64)
        targets = generator.random(n_starts) * chances[:, -1]
        drawn = np.array(
            [np.searchsorted(line, target, side="right") for line, target in zip(chances, targets, strict=True)]
        )
    return seeds


def _partial_distances(shifted: Singles, means: NDArray[np.floating]) -> Singles:
    """Squared distances less the rows' own squares, shape (n_starts, n_segments, n_rows)."""
    starts, segments, columns = means.shape
    planes = np.empty((starts, segments, columns + 1), dtype=np.float32)
    planes[:, :, :-1] = -2 * means
    planes[:, :, -1] = (means * means).sum(axis=2)
    flat = planes.reshape(starts * segments, columns + 1) @ shifted.T
    return flat.reshape(starts, segments, len(shifted))


def _nearest(distances: Singles) -> NDArray[np.int16]:
    """Place of the nearest centre; of equal ones the first. Plain passes beat argmin over a short axis."""
    starts, segments, n = distances.shape
    labels = np.zeros((starts, n), dtype=np.int16)
    lowest = distances[:, 0].copy()
    for place in range(1, segments):
        closer = distances[:, place] < lowest
        np.copyto(labels, np.int16(place), where=closer)
        if place < segments - 1:
            np.minimum(lowest, distances[:, place], out=lowest)
    return labels


def _sums(points: Points, means: Floats) -> Floats:
    """Weighted sums of rows by nearest centre, last column the weight: (n_starts, n_segments, n_columns + 1)."""
    starts, segments, columns = means.shape
    places = np.arange(segments, dtype=np.int16)[None, :, None]
    sums = np.zeros((starts * segments, columns + 1))
    block = max(256, _CELLS_PER_BLOCK // (starts * segments))
    for begin in range(0, len(points.weights), block):
        shifted = points.shifted[begin : begin + block]
        labels = _nearest(_partial_distances(shifted, means))
        member = (labels[:, None, :] == places).astype(np.float32).reshape(starts * segments, len(shifted))
        sums += member @ (shifted * points.weights[begin : begin + block, None])
    return sums.reshape(starts, segments, columns + 1)


def assign(points: Points, centers: Floats) -> Labels:
    """Place of the nearest of the `centers` (n_segments, n_columns) for every row."""
    means = (centers - points.origin)[None]
    block = max(256, _CELLS_PER_BLOCK // len(centers))
    with one_thread():
        parts = [
            _nearest(_partial_distances(points.shifted[begin : begin + block], means))[0]
            for begin in range(0, len(points.weights), block)
        ]
    return np.concatenate(parts).astype(np.int64)
