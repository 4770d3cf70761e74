"""Rotations by gradient projection: varimax, quartimax, oblimin; and promax."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]
RotationName = Literal["none", "varimax", "quartimax", "oblimin", "promax"]
OBLIQUE: frozenset[str] = frozenset({"oblimin", "promax"})

_ROUNDS = 1000
_FLAT = 1e-8
_PROMAX_POWER = 4


@dataclass(frozen=True)
class Rotation:
    """Rotated factors.

    Attributes
    ----------
    loadings : ndarray of shape (n_items, n_factors)
        Pattern: the weight of a factor in an item. Largest factor first, each turned to a positive sum.
    correlations : ndarray of shape (n_factors, n_factors)
        Correlations of the factors; the identity after an orthogonal rotation.
    criterion : float
        Value of the criterion that was made least; NaN for "none" and "promax", which have none.
    converged : bool
    """

    loadings: Floats
    correlations: Floats
    criterion: float
    converged: bool


@one_thread
def rotate(
    loadings: ArrayLike,
    rotation: RotationName = "oblimin",
    *,
    n_starts: int = 10,
    seed: int = 0,
    normalise: bool = True,
) -> Rotation:
    """Rotate factors towards a simple structure.

    Parameters
    ----------
    loadings : array of shape (n_items, n_factors)
        Unrotated loadings.
    rotation
        "varimax" and "quartimax" keep the factors uncorrelated; "oblimin" (gamma 0, also called quartimin) and
        "promax" (power 4 after varimax) let them correlate.
    n_starts, seed
        The first start is the identity, the others are random; the best criterion is kept.
    normalise
        Kaiser's normalisation: every item gets the same length while rotating.

    References
    ----------
    Bernaards, C. A. & Jennrich, R. I. (2005). Gradient projection algorithms and software for arbitrary rotation
    criteria in factor analysis. Educational and Psychological Measurement 65.
    Hendrickson, A. E. & White, P. O. (1964). Promax. British Journal of Statistical Psychology 17.
    """
    A = np.asarray(loadings, dtype=np.float64)
    if A.ndim != 2 or not A.shape[1]:
        raise ValueError(f"loadings of shape (n_items, n_factors) are needed, the shape is {A.shape}")
    if rotation == "none" or A.shape[1] == 1:
        return _ordered(A, np.eye(A.shape[1]), float("nan"), True)
    if rotation == "promax":
        base = rotate(A, "varimax", n_starts=n_starts, seed=seed, normalise=normalise)
        pattern, phi = _promax(base.loadings)
        return _ordered(pattern, phi, float("nan"), base.converged)
    lengths = np.sqrt((A**2).sum(axis=1, keepdims=True))
    scale = np.where(lengths > 0, lengths, 1.0) if normalise else np.ones_like(lengths)
    generator = np.random.default_rng(seed)
    m = A.shape[1]
    starts = [np.eye(m)]
    starts += [np.linalg.qr(generator.standard_normal((m, m)))[0] for _ in range(n_starts - 1)]
    project = _oblique if rotation in OBLIQUE else _orthogonal
    found = [project(A / scale, start, CRITERIA[rotation]) for start in starts]
    turned, value, converged = min(found, key=lambda each: each[1])
    if rotation in OBLIQUE:
        return _ordered(A @ np.linalg.inv(turned).T, turned.T @ turned, value, converged)
    return _ordered(A @ turned, np.eye(m), value, converged)


def criterion(loadings: ArrayLike, rotation: RotationName, *, normalise: bool = True) -> float:
    """Value of a rotation's criterion at given loadings, for comparison with :attr:`Rotation.criterion`.

    With `normalise` the items must have the lengths of the unrotated ones, so the comparison is meant for
    orthogonal rotations and for the start of oblique ones.
    """
    L = np.asarray(loadings, dtype=np.float64)
    lengths = np.sqrt((L**2).sum(axis=1, keepdims=True)) if normalise else np.ones((len(L), 1))
    return CRITERIA[rotation](L / np.where(lengths > 0, lengths, 1.0))[0]


def _varimax(L: Floats) -> tuple[float, Floats]:
    centred = L**2 - (L**2).mean(axis=0)
    return -float((centred**2).sum()) / 4, -L * centred


def _quartimax(L: Floats) -> tuple[float, Floats]:
    return -float((L**4).sum()) / 4, -(L**3)


def _oblimin(L: Floats) -> tuple[float, Floats]:
    others = (L**2).sum(axis=1, keepdims=True) - L**2
    return float((L**2 * others).sum()) / 4, L * others


CRITERIA: dict[str, Callable[[Floats], tuple[float, Floats]]] = {
    "varimax": _varimax,
    "quartimax": _quartimax,
    "oblimin": _oblimin,
}


def _orthogonal(
    A: Floats, start: Floats, value_of: Callable[[Floats], tuple[float, Floats]]
) -> tuple[Floats, float, bool]:
    T, step = start, 1.0
    value, slope = value_of(A @ T)
    for _ in range(_ROUNDS):
        G = A.T @ slope
        M = T.T @ G
        projected = G - T @ ((M + M.T) / 2)
        size = float(np.linalg.norm(projected))
        if size < _FLAT:
            return T, value, True
        step *= 2
        for _ in range(30):
            U, _, V = np.linalg.svd(T - step * projected)
            tried = U @ V
            reached, tried_slope = value_of(A @ tried)
            if reached < value - 0.5 * size**2 * step:
                break
            step /= 2
        else:
            return T, value, size < 1e-5
        T, value, slope = tried, reached, tried_slope
    return T, value, False


def _oblique(
    A: Floats, start: Floats, value_of: Callable[[Floats], tuple[float, Floats]]
) -> tuple[Floats, float, bool]:
    T, step = start, 1.0
    inverse = np.linalg.inv(T)
    L = A @ inverse.T
    value, slope = value_of(L)
    for _ in range(_ROUNDS):
        G = -(L.T @ slope @ inverse).T
        projected = G - T * (T * G).sum(axis=0)
        size = float(np.linalg.norm(projected))
        if size < _FLAT:
            return T, value, True
        step *= 2
        for _ in range(30):
            moved = T - step * projected
            tried = moved / np.sqrt((moved**2).sum(axis=0))
            tried_inverse = np.linalg.inv(tried)
            reached, tried_slope = value_of(A @ tried_inverse.T)
            if reached < value - 0.5 * size**2 * step:
                break
            step /= 2
        else:
            return T, value, size < 1e-5
        T, inverse, value, slope = tried, tried_inverse, reached, tried_slope
        L = A @ inverse.T
    return T, value, False


def _promax(X: Floats) -> tuple[Floats, Floats]:
    target = X * np.abs(X) ** (_PROMAX_POWER - 1)
    U = np.linalg.lstsq(X, target, rcond=None)[0]
    U = U * np.sqrt(np.diag(np.linalg.inv(U.T @ U)))
    phi = np.linalg.inv(U.T @ U)
    return X @ U, phi


def _ordered(L: Floats, phi: Floats, value: float, converged: bool) -> Rotation:
    """Put the factor that explains most first and turn every factor to a positive sum of loadings."""
    explained = np.diag(phi @ L.T @ L)
    order = np.argsort(-explained, kind="stable")
    turn = np.where(L[:, order].sum(axis=0) < 0, -1.0, 1.0)
    return Rotation(L[:, order] * turn, phi[np.ix_(order, order)] * np.outer(turn, turn), value, converged)
