"""Names of profiles: the id of the oldest record in a cluster, and the same one for ever after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def named_by(labels: Ints, was_profile: NDArray[np.bool_]) -> Ints:
    """Return for each record the record after which its profile is named.

    A cluster is named after its oldest record that named a profile before; where there is none, after its oldest. So a
    profile keeps its id when records join it, of two profiles that become one the older id stays, and the id stays with
    the record it is made of when a profile is split.

    Parameters
    ----------
    labels
        Cluster of each record; records stand in the order of their age, the oldest first.
    was_profile
        Whether a profile was named after the record before.

    Returns
    -------
    ndarray of shape (n_records,)
        Row number of the naming record.
    """
    rows = np.arange(len(labels), dtype=np.int64)
    order = np.lexsort((rows, ~was_profile, labels))
    ordered = labels[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(labels) else rows
    lengths = np.diff(np.r_[starts, len(labels)])
    made = np.empty(len(labels), dtype=np.int64)
    made[order] = np.repeat(order[starts], lengths)
    return made
