"""How well segments hold when the data are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from qunxiang.errors import SettingError
from qunxiang.i18n import Message
from qunxiang.segmentation.kmeans import UNKNOWN, KMeansSegments, checked
from qunxiang.segmentation.verdict import Gap, Verdict, gaps, judge, recommend
from qunxiang.statistics.agreement import (
    adjusted_rand_of_counts,
    contingency,
    jaccard_of_counts,
)
from qunxiang.statistics.lloyd import Points, assign, group_equal_rows, run_starts

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Progress = Callable[[float], None]

# Pairs used for the shuffled reference: its mean need only be known to a few hundredths.
_SHUFFLED_PAIRS = 20
# Streams of random numbers, so that adding pairs or numbers of segments never moves the others.
_STREAM_SAMPLE, _STREAM_PAIRS, _STREAM_SHUFFLE, _STREAM_GAPS = range(4)


@dataclass(frozen=True)
class Stability:
    """Findings of :func:`stability`; dictionaries are keyed by the number of segments.

    Attributes
    ----------
    global_ari
        Adjusted Rand index of every pair of bootstrap samples, arrays of shape (n_pairs,).
    verdict, reason
        Kind of the recommended solution and the sentence that says why.
    best_share
        Share of random starts on the data themselves that reached the best solution.
    smallest_share
        Share of rows in the smallest segment.
    separation
        Depth of the shallowest valley between two segments: 0 none, 1 empty space.
    gaps
        The gap of every two segments, closed and shallow ones first.
    shuffled_ari
        Mean agreement of the recommended number of segments with every column shuffled on its own.
    n_rows, n_incomplete, n_used
        Rows given, of these left out because a value is unknown, and rows of the (stated) sample used.
    """

    global_ari: dict[int, Floats]
    verdict: Verdict
    reason: Message
    recommended_k: int
    best_share: dict[int, float]
    smallest_share: dict[int, float]
    separation: dict[int, float]
    gaps: dict[int, tuple[Gap, ...]] = field(repr=False)
    shuffled_ari: float
    n_rows: int
    n_incomplete: int
    n_used: int
    n_pairs: int
    n_restarts: int
    seed: int

    @property
    def mean_ari(self) -> dict[int, float]:
        """Mean agreement by number of segments."""
        return {k: float(values.mean()) for k, values in self.global_ari.items()}

    @property
    def is_sample(self) -> bool:
        """Whether only a sample of the complete rows was used."""
        return self.n_used < self.n_rows - self.n_incomplete

    def __repr__(self) -> str:
        means = ", ".join(f"{k}: {mean:.2f}" for k, mean in self.mean_ari.items())
        return (
            f"Stability(verdict={self.verdict!r}, recommended_k={self.recommended_k}, mean agreement {{{means}}}, "
            f"{self.n_used} of {self.n_rows} rows, {self.n_pairs} pairs)"
        )


@dataclass(frozen=True)
class _Rows:
    """Sorted complete rows, grouped when that shrinks them: `place` leads from each row to its group."""

    values: Floats
    points: Points
    counts: Floats
    place: Labels

    @classmethod
    def of(cls, values: Floats) -> _Rows:
        grouped = group_equal_rows(values)
        if grouped is None:
            counts = np.ones(len(values))
            return cls(values, Points.of(values), counts, np.arange(len(values)))
        distinct, place, counts = grouped
        return cls(values, Points.of(distinct, counts), counts, place)

    def resolve(self, n_segments: int, n_restarts: int, generator: np.random.Generator) -> Labels:
        """Cluster one bootstrap sample and assign every group of rows to the nearest of its centres."""
        drawn = generator.multinomial(len(self.place), self.counts / len(self.place)).astype(np.float64)
        starts = run_starts(self.points.reweighted(drawn), n_segments, n_restarts, generator)
        return assign(self.points, starts.best)


def stability(
    X: ArrayLike,
    ks: Iterable[int] = range(2, 9),
    n_pairs: int = 100,
    n_restarts: int = 10,
    seed: int = 0,
    *,
    max_rows: int = 5_000,
    progress: Progress | None = None,
) -> Stability:
    """Recommend a number of k-means segments and say whether they are natural, reproducible or constructive.

    Each pair is two bootstrap samples, each clustered from `n_restarts` random starts; all rows are assigned with both,
    and the two labelings compared by the adjusted Rand index. The verdict is explained in
    :mod:`qunxiang.segmentation.verdict`.

    Parameters
    ----------
    X : array of shape (n_rows, n_traits)
        Comparable numbers; rows with an unknown value (NaN) are left out and counted.
    ks
        Numbers of segments to try, each at least 2.
    max_rows
        With more complete rows a sample of this size is drawn; the result states it. Time grows a little faster than
        the sample: 20,000 structureless rows can take half an hour with 100 pairs.
    progress
        Called with the share of work done, 0 to 1.

    Raises
    ------
    SettingError
        When there are fewer different complete rows than the largest number of segments.

    References
    ----------
    Dolnicar, S. & Leisch, F. (2010). Evaluation of structure and reproducibility of cluster solutions using the
    bootstrap. Marketing Letters 21.
    """
    numbers = sorted(set(ks))
    _check(numbers, n_pairs, n_restarts)
    values, _ = checked(X, None)
    used, n_incomplete = _complete_sample(values, max_rows, seed)
    rows = _Rows.of(used)
    _check_distinct(rows, numbers[-1])
    report = progress or (lambda share: None)
    # Work grows with the number of segments; one part for the shuffled reference.
    work = [float(k) for k in numbers]
    total = sum(work) * 1.05
    agreement, solutions, done = {}, {}, 0.0
    for k, cost in zip(numbers, work, strict=True):
        part = _part(report, done / total, cost / total)
        agreement[k] = _pairs_ari(rows, k, n_pairs, n_restarts, (seed, _STREAM_PAIRS), part)
        solutions[k] = KMeansSegments(k, n_restarts=max(50, n_restarts), seed=seed).fit(used)
        done += cost
    found = {k: gaps(used, m.labels_, m.centers_, _seed(seed, _STREAM_GAPS, k)) for k, m in solutions.items()}
    means = {k: float(a.mean()) for k, a in agreement.items()}
    chosen = recommend(means, {k: all(gap.is_telling for gap in g) for k, g in found.items()})
    chance = _shuffled(used, chosen, min(n_pairs, _SHUFFLED_PAIRS), n_restarts, seed)
    judgement = judge(chosen, means[chosen], chance, found[chosen][0])
    report(1.0)
    return Stability(
        global_ari=agreement,
        verdict=judgement.verdict,
        reason=judgement.reason,
        recommended_k=chosen,
        best_share={k: m.best_share_ for k, m in solutions.items()},
        smallest_share={k: float(m.sizes_.min() / m.sizes_.sum()) for k, m in solutions.items()},
        separation={k: min(gap.depth for gap in g) for k, g in found.items()},
        gaps=found,
        shuffled_ari=chance,
        n_rows=len(values),
        n_incomplete=n_incomplete,
        n_used=len(used),
        n_pairs=n_pairs,
        n_restarts=n_restarts,
        seed=seed,
    )


def segment_stability(
    X: ArrayLike,
    labels: ArrayLike,
    n_pairs: int = 100,
    n_restarts: int = 10,
    seed: int = 0,
    *,
    progress: Progress | None = None,
) -> Floats:
    """Stability of every segment within a solution (SLSW).

    Parameters
    ----------
    X : array of shape (n_rows, n_traits)
    labels : array of shape (n_rows,)
        Segments 0 to n_segments − 1 of the solution; −1 and rows with unknown values are left out.

    Returns
    -------
    array of shape (n_pairs, n_segments)
        Largest Jaccard agreement of the segment with any segment found in a bootstrap sample, mean of both members of
        the pair. A segment that always comes back has 1.

    References
    ----------
    Dolnicar, S. & Leisch, F. (2017). Using segment level stability to select target segments in data-driven market
    segmentation studies. Marketing Letters 28.
    """
    _check([2], n_pairs, n_restarts)
    values, _ = checked(X, None)
    given = np.asarray(labels, dtype=np.int64)
    if given.shape != (len(values),):
        raise ValueError(f"one label per row is needed: {len(values)} rows, labels of shape {given.shape}")
    complete = ~np.isnan(values).any(axis=1) & (given != UNKNOWN)
    values, given = values[complete], given[complete]
    order = np.lexsort((given, *values.T[::-1]))
    rows, given = _Rows.of(values[order]), given[order]
    n_segments = int(given.max()) + 1
    _check_distinct(rows, n_segments)
    found = np.empty((n_pairs, n_segments))
    for pair in range(n_pairs):
        generator = np.random.default_rng([seed, _STREAM_PAIRS, n_segments, pair])
        both = [
            jaccard_of_counts(contingency(given, rows.resolve(n_segments, n_restarts, generator)[rows.place])).max(
                axis=1
            )
            for _ in range(2)
        ]
        found[pair] = np.mean(both, axis=0)
        if progress is not None:
            progress((pair + 1) / n_pairs)
    return found


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
        old, matched = linear_sum_assignment(counts, maximize=True)
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


def _part(report: Progress, start: float, width: float) -> Progress:
    return lambda share: report(start + width * share)


def _pairs_ari(rows: _Rows, k: int, n_pairs: int, n_restarts: int, stream: tuple[int, int], report: Progress) -> Floats:
    found = np.empty(n_pairs)
    for pair in range(n_pairs):
        generator = np.random.default_rng([*stream, k, pair])
        first, second = (rows.resolve(k, n_restarts, generator) for _ in range(2))
        found[pair] = adjusted_rand_of_counts(contingency(first, second, rows.counts))
        report((pair + 1) / n_pairs)
    return found


def _shuffled(values: Floats, k: int, n_pairs: int, n_restarts: int, seed: int) -> float:
    """Mean agreement when nothing but the shape of the single columns is left; every pair has its own shuffle."""
    found = []
    for pair in range(n_pairs):
        generator = np.random.default_rng([seed, _STREAM_SHUFFLE, pair])
        shuffled = _Rows.of(np.column_stack([generator.permutation(column) for column in values.T]))
        first, second = (shuffled.resolve(k, n_restarts, generator) for _ in range(2))
        found.append(adjusted_rand_of_counts(contingency(first, second, shuffled.counts)))
    return float(np.mean(found))


def _complete_sample(values: Floats, max_rows: int, seed: int) -> tuple[Floats, int]:
    """Sorted complete rows, at most `max_rows` of them, and how many rows were incomplete."""
    complete = values[~np.isnan(values).any(axis=1)]
    n_incomplete = len(values) - len(complete)
    complete = complete[np.lexsort(complete.T[::-1])]
    if len(complete) > max_rows:
        generator = np.random.default_rng([seed, _STREAM_SAMPLE])
        complete = complete[np.sort(generator.choice(len(complete), max_rows, replace=False))]
    return complete, n_incomplete


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def _check(numbers: Sequence[int], n_pairs: int, n_restarts: int) -> None:
    if not numbers or numbers[0] < 2:
        raise ValueError(f"numbers of segments must be at least 2, they are {list(numbers)}")
    if n_pairs < 1 or n_restarts < 1:
        raise ValueError("n_pairs and n_restarts must be at least 1")


def _check_distinct(rows: _Rows, wanted: int) -> None:
    found = len(np.unique(rows.points.shifted, axis=0))
    if found < wanted:
        raise SettingError("error.segmentation.too_few_rows", wanted=wanted, found=found)
