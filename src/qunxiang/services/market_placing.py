"""Own customers in the segments of a market, as a segmentation with memberships."""

from __future__ import annotations

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, Segment, Segmentation
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.load import load
from qunxiang.services.market import chances_of, market_of
from qunxiang.services.reading import reading
from qunxiang.services.segment_define import checked_name
from qunxiang.services.segment_publish import SegmentReport, in_use, publish
from qunxiang.services.survey_source import placing_rows
from qunxiang.services.surveys import answers_of, people_of, survey_of

PLACED = "market"
"""Scheme of the segmentations made here; their parameters name market and survey."""


class Placing(Frozen):
    """What placing came to: `placed` respondents, `known` of them customers, `likely` the mean probability."""

    report: SegmentReport
    placed: int
    known: int
    likely: float


@use_case("market.publish", roles=ANALYSTS, touches="change")
def publish_placing(
    house: House,
    actor: Actor,
    name: str,
    *,
    survey: str,
    segmentation: str | None = None,
    label: Label | None = None,
    why: str = "",
    progress: Progress = silent,
) -> Placing:
    """Place the respondents of a survey by the typing tool, and make a segmentation of those who are customers.

    The likeliest segment and its probability stand among the survey's answers, as the question ``<market>.segment``
    (`answer` and `score`), so that later answers move people at the next publishing.

    Parameters
    ----------
    name
        The market; it needs a typing tool.
    survey
        Survey of own customers with the tool's questions.
    segmentation
        Name of the segmentation; that of the market when None.

    Raises
    ------
    UnknownNameError
        When there is no such market or survey.
    SettingError
        When the market has no typing tool yet, or the name is not allowed.
    ConflictError
        When the name belongs to another kind of segmentation.
    """
    market = market_of(house, name).market
    if market.tool is None:
        raise SettingError("error.market.no_tool", name=name)
    title = segmentation or name
    checked_name(title)
    in_use(house.state.definition("segmentation", title), "rule", PLACED)
    asked, _ = survey_of(house, survey)
    with reading(house) as reader:
        found = answers_of(reader, survey)
        persons = people_of(reader, survey)
    chances = np.asarray(chances_of(market.tool, asked, found))
    ids = [segment.id for segment in market.segments]
    likely = chances.max(axis=1)
    places = [ids[int(place)] for place in chances.argmax(axis=1)]
    rows = placing_rows(survey, f"{name}.segment", found.respondents, places, likely.tolist(), persons)
    load(house, actor, "survey_answers", rows, keep="none", use_saved=False, progress=progress)
    # names of surveys and markets are plain words, so that they can stand in quotes
    asked_for = f"most_frequent(survey_answers.answer where question = '{name}.segment' and survey = '{survey}')"
    segments = tuple(
        Segment(id=s.id, label=s.label, colour=s.colour, rule=f"{asked_for} = '{s.id}'") for s in market.segments
    )
    made_of = Segmentation(
        id=title,
        label=label or market.label,
        method="rule",
        scheme=PLACED,
        segments=segments,
        parameters={"market": name, "survey": survey},
    )

    def made(old: Definition | None) -> Segmentation:
        in_use(old, "rule", PLACED)
        return made_of

    report = publish(house, actor, title, made, why=why)
    known = sum(1 for who in found.respondents if who in persons)
    return Placing(report=report, placed=len(places), known=known, likely=float(likely.mean()))
