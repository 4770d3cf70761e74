"""How a sample was drawn: weights, strata, clusters; what weighting costs; resampling that respects it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.factors.correlation import row_weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS_PER_BATCH = 4_000_000


@dataclass(frozen=True)
class Design:
    """A sample.

    Attributes
    ----------
    weights : ndarray of shape (n_rows,)
        How many people of the population a row stands for, up to a common factor; above zero.
    strata : ndarray of shape (n_rows,)
        Codes from 0 of the parts that were sampled apart from each other.
    clusters : ndarray of shape (n_rows,)
        Codes from 0 of what was drawn, such as a person with several rows, or a household; different in every
        stratum.
    """

    weights: Floats
    strata: Ints
    clusters: Ints

    @property
    def single_strata(self) -> int:
        """Number of strata with one cluster only: they add nothing to the variance, which is then too small."""
        owner = self._owners()
        return int((np.bincount(owner) == 1).sum())

    def _owners(self) -> Ints:
        """Stratum of every cluster."""
        owner = np.zeros(int(self.clusters.max()) + 1, dtype=np.int64)
        owner[self.clusters] = self.strata
        return owner


def design(
    n_rows: int,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> Design:
    """Describe a sample of `n_rows`; what is not given is a simple random sample of rows.

    A cluster that lies in two strata counts as two.
    """
    w = row_weights(weights, n_rows)
    part = _codes(strata, n_rows) if strata is not None else np.zeros(n_rows, dtype=np.int64)
    drawn = _codes(clusters, n_rows) if clusters is not None else np.arange(n_rows)
    both = part * (int(drawn.max(initial=0)) + 1) + drawn
    return Design(w, part, np.unique(both, return_inverse=True)[1].astype(np.int64).ravel())


def _codes(labels: ArrayLike, n_rows: int) -> Ints:
    given = np.asarray(labels)
    if given.shape != (n_rows,):
        raise ValueError(f"one label for each of {n_rows} rows is needed, the shape is {given.shape}")
    return np.unique(given, return_inverse=True)[1].astype(np.int64).ravel()


def effective_rows(weights: ArrayLike) -> float:
    """Kish's effective number of rows, (Σw)² / Σw².

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley.
    """
    w = np.asarray(weights, dtype=np.float64)
    squares = float((w**2).sum())
    return float(w.sum()) ** 2 / squares if squares > 0 else 0.0


def design_effect(weights: ArrayLike) -> float:
    """Kish's design effect of weighting: by what factor variances grow, 1 for equal weights."""
    w = np.asarray(weights, dtype=np.float64)
    effective = effective_rows(w)
    return len(w) / effective if effective > 0 else float("nan")


def share_variance(shown: ArrayLike, sample: Design) -> float:
    """Linearised variance of a weighted share (or mean) under the design.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling, chapter 5. Springer.
    """
    y = np.asarray(shown, dtype=np.float64)
    w = sample.weights
    share = float(w @ y / w.sum())
    return linearised_variance(w * (y - share) / w.sum(), sample)


def linearised_variance(parts: ArrayLike, sample: Design) -> float:
    """Variance under the design of an estimate whose change by each row is `parts`; shape (n_rows,).

    Clusters are added up; within a stratum of n clusters their spread counts n / (n − 1) times.
    """
    summed = np.bincount(sample.clusters, weights=np.asarray(parts, dtype=np.float64))
    owner = sample._owners()
    sizes = np.bincount(owner).astype(np.float64)
    means = np.bincount(owner, weights=summed) / np.maximum(sizes, 1)
    squares = np.bincount(owner, weights=(summed - means[owner]) ** 2)
    factor = np.divide(sizes, sizes - 1, out=np.zeros_like(sizes), where=sizes > 1)
    return float((factor * squares).sum())


def rescaled_draws(sample: Design, n_draws: int, seed: int) -> Iterator[Floats]:
    """Draw replicate weights by the rescaling bootstrap, in batches of shape (n_rows, n_in_batch).

    In a stratum of n clusters n − 1 are drawn with replacement; a cluster drawn t times keeps t · n / (n − 1) of its
    weight. A stratum with one cluster stays as it is.

    References
    ----------
    Rao, J. N. K., Wu, C. F. J. & Yue, K. (1992). Some recent work on resampling methods for complex surveys. Survey
    Methodology 18.
    """
    generator = np.random.default_rng(seed)
    owner = sample._owners()
    members = [np.flatnonzero(owner == stratum) for stratum in range(int(owner.max()) + 1)]
    per_batch = max(1, _CELLS_PER_BATCH // max(len(sample.weights), 1))
    for start in range(0, n_draws, per_batch):
        size = min(per_batch, n_draws - start)
        times = np.ones((len(owner), size))
        for own in members:
            n = len(own)
            if n < 2:
                continue
            drawn = generator.multinomial(n - 1, np.full(n, 1 / n), size=size)
            times[own] = drawn.T * (n / (n - 1))
        yield sample.weights[:, None] * times[sample.clusters]
