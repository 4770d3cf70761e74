"""Intervals of shares, means, differences, medians and ratios. Unknown values (NaN) are left out of n."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Rows drawn at once by a bootstrap; bounds memory, and is fixed so that one seed gives one answer.
_CELLS_PER_DRAW = 2_000_000


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval; `n` known rows stand behind it (both groups together for a difference)."""

    estimate: float
    low: float
    high: float
    confidence: float
    n: int
    method: str


@dataclass(frozen=True)
class TooFewRows:
    """No number can be given: `n` known rows are there, `needed` are the least that would do."""

    n: int
    needed: int


def known(values: ArrayLike) -> Floats:
    """Return the values that are not NaN, as a flat array of float64."""
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[~np.isnan(array)]


def normal_quantile(confidence: float) -> float:
    """Return z such that a standard normal lies within ±z with probability `confidence` (0..1, exclusive)."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, it is {confidence}")
    return float(scipy.stats.norm.ppf(0.5 + confidence / 2))


def share_interval(
    successes: int, n: int, *, confidence: float = 0.95, base: int | None = None
) -> Interval | TooFewRows:
    """Wilson score interval of a share.

    Parameters
    ----------
    successes, n
        Rows with the property and known rows, 0 ≤ successes ≤ n.
    base
        Size of the finite population that the n rows were drawn from without replacement. The interval then uses
        the effective size n (base − 1) / (base − n); with n = base nothing is left to chance.

    References
    ----------
    Wilson, E. B. (1927). Probable inference. JASA 22. Korn, E. L. & Graubard, B. I. (1998) for the effective size.
    """
    z = normal_quantile(confidence)
    if not 0 <= successes <= max(n, 0):
        raise ValueError(f"successes must lie between 0 and n={n}, there are {successes}")
    if base is not None and base < n:
        raise ValueError(f"base must be at least n={n}, it is {base}")
    if n < 1:
        return TooFewRows(n=n, needed=1)
    share = successes / n
    if base is not None and base == n:
        return Interval(share, share, share, confidence, n, "census")
    effective = float(n) if base is None else n * (base - 1) / (base - n)
    centre = (share + z * z / (2 * effective)) / (1 + z * z / effective)
    half = z / (1 + z * z / effective)
    half *= float(np.sqrt(share * (1 - share) / effective + z * z / (4 * effective**2)))
    # At 0 and n the score interval ends exactly at the edge; rounding must not move it inside.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(share, low, high, confidence, n, "wilson" if base is None else "wilson-finite")


def share_difference_interval(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, confidence: float = 0.95
) -> Interval | TooFewRows:
    """Interval of the difference of two independent shares, a − b.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions, method 10.
    Statistics in Medicine 17.
    """
    a = share_interval(successes_a, n_a, confidence=confidence)
    b = share_interval(successes_b, n_b, confidence=confidence)
    if isinstance(a, TooFewRows):
        return a
    if isinstance(b, TooFewRows):
        return b
    difference = a.estimate - b.estimate
    low = difference - float(np.hypot(a.estimate - a.low, b.high - b.estimate))
    high = difference + float(np.hypot(a.high - a.estimate, b.estimate - b.low))
    return Interval(difference, low, high, confidence, n_a + n_b, "newcombe")


def mean_interval(values: ArrayLike, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Student t interval of a mean; needs two known rows."""
    x = known(values)
    normal_quantile(confidence)
    if len(x) < 2:
        return TooFewRows(n=len(x), needed=2)
    mean = float(x.mean())
    half = float(scipy.stats.t.ppf(0.5 + confidence / 2, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x)))
    return Interval(mean, mean - half, mean + half, confidence, len(x), "t")


def mean_difference_interval(a: ArrayLike, b: ArrayLike, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Welch interval of the difference of two independent means, a − b; needs two known rows in each group."""
    x, y = known(a), known(b)
    normal_quantile(confidence)
    if min(len(x), len(y)) < 2:
        return TooFewRows(n=min(len(x), len(y)), needed=2)
    var_x, var_y = float(x.var(ddof=1)) / len(x), float(y.var(ddof=1)) / len(y)
    difference = float(x.mean() - y.mean())
    n = len(x) + len(y)
    if var_x + var_y == 0:
        return Interval(difference, difference, difference, confidence, n, "welch")
    freedom = (var_x + var_y) ** 2 / (var_x**2 / (len(x) - 1) + var_y**2 / (len(y) - 1))
    half = float(scipy.stats.t.ppf(0.5 + confidence / 2, freedom) * np.sqrt(var_x + var_y))
    return Interval(difference, difference - half, difference + half, confidence, n, "welch")


def median_interval(
    values: ArrayLike, *, confidence: float = 0.95, n_draws: int = 2000, seed: int = 0
) -> Interval | TooFewRows:
    """Percentile bootstrap interval of a median; needs five known rows."""
    x = known(values)[:, None]
    return _bootstrap(x, lambda rows: np.median(rows[..., 0], axis=-1), confidence, n_draws, seed, "bootstrap-median")


def ratio_interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    confidence: float = 0.95,
    n_draws: int = 2000,
    seed: int = 0,
) -> Interval | TooFewRows:
    """Percentile bootstrap interval of sum(numerator) / sum(denominator); rows are drawn as pairs.

    Rows with an unknown part are left out. Needs five known rows and a sum of denominators above zero.
    """
    pairs = np.column_stack([np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)])
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    if len(pairs) and not np.all(pairs[:, 1] >= 0):
        raise ValueError("denominators must not be negative")
    if np.count_nonzero(pairs[:, 1]) < 1:
        return TooFewRows(n=0, needed=5)

    def statistic(rows: Floats) -> Floats:
        sums = rows.sum(axis=-2)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios: Floats = sums[..., 0] / sums[..., 1]
        return ratios

    return _bootstrap(pairs, statistic, confidence, n_draws, seed, "bootstrap-ratio")


def _bootstrap(
    rows: Floats,
    statistic: Callable[[Floats], Floats],
    confidence: float,
    n_draws: int,
    seed: int,
    method: str,
) -> Interval | TooFewRows:
    """Percentile interval of `statistic`, which maps (..., rows, columns) to (...)."""
    normal_quantile(confidence)
    n = len(rows)
    if n < 5:
        return TooFewRows(n=n, needed=5)
    generator = np.random.default_rng(seed)
    per_step = max(1, _CELLS_PER_DRAW // rows.size)
    draws = np.concatenate(
        [
            statistic(rows[generator.integers(0, n, size=(min(per_step, n_draws - start), n))])
            for start in range(0, n_draws, per_step)
        ]
    )
    # A draw without any denominator has no ratio; it says nothing about the spread and is left out.
    draws = draws[np.isfinite(draws)]
    low, high = np.quantile(draws, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Interval(float(statistic(rows)), float(low), float(high), confidence, n, method)
