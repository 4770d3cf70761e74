"""Markets: segments of a survey, their size and growth, known margins, and the questions that tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message, to_json
from qunxiang.market import MarketSize, SegmentGrowth, TypingTool, growth_of, size_of, typing_tool
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Survey
from qunxiang.model.market import Market, MarketCentres, MarketMargin, MarketSegment, MarketTool
from qunxiang.model.naming import is_plain_name
from qunxiang.segmentation import KMeansSegments, stability
from qunxiang.segmentation.naming import centre_names
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.market_sample import Sample, sample_of, wave_of
from qunxiang.services.reading import reading
from qunxiang.services.surveys import answers_of, question_of, survey_of
from qunxiang.surveys import SurveyAnswers, codes_of, texts_of

KIND = "market"
"""Kind of the documents that hold markets."""
RESERVED = frozenset({"new"})
MOST_SEGMENTS = 12
N_DRAWS = 500


class MarketState(Frozen):
    """A market with its version."""

    market: Market
    version: int


class Calibration(Frozen):
    """What raking to known margins came to; see :class:`qunxiang.statistics.survey.Raked`."""

    converged: bool
    rounds: int
    largest_gap: float
    n_at_bounds: int
    n_effective: float
    design_effect: float


@dataclass(frozen=True)
class MarketView:
    """A market with the size of its segments; `calibration` is None without margins."""

    market: Market
    version: int
    size: MarketSize
    calibration: Calibration | None


@dataclass(frozen=True)
class MarketGrowth:
    """Growth per year of a market's segments between two surveys; `years` lie between them."""

    market: Market
    before: str
    after: str
    years: float
    panel: bool
    first: MarketSize
    second: MarketSize
    segments: tuple[SegmentGrowth, ...]


@use_case("market.define", roles=MAKERS, touches="change")
def define(
    house: House,
    actor: Actor,
    name: str,
    *,
    survey: str,
    population: float,
    question: str | None = None,
    questions: Sequence[str] | None = None,
    n_segments: int | Literal["auto"] = "auto",
    money: str | None = None,
    seed: int = 0,
    label: Label | None = None,
    why: str = "",
    progress: Progress = silent,
) -> MarketState:
    """Divide the people that a survey stands for into segments.

    Parameters
    ----------
    survey
        Survey with weights, or without where everybody stands for as many.
    population
        People in the market.
    question
        One question whose answers are the segments; or
    questions, n_segments, seed
        ordered, ticked or numeric questions whose answers are clustered by weighted k-means into `n_segments`; ``auto``
        takes the number that comes back most surely when people are drawn again.
    money
        Numeric question with what a person spends per year.

    Raises
    ------
    UnknownNameError
        When there is no such survey or question.
    SettingError
        When the name, population or questions do not fit.
    """
    if not is_plain_name(name) or name in RESERVED:
        raise SettingError("error.market.name", name=name[:80])
    if not population > 0:
        raise SettingError("error.market.population", population=population)
    if (question is None) == (not questions):
        raise SettingError("error.market.by")
    asked, _ = survey_of(house, survey)
    if money is not None and question_of(asked, money).kind != "number":
        raise SettingError("error.market.money", question=money)
    title = label or Label.same(name)
    plain: dict[str, Any] = {"id": name, "label": title, "survey": survey, "population": population, "money": money}
    if question is not None:
        market = Market(**plain, question=question, segments=_answers(house, asked, question))
    else:
        found = _clustered(house, asked, list(questions or ()), n_segments, seed, progress)
        market = Market(**plain, **found)

    def made(old: Definition | None) -> NewDefinition:
        before = None if old is None or old.archived else Market.model_validate(old.body)
        kept = {} if before is None else {"margins": before.margins, "bounds": before.bounds}
        return NewDefinition(kind=KIND, id=name, body=market.model_copy(update=kept).model_dump(mode="json"), why=why)

    return _state(change(house, actor, KIND, name, made))


def _answers(house: House, survey: Survey, question: str) -> tuple[MarketSegment, ...]:
    """Make a segment of every answer to a question."""
    asked = question_of(survey, question)
    with reading(house) as reader:
        found = answers_of(reader, survey.id)
    given = sorted({text for text in texts_of(found, asked, survey.unknown) if text is not None})
    answers = [*asked.levels, *(text for text in given if text not in asked.levels)] if asked.levels else given
    if not 2 <= len(answers) <= MOST_SEGMENTS:
        raise SettingError("error.market.answers", question=question, n=len(answers), most=MOST_SEGMENTS)
    return tuple(
        MarketSegment(id=f"s{i + 1}", label=Label.same(text), answer=text, colour=i) for i, text in enumerate(answers)
    )


