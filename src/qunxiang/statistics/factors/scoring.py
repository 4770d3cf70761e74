"""Scores of people on factors, for complete answers and for answers with gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
ScoreMethod = Literal["regression", "bartlett", "mean"]


@dataclass(frozen=True)
class Scoring:
    """Frozen numbers that turn answers into scores.

    Attributes
    ----------
    method : {"regression", "bartlett", "mean"}
        Thurstone's regression (best guess, pulled towards the middle), Bartlett's (unbiased, wider spread), or the
        mean of the items that belong to the factor, in the unit of the answers, reversed items turned round.
    means, sds : ndarray of shape (n_items,)
        Of the answers that were learned from.
    lows, highs : ndarray of shape (n_items,)
        Lowest and highest answer, by which an item is reversed for "mean".
    loadings : ndarray of shape (n_items, n_factors)
        Pattern.
    factor_correlations : ndarray of shape (n_factors, n_factors)
    uniquenesses : ndarray of shape (n_items,)
    members : ndarray of shape (n_items, n_factors)
        1 where an item belongs to the factor, −1 where it does so reversed, else 0.
    least_known : float
        Share of a factor's own items that must be known; below it the score is unknown.
    """

    method: ScoreMethod
    means: Floats
    sds: Floats
    lows: Floats
    highs: Floats
    loadings: Floats
    factor_correlations: Floats
    uniquenesses: Floats
    members: Floats
    least_known: float = 0.5

    def apply(self, X: ArrayLike) -> Floats:
        """Score people.

        A person with gaps is scored from the known answers alone, by the same model: nothing is filled in. Scores of
        "regression" and "bartlett" are in standard deviations of the factor.

        Parameters
        ----------
        X : array of shape (n_rows, n_items)
            NaN is unknown.

        Returns
        -------
        array of shape (n_rows, n_factors); NaN where fewer than `least_known` of a factor's own items are known.
        """
        values = np.asarray(X, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.means):
            raise ValueError(f"answers to {len(self.means)} items are needed, the shape is {values.shape}")
        known = ~np.isnan(values)
        own = self.members != 0
        enough = known.astype(float) @ own >= self.least_known * own.sum(axis=0)
        enough &= known.astype(float) @ own > 0
        scores = self._means(values, known) if self.method == "mean" else self._model(values, known)
        return np.where(enough, scores, np.nan)

    def weights(self, known: NDArray[np.bool_]) -> Floats:
        """Weights of the known items in the scores, shape (number of known items, n_factors)."""
        L, u = self.loadings[known], self.uniquenesses[known]
        scaled = L / u[:, None]
        inner = L.T @ scaled
        if self.method == "bartlett":
            return scaled @ np.linalg.pinv(inner)
        return scaled @ np.linalg.inv(inner + np.linalg.inv(self.factor_correlations))

    def _model(self, values: Floats, known: NDArray[np.bool_]) -> Floats:
        standard = (values - self.means) / self.sds
        scores = np.full((len(values), self.loadings.shape[1]), np.nan)
        patterns, which = np.unique(known, axis=0, return_inverse=True)
        for place, pattern in enumerate(patterns):
            rows = which.ravel() == place
            # Bartlett's needs at least as many answers as factors; regression needs one.
            if pattern.sum() >= (self.loadings.shape[1] if self.method == "bartlett" else 1):
                scores[rows] = standard[np.ix_(rows, pattern)] @ self.weights(pattern)
        return scores

    def _means(self, values: Floats, known: NDArray[np.bool_]) -> Floats:
        straight = np.where(known, values, 0.0)
        turned = np.where(known, self.lows + self.highs - values, 0.0)
        sums = straight @ (self.members > 0) + turned @ (self.members < 0)
        count = known.astype(float) @ (self.members != 0)
        means: Floats = np.divide(sums, count, out=np.full_like(sums, np.nan), where=count > 0)
        return means
