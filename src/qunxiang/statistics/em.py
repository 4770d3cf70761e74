"""Mixtures by EM with many random starts at once: the engine behind latent classes and mixture segments.

All starts advance together, so that a step is one matrix product. Starts run a few steps, the best go on to the end.

References
----------
Dempster, A. P., Laird, N. M. & Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM algorithm.
Biernacki, C., Celeux, G. & Govaert, G. (2003). Choosing starting values for the EM algorithm. CSDA 41.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qunxiang.statistics.families import LOWEST, Family
from qunxiang.statistics.lloyd import one_thread

Floats = NDArray[np.float64]

# Cells (starts × classes × rows) worked on at once: keeps a block near the processor at any number of rows.
_CELLS_PER_BLOCK = 200_000
_SHORT_STEPS = 25
_SHARE_KEPT = 0.2
_SOFT = 0.2


@dataclass(frozen=True)
class Rows:
    """Rows of a mixture, ready for products: design (n_rows, width), weights (n_rows,), one slice per family."""

    design: Floats
    weights: Floats
    families: tuple[Family, ...]
    slices: tuple[slice, ...]

    @classmethod
    def of(cls, columns: Sequence[Floats], families: Sequence[Family], weights: Floats) -> Rows:
        """Put the designs of all families side by side; `columns` holds the raw columns of each."""
        parts = [family.design(raw) for family, raw in zip(families, columns, strict=True)]
        ends = np.cumsum([part.shape[1] for part in parts]).tolist()
        slices = tuple(slice(end - part.shape[1], end) for end, part in zip(ends, parts, strict=True))
        return cls(np.column_stack(parts), weights, tuple(families), slices)

    @cached_property
    def overall(self) -> Floats:
        """Sums of the design over all rows, shape (width,)."""
        return np.asarray(self.weights @ self.design)

    def reweighted(self, weights: Floats) -> Rows:
        """Return the rows that have a weight, with these weights; a bootstrap sample is one such reweighting."""
        drawn = weights > 0
        return Rows(self.design[drawn], weights[drawn], self.families, self.slices)


@dataclass(frozen=True)
class Solution:
    """What EM ended with.

    `log_shares` (n_classes,) and `parameters` (n_classes, width) are the classes; `log_likelihood` of the rows;
    `objective` is that plus the log-density of the rows that the Bayes constant adds; `best_share` of the starts that
    were run to the end reached the best objective to .01; `n_steps` of the best, `converged` within the tolerance.
    """

    log_shares: Floats
    parameters: Floats
    log_likelihood: float
    objective: float
    best_share: float
    n_steps: int
    converged: bool


def run_em(
    rows: Rows,
    n_classes: int,
    n_starts: int,
    generator: np.random.Generator,
    *,
    strength: float = 0.0,
    tolerance: float = 1e-7,
    max_steps: int = 3000,
) -> Solution:
    """Run EM from random starts and return the best.

    Half of the starts divide the rows by nearness to rows drawn far apart (k-means++), half at random.

    Parameters
    ----------
    strength
        Bayes constant, see :mod:`qunxiang.statistics.families`; 0 is maximum likelihood.
    tolerance
        A start ends when a step gains less than this in log-likelihood per unit of weight, times 100 rows.
    """
    with one_thread():
        state = _maximised(rows, _first_posteriors(rows, n_classes, n_starts, generator), strength)
        gain = tolerance * max(1.0, float(rows.weights.sum()) / 100)
        state, objective, _, _ = _advance(rows, state, strength, gain, _SHORT_STEPS)
        kept = np.argsort(-objective, kind="stable")[: max(1, min(n_starts, 3), round(_SHARE_KEPT * n_starts))]
        state = (state[0][kept], state[1][kept])
        state, objective, steps, ended = _advance(rows, state, strength, gain, max_steps)
        best = int(objective.argmax())
        log_shares, parameters = state[0][best], state[1][best]
        return Solution(
            log_shares,
            parameters,
            float(row_densities(rows.design, log_shares, parameters) @ rows.weights),
            float(objective[best]),
            float(np.mean(objective >= objective[best] - 0.01)),
            int(steps[best]),
            bool(ended[best]),
        )


def log_joint(design: Floats, log_shares: Floats, parameters: Floats) -> Floats:
    """Log share plus log-density of every row in every class, shape (n_rows, n_classes)."""
    return np.asarray(design @ parameters.T + log_shares)


def posteriors(design: Floats, log_shares: Floats, parameters: Floats) -> Floats:
    """Probability of every class for every row, shape (n_rows, n_classes)."""
    joint = log_joint(design, log_shares, parameters)
    joint -= joint.max(axis=1, keepdims=True)
    np.exp(joint, out=joint)
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def row_densities(design: Floats, log_shares: Floats, parameters: Floats) -> Floats:
    """Log-density of every row, shape (n_rows,)."""
    joint = log_joint(design, log_shares, parameters)
    highest = joint.max(axis=1)
    return np.asarray(highest + np.log(np.exp(joint - highest[:, None]).sum(axis=1)))


_State = tuple[Floats, Floats]


def _advance(
    rows: Rows, state: _State, strength: float, gain: float, max_steps: int
) -> tuple[_State, Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Take EM steps with all starts until each gains less than `gain`.

    Returns
    -------
    parameters, objective before the last step, steps taken and whether it ended by itself, one per start
    """
    log_shares, parameters = state[0].copy(), state[1].copy()
    objective = np.full(len(log_shares), -np.inf)
    steps, ended = np.zeros(len(log_shares), dtype=np.int64), np.zeros(len(log_shares), dtype=bool)
    running = np.arange(len(log_shares))
    for step in range(max_steps):
        now = (log_shares[running], parameters[running])
        sums, shares, density = _expected(rows, now)
        reached = density + _log_prior(rows, now, strength)
        done = reached - objective[running] < gain
        objective[running], steps[running] = reached, step + 1
        ended[running[done]] = True
        running = running[~done]
        if not len(running):
            break
        log_shares[running], parameters[running] = _learned(rows, sums[~done], shares[~done], strength)
    return (log_shares, parameters), objective, steps, ended