def _clustered(
    house: House,
    survey: Survey,
    questions: Sequence[str],
    n_segments: int | Literal["auto"],
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Cluster people by their answers with their weights; return centres, segments and evidence."""
    asked = [question_of(survey, id) for id in dict.fromkeys(questions)]
    wrong = [q.id for q in asked if q.kind not in ("ordered", "multi", "number")]
    if wrong:
        raise SettingError("error.scale.no_order", questions=wrong)
    if n_segments != "auto" and not 2 <= int(n_segments) <= MOST_SEGMENTS:
        raise SettingError("error.market.n_segments", most=MOST_SEGMENTS)
    with reading(house) as reader:
        found = answers_of(reader, survey.id)
    X = np.column_stack([codes_of(found, q, survey.unknown) for q in asked])
    use = found.weighed & ~np.isnan(X).any(axis=1)
    if use.sum() < 10 * len(asked):
        raise SettingError("error.market.too_few", n=int(use.sum()), needed=10 * len(asked))
    weights = np.ones(int(use.sum())) if found.weights is None else found.weights[use]
    means = np.average(X[use], axis=0, weights=weights)
    sds = np.sqrt(np.average((X[use] - means) ** 2, axis=0, weights=weights))
    if not (sds > 0).all():
        still = [q.id for q, sd in zip(asked, sds, strict=True) if not sd > 0]
        raise SettingError("error.market.constant", questions=still)
    Z = (X[use] - means) / sds
    progress(0.1, Message("progress.market.stability"))
    ks = range(2, 7) if n_segments == "auto" else range(int(n_segments), int(n_segments) + 1)
    firm = stability(Z, ks, n_pairs=20, n_restarts=5, seed=seed)
    k = firm.recommended_k
    model = KMeansSegments(k, n_restarts=50, seed=seed).fit(Z, weights / weights.mean())
    names = centre_names(model.centers_.tolist(), [Label.same(_short(q.text)) for q in asked])
    return {
        "centres": MarketCentres(
            questions=tuple(q.id for q in asked),
            means=tuple(means.tolist()),
            sds=tuple(sds.tolist()),
            centres=tuple(tuple(float(v) for v in row) for row in model.centers_),
        ),
        "segments": tuple(MarketSegment(id=f"s{i + 1}", label=text, colour=i) for i, text in enumerate(names)),
        "evidence": {
            "verdict": firm.verdict,
            "reason": to_json(firm.reason),
            "chosen_by": "auto" if n_segments == "auto" else "hand",
            "by_k": {str(each): float(ari.mean()) for each, ari in firm.global_ari.items()},
            "n_used": int(use.sum()),
            "seed": seed,
        },
    }


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"


@use_case("market.set_margins", roles=MAKERS, touches="change")
def set_margins(
    house: House,
    actor: Actor,
    name: str,
    *,
    margins: Mapping[str, Mapping[str, float]],
    bounds: tuple[float, float] | None = None,
    why: str = "",
) -> MarketView:
    """Calibrate a market's weights to known margins: people or shares by answer, by question. None takes them away.

    Raises
    ------
    UnknownNameError
        When there is no such market or question.
    SettingError
        When the margins cannot be met; says which and why.
    """
    if bounds is not None and not 0 < bounds[0] <= 1 <= bounds[1]:
        raise SettingError("error.market.bounds", low=bounds[0], high=bounds[1])
    wanted = tuple(MarketMargin(question=q, targets=dict(targets)) for q, targets in margins.items())
    if any(not value >= 0 for margin in wanted for value in margin.targets.values()):
        raise SettingError("error.market.margin_negative")

    def made(old: Definition | None) -> NewDefinition:
        market = market_of(house, name).market.model_copy(update={"margins": wanted, "bounds": bounds})
        raked = sample_of(house, market).raked
        if raked is not None and not raked.converged:
            where = [*raked.where, "", "", ""]
            parts = {"question": where[0], "category": where[1], "other": where[2], "total": where[3]}
            raise SettingError(f"error.market.rake.{raked.why}", gap=raked.largest_gap, **parts)
        return NewDefinition(kind=KIND, id=name, body=market.model_dump(mode="json"), why=why)

    change(house, actor, KIND, name, made)
    return view_of(house, market_of(house, name), 0)


@use_case("market.list", roles=EVERYONE)
def markets(house: House, actor: Actor) -> list[MarketState]:
    """Return every market."""
    return [_state(d) for d in house.state.definitions(KIND)]


@use_case("market.show", roles=EVERYONE)
def show(house: House, actor: Actor, name: str, *, seed: int = 0) -> MarketView:
    """Return people and money of every segment with intervals.

    Raises
    ------
    UnknownNameError
        When there is no such market.
    """
    return view_of(house, market_of(house, name), seed)


@use_case("market.growth", roles=EVERYONE)
def growth(
    house: House,
    actor: Actor,
    name: str,
    *,
    survey: str,
    years: float | None = None,
    population: float | None = None,
    panel: bool = False,
    seed: int = 0,
) -> MarketGrowth:
    """Return how the segments grew per year between the market's survey and another with the same questions.

    Parameters
    ----------
    survey
        The other wave; the earlier of the two is the base.
    years
        Time between the waves; None takes it from the days they were held on.
    population
        People in the market at the other wave; the market's own number when None.
    panel
        The same people answered both.

    Raises
    ------
    UnknownNameError
        When there is no such market or survey, or the other survey lacks a question.
    SettingError
        When nothing says how far the waves are apart.
    """
    market = market_of(house, name).market
    return growth_between(house, market, survey, years=years, population=population, panel=panel, seed=seed)


def growth_between(
    house: House,
    market: Market,
    survey: str,
    *,
    years: float | None,
    population: float | None,
    panel: bool,
    seed: int,
) -> MarketGrowth:
    """Return growth as :func:`growth` does; the report tells it too."""
    own, other = survey_of(house, market.survey)[0], survey_of(house, survey)[0]
    days = (other.held_on - own.held_on).days if own.held_on and other.held_on else None
    apart = years if years is not None else None if days is None else days / 365.25
    if apart is None or apart == 0:
        raise SettingError("error.market.years", first=market.survey, second=survey)
    here = wave_of(market, sample_of(house, market), market.population)
    there = wave_of(market, sample_of(house, market, survey), population or market.population)
    names, waves = [market.survey, survey], [here, there]
    if apart < 0:
        names, waves = names[::-1], waves[::-1]
    n = len(market.segments)
    return MarketGrowth(
        market,
        names[0],
        names[1],
        abs(apart),
        panel,
        size_of(waves[0], n, n_draws=N_DRAWS, seed=seed),
        size_of(waves[1], n, n_draws=N_DRAWS, seed=seed),
        growth_of(waves[0], waves[1], n, years=abs(apart), panel=panel, n_draws=N_DRAWS, seed=seed),
    )


@use_case("market.type", roles=MAKERS, touches="change")
def make_tool(
    house: House,
    actor: Actor,
    name: str,
    *,
    questions: Sequence[str] | None = None,
    n_questions: int | None = None,
    most_questions: int = 8,
    seed: int = 0,
    why: str = "",
) -> MarketState:
    """Find the fewest questions that tell a person's segment, and keep them with the market.

    Parameters
    ----------
    questions
        Questions to choose from; None takes all with answers to choose from, save the one that makes the segments.
    n_questions
        How many to take; None takes as few as tell nearly as well as more.

    Raises
    ------
    UnknownNameError
        When there is no such market or question.
    SettingError
        When a segment has too few respondents.
    """
    market = market_of(house, name).market
    sample = sample_of(house, market)
    chosen = list(questions) if questions else _candidates(market, sample.survey)
    try:
        tool = typing_tool(
            [sample.texts(id) for id in chosen],
            sample.segments,
            len(market.segments),
            sample.weights,
            most_questions=most_questions,
            n_questions=n_questions,
            seed=seed,
        )
    except ValueError as error:
        raise SettingError("error.market.tool", name=name, why=str(error)) from error

    def made(old: Definition | None) -> NewDefinition:
        now = market_of(house, name).market.model_copy(update={"tool": _frozen(tool, chosen, seed)})
        return NewDefinition(kind=KIND, id=name, body=now.model_dump(mode="json"), why=why)

    return _state(change(house, actor, KIND, name, made))


@use_case("market.place", roles=MAKERS, touches="single")
def place(house: House, actor: Actor, name: str, *, survey: str) -> pa.Table:
    """Place the respondents of a survey, such as own customers, in a market's segments by its typing tool.

    Returns
    -------
    pa.Table
        One row per respondent: the likeliest segment, and the probability of each.

    Raises
    ------
    UnknownNameError
        When there is no such market or survey.
    SettingError
        When the market has no typing tool yet.
    """
    market = market_of(house, name).market
    if market.tool is None:
        raise SettingError("error.market.no_tool", name=name)
    asked, _ = survey_of(house, survey)
    with reading(house) as reader:
        found = answers_of(reader, survey)
    chances = chances_of(market.tool, asked, found)
    ids = [segment.id for segment in market.segments]
    columns: dict[str, Any] = {
        "respondent": list(found.respondents),
        "segment": [ids[int(i)] for i in np.argmax(chances, axis=1)],
    }
    return pa.table(columns | {id: chances[:, i] for i, id in enumerate(ids)})


@use_case("market.name", roles=MAKERS, touches="change")
def name_segment(house: House, actor: Actor, name: str, *, segment: str, label: Label, why: str = "") -> MarketState:
    """Give a segment of a market a name.

    Raises
    ------
    UnknownNameError
        When there is no such market or segment.
    """

    def made(old: Definition | None) -> NewDefinition:
        market = market_of(house, name).market
        known = [s.id for s in market.segments]
        if segment not in known:
            raise UnknownNameError("error.market.segment", name=name, segment=segment[:40], known=known)
        named = tuple(s.model_copy(update={"label": label}) if s.id == segment else s for s in market.segments)
        body = market.model_copy(update={"segments": named}).model_dump(mode="json")
        return NewDefinition(kind=KIND, id=name, body=body, why=why)

    return _state(change(house, actor, KIND, name, made))


def _candidates(market: Market, survey: Survey) -> list[str]:
    return [q.id for q in survey.questions if q.kind in ("single", "ordered", "multi") and q.id != market.question]


def _frozen(tool: TypingTool, chosen: Sequence[str], seed: int) -> MarketTool:
    return MarketTool(
        questions=tuple(chosen[q] for q in tool.questions),
        levels=tool.levels,
        intercepts=tuple(float(v) for v in tool.intercepts),
        coefficients=tuple(tuple(tuple(float(v) for v in row) for row in block) for block in tool.coefficients),
        steps=tuple(
            {
                "n_questions": s.n_questions,
                "question": chosen[s.question],
                "accuracy": s.accuracy,
                "kappa": s.kappa,
                "kappa_error": s.kappa_error,
            }
            for s in tool.steps
        ),
        base_accuracy=tool.base_accuracy,
        n_rows=tool.n_rows,
        seed=seed,
    )


def chances_of(tool: MarketTool, survey: Survey, found: SurveyAnswers) -> Any:
    """Return the probability of each segment for everybody who answered, shape (n_respondents, n_segments)."""
    answers = [texts_of(found, question_of(survey, id), survey.unknown) for id in tool.questions]
    return _tool(tool).probabilities(answers)


def _tool(tool: MarketTool) -> TypingTool:
    return TypingTool(
        tuple(range(len(tool.questions))),
        tool.levels,
        np.array(tool.intercepts),
        tuple(np.array(block) for block in tool.coefficients),
        (),
        tool.base_accuracy,
        tool.n_rows,
    )


def view_of(house: House, state: MarketState, seed: int) -> MarketView:
    """Return a market with people and money of every segment."""
    market = state.market
    sample: Sample = sample_of(house, market)
    size = size_of(wave_of(market, sample, market.population), len(market.segments), n_draws=N_DRAWS, seed=seed)
    raked = sample.raked
    calibration = None
    if raked is not None:
        calibration = Calibration(**{name: getattr(raked, name) for name in Calibration.model_fields})
    return MarketView(market, state.version, size, calibration)


def market_of(house: House, name: str) -> MarketState:
    """Return a market.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    found = house.state.definition(KIND, name)
    if found is None or found.archived:
        known = [d.id for d in house.state.definitions(KIND)]
        raise UnknownNameError("error.market.unknown", name=name[:80], known=known)
    return _state(found)


def _state(definition: Definition) -> MarketState:
    return MarketState(market=Market.model_validate(definition.body), version=definition.version)
