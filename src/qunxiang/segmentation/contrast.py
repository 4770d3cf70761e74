"""How segments differ: tests over all of them, descriptors with residuals, and where they lie beside one another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.multiple import benjamini_hochberg

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MOST_LEVELS = 8
"""Answers of a descriptor that stand on their own; rarer ones are taken together."""

_RING = 48
_HALF = math.sqrt(2 * math.log(2))
"""Mahalanobis distance within which half of a normal cloud lies."""


@dataclass(frozen=True)
class Difference:
    """One number over all segments.

    Attributes
    ----------
    overall, deviation
        Mean and standard deviation over known values.
    means
        Mean of every segment, NaN where nothing is known.
    effect
        η²: share of the variance that lies between segments, 0 to 1.
    p_value
        Welch's analysis of variance (unequal variances), not adjusted; NaN when it cannot be told.
    """

    name: str
    n: int
    overall: float
    deviation: float
    means: tuple[float, ...]
    effect: float
    p_value: float

    @property
    def standard(self) -> tuple[float, ...]:
        """How many standard deviations of all every segment's mean lies off the mean of all."""
        if not self.deviation > 0:
            return tuple(math.nan for _ in self.means)
        return tuple((mean - self.overall) / self.deviation for mean in self.means)


def differences(X: ArrayLike, labels: ArrayLike, names: Sequence[str], n_segments: int) -> tuple[Difference, ...]:
    """Compare all segments in every number, the strongest effect first.

    Parameters
    ----------
    X : array of shape (n_rows, n_numbers)
        NaN is unknown.
    labels : array of shape (n_rows,)
        Segments 0 to n_segments − 1; others are left out.

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values: an alternative approach. Biometrika 38.
    """
    values, given = np.asarray(X, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    inside = (given >= 0) & (given < n_segments)
    values, given = values[inside], given[inside]
    found = [_difference(name, values[:, j], given, n_segments) for j, name in enumerate(names)]
    return tuple(sorted(found, key=lambda d: (-d.effect, d.name)))


def _difference(name: str, column: Floats, given: Labels, n_segments: int) -> Difference:
    there = ~np.isnan(column)
    known, segment = column[there], given[there]
    groups = [known[segment == s] for s in range(n_segments)]
    means = tuple(float(g.mean()) if len(g) else math.nan for g in groups)
    if not len(known):
        return Difference(name, 0, math.nan, math.nan, means, 0.0, math.nan)
    overall = float(known.mean())
    total = float(((known - overall) ** 2).sum())
    between = sum(len(g) * (m - overall) ** 2 for g, m in zip(groups, means, strict=True) if len(g))
    effect = between / total if total > 1e-12 * max(1.0, abs(overall)) * len(known) else 0.0
    return Difference(name, len(known), overall, float(known.std()), means, float(effect), _welch(groups))


def _welch(groups: Sequence[Floats]) -> float:
    """p-value of Welch's analysis of variance; NaN with fewer than two segments that can be compared."""
    told = [g for g in groups if len(g) >= 2]
    if len(told) < 2:
        return math.nan
    if all(float(g.var()) == 0 for g in told):
        return math.nan if len({float(g[0]) for g in told}) == 1 else 0.0
    usable = [g for g in told if float(g.var()) > 0]
    if len(usable) < 2:
        return math.nan
    return float(scipy.stats.f_oneway(*usable, equal_var=False).pvalue)


@dataclass(frozen=True)
class Crossed:
    """One descriptor against all segments.

    Attributes
    ----------
    levels
        Its answers by how often they are given, the rest as None at the end.
    counts, residuals : arrays of shape (n_segments, n_levels)
        Rows, and (observed − expected) / √expected: beyond ±2 a cell stands out, beyond ±4 strongly (Friendly 1994).
    effect
        Cramér's V, 0 to 1.
    p_value
        Pearson's χ² test, not adjusted; NaN when there is nothing to compare.
    """

    name: str
    levels: tuple[str | None, ...]
    counts: NDArray[np.int64]
    residuals: Floats
    effect: float
    p_value: float


def crossed(name: str, answers: Sequence[str | None], labels: ArrayLike, n_segments: int) -> Crossed | None:
    """Cross a descriptor with the segments; None when fewer than two answers or segments are there.

    References
    ----------
    Friendly, M. (1994). Mosaic displays for multi-way contingency tables. JASA 89. Cramér, H. (1946). Mathematical
    Methods of Statistics.
    """
    given = np.asarray(labels, dtype=np.int64)
    there = [i for i, a in enumerate(answers) if a is not None and 0 <= given[i] < n_segments]
    known = [str(answers[i]) for i in there]
    texts, place = np.unique(np.array(known, dtype=object).astype(str), return_inverse=True)
    if len(texts) < 2:
        return None
    often = sorted(range(len(texts)), key=lambda t: (-int((place == t).sum()), texts[t]))
    kept = often if len(often) <= MOST_LEVELS + 1 else often[:MOST_LEVELS]
    column = np.full(len(texts), len(kept), dtype=np.int64)
    column[kept] = np.arange(len(kept))
    levels: tuple[str | None, ...] = tuple(str(texts[t]) for t in kept)
    levels = levels if len(kept) == len(often) else (*levels, None)
    counts = np.zeros((n_segments, len(levels)), dtype=np.int64)
    np.add.at(counts, (given[there], column[place]), 1)
    sums, totals = counts.sum(axis=1), counts.sum(axis=0)
    if np.count_nonzero(sums) < 2:
        return None
    expected = np.outer(sums, totals) / counts.sum()
    off = np.divide(counts - expected, np.sqrt(expected), out=np.zeros_like(expected), where=expected > 0)
    chi2 = float((off**2).sum())
    rows, columns = np.count_nonzero(sums), np.count_nonzero(totals)
    effect = math.sqrt(chi2 / (counts.sum() * (min(rows, columns) - 1)))
    p_value = float(scipy.stats.chi2.sf(chi2, (rows - 1) * (columns - 1)))
    return Crossed(name, levels, counts, off, min(1.0, effect), p_value)


def adjusted(found: Sequence[Difference | Crossed]) -> tuple[float, ...]:
    """Adjust the p-values of all comparisons together (Benjamini & Hochberg 1995)."""
    return tuple(float(p) for p in benjamini_hochberg(np.array([f.p_value for f in found], dtype=np.float64)))


@dataclass(frozen=True)
class Separated:
    """Segments on the plane that tells their centres apart best.

    Attributes
    ----------
    points, centers : arrays of shape (n_rows, 2) and (n_segments, 2)
        Rows and centres on the plane.
    outlines : tuple of arrays of shape (48, 2)
        Around every segment the ellipse that holds half of a normal cloud of its spread; empty for fewer than 3 rows.
    shown
        Share of the variance between centres that the plane shows, 0 to 1.
    near : array of shape (n_segments, n_segments)
        Of the rows of segment i, the mean shadow value over those whose second nearest centre is j, times their share:
        how much the two run into one another (Leisch 2010); its rows sum to the mean shadow value of the segment.
    """

    points: Floats
    centers: Floats
    outlines: tuple[Floats, ...]
    shown: float
    near: Floats


def separated(points: ArrayLike, labels: ArrayLike, centers: ArrayLike) -> Separated:
    """Project segments for a separation plot.

    Parameters
    ----------
    points : array of shape (n_rows, n_columns)
        Rows in the space of the centres, without NaN.
    labels : array of shape (n_rows,)
    centers : array of shape (n_segments, n_columns), at least two

    References
    ----------
    Dolnicar, S., Grün, B. & Leisch, F. (2018). Market Segmentation Analysis, step 6. Leisch, F. (2010). Neighborhood
    graphs, stripes and shadow plots for cluster visualization. Stat. Comput. 20.
    """
    rows, given = np.asarray(points, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    middle = np.asarray(centers, dtype=np.float64)
    n_segments = len(middle)
    sizes = np.bincount(given[given >= 0], minlength=n_segments)[:n_segments].astype(np.float64)
    weights = np.sqrt(np.maximum(sizes, 1.0))
    mean = np.average(middle, axis=0, weights=weights**2)
    _, strengths, axes = np.linalg.svd((middle - mean) * weights[:, None], full_matrices=True)
    directions = axes[:1]
    if len(axes) > 1 and (strengths[1:2] > 1e-9 * max(float(strengths[0]), 1e-300)).any():
        directions = axes[:2]
    elif len(axes) > 1:  # two segments lie on a line: the second direction is where rows spread most beside it
        rest = (rows - mean) - ((rows - mean) @ axes[0])[:, None] * axes[0]
        directions = np.vstack([axes[0], np.linalg.svd(rest, full_matrices=False)[2][0]])
    flip = np.where(directions.sum(axis=1) < 0, -1.0, 1.0)  # a direction has no sign of its own
    plane = (directions * flip[:, None]).T
    on, at = (rows - mean) @ plane, (middle - mean) @ plane
    if plane.shape[1] == 1:
        on, at = np.column_stack([on, np.zeros(len(on))]), np.column_stack([at, np.zeros(len(at))])
    total = float((strengths**2).sum())
    shown = float((strengths[: plane.shape[1]] ** 2).sum()) / total if total > 0 else 1.0
    return Separated(on, at, tuple(_outline(on[given == s]) for s in range(n_segments)), shown, _near(rows, middle))


def _outline(points: Floats) -> Floats:
    if len(points) < 3:
        return np.empty((0, 2))
    spread = np.cov(points.T)
    values, vectors = np.linalg.eigh(spread)
    turn = np.linspace(0, 2 * np.pi, _RING, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)]) * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(points.mean(axis=0) + _HALF * circle @ vectors.T)


