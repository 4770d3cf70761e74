"""Ways to find segments behind one interface, so that stability, criteria and verdict are the same for all of them.

A method fits rows and knows how to fit them again on bootstrap samples; what it fits assigns rows, has a centre per
segment in a space where gaps can be looked for, and freezes its parameters as plain JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.segmentation.hierarchy import (
    SAMPLE_ROWS,
    BaggedSegments,
    HierarchicalSegments,
    branch_centers,
    predicted,
    sampled,
)
from qunxiang.segmentation.kmeans import KMeansSegments
from qunxiang.segmentation.mixtures import MixtureSegments, distinct_rows
from qunxiang.statistics.families import COVARIANCES, Covariance
from qunxiang.statistics.information import Likelihood
from qunxiang.statistics.lloyd import Points, assign, run_starts
from qunxiang.statistics.ward import ward

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Criterion = Literal["agreement", "bic", "icl"]
Seeds = tuple[int, ...]
"""Start of the seed of one pair; the number of segments and of the pair follow."""


class Fitted(Protocol):
    """A fitted solution; see :class:`KMeansSegments` for the attributes."""

    @property
    def labels_(self) -> Labels:
        """Segment of every row, −1 for none."""
        ...

    @property
    def centers_(self) -> Floats:
        """Centres in the space of :meth:`space`."""
        ...

    @property
    def sizes_(self) -> Floats:
        """Rows, or their weight, by segment."""
        ...

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        ...

    @property
    def best_share_(self) -> float | None:
        """Share of starts that reached the best; None where there are no random starts."""
        ...

    @property
    def likelihood_(self) -> Likelihood | None:
        """Likelihood and criteria; None for methods without one."""
        ...

    def predict(self, X: ArrayLike) -> Labels:
        """Return the segment of every row, −1 for none."""
        ...

    def space(self, X: ArrayLike) -> Floats:
        """Return rows as points in the space of the centres."""
        ...

    def frozen(self) -> dict[str, Any]:
        """Return the parameters as plain JSON."""
        ...


class Resampling(Protocol):
    """Rows prepared for fitting again: different rows `values`, each standing for `counts` rows."""

    @property
    def values(self) -> Floats:
        """Different rows."""
        ...

    @property
    def counts(self) -> Floats:
        """How many rows each stands for."""
        ...

    def pair(self, ks: Iterable[int], seeds: Seeds, number: int) -> dict[int, tuple[Labels, Labels]]:
        """Fit two bootstrap samples for each k; return the labels of all `values` by both."""
        ...


class Method(Protocol):
    """A way to find segments."""

    @property
    def criterion(self) -> Criterion:
        """What recommends the number of segments."""
        ...

    def usable(self, X: Floats) -> NDArray[np.bool_]:
        """Say which rows can be learned from."""
        ...

    def fit(self, X: Floats, k: int, weights: Floats | None = None, *, seed: int = 0, n_restarts: int = 50) -> Fitted:
        """Fit k segments."""
        ...

    def resampling(self, X: Floats, weights: Floats, n_restarts: int, solutions: Mapping[int, Fitted]) -> Resampling:
        """Prepare usable rows for fitting again, as `solutions` were fitted."""
        ...


def _complete(X: Floats) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(X).any(axis=1))


def _drawn(counts: Floats, generator: np.random.Generator) -> Floats:
    """Draw a bootstrap sample: how often each of the different rows."""
    total = float(counts.sum())
    return generator.multinomial(max(1, round(total)), counts / total).astype(np.float64)


@dataclass(frozen=True)
class KMeans:
    """k-means from many random starts."""

    criterion: Criterion = "agreement"

    def usable(self, X: Floats) -> NDArray[np.bool_]:
        """Rows without unknown values."""
        return _complete(X)

    def fit(self, X: Floats, k: int, weights: Floats | None = None, *, seed: int = 0, n_restarts: int = 50) -> Fitted:
        """Fit k segments."""
        return KMeansSegments(k, n_restarts=n_restarts, seed=seed).fit(X, weights)

    def resampling(self, X: Floats, weights: Floats, n_restarts: int, solutions: Mapping[int, Fitted]) -> Resampling:
        """Prepare rows for fitting again."""
        return KMeansResampling(X, weights, n_restarts)


class KMeansResampling:
    """k-means on bootstrap samples, each the best of several random starts."""

    def __init__(self, X: Floats, weights: Floats, n_restarts: int) -> None:
        self.values, self.counts = distinct_rows(X, weights)
        self.points = Points.of(self.values, self.counts)
        self.n_restarts = n_restarts

    def pair(self, ks: Iterable[int], seeds: Seeds, number: int) -> dict[int, tuple[Labels, Labels]]:
        """Fit two bootstrap samples for each k."""
        found = {}
        for k in ks:
            generator = np.random.default_rng([*seeds, k, number])
            found[k] = (self.resolve(k, generator), self.resolve(k, generator))
        return found

    def resolve(self, k: int, generator: np.random.Generator) -> Labels:
        """Fit one bootstrap sample and assign all rows."""
        starts = run_starts(self.points.reweighted(_drawn(self.counts, generator)), k, self.n_restarts, generator)
        return assign(self.points, starts.best)


@dataclass(frozen=True)
class Mixture:
    """Normal mixture, latent classes or both: see :class:`MixtureSegments`.

    With covariance ``auto`` the one with the smallest BIC is taken for every number of classes; ``tied`` and ``full``
    only where no number is missing.
    """

    levels: tuple[int, ...] | None = None
    ordered: tuple[int, ...] = ()
    covariance: Covariance | Literal["auto"] = "diagonal"
    strength: float = 1.0
    criterion: Criterion = "bic"

    def usable(self, X: Floats) -> NDArray[np.bool_]:
        """Rows of which something is known; complete ones where products of columns are needed."""
        return _complete(X) if self.covariance in ("tied", "full") else np.asarray(~np.isnan(X).all(axis=1))

    def fit(self, X: Floats, k: int, weights: Floats | None = None, *, seed: int = 0, n_restarts: int = 50) -> Fitted:
        """Fit k classes."""
        if self.covariance != "auto":
            return self._segments(k, self.covariance, seed, n_restarts).fit(X, weights)
        tried = [c for c in COVARIANCES if c not in ("tied", "full") or not np.isnan(X).any()]
        found = [self._segments(k, c, seed, n_restarts).fit(X, weights) for c in tried]
        return min(found, key=lambda m: m.likelihood_.bic)

    def _segments(self, k: int, covariance: Covariance, seed: int, n_restarts: int) -> MixtureSegments:
        return MixtureSegments(
            k,
            n_restarts,
            seed,
            levels=self.levels,
            ordered=self.ordered,
            covariance=covariance,
            strength=self.strength,
        )

    def resampling(self, X: Floats, weights: Floats, n_restarts: int, solutions: Mapping[int, Fitted]) -> Resampling:
        """Prepare rows for fitting again, with the covariance of the solution."""
        models = {k: m for k, m in solutions.items() if isinstance(m, MixtureSegments)}
        return MixtureResampling(X, weights, n_restarts, models)


class MixtureResampling:
    """A mixture on bootstrap samples."""

    def __init__(self, X: Floats, weights: Floats, n_restarts: int, models: Mapping[int, MixtureSegments]) -> None:
        self.values, self.counts = distinct_rows(X, weights)
        self.n_restarts = n_restarts
        self.models = models

    def pair(self, ks: Iterable[int], seeds: Seeds, number: int) -> dict[int, tuple[Labels, Labels]]:
        """Fit two bootstrap samples for each k."""
        found = {}
        for k in ks:
            generator = np.random.default_rng([*seeds, k, number])
            first, second = (
                self.models[k].resampled(self.values, _drawn(self.counts, generator), self.n_restarts, generator)
                for _ in range(2)
            )
            found[k] = (first, second)
        return found


@dataclass(frozen=True)
class Hierarchical:
    """Ward's tree on a sample, rows to the nearest branch."""

    sample_rows: int = SAMPLE_ROWS
    criterion: Criterion = "agreement"

    def usable(self, X: Floats) -> NDArray[np.bool_]:
        """Rows without unknown values."""
        return _complete(X)

    def fit(self, X: Floats, k: int, weights: Floats | None = None, *, seed: int = 0, n_restarts: int = 50) -> Fitted:
        """Cut the tree into k segments; there are no random starts."""
        return HierarchicalSegments(k, seed, sample_rows=self.sample_rows).fit(X, weights)

    def resampling(self, X: Floats, weights: Floats, n_restarts: int, solutions: Mapping[int, Fitted]) -> Resampling:
        """Prepare rows for growing trees again."""
        values, counts = distinct_rows(X, weights)
        return TreeResampling(values, counts, self)


