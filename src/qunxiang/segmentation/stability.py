"""How well segments hold when the data are drawn again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import SettingError
from qunxiang.i18n import Message
from qunxiang.segmentation.across import AcrossSolutions, stability_across_solutions
from qunxiang.segmentation.kmeans import UNKNOWN, checked
from qunxiang.segmentation.methods import Criterion, Fitted, KMeans, KMeansResampling, Method, Resampling
from qunxiang.segmentation.verdict import Gap, Verdict, gaps, judge, recommend
from qunxiang.statistics.agreement import adjusted_rand_of_counts, contingency, jaccard_of_counts
from qunxiang.statistics.information import Likelihood
from qunxiang.statistics.lloyd import one_thread

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Progress = Callable[[float], None]
Found = TypeVar("Found")

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
    segment_jaccard
        Share of every segment of the solution that comes back (SLSW), arrays of shape (n_pairs, k).
    across
        How the segments of each solution come out of the one before (SLSA); None with one number of segments.
    likelihood
        Likelihood and criteria of methods that have them, one segment included; empty for the others.
    criterion
        What recommends the number of segments.
    verdict, reason
        Kind of the recommended solution and the sentence that says why.
    best_share
        Share of random starts on the data themselves that reached the best solution; None without random starts.
    smallest_share
        Share of rows in the smallest segment.
    separation
        Depth of the shallowest valley between two segments: 0 none, 1 empty space.
    gaps
        The gap of every two segments, closed and shallow ones first.
    shuffled_ari
        Mean agreement of the recommended number of segments with every column shuffled on its own.
    n_rows, n_incomplete, n_used
        Rows given, of these left out because the method cannot use them, and rows of the (stated) sample used.
    solutions, used
        What was fitted to the rows used, and these rows, sorted.
    """

    global_ari: dict[int, Floats]
    segment_jaccard: dict[int, Floats] = field(repr=False)
    across: AcrossSolutions | None = field(repr=False)
    likelihood: dict[int, Likelihood] = field(repr=False)
    criterion: Criterion
    verdict: Verdict
    reason: Message
    recommended_k: int
    best_share: dict[int, float | None]
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
    solutions: dict[int, Fitted] = field(repr=False)
    used: Floats = field(repr=False)

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


