"""Choosing targets: criteria, judgements, ranking, and the decision with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import Field

from qunxiang.errors import ConflictError, SettingError, UnknownNameError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Segmentation
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.segment_define import unknown_segment
from qunxiang.services.segment_describe import SegmentationDescription, description
from qunxiang.services.target_measures import measures_of
from qunxiang.targeting import CriteriaSet, Criterion, Judgement, Ranking, default_criteria, rank


class TargetSelection(Frozen):
    """Which segments are targets and why (目标选择), with the rank every segment had when it was decided.

    `alternatives` says by segment why it was not chosen; on `review_on` the decision is to be looked at again.
    """

    segmentation: str
    segments: tuple[str, ...]
    why: str
    by: str
    at: datetime
    ranks: dict[str, int | None]
    run: int
    alternatives: dict[str, str] = Field(default={})
    review_on: date | None = None


class RankingView(Frozen):
    """A ranking with what it was made from. `chosen` is the decision in force, None before one was taken.

    `earlier` are the decisions that it replaced, newest first.

    `criteria_version` and `chosen_version` are the versions of criteria and decision, 0 before the first; handed back
    as `seen_version`, they keep a change from undoing one that was made meanwhile.
    """

    segmentation: Segmentation
    ranking: Ranking
    description: SegmentationDescription
    judgements: tuple[Judgement, ...]
    chosen: TargetSelection | None
    earlier: tuple[TargetSelection, ...]
    criteria_version: int
    chosen_version: int


@use_case("target.criteria", roles=EVERYONE)
def criteria(house: House, actor: Actor, name: str) -> CriteriaSet:
    """Return the criteria and knock-outs of a segmentation; the standard ones until somebody sets others.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    segmentation_named(house, name)
    return stored_criteria(house, name)


@use_case("target.set_criteria", roles=MAKERS, touches="change")
def set_criteria(
    house: House, actor: Actor, name: str, *, criteria: CriteriaSet, why: str = "", seen_version: int | None = None
) -> CriteriaSet:
    """Set criteria, weights and knock-outs of a segmentation.

    Parameters
    ----------
    seen_version
        Version of the criteria that these replace (0: the standard ones); None replaces whatever is there.

    Raises
    ------
    ConflictError
        When others were set since `seen_version`.
    SettingError
        When two criteria share an id.
    """
    segmentation_named(house, name)
    check_criteria(criteria)
    body = criteria.model_dump(mode="json")
    new = NewDefinition(kind="criteria", id=name, body=body, why=why)
    change(house, actor, "criteria", name, lambda _: new, seen_version=seen_version)
    return criteria


@use_case("target.judge", roles=MAKERS, touches="change")
def judge(house: House, actor: Actor, name: str, *, segment: str, criterion: str, value: float, why: str) -> Judgement:
    """Enter what the actor thinks of a segment on a judged criterion or knock-out, 0 (worst) to 10 (best).

    A later judgement of the same person replaces the earlier; those of other people stay beside it.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation, segment, or judged criterion or knock-out.
    SettingError
        When the value is outside 0 to 10 or no reason is given.
    """
    segmentation = segmentation_named(house, name)
    if segmentation.segment(segment) is None:
        raise unknown_segment(segmentation, segment)
    judged = [c.id for c in stored_criteria(house, name).grounds if c.origin == "judged"]
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
    # before what they are versions of: a change in between is then refused, never undone
    versions = {
        "criteria_version": _version(house, "criteria", name),
        "chosen_version": _version(house, "targets", name),
    }
    rules = _weighted(stored_criteria(house, name), weights or {})
    judgements = _judgements(house, name)
    made = rank(measures_of(house, found), rules, judgements, seed=seed)
    return RankingView(
        segmentation=found.segmentation,
        ranking=made,
        description=found,
        judgements=tuple(judgements),
        chosen=_chosen(house, name),
        earlier=_earlier(house, name),
        **versions,
    )


