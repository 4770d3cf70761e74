"""Correlations of survey items: Pearson of the numbers given, polychoric of the attitudes behind ordered answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.factors.ordinal import Ordinal, ordinal, polychoric_pairs
from qunxiang.statistics.intervals import normal_quantile
from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]
Kind = Literal["pearson", "polychoric"]

# Below this a matrix is not positive definite for our purposes: its inverse would be rounding only.
_DEFINITE = 1e-6


@dataclass(frozen=True)
class Correlations:
    """Correlations of items.

    Attributes
    ----------
    names : tuple of str
        The items, in order.
    matrix : ndarray of shape (n_items, n_items)
        Positive definite: smoothed where the raw one was not.
    standard_errors : ndarray of shape (n_items, n_items)
        NaN on the diagonal.
    n_rows : int
        Rows with at least one known item.
    n_pairs : ndarray of shape (n_items, n_items)
        Rows in which both items are known.
    n_effective : float
        Kish's effective number of rows, given the weights; `n_rows` without weights.
    kind : {"pearson", "polychoric"}
    smoothed_by : float or None
        Largest change of a correlation by smoothing; None when nothing was smoothed.
    """

    names: tuple[str, ...]
    matrix: Floats
    standard_errors: Floats
    n_rows: int
    n_pairs: NDArray[np.int64]
    n_effective: float
    kind: Kind
    smoothed_by: float | None = None

    def interval(self, i: int, j: int, confidence: float = 0.95) -> tuple[float, float]:
        """Return the ends of the interval of one correlation, symmetric on Fisher's z scale."""
        r, error = float(self.matrix[i, j]), float(self.standard_errors[i, j])
        reach = normal_quantile(confidence) * error / (1 - r**2)
        return float(np.tanh(np.arctanh(r) - reach)), float(np.tanh(np.arctanh(r) + reach))

    def keep(self, places: Sequence[int]) -> Correlations:
        """Return the correlations of some of the items, in the order given."""
        chosen = np.ix_(list(places), list(places))
        return replace(
            self,
            names=tuple(self.names[i] for i in places),
            matrix=self.matrix[chosen],
            standard_errors=self.standard_errors[chosen],
            n_pairs=self.n_pairs[chosen],
        )


def of_matrix(names: Sequence[str], matrix: ArrayLike, n_rows: int) -> Correlations:
    """Take a published Pearson correlation or covariance matrix of `n_rows` rows."""
    given = np.asarray(matrix, dtype=np.float64)
    sd = np.sqrt(np.diag(given))
    r = given / np.outer(sd, sd)
    shape = r.shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] != len(names) or not np.allclose(r, r.T):
        raise ValueError(f"a symmetric matrix of {len(names)} items is needed, the shape is {shape}")
    matrix_, moved = smooth(r)
    errors = _pearson_errors(matrix_, np.full(shape, float(n_rows)))
    return Correlations(
        tuple(names), matrix_, errors, n_rows, np.full(shape, n_rows, dtype=np.int64), float(n_rows), "pearson", moved
    )


@one_thread
def pearson(X: ArrayLike, names: Sequence[str] | None = None, weights: ArrayLike | None = None) -> Correlations:
    """Pearson correlations over the rows in which both items are known.

    Parameters
    ----------
    X : array of shape (n_rows, n_items)
        NaN is unknown.
    names
        Names of the items; `x0`, `x1`, … when not given.
    weights : array of shape (n_rows,), optional
        How much a row counts, above zero.

    Raises
    ------
    ValueError
        When an item does not vary, or two items are never known together.
    """
    values, labels, w = _items(X, names, weights)
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    mass = known.astype(np.float64)
    pair_weight = (mass * w[:, None]).T @ mass
    _never_together(pair_weight, labels)
    # Moments of item i over the rows in which item j is known too.
    sums = (filled * w[:, None]).T @ mass
    squares = (filled**2 * w[:, None]).T @ mass
    products = (filled * w[:, None]).T @ filled
    mean = sums / pair_weight
    spread = squares / pair_weight - mean**2
    if np.any(spread <= 1e-12 * np.maximum(1.0, mean**2)):
        still = [labels[i] for i in np.flatnonzero((spread <= 1e-12 * np.maximum(1.0, mean**2)).any(axis=1))]
        raise ValueError(f"items without any difference between answers have no correlation: {', '.join(still)}")
    raw = (products / pair_weight - mean * mean.T) / np.sqrt(spread * spread.T)
    np.fill_diagonal(raw, 1.0)
    matrix, moved = smooth(np.clip(raw, -1.0, 1.0))
    effective = pair_weight**2 / ((mass * (w**2)[:, None]).T @ mass)
    return Correlations(
        labels,
        matrix,
        _pearson_errors(matrix, effective),
        int(known.any(axis=1).sum()),
        (mass.T @ mass).round().astype(np.int64),
        float(w.sum() ** 2 / (w**2).sum()),
        "pearson",
        moved,
    )


