"""How many factors: parallel analysis, Velicer's minimum average partial, eigenvalues above one, the scree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.factors.correlation import Correlations, Kind, pearson, polychoric_of, row_weights
from qunxiang.statistics.factors.extraction import most_factors
from qunxiang.statistics.factors.ordinal import Ordinal, ordinal
from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]
Variant = Literal["components", "factors"]


@dataclass(frozen=True)
class ParallelAnalysis:
    """Eigenvalues of the data against those of data without any factor.

    Attributes
    ----------
    variant : {"components", "factors"}
        Eigenvalues of the correlation matrix, or of the reduced one with squared multiple correlations as diagonal.
    observed, chance : ndarray of shape (n_items,)
        Largest first; `chance` is the given quantile over the draws.
    quantile : float
    n_draws : int
    n_factors : int
        How many leading eigenvalues lie above chance.
    """

    variant: Variant
    observed: Floats
    chance: Floats
    quantile: float
    n_draws: int
    n_factors: int


@dataclass(frozen=True)
class AveragePartials:
    """Velicer's criterion.

    Attributes
    ----------
    squared, fourth : ndarray of shape (n_items − 1,)
        Average squared (1976) and fourth-power (2000) partial correlation after taking out 0, 1, 2, … components.
    n_factors, n_factors_fourth : int
        Where each is least.
    """

    squared: Floats
    fourth: Floats
    n_factors: int
    n_factors_fourth: int


def eigenvalues(R: Floats, variant: Variant = "components") -> Floats:
    """Eigenvalues of a correlation matrix, largest first; for "factors" of the reduced one."""
    if variant == "components":
        return np.asarray(np.linalg.eigvalsh(R)[::-1], dtype=np.float64)
    smc = 1 - 1 / np.diag(np.linalg.inv(R))
    return np.asarray(np.linalg.eigvalsh(R - np.diag(1 - smc))[::-1], dtype=np.float64)


@one_thread
def parallel_analysis(
    X: ArrayLike,
    *,
    kind: Kind = "pearson",
    weights: ArrayLike | None = None,
    n_draws: int = 100,
    quantile: float = 0.95,
    seed: int = 0,
    observed: Correlations | None = None,
) -> tuple[ParallelAnalysis, ParallelAnalysis]:
    """Compare eigenvalues with those of the same answers shuffled, each item by itself.

    Shuffling keeps the shares of the answers, the unknowns and the weights, and takes every correlation away; for
    continuous normal items it amounts to Horn's random normal data.

    Parameters
    ----------
    X : array of shape (n_rows, n_items)
        NaN is unknown.
    kind, weights
        As for the correlations of the data itself.
    n_draws, quantile, seed
        Number of shuffles, which quantile of their eigenvalues is called chance, start of the generator.
    observed
        Correlations of `X` when they are there already.

    Returns
    -------
    The "components" and the "factors" variant.

    References
    ----------
    Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika 30.
    Humphreys, L. G. & Montanelli, R. G. (1975). An investigation of the parallel analysis criterion. Multivariate
    Behavioral Research 10. Glorfeld, L. W. (1995) for the quantile in place of the mean.
    """
    values = np.asarray(X, dtype=np.float64)
    w = row_weights(weights, len(values))
    generator = np.random.default_rng(seed)
    names = tuple(f"x{i}" for i in range(values.shape[1]))
    coded = ordinal(values, names) if kind == "polychoric" else None

    def matrix_of(order: NDArray[np.int64] | None) -> Floats:
        if coded is not None:
            codes = coded.codes if order is None else np.take_along_axis(coded.codes, order, axis=0)
            return polychoric_of(Ordinal(codes, coded.n_categories), names, w).matrix
        return pearson(values if order is None else np.take_along_axis(values, order, axis=0), None, w).matrix

    own = matrix_of(None) if observed is None else observed.matrix
    draws: dict[Variant, list[Floats]] = {"components": [], "factors": []}
    for _ in range(n_draws):
        drawn = matrix_of(generator.permuted(np.tile(np.arange(len(values))[:, None], (1, values.shape[1])), axis=0))
        for variant, kept in draws.items():
            kept.append(eigenvalues(drawn, variant))
    found = []
    for variant, kept in draws.items():
        chance, seen = np.quantile(np.array(kept), quantile, axis=0), eigenvalues(own, variant)
        above = seen > chance
        leading = len(seen) if above.all() else int(np.argmin(above))
        limit = most_factors(values.shape[1])
        found.append(ParallelAnalysis(variant, seen, chance, quantile, n_draws, min(leading, limit)))
    return found[0], found[1]


def average_partials(R: Floats) -> AveragePartials:
    """Velicer's minimum average partial (MAP) test, original and revised.

    References
    ----------
    Velicer, W. F. (1976). Determining the number of components from the matrix of partial correlations.
    Psychometrika 41. Velicer, W. F., Eaton, C. A. & Fava, J. L. (2000) for the fourth power.
    """
    n_items = len(R)
    values, vectors = np.linalg.eigh(R)
    axes = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
    off = ~np.eye(n_items, dtype=bool)
    squared, fourth = [], []
    for m in range(n_items - 1):
        rest = R - axes[:, :m] @ axes[:, :m].T
        spread = np.diag(rest)
        if np.any(spread <= 1e-12):
            break
        partial = rest / np.sqrt(np.outer(spread, spread))
        squared.append(float((partial[off] ** 2).mean()))
        fourth.append(float((partial[off] ** 4).mean()))
    return AveragePartials(np.array(squared), np.array(fourth), int(np.argmin(squared)), int(np.argmin(fourth)))


def above_one(R: Floats) -> int:
    """Number of eigenvalues above one (Kaiser 1960): shown for comparison, it mostly counts too many."""
    return int((np.linalg.eigvalsh(R) > 1).sum())