def stability(
    X: ArrayLike,
    ks: Iterable[int] = range(2, 9),
    n_pairs: int = 100,
    n_restarts: int = 10,
    seed: int = 0,
    *,
    method: Method | None = None,
    weights: ArrayLike | None = None,
    max_rows: int = 5_000,
    progress: Progress | None = None,
) -> Stability:
    """Recommend a number of segments and say whether they are natural, reproducible or constructive.

    Each pair is two bootstrap samples, each clustered from `n_restarts` random starts; all rows are assigned with both,
    and the two labelings compared by the adjusted Rand index. In the same pairs every segment of the solution on the
    rows themselves is looked for. The verdict is explained in :mod:`qunxiang.segmentation.verdict`.

    Pairs run in as many threads as there are processors; every pair has its own random numbers, so that the finding
    does not depend on them.

    Parameters
    ----------
    X : array of shape (n_rows, n_traits)
        Comparable numbers (or codes of answers, for a method that takes them); rows that the method cannot use
        (k-means: with an unknown value, NaN) are left out and counted.
    ks
        Numbers of segments to try, each at least 2.
    method
        k-means when None.
    weights : array of shape (n_rows,), optional
        How many equal rows each row stands for, above zero; a bootstrap sample has as many rows as the sum says.
    max_rows
        With more usable rows a sample of this size is drawn; the result states it. Time grows a little faster than
        the sample: 20,000 structureless rows can take half an hour with 100 pairs.
    progress
        Called with the share of work done, 0 to 1.

    Raises
    ------
    SettingError
        When there are fewer different usable rows than the largest number of segments.

    References
    ----------
    Dolnicar, S. & Leisch, F. (2010). Evaluation of structure and reproducibility of cluster solutions using the
    bootstrap. Marketing Letters 21. Dolnicar, S. & Leisch, F. (2017). Using segment level stability to select target
    segments in data-driven market segmentation studies. Marketing Letters 28.
    """
    numbers = sorted(set(ks))
    _check(numbers, n_pairs, n_restarts)
    way = method if method is not None else KMeans()
    values, share = checked(X, weights)
    used, used_weights, n_unusable = _usable_sample(way, values, share, max_rows, seed)
    _check_distinct(used, numbers[-1])
    report = progress or (lambda share: None)
    ones = [1] if way.criterion != "agreement" else []

    def fit(k: int) -> Fitted:
        return way.fit(used, k, used_weights, seed=seed, n_restarts=max(50, n_restarts))

    fitted = _side_by_side(fit, ones + numbers, _part(report, 0.0, 0.1))
    solutions = dict(zip(ones + numbers, fitted, strict=True))
    again = way.resampling(used, used_weights, n_restarts, solutions)
    found = _resampled(again, numbers, solutions, n_pairs, seed, _part(report, 0.1, 0.85))

    def gaps_of(k: int) -> tuple[Gap, ...]:
        found = solutions[k]
        return gaps(found.space(used), found.labels_, found.centers_, _seed(seed, _STREAM_GAPS, k))

    between = dict(zip(numbers, _side_by_side(gaps_of, numbers), strict=True))
    means = {k: float(a.mean()) for k, (a, _) in found.items()}
    likelihood = {k: m.likelihood_ for k, m in solutions.items() if m.likelihood_ is not None}
    chosen = (
        recommend(means, {k: all(gap.is_telling for gap in g) for k, g in between.items()})
        if way.criterion == "agreement"
        else min(numbers, key=lambda k: getattr(likelihood[k], way.criterion))
    )
    chance = _shuffled(way, used, used_weights, chosen, min(n_pairs, _SHUFFLED_PAIRS), n_restarts, seed, solutions)
    judgement = judge(chosen, means[chosen], chance, between[chosen][0])
    report(1.0)
    return Stability(
        global_ari={k: a for k, (a, _) in found.items()},
        segment_jaccard={k: j for k, (_, j) in found.items()},
        across=stability_across_solutions([solutions[k].labels_ for k in numbers]) if len(numbers) > 1 else None,
        likelihood=likelihood,
        criterion=way.criterion,
        verdict=judgement.verdict,
        reason=judgement.reason,
        recommended_k=chosen,
        best_share={k: solutions[k].best_share_ for k in numbers},
        smallest_share={k: float(solutions[k].sizes_.min() / solutions[k].sizes_.sum()) for k in numbers},
        separation={k: min(gap.depth for gap in g) for k, g in between.items()},
        gaps=between,
        shuffled_ari=chance,
        n_rows=len(values),
        n_incomplete=n_unusable,
        n_used=len(used),
        n_pairs=n_pairs,
        n_restarts=n_restarts,
        seed=seed,
        solutions={k: solutions[k] for k in numbers},
        used=used,
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
    """Stability of every segment within a solution (SLSW), however it was made, under k-means on bootstrap samples.

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
    values, given = values[order], given[order]
    n_segments = int(given.max()) + 1
    _check_distinct(values, n_segments)
    again = KMeansResampling(values, np.ones(len(values)), n_restarts)
    place = np.arange(len(values)) if len(again.values) == len(values) else _places(values, again.values)
    found = np.empty((n_pairs, n_segments))
    for pair in range(n_pairs):
        both = again.pair([n_segments], (seed, _STREAM_PAIRS), pair)[n_segments]
        found[pair] = np.mean([_comes_back(given, new[place]) for new in both], axis=0)
        if progress is not None:
            progress((pair + 1) / n_pairs)
    return found


def _comes_back(given: Labels, new: Labels, counts: Floats | None = None) -> Floats:
    """Largest Jaccard agreement of every given segment with any new one."""
    best: Floats = jaccard_of_counts(contingency(given, new, counts)).max(axis=1)
    return best


def _places(rows: Floats, different: Floats) -> Labels:
    """Place of the equal of every row among sorted different rows."""
    _, place = np.unique(np.concatenate([different, rows]), axis=0, return_inverse=True)
    return np.asarray(place.reshape(-1)[len(different) :], dtype=np.int64)


def _part(report: Progress, start: float, width: float) -> Progress:
    return lambda share: report(start + width * share)


def _resampled(
    again: Resampling,
    numbers: Sequence[int],
    solutions: Mapping[int, Fitted],
    n_pairs: int,
    seed: int,
    report: Progress,
) -> dict[int, tuple[Floats, Floats]]:
    """Agreement (n_pairs,) and share of every segment that comes back (n_pairs, k), by number of segments."""
    found = {k: (np.empty(n_pairs), np.empty((n_pairs, k))) for k in numbers}
    first = {k: solutions[k].predict(again.values) for k in numbers}

    def one(pair: int) -> None:
        for k, both in again.pair(numbers, (seed, _STREAM_PAIRS), pair).items():
            agreement, jaccard = found[k]
            agreement[pair] = adjusted_rand_of_counts(contingency(*both, again.counts))
            jaccard[pair] = np.mean([_lined(_comes_back(first[k], new, again.counts), k) for new in both], axis=0)

    _side_by_side(one, range(n_pairs), report)
    return found


def _side_by_side(work: Callable[[int], Found], numbers: Sequence[int], report: Progress | None = None) -> list[Found]:
    """Do the same for every number, in as many threads as there are processors; results come in order."""
    out: list[Found] = []
    # threads that share one limit: each would else set and lift it under the others
    with one_thread(), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        try:
            for found in pool.map(work, numbers):
                out.append(found)
                if report is not None:
                    report(len(out) / len(numbers))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return out


def _lined(found: Floats, k: int) -> Floats:
    """Give a segment that no row belongs to the share 0."""
    return np.concatenate([found, np.zeros(k - len(found))])


def _shuffled(
    method: Method,
    values: Floats,
    weights: Floats,
    k: int,
    n_pairs: int,
    n_restarts: int,
    seed: int,
    solutions: Mapping[int, Fitted],
) -> float:
    """Mean agreement when nothing but the shape of the single columns is left; every pair has its own shuffle."""

    def one(pair: int) -> float:
        generator = np.random.default_rng([seed, _STREAM_SHUFFLE, pair])
        shuffled = np.column_stack([generator.permutation(column) for column in values.T])
        kept = method.usable(shuffled)
        again = method.resampling(shuffled[kept], weights[kept], n_restarts, solutions)
        first, second = again.pair([k], (seed, _STREAM_SHUFFLE), pair)[k]
        return adjusted_rand_of_counts(contingency(first, second, again.counts))

    return float(np.mean(_side_by_side(one, range(n_pairs))))


def _usable_sample(
    method: Method, values: Floats, weights: Floats, max_rows: int, seed: int
) -> tuple[Floats, Floats, int]:
    """Sorted usable rows with their weights, at most `max_rows` of them, and how many rows were not usable."""
    usable = method.usable(values)
    rows, share = values[usable], weights[usable]
    order = np.lexsort((share, *rows.T[::-1]))
    rows, share = rows[order], share[order]
    if len(rows) > max_rows:
        generator = np.random.default_rng([seed, _STREAM_SAMPLE])
        chosen = np.sort(generator.choice(len(rows), max_rows, replace=False))
        rows, share = rows[chosen], share[chosen]
    return rows, share, int((~usable).sum())


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def _check(numbers: Sequence[int], n_pairs: int, n_restarts: int) -> None:
    if not numbers or numbers[0] < 2:
        raise ValueError(f"numbers of segments must be at least 2, they are {list(numbers)}")
    if n_pairs < 1 or n_restarts < 1:
        raise ValueError("n_pairs and n_restarts must be at least 1")


def _check_distinct(values: Floats, wanted: int) -> None:
    found = len(np.unique(np.nan_to_num(values, nan=-1.5e300), axis=0)) if len(values) else 0
    if found < wanted:
        raise SettingError("error.segmentation.too_few_rows", wanted=wanted, found=found)
