"""The answers of a survey, one column per question, as texts and as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qunxiang.model import Survey, SurveyQuestion

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SurveyAnswers:
    """Answers of one survey.

    Attributes
    ----------
    respondents : tuple of str
        Who answered, sorted.
    answers : mapping of str to list
        By question: the answer of each respondent; None is unknown.
    weights : ndarray of shape (n_respondents,) or None
        NaN where a respondent has no weight; None when nobody has.
    """

    respondents: tuple[str, ...]
    answers: Mapping[str, Sequence[str | None]]
    weights: Floats | None

    @property
    def weighed(self) -> NDArray[np.bool_]:
        """Respondents with a weight above zero; all when the survey has no weights."""
        if self.weights is None:
            return np.ones(len(self.respondents), dtype=bool)
        return np.asarray(np.nan_to_num(self.weights) > 0, dtype=bool)


def texts_of(survey: SurveyAnswers, question: SurveyQuestion, unknown: Sequence[str]) -> list[str | None]:
    """Return the answers to a question; what says nothing is None."""
    given = survey.answers.get(question.id) or [None] * len(survey.respondents)
    return [None if each is None or each in unknown else each for each in given]


def codes_of(survey: SurveyAnswers, question: SurveyQuestion, unknown: Sequence[str]) -> Floats:
    """Return answers as numbers, shape (n_respondents,); NaN is unknown.

    An ordered question counts its levels from 1, an option of a multi question is 1 when ticked and 0 when not, a
    number is itself; other questions have no numbers.

    Raises
    ------
    ValueError
        When the question is neither ordered, nor multi, nor a number.
    """
    texts = texts_of(survey, question, unknown)
    if question.kind == "ordered":
        place = {level: float(i) for i, level in enumerate(question.levels, start=1)}
        return np.array([np.nan if each is None else place.get(each, np.nan) for each in texts])
    if question.kind == "multi":
        return np.array([np.nan if each is None else float(each != question.absent) for each in texts])
    if question.kind == "number":
        return np.array([np.nan if each is None else _number(each) for each in texts])
    raise ValueError(f"question {question.id} has no order")


def drawn_by(found: SurveyAnswers, survey: Survey, rows: NDArray[np.int64]) -> dict[str, list[str] | None]:
    """Return the stratum and the cluster of each of `rows`, as :func:`qunxiang.statistics.survey.design` takes them.

    None where the survey names none. Those without a stratum form one; who has no cluster was drawn alone.
    """
    labels: dict[str, list[str] | None] = {"strata": None, "clusters": None}
    if survey.strata is not None:
        given = found.answers.get(survey.strata) or [None] * len(found.respondents)
        labels["strata"] = ["" if given[row] is None else f"={given[row]}" for row in rows]
    if survey.clusters is not None:
        given = found.answers.get(survey.clusters) or [None] * len(found.respondents)
        labels["clusters"] = [f"?{row}" if given[row] is None else f"={given[row]}" for row in rows]
    return labels


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return float("nan")