@one_thread
def polychoric(X: ArrayLike, names: Sequence[str] | None = None, weights: ArrayLike | None = None) -> Correlations:
    """Polychoric correlations: of normal attitudes that show as ordered answers.

    Two steps: thresholds from the shares of each item, then each correlation by maximum likelihood given the
    thresholds. Standard errors take both steps and the weights into account. A 2 × 2 table with an empty cell gets
    half a row in it, since the likelihood has no maximum inside otherwise.

    Parameters
    ----------
    X : array of shape (n_rows, n_items)
        Ordered answers as numbers; the numbers matter by their order only. At most 20 different ones per item.
    names, weights
        As in :func:`pearson`.

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika 44.
    """
    values, labels, w = _items(X, names, weights)
    return polychoric_of(ordinal(values, labels), labels, w)


def polychoric_of(items: Ordinal, names: Sequence[str], weights: Floats) -> Correlations:
    """Polychoric correlations of coded items; see :func:`polychoric`."""
    known = items.codes >= 0
    mass = known.astype(np.float64)
    together = (mass.T @ mass).round().astype(np.int64)
    _never_together(together, tuple(names))
    raw, errors = polychoric_pairs(items, weights)
    matrix, moved = smooth(raw)
    return Correlations(
        tuple(names),
        matrix,
        errors,
        int(known.any(axis=1).sum()),
        together,
        float(weights.sum() ** 2 / (weights**2).sum()),
        "polychoric",
        moved,
    )


def smooth(matrix: Floats) -> tuple[Floats, float | None]:
    """Return the matrix made positive definite and the largest change of a correlation, None when there was none.

    Eigenvalues below a millionth are raised to it and the diagonal is brought back to one.

    References
    ----------
    Knol, D. L. & ten Berge, J. M. F. (1989). Least-squares approximation of an improper correlation matrix by a
    proper one. Psychometrika 54.
    """
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= _DEFINITE:
        return matrix, None
    raised = (vectors * np.maximum(values, _DEFINITE)) @ vectors.T
    sd = np.sqrt(np.diag(raised))
    proper = raised / np.outer(sd, sd)
    np.fill_diagonal(proper, 1.0)
    return proper, float(np.abs(proper - matrix).max())


def _pearson_errors(matrix: Floats, n: Floats) -> Floats:
    """Standard errors on the scale of r from Fisher's z, 1 / √(n − 3)."""
    errors = (1 - matrix**2) / np.sqrt(np.maximum(n - 3, 1.0))
    np.fill_diagonal(errors, np.nan)
    return errors


def _items(
    X: ArrayLike, names: Sequence[str] | None, weights: ArrayLike | None
) -> tuple[Floats, tuple[str, ...], Floats]:
    values = np.asarray(X, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 2 or (names is not None and len(names) != values.shape[1]):
        raise ValueError(f"at least two items with a name each are needed, the shape is {values.shape}")
    labels = tuple(f"x{i}" for i in range(values.shape[1])) if names is None else tuple(names)
    return values, labels, row_weights(weights, len(values))


def row_weights(weights: ArrayLike | None, n_rows: int) -> Floats:
    """Return the weights as an array, ones when none are given; they must be known and above zero."""
    if weights is None:
        return np.ones(n_rows)
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (n_rows,) or not np.all(np.isfinite(w) & (w > 0)):
        raise ValueError(f"a weight above zero for each of {n_rows} rows is needed")
    return w


def _never_together(counts: NDArray[np.float64] | NDArray[np.int64], names: tuple[str, ...]) -> None:
    apart = np.argwhere(np.asarray(counts) <= 0)
    if len(apart):
        i, j = apart[0]
        raise ValueError(f"no row answers both {names[i]} and {names[j]}: they have no correlation")
