"""A world of brands whose places are planted: how often an attribute is given is what two dimensions say it is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BRANDS = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta")
ATTRIBUTES = ("reliable", "modern", "cheap", "friendly", "quick", "safe", "simple", "refined")
SEGMENTS = ("north", "south")
SPREAD = (0.45, 0.30)
"""Planted principal inertias are the halves of the squares."""

_TURNS = 2 * np.pi * np.arange(6) / 6 + 0.2
PLACES: Floats = np.column_stack([np.cos(_TURNS), np.sin(_TURNS)]) * SPREAD
"""Planted principal coordinates of the brands, shape (6, 2): centred and uncorrelated with equal masses."""

_TURNS_8 = 2 * np.pi * np.arange(8) / 8 + 0.1
STANDARD: Floats = np.sqrt(2) * np.column_stack([np.cos(_TURNS_8), np.sin(_TURNS_8)])
"""Planted standard coordinates of the attributes, shape (8, 2)."""

IDEALS: Floats = np.array([PLACES[1], PLACES[4]]) * 0.9
"""Where the ideal brand of each segment lies: near Beta in the north, near Epsilon in the south."""

CHANCE: Floats = 0.3 * (1 + PLACES @ STANDARD.T)
"""Chance of each attribute for each brand, shape (6, 8): its correspondence analysis is exactly the planted one."""

AWARE = {"Alpha": 0.6, "Beta": 0.5, "Gamma": 0.4, "Delta": 0.3, "Epsilon": 0.3, "Zeta": 0.2}
APPEAL = {"Alpha": 3.6, "Beta": 3.0, "Gamma": 3.55, "Delta": 3.0, "Epsilon": 3.0, "Zeta": 3.0}
"""Mean rating from 1 to 5."""


def ticks(n: int, seed: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return what n people tick: of brands (n, 6, 8), of the ideal (n, 8), and everybody's segment."""
    generator = np.random.default_rng(seed)
    segments = generator.integers(2, size=n)
    said = (generator.random((n, 6, 8)) < CHANCE).astype(np.float64)
    ideal = (generator.random((n, 8)) < 0.3 * (1 + IDEALS[segments] @ STANDARD.T)).astype(np.float64)
    return said, ideal, segments


def aligned(found: Floats, planted: Floats = PLACES) -> Floats:
    """Turn found places onto the planted ones, without stretching (orthogonal Procrustes)."""
    left, _, right = np.linalg.svd(found.T @ planted)
    return found @ (left @ right)


def brand_survey(n: int = 240, seed: int = 5, *, aware: float = 0.0, few: str | None = None) -> pa.Table:
    """One row per respondent of a wide survey on brands.

    Columns are called ``Alpha: reliable`` (Yes or No), ``Ideal: reliable``, ``Alpha: appeal`` (1 to 5), ``Alpha:
    awareness``, ``Alpha: consideration`` and ``Alpha: trust``. `aware` is added to the share who know Alpha; hardly
    anybody says anything of the brand `few`.
    """
    said, ideal, segments = ticks(n, seed)
    generator = np.random.default_rng(seed + 1000)
    columns: dict[str, list[object]] = {
        "respondent_id": [f"r{i:04}" for i in range(n)],
        "weight": [0.5 if s == 0 else 1.0 for s in segments],
        "region": [SEGMENTS[s] for s in segments],
    }
    for b, brand in enumerate(BRANDS):
        silent = np.arange(n) >= 8 if brand == few else np.zeros(n, dtype=bool)
        for a, attribute in enumerate(ATTRIBUTES):
            column = _yes(said[:, b, a])
            columns[f"{brand}: {attribute}"] = [None if s else c for s, c in zip(silent, column, strict=True)]
        rating = np.clip(np.round(APPEAL[brand] + generator.standard_normal(n)), 1, 5).astype(int)
        columns[f"{brand}: appeal"] = [str(r) for r in rating]
        known = generator.random(n) < AWARE[brand] + (aware if brand == "Alpha" else 0.0)
        considered = generator.random(n) < 0.5
        trusted = generator.random(n) < 0.5
        columns[f"{brand}: awareness"] = _yes(known)
        columns[f"{brand}: consideration"] = [
            None if not k else c for k, c in zip(known, _yes(considered), strict=True)
        ]
        columns[f"{brand}: trust"] = [
            None if not k else c for k, c in zip(known, _yes(considered & trusted), strict=True)
        ]
    for a, attribute in enumerate(ATTRIBUTES):
        columns[f"Ideal: {attribute}"] = _yes(ideal[:, a])
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def _yes(given: NDArray[np.generic]) -> list[object]:
    return ["Yes" if g else "No" for g in given]
