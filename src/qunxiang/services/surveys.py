"""Surveys: look at a wide file, load it, correct what was made of it, and read shares with and without weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

import numpy as np

from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.intake import LoadReport
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Survey, SurveyQuestion
from qunxiang.model.naming import is_plain_name
from qunxiang.model.survey import QuestionKind
from qunxiang.ports.source import Source
from qunxiang.services.access import ANALYSTS, EVERYONE, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.load import load
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.survey_source import answer_rows, cells_of, question_rows
from qunxiang.sql import select
from qunxiang.statistics.survey import design_effect, effective_rows
from qunxiang.surveys import QuestionShares, SurveyAnswers, SurveyLayout, lay_out, shares_of

KIND = "survey"
"""Kind of the documents that describe surveys."""
RESERVED = frozenset({"new", "load"})


class SurveyState(Frozen):
    """A survey with its version and the number of people who answered."""

    survey: Survey
    version: int
    n_respondents: int


class SurveyReport(Frozen):
    """What loading a survey came to."""

    survey: Survey
    answers: LoadReport
    questions: LoadReport


@dataclass(frozen=True)
class SurveyView:
    """A survey with its shares.

    `n_weighed` respondents have a weight; `n_effective` and `design_effect` are Kish's, None without weights.
    """

    survey: Survey
    version: int
    n_respondents: int
    n_weighed: int
    n_effective: float | None
    design_effect: float | None
    questions: tuple[QuestionShares, ...]


@use_case("survey.look", roles=ANALYSTS, touches="single")
def look(
    house: House,
    actor: Actor,
    source: Source,
    *,
    respondent: str | None = None,
    weight: str | None = None,
    left_out: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
) -> SurveyLayout:
    """Say what the columns of a wide survey file (one column per question) are, without loading it.

    Parameters
    ----------
    respondent, weight, left_out
        Columns, where their names do not say what they are.
    texts
        Wording of questions by column, from a code book.

    Raises
    ------
    UnknownNameError
        When the file lacks a column that was named.
    """
    return _layout(cells_of(source), respondent, weight, left_out, texts)


@use_case("survey.load", roles=ANALYSTS, touches="change")
def load_survey(
    house: House,
    actor: Actor,
    name: str,
    source: Source,
    *,
    label: Label | None = None,
    respondent: str | None = None,
    weight: str | None = None,
    person: str | None = None,
    left_out: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
    held_on: date | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    why: str = "",
    progress: Progress = silent,
) -> SurveyReport:
    """Load a wide survey file: each cell becomes a row of ``survey_answers``, each column one of ``survey_questions``.

    What people corrected of an earlier load of the same survey (wording, kind, order of answers) is kept.

    Parameters
    ----------
    name
        Name of the survey: small letters, digits, underscores or Chinese.
    respondent, weight, left_out, texts
        As in :func:`look`.
    person
        Column with the customer id, where respondents are customers.
    held_on
        Day the wave stands for; growth between two waves needs it.
    strata, clusters
        Columns that say how people were drawn: parts that were sampled apart from each other (such as regions), and
        what was drawn at once (such as households). Weighted intervals, sizes and growth then follow the design.

    Raises
    ------
    SettingError
        When the name is not allowed, or the file has no question.
    UnknownNameError
        When the file lacks a column that was named.
    """
    if not is_plain_name(name) or name in RESERVED:
        raise SettingError("error.survey.name", name=name[:80])
    progress(0.02, Message("progress.survey.look"))
    columns = cells_of(source)
    out = [*left_out, *([person] if person else [])]
    layout = _layout(columns, respondent, weight, out, texts)
    if not layout.questions:
        raise SettingError("error.survey.no_questions", columns=list(columns)[:10])
    drawn = {part: _drawn_by(layout, column) for part, column in (("strata", strata), ("clusters", clusters))}

    def made(old: Definition | None) -> NewDefinition:
        before = None if old is None or old.archived else Survey.model_validate(old.body)
        survey = Survey(
            id=name,
            label=label or (before.label if before else Label.same(name)),
            questions=tuple(_kept(question, before) for question in layout.questions),
            unknown=layout.unknown,
            held_on=held_on or (before.held_on if before else None),
            weighted=layout.weight is not None,
            file=source.shape().name,
            **{part: id or (getattr(before, part) if before else None) for part, id in drawn.items()},
        )
        return NewDefinition(kind=KIND, id=name, body=survey.model_dump(mode="json"), why=why)

    survey = Survey.model_validate(made(house.state.definition(KIND, name)).body)
    answers = load(
        house,
        actor,
        "survey_answers",
        answer_rows(survey, layout, columns, person=person),
        keep="none",
        use_saved=False,
        progress=lambda share, stage: progress(0.05 + 0.8 * share, stage),
    )
    questions = load(house, actor, "survey_questions", question_rows(survey), keep="none", use_saved=False)
    change(house, actor, KIND, name, made)
    return SurveyReport(survey=survey, answers=answers, questions=questions)


def _drawn_by(layout: SurveyLayout, column: str | None) -> str | None:
    """Return the question that a column of the design became."""
    if column is None:
        return None
    found = next((q.id for q in layout.questions if q.source == column), None)
    if found is None:
        known = [q.source for q in layout.questions]
        raise UnknownNameError("error.survey.design_column", column=column[:80], known=known[:20])
    return found


def _kept(question: SurveyQuestion, before: Survey | None) -> SurveyQuestion:
    """Return a question as people corrected it before, where its answers still fit."""
    old = before.question(question.id) if before else None
    if old is None or old.source != question.source:
        return question
    fits = old.kind != "ordered" or set(question.levels) <= set(old.levels)
    return old if fits else question.model_copy(update={"text": old.text})


@use_case("survey.list", roles=EVERYONE)
def surveys(house: House, actor: Actor) -> list[SurveyState]:
    """Return every survey that was loaded."""
    found = []
    for definition in house.state.definitions(KIND):
        survey = Survey.model_validate(definition.body)
        try:
            with reading(house) as reader:
                n = len(answers_of(reader, survey.id).respondents)
        except NothingYetError:
            n = 0
        found.append(SurveyState(survey=survey, version=definition.version, n_respondents=n))
    return found


@use_case("survey.show", roles=EVERYONE)
def show(house: House, actor: Actor, name: str) -> SurveyView:
    """Return the shares of every answer, unweighted and weighted side by side, with intervals.

    Raises
    ------
    UnknownNameError
        When there is no such survey.
    """
    survey, version = survey_of(house, name)
    with reading(house) as reader:
        found = answers_of(reader, name)
    weights = None if found.weights is None else found.weights[found.weighed]
    return SurveyView(
        survey,
        version,
        len(found.respondents),
        0 if weights is None else len(weights),
        None if weights is None else effective_rows(weights),
        None if weights is None else design_effect(weights),
        shares_of(survey, found),
    )


@use_case("survey.change", roles=ANALYSTS, touches="change")
def change_question(
    house: House,
    actor: Actor,
    name: str,
    *,
    question: str,
    text: str | None = None,
    kind: QuestionKind | None = None,
    levels: Sequence[str] | None = None,
    why: str = "",
) -> Survey:
    """Correct the wording of a question, its kind, or the order of its answers from low to high.

    Raises
    ------
    UnknownNameError
        When there is no such survey or question.
    SettingError
        When an ordered question has fewer than two levels, or one twice.
    """

    if kind is not None and kind not in get_args(QuestionKind):
        raise SettingError("error.survey.kind", kind=str(kind)[:40], known=list(get_args(QuestionKind)))

    def made(old: Definition | None) -> NewDefinition:
        survey, _ = survey_of(house, name)
        asked = question_of(survey, question)
        new = asked.model_copy(
            update={
                "text": (text or asked.text).strip()[:2000],
                "kind": kind or asked.kind,
                "levels": tuple(levels) if levels is not None else asked.levels,
            }
        )
        if new.kind == "ordered" and (len(new.levels) < 2 or len(set(new.levels)) < len(new.levels)):
            raise SettingError("error.survey.levels", question=question, levels=list(new.levels))
        changed = tuple(new if q.id == question else q for q in survey.questions)
        body = survey.model_copy(update={"questions": changed}).model_dump(mode="json")
        return NewDefinition(kind=KIND, id=name, body=body, why=why)

    return Survey.model_validate(change(house, actor, KIND, name, made).body)


def survey_of(house: House, name: str) -> tuple[Survey, int]:
    """Return a survey and its version.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    found = house.state.definition(KIND, name)
    if found is None or found.archived:
        known = [d.id for d in house.state.definitions(KIND)]
        raise UnknownNameError("error.survey.unknown", name=name[:80], known=known)
    return Survey.model_validate(found.body), found.version


