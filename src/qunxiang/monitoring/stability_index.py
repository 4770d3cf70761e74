"""Population stability index (PSI) of two samples of one trait, its bins, and what chance alone would give.

PSI = Σ (aᵢ − eᵢ) ln(aᵢ / eᵢ) over bins, with shares eᵢ of the expected (earlier) and aᵢ of the actual (later) values. A
share of 0 counts as :data:`LEAST`, so that the logarithm exists. It is the sum of both Kullback–Leibler divergences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Level = Literal["steady", "chance", "shifted", "drifted"]

SHIFTED, DRIFTED = 0.1, 0.25
"""Values from which a shift is to be looked at, and to be acted on: a convention of credit scoring (Siddiqi 2006)."""
LEAST = 1e-4
BINS = 10
MOST_LEVELS = 20
OTHER = ""
"""Level that stands for all texts beyond the most frequent ones."""


@dataclass(frozen=True)
class Comparison:
    """Two samples side by side.

    `bins` are the levels of texts and of numbers with few values, else pairs of edges (closed below, open above; the
    first and last are open to infinity). `expected` and `actual` are shares by bin. `chance` is the 95 % quantile that
    two samples of these sizes from one distribution would give, (1/n + 1/m) χ²(bins − 1) (Yurdakul 2018).
    """

    bins: tuple[str | float | tuple[float, float], ...]
    expected: tuple[float, ...]
    actual: tuple[float, ...]
    psi: float
    chance: float
    n_expected: int
    n_actual: int

    @property
    def level(self) -> Level:
        """What the index says by convention; `chance` where it is not above what two samples alike would give."""
        if self.psi < SHIFTED:
            return "steady"
        if self.psi <= self.chance:
            return "chance"
        return "drifted" if self.psi >= DRIFTED else "shifted"


def psi(expected: ArrayLike, actual: ArrayLike, *, bins: int = BINS) -> float:
    """Return the population stability index of two samples.

    Parameters
    ----------
    expected, actual : arrays of shape (n_rows,)
        Earlier and later values, numbers or texts. NaN and None are unknown and are left out.
    bins
        Bins of equal share of the expected numbers; numbers with no more different values than that have a bin each.

    Returns
    -------
    float
        0 for equal shares, in nats; see :data:`SHIFTED` and :data:`DRIFTED`.

    Raises
    ------
    ValueError
        When one of the samples has no known value, or there are fewer than two bins.

    References
    ----------
    Siddiqi, N. (2006). Credit Risk Scorecards. Wiley. Yurdakul, B. (2018). Statistical properties of population
    stability index. Western Michigan University.
    """
    return compared(expected, actual, bins=bins).psi


def compared(expected: ArrayLike, actual: ArrayLike, *, bins: int = BINS, least_per_bin: int = 0) -> Comparison:
    """Return both samples by bin with their index; arguments and errors as of :func:`psi`.

    With `least_per_bin` numbers get no more bins than leave so many known values to each in the smaller sample, but at
    least two: an empty bin of a few customers would say drift where there is none.
    """
    if bins < 2:
        raise ValueError(f"at least two bins are needed, {bins} were given")
    before, after = _known(expected), _known(actual)
    if not len(before) or not len(after):
        raise ValueError(f"known values are needed in both samples, there are {len(before)} and {len(after)}")
    n, m = len(before), len(after)
    if least_per_bin:
        bins = max(2, min(bins, min(n, m) // least_per_bin))
    names: tuple[str | float | tuple[float, float], ...]
    if before.dtype == object or after.dtype == object:
        names, e, a = _by_level(before.astype(str), after.astype(str))
    else:
        names, e, a = _by_number(before.astype(np.float64), after.astype(np.float64), bins)
    chance = (1 / n + 1 / m) * float(scipy.stats.chi2.ppf(0.95, max(len(names) - 1, 1)))
    shares = e / n, a / m
    return Comparison(
        names, tuple(map(float, shares[0])), tuple(map(float, shares[1])), psi_of_shares(*shares), chance, n, m
    )


def psi_of_shares(expected: ArrayLike, actual: ArrayLike) -> float:
    """Return the index of two distributions given as shares of the same bins.

    Raises
    ------
    ValueError
        When they have not the same number of bins.
    """
    e, a = np.asarray(expected, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    if e.shape != a.shape or e.ndim != 1 or not len(e):
        raise ValueError(f"both need a share for the same bins, shapes are {e.shape} and {a.shape}")
    e, a = np.maximum(e, LEAST), np.maximum(a, LEAST)
    return float(((a - e) * np.log(a / e)).sum())


def _known(values: ArrayLike) -> NDArray[np.generic]:
    """Return known values: numbers as float64, everything else as objects."""
    array = np.asarray(values)
    if array.dtype.kind in "OUS":
        told = [v for v in array.ravel().tolist() if v is not None and v == v]
        if not all(isinstance(v, int | float) for v in told):
            return np.array([str(v) for v in told], dtype=object)
        array = np.array(told)
    numbers = array.astype(np.float64).ravel()
    return numbers[~np.isnan(numbers)]


def _by_level(
    before: NDArray[np.str_], after: NDArray[np.str_]
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    counted = [dict(zip(*np.unique(side, return_counts=True), strict=True)) for side in (before, after)]
    total = {level: sum(int(side.get(level, 0)) for side in counted) for level in {*counted[0], *counted[1]}}
    order = sorted(total, key=lambda level: (-total[level], level))
    shown, rest = order[:MOST_LEVELS], order[MOST_LEVELS:]
    names = tuple(str(level) for level in shown) + ((OTHER,) if rest else ())
    rows = []
    for side in counted:
        row = [float(side.get(level, 0)) for level in shown]
        rows.append(np.array(row + ([float(sum(side.get(level, 0) for level in rest))] if rest else [])))
    return names, rows[0], rows[1]


def _by_number(
    before: Floats, after: Floats, bins: int
) -> tuple[tuple[float | tuple[float, float], ...], Floats, Floats]:
    different = np.unique(np.concatenate([np.unique(before), np.unique(after)]))
    if len(different) <= bins:
        rows = [
            np.bincount(np.searchsorted(different, side), minlength=len(different)).astype(float)
            for side in (before, after)
        ]
        return tuple(float(v) for v in different), rows[0], rows[1]
    cuts = _cuts(before, bins)
    rows = [
        np.bincount(np.searchsorted(cuts, side, side="right"), minlength=len(cuts) + 1).astype(float)
        for side in (before, after)
    ]
    edges: Sequence[float] = [-np.inf, *map(float, cuts), np.inf]
    held = rows[0] + rows[1] > 0
    shown = tuple(pair for pair, used in zip(pairwise(edges), held, strict=True) if used)
    return shown, rows[0][held], rows[1][held]


def _cuts(values: Floats, bins: int) -> Floats:
    """Return cuts between bins of equal share; a value that takes up several bins gets one of its own."""
    inner = np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf")
    cuts, repeats = np.unique(inner, return_counts=True)
    return np.unique(np.concatenate([cuts, np.nextafter(cuts[repeats > 1], np.inf)]))
