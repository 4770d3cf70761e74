"""Customers simulated as BG/NBD supposes, independent of the product's code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TRUTH = {"r": 0.5, "alpha": 40.0, "a": 0.8, "b": 2.5}


def simulated(n: int, seed: int, *, days: int = 365) -> tuple[Floats, Floats, Floats]:
    """Return frequency, recency and T in days of `n` customers who begin over the first third of the time."""
    chance = np.random.default_rng(seed)
    end = chance.integers(days * 2 // 3, days + 1, n).astype(float)
    rate = chance.gamma(TRUTH["r"], 1 / TRUTH["alpha"], n)
    leaving = chance.beta(TRUTH["a"], TRUTH["b"], n)
    repeats, last, now = np.zeros(n), np.zeros(n), np.zeros(n)
    alive = np.arange(n)
    while len(alive):
        now[alive] += chance.exponential(1 / rate[alive])
        alive = alive[now[alive] <= end[alive]]
        repeats[alive] += 1
        last[alive] = now[alive]
        alive = alive[chance.random(len(alive)) >= leaving[alive]]
    return repeats, last, end
