"""Lloyd's k-means with many random starts at once: the engine behind segments and their stability.

All starts advance together, so that a step is one matrix product. On 1,453 × 11 one thread needs about a fifth of the
time of scikit-learn's `KMeans` for continuous columns, an eighth for yes/no ones (benchmarks/stability.py).
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

    `weighted` is `shifted` times the weights. Shapes: shifted and weighted (n_rows, n_columns + 1), squares and weights
    (n_rows,), origin (n_columns,).
    """

    shifted: Singles
    squares: Singles
    weights: Singles
    origin: Floats
    weighted: Singles

    @classmethod
    def of(cls, X: Floats, weights: Floats | None = None) -> Points:
        """Shift rows to their mean, so that single precision keeps what matters."""
        share = np.ones(len(X)) if weights is None else weights
        origin = np.average(X, axis=0, weights=share)
        shifted = np.ones((len(X), X.shape[1] + 1), dtype=np.float32)
        shifted[:, :-1] = X - origin
        squares = np.einsum("ij,ij->i", shifted[:, :-1], shifted[:, :-1])
        return cls(shifted, squares, share.astype(np.float32), origin, _weighted(shifted, share))

    def reweighted(self, weights: Floats) -> Points:
        """Return the rows that have a weight, with these weights; a bootstrap sample is one such reweighting."""
        drawn = weights > 0
        shifted, share = self.shifted[drawn], weights[drawn]
        return Points(shifted, self.squares[drawn], share.astype(np.float32), self.origin, _weighted(shifted, share))


def _weighted(shifted: Singles, weights: Floats) -> Singles:
    weighted: Singles = shifted * weights.astype(np.float32)[:, None]
    return weighted


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
    parts = []
    with one_thread():
        for done in range(0, n_starts, together):
            seeds = _seeds(points, n_segments, min(together, n_starts - done), generator)
            parts.append(_advance(points, seeds, tolerance, max_steps))
    return Starts(np.concatenate([p.centers for p in parts]), np.concatenate([p.sse for p in parts]))


def _advance(points: Points, seeds: Singles, tolerance: float, max_steps: int) -> Starts:
    """Step from seeds until each start gains too little."""
    means = seeds.astype(np.float64)
    norms = np.einsum("skc,skc->sk", means, means)
    n_starts = len(means)
    total = float(points.squares @ points.weights.astype(np.float64))
    weight = float(points.weights.sum(dtype=np.float64))
    centers, sse = np.empty_like(means), np.empty(n_starts)
    running, gained = np.arange(n_starts), np.full(n_starts, -1.0)
    scratch = _Scratch.of(points, n_starts * means.shape[1])
    for step in range(max_steps):
        # rows drawn as centres often lie evenly between others, rows between means seldom do
        sums = _sums(points, means, norms, scratch, exact=step == 0)
        if step and sums[:, :, -1].sum() > weight * (1 + 1e-5) * len(means):
            sums = _sums(points, means, norms, scratch, exact=True)
        counts = sums[:, :, -1:]
        # A centre that lost all its rows stays where it is.
        np.divide(sums[:, :, :-1], counts, out=means, where=counts > 0)
        norms = np.einsum("skc,skc->sk", means, means)
        explained = (norms * sums[:, :, -1]).sum(axis=1)
        left = np.maximum(total - explained, 0.0)
        ended = explained - gained <= tolerance * left
        if step == max_steps - 1:
            ended[:] = True
        if not ended.any():
            gained = explained
            continue
        centers[running[ended]], sse[running[ended]] = means[ended], left[ended]
        if ended.all():
            break
        going = ~ended
        running, means, norms, gained = running[going], means[going], norms[going], explained[going]
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
        center = seeds[:, place : place + 1]
        distance = _partial_distances(points.shifted, center, np.einsum("skc,skc->sk", center, center))[:, 0]
        distance += points.squares
        np.minimum(nearest, np.maximum(distance, 0, out=distance), out=nearest)
        chances = np.cumsum(nearest * points.weights, axis=1, dtype=np.float64)
        targets = generator.random(n_starts) * chances[:, -1]
        drawn = (chances <= targets[:, None]).sum(axis=1)
    return seeds


def _partial_distances(
    shifted: Singles, means: NDArray[np.floating], norms: NDArray[np.floating], out: Singles | None = None
) -> Singles:
    """Squared distances less the rows' own squares, shape (n_starts, n_segments, n_rows); `norms` are |means|²."""
    starts, segments, columns = means.shape
    planes = np.empty((starts, segments, columns + 1), dtype=np.float32)
    np.multiply(means, -2, out=planes[:, :, :-1], casting="same_kind")
    planes[:, :, -1] = norms
    flat: Singles = np.matmul(planes.reshape(starts * segments, columns + 1), shifted.T, out=out)
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


@dataclass(frozen=True)
class _Scratch:
    """Memory that all steps of a run use: fresh arrays of this size cost about as much as the work done on them."""

    floats: Singles
    flags: NDArray[np.bool_]
    block: int

    @classmethod
    def of(cls, points: Points, n_centers: int) -> _Scratch:
        """Return what blocks of rows need against so many centres of all starts."""
        block = min(len(points.weights), max(256, _CELLS_PER_BLOCK // n_centers))
        cells = n_centers * block
        return cls(np.empty(cells, dtype=np.float32), np.empty(cells, dtype=np.bool_), block)


def _sums(points: Points, means: Floats, norms: Floats, scratch: _Scratch, *, exact: bool) -> Floats:
    """Weighted sums of rows by nearest centre, last column the weight: (n_starts, n_segments, n_columns + 1).

    A row as near to two centres counts for the first if `exact`, else for both, which saves passes over the distances
    and shows in the sum of the weights.
    """
    starts, segments, columns = means.shape
    places = np.arange(segments, dtype=np.int16)[None, :, None]
    sums = np.zeros((starts * segments, columns + 1))
    for begin in range(0, len(points.weights), scratch.block):
        shifted = points.shifted[begin : begin + scratch.block]
        flat = (starts * segments, len(shifted))
        cells = flat[0] * flat[1]
        distances = scratch.floats[:cells].reshape(flat)
        flags = scratch.flags[:cells].reshape(starts, segments, len(shifted))
        near = _partial_distances(shifted, means, norms, distances)
        if exact:
            np.equal(_nearest(near)[:, None, :], places, out=flags)
        else:
            np.equal(near, np.minimum.reduce(near, axis=1, keepdims=True), out=flags)
        np.copyto(distances, flags.reshape(flat))
        sums += distances @ points.weighted[begin : begin + scratch.block]
    return sums.reshape(starts, segments, columns + 1)


def assign(points: Points, centers: Floats) -> Labels:
    """Place of the nearest of the `centers` (n_segments, n_columns) for every row."""
    means = (centers - points.origin)[None]
    norms = np.einsum("skc,skc->sk", means, means)
    block = max(256, _CELLS_PER_BLOCK // len(centers))
    with one_thread():
        parts = [
            _nearest(_partial_distances(points.shifted[begin : begin + block], means, norms))[0]
            for begin in range(0, len(points.weights), block)
        ]
    return np.concatenate(parts).astype(np.int64)
