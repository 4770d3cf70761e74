"""Time of stability against a plain scikit-learn loop: `python benchmarks/stability.py [--large] [--verdicts]`.

Elapsed and processor seconds are printed, because other processes on the machine do not count in the latter, and the
comparison is given in both. Exits 1 when a limit of time is missed or the loop is not 5 times as long.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from qunxiang.segmentation import KMeansSegments, stability
from qunxiang.statistics import adjusted_rand_index, jaccard
from qunxiang.statistics.lloyd import one_thread

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "segmentation"))
import worlds

LEAST_TIMES = 5.0
"""How many times as long the plain loop must take."""

PAIRS = 100
missed: list[str] = []
"""What missed its limit."""


def timed(title: str, work: Callable[[], object], *, most: float | None = None) -> tuple[float, float]:
    """Print elapsed and processor seconds of `work` with what it returned; return both. More than `most` is a miss."""
    start, used = time.perf_counter(), time.process_time()
    note = work()
    took, busy = time.perf_counter() - start, time.process_time() - used
    limit = "" if most is None else f" of {most:.0f}"
    if most is not None and took > most:
        missed.append(title)
    print(f"{took:7.2f} s{limit} ({busy:7.2f} s of processors)  {title}  {note}", flush=True)
    return took, busy


def plain_solutions(X: np.ndarray) -> dict[int, np.ndarray]:
    """Fit every number of segments by scikit-learn from 10 starts, a fifth of what :func:`stability` does."""
    return {k: KMeans(k, n_init=10, random_state=0).fit(X).labels_ for k in range(2, 9)}


def plain_pairs(X: np.ndarray, solutions: dict[int, np.ndarray], n_pairs: int) -> float:
    """Do what :func:`stability` does for some pairs by scikit-learn; return the mean agreement."""
    generator, found = np.random.default_rng(0), []
    for k, base in solutions.items():
        for _ in range(n_pairs):
            first, second = (
                KMeans(k, n_init=10, random_state=int(generator.integers(1 << 31)))
                .fit(X[generator.integers(0, len(X), len(X))])
                .predict(X)
                for _ in range(2)
            )
            found.append(adjusted_rand_index(first, second))
            jaccard(base, first)
            jaccard(base, second)
    return float(np.mean(found))


def against(title: str, X: np.ndarray, ours: tuple[float, float], threads: str, n_pairs: int, *, judged: bool) -> None:
    """Print how many times as long as `ours` a plain scikit-learn loop takes that does the full work."""
    solutions: dict[int, np.ndarray] = {}
    fits = timed(
        f"its solutions by scikit-learn, 10 of 50 starts, {threads}", lambda: solutions.update(plain_solutions(X))
    )
    pairs = timed(
        f"its pairs by a plain scikit-learn loop, {n_pairs} of {PAIRS}, {threads}",
        lambda: f"mean agreement {plain_pairs(X, solutions, n_pairs):.2f}",
    )
    # the work of the solutions is done once, that of the pairs for each
    loop = [5 * fits[i] + PAIRS / n_pairs * pairs[i] for i in (0, 1)]
    times = [loop[i] / ours[i] for i in (0, 1)]
    in_busy = f"{times[1]:.1f} in processor time"
    print(f"          the loop in full: {loop[0]:.0f} s, {times[0]:.1f} times as long ({in_busy})", flush=True)
    if judged and times[0] < LEAST_TIMES:
        missed.append(f"times as long, {title}")


def speed() -> None:
    continuous = np.random.default_rng(0).normal(size=(1453, 11))
    for title, X, most in (("yes/no", worlds.bernoulli_noise(0), 6.0), ("continuous", continuous, 12.0)):
        ours = timed(
            f"stability, 1,453 x 11 {title}, k 2..8, {PAIRS} pairs, 10 starts", lambda X=X: stability(X), most=most
        )
        # threads of scikit-learn that wait for one another cost it up to a hundred times as much on a busy machine, so
        # that only the loop on one thread says something; the other is what a plain loop does unasked
        for threads, limits, pairs, judged in (
            ("one thread", one_thread, 10, True),
            ("its threads", nullcontext, 1, False),
        ):
            with limits():
                against(title, X, ours, threads, pairs, judged=judged)
    timed("k-means, k 6, 50 starts, ours", lambda: KMeansSegments(6).fit(continuous).sse_)
    timed(
        "k-means, k 6, 50 starts, scikit-learn",
        lambda: KMeans(6, n_init=50, random_state=0).fit(continuous).inertia_,
    )
    X, truth = make_blobs(100_000, n_features=20, centers=6, cluster_std=6.0, random_state=0)
    timed(
        "k-means, 100,000 x 20, k 6, 10 starts, agreement with the truth",
        lambda: adjusted_rand_index(truth, KMeansSegments(6, n_restarts=10).fit(X).labels_),
    )


def large() -> None:
    X, _ = make_blobs(100_000, n_features=20, centers=6, cluster_std=6.0, random_state=0)
    timed(
        "stability, 100,000 x 20 by a sample of 5,000, k 2..8, 100 pairs, 10 starts", lambda: stability(X), most=120.0
    )

    def difference() -> str:
        part = X[:20_000]
        sampled, whole = (stability(part, n_pairs=10, n_restarts=5, max_rows=rows) for rows in (5_000, 20_000))
        off = max(abs(sampled.mean_ari[k] - whole.mean_ari[k]) for k in whole.mean_ari)
        return f"largest difference of mean agreement {off:.3f}, k {sampled.recommended_k} and {whole.recommended_k}"

    timed("5,000 sampled rows against all of 20,000 x 20, 10 pairs, 5 starts", difference)
    million, _ = make_blobs(1_000_000, n_features=20, centers=6, cluster_std=6.0, random_state=1)

    def sampled_fit() -> str:
        model = KMeansSegments(6, n_restarts=10).fit(million[:100_000])
        far = [float(((r - model.centers_[model.predict(r)]) ** 2).sum(axis=1).mean()) for r in np.split(million, 10)]
        return f"mean squared distance of the sample {far[0]:.2f}, of the other 900,000 {np.mean(far[1:]):.2f}"

    timed("1,000,000 x 20 from a sample of 100,000, k 6, 10 starts, all assigned", sampled_fit)

    def sampling_error() -> str:
        # another seed draws another sample and other pairs
        found = [stability(million, n_pairs=20, n_restarts=5, seed=seed) for seed in range(3)]
        spread = max(np.std([f.mean_ari[k] for f in found], ddof=1) for k in found[0].mean_ari)
        return (
            f"mean agreement {found[0].mean_ari[6]:.3f} at k 6; largest standard error of a mean agreement"
            f" {spread:.3f}; k {[f.recommended_k for f in found]}, verdicts {[f.verdict for f in found]}"
        )

    timed("stability, 1,000,000 x 20 by three samples of 5,000, 20 pairs, 5 starts each", sampling_error)


def verdicts(n_seeds: int = 20) -> None:
    for world in (
        worlds.bernoulli_noise,
        worlds.one_question,
        worlds.elongated,
        worlds.log_normals,
        worlds.three_groups,
    ):
        timed(world.__name__, lambda w=world: dict(Counter(stability(w(s)).verdict for s in range(n_seeds))))
    for world in (worlds.planted, worlds.planted_near):
        for k in range(2, 7):
            timed(
                f"{world.__name__} {k}",
                lambda w=world, k=k: dict(Counter(stability(w(s, k)).recommended_k for s in range(n_seeds))),
            )


if __name__ == "__main__":
    speed()
    if "--large" in sys.argv:
        large()
    if "--verdicts" in sys.argv:
        verdicts()
    if missed:
        print("missed: " + "; ".join(missed))
    sys.exit(bool(missed))
