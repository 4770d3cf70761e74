"""Two fits of one segmentation side by side: which new segment is which old one, and how far they agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qunxiang.statistics.agreement import adjusted_rand_of_counts, jaccard_of_counts

SAME = 0.5
"""Jaccard agreement above which a segment is said to go on; at or below it has dissolved (Hennig 2007)."""


@dataclass(frozen=True)
class Match:
    """An old and a new segment that belong together, by place, with their Jaccard agreement."""

    before: int
    after: int
    agreement: float


def matched(counts: ArrayLike) -> tuple[tuple[Match, ...], float | None]:
    """Match segments of two fits, one to one, so that the sum of their Jaccard agreements is largest.

    Parameters
    ----------
    counts : array of shape (n_before, n_after)
        Rows by old and new segment, of those that are in a segment both times.

    Returns
    -------
    tuple of Match, float or None
        Matches whose agreement is above :data:`SAME`, by place of the old segment, and the adjusted Rand index
        (Hubert & Arabie 1985), None with fewer than two rows.

    References
    ----------
    Kuhn, H. W. (1955). The Hungarian method. Naval Research Logistics Quarterly 2. Hennig, C. (2007). Cluster-wise
    assessment of cluster stability. Computational Statistics & Data Analysis 52.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"a table of counts is needed, its shape is {table.shape}")
    if table.sum() < 2:
        return (), None
    agreement = np.nan_to_num(jaccard_of_counts(table))
    rows, columns = scipy.optimize.linear_sum_assignment(-agreement)
    pairs = tuple(
        Match(int(i), int(j), float(agreement[i, j]))
        for i, j in zip(rows, columns, strict=True)
        if agreement[i, j] > SAME
    )
    return pairs, adjusted_rand_of_counts(table)