@use_case("target.choose", roles=MAKERS, touches="change")
def choose(
    house: House,
    actor: Actor,
    name: str,
    *,
    segments: Sequence[str],
    why: str,
    alternatives: Mapping[str, str] | None = None,
    review_on: date | None = None,
    seen_version: int | None = None,
) -> TargetSelection:
    """Record which segments are targets and why; personas are built for them.

    Parameters
    ----------
    alternatives
        Segments that were looked at and not chosen, each with the reason.
    review_on
        Day after today on which to look at the decision again.
    seen_version
        Version of the decision that this one replaces (0: none); None replaces whatever is there.

    Raises
    ------
    UnknownNameError
        When a segment does not exist.
    ConflictError
        When a segment fails a knock-out, or another decision was taken since `seen_version`.
    SettingError
        When no segment or no reason is given, an alternative is among the chosen, or the review lies in the past.
    """
    found = description(house, name)
    not_chosen = {s: reason.strip() for s, reason in (alternatives or {}).items() if reason.strip()}
    if not segments:
        raise SettingError("error.targets.none_chosen")
    if not why.strip():
        raise SettingError("error.targets.why_missing")
    for segment in (*segments, *not_chosen):
        if found.segmentation.segment(segment) is None:
            raise unknown_segment(found.segmentation, segment)
    if both := [s for s in segments if s in not_chosen]:
        raise SettingError("error.targets.chosen_and_not", segments=both)
    today = house.today()
    if review_on is not None and review_on <= today:
        raise SettingError("error.targets.review_past", day=review_on, today=today)
    made = rank(measures_of(house, found), stored_criteria(house, name), _judgements(house, name), seed=0)
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
        alternatives=not_chosen,
        review_on=review_on,
    )
    body = selection.model_dump(mode="json")
    new = NewDefinition(kind="targets", id=name, body=body, why=why)
    change(house, actor, "targets", name, lambda _: new, seen_version=seen_version)
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


def check_criteria(criteria: CriteriaSet) -> None:
    """Raise unless every criterion and knock-out stands once: judgements name them by id."""
    ids = [c.id for c in criteria.grounds]
    if len(set(ids)) < len(ids):
        raise SettingError("error.targets.criterion_twice", criteria=ids)


def stored_criteria(house: House, name: str) -> CriteriaSet:
    """Return the criteria set for a segmentation, or the standard ones; other use cases read them too."""
    document = house.state.definition("criteria", name)
    return CriteriaSet.model_validate(document.body) if document is not None else default_criteria()


def _judgements(house: House, name: str) -> list[Judgement]:
    return _judged(house.state.definition("judgements", name))


def _judged(document: Definition | None) -> list[Judgement]:
    return [Judgement.model_validate(j) for j in document.body["judgements"]] if document is not None else []


def _chosen(house: House, name: str) -> TargetSelection | None:
    document = house.state.definition("targets", name)
    return TargetSelection.model_validate(document.body) if document is not None else None


def _earlier(house: House, name: str) -> tuple[TargetSelection, ...]:
    found = sorted(house.state.history("targets", name), key=lambda d: d.version, reverse=True)
    return tuple(TargetSelection.model_validate(d.body) for d in found[1:] if not d.archived)


def _version(house: House, kind: str, name: str) -> int:
    document = house.state.definition(kind, name)
    return document.version if document is not None else 0


def _weighted(rules: CriteriaSet, weights: Mapping[str, float]) -> CriteriaSet:
    known = [c.id for c in rules.criteria]
    if lacking := [w for w in weights if w not in known]:
        raise UnknownNameError("error.targets.unknown_criterion", lacking=lacking, known=known)
    if bad := [w for w, value in weights.items() if not value >= 0]:
        raise SettingError("error.targets.weight_negative", criteria=bad)

    def changed(c: Criterion) -> Criterion:
        return c.model_copy(update={"weight": float(weights[c.id])}) if c.id in weights else c

    return rules.model_copy(update={"criteria": tuple(changed(c) for c in rules.criteria)})
