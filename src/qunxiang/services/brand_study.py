"""Brand studies: brands, the own one among them, and which question of a survey says what of which."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.brand_study import BrandJudgement, BrandStudy, StudyQuestion
from qunxiang.model.market import Market
from qunxiang.model.naming import is_plain_name
from qunxiang.positioning.study_questions import propose_questions
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House
from qunxiang.services.surveys import question_of, survey_of

KIND = "brand_study"
"""Kind of the documents that hold studies."""
JUDGEMENTS = "brand_judgements"
"""Kind of the documents that hold what people judge, one per study."""


class BrandStudyState(Frozen):
    """A study with its version, 0 where it was only proposed from a survey, and the number of judgements."""

    study: BrandStudy
    version: int
    n_judgements: int = 0


@use_case("brand.propose", roles=EVERYONE)
def propose(
    house: House, actor: Actor, survey: str, *, own: str, brands: Sequence[str] | None = None
) -> BrandStudyState:
    """Tell from the wording of a survey's questions which brands it asks about, and what; nothing is stored.

    Questions such as ``Alpha: reliable``, ``Beta - trust`` and ``Ideal: reliable`` are read.

    Parameters
    ----------
    own
        The own brand, as the questions write it.
    brands
        All brands; left out, those that are asked something that the own brand is asked.

    Raises
    ------
    UnknownNameError
        When there is no such survey.
    SettingError
        When no question speaks of the own brand and another one alike.
    """
    return BrandStudyState(study=proposed(house, survey, own, brands), version=0)


@use_case("brand.define", roles=MAKERS, touches="change")
def define(
    house: House,
    actor: Actor,
    name: str,
    *,
    own: str,
    survey: str | None = None,
    brands: Sequence[str] | None = None,
    questions: Sequence[StudyQuestion] | None = None,
    segments: str | None = None,
    market: str | None = None,
    label: Label | None = None,
    why: str = "",
    seen_version: int | None = None,
) -> BrandStudyState:
    """Store which question says what of which brand.

    Parameters
    ----------
    survey
        Survey that asks about brands; without one they can only be judged, and `brands` is needed.
    questions
        What the questions say; None takes them from their wording, as :func:`propose` does.
    segments, market
        A question whose answers are the segments, or a market of the same survey.
    seen_version
        Version of the study that this one replaces (0: none); None replaces whatever is there.

    Raises
    ------
    UnknownNameError
        When there is no such survey, question or market.
    SettingError
        When the name or the questions do not fit; says which.
    ConflictError
        When another was stored since `seen_version`.
    """
    if not is_plain_name(name):
        raise SettingError("error.study.name", name=name[:80])
    if survey is None and not brands:
        raise SettingError("error.study.no_brands")
    told = None
    if survey is not None and questions is None:
        told = proposed(house, survey, own, brands)
    try:
        study = BrandStudy(
            id=name,
            label=label or _label_of(house, name),
            own=own,
            brands=told.brands if told else tuple(brands or _brands_of(own, questions or ())),
            survey=survey,
            questions=told.questions if told else tuple(questions or ()),
            segments=segments,
            market=market,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingError("error.study.study", reason=str(first["msg"])[:200]) from error
    checked_study(house, study)
    new = NewDefinition(kind=KIND, id=name, body=study.model_dump(mode="json"), why=why)
    stored = change(house, actor, KIND, name, lambda _: new, seen_version=seen_version)
    return _state(house, stored)


@use_case("brand.studies", roles=EVERYONE)
def studies(house: House, actor: Actor) -> list[BrandStudyState]:
    """Return every study."""
    return [_state(house, d) for d in house.state.definitions(KIND)]


def proposed(house: House, survey: str, own: str, brands: Sequence[str] | None = None) -> BrandStudy:
    """Return what :func:`propose` tells; the map of a survey without a study takes it."""
    asked, _ = survey_of(house, survey)
    names, questions = propose_questions(asked.questions, own.strip(), brands)
    if len(names) < 2 or not questions:
        examples = [q.text[:60] for q in asked.questions][:5]
        raise SettingError("error.study.not_told", survey=survey, own=own[:80], examples=examples)
    return BrandStudy(
        id=survey, label=asked.label, own=names[0], brands=names[:40], survey=survey, questions=questions[:1000]
    )


def study_named(house: House, name: str) -> tuple[BrandStudy, int]:
    """Return a study and its version.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    found = house.state.definition(KIND, name)
    if found is None or found.archived:
        known = [d.id for d in house.state.definitions(KIND)]
        raise UnknownNameError("error.study.unknown", name=name[:80], known=known)
    return BrandStudy.model_validate(found.body), found.version


def study_or_survey(house: House, name: str, own: str | None = None) -> tuple[BrandStudy, int]:
    """Return the study of that name or of the survey of that name; else what the survey's questions tell.

    Raises
    ------
    UnknownNameError
        When there is neither a study nor a survey of that name.
    SettingError
        When only a survey is there, and the own brand is not named.
    """
    stored = [BrandStudyState(study=BrandStudy.model_validate(d.body), version=d.version) for d in _documents(house)]
    fitting = [s for s in stored if s.study.id == name] or [s for s in stored if s.study.survey == name]
    if fitting and (own is None or own == fitting[0].study.own):
        return fitting[0].study, fitting[0].version
    try:
        survey_of(house, name)
    except UnknownNameError as error:
        known = [s.study.id for s in stored]
        surveys = error.message.params["known"]
        raise UnknownNameError("error.study.neither", name=name[:80], known=known, surveys=surveys) from error
    if own is None:
        raise SettingError("error.study.own", survey=name)
    return proposed(house, name, own), 0


def checked_study(house: House, study: BrandStudy) -> BrandStudy:
    """Return a study whose survey, questions and market are there; raise otherwise."""
    if study.survey is None:
        return study
    asked, _ = survey_of(house, study.survey)
    for question in study.questions:
        question_of(asked, question.question)
    if study.segments is not None:
        question_of(asked, study.segments)
    if study.market is not None:
        document = house.state.definition("market", study.market)
        if document is None or document.archived:
            known = [d.id for d in house.state.definitions("market")]
            raise UnknownNameError("error.market.unknown", name=study.market[:80], known=known)
        if (of := Market.model_validate(document.body).survey) != study.survey:
            raise SettingError("error.study.other_market", market=study.market, of=of, survey=study.survey)
    return study


def judgements_of(document: Definition | None) -> list[BrandJudgement]:
    """Return the judgements in a document; none when there is none."""
    if document is None or document.archived:
        return []
    return [BrandJudgement.model_validate(j) for j in document.body["judgements"]]


def _documents(house: House) -> list[Definition]:
    return [d for d in house.state.definitions(KIND) if not d.archived]


def _state(house: House, document: Definition) -> BrandStudyState:
    study = BrandStudy.model_validate(document.body)
    said = judgements_of(house.state.definition(JUDGEMENTS, study.id))
    return BrandStudyState(study=study, version=document.version, n_judgements=len(said))


def _label_of(house: House, name: str) -> Label:
    stored = house.state.definition(KIND, name)
    return Label.same(name) if stored is None else BrandStudy.model_validate(stored.body).label


def _brands_of(own: str, questions: Sequence[StudyQuestion]) -> list[str]:
    return list(dict.fromkeys((own, *(q.brand for q in questions if q.brand))))
