"""Weights from pairwise comparisons, and ranking by distance to the best and the worst: AHP and TOPSIS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import SettingError

Floats = NDArray[np.float64]

CONSISTENT_UP_TO = 0.1
"""Consistency ratio above which Saaty advises to compare again."""

_RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
_RECIPROCAL_TOLERANCE = 1e-6


@dataclass(frozen=True)
class PairwiseWeights:
    """Weights that pairwise comparisons come to.

    Attributes
    ----------
    weights : ndarray of shape (n_criteria,)
        Summing to one.
    lambda_max : float
        Largest eigenvalue of the comparisons; the number of criteria when they are free of contradiction.
    consistency_index, consistency_ratio : float
        (lambda_max − n)/(n − 1), and that against comparisons made at random.
    worst : tuple of two int or None
        The pair of criteria whose comparison is furthest from what the weights say; None when all agree.
    """

    weights: Floats
    lambda_max: float
    consistency_index: float
    consistency_ratio: float
    worst: tuple[int, int] | None

    @property
    def consistent(self) -> bool:
        """Whether the comparisons contradict each other little enough (ratio at most 0.1)."""
        return self.consistency_ratio <= CONSISTENT_UP_TO


def ahp(comparisons: ArrayLike) -> PairwiseWeights:
    """Return the weights that pairwise comparisons of criteria come to (analytic hierarchy process).

    Parameters
    ----------
    comparisons : array of shape (n_criteria, n_criteria)
        How many times criterion i matters as much as criterion j (1/9 to 9); the value for (j, i) is its reciprocal.
        Two to ten criteria.

    Raises
    ------
    SettingError
        When the matrix is not square, not reciprocal, not above zero, or larger than ten.

    References
    ----------
    Saaty, T. L. (1980). The Analytic Hierarchy Process. Random indices from the same book.
    """
    matrix = np.asarray(comparisons, dtype=np.float64)
    n = len(matrix)
    if matrix.shape != (n, n) or not 2 <= n <= len(_RANDOM_INDEX):
        raise SettingError("error.targets.ahp_shape", rows=n, most=len(_RANDOM_INDEX))
    if not np.all(np.isfinite(matrix) & (matrix > 0)) or np.any(np.abs(matrix * matrix.T - 1) > _RECIPROCAL_TOLERANCE):
        raise SettingError("error.targets.ahp_reciprocal")
    values, vectors = np.linalg.eig(matrix)
    place = int(np.argmax(values.real))
    lambda_max = float(values[place].real)
    weights = np.abs(vectors[:, place].real)
    weights = weights / weights.sum()
    index = (lambda_max - n) / (n - 1)
    off = np.abs(np.log(matrix * weights[None, :] / weights[:, None]))
    at = np.unravel_index(int(np.argmax(off)), off.shape)
    worst = (int(min(at)), int(max(at))) if off.max() > _RECIPROCAL_TOLERANCE else None
    return PairwiseWeights(weights, lambda_max, index, index / _RANDOM_INDEX[n - 1] if n > 2 else 0.0, worst)


def topsis(
    matrix: ArrayLike,
    weights: ArrayLike,
    *,
    costs: ArrayLike | None = None,
    normalisation: Literal["vector", "range", "none"] = "vector",
) -> Floats:
    """Return how close every alternative is to the best and how far from the worst (TOPSIS).

    Parameters
    ----------
    matrix : array of shape (n_alternatives, n_criteria)
        Value of every alternative on every criterion, all known.
    weights : array of shape (n_criteria,)
        Not below zero, of any sum above zero.
    costs : array of shape (n_criteria,) of bool, optional
        Criteria of which less is better.
    normalisation
        ``vector`` divides a criterion by its root of squares, ``range`` brings it to 0..1, ``none`` leaves it
        as it is, for criteria that share one scale. The order of alternatives may depend on it.

    Returns
    -------
    ndarray of shape (n_alternatives,)
        Closeness from 0 (worst on every criterion) to 1 (best on every criterion); 0.5 for all where all are equal.

    Raises
    ------
    SettingError
        When a value is unknown, or weights do not fit.

    References
    ----------
    Hwang, C. L. & Yoon, K. (1981). Multiple Attribute Decision Making.
    """
    values = np.asarray(matrix, dtype=np.float64)
    share = np.asarray(weights, dtype=np.float64)
    if values.ndim != 2 or not values.size or not np.all(np.isfinite(values)):
        raise SettingError("error.targets.topsis_values")
    if share.shape != (values.shape[1],) or np.any(share < 0) or not share.sum() > 0:
        raise SettingError("error.targets.topsis_weights", criteria=values.shape[1])
    less = np.zeros(values.shape[1], dtype=bool) if costs is None else np.asarray(costs, dtype=bool)
    if less.shape != share.shape:
        raise SettingError("error.targets.topsis_weights", criteria=values.shape[1])
    scaled = _normalised(values, normalisation) * share / share.sum()
    best = np.where(less, scaled.min(axis=0), scaled.max(axis=0))
    worst = np.where(less, scaled.max(axis=0), scaled.min(axis=0))
    to_best = np.sqrt(((scaled - best) ** 2).sum(axis=1))
    to_worst = np.sqrt(((scaled - worst) ** 2).sum(axis=1))
    whole = to_best + to_worst
    closeness: Floats = np.divide(to_worst, whole, out=np.full(len(values), 0.5), where=whole > 0)
    return closeness


def _normalised(values: Floats, normalisation: str) -> Floats:
    if normalisation == "none":
        return values
    if normalisation == "vector":
        size = np.sqrt((values**2).sum(axis=0))
        unit: Floats = values / np.where(size > 0, size, 1.0)
        return unit
    span = values.max(axis=0) - values.min(axis=0)
    brought: Floats = (values - values.min(axis=0)) / np.where(span > 0, span, 1.0)
    return brought
