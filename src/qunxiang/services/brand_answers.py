"""What the answers of a survey say about brands, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Survey, SurveyQuestion
from qunxiang.model.brand_study import BrandStudy, StudyQuestion
from qunxiang.model.market import Market
from qunxiang.services.house import House
from qunxiang.services.market_sample import segments_of
from qunxiang.services.reading import reading
from qunxiang.services.surveys import answers_of, question_of, survey_of
from qunxiang.statistics.survey import Design, design
from qunxiang.surveys import SurveyAnswers, drawn_by, in_order, texts_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Form = Literal["ticks", "ratings"]

MOST_SEGMENTS = 12


@dataclass(frozen=True)
class BrandSample:
    """The people of a survey who have a weight.

    `segments` are the codes of their segments, −1 where unknown, None: all together; `labels` say by segment how it is
    shown, in the order of the codes.
    """

    survey: Survey
    found: SurveyAnswers
    rows: Ints
    sample: Design
    segments: Ints | None
    labels: dict[str, Label]

    @property
    def respondents(self) -> list[str]:
        """Ids of the people, in the order of the rows."""
        return [self.found.respondents[row] for row in self.rows]


def brand_sample(house: House, study: BrandStudy, survey: str, *, by: str | None = None) -> BrandSample:
    """Return the people of a survey in the study's segments; `by` is a question that replaces these."""
    asked, _ = survey_of(house, survey)
    with reading(house) as reader:
        found = answers_of(reader, asked.id)
    rows = np.flatnonzero(found.weighed)
    weights = np.ones(len(rows)) if found.weights is None else found.weights[rows]
    sample = design(len(rows), weights, **drawn_by(found, asked, rows))
    codes, labels = _segments(house, study, asked, found, by)
    return BrandSample(asked, found, rows, sample, None if codes is None else codes[rows], labels)


def _segments(
    house: House, study: BrandStudy, survey: Survey, found: SurveyAnswers, by: str | None
) -> tuple[Ints | None, dict[str, Label]]:
    if by is None and study.market is not None:
        document = house.state.definition("market", study.market)
        if document is None or document.archived:
            raise SettingError("error.study.market", market=study.market)
        market = Market.model_validate(document.body)
        return segments_of(market, survey, found), {s.id: s.label for s in market.segments}
    question = by or study.segments
    if question is None:
        return None, {}
    asked = question_of(survey, question)
    texts = texts_of(found, asked, survey.unknown)
    given = sorted({text for text in texts if text is not None})
    names = [*asked.levels, *(text for text in given if text not in asked.levels)] if asked.levels else given
    if not 2 <= len(names) <= MOST_SEGMENTS:
        raise SettingError("error.study.segments", question=question, n=len(names), most=MOST_SEGMENTS)
    place = {name: i for i, name in enumerate(names)}
    return np.array([-1 if text is None else place[text] for text in texts], dtype=np.int64), {
        name: Label.same(name) for name in names
    }


class BrandReader:
    """Reads the questions of a study in one wave, from 0 (no, lowest) to 1 (yes, highest); NaN is unknown.

    Parameters
    ----------
    people
        The wave. Its questions are found by their column in the file, and by id where that is another.
    own_survey
        The survey that the study was made for.
    """

    def __init__(self, study: BrandStudy, people: BrandSample, own_survey: Survey) -> None:
        self._study, self._people, self._own = study, people, own_survey

    def lacking(self, questions: Sequence[StudyQuestion]) -> list[str]:
        """Return the questions that this wave does not ask."""
        return [q.question for q in questions if self._asked(q) is None]

    def _asked(self, question: StudyQuestion) -> SurveyQuestion | None:
        own = self._own.question(question.question)
        if own is None:
            return None
        survey = self._people.survey
        if survey.id == self._own.id:
            return own
        return next((q for q in survey.questions if own.source and q.source == own.source), survey.question(own.id))

    def read(self, question: StudyQuestion) -> tuple[Floats, Form]:
        """Return the answers to a question, and whether they say yes or no or rate.

        Raises
        ------
        SettingError
            When the answers have no order and nothing says which of them count as yes, or a scale lacks its ends.
        """
        asked = self._asked(question)
        if asked is None:
            raise SettingError("error.study.question", question=question.question, survey=self._people.survey.id)
        texts = texts_of(self._people.found, asked, self._people.survey.unknown)
        given = [texts[row] for row in self._people.rows]
        values, form = self._values(question, asked, given)
        return (1 - values if question.reversed else values), form

    def yes(self, question: StudyQuestion) -> Floats:
        """Return answers that say yes or no.

        Raises
        ------
        SettingError
            When they rate, and nothing says which of them count as yes.
        """
        values, form = self.read(question)
        if form != "ticks":
            raise SettingError("error.study.yes", question=question.question, role=question.role)
        return values

    def _values(
        self, question: StudyQuestion, asked: SurveyQuestion, given: Sequence[str | None]
    ) -> tuple[Floats, Form]:
        if question.yes:
            return _numbers([None if t is None else float(t in question.yes) for t in given]), "ticks"
        if asked.kind == "multi":
            return self._ticked(asked, given), "ticks"
        if question.low is not None and question.high is not None:
            low, high = question.low, question.high
            x = _numbers([_number(t) for t in given])
            x[~((x >= low) & (x <= high))] = np.nan  # what is not on the scale is no answer
            return (x - low) / (high - low), "ratings"
        levels = self._levels(question, asked, given)
        if not levels:
            code = "error.study.scale" if asked.kind == "number" else "error.study.yes"
            raise SettingError(code, question=question.question, role=question.role)
        place = {level: i / (len(levels) - 1) for i, level in enumerate(levels)}
        form: Form = "ticks" if len(levels) == 2 else "ratings"
        return _numbers([None if t is None else place.get(t) for t in given]), form

    def _ticked(self, asked: SurveyQuestion, given: Sequence[str | None]) -> Floats:
        """Return ticks; where a box left empty is no answer, people who ticked another of the group left it empty."""
        if asked.absent:
            return _numbers([None if t is None else float(t != asked.absent) for t in given])
        found, survey = self._people.found, self._people.survey
        answered = np.zeros(len(found.respondents), dtype=bool)
        for other in survey.questions:
            if other.group and other.group == asked.group:
                answered |= np.array([t is not None for t in texts_of(found, other, survey.unknown)])
        here = answered[self._people.rows]
        return np.array([1.0 if t is not None else 0.0 if h else np.nan for t, h in zip(given, here, strict=True)])

    def _levels(self, question: StudyQuestion, asked: SurveyQuestion, given: Sequence[str | None]) -> tuple[str, ...]:
        """Return the answers from low to high, with those that only another brand was given on the same scale.

        A question to which everybody gave one and the same answer has no order of its own and takes that of its like;
        empty when there is none.
        """
        others = [self._asked(q) for q in self._study.asked(question.role)]
        scales = [q.levels for q in others if q is not None and q.kind == "ordered"]
        own = set(asked.levels) if asked.kind == "ordered" else {t for t in given if t is not None}
        alike = [levels for levels in scales if set(levels) & own]
        if asked.kind != "ordered" and not any(own <= set(levels) for levels in alike):
            return ()
        every = tuple(dict.fromkeys(level for levels in alike for level in levels))
        longest = max(alike, key=len)
        scale = longest if set(every) == set(longest) else in_order(every) or ()
        if len(scale) < 2:
            raise SettingError("error.study.levels", question=question.question, role=question.role)
        return scale


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text.replace(",", ""))
    except ValueError:
        return None
