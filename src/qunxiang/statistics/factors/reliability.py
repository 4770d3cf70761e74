"""How reliably a set of items measures: alpha with its interval, omega, item-total correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from qunxiang.statistics.factors.extraction import extract, most_factors
from qunxiang.statistics.factors.rotation import rotate
from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha of standardised items.

    Attributes
    ----------
    alpha, low, high : float
        Value and interval.
    confidence : float
    if_dropped : ndarray of shape (n_items,)
        Alpha of the other items; NaN when only one is left.
    item_total : ndarray of shape (n_items,)
        Correlation of an item with the sum of the others.
    """

    alpha: float
    low: float
    high: float
    confidence: float
    if_dropped: Floats
    item_total: Floats


@dataclass(frozen=True)
class Omega:
    """McDonald's omega.

    Attributes
    ----------
    total : float
        Share of the variance of the sum that all common factors make.
    hierarchical : float
        Share that the general factor alone makes.
    general : ndarray of shape (n_items,)
        Loadings on the general factor after Schmid and Leiman.
    groups : ndarray of shape (n_items, n_factors)
        Loadings on the group factors, freed from the general one.
    """

    total: float
    hierarchical: float
    general: Floats
    groups: Floats


def alpha_of(covariances: Floats) -> float:
    """Cronbach's alpha of a covariance or correlation matrix of items that all point the same way.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16.
    """
    p = len(covariances)
    if p < 2:
        return float("nan")
    return float(p / (p - 1) * (1 - np.trace(covariances) / covariances.sum()))


def alpha(covariances: Floats, n: float, *, confidence: float = 0.95) -> Alpha:
    """Alpha with Feldt's interval for `n` (effective) rows, alpha without each item, item-total correlations.

    References
    ----------
    Feldt, L. S. (1965). The approximate sampling distribution of Kuder–Richardson reliability coefficient twenty.
    Psychometrika 30.
    """
    p = len(covariances)
    if p < 2:
        raise ValueError("reliability needs at least two items")
    value = alpha_of(covariances)
    tail = (1 - confidence) / 2
    first, second = n - 1, (n - 1) * (p - 1)
    low = 1 - (1 - value) * float(scipy.stats.f.ppf(1 - tail, first, second))
    high = 1 - (1 - value) * float(scipy.stats.f.ppf(tail, first, second))
    dropped, totals = np.empty(p), np.empty(p)
    for i in range(p):
        rest = np.flatnonzero(np.arange(p) != i)
        others = covariances[np.ix_(rest, rest)]
        dropped[i] = alpha_of(others)
        totals[i] = covariances[i, rest].sum() / np.sqrt(covariances[i, i] * others.sum())
    return Alpha(value, low, high, confidence, dropped, totals)


@one_thread
def omega(R: Floats, n_factors: int, *, seed: int = 0) -> Omega:
    """Omega total and hierarchical from minres factors, oblimin, and one factor above them.

    With one factor the general factor is that one. Two factors leave the loadings on the general one open: they are
    set equal.

    References
    ----------
    Schmid, J. & Leiman, J. M. (1957). The development of hierarchical factor solutions. Psychometrika 22.
    Zinbarg, R. E., Revelle, W., Yovel, I. & Li, W. (2005). Cronbach's α, Revelle's β and McDonald's ω_H.
    Psychometrika 70.
    """
    found = extract(R, n_factors)
    if n_factors == 1:
        general, groups = found.loadings[:, 0], np.zeros((len(R), 0))
    else:
        turned = rotate(found.loadings, "oblimin", seed=seed, normalise=False)
        above = _second_order(turned.correlations)
        general = turned.loadings @ above
        groups = turned.loadings * np.sqrt(np.maximum(1 - above**2, 0.0))
    whole = float(R.sum())
    unique = float((1 - (found.loadings**2).sum(axis=1)).clip(0).sum())
    return Omega(1 - unique / whole, float(general.sum() ** 2 / whole), general, groups)


def _second_order(phi: Floats) -> Floats:
    """Loadings of the factors on one general factor."""
    if len(phi) == 2:
        return np.full(2, np.sqrt(max(float(phi[0, 1]), 0.0)))
    if most_factors(len(phi)) < 1:
        raise ValueError("two or more factors are needed for one above them")
    return extract(phi, 1).loadings[:, 0]
