"""What marks a segment: how it differs from the rest, variable by variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.effects import cohen_h, hedges_g
from qunxiang.statistics.intervals import Interval, TooFewRows
from qunxiang.statistics.multiple import benjamini_hochberg

Floats = NDArray[np.float64]

MARKER_DIFFERENCE = 0.25
MARKER_RELATIVE = 0.5


@dataclass(frozen=True)
class Marker:
    """One variable in one segment against all other rows.

    Attributes
    ----------
    kind
        "binary" (known values are 0 and 1; means are shares, the effect is Cohen's h) or "numeric" (Hedges' g).
    mean, rest_mean, overall_mean
        Over known values; NaN when there is none.
    effect
        Segment against the rest, or TooFewRows when a side has too few known values or nothing varies.
    p_value
        Two-sided, adjusted over all comparisons of the call (Benjamini–Hochberg); NaN when there is no effect.
        Welch's test for numeric, the two-sample test of shares for binary variables. Segments found from these very
        variables differ in them by construction: the value then ranks, it does not prove.
    n, rest_n
        Known values in the segment and in the rest.
    coverage
        Share of the segment's rows with a known value.
    is_marker
        Binary only, else None: |mean − overall| ≥ .25 or |mean − overall| / overall ≥ .5.
    """

    segment: int
    name: str
    kind: Literal["binary", "numeric"]
    mean: float
    rest_mean: float
    overall_mean: float
    effect: Interval | TooFewRows
    p_value: float
    n: int
    rest_n: int
    coverage: float
    is_marker: bool | None

    @property
    def size(self) -> float:
        """Absolute effect, 0 when it is not known: for sorting."""
        return abs(self.effect.estimate) if isinstance(self.effect, Interval) else 0.0


def markers(X: ArrayLike, labels: ArrayLike, names: Sequence[str], *, confidence: float = 0.95) -> tuple[Marker, ...]:
    """Compare every segment with the rest in every variable, strongest effect first.

    Parameters
    ----------
    X : array of shape (n_rows, n_variables)
        NaN is unknown: left out of the numbers and counted in the coverage.
    labels : array of shape (n_rows,)
        Segments from 0; −1 belongs to none and counts neither as segment nor as rest.

    Returns
    -------
    tuple of Marker
        One per segment and variable, by descending absolute effect, then segment and name.
    """
    values, given = np.asarray(X, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    if values.ndim != 2 or given.shape != (len(values),) or values.shape[1] != len(names):
        raise ValueError(f"rows, labels and names must fit: X {values.shape}, labels {given.shape}, {len(names)} names")
    values, given = values[given >= 0], given[given >= 0]
    segments = np.unique(given).tolist()
    found, p_values = [], []
    for place, name in enumerate(names):
        column = values[:, place]
        for segment in segments:
            marker, p_value = _compare(name, segment, column, given == segment, confidence)
            found.append(marker)
            p_values.append(p_value)
    adjusted = benjamini_hochberg(np.array(p_values))
    complete = [Marker(**{**vars(marker), "p_value": float(p)}) for marker, p in zip(found, adjusted, strict=True)]
    return tuple(sorted(complete, key=lambda m: (-m.size, m.segment, m.name)))


def marks(share: float, overall: float) -> bool:
    """Marker rule for shares: |c − m| ≥ .25 or |(c − m) / m| ≥ .5 (Dolnicar, Grün & Leisch 2018)."""
    # Shares are quotients of counts: a difference of exactly .25 must not fail by rounding.
    difference = abs(share - overall) + 1e-12
    return difference >= MARKER_DIFFERENCE or (overall > 0 and difference / overall >= MARKER_RELATIVE)


def _compare(
    name: str, segment: int, column: Floats, member: NDArray[np.bool_], confidence: float
) -> tuple[Marker, float]:
    """Marker without its adjusted p-value, and the raw one."""
    there = ~np.isnan(column)
    inside, rest, everyone = column[member & there], column[~member & there], column[there]
    is_binary = bool(len(everyone)) and bool(np.isin(everyone, (0.0, 1.0)).all())
    mean, rest_mean, overall = (float(v.mean()) if len(v) else float("nan") for v in (inside, rest, everyone))
    effect: Interval | TooFewRows
    if is_binary:
        effect = (
            cohen_h(mean, len(inside), rest_mean, len(rest), confidence=confidence)
            if len(inside) and len(rest)
            else TooFewRows(n=0, needed=1)
        )
        p_value = _share_p(inside, rest)
    else:
        effect = hedges_g(inside, rest, confidence=confidence)
        p_value = _mean_p(inside, rest) if isinstance(effect, Interval) else float("nan")
    marker = Marker(
        segment=segment,
        name=name,
        kind="binary" if is_binary else "numeric",
        mean=mean,
        rest_mean=rest_mean,
        overall_mean=overall,
        effect=effect,
        p_value=float("nan"),
        n=len(inside),
        rest_n=len(rest),
        coverage=len(inside) / int(member.sum()),
        is_marker=marks(mean, overall) if is_binary and len(inside) else None,
    )
    return marker, p_value


def _share_p(a: Floats, b: Floats) -> float:
    """Two-sided test of equal shares with the pooled variance."""
    if not len(a) or not len(b):
        return float("nan")
    pooled = (a.sum() + b.sum()) / (len(a) + len(b))
    variance = pooled * (1 - pooled) * (1 / len(a) + 1 / len(b))
    return float(2 * scipy.stats.norm.sf(abs(a.mean() - b.mean()) / np.sqrt(variance))) if variance > 0 else 1.0


def _mean_p(a: Floats, b: Floats) -> float:
    """Two-sided Welch test."""
    var_a, var_b = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    freedom = (var_a + var_b) ** 2 / (var_a**2 / (len(a) - 1) + var_b**2 / (len(b) - 1))
    return float(2 * scipy.stats.t.sf(abs(a.mean() - b.mean()) / np.sqrt(var_a + var_b), freedom))
