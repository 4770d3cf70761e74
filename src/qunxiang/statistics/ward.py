"""Ward's hierarchical clustering of weighted rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """Merges in growing height: `merges` (n_rows − 1, 2) of places, `heights` (n_rows − 1,).

    Places 0 … n_rows − 1 are rows, n_rows + i is what merge i made. A height is the growth of the sum of squares
    within clusters.
    """

    merges: Labels
    heights: Floats

    def cut(self, n_clusters: int) -> Labels:
        """Return the cluster 0 … n_clusters − 1 of every row, numbered by their first rows."""
        n_rows = len(self.merges) + 1
        if not 1 <= n_clusters <= n_rows:
            raise ValueError(f"{n_rows} rows can be cut into 1 to {n_rows} clusters, not {n_clusters}")
        owner = np.arange(2 * n_rows - 1)
        # from the top down, so that a merge above has its final owner when its parts are reached
        for i in range(n_rows - n_clusters - 1, -1, -1):
            owner[self.merges[i]] = owner[n_rows + i]
        _, first, labels = np.unique(owner[:n_rows], return_index=True, return_inverse=True)
        return np.asarray(np.argsort(np.argsort(first))[labels.reshape(-1)], dtype=np.int64)


def ward(rows: Floats, weights: Floats | None = None) -> Tree:
    """Merge rows, always the two clusters whose union adds least to the sum of squares.

    Memory grows with the square of the rows: 2,000 rows take 32 MB.

    Parameters
    ----------
    rows : array of shape (n_rows, n_columns), at least one row
    weights : array of shape (n_rows,), optional
        How many equal rows each row stands for; the tree above equal rows is the same as with the rows repeated.

    References
    ----------
    Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. JASA 58.
    Müllner, D. (2011). Modern hierarchical, agglomerative clustering algorithms (nearest-neighbour chain).
    """
    n = len(rows)
    sizes = np.ones(n) if weights is None else weights.astype(np.float64)
    squares = (rows**2).sum(axis=1)
    costs = np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0.0)
    costs = (costs + costs.T) / 2  # a product need not be symmetric to the last digit, and a chain would walk in rounds
    costs *= sizes[:, None] * sizes / (sizes[:, None] + sizes)
    np.fill_diagonal(costs, np.inf)
    alive = np.ones(n, dtype=bool)
    chain: list[int] = []
    pairs, heights = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    for merge in range(n - 1):
        if not chain:
            chain = [int(alive.argmax())]
        while True:
            here = chain[-1]
            near = int(costs[here].argmin())
            # of equally near clusters the one before in the chain, or the walk would not end
            if len(chain) > 1 and costs[here, chain[-2]] <= costs[here, near]:
                near = chain[-2]
                break
            chain.append(near)
        kept, gone = min(here, near), max(here, near)
        del chain[-2:]
        cost, (a, b) = costs[kept, gone], (sizes[kept], sizes[gone])
        pairs[merge], heights[merge] = (kept, gone), cost
        total = a + b + sizes
        line = ((a + sizes) * costs[kept] + (b + sizes) * costs[gone] - sizes * cost) / total
        line[~alive] = line[kept] = np.inf
        costs[kept], costs[:, kept] = line, line
        costs[gone], costs[:, gone] = np.inf, np.inf
        costs[kept, kept] = costs[kept, gone] = costs[gone, kept] = np.inf
        alive[gone], sizes[kept] = False, a + b
    return _ordered(pairs, heights)


def _ordered(pairs: Labels, heights: Floats) -> Tree:
    """Sort merges by height and name clusters by the merge that made them."""
    order = np.argsort(heights, kind="stable")
    n = len(pairs) + 1
    now = np.arange(n)  # what the cluster kept under a row's place is called
    merges = np.empty_like(pairs)
    for i, merge in enumerate(order):
        kept, gone = pairs[merge]
        merges[i] = now[kept], now[gone]
        now[kept] = n + i
    return Tree(merges, heights[order])
