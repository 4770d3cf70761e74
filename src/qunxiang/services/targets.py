"""Choosing targets: criteria, judgements, ranking, and the decision with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from qunxiang.errors import ConflictError, SettingError, UnknownNameError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Segmentation
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.segment_define import unknown_segment
from qunxiang.services.segment_describe import SegmentationDescription, SegmentView, description
from qunxiang.sql import select
from qunxiang.statistics.intervals import Interval, share_interval
from qunxiang.tables import MEMBERSHIPS, TRAITS_KEY
from qunxiang.targeting import CriteriaSet, Criterion, Judgement, Measure, Ranking, default_criteria, rank

ACTIVE_DAYS = 90
"""A customer who bought within so many days is active."""


class TargetSelection(Frozen):
    """Which segments are targets and why (目标选择), with the rank every segment had when it was decided."""

    segmentation: str
    segments: tuple[str, ...]
    why: str
    by: str
    at: datetime
    ranks: dict[str, int | None]
    run: int


class RankingView(Frozen):
    """A ranking with what it was made from. `chosen` is the decision in force, None before one was taken."""

    segmentation: Segmentation
    ranking: Ranking
    description: SegmentationDescription
    judgements: tuple[Judgement, ...]
    chosen: TargetSelection | None


@use_case("target.criteria", roles=EVERYONE)
def criteria(house: House, actor: Actor, name: str) -> CriteriaSet:
    """Return the criteria and knock-outs of a segmentation; the standard ones until somebody sets others.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    segmentation_named(house, name)
    return _criteria(house, name)


@use_case("target.set_criteria", roles=MAKERS, touches="change")
def set_criteria(house: House, actor: Actor, name: str, *, criteria: CriteriaSet, why: str = "") -> CriteriaSet:
    """Set criteria, weights and knock-outs of a segmentation.

    Raises
    ------
    SettingError
        When two criteria share an id.
    """
    segmentation_named(house, name)
    ids = [c.id for c in criteria.criteria]
    if len(set(ids)) < len(ids):
        raise SettingError("error.targets.criterion_twice", criteria=ids)
    body = criteria.model_dump(mode="json")
    change(house, actor, "criteria", name, lambda _: NewDefinition(kind="criteria", id=name, body=body, why=why))
    return criteria


@use_case("target.judge", roles=MAKERS, touches="change")
def judge(house: House, actor: Actor, name: str, *, segment: str, criterion: str, value: float, why: str) -> Judgement:
    """Enter what the actor thinks of a segment on a judged criterion, 0 (worst) to 10 (best).

    A later judgement of the same person replaces the earlier; those of other people stay beside it.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation, segment or judged criterion.
    SettingError
        When the value is outside 0 to 10 or no reason is given.
    """
    segmentation = segmentation_named(house, name)
    if segmentation.segment(segment) is None:
        raise unknown_segment(segmentation, segment)
    judged = [c.id for c in _criteria(house, name).criteria if c.origin == "judged"]
    if criterion not in judged:
        raise UnknownNameError("error.targets.not_judged", criterion=criterion, known=judged)
    if not 0 <= value <= 10:
        raise SettingError("error.targets.judgement_range", value=value)
    if not why.strip():
        raise SettingError("error.targets.why_missing")
    at = house.clock.now()
    made = Judgement(criterion=criterion, segment=segment, value=value, by=actor.name, at=at, why=why.strip())
    mine = (criterion, segment, actor.name)

    def added(document: Definition | None) -> NewDefinition:
        kept = [j for j in _judged(document) if (j.criterion, j.segment, j.by) != mine]
        body = {"judgements": [j.model_dump(mode="json") for j in (*kept, made)]}
        return NewDefinition(kind="judgements", id=name, body=body, why=why)

    change(house, actor, "judgements", name, added)
    return made


@use_case("target.rank", roles=EVERYONE)
def ranking(
    house: House, actor: Actor, name: str, *, weights: Mapping[str, float] | None = None, seed: int = 0
) -> RankingView:
    """Rank the segments of a segmentation by attractiveness, knocked-out ones apart.

    Parameters
    ----------
    weights
        Weights by criterion id that replace the stored ones for this look; nothing is stored.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or criterion.
    SettingError
        When a weight is negative or all are zero.
    """
    return ranked(house, name, weights, seed)


def ranked(house: House, name: str, weights: Mapping[str, float] | None = None, seed: int = 0) -> RankingView:
    """Return the ranking; other use cases read it too."""
    found = description(house, name)
    rules = _weighted(_criteria(house, name), weights or {})
    judgements = _judgements(house, name)
    made = rank(measures_of(house, found), rules, judgements, seed=seed)
    return RankingView(
        segmentation=found.segmentation,
        ranking=made,
        description=found,
        judgements=tuple(judgements),
        chosen=_chosen(house, name),
    )


