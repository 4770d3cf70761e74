"""What the answers of a survey say about brands, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


def brand_sample(
    house: House, study: BrandStudy, survey: str, *, by: str | None = None, own_survey: Survey | None = None
) -> BrandSample:
    """Return the people of a survey in the study's segments; `by` is a question that replaces these.

    `own_survey` is the one that the study was made for, where `survey` is another wave of it; people of a wave that
    does not ask for the segments are in none.
    """
    asked, _ = survey_of(house, survey)
    with reading(house) as reader:
        found = answers_of(reader, asked.id)
    rows = np.flatnonzero(found.weighed)
    weights = np.ones(len(rows)) if found.weights is None else found.weights[rows]
    sample = design(len(rows), weights, **drawn_by(found, asked, rows))
    codes, labels = _segments(house, study, asked, found, by, own_survey or asked)
    return BrandSample(asked, found, rows, sample, None if codes is None else codes[rows], labels)


def _segments(
    house: House, study: BrandStudy, survey: Survey, found: SurveyAnswers, by: str | None, own: Survey
) -> tuple[Ints | None, dict[str, Label]]:
    if by is None and study.market is not None:
        document = house.state.definition("market", study.market)
        if document is None or document.archived:
            raise SettingError("error.study.market", market=study.market)
        market = Market.model_validate(document.body)
        ids = [market.question] if market.question is not None else market.centres.questions if market.centres else ()
        alike = {id: asked_alike(question_of(own, id), own, survey) for id in ids}
        if any(q is None for q in alike.values()):
            return None, {}
        renamed = replace(found, answers={id: found.answers.get(q.id, ()) for id, q in alike.items() if q is not None})
        return segments_of(market, own, renamed), {s.id: s.label for s in market.segments}
    question = by or study.segments
    if question is None:
        return None, {}
    asked = asked_alike(question_of(own, question), own, survey)
    if asked is None:
        return None, {}
    texts = texts_of(found, asked, survey.unknown)
    given = sorted({text for text in texts if text is not None})
    names = [*asked.levels, *(text for text in given if text not in asked.levels)] if asked.levels else given
    if not 2 <= len(names) <= MOST_SEGMENTS:
        raise SettingError("error.study.segments", question=question, n=len(names), most=MOST_SEGMENTS)
    place = {name: i for i, name in enumerate(names)}
    return np.array([-1 if text is None else place[text] for text in texts], dtype=np.int64), {
        name: Label.same(name) for name in names
    }


def asked_alike(asked: SurveyQuestion, own: Survey, survey: Survey) -> SurveyQuestion | None:
    """Return the question of another wave with the same column and wording, or None; ids may be mere numbers."""
    if survey.id == own.id:
        return asked
    return next((q for q in survey.questions if (q.source, q.text) == (asked.source, asked.text)), None)


class BrandReader:
    """Reads the questions of a study in one wave, from 0 (no, lowest) to 1 (yes, highest); NaN is unknown.

    Parameters
    ----------
    people
        The wave. Its questions are found by their column in the file and their wording.
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
        return None if own is None else asked_alike(own, self._own, self._people.survey)

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
        values, form = self._values(question, asked, self._texts(asked))
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
            blank = self._no_by_blank(question, asked)
            said = [
                float(t in question.yes) if t is not None else 0.0 if b else None
                for t, b in zip(given, blank, strict=True)
            ]
            return _numbers(said), "ticks"
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
        group = [q for q in self._people.survey.questions if q.group and q.group == asked.group]
        here = self._any_answer(group)
        return np.array([1.0 if t is not None else 0.0 if h else np.nan for t, h in zip(given, here, strict=True)])

    def _no_by_blank(self, question: StudyQuestion, asked: SurveyQuestion) -> NDArray[np.bool_]:
        """Say whose empty cell is a no: boxes in which nobody answers anything but yes are ticked or left empty."""
        if asked.kind == "multi":
            beside = [q for q in self._people.survey.questions if q.group and q.group == asked.group]
            return self._any_answer([] if asked.absent else beside)
        alike = [(q, self._asked(q)) for q in self._study.asked(question.role)]
        boxes = [(q, a) for q, a in alike if a is not None]
        ticked = all(t is None or t in q.yes for q, a in boxes for t in self._texts(a))
        return self._any_answer([a for _, a in boxes] if ticked else [])

    def _any_answer(self, questions: Sequence[SurveyQuestion]) -> NDArray[np.bool_]:
        answered = np.zeros(len(self._people.rows), dtype=bool)
        for question in questions:
            answered |= np.array([t is not None for t in self._texts(question)], dtype=bool)
        return answered

    def _texts(self, asked: SurveyQuestion) -> list[str | None]:
        texts = texts_of(self._people.found, asked, self._people.survey.unknown)
        return [texts[row] for row in self._people.rows]

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
