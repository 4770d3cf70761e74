"""Published tables of answers, and an EM for latent classes written apart from the product's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Agresti (2002), Categorical Data Analysis, table 13.1: 118 slides judged by seven pathologists, 1 = carcinoma.
_CARCINOMA = """
0000000 34 0000100 2 0100000 6 0100001 1 0100100 4 0100101 5 1000000 2 1010101 1 1100000 2 1100001 1
1100100 2 1100101 7 1100111 1 1101001 1 1101101 2 1101111 3 1110101 13 1110111 5 1111101 10 1111111 16
""".split()  # noqa: SIM905
# Goodman (1974), Biometrika 61: four situations of role conflict, 216 respondents; patterns 0000 to 1111.
_VALUES = (42, 23, 6, 25, 6, 24, 7, 38, 1, 4, 1, 6, 2, 9, 2, 20)


def carcinoma() -> tuple[Floats, Floats]:
    """20 patterns of seven answers and how often each was given."""
    patterns = np.array([[float(c) for c in pattern] for pattern in _CARCINOMA[::2]])
    return patterns, np.array(_CARCINOMA[1::2], dtype=float)


def universalism() -> tuple[Floats, Floats]:
    """16 patterns of four answers and how often each was given."""
    return np.array([[float(c) for c in f"{i:04b}"] for i in range(16)]), np.array(_VALUES, dtype=float)


def missing_answers(seed: int = 0) -> tuple[Floats, Floats]:
    """Three overlapping classes over six questions of three answers, 500 rows, 15 % of the answers missing."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(3), size=(3, 6))
    classes = rng.integers(0, 3, 500)
    X = np.array([[rng.choice(3, p=shares[c, j]) for j in range(6)] for c in classes], dtype=float)
    X[rng.random(X.shape) < 0.15] = np.nan
    return X, np.ones(len(X))


def plain_em(X: Floats, weights: Floats, n_classes: int, seed: int, n_steps: int = 2000) -> float:
    """Log-likelihood that textbook EM reaches from random shares; a missing answer is passed over."""
    rng = np.random.default_rng(seed)
    n_levels = int(np.nanmax(X)) + 1
    asked = [[X[:, j] == level for level in range(n_levels)] for j in range(X.shape[1])]
    prior = rng.dirichlet(np.ones(n_classes))
    theta = rng.dirichlet(np.ones(n_levels), size=(X.shape[1], n_classes))
    before = -np.inf
    for _ in range(n_steps):
        like = np.tile(prior, (len(X), 1))
        for j, levels in enumerate(asked):
            for level, gave in enumerate(levels):
                like[gave] *= theta[j, :, level]
        total = like.sum(axis=1)
        reached = float(weights @ np.log(total))
        if reached - before < 1e-7:
            break
        before = reached
        part = like / total[:, None] * weights[:, None]
        prior = part.sum(axis=0) / weights.sum()
        for j, levels in enumerate(asked):
            counts = np.array([part[gave].sum(axis=0) for gave in levels]).T
            theta[j] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    return reached
