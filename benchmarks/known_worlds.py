"""How the verdict fades over worlds whose structure is known: `python benchmarks/known_worlds.py [SEEDS] [PAIRS]`.

Prints the records that stand in ``src/qunxiang/segmentation/known_worlds.py``, which the page of a segmentation draws
its own figures beside. Run it again, and raise ``verdict.PROCEDURE``, when the procedure of the verdict changes.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from qunxiang.segmentation import stability

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "segmentation"))
import worlds

APART = (6.0, 5.5, 5.0, 4.5, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0)


def record(kind: str, apart: float | None, world: Callable[[int], np.ndarray], n_seeds: int, n_pairs: int) -> str:
    """Judge the world of every seed and return what was found as a record."""
    verdicts: Counter[str] = Counter()
    agreement, depth, three = [], [], 0
    for seed in range(n_seeds):
        found = stability(world(seed), n_pairs=n_pairs)
        k = found.recommended_k
        verdicts[found.verdict] += 1
        three += k == 3
        agreement.append(found.mean_ari[k])
        depth.append(found.separation[k])
    counts = ", ".join(str(verdicts[v]) for v in ("natural", "reproducible", "constructive"))
    spans = ", ".join(
        "(" + ", ".join(f"{x:.3f}" for x in (np.mean(v), *np.quantile(v, [0.05, 0.95]))) + ")"
        for v in (agreement, depth)
    )
    return f'    World("{kind}", {apart}, ({counts}), {three}, {spans}),'


if __name__ == "__main__":
    seeds, pairs = (int(v) for v in (sys.argv[1:] + ["20", "40"][len(sys.argv) - 1 :]))
    for distance in APART:
        print(record("groups", distance, lambda s, d=distance: worlds.three_groups(s, d), seeds, pairs), flush=True)
    print(record("elongated", None, worlds.elongated, seeds, pairs), flush=True)
    print(record("noise", None, worlds.bernoulli_noise, seeds, pairs), flush=True)
