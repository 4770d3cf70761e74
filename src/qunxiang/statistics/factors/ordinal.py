"""Ordered answers as codes, and the polychoric correlations of all pairs of items at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from qunxiang.statistics.factors.bivariate import (
    bivariate_cdf,
    bivariate_density,
    normal_density,
    slope_by_threshold,
)

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MOST_CATEGORIES = 20
_NEAR_ONE = 0.9995
_SMALLEST = 1e-12
_STEPS = 60
_CLOSE = 1e-7


@dataclass(frozen=True)
class Ordinal:
    """Items as codes.

    Attributes
    ----------
    codes : ndarray of shape (n_rows, n_items)
        0 for the lowest answer; −1 is unknown.
    n_categories : ndarray of shape (n_items,)
        How many different answers each item has, at least two.
    """

    codes: Codes
    n_categories: Codes


def ordinal(values: Floats, names: Sequence[str]) -> Ordinal:
    """Code ordered answers from 0 by their order.

    Raises
    ------
    ValueError
        When an item has a single answer, or more than 20.
    """
    codes = np.full(values.shape, -1, dtype=np.int64)
    sizes = np.zeros(values.shape[1], dtype=np.int64)
    for i, name in enumerate(names):
        known = ~np.isnan(values[:, i])
        levels, places = np.unique(values[known, i], return_inverse=True)
        if not 2 <= len(levels) <= MOST_CATEGORIES:
            raise ValueError(f"item {name} has {len(levels)} different answers; 2 to {MOST_CATEGORIES} can be ordered")
        codes[known, i] = places
        sizes[i] = len(levels)
    return Ordinal(codes, sizes)


def polychoric_pairs(items: Ordinal, weights: Floats) -> tuple[Floats, Floats]:
    """Correlation and standard error of every pair, each of shape (n_items, n_items)."""
    n_items, most = items.codes.shape[1], int(items.n_categories.max())
    first, second = np.triu_indices(n_items, 1)
    counts = pair_tables(items, weights)[first, second]
    squares = pair_tables(items, weights**2)[first, second]
    counts = _fill_empty(counts, items.n_categories[first], items.n_categories[second])
    total = counts.sum(axis=(1, 2))
    a = _thresholds(counts.sum(axis=2), items.n_categories[first], most)
    b = _thresholds(counts.sum(axis=1), items.n_categories[second], most)
    rho = _maximise(counts, a, b)
    errors = np.sqrt(_variance(counts, squares, total, a, b, rho))
    matrix, spread = np.eye(n_items), np.full((n_items, n_items), np.nan)
    matrix[first, second] = matrix[second, first] = rho
    spread[first, second] = spread[second, first] = errors
    return matrix, spread


def pair_tables(items: Ordinal, weights: Floats) -> Floats:
    """Cross-tables of all pairs: sums of weights, shape (n_items, n_items, most, most)."""
    n_rows, n_items = items.codes.shape
    most = int(items.n_categories.max())
    rows, places = np.nonzero(items.codes >= 0)
    columns = places * most + items.codes[rows, places]
    shape = (n_rows, n_items * most)
    shown = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    weighted = sparse.csr_array((weights[rows], (rows, columns)), shape=shape)
    both = np.asarray((weighted.T @ shown).todense(), dtype=np.float64)
    return both.reshape(n_items, most, n_items, most).transpose(0, 2, 1, 3)


def _fill_empty(counts: Floats, rows: Codes, columns: Codes) -> Floats:
    """Put half a row into the empty cells of 2 × 2 tables."""
    small = (rows == 2) & (columns == 2)
    cells = counts[:, :2, :2]
    filled = np.where(small[:, None, None] & (cells <= 0), 0.5, cells)
    out = counts.copy()
    out[:, :2, :2] = filled
    return out


def _thresholds(margins: Floats, sizes: Codes, most: int) -> Floats:
    """Thresholds per pair, shape (n_pairs, most + 1): −∞, the cuts, then ∞ for all further places."""
    shares = np.cumsum(margins, axis=1) / margins.sum(axis=1, keepdims=True)
    cuts = np.full((len(margins), most + 1), np.inf)
    cuts[:, 0] = -np.inf
    inside = np.arange(1, most)[None, :] < sizes[:, None]
    middle = special.ndtri(np.clip(shares[:, :-1], _SMALLEST, 1 - _SMALLEST))
    cuts[:, 1:most] = np.where(inside, middle, np.inf)
    return cuts


def _cells(at_corners: Floats) -> Floats:
    """Differences of a function of the corners: its value over each cell."""
    return np.diff(np.diff(at_corners, axis=1), axis=2)


def _probabilities(a: Floats, b: Floats, rho: Floats) -> Floats:
    """Probability of every cell, shape (n_pairs, most, most); only the inner corners need the bivariate function."""
    corners = np.zeros((len(rho), a.shape[1], b.shape[1]))
    corners[:, 1:-1, 1:-1] = bivariate_cdf(a[:, 1:-1, None], b[:, None, 1:-1], rho[:, None, None])
    corners[:, -1, :], corners[:, :, -1] = special.ndtr(b), special.ndtr(a)
    return np.maximum(_cells(corners), _SMALLEST)


def _maximise(counts: Floats, a: Floats, b: Floats) -> Floats:
    """Fisher scoring of all pairs at once, with halved steps where the likelihood would fall."""
    rho, total = np.zeros(len(counts)), counts.sum(axis=(1, 2))
    cells = _probabilities(a, b, rho)
    best = (counts * np.log(cells)).sum(axis=(1, 2))
    for _ in range(_STEPS):
        slopes = _cells(bivariate_density(a[:, :, None], b[:, None, :], rho[:, None, None]))
        score = (counts * slopes / cells).sum(axis=(1, 2))
        information = total * (slopes**2 / cells).sum(axis=(1, 2))
        step = np.clip(score / np.maximum(information, _SMALLEST), -0.5, 0.5)
        for _ in range(12):
            moved = np.clip(rho + step, -_NEAR_ONE, _NEAR_ONE)
            tried = _probabilities(a, b, moved)
            reached = (counts * np.log(tried)).sum(axis=(1, 2))
            worse = reached < best - 1e-9 * np.abs(best)
            if not worse.any():
                break
            step = np.where(worse, step / 2, step)
        still = worse
        moved, reached = np.where(still, rho, moved), np.where(still, best, reached)
        done = float(np.abs(moved - rho).max())
        rho, best, cells = moved, reached, np.where(still[:, None, None], cells, tried)
        if done < _CLOSE:
            break
    return rho


def _variance(counts: Floats, squares: Floats, total: Floats, a: Floats, b: Floats, rho: Floats) -> Floats:
    """Variance of the correlations with estimated thresholds: the mean squared influence of a row.

    A threshold answers to a row by (1{x ≤ cut} − share) / density; the correlation by its own score plus what
    the thresholds pass on.
    """
    h, k, wide = a[:, :, None], b[:, None, :], rho[:, None, None]
    cells = _probabilities(a, b, rho)
    slopes = _cells(bivariate_density(h, k, wide))
    pull = slopes / cells
    information = (slopes * pull).sum(axis=(1, 2))
    # Moving the cut between row i and i + 1 moves mass from the cell above it to the cell below.
    by_row = np.diff(slope_by_threshold(h, k, wide), axis=2)
    by_column = np.diff(slope_by_threshold(k, h, wide), axis=1)
    row_pull = -(by_row[:, 1:-1, :] * (pull[:, :-1, :] - pull[:, 1:, :])).sum(axis=2)
    column_pull = -(by_column[:, :, 1:-1] * (pull[:, :, :-1] - pull[:, :, 1:])).sum(axis=1)
    influence = pull + _passed_on(row_pull, a)[:, :, None] + _passed_on(column_pull, b)[:, None, :]
    influence = influence / np.maximum(information, _SMALLEST)[:, None, None]
    mean = (counts * influence).sum(axis=(1, 2)) / total
    spread: Floats = (squares * (influence - mean[:, None, None]) ** 2).sum(axis=(1, 2)) / total**2
    return spread


def _passed_on(pull: Floats, cuts: Floats) -> Floats:
    """What the cuts pass on to the correlation for a row of each category, shape (n_pairs, most)."""
    inner = cuts[:, 1:-1]
    density = normal_density(inner)
    weight = np.divide(pull, density, out=np.zeros_like(pull), where=density > 0)
    categories = np.arange(cuts.shape[1] - 1)
    below = (categories[:, None] <= np.arange(inner.shape[1])[None, :]).astype(np.float64)
    spread: Floats = np.einsum("pt,ct->pc", weight, below) - (weight * special.ndtr(inner)).sum(axis=1)[:, None]
    return spread
