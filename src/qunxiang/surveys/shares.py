"""Shares of answers, unweighted and weighted side by side, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qunxiang.model import Survey, SurveyQuestion
from qunxiang.statistics.intervals import Interval, TooFewRows, share_interval
from qunxiang.statistics.survey import Design, design, weighted_share
from qunxiang.surveys.answers import SurveyAnswers, codes_of, drawn_by, texts_of

MOST_SHOWN = 30


@dataclass(frozen=True)
class AnswerShare:
    """One answer: how many gave it, its share among known answers without and with weights."""

    answer: str
    n: int
    unweighted: Interval | TooFewRows
    weighted: Interval | TooFewRows | None


@dataclass(frozen=True)
class QuestionShares:
    """Answers to one question; `n` known answers, `mean` and `weighted_mean` of numbers."""

    question: SurveyQuestion
    n: int
    n_unknown: int
    answers: tuple[AnswerShare, ...]
    mean: float | None = None
    weighted_mean: float | None = None


def shares_of(survey: Survey, found: SurveyAnswers) -> tuple[QuestionShares, ...]:
    """Return the shares of every question, in the order of the questionnaire."""
    return tuple(_shares(question, survey, found) for question in survey.questions)


def _shares(question: SurveyQuestion, survey: Survey, found: SurveyAnswers) -> QuestionShares:
    texts = texts_of(found, question, survey.unknown)
    known = np.array([each is not None for each in texts])
    n = int(known.sum())
    rest = int(len(texts) - n)
    if question.kind == "number":
        return QuestionShares(question, n, rest, (), *_means(codes_of(found, question, survey.unknown), found))
    if question.kind == "open" or not n:
        return QuestionShares(question, n, rest, ())
    given = np.array([each for each in texts if each is not None], dtype=object)
    weighed = found.weighed[known]
    sample = None
    if found.weights is not None and weighed.any():
        rows = np.flatnonzero(known)[weighed]
        sample = design(len(rows), found.weights[rows], **drawn_by(found, survey, rows))
    shown = tuple(_answer(answer, given, weighed, sample) for answer in _answers(question, given))
    return QuestionShares(question, n, rest, shown)


def _answers(question: SurveyQuestion, given: Any) -> list[str]:
    texts, counts = np.unique(given.astype(str), return_counts=True)
    by_number = [str(text) for text in texts[np.argsort(-counts, kind="stable")]]
    if question.kind == "ordered":
        return [*question.levels, *(text for text in by_number if text not in question.levels)]
    if question.kind == "multi":
        return [text for text in by_number if text != question.absent]
    return by_number[:MOST_SHOWN]


def _answer(answer: str, given: Any, weighed: Any, sample: Design | None) -> AnswerShare:
    shown = given == answer
    return AnswerShare(
        answer,
        int(shown.sum()),
        share_interval(int(shown.sum()), len(given)),
        None if sample is None else weighted_share(shown[weighed].astype(np.float64), sample),
    )


def _means(values: Any, found: SurveyAnswers) -> tuple[float | None, float | None]:
    known = ~np.isnan(values)
    if not known.any():
        return None, None
    plain = float(values[known].mean())
    both = known & found.weighed
    if found.weights is None or not both.any():
        return plain, None
    return plain, float(np.average(values[both], weights=found.weights[both]))
