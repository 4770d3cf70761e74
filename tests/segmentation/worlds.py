"""Seeded data whose structure is known, shared by the tests of segments and the benchmark."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NOISE_SHARES = [0.55, 0.91, 0.09, 0.87, 0.53, 0.90, 0.60, 0.64, 0.36, 0.20, 0.24]


def bernoulli_noise(seed: int) -> Floats:
    """1,453 rows of 11 independent yes/no columns."""
    return (np.random.default_rng(seed).random((1453, 11)) < NOISE_SHARES).astype(float)


def one_question(seed: int) -> Floats:
    """One yes/no column at one half beside ten rare ones."""
    return (np.random.default_rng(seed).random((1453, 11)) < [0.5] + [0.05] * 10).astype(float)


def elongated(seed: int) -> Floats:
    """One Gaussian, standard deviations 4 and 1."""
    return np.random.default_rng(seed).normal(size=(1000, 2)) * [4, 1]


def log_normals(seed: int) -> Floats:
    """Three independent log-normal columns."""
    return np.random.default_rng(seed).lognormal(size=(1000, 3))


def three_groups(seed: int, apart: float = 6.0) -> Floats:
    """Three round groups whose centres are `apart` standard deviations from each other."""
    rng = np.random.default_rng(seed)
    centers = apart * np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])
    return centers[rng.integers(0, 3, 900)] + rng.normal(size=(900, 2))


def planted(seed: int, n_groups: int, n_rows: int = 1500, apart: float = 4.0) -> Floats:
    """Groups of unequal size, every two centres `apart` standard deviations from each other, 7 + 3 noise columns."""
    rng = np.random.default_rng(seed)
    corners = np.eye(7)[:n_groups] * apart / np.sqrt(2)
    turn = np.linalg.qr(rng.normal(size=(7, 7)))[0]
    sizes = np.arange(1, n_groups + 1) + 1.0
    group = rng.choice(n_groups, n_rows, p=sizes / sizes.sum())
    return np.column_stack([(corners @ turn)[group] + rng.normal(size=(n_rows, 7)), rng.normal(size=(n_rows, 3))])


def planted_near(seed: int, n_groups: int, n_rows: int = 1500, apart: float = 4.0) -> Floats:
    """Groups placed at random, the closest two `apart` standard deviations from each other, 7 + 3 noise columns."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(n_groups, 7))
    distance = np.linalg.norm(centers[:, None] - centers[None], axis=2)
    centers *= apart / distance[np.triu_indices(n_groups, 1)].min()
    sizes = np.arange(1, n_groups + 1) + 1.0
    group = rng.choice(n_groups, n_rows, p=sizes / sizes.sum())
    return np.column_stack([centers[group] + rng.normal(size=(n_rows, 7)), rng.normal(size=(n_rows, 3))])
