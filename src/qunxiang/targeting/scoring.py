"""From what is measured or judged of a segment to its scores, 0 to 10, with what is uncertain about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.model import Frozen
from qunxiang.statistics.intervals import normal_quantile
from qunxiang.statistics.judgements import disagreement
from qunxiang.targeting.criteria import SCALE, Criterion, Judgement, Knockout, Measure

Floats = NDArray[np.float64]

TIE = 1e-9
"""Scores that differ by less are equal."""

_NO_MEASURE = Measure(value=None)


class Cell(Frozen):
    """One segment on one criterion.

    `value` is the measured value with its 95 % interval, or the mean of what people judged with the lowest and highest
    judgement. `judged_by` and `judged_values` belong together; `disagreement` is highest less lowest where several
    judged, and `disputed` says that it is 4 points or more. `score` runs from 0 to 10, with the interval of the value.
    """

    criterion: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    score: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    judged_by: tuple[str, ...] = ()
    judged_values: tuple[float, ...] = ()
    disagreement: float | None = None
    disputed: bool = False


Scale = tuple[float, float] | None
"""The values that score 0 and 10; None where no segment has a value."""


def raw_cell(
    segment: str, measures: Mapping[str, Measure], item: Criterion | Knockout, judgements: Sequence[Judgement]
) -> Cell:
    """Return what is known of a segment on a criterion or knock-out, without its score."""
    if item.origin == "measured":
        m = measures.get(item.measure or "", _NO_MEASURE)
        return Cell(criterion=item.id, value=m.value, low=m.low, high=m.high, n=m.n)
    said = sorted(
        (j for j in judgements if j.criterion == item.id and j.segment == segment), key=lambda j: (j.at, j.value)
    )
    latest = {j.by: j.value for j in said}
    if not latest:
        return Cell(criterion=item.id, value=None)
    names = tuple(sorted(latest))
    values = tuple(latest[name] for name in names)
    apart, disputed = disagreement(values)
    return Cell(
        criterion=item.id,
        value=float(np.mean(values)),
        low=min(values),
        high=max(values),
        n=len(values),
        judged_by=names,
        judged_values=values,
        disagreement=apart,
        disputed=disputed,
    )


def scale_of(criterion: Criterion, values: Sequence[float | None]) -> Scale:
    """Return the values that score 0 and 10, from the segments that are compared where the criterion names none."""
    known = [v for v in values if v is not None]
    if criterion.origin == "judged":
        return (0.0, SCALE)
    if not known and (criterion.low is None or criterion.high is None):
        return None
    low = criterion.low if criterion.low is not None else min(known)
    high = criterion.high if criterion.high is not None else max(known)
    return (low, high)


def scored(cell: Cell, criterion: Criterion, scale: Scale) -> Cell:
    """Return the cell with its score and the score's interval."""
    if cell.value is None or (scale is None and criterion.curve == "linear"):
        return cell
    score = float(scores_of([cell.value], criterion, scale)[0])
    ends: tuple[float | None, float | None] = (None, None)
    if cell.low is not None and cell.high is not None:
        found = scores_of([cell.low, cell.high], criterion, scale)
        ends = (min(float(found.min()), score), max(float(found.max()), score))
    return cell.model_copy(update={"score": score, "score_low": ends[0], "score_high": ends[1]})


def scores_of(values: ArrayLike, criterion: Criterion, scale: Scale, *, beyond: bool = False) -> Floats:
    """Return the scores of values, 0 to 10.

    Parameters
    ----------
    values : array of shape (n,)
        All known.
    scale
        As from :func:`scale_of`.
    beyond
        Whether a straight line goes on below 0 and above 10. Its ends may be the segments' own values, and chance
        moves those both ways.

    Returns
    -------
    ndarray of shape (n,)
        5 for all where no segment differs from another.
    """
    x = np.asarray(values, dtype=np.float64)
    if criterion.origin == "measured" and criterion.curve != "linear":
        at, scores = np.array([p[0] for p in criterion.points]), np.array([p[1] for p in criterion.points])
        if criterion.curve == "piecewise":
            along: Floats = np.interp(x, at, scores)
            return along
        place = np.searchsorted(at, x, side="right")
        step: Floats = np.concatenate([[0.0], scores])[place]
        return step
    low, high = scale if scale is not None else (0.0, 0.0)
    if high - low <= TIE * max(1.0, abs(high)):
        return np.full(x.shape, SCALE / 2)
    share = (x - low) / (high - low)
    if not beyond:
        share = np.clip(share, 0.0, 1.0)
    line: Floats = SCALE * (share if criterion.direction == "benefit" else 1.0 - share)
    return line


def drawn_scores(
    cell: Cell, criterion: Criterion, scale: Scale, generator: np.random.Generator, n_draws: int
) -> Floats:
    """Return scores as chance might have made them; shape (n_draws,).

    A measured value is drawn from a normal distribution around it whose two halves have the widths of its interval; of
    a judged one, one of the people who judged is taken at random. What has no interval stays.
    """
    assert cell.value is not None
    if criterion.origin == "judged":
        at = generator.integers(len(cell.judged_values), size=n_draws)
        return scores_of(np.asarray(cell.judged_values)[at], criterion, scale)
    z = generator.standard_normal(n_draws)
    if cell.low is None or cell.high is None:
        return scores_of(np.full(n_draws, cell.value), criterion, scale)
    below, above = max(cell.value - cell.low, 0.0), max(cell.high - cell.value, 0.0)
    width = np.where(z < 0, below, above) / normal_quantile(0.95)
    return scores_of(cell.value + z * width, criterion, scale, beyond=True)
