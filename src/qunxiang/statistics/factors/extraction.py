"""Factors from a correlation matrix: minres, maximum likelihood, principal axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]
Method = Literal["minres", "ml", "principal_axis"]

LEAST_UNIQUENESS = 0.005
_ROUNDS = 2000


@dataclass(frozen=True)
class Extraction:
    """Unrotated factors.

    Attributes
    ----------
    loadings : ndarray of shape (n_items, n_factors)
        Largest factor first; each factor turned so that its loadings sum to more than zero.
    uniquenesses : ndarray of shape (n_items,)
        Share of an item's variance that no factor explains.
    objective : float
        Value that was made least: for "ml" the discrepancy log|Σ| − log|R| + tr(RΣ⁻¹) − p, otherwise half the sum of
        squared residuals off the diagonal (both triangles).
    converged : bool
    heywood : tuple of int
        Items whose uniqueness stopped at its least value, .005: the factors explain more than the item has.
    """

    loadings: Floats
    uniquenesses: Floats
    objective: float
    converged: bool
    heywood: tuple[int, ...]


@one_thread
def extract(R: Floats, n_factors: int, method: Method = "minres") -> Extraction:
    """Extract factors from a positive definite correlation matrix.

    Parameters
    ----------
    R : ndarray of shape (n_items, n_items)
    n_factors
        At least 1, and few enough that degrees of freedom are left: (p − m)² ≥ p + m.
    method
        "minres" makes the squared residuals off the diagonal least (the same solution as unweighted least squares),
        "ml" is normal maximum likelihood, "principal_axis" iterates communalities.

    Raises
    ------
    ValueError
        When `n_factors` is out of range.

    References
    ----------
    Harman, H. H. & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika 31.
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika 32.
    """
    n_items = len(R)
    if n_factors < 1 or degrees_of_freedom(n_items, n_factors) < 0:
        raise ValueError(f"{n_items} items carry 1 to {most_factors(n_items)} factors, {n_factors} were asked for")
    smc = 1 / np.diag(np.linalg.inv(R))
    if method == "principal_axis":
        uniquenesses, converged = _principal_axis(R, n_factors, smc)
    else:
        uniquenesses, converged = _descend(R, n_factors, method, smc)
    loadings = _ml_loadings(R, uniquenesses, n_factors) if method == "ml" else _axes(R, uniquenesses, n_factors)
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    if method == "ml":
        objective = _ml(uniquenesses, R, n_factors)[0]
    else:
        residual = R - loadings @ loadings.T
        np.fill_diagonal(residual, 0.0)
        objective = float((residual**2).sum() / 2)
    heywood = tuple(int(i) for i in np.flatnonzero(uniquenesses <= LEAST_UNIQUENESS * 1.001))
    return Extraction(loadings, uniquenesses, objective, converged, heywood)


def degrees_of_freedom(n_items: int, n_factors: int) -> int:
    """Correlations minus free parameters of a model with `n_factors`; may be below zero."""
    return ((n_items - n_factors) ** 2 - (n_items + n_factors)) // 2


def most_factors(n_items: int) -> int:
    """Largest number of factors with degrees of freedom of at least zero."""
    return max((m for m in range(n_items) if degrees_of_freedom(n_items, m) >= 0), default=0)


def _descend(R: Floats, n_factors: int, method: Method, smc: Floats) -> tuple[Floats, bool]:
    """Least objective over the uniquenesses, from three starts; the best is kept."""
    function = _ml if method == "ml" else _uls
    p = len(R)
    starts = [np.clip((1 - 0.5 * n_factors / p) * smc, 0.01, 0.99), np.full(p, 0.5), np.clip(smc, 0.01, 0.99)]
    bounds = [(LEAST_UNIQUENESS, 1.0)] * p
    results = [
        scipy.optimize.minimize(
            function,
            start,
            args=(R, n_factors),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": _ROUNDS, "maxfun": 4 * _ROUNDS, "ftol": 1e-14, "gtol": 1e-9},
        )
        for start in starts
    ]
    best = min(results, key=lambda result: float(result.fun))
    inside = (best.x > LEAST_UNIQUENESS) & (best.x < 1.0)
    flat = bool(np.abs(np.asarray(best.jac)[inside]).max(initial=0.0) < 1e-4)
    return np.asarray(best.x, dtype=np.float64), flat


def _ml(uniquenesses: Floats, R: Floats, n_factors: int) -> tuple[float, Floats]:
    """Discrepancy of maximum likelihood given the uniquenesses, with its gradient."""
    root = 1 / np.sqrt(uniquenesses)
    values, vectors = np.linalg.eigh(R * np.outer(root, root))
    rest = np.maximum(values[: len(R) - n_factors], 1e-300)
    objective = float((rest - np.log(rest) - 1).sum())
    kept = vectors[:, len(R) - n_factors :] * np.sqrt(np.maximum(values[len(R) - n_factors :] - 1, 0.0))
    loadings = kept / root[:, None]
    fitted = loadings @ loadings.T + np.diag(uniquenesses) - R
    return objective, np.diag(fitted) / uniquenesses**2


def _uls(uniquenesses: Floats, R: Floats, n_factors: int) -> tuple[float, Floats]:
    """Half the sum of squared discarded eigenvalues of R − Ψ, with its gradient."""
    values, vectors = np.linalg.eigh(R - np.diag(uniquenesses))
    # Factors of an eigenvalue below zero explain nothing: such eigenvalues are discarded too.
    kept = np.zeros(len(R), dtype=bool)
    kept[len(R) - n_factors :] = values[len(R) - n_factors :] > 0
    rest = np.where(kept, 0.0, values)
    return float((rest**2).sum() / 2), -(vectors**2 @ rest)


def _axes(R: Floats, uniquenesses: Floats, n_factors: int) -> Floats:
    values, vectors = np.linalg.eigh(R - np.diag(uniquenesses))
    order = np.argsort(values)[::-1][:n_factors]
    axes: Floats = vectors[:, order] * np.sqrt(np.maximum(values[order], 0.0))
    return axes


def _ml_loadings(R: Floats, uniquenesses: Floats, n_factors: int) -> Floats:
    root = np.sqrt(uniquenesses)
    values, vectors = np.linalg.eigh(R / np.outer(root, root))
    order = np.argsort(values)[::-1][:n_factors]
    loadings: Floats = vectors[:, order] * np.sqrt(np.maximum(values[order] - 1, 0.0)) * root[:, None]
    # The largest factor first: eigenvalues of the scaled matrix are not sums of squared loadings.
    return loadings[:, np.argsort(-(loadings**2).sum(axis=0))]


def _principal_axis(R: Floats, n_factors: int, smc: Floats) -> tuple[Floats, bool]:
    uniquenesses = np.clip(smc, LEAST_UNIQUENESS, 1.0)
    for _ in range(_ROUNDS):
        loadings = _axes(R, uniquenesses, n_factors)
        after = np.clip(1 - (loadings**2).sum(axis=1), LEAST_UNIQUENESS, 1.0)
        change = float(np.abs(after - uniquenesses).max())
        uniquenesses = after
        if change < 1e-7:
            return uniquenesses, True
    return uniquenesses, False