def question_of(survey: Survey, id: str) -> SurveyQuestion:
    """Return a question of a survey.

    Raises
    ------
    UnknownNameError
        When the survey has no such question.
    """
    found = survey.question(id)
    if found is None:
        known = [q.id for q in survey.questions]
        raise UnknownNameError("error.survey.question", survey=survey.id, question=id[:80], known=known)
    return found


def answers_of(reader: SnapshotReader, name: str) -> SurveyAnswers:
    """Return the answers of a survey, one column per question.

    Raises
    ------
    NothingYetError
        When no answers are loaded.
    """
    query = select(
        "SELECT COALESCE(respondent, person_id, account_id) AS who, question, answer, weight"
        " FROM survey_answers__ AS a WHERE survey = :survey ORDER BY who, question",
        survey_answers=reader.relation("survey_answers"),
        survey=name,
    )
    rows = reader.cached(query)
    people, place = np.unique(np.array(rows["who"].to_pylist(), dtype=object).astype(str), return_inverse=True)
    answers: dict[str, list[str | None]] = {}
    weights = np.full(len(people), np.nan)
    found = zip(place.ravel(), rows["question"].to_pylist(), rows["answer"].to_pylist(), strict=True)
    for at, question, answer in found:
        answers.setdefault(question, [None] * len(people))[at] = answer
    given = np.array([np.nan if w is None else float(w) for w in rows["weight"].to_pylist()], dtype=np.float64)
    weights[place.ravel()[~np.isnan(given)]] = given[~np.isnan(given)]
    return SurveyAnswers(tuple(str(p) for p in people), answers, None if np.isnan(weights).all() else weights)


def people_of(reader: SnapshotReader, name: str) -> dict[str, str]:
    """Return the customer id of every respondent of a survey who is known as one."""
    query = select(
        "SELECT DISTINCT COALESCE(respondent, person_id, account_id) AS who, person_id"
        " FROM survey_answers__ AS a WHERE survey = :survey AND NOT person_id IS NULL",
        survey_answers=reader.relation("survey_answers"),
        survey=name,
    )
    return {row["who"]: row["person_id"] for row in reader.cached(query).to_pylist()}


def _layout(
    columns: dict[str, list[str | None]],
    respondent: str | None,
    weight: str | None,
    left_out: Sequence[str],
    texts: Mapping[str, str] | None,
) -> SurveyLayout:
    named = [name for name in (respondent, weight, *left_out, *(texts or {})) if name]
    lacking = [name for name in named if name not in columns]
    if lacking:
        raise UnknownNameError("error.survey.columns", lacking=lacking, has=list(columns)[:200])
    return lay_out(columns, respondent=respondent, weight=weight, left_out=left_out, texts=texts)