def _expected(rows: Rows, state: _State) -> tuple[Floats, Floats, Floats]:
    """E step: sums of the design by class, weight by class, log-likelihood; first axis the starts."""
    log_shares, parameters = state
    n_starts, n_classes, width = parameters.shape
    flat = parameters.reshape(n_starts * n_classes, width)
    sums, shares = np.zeros((n_starts * n_classes, width)), np.zeros((n_starts, n_classes))
    density = np.zeros(n_starts)
    block = max(64, _CELLS_PER_BLOCK // (n_starts * n_classes))
    for begin in range(0, len(rows.weights), block):
        design, weights = rows.design[begin : begin + block], rows.weights[begin : begin + block]
        joint = (flat @ design.T).reshape(n_starts, n_classes, len(weights))
        joint += log_shares[:, :, None]
        highest = joint.max(axis=1, keepdims=True)
        joint -= highest
        np.exp(joint, out=joint)
        total = joint.sum(axis=1, keepdims=True)
        density += (highest[:, 0] + np.log(total[:, 0])) @ weights
        joint *= weights / total
        shares += joint.sum(axis=2)
        sums += joint.reshape(n_starts * n_classes, len(weights)) @ design
    return sums.reshape(n_starts, n_classes, width), shares, density


def _learned(rows: Rows, sums: Floats, shares: Floats, strength: float) -> _State:
    """M step."""
    parts = [
        family.learn(sums[..., place], rows.overall[place], strength)
        for family, place in zip(rows.families, rows.slices, strict=True)
    ]
    counts = shares + strength / shares.shape[1]
    log_shares = np.log(np.maximum(counts / counts.sum(axis=1, keepdims=True), LOWEST))
    return log_shares, np.concatenate(parts, axis=2)


def _log_prior(rows: Rows, state: _State, strength: float) -> Floats:
    log_shares, parameters = state
    total = log_shares.sum(axis=1) * strength / log_shares.shape[1]
    for family, place in zip(rows.families, rows.slices, strict=True):
        total = total + family.log_prior(parameters[..., place], rows.overall[place], strength)
    return np.asarray(total)


def _maximised(rows: Rows, posterior: Floats, strength: float) -> _State:
    """M step from posteriors (n_starts, n_classes, n_rows)."""
    n_starts, n_classes, n = posterior.shape
    weighted = (posterior * rows.weights).reshape(n_starts * n_classes, n)
    sums = (weighted @ rows.design).reshape(n_starts, n_classes, -1)
    return _learned(rows, sums, weighted.sum(axis=1).reshape(n_starts, n_classes), strength)


def _first_posteriors(rows: Rows, n_classes: int, n_starts: int, generator: np.random.Generator) -> Floats:
    """Posteriors to begin with: half by the nearest of rows drawn far apart, half at random and sharp."""
    n = len(rows.weights)
    near = -(-n_starts // 2)
    posterior = np.empty((n_starts, n_classes, n))
    mean = np.average(rows.design, axis=0, weights=rows.weights)
    spread = np.sqrt(np.average((rows.design - mean) ** 2, axis=0, weights=rows.weights))
    space = (rows.design - mean) / np.maximum(spread, 1e-9) * (spread > 1e-9)
    for start in range(near):
        distances = _far_apart(space, rows.weights, n_classes, generator)
        hard = distances.argmin(axis=0) == np.arange(n_classes)[:, None]
        posterior[start] = np.where(hard, 1 - _SOFT, 0.0) + _SOFT / n_classes
    for start in range(near, n_starts):
        draws = generator.standard_gamma(0.5, size=(n_classes, n)) + 1e-6
        posterior[start] = draws / draws.sum(axis=0)
    return posterior


def _far_apart(space: Floats, weights: Floats, n_classes: int, generator: np.random.Generator) -> Floats:
    """Squared distances (n_classes, n_rows) to rows drawn by k-means++."""
    squares = (space**2).sum(axis=1)
    distances = np.empty((n_classes, len(space)))
    chances = weights
    for place in range(n_classes):
        cumulated = np.cumsum(chances)
        drawn = np.searchsorted(cumulated, generator.random() * cumulated[-1], side="right")
        row = space[min(int(drawn), len(space) - 1)]
        distances[place] = np.maximum(squares - 2 * space @ row + row @ row, 0.0)
        chances = distances[: place + 1].min(axis=0) * weights
    return distances
