"""Natural, reproducible or constructive: what kind of segments the data hold, and on what ground that is said.

The ground is two questions (Dolnicar, Grün & Leisch 2018, step 5).

1. *Does the same division come back?* Mean adjusted Rand index over pairs of bootstrap samples; at least `GOOD` (.80,
   Steinley 2004) counts as yes. What the same procedure reaches with every column shuffled on its own is shown beside
   it: agreement that shuffled columns reach as well comes from the shape of single columns (one long direction, one
   even yes/no question), not from how traits go together. Such segments are still reproducible.
2. *Is there a gap between the segments?* Every two segments are looked at along the line through their centres, in a
   tube around that line that holds half the members of either, with the rows of **all** segments in it; distances
   are taken in the plane of the centres, because other directions do not tell segments apart. The tube is convex, so
   for any log-concave density (a Gaussian of any shape, a uniform) the rows in it have one hill along the line
   (Prékopa 1973): a cut through a continuum, wherever it is made, shows no valley. Two hills are accepted when
   the valley is at least `DEPTH` deep and Hartigans' dip test rejects one hill at `LEVEL`. All pairs
   must pass, so no correction for their number is needed (an intersection-union test).

Answers on few steps (yes/no, scales, counts) always leave gaps between their steps. Tied values are therefore spread
evenly over their own step before question 2, so that only gaps wider than a step count. One yes/no question thus
makes reproducible segments, never natural ones: two point masses say only that the question has two answers.

References
----------
Dolnicar, S., Grün, B. & Leisch, F. (2018). Market Segmentation Analysis. Springer.
Steinley, D. (2004). Properties of the Hubert-Arabie adjusted Rand index. Psychological Methods 9.
Hartigan, J. A. & Hartigan, P. M. (1985). The dip test of unimodality. Annals of Statistics 13.
Prékopa, A. (1973). On logarithmic concave measures and functions. Acta Sci. Math. 34.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qunxiang.i18n import Message
from qunxiang.statistics.unimodality import dip, dip_p_value, valley_depth

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Verdict = Literal["natural", "reproducible", "constructive"]

PROCEDURE = 1
"""Version of these rules, with which ``known_worlds`` was computed."""

GOOD = 0.80
EXCELLENT = 0.90
DEPTH = 0.30
LEVEL = 0.05
ENOUGH = 60
"""Rows along a line below which a valley that is not sure may well be a gap between a few points."""

TIE = 0.02
"""Mean agreements this close are one and the same; the solution with more segments is then preferred."""

_ROWS_PER_LINE = 2000
_TUBE_SHARE = 0.5
_RANGE_TAIL = 0.01


@dataclass(frozen=True)
class Gap:
    """The density along the line between the centres of two segments.

    `depth` of the valley (0 none, 1 empty), `p_value` upper bound of the dip test (1, untested, when the valley is
    shallow), `n` rows in the tube.
    """

    segments: tuple[int, int]
    depth: float
    p_value: float
    n: int

    @property
    def is_deep(self) -> bool:
        """Whether the valley is deep enough to matter, sure or not."""
        return self.depth >= DEPTH

    @property
    def is_telling(self) -> bool:
        """Whether the depth says something: the valley is sure, or deep on rows enough not to be a chance gap."""
        return self.is_open or (self.is_deep and self.n >= ENOUGH)

    @property
    def is_open(self) -> bool:
        """Whether two hills are accepted: the valley is deep and sure."""
        return self.is_deep and self.p_value <= LEVEL


def spread_ties(X: Floats, generator: np.random.Generator) -> Floats:
    """Spread tied values evenly up to half way to the next values, column by column; single values stay."""
    spread = X.copy()
    for place in range(X.shape[1]):
        column = X[:, place]
        values, where, counts = np.unique(column, return_inverse=True, return_counts=True)
        if len(values) < 2 or counts.max() < 2:
            continue
        half = np.diff(values) / 2
        below, above = np.concatenate([half[:1], half]), np.concatenate([half, half[-1:]])
        tied = counts[where] > 1
        moved = column - below[where] + (below + above)[where] * generator.random(len(column))
        spread[tied, place] = moved[tied]
    return spread


def gap_between(
    X: Floats, labels: Labels, centers: Floats, pair: tuple[int, int], generator: np.random.Generator
) -> Gap:
    """Look for a valley between two segments; X (n_rows, n_traits) has its ties spread already."""
    start, end = centers[pair[0]], centers[pair[1]]
    length = float(np.linalg.norm(end - start))
    members = (labels == pair[0]) | (labels == pair[1])
    # a class of a mixture may be the most probable one of nobody
    if length == 0 or members.sum() < 10 or not all((labels == segment).any() for segment in pair):
        return Gap(pair, 0.0, 1.0, int(members.sum()))
    from_start = X - start
    along = from_start @ ((end - start) / length)
    aside = np.maximum((from_start * from_start).sum(axis=1) - along**2, 0.0)
    # Each segment sets its own share of the tube: a small one must not fall outside the tube of a large one.
    radius = max(float(np.quantile(aside[labels == segment], _TUBE_SHARE)) for segment in pair)
    low, high = np.quantile(along[members], [_RANGE_TAIL, 1 - _RANGE_TAIL])
    inside = along[(aside <= radius) & (along >= low) & (along <= high)]
    n = len(inside)
    if n > _ROWS_PER_LINE:
        inside = generator.choice(inside, _ROWS_PER_LINE, replace=False)
    depth = valley_depth(inside, 0.0, length)
    p_value = dip_p_value(dip(inside), len(inside)) if depth >= DEPTH else 1.0
    return Gap(pair, depth, p_value, n)


def gaps(X: Floats, labels: Labels, centers: Floats, seed: int) -> tuple[Gap, ...]:
    """Return the gap of every two segments, the shallowest valley first.

    Parameters
    ----------
    X : array of shape (n_rows, n_traits)
        Rows without unknown values, in the space that was segmented.
    labels : array of shape (n_rows,), centers : array of shape (n_segments, n_traits)
    """
    generator = np.random.default_rng(seed)
    plane = _plane_of_centers(centers)
    spread, centers = spread_ties(X, generator) @ plane, centers @ plane
    found = [gap_between(spread, labels, centers, p, generator) for p in combinations(range(len(centers)), 2)]
    return tuple(sorted(found, key=lambda gap: (gap.is_open, gap.depth, gap.segments)))


def _plane_of_centers(centers: Floats) -> Floats:
    """Orthonormal columns that span the differences of the centres: no other direction tells segments apart."""
    _, sizes, directions = np.linalg.svd(centers[1:] - centers[0], full_matrices=False)
    return np.asarray(directions[sizes > 1e-9 * sizes[0]].T if sizes[0] > 0 else directions.T)


def recommend(mean_agreement: Mapping[int, float], all_deep: Mapping[int, bool]) -> int:
    """Choose the number of segments.

    The largest number that is either within `TIE` of the best mean agreement, or has excellent agreement (.90,
    Steinley 2004) and a deep valley between every two segments. The second ground is needed because two groups taken
    as one agree as well as groups told apart, so agreement alone often stops too early; a cut through one group is
    shallow at any agreement. The choice asks for depth on enough rows; the verdict on it asks for certainty too.
    """
    best = max(mean_agreement.values())
    return max(k for k, mean in mean_agreement.items() if mean >= best - TIE or (mean >= EXCELLENT and all_deep[k]))


@dataclass(frozen=True)
class Judgement:
    """A verdict with the sentence that gives its ground."""

    verdict: Verdict
    reason: Message


def judge(n_segments: int, agreement: float, chance: float, weakest: Gap) -> Judgement:
    """Name the kind of a solution.

    Parameters
    ----------
    agreement
        Mean adjusted Rand index over pairs of bootstrap samples.
    chance
        The same with every column shuffled on its own.
    weakest
        First of :func:`gaps`: a closed gap when there is one, else the shallowest.
    """
    params = {"n_segments": n_segments, "agreement": agreement, "chance": chance, "depth": weakest.depth}
    verdict: Verdict = "reproducible"
    if agreement < GOOD:
        verdict = "constructive"
    elif weakest.is_open:
        verdict = "natural"
    return Judgement(verdict, Message(f"segmentation.verdict.{verdict}", params))


def nearness(verdict: Verdict, agreement: float, depth: float) -> Message:
    """Say how far a solution is from the next verdicts.

    Parameters
    ----------
    agreement, depth
        Mean agreement and depth of the weakest gap that the verdict was given for, as of :func:`judge`.
    """
    params = {"agreement": agreement, "depth": depth, "good": GOOD, "deep": DEPTH, "margin": abs(agreement - GOOD)}
    if verdict == "reproducible" and depth >= DEPTH:
        return Message("segmentation.near.unsure", params)
    return Message(f"segmentation.near.{verdict}", params)
