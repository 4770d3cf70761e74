"""Segments across solutions: how they come out of one another as their number grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qunxiang.segmentation.kmeans import UNKNOWN
from qunxiang.statistics.agreement import contingency

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class AcrossSolutions:
    """How segments come out of one another as their number grows.

    Attributes
    ----------
    labels
        The labelings, relabelled so that segments that go on keep their number; the new one gets the last.
    flows
        For each solution after the first, rows by old and new segment: shape (k_old, k_new).
    stability
        For each solution after the first, shape (k_new,): 1 when a segment comes whole out of one old segment,
        0 when it is drawn evenly from all.
    """

    labels: tuple[Labels, ...]
    flows: tuple[Floats, ...]
    stability: tuple[Floats, ...]


def stability_across_solutions(labelings: Sequence[ArrayLike]) -> AcrossSolutions:
    """Stability of segments across solutions with growing numbers of segments (SLSA).

    Parameters
    ----------
    labelings
        Labels 0 to k − 1 of the same rows, one array per solution, in growing k (each at least 2); −1 is left out.

    References
    ----------
    Dolnicar, S. & Leisch, F. (2017). Marketing Letters 28.
    """
    given = [np.asarray(labels, dtype=np.int64) for labels in labelings]
    if len(given) < 2 or len({labels.shape for labels in given}) != 1:
        raise ValueError("two or more labelings of the same rows are needed")
    complete = np.all([labels != UNKNOWN for labels in given], axis=0)
    current = given[0]
    renamed, flows, stabilities = [current], [], []
    for new in given[1:]:
        counts = contingency(current[complete], new[complete])
        old, matched = scipy.optimize.linear_sum_assignment(counts, maximize=True)
        rest = sorted(set(range(counts.shape[1])) - set(matched.tolist()))
        names = np.empty(counts.shape[1], dtype=np.int64)
        names[matched] = old
        names[rest] = [n for n in range(counts.shape[1]) if n not in set(old.tolist())]
        current = np.where(new == UNKNOWN, UNKNOWN, names[new])
        flow = contingency(renamed[-1][complete], current[complete])
        shares = flow / np.maximum(flow.sum(axis=0), 1)
        entropy = -(shares * np.log(shares, out=np.zeros_like(shares), where=shares > 0)).sum(axis=0)
        renamed.append(current)
        flows.append(flow)
        stabilities.append(1 - entropy / np.log(len(flow)))
    return AcrossSolutions(tuple(renamed), tuple(flows), tuple(stabilities))
