"""What the verdict finds in worlds whose structure is known: how it fades as groups grow into one another.

Three round Gaussian groups of 300 rows each in two dimensions at several distances of their centres; one elongated
Gaussian (standard deviations 4 and 1, 1,000 rows); eleven independent yes/no columns (1,453 rows). Each was drawn from
seeds 0 to 19 and judged from 2 to 8 segments with 40 pairs and 10 random starts, by version 1 of the procedure
(``verdict.PROCEDURE``), by ``python benchmarks/known_worlds.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

PROCEDURE = 1
N_SEEDS = 20
N_PAIRS = 40
FLAT = 0.05
"""Depth below which there is no valley to speak of."""

Span = tuple[float, float, float]
"""Mean over the seeds, their 5 % and their 95 % quantile."""


@dataclass(frozen=True)
class World:
    """A world and what was found in it.

    `apart` is the distance of the centres in standard deviations of a group, None where there are no groups. `verdicts`
    counts the seeds judged natural, reproducible, constructive; `three` those with three segments recommended.
    `agreement` and `depth` are mean agreement and shallowest valley of the recommended solution.
    """

    kind: Literal["groups", "elongated", "noise"]
    apart: float | None
    verdicts: tuple[int, int, int]
    three: int
    agreement: Span
    depth: Span


WORLDS: tuple[World, ...] = (
    World("groups", 6.0, (20, 0, 0), 20, (0.999, 0.997, 1.000), (0.966, 0.940, 0.990)),
    World("groups", 5.5, (20, 0, 0), 20, (0.997, 0.994, 1.000), (0.933, 0.885, 0.965)),
    World("groups", 5.0, (20, 0, 0), 20, (0.996, 0.991, 0.999), (0.877, 0.823, 0.922)),
    World("groups", 4.5, (20, 0, 0), 20, (0.991, 0.984, 0.995), (0.785, 0.724, 0.835)),
    World("groups", 4.0, (20, 0, 0), 20, (0.983, 0.977, 0.988), (0.645, 0.497, 0.728)),
    World("groups", 3.5, (13, 7, 0), 20, (0.968, 0.958, 0.978), (0.461, 0.360, 0.576)),
    World("groups", 3.0, (0, 20, 0), 20, (0.951, 0.940, 0.961), (0.273, 0.179, 0.380)),
    World("groups", 2.5, (0, 20, 0), 20, (0.914, 0.890, 0.946), (0.075, 0.000, 0.164)),
    World("groups", 2.0, (0, 17, 3), 20, (0.856, 0.772, 0.912), (0.001, 0.000, 0.001)),
    World("groups", 1.5, (0, 8, 12), 14, (0.764, 0.642, 0.841), (0.000, 0.000, 0.000)),
    World("groups", 1.0, (0, 2, 18), 6, (0.714, 0.648, 0.821), (0.000, 0.000, 0.000)),
    World("elongated", None, (0, 20, 0), 8, (0.913, 0.886, 0.953), (0.000, 0.000, 0.000)),
    World("noise", None, (0, 0, 20), 0, (0.450, 0.294, 0.679), (0.080, 0.000, 0.220)),
)


def groups() -> tuple[World, ...]:
    """Return the worlds of three groups, the closest first."""
    found = [w for w in WORLDS if w.apart is not None]
    return tuple(sorted(found, key=lambda w: w.apart or 0.0))


def as_deep_as(depth: float) -> float | None:
    """Return how many standard deviations apart three groups with such a valley between them are.

    Between the distances tried it is interpolated; None for a valley shallower than `FLAT`, which groups that have
    grown into one have at any distance.
    """
    if depth < FLAT:
        return None
    rising = groups()
    return float(np.interp(depth, [w.depth[0] for w in rising], [w.apart or 0.0 for w in rising]))
