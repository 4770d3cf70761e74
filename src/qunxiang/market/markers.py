"""What marks the segments of a market off: answers given more or less often than by everybody else, with weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from qunxiang.statistics.intervals import Interval
from qunxiang.statistics.multiple import benjamini_hochberg
from qunxiang.statistics.survey import design, share_variance, weighted_share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST = 20
"""Known answers within a segment, and outside it, below which nothing is said."""


@dataclass(frozen=True)
class AnswerMark:
    """An answer that a segment gives more or less often than everybody else whose segment is known.

    `share` and `rest` are weighted shares among known answers. `difference` is share − rest with the interval that
    squares and adds the distances of both intervals; `effect` is Cohen's h; `p_adjusted` is adjusted over all answers
    of all segments.
    """

    segment: int
    question: str
    answer: str
    share: Interval
    rest: Interval
    difference: Interval
    effect: float
    p_adjusted: float


def answer_marks(
    answers: Mapping[str, Sequence[str | None]],
    segments: Ints,
    weights: Floats,
    n_segments: int,
    *,
    left_out: Mapping[str, str] | None = None,
    q: float = 0.05,
) -> tuple[AnswerMark, ...]:
    """Find the answers that tell segments apart.

    Parameters
    ----------
    answers : mapping of str to sequence of shape (n_rows,)
        Answers by question; None is unknown.
    segments : ndarray of shape (n_rows,)
        Segment of each respondent from 0; −1 is unknown, and is left out on both sides.
    weights : ndarray of shape (n_rows,)
        Weights above zero.
    left_out : mapping of str to str
        By question, an answer that says the opposite of another and nothing more, such as "Not selected".
    q
        Expected share of false discoveries among the answers returned (Benjamini & Hochberg, 1995).

    Returns
    -------
    tuple of AnswerMark
        By segment, the largest effect first. Answers that fewer than :data:`FEWEST` people inside or outside could have
        given are left out.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, method 10. Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences.
    """
    found: list[tuple[AnswerMark, float]] = []
    for question, given in answers.items():
        texts = np.array(["" if each is None else each for each in given], dtype=object)
        known = np.array([each is not None for each in given], dtype=bool) & (segments >= 0)
        skipped = (left_out or {}).get(question)
        for answer in sorted({str(t) for t in texts[known]} - {skipped}):
            for k in range(n_segments):
                mark = _mark(k, question, answer, texts == answer, known, segments, weights)
                if mark is not None:
                    found.append(mark)
    if not found:
        return ()
    adjusted = benjamini_hochberg([p for _, p in found])
    kept = [
        AnswerMark(**(vars(mark) | {"p_adjusted": float(p)}))
        for (mark, _), p in zip(found, adjusted, strict=True)
        if p < q
    ]
    return tuple(sorted(kept, key=lambda m: (m.segment, -abs(m.effect), m.question, m.answer)))


def _mark(
    segment: int,
    question: str,
    answer: str,
    shown: NDArray[np.bool_],
    known: NDArray[np.bool_],
    segments: Ints,
    weights: Floats,
) -> tuple[AnswerMark, float] | None:
    inside, outside = known & (segments == segment), known & (segments != segment)
    if min(inside.sum(), outside.sum()) < FEWEST:
        return None
    halves = [(shown[rows].astype(np.float64), design(int(rows.sum()), weights[rows])) for rows in (inside, outside)]
    a, b = (weighted_share(y, sample) for y, sample in halves)
    variance = sum(share_variance(y, sample) for y, sample in halves)
    if not isinstance(a, Interval) or not isinstance(b, Interval) or not variance > 0:
        return None
    gap = a.estimate - b.estimate
    low = gap - float(np.hypot(a.estimate - a.low, b.high - b.estimate))
    high = gap + float(np.hypot(a.high - a.estimate, b.estimate - b.low))
    difference = Interval(gap, low, high, a.confidence, a.n + b.n, "square-and-add")
    effect = float(2 * np.arcsin(np.sqrt(a.estimate)) - 2 * np.arcsin(np.sqrt(b.estimate)))
    p = float(2 * scipy.stats.norm.sf(abs(gap) / np.sqrt(variance)))
    return AnswerMark(segment, question, answer, a, b, difference, effect, p), p
