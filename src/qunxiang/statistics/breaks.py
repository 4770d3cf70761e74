"""Natural breaks of one variable: the classes with the least variance inside them, found exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def natural_breaks(values: ArrayLike, n_classes: int) -> tuple[tuple[float, ...], float]:
    """Divide values into classes so that the sum of squares inside the classes is least.

    Parameters
    ----------
    values : array of shape (n,)
        Not-known values (NaN) are left out.
    n_classes
        Number of classes, at least 2; fewer come out when fewer different values are there.

    Returns
    -------
    tuple
        The upper ends of all classes but the last, rising, as they stand among the values; and the goodness of variance
        fit, 0 to 1: the share of all squares that lies between the classes.

    Notes
    -----
    Equal values are one point with their number as its weight, so ties never part. The best division of the first j
    points into k classes follows from those into k − 1; the place of its last class never moves back as j grows, which
    divide and conquer uses: O(k m log m) for m different values, exact for any m.

    References
    ----------
    Fisher, W. D. (1958). On grouping for maximum homogeneity. JASA 53. Jenks, G. F. (1967). The data model concept in
    statistical mapping. Wang, H. & Song, M. (2011). Ckmeans.1d.dp. The R Journal 3/2.
    """
    known = np.asarray(values, dtype=np.float64)
    points, counts = np.unique(known[~np.isnan(known)], return_counts=True)
    m = len(points)
    k = min(n_classes, m)
    if m == 0 or n_classes < 2:
        return (), 0.0
    centre = float(np.average(points, weights=counts))
    shifted = points - centre  # smaller squares, so that their differences keep their digits
    weight = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)])
    total = np.concatenate([[0.0], np.cumsum(counts * shifted)])
    squares = np.concatenate([[0.0], np.cumsum(counts * shifted**2)])

    def inside(i: NDArray[np.int64], j: int) -> Floats:
        """Squares inside the class of points i … j."""
        n, s = weight[j + 1] - weight[i], total[j + 1] - total[i]
        return np.asarray(np.maximum(squares[j + 1] - squares[i] - s * s / n, 0.0))

    best = np.array([float(inside(np.array([0]), j)[0]) for j in range(m)])
    starts = []
    for step in range(1, k):
        cost, start = np.full(m, np.inf), np.zeros(m, dtype=np.int64)
        todo = [(step, m - 1, step, m - 1)]  # points j from … to, whose last class begins between … and …
        while todo:
            low, high, first, last = todo.pop()
            if low > high:
                continue
            j = (low + high) // 2
            i = np.arange(first, min(j, last) + 1)
            found = best[i - 1] + inside(i, j)
            at = int(np.argmin(found))
            cost[j], start[j] = found[at], i[at]
            todo += [(low, j - 1, first, int(i[at])), (j + 1, high, int(i[at]), last)]
        best = cost
        starts.append(start)
    ends, j = [], m - 1
    for start in reversed(starts):
        j = int(start[j]) - 1
        ends.append(float(points[j]))
    whole = float(inside(np.array([0]), m - 1)[0])
    return tuple(reversed(ends)), 1.0 - float(best[m - 1]) / whole if whole > 0 else 0.0
