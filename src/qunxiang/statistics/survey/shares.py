"""Shares of a survey with and without weights, each with its interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qunxiang.statistics.intervals import Interval, TooFewRows, normal_quantile
from qunxiang.statistics.survey.design import Design, effective_rows, share_variance


def weighted_share(shown: ArrayLike, sample: Design, *, confidence: float = 0.95) -> Interval | TooFewRows:
    """Weighted share with a score interval on the effective number of rows.

    The effective number is share (1 − share) / variance under the design, Kish's where the share is 0 or 1 or the
    variance cannot be told; it is never more than twice the number of rows.

    Parameters
    ----------
    shown : array of shape (n_rows,)
        1 where the row has the property, 0 where not; all known.

    References
    ----------
    Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology 24. Wilson, E. B. (1927).
    """
    y = np.asarray(shown, dtype=np.float64)
    z = normal_quantile(confidence)
    if not len(y):
        return TooFewRows(n=0, needed=1)
    share = float(sample.weights @ y / sample.weights.sum())
    effective = effective_rows(sample.weights)
    variance = share_variance(y, sample) if 0 < share < 1 else 0.0
    if variance > 0:
        effective = min(share * (1 - share) / variance, 2.0 * len(y))
    centre = (share + z * z / (2 * effective)) / (1 + z * z / effective)
    half = z / (1 + z * z / effective) * float(np.sqrt(share * (1 - share) / effective + z * z / (4 * effective**2)))
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return Interval(share, low, high, confidence, len(y), "score-effective")


def share_change(before: Interval, after: Interval) -> Interval:
    """Interval of the difference of two independent shares, after − before, from the interval of each.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions, method 10.
    Statistics in Medicine 17. Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures.
    Statistics in Medicine 27.
    """
    change = after.estimate - before.estimate
    low = change - float(np.hypot(after.estimate - after.low, before.high - before.estimate))
    high = change + float(np.hypot(after.high - after.estimate, before.estimate - before.low))
    return Interval(change, low, high, after.confidence, before.n + after.n, "score-difference")
