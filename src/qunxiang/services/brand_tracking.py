"""Awareness, consideration and trust of brands over the waves of a survey."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, Survey
from qunxiang.model.brand_study import STAGES, BrandStudy, StudyQuestion
from qunxiang.positioning.brand_tracking import LEAST, BrandTracking, BrandWave, WaveLeftOut, brand_tracking
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.brand_answers import BrandReader, BrandSample, brand_sample
from qunxiang.services.brand_study import study_or_survey
from qunxiang.services.house import House
from qunxiang.services.surveys import survey_of


class BrandTrack(Frozen):
    """A study's tracking; `version` is 0 where the study was only told from the survey."""

    study: BrandStudy
    version: int
    segment_labels: dict[str, Label]
    tracking: BrandTracking


@use_case("brand.tracking", roles=EVERYONE)
def tracking(
    house: House,
    actor: Actor,
    name: str,
    *,
    own: str | None = None,
    waves: Sequence[str] | None = None,
    by: str | None = None,
    panel: bool = False,
    least: int = LEAST,
) -> BrandTrack:
    """Follow the shares of people who know, consider and trust each brand, by segment, from wave to wave.

    Parameters
    ----------
    name
        A study, or a survey whose questions tell brands and stages (``Alpha: awareness``).
    own
        The own brand, where there is no study.
    waves
        Surveys with the same questions; None takes all that have a day and ask one of them.
    by
        Question whose answers are the segments; None takes the study's.
    panel
        The same people answered all waves, under the same ids.
    least
        People below which no share is told.

    Raises
    ------
    UnknownNameError
        When there is no such study, survey or question.
    SettingError
        When the study asks for no stage, no wave has a day, nothing says which answers count as yes, or the people of a
        panel have no ids.
    """
    if least < 1:
        raise SettingError("error.study.floor", most=0)
    study, version = study_or_survey(house, name, own)
    asked = [q for stage in STAGES for q in study.asked(stage)]
    if study.survey is None or not asked:
        raise SettingError("error.study.no_stages", study=study.id)
    first, _ = survey_of(house, study.survey)
    found: list[tuple[BrandWave, BrandSample]] = []
    left_out: list[WaveLeftOut] = []
    for survey in _waves(house, first, waves):
        wave = _wave(house, study, asked, first, survey, by)
        if isinstance(wave, WaveLeftOut):
            if waves is not None or survey.id == first.id or wave.why == "no_day":
                left_out.append(wave)
        else:
            found.append(wave)
    if not found:
        raise SettingError("error.study.no_waves", surveys=[w.survey for w in left_out] or [first.id])
    found.sort(key=lambda pair: (pair[0].held_on, pair[0].survey))
    labels = {name: label for _, people in reversed(found) for name, label in people.labels.items()}
    made = brand_tracking(
        study.own,
        study.brands,
        [_recoded(_named(wave) if panel else wave, people, tuple(labels)) for wave, people in found],
        tuple(labels),
        panel=panel,
        least=least,
        left_out=left_out,
    )
    return BrandTrack(study=study, version=version, segment_labels=labels, tracking=made)


def _recoded(wave: BrandWave, people: BrandSample, names: Sequence[str]) -> BrandWave:
    """Return a wave whose segments are counted in the order of `names`; its own order is that of its labels."""
    if wave.segments is None:
        return wave
    places = np.array([*(names.index(name) for name in people.labels), -1], dtype=np.int64)
    return replace(wave, segments=places[wave.segments])


def _named(wave: BrandWave) -> BrandWave:
    """Return a wave of a panel; people without an id, who are called by their row, are nobody of another wave."""
    blank = [re.fullmatch(r"row \d+", who) is not None for who in wave.respondents]
    if all(blank):
        raise SettingError("error.study.no_ids", survey=wave.survey)
    who = [f"{wave.survey} {name}" if b else name for name, b in zip(wave.respondents, blank, strict=True)]
    return replace(wave, respondents=who)


def _waves(house: House, first: Survey, named: Sequence[str] | None) -> list[Survey]:
    if named is not None:
        return [survey_of(house, name)[0] for name in dict.fromkeys((first.id, *named))]
    stored = (d for d in house.state.definitions("survey") if not d.archived)
    return [Survey.model_validate(d.body) for d in stored]


def _wave(
    house: House, study: BrandStudy, asked: Sequence[StudyQuestion], first: Survey, survey: Survey, by: str | None
) -> tuple[BrandWave, BrandSample] | WaveLeftOut:
    people = brand_sample(house, study.model_copy(update={"segments": None, "market": None}), survey.id)
    reader = BrandReader(study, people, first)
    lacking = set(reader.lacking(asked))
    known = [q for q in asked if q.question not in lacking]
    if not known:
        return WaveLeftOut(survey=survey.id, why="no_questions", questions=tuple(sorted(lacking))[:20])
    if survey.held_on is None:
        return WaveLeftOut(survey=survey.id, why="no_day")
    people = brand_sample(house, study, survey.id, by=by, own_survey=first)
    answers = {(q.brand, q.role): reader.yes(q) for q in known}
    wave = BrandWave(survey.id, survey.held_on, people.sample, answers, people.segments, people.respondents)  # type: ignore[arg-type]
    return wave, people
