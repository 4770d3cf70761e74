"""Effect sizes of two groups and of cross tables. Unknown values (NaN) are left out."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qunxiang.statistics.intervals import Floats, Interval, TooFewRows, known, normal_quantile


def small_sample_correction(freedom: ArrayLike) -> Floats:
    """Hedges' factor J = 1 − 3 / (4 df − 1) that turns Cohen's d into Hedges' g."""
    return 1 - 3 / (4 * np.asarray(freedom, dtype=np.float64) - 1)


def cohen_d(a: ArrayLike, b: ArrayLike, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Difference of means a − b in pooled standard deviations; needs two known rows in each group and some spread."""
    return _standardised(a, b, confidence, corrected=False)


def hedges_g(a: ArrayLike, b: ArrayLike, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Cohen's d corrected for its small-sample bias.

    References
    ----------
    Hedges, L. V. & Olkin, I. (1985). Statistical Methods for Meta-Analysis. Borenstein et al. (2009), chapter 4.
    """
    return _standardised(a, b, confidence, corrected=True)


def _standardised(a: ArrayLike, b: ArrayLike, confidence: float, *, corrected: bool) -> Interval | TooFewRows:
    x, y = known(a), known(b)
    z = normal_quantile(confidence)
    n_x, n_y = len(x), len(y)
    if min(n_x, n_y) < 2:
        return TooFewRows(n=min(n_x, n_y), needed=2)
    freedom = n_x + n_y - 2
    pooled = float(np.sqrt(((n_x - 1) * x.var(ddof=1) + (n_y - 1) * y.var(ddof=1)) / freedom))
    if pooled == 0:
        # Both groups are constant: a difference in standard deviations does not exist, whatever the number of rows.
        return TooFewRows(n=1, needed=2)
    d = float(x.mean() - y.mean()) / pooled
    factor = float(small_sample_correction(freedom)) if corrected else 1.0
    half = z * factor * float(np.sqrt((n_x + n_y) / (n_x * n_y) + d * d / (2 * (n_x + n_y))))
    g = factor * d
    return Interval(g, g - half, g + half, confidence, n_x + n_y, "hedges-g" if corrected else "cohen-d")


def cohen_h(share_a: float, n_a: int, share_b: float, n_b: int, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Difference of two shares (0..1) on the arcsine scale, 2 asin √a − 2 asin √b, from −π to π.

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, chapter 6.
    """
    z = normal_quantile(confidence)
    if min(n_a, n_b) < 1:
        return TooFewRows(n=min(n_a, n_b), needed=1)
    if not (0 <= share_a <= 1 and 0 <= share_b <= 1):
        raise ValueError(f"shares must lie between 0 and 1, they are {share_a} and {share_b}")
    h = float(2 * np.arcsin(np.sqrt(share_a)) - 2 * np.arcsin(np.sqrt(share_b)))
    half = z * float(np.sqrt(1 / n_a + 1 / n_b))
    return Interval(h, h - half, h + half, confidence, n_a + n_b, "cohen-h")


def cliffs_delta(a: ArrayLike, b: ArrayLike, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Share of pairs with a > b minus share with a < b, exact, −1 to 1; needs two known rows in each group.

    The interval is Cliff's asymmetric one with the consistent estimate of the variance.

    References
    ----------
    Cliff, N. (1993). Dominance statistics. Psychological Bulletin 114. Feng, D. & Cliff, N. (2004).
    """
    x, y = known(a), known(b)
    z = normal_quantile(confidence)
    n_x, n_y = len(x), len(y)
    if min(n_x, n_y) < 2:
        return TooFewRows(n=min(n_x, n_y), needed=2)
    of_x, of_y = _dominance(x, y), -_dominance(y, x)
    delta = float(of_x.mean())
    spread_x, spread_y = float(of_x.var(ddof=1)), float(of_y.var(ddof=1))
    ties = _equal_pairs(x, y) / (n_x * n_y)
    within = max(1 - ties - delta * delta, 0.0)
    variance = ((n_y - 1) * spread_x + (n_x - 1) * spread_y + within) / (n_x * n_y)
    if abs(delta) == 1:
        # Complete dominance leaves no spread to estimate; the known bound is given instead (Feng & Cliff).
        edge = (n_min := min(n_x, n_y)) and (n_min - z * z) / (n_min + z * z)
        low, high = (edge, 1.0) if delta > 0 else (-1.0, -edge)
        return Interval(delta, low, high, confidence, n_x + n_y, "cliff-bound")
    root = z * float(np.sqrt(variance)) * float(np.sqrt((1 - delta**2) ** 2 + z * z * variance))
    scale = 1 - delta**2 + z * z * variance
    low, high = (delta - delta**3 - root) / scale, (delta - delta**3 + root) / scale
    return Interval(delta, max(-1.0, low), min(1.0, high), confidence, n_x + n_y, "cliff")


def _dominance(x: Floats, y: Floats) -> Floats:
    """Per row of x: share of y below it minus share of y above it."""
    ordered = np.sort(y)
    below = np.searchsorted(ordered, x, side="left")
    above = len(y) - np.searchsorted(ordered, x, side="right")
    return (below - above) / len(y)


def _equal_pairs(x: Floats, y: Floats) -> int:
    ordered = np.sort(y)
    equal = np.searchsorted(ordered, x, side="right") - np.searchsorted(ordered, x, side="left")
    return int(equal.sum())


def cramers_v(counts: ArrayLike, *, corrected: bool = False) -> float | TooFewRows:
    """Cramér's V of a table of counts, 0 (independent) to 1.

    Parameters
    ----------
    counts : array of shape (rows, columns)
        Empty rows and columns are left out.
    corrected
        Remove the upward bias of small tables (Bergsma 2013).

    References
    ----------
    Cramér, H. (1946). Bergsma, W. (2013). A bias-correction for Cramér's V. J. Korean Statistical Society 42.
    """
    table = np.asarray(counts, dtype=np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n = float(table.sum())
    if n < 2 or min(table.shape) < 2:
        return TooFewRows(n=int(n), needed=2)
    phi2 = float(scipy.stats.chi2_contingency(table, correction=False).statistic) / n
    rows, columns = table.shape
    if not corrected:
        return float(np.sqrt(phi2 / (min(rows, columns) - 1)))
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1))
    return float(np.sqrt(phi2 / (smaller - 1))) if smaller > 1 else 0.0
