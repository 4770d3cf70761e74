"""Means of a survey and their differences under its design, each with its interval."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.intervals import Interval, TooFewRows, normal_quantile
from qunxiang.statistics.survey.design import Design, linearised_variance

Floats = NDArray[np.float64]


def weighted_mean(values: ArrayLike, sample: Design, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Weighted mean of the known values with a Student t interval on the linearised variance.

    Parameters
    ----------
    values : array of shape (n_rows,)
        NaN is unknown, or not of the group that is looked at: the design stays whole.

    Returns
    -------
    Interval or TooFewRows
        Two known rows are needed, a degree of freedom (clusters with known rows less their strata), and clusters that
        differ where values do: within one cluster departures from the mean cancel out, and no variance can be told.
        Without weights, strata, clusters and gaps it is the ordinary t interval.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling, chapter 5. Springer.
    """
    y = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(y)
    normal_quantile(confidence)
    if known.sum() < 2:
        return TooFewRows(n=int(known.sum()), needed=2)
    mean, parts = _mean(y, known, sample)
    return _interval(mean, parts, known, sample, confidence, varies=_varies(y[known]))


def mean_difference(a: ArrayLike, b: ArrayLike, sample: Design, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Difference of two weighted means of one sample, a − b, with a Student t interval.

    The values may come from the same rows, from different rows or partly both: what rows or clusters share is in the
    variance. Where all rows have both values it is the paired t interval.

    Parameters
    ----------
    a, b : array of shape (n_rows,)
        NaN is unknown; two known rows of each are needed.

    Returns
    -------
    Interval or TooFewRows
        `n` is the number of rows with either value. Degrees of freedom as in :func:`weighted_mean`.
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    known_x, known_y = ~np.isnan(x), ~np.isnan(y)
    normal_quantile(confidence)
    fewest = int(min(known_x.sum(), known_y.sum()))
    if fewest < 2:
        return TooFewRows(n=fewest, needed=2)
    mean_x, parts_x = _mean(x, known_x, sample)
    mean_y, parts_y = _mean(y, known_y, sample)
    either = known_x | known_y
    paired = np.array_equal(known_x, known_y)
    varies = _varies((x - y)[known_x]) if paired else _varies(x[known_x]) or _varies(y[known_y])
    return _interval(mean_x - mean_y, parts_x - parts_y, either, sample, confidence, varies=varies)


def _mean(values: Floats, known: NDArray[np.bool_], sample: Design) -> tuple[float, Floats]:
    """Return a mean and what each row changes of it."""
    weights = np.where(known, sample.weights, 0.0)
    filled = np.where(known, values, 0.0)
    total = float(weights.sum())
    mean = float(weights @ filled / total)
    return mean, weights * (filled - mean) / total


def _varies(values: Floats) -> bool:
    return bool(np.ptp(values) > 1e-9 * np.abs(values).max())


def _interval(
    estimate: float, parts: Floats, known: NDArray[np.bool_], sample: Design, confidence: float, *, varies: bool
) -> Interval | TooFewRows:
    n = int(known.sum())
    freedom = len(np.unique(sample.clusters[known])) - len(np.unique(sample.strata[known]))
    variance = linearised_variance(parts, sample)
    if freedom < 1 or (varies and variance <= 1e-18 * float(parts @ parts)):
        return TooFewRows(n=n, needed=n + 1)
    half = float(scipy.stats.t.ppf(0.5 + confidence / 2, freedom) * np.sqrt(variance))
    return Interval(estimate, estimate - half, estimate + half, confidence, n, "t-design")
