"""The market report (细分市场报告): how large a market's segments are, where, what marks them, what to do first."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.i18n import Message
from qunxiang.market import AnswerMark, answer_marks
from qunxiang.model import Actor
from qunxiang.model.market import Market
from qunxiang.model.scale import Scale
from qunxiang.ports.documents import DocumentFormat
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.market import growth_between, market_of, view_of
from qunxiang.services.market_orders import order_values
from qunxiang.services.market_report_content import composed
from qunxiang.services.market_report_facts import MarketFacts, Places, ScaleMeans
from qunxiang.services.market_sample import Sample, sample_of
from qunxiang.services.report import FORMATS
from qunxiang.services.scales import KIND as SCALE
from qunxiang.services.scales import scores_of
from qunxiang.services.surveys import question_of
from qunxiang.surveys import place_question

FEWEST_PLACED = 20
"""Respondents of a segment with a known place or score below which nothing is said of them."""


@use_case("market.report", roles=EVERYONE, touches="single")
def report(
    house: House,
    actor: Actor,
    name: str,
    *,
    format: str,
    lang: str,
    other: str | None = None,
    years: float | None = None,
    population: float | None = None,
    panel: bool = False,
    places: str | None = None,
    customers: str | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> bytes:
    """Return the report of a market.

    Parameters
    ----------
    format
        ``pdf`` (A4), ``html`` (one file), ``xlsx`` (one sheet per chapter) or ``pptx`` (slides with charts to edit).
    lang
        ``zh`` or ``en``.
    other, years, population, panel
        Another wave to tell growth from, as in :func:`qunxiang.services.market.growth`; None leaves growth unknown.
    places
        Question that says where people live; None takes the one that looks like it, if any.
    customers
        Survey of own customers whose orders are summed up by segment; the market's own survey when None.

    Raises
    ------
    SettingError
        When the format is none of the four, or nothing says how far the waves are apart.
    UnknownNameError
        When there is no such market, survey or question.
    """
    if format not in FORMATS:
        raise SettingError("error.report.format", format=format[:20], known=FORMATS)
    progress(0.05, Message("progress.report.collect"))
    state = market_of(house, name)
    sample = sample_of(house, state.market)
    growth = None
    if other is not None:
        growth = growth_between(house, state.market, other, years=years, population=population, panel=panel, seed=seed)
    progress(0.3, Message("progress.report.collect"))
    scales = _scales(house, state.market)
    facts = MarketFacts(
        settings=house.settings,
        actor=actor,
        made_at=house.clock.now().astimezone(ZoneInfo(house.settings.time_zone)),
        view=view_of(house, state, seed),
        survey=sample.survey,
        n_respondents=len(sample.found.respondents),
        growth=growth,
        places=_places(state.market, sample, places),
        marks=_marks(state.market, sample),
        scales=scales,
        scale_means=tuple(m for scale in scales for m in _scale_means(house, state.market, sample, scale)),
        orders=order_values(house, state.market, customers),
    )
    progress(0.6, Message("progress.report.render", {"format": format}))
    return house.documents.report(composed(facts), format=cast(DocumentFormat, format), lang=lang)


def _marks(market: Market, sample: Sample) -> tuple[AnswerMark, ...]:
    asked = [q for q in sample.survey.questions if q.kind in ("single", "ordered", "multi") and q.id != market.question]
    answers = {q.id: sample.texts(q.id) for q in asked}
    absent = {q.id: q.absent for q in asked if q.kind == "multi"}
    return answer_marks(answers, sample.segments, sample.weights, len(market.segments), left_out=absent)


def _places(market: Market, sample: Sample, question: str | None) -> Places | None:
    survey = sample.survey
    if question is None:
        question = place_question(survey, {q.id: sample.texts(q.id) for q in survey.questions if q.kind == "single"})
    if question is None:
        return None
    asked = question_of(survey, question)
    texts = sample.texts(question)
    known = np.array([each is not None for each in texts]) & (sample.segments >= 0)
    places = sorted({each for each, use in zip(texts, known, strict=True) if use and each is not None})
    if not 2 <= len(places) <= 60:
        raise SettingError("error.market.places", question=question, n=len(places))
    place = np.array([places.index(each) if each in places else -1 for each in texts])
    table = np.zeros((len(places), len(market.segments)))
    np.add.at(table, (place[known], sample.segments[known]), sample.weights[known])
    counts = np.bincount(sample.segments[known], minlength=len(market.segments))
    whole = table.sum(axis=1) / table.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(counts >= FEWEST_PLACED, table / table.sum(axis=0), np.nan)
    order = np.argsort(-whole, kind="stable")
    return Places(
        question,
        asked.text,
        tuple(places[i] for i in order),
        tuple(float(whole[i]) for i in order),
        shares[order],
        tuple(int(n) for n in counts),
    )


def _scales(house: House, market: Market) -> tuple[Scale, ...]:
    found = [Scale.model_validate(d.body) for d in house.state.definitions(SCALE)]
    return tuple(scale for scale in found if scale.survey == market.survey)


def _scale_means(house: House, market: Market, sample: Sample, scale: Scale) -> list[ScaleMeans]:
    _, scores, _ = scores_of(house, scale)
    scores = scores[sample.rows]
    found = []
    for j in range(len(scale.factors)):
        known = ~np.isnan(scores[:, j])
        if known.sum() < FEWEST_PLACED:
            continue
        values, w = scores[known, j], sample.weights[known]
        middle = float(np.average(values, weights=w))
        spread = float(np.sqrt(np.average((values - middle) ** 2, weights=w)))
        means = []
        for k in range(len(market.segments)):
            inside = sample.segments[known] == k
            enough = inside.sum() >= FEWEST_PLACED and spread > 0
            means.append((float(np.average(values[inside], weights=w[inside])) - middle) / spread if enough else np.nan)
        found.append(ScaleMeans(scale, j, tuple(means)))
    return found
