"""Surveys: wide files, questions, shares with and without weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from qunxiang.adapters.sources import open_source
from qunxiang.i18n import Label
from qunxiang.model import Survey
from qunxiang.model.survey import QuestionKind
from qunxiang.services import surveys as services
from qunxiang.services.house import Progress, silent
from qunxiang.services.survey_map import SurveyMap, survey_map
from qunxiang.services.surveys import SurveyReport, SurveyState, SurveyView
from qunxiang.surveys import SurveyLayout
from qunxiang.workspace.dates import day_of
from qunxiang.workspace.group import Group


class SurveyGroup(Group):
    """Surveys (问卷) and their answers."""

    def look(
        self,
        source: Any,
        *,
        respondent: str | None = None,
        weight: str | None = None,
        left_out: Sequence[str] = (),
        texts: Mapping[str, str] | None = None,
        sheet: str | None = None,
        encoding: str | None = None,
    ) -> SurveyLayout:
        """Say what the columns of a wide survey file are; see :func:`qunxiang.services.surveys.look`."""
        opened = open_source(source, encoding=encoding, sheet=sheet)
        return services.look(
            self._house, self._actor, opened, respondent=respondent, weight=weight, left_out=left_out, texts=texts
        )

    def load(
        self,
        name: str,
        source: Any,
        *,
        label: Label | None = None,
        respondent: str | None = None,
        weight: str | None = None,
        person: str | None = None,
        left_out: Sequence[str] = (),
        texts: Mapping[str, str] | None = None,
        held_on: str | date | None = None,
        strata: str | None = None,
        clusters: str | None = None,
        sheet: str | None = None,
        encoding: str | None = None,
        why: str = "",
        progress: Progress = silent,
    ) -> SurveyReport:
        """Load a wide survey file (one column per question); see :func:`qunxiang.services.surveys.load_survey`."""
        opened = open_source(source, encoding=encoding, sheet=sheet)
        return services.load_survey(
            self._house,
            self._actor,
            name,
            opened,
            label=label,
            respondent=respondent,
            weight=weight,
            person=person,
            left_out=left_out,
            texts=texts,
            held_on=day_of(held_on),
            strata=strata,
            clusters=clusters,
            why=why,
            progress=progress,
        )

    def list(self) -> list[SurveyState]:
        """Return every survey that was loaded."""
        return services.surveys(self._house, self._actor)

    def show(self, name: str) -> SurveyView:
        """Return the shares of every answer, unweighted and weighted; see :func:`qunxiang.services.surveys.show`."""
        return services.show(self._house, self._actor, name)

    def map(self, name: str, *, questions: Sequence[str] | None = None, weighted: bool = True) -> SurveyMap:
        """Show which answers go together (multiple correspondence analysis).

        See :func:`qunxiang.services.survey_map.survey_map`.
        """
        return survey_map(self._house, self._actor, name, questions=questions, weighted=weighted)

    def change(
        self,
        name: str,
        question: str,
        *,
        text: str | None = None,
        kind: QuestionKind | None = None,
        levels: Sequence[str] | None = None,
        why: str = "",
    ) -> Survey:
        """Correct a question; see :func:`qunxiang.services.surveys.change_question`."""
        return services.change_question(
            self._house, self._actor, name, question=question, text=text, kind=kind, levels=levels, why=why
        )
