"""Surveys as people describe them: questions, their kinds, and the order of answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen

QuestionKind = Literal["single", "ordered", "multi", "number", "open"]


class SurveyQuestion(Frozen):
    """One question, or one option of a question with several answers.

    `levels` are the answers of an "ordered" question from low to high. `group` ties the options of one "multi" question
    and the items of one grid together; `absent` is the text by which a "multi" option says that it was not ticked.
    """

    id: str = Field(min_length=1, max_length=60)
    text: str = Field(min_length=1, max_length=2000)
    kind: QuestionKind
    levels: tuple[str, ...] = ()
    group: str = ""
    absent: str = ""
    source: str = ""


class Survey(Frozen):
    """A survey: one wave of a questionnaire.

    `unknown` are answers that say nothing, such as "No answer". `held_on` is the day that the wave stands for.
    `strata` and `clusters` are the questions that say how people were drawn: parts sampled apart from each other, and
    what was drawn at once, such as a household or a place.
    """

    id: str
    label: Label
    questions: tuple[SurveyQuestion, ...]
    unknown: tuple[str, ...] = ()
    held_on: date | None = None
    weighted: bool = False
    file: str = ""
    strata: str | None = None
    clusters: str | None = None

    def question(self, id: str) -> SurveyQuestion | None:
        """Return the question with that id, or None."""
        return next((q for q in self.questions if q.id == id), None)
