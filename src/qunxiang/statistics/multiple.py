"""Control of false discoveries when many comparisons are shown at once."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that those below q have an expected share of false discoveries of at most q.

    Parameters
    ----------
    p_values : array of any shape
        NaN marks a comparison that was not made: it stays NaN and does not count as one.

    References
    ----------
    Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57.
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    made = ~np.isnan(p)
    if made.any():
        adjusted[made] = scipy.stats.false_discovery_control(p[made], method="bh")
    return adjusted
