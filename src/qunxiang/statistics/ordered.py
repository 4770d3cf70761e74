"""Answers with an order in a mixture: the family of columns whose classes lean up or down the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qunxiang.statistics.families import LOWEST, Answers

Floats = NDArray[np.float64]

_STEPS = 50
_HALVINGS = 30
_CLOSE = 1e-11
_STEEPEST = 60.0
"""Slopes are kept within this: a class that always gives the last answer would lean without end."""


@dataclass(frozen=True)
class OrderedAnswers(Answers):
    """One column of answers coded 0 … n_levels − 1 in their order (adjacent-category logits).

    Class c gives answer l with log-probability a_l + b_c · l/(n_levels − 1) − log Σ: every class has the same scale
    (a) and its own slope (b), so that a class answers higher or lower as a whole. This spares
    (classes − 1) × (levels − 2) parameters against :class:`Answers`.

    References
    ----------
    Goodman, L. A. (1979). Simple models for the analysis of association in cross-classifications having ordered
    categories. JASA 74. Vermunt, J. K. & Magidson, J. (2016). Technical Guide for Latent GOLD 5.1, section 2.3.
    """

    def learn(self, sums: Floats, overall: Floats, strength: float) -> Floats:
        """Return log shares of the levels, by Newton's method on scale and slopes."""
        share: Floats = overall / max(float(overall.sum()), LOWEST)
        counts = sums + max(strength / sums.shape[1], LOWEST) * share
        return np.maximum(_fitted(counts, share), np.log(LOWEST))

    def n_parameters(self, n_classes: int) -> int:
        """Return (levels − 1) of the scale and (classes − 1) slopes."""
        return self.n_levels - 1 + n_classes - 1


def _fitted(counts: Floats, share: Floats) -> Floats:
    """Log-probabilities (n_starts, n_classes, n_levels) that fit counts of the same shape best."""
    n_starts, n_classes, n_levels = counts.shape
    scores = np.linspace(0.0, 1.0, n_levels)
    sizes = counts.sum(axis=2)
    scale = np.tile(np.log(np.maximum(share, LOWEST)), (n_starts, 1))
    slopes = np.zeros((n_starts, n_classes))
    logs = _logs(scale, slopes, scores)
    reached = (counts * logs).sum(axis=(1, 2))
    running = np.arange(n_starts)
    for _ in range(_STEPS):
        step = _newton_step(counts[running], sizes[running], np.exp(logs[running]), scores)
        gained = np.zeros(len(running))
        waiting, length = np.arange(len(running)), 1.0
        for _ in range(_HALVINGS):  # a step too long is halved until it gains
            at = running[waiting]
            tried_scale = scale[at] + length * step[waiting, :n_levels]
            tried_slopes = np.clip(slopes[at] + length * step[waiting, n_levels:], -_STEEPEST, _STEEPEST)
            tried = _logs(tried_scale, tried_slopes, scores)
            value = (counts[at] * tried).sum(axis=(1, 2))
            better = value > reached[at]
            taken = at[better]
            gained[waiting[better]] = value[better] - reached[taken]
            scale[taken], slopes[taken] = tried_scale[better], tried_slopes[better]
            logs[taken], reached[taken] = tried[better], value[better]
            waiting, length = waiting[~better], length / 2
            if not len(waiting):
                break
        running = running[gained > _CLOSE * np.maximum(sizes[running].sum(axis=1), 1e-300)]
        if not len(running):
            break
    return logs


def _logs(scale: Floats, slopes: Floats, scores: Floats) -> Floats:
    joint = scale[:, None, :] + slopes[:, :, None] * scores
    highest = joint.max(axis=2, keepdims=True)
    return np.asarray(joint - highest - np.log(np.exp(joint - highest).sum(axis=2, keepdims=True)))


def _newton_step(counts: Floats, sizes: Floats, shares: Floats, scores: Floats) -> Floats:
    """Newton step of scale and slopes, shape (n_starts, n_levels + n_classes); the first of both stay."""
    n_starts, n_classes, n_levels = counts.shape
    off = counts - sizes[:, :, None] * shares
    gradient = np.concatenate([off.sum(axis=1), off @ scores], axis=1)
    mean = shares @ scores
    weighted = sizes[:, :, None] * shares
    width = n_levels + n_classes
    curve = np.zeros((n_starts, width, width))
    curve[:, :n_levels, :n_levels] = -np.einsum("scl,scm->slm", weighted, shares)
    levels, classes = np.arange(n_levels), np.arange(n_classes)
    curve[:, levels, levels] += weighted.sum(axis=1)
    both = weighted * (scores - mean[:, :, None])
    curve[:, n_levels:, :n_levels] = both
    curve[:, :n_levels, n_levels:] = both.transpose(0, 2, 1)
    curve[:, n_levels + classes, n_levels + classes] = sizes * (shares @ scores**2 - mean**2)
    free = np.delete(np.arange(width), [0, n_levels])
    inner = curve[:, free[:, None], free]
    ridge = 1e-9 * np.maximum(inner[:, range(len(free)), range(len(free))].max(axis=1), LOWEST)
    inner[:, range(len(free)), range(len(free))] += ridge[:, None]
    step = np.zeros((n_starts, width))
    step[:, free] = np.linalg.solve(inner, gradient[:, free, None])[..., 0]
    return step
