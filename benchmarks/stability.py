"""Time of k-means, stability and the same runs by scikit-learn: `python benchmarks/stability.py [--verdicts]`."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from qunxiang.segmentation import KMeansSegments, stability
from qunxiang.statistics import adjusted_rand_index

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "segmentation"))
import worlds


def timed(title: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    note = work()
    print(f"{time.perf_counter() - start:7.2f} s  {title}  {note}", flush=True)


def speed() -> None:
    continuous = np.random.default_rng(0).normal(size=(1453, 11))
    timed("stability, 1,453 x 11 yes/no, k 2..8, 100 pairs, 10 starts", lambda: stability(worlds.bernoulli_noise(0)))
    timed("stability, 1,453 x 11 continuous, same", lambda: stability(continuous))
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
    if "--verdicts" in sys.argv:
        verdicts()