@dataclass(frozen=True)
class TreeResampling:
    """A tree on each bootstrap sample, cut for every k."""

    values: Floats
    counts: Floats
    method: Hierarchical

    def pair(self, ks: Iterable[int], seeds: Seeds, number: int) -> dict[int, tuple[Labels, Labels]]:
        """Grow two trees and cut them for each k."""
        generator = np.random.default_rng([*seeds, number])
        wanted = list(ks)
        first, second = (self._cuts(wanted, generator) for _ in range(2))
        return {k: (first[k], second[k]) for k in wanted}

    def _cuts(self, ks: list[int], generator: np.random.Generator) -> dict[int, Labels]:
        drawn = _drawn(self.counts, generator)
        there = drawn > 0
        rows, weights = sampled(self.values[there], drawn[there], self.method.sample_rows, generator)
        tree = ward(rows, weights)
        return {k: predicted(self.values, branch_centers(tree, rows, weights, min(k, len(rows)))) for k in ks}


@dataclass(frozen=True)
class Bagged:
    """Bagged clustering: a tree over the k-means centres of many bootstrap samples."""

    n_bags: int = 10
    n_base: int = 20
    criterion: Criterion = "agreement"

    def usable(self, X: Floats) -> NDArray[np.bool_]:
        """Rows without unknown values."""
        return _complete(X)

    def fit(self, X: Floats, k: int, weights: Floats | None = None, *, seed: int = 0, n_restarts: int = 50) -> Fitted:
        """Cluster the base centres into k segments; many samples stand for many starts."""
        return BaggedSegments(k, seed, n_bags=self.n_bags, n_base=self.n_base).fit(X, weights)

    def resampling(self, X: Floats, weights: Floats, n_restarts: int, solutions: Mapping[int, Fitted]) -> Resampling:
        """Prepare rows for bagging again."""
        values, counts = distinct_rows(X, weights)
        return BaggedResampling(values, counts, BaggedSegments(n_bags=self.n_bags, n_base=self.n_base))


@dataclass(frozen=True)
class BaggedResampling:
    """Bagged clustering of bootstrap samples."""

    values: Floats
    counts: Floats
    model: BaggedSegments
    points: Points = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", Points.of(self.values, self.counts))

    def pair(self, ks: Iterable[int], seeds: Seeds, number: int) -> dict[int, tuple[Labels, Labels]]:
        """Bag two bootstrap samples and cut their trees for each k."""
        generator = np.random.default_rng([*seeds, number])
        wanted = list(ks)
        first, second = (self._cuts(wanted, generator) for _ in range(2))
        return {k: (first[k], second[k]) for k in wanted}

    def _cuts(self, ks: list[int], generator: np.random.Generator) -> dict[int, Labels]:
        drawn = _drawn(self.counts, generator)
        there = drawn > 0
        base = self.model.base(self.points.reweighted(drawn), drawn[there], generator)
        tree = ward(base)
        near = assign(self.points, base)
        return {k: tree.cut(min(k, len(base)))[near] for k in ks}