def _near(rows: Floats, centers: Floats) -> Floats:
    distances = np.stack([np.linalg.norm(rows - center, axis=1) for center in centers], axis=1)
    order = np.argsort(distances, axis=1, kind="stable")[:, :2]
    first, second = np.take_along_axis(distances, order, axis=1).T
    both = first + second
    shadow = np.divide(2 * first, both, out=np.ones(len(rows)), where=both > 0)
    found = np.zeros((len(centers), len(centers)))
    np.add.at(found, (order[:, 0], order[:, 1]), shadow)
    sizes = np.bincount(order[:, 0], minlength=len(centers)).astype(np.float64)
    return np.asarray(found / np.maximum(sizes, 1.0)[:, None])


def gorge_counts(similarity: ArrayLike, n_bins: int = 20) -> NDArray[np.int64]:
    """Count rows by their similarity to every segment: shape (n_segments, n_bins), equal bins from 0 to 1.

    A segment apart from the rest has a gorge: rows are like it or unlike it, and few lie between.

    Parameters
    ----------
    similarity : array of shape (n_rows, n_segments)
        From :func:`~qunxiang.segmentation.stability.gorge`, or probabilities of classes; rows with NaN are left out.
    """
    values = np.asarray(similarity, dtype=np.float64)
    known = values[~np.isnan(values).any(axis=1)]
    place = np.minimum((known * n_bins).astype(np.int64), n_bins - 1)
    return np.stack([np.bincount(column, minlength=n_bins) for column in place.T])
