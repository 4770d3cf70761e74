"""How near rows are to the border of their segment: shadow values and similarities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def shadow_values(X: ArrayLike, centers: ArrayLike) -> Floats:
    """2 d₁ / (d₁ + d₂) per row, d₁ and d₂ its distances to the nearest and second centre: 0 inside, 1 on the border.

    References
    ----------
    Leisch, F. (2010). Neighborhood graphs, stripes and shadow plots for cluster visualization. Stat. Comput. 20.
    """
    nearest = np.sort(_distances(X, centers), axis=1)[:, :2]
    both = nearest.sum(axis=1)
    values: Floats = np.divide(2 * nearest[:, 0], both, out=np.ones(len(both)), where=both != 0)
    return values


def gorge(X: ArrayLike, centers: ArrayLike) -> Floats:
    """Similarity of rows to segments, exp(−d_h) / Σ exp(−d_l), shape (n_rows, n_segments); rows sum to 1."""
    distances = _distances(X, centers)
    closeness = np.exp(distances.min(axis=1, keepdims=True) - distances)
    similarity: Floats = closeness / closeness.sum(axis=1, keepdims=True)
    return similarity


def _distances(X: ArrayLike, centers: ArrayLike) -> Floats:
    rows, middle = np.asarray(X, dtype=np.float64), np.asarray(centers, dtype=np.float64)
    if len(middle) < 2:
        raise ValueError("at least two centres are needed")
    distances: Floats = np.stack([np.linalg.norm(rows - center, axis=1) for center in middle], axis=1)
    return distances
