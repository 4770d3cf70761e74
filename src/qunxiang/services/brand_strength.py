"""Brand strength against competitors: measured by surveys, judged by named people."""

from __future__ import annotations

import numpy as np

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.brand_study import DIMENSIONS, BrandDimension, BrandJudgement, BrandStudy
from qunxiang.positioning.brand_strength import LEAST, BrandStrength, brand_strength
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.brand_answers import BrandReader, BrandSample, Floats, brand_sample
from qunxiang.services.brand_study import JUDGEMENTS, judgements_of, study_named, study_or_survey
from qunxiang.services.changing import change
from qunxiang.services.house import House
from qunxiang.services.surveys import survey_of


class BrandScore(Frozen):
    """Strength for everybody and by segment, with the study and the judgements that it was made from."""

    study: BrandStudy
    version: int
    segment_labels: dict[str, Label]
    overall: BrandStrength
    segments: tuple[BrandStrength, ...]
    judgements: tuple[BrandJudgement, ...]


@use_case("brand.score", roles=EVERYONE)
def score(
    house: House, actor: Actor, name: str, *, own: str | None = None, by: str | None = None, least: int = LEAST
) -> BrandScore:
    """Say how strong brands are on appeal, difference, feasibility and sustainability, 0 to 10.

    Parameters
    ----------
    name
        A study, or a survey whose questions tell brands and dimensions (``Alpha: appeal``).
    own
        The own brand, where there is no study.
    by
        Question whose answers are the segments; None takes the study's.
    least
        People below which nothing measured is said.

    Raises
    ------
    UnknownNameError
        When there is no such study, survey or question.
    SettingError
        When answers have no order, or a scale of numbers lacks its ends.
    """
    if least < 1:
        raise SettingError("error.study.floor", most=0)
    study, version = study_or_survey(house, name, own)
    judged = judgements_of(house.state.definition(JUDGEMENTS, study.id)) if version else []
    asked = [q for dimension in DIMENSIONS for q in study.asked(dimension)]
    if study.survey is None or not asked:
        overall = brand_strength(study.own, study.brands, {}, None, judged, least=least)
        return BrandScore(
            study=study, version=version, segment_labels={}, overall=overall, segments=(), judgements=tuple(judged)
        )
    people = brand_sample(house, study, study.survey, by=by)
    scores = _scores(house, study, people)
    parts = [
        brand_strength(
            study.own,
            study.brands,
            scores,
            people.sample,
            segment=segment,
            member=np.asarray(people.segments == code, dtype=bool),
            least=least,
        )
        for code, segment in enumerate(people.labels)
    ]
    return BrandScore(
        study=study,
        version=version,
        segment_labels=people.labels,
        overall=brand_strength(study.own, study.brands, scores, people.sample, judged, least=least),
        segments=tuple(parts),
        judgements=tuple(judged),
    )


def _scores(house: House, study: BrandStudy, people: BrandSample) -> dict[tuple[str, BrandDimension], Floats]:
    """Return by brand and dimension the mean of everybody's known answers to its questions, 0 to 10."""
    reader = BrandReader(study, people, survey_of(house, people.survey.id)[0])
    found: dict[tuple[str, BrandDimension], list[Floats]] = {}
    for dimension in DIMENSIONS:
        for question in study.asked(dimension):
            found.setdefault((question.brand, dimension), []).append(10 * reader.read(question)[0])
    return {key: _mean(items) for key, items in found.items()}


def _mean(items: list[Floats]) -> Floats:
    table = np.column_stack(items)
    known = ~np.isnan(table)
    sums = np.where(known, table, 0.0).sum(axis=1)
    n = known.sum(axis=1)
    return np.where(n > 0, sums / np.maximum(n, 1), np.nan)


@use_case("brand.judge", roles=MAKERS, touches="change")
def judge(
    house: House, actor: Actor, name: str, *, brand: str, dimension: BrandDimension, value: float, why: str
) -> BrandJudgement:
    """Enter what the actor thinks of a brand on one dimension, 0 (worst) to 10 (best), with the reason.

    A later judgement of the same person replaces the earlier; those of other people stay beside it.

    Raises
    ------
    UnknownNameError
        When there is no such study, brand or dimension.
    SettingError
        When the value is outside 0 to 10 or no reason is given.
    """
    study, _ = study_named(house, name)
    if brand not in study.brands:
        raise UnknownNameError("error.study.brand", brand=brand[:80], known=list(study.brands))
    if dimension not in DIMENSIONS:
        raise UnknownNameError("error.study.dimension", dimension=str(dimension)[:40], known=list(DIMENSIONS))
    if not 0 <= value <= 10:
        raise SettingError("error.targets.judgement_range", value=value)
    if not why.strip():
        raise SettingError("error.targets.why_missing")
    at = house.clock.now()
    made = BrandJudgement(brand=brand, dimension=dimension, value=value, by=actor.name, at=at, why=why.strip()[:2000])
    mine = (brand, dimension, actor.name)

    def added(document: Definition | None) -> NewDefinition:
        kept = [j for j in judgements_of(document) if (j.brand, j.dimension, j.by) != mine]
        body = {"judgements": [j.model_dump(mode="json") for j in (*kept, made)]}
        return NewDefinition(kind=JUDGEMENTS, id=name, body=body, why=why)

    change(house, actor, JUDGEMENTS, name, added)
    return made