@use_case("target.choose", roles=MAKERS, touches="change")
def choose(house: House, actor: Actor, name: str, *, segments: Sequence[str], why: str) -> TargetSelection:
    """Record which segments are targets and why; personas are built for them.

    Raises
    ------
    UnknownNameError
        When a segment does not exist.
    ConflictError
        When a segment fails a knock-out.
    SettingError
        When no segment or no reason is given.
    """
    found = description(house, name)
    if not segments:
        raise SettingError("error.targets.none_chosen")
    if not why.strip():
        raise SettingError("error.targets.why_missing")
    for segment in segments:
        if found.segmentation.segment(segment) is None:
            raise unknown_segment(found.segmentation, segment)
    made = rank(measures_of(house, found), _criteria(house, name), _judgements(house, name), seed=0)
    out = {a.segment: a.failed for a in made.knocked_out}
    if failing := [s for s in segments if s in out]:
        raise ConflictError("error.targets.knocked_out", segments=failing, conditions=list(out[failing[0]]))
    selection = TargetSelection(
        segmentation=name,
        segments=tuple(dict.fromkeys(segments)),
        why=why.strip(),
        by=actor.name,
        at=house.clock.now(),
        ranks={a.segment: a.rank for a in made.assessments},
        run=found.run,
    )
    body = selection.model_dump(mode="json")
    change(house, actor, "targets", name, lambda _: NewDefinition(kind="targets", id=name, body=body, why=why))
    return selection


@use_case("target.chosen", roles=EVERYONE)
def chosen(house: House, actor: Actor, name: str) -> TargetSelection | None:
    """Return the decision in force, None before one was taken.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    segmentation_named(house, name)
    return _chosen(house, name)


def _criteria(house: House, name: str) -> CriteriaSet:
    document = house.state.definition("criteria", name)
    return CriteriaSet.model_validate(document.body) if document is not None else default_criteria()


def _judgements(house: House, name: str) -> list[Judgement]:
    return _judged(house.state.definition("judgements", name))


def _judged(document: Definition | None) -> list[Judgement]:
    return [Judgement.model_validate(j) for j in document.body["judgements"]] if document is not None else []


def _chosen(house: House, name: str) -> TargetSelection | None:
    document = house.state.definition("targets", name)
    return TargetSelection.model_validate(document.body) if document is not None else None


def _weighted(rules: CriteriaSet, weights: Mapping[str, float]) -> CriteriaSet:
    known = [c.id for c in rules.criteria]
    if lacking := [w for w in weights if w not in known]:
        raise UnknownNameError("error.targets.unknown_criterion", lacking=lacking, known=known)
    if bad := [w for w, value in weights.items() if not value >= 0]:
        raise SettingError("error.targets.weight_negative", criteria=bad)

    def changed(c: Criterion) -> Criterion:
        return c.model_copy(update={"weight": float(weights[c.id])}) if c.id in weights else c

    return rules.model_copy(update={"criteria": tuple(changed(c) for c in rules.criteria)})


_ACTIVE = """
SELECT m.segment, CAST(SUM(CASE WHEN t.recency_days < :days THEN 1 ELSE 0 END) AS BIGINT) AS n
FROM memberships__ AS m JOIN traits__ AS t ON t.profile_id = m.profile_id
WHERE m.segmentation = :name GROUP BY m.segment
"""


def measures_of(house: House, found: SegmentationDescription) -> dict[str, dict[str, Measure]]:
    """Measured values of every segment; the share of revenue has no interval because it is counted, not sampled."""
    with reading(house) as reader:
        query = select(
            _ACTIVE,
            memberships=reader.relation(MEMBERSHIPS.name),
            traits=reader.relation(TRAITS_KEY.name),
            days=ACTIVE_DAYS,
            name=found.segmentation.id,
        )
        active = {row["segment"]: row["n"] for row in reader.cached(query).to_pylist()}
    return {v.id: _of(v, active.get(v.id, 0), found.profiles) for v in found.segments if v.id is not None}


def _of(view: SegmentView, active: int, profiles: int) -> dict[str, Measure]:
    share = share_interval(active, view.profiles)
    active_share = Measure(value=None, n=view.profiles)
    if isinstance(share, Interval):
        active_share = Measure(value=share.estimate, low=share.low, high=share.high, n=view.profiles)
    return {
        "profiles": Measure(value=view.profiles, n=profiles),
        "profile_share": Measure(value=view.share, n=profiles),
        "revenue_share": Measure(value=view.revenue_share, n=view.orders),
        "revenue_per_profile": Measure(value=view.revenue_per_profile, n=view.profiles),
        "growth": Measure(value=view.growth, low=view.growth_low, high=view.growth_high, n=view.profiles),
        "active_share": active_share,
    }
