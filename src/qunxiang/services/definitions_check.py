"""Checking documents from outside as strictly as the use cases that make them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError, field_validator

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.geography import PlaceChanges
from qunxiang.identity.decisions import IdentityDecision
from qunxiang.model import (
    CENTRE_METHODS,
    CLASS_METHODS,
    Actor,
    CentreModel,
    ClassModel,
    ExchangeRates,
    Frozen,
    NewDefinition,
    SavedMapping,
    Segmentation,
    SourcePriority,
    Survey,
)
from qunxiang.model.brand_study import BrandJudgement, BrandStudy
from qunxiang.model.ladder import Ladder, LadderingStudy
from qunxiang.model.market import Market
from qunxiang.model.message_house import MessageHouse
from qunxiang.model.scale import Scale
from qunxiang.model.schedule import Schedule
from qunxiang.model.strategy import PositioningStatement, StrategyPlan
from qunxiang.model.value import CustomerValue
from qunxiang.model.value_basis import ValueBasis
from qunxiang.positioning.competitors import Competitor, CompetitorFacts, StrengthJudgement
from qunxiang.positioning.implications import implication_matrix
from qunxiang.positioning.ladder import checked_ladder
from qunxiang.positioning.message import checked_message
from qunxiang.positioning.statement import checked_statement
from qunxiang.segmentation.resting import levels, rests_on_if_read
from qunxiang.services.brand_grounds import Evidence
from qunxiang.services.brand_ladder import bound_ladder
from qunxiang.services.brand_message import bound_message
from qunxiang.services.competitors import checked_competitor, checked_url, competitor_named, register_of
from qunxiang.services.definitions_read import current_types
from qunxiang.services.house import House
from qunxiang.services.load_plan import RATES
from qunxiang.services.mappings import shape_id
from qunxiang.services.places import checked_changes
from qunxiang.services.quality import checked_gates, gates_from
from qunxiang.services.quality_values import checked_repair
from qunxiang.services.segment_define import checked_name, unknown_segment
from qunxiang.services.source_records import SOURCE_PRIORITY
from qunxiang.services.strategy_position import bound_statement, check_whole
from qunxiang.services.targets import TargetSelection, check_criteria
from qunxiang.services.value_data import checked_value
from qunxiang.services.value_maps import ValueMap
from qunxiang.services.variable_specs import check_free, checked, variable_of
from qunxiang.sql.rule_types import TraitTypes
from qunxiang.sql.rules import parse_rule
from qunxiang.targeting import CriteriaSet, Judgement, ResponseCurve

KINDS = (
    "mapping",
    "trait",
    "segmentation",
    "by_hand",
    "criteria",
    "judgements",
    "targets",
    "curves",
    "places",
    "gates",
    "value_map",
    "rates",
    "source_priority",
    "identity",
    "survey",
    "scale",
    "market",
    "brand_study",
    "brand_judgements",
    "schedule",
    "value",
    "value_basis",
    "ladder",
    "laddering",
    "message",
    "strategy",
    "positioning",
    "competitor",
    "competitor_facts",
    "competitor_strength",
)
"""Kinds that people decide; what the product computes from them (trait sets, personas) is not exported."""


class ByHandEntry(Frozen):
    """A membership that a named person gave."""

    segment: str
    by: str
    at: str
    why: str

    @field_validator("at")
    @classmethod
    def _moment(cls, value: str) -> str:
        datetime.fromisoformat(value)
        return value


def checked_documents(house: House, actor: Actor, documents: Sequence[Mapping[str, Any]]) -> list[NewDefinition]:
    """Return `documents` (objects with kind, id and body) ready to be stored.

    What is new or changed in them and bears an author (`by`) bears `actor` afterwards.

    Raises
    ------
    SettingError
        When one is not well formed, or stands there twice; says which.
    RuleError, UnknownNameError
        When a rule, trait or segment in it does not fit the workspace.
    """
    found = [_formed(d) for d in documents]
    seen: set[tuple[str, str]] = set()
    for new in found:
        if (new.kind, new.id) in seen:
            raise _malformed(f"{new.kind}/{new.id}", ValueError("it is given twice"))
        seen.add((new.kind, new.id))
    batch = {(new.kind, new.id): new for new in found}
    out = []
    for new in found:
        try:
            out.append(new.model_copy(update={"body": _body(house, actor, new, batch)}))
        except _CRASHES as error:
            raise _malformed(f"{new.kind}/{new.id}", error) from error
    return out


_CRASHES = (KeyError, TypeError, ValueError, AttributeError)
_Batch = Mapping[tuple[str, str], NewDefinition]


def _formed(document: Any) -> NewDefinition:
    try:
        new = NewDefinition(kind=document["kind"], id=document["id"], body=document["body"])
    except _CRASHES as error:
        given = document if isinstance(document, Mapping) else {}
        raise _malformed(f"{given.get('kind', '?')}/{given.get('id', '?')}", error) from error
    if new.kind not in KINDS:
        raise unknown_kind(new.kind)
    return new


def unknown_kind(kind: str) -> SettingError:
    """Return the error that says which kinds of documents people decide."""
    return SettingError("error.definition.kind", kind=kind[:80], known=list(KINDS))


def _body(house: House, actor: Actor, new: NewDefinition, batch: _Batch) -> dict[str, Any]:
    """Check a body and return it with its authors."""
    old = house.state.definition(new.kind, new.id)
    if old is not None and not old.archived and old.body == new.body:
        return new.body
    before = old.body if old is not None else {}
    match new.kind:
        case "trait":
            _same_id(new, new.body["id"])
            check_free(house, new.id)
            checked(house, variable_of(new.body), _traits_of(batch))
        case "segmentation":
            _check_segmentation(house, new, batch)
        case "places":
            _same_id(new, "current" if new.id == "current" else "")
            return checked_changes(house, PlaceChanges.model_validate(new.body)).model_dump(mode="json")
        case "mapping":
            mapping = SavedMapping.model_validate(new.body)
            _same_id(new, shape_id(mapping.table, mapping.source_columns))
        case "gates":
            _same_id(new, "current" if new.id == "current" else "")
            return checked_gates(gates_from(new.body)).model_dump(mode="json")
        case "value_map":
            repair = ValueMap.model_validate(new.body)
            _same_id(new, repair.id)
            return checked_repair(house, repair).model_dump(mode="json")
        case "criteria":
            check_criteria(CriteriaSet.model_validate(new.body))
        case "rates":
            if new.id != RATES:
                raise ValueError(f"the rates of a workspace have the id {RATES}")
            return ExchangeRates.model_validate(new.body).model_dump(mode="json")
        case "source_priority":
            if new.id != SOURCE_PRIORITY:
                raise ValueError(f"the priority of a workspace's sources has the id {SOURCE_PRIORITY}")
            return SourcePriority.model_validate(new.body).model_dump(mode="json")
        case "judgements":
            given = [Judgement.model_validate(j).model_dump(mode="json") for j in new.body["judgements"]]
            return {"judgements": _authored(given, before.get("judgements", []), actor)}
        case "survey":
            survey = Survey.model_validate(new.body)
            _same_id(new, survey.id)
            return survey.model_dump(mode="json")
        case "scale":
            scale = Scale.model_validate(new.body)
            _same_id(new, scale.id)
            return scale.model_dump(mode="json")
        case "schedule":
            schedule = Schedule.model_validate(new.body)
            _same_id(new, schedule.task)
            return schedule.model_dump(mode="json")
        case "market":
            market = Market.model_validate(new.body)
            _same_id(new, market.id)
            return market.model_dump(mode="json")
        case "brand_study":
            study = BrandStudy.model_validate(new.body)
            _same_id(new, study.id)
            return study.model_dump(mode="json")
        case "brand_judgements":
            said = [BrandJudgement.model_validate(j).model_dump(mode="json") for j in new.body["judgements"]]
            return {"judgements": _authored(said, before.get("judgements", []), actor)}
        case "value":
            _same_id(new, "current" if new.id == "current" else "")
            return checked_value(CustomerValue.model_validate(new.body)).model_dump(mode="json")
        case "value_basis":
            _same_id(new, "current" if new.id == "current" else "")
            return ValueBasis.model_validate(new.body).model_dump(mode="json")
        case "ladder" | "laddering" | "message":
            return _brand(house, actor, new, batch, before)
        case "competitor":
            _same_id(new, new.body["id"])
            named = {**{c.id: c for c in register_of(house)}, **_competitors_of(batch)}
            others = [c for c in named.values() if c.id != new.id]
            return checked_competitor(new.body, others).model_dump(mode="json")
        case "competitor_facts":
            return _facts(house, actor, new, batch, before)
        case "competitor_strength":
            given = [StrengthJudgement.model_validate(j).model_dump(mode="json") for j in new.body["judgements"]]
            _check_segments(house, batch, new.id, {j["segment"] for j in given})
            return {"judgements": _authored(given, before.get("judgements", []), actor)}
        case "identity":
            decision = IdentityDecision.model_validate(new.body)
            datetime.fromisoformat(decision.at)
            return _authored([decision.model_dump(mode="json")], [before], actor)[0]
        case "strategy":
            plan = StrategyPlan.model_validate(new.body)
            _same_id(new, plan.segmentation)
            _check_segments(house, batch, plan.segmentation, ())
            return plan.model_dump(mode="json")
        case "positioning":
            statement = checked_statement(PositioningStatement.model_validate(new.body))
            _same_id(new, statement.id)
            _check_segments(house, batch, statement.segmentation, {statement.segment})
            earlier = PositioningStatement.model_validate(before) if before else None
            evidence = Evidence(house)
            tied = bound_statement(evidence, actor, statement, earlier, may_lack=True)
            if tied.decided:
                check_whole(house, evidence, tied)
            return tied.model_dump(mode="json")
        case "curves":
            curves = [ResponseCurve.model_validate(c) for c in new.body["curves"]]
            _check_segments(house, batch, new.id, {c.segment for c in curves})
            bodies = [c.model_dump(mode="json") for c in curves]
            return {"curves": _authored(bodies, before.get("curves", []), actor)}
        case "targets":
            selection = TargetSelection.model_validate(new.body)
            _same_id(new, selection.segmentation)
            _check_segments(house, batch, new.id, selection.segments)
            return _authored([new.body], [before], actor)[0]
        case _:
            return {"members": _members(house, actor, new, batch, before.get("members", {}))}
    return new.body


def _brand(house: House, actor: Actor, new: NewDefinition, batch: _Batch, before: dict[str, Any]) -> dict[str, Any]:
    """Check a ladder, message house or laddering study; new grounds become the actor's."""
    if new.kind == "laddering":
        study = LadderingStudy.model_validate(new.body)
        _same_id(new, study.id)
        implication_matrix(study.rows)  # says which concepts stand on two levels, or that they are too many
        return study.model_dump(mode="json")
    record = Ladder if new.kind == "ladder" else MessageHouse
    found = record.model_validate(new.body)
    _same_id(new, found.id)
    if found.segmentation is not None:
        _check_segments(house, batch, found.segmentation, {found.segment})
    evidence, old = Evidence(house), record.model_validate(before) if before else None
    if isinstance(found, Ladder):
        assert old is None or isinstance(old, Ladder)
        return bound_ladder(evidence, actor, checked_ladder(found), old, may_lack=True).model_dump(mode="json")
    assert old is None or isinstance(old, MessageHouse)
    return bound_message(evidence, actor, checked_message(found), old, may_lack=True).model_dump(mode="json")


def _competitors_of(batch: _Batch) -> dict[str, Competitor]:
    return {id_: Competitor.model_validate(new.body) for (kind, id_), new in batch.items() if kind == "competitor"}


def _facts(house: House, actor: Actor, new: NewDefinition, batch: _Batch, before: Mapping[str, Any]) -> dict[str, Any]:
    """Check the entered facts of a competitor and return them with their authors."""
    if new.id not in _competitors_of(batch):
        competitor_named(house, new.id)
    facts = CompetitorFacts.model_validate(new.body)
    for fact in facts.facts:
        checked_url(fact.url)
        if not re.fullmatch(r"f[1-9][0-9]{0,8}", fact.id):
            raise ValueError("the id of a fact is f and a number")
    bodies = [f.model_dump(mode="json") for f in facts.facts]
    return {
        "facts": _authored(bodies, before.get("facts", []), actor),
        "last": max(facts.last, before.get("last", 0)),
    }


def _check_segmentation(house: House, new: NewDefinition, batch: _Batch) -> None:
    checked_name(new.id)
    segmentation = Segmentation.model_validate(new.body)
    _same_id(new, segmentation.id)
    ids = [s.id for s in segmentation.segments]
    if len(set(ids)) < len(ids):
        raise ValueError("two segments share an id")
    if segmentation.rest is not None and segmentation.rest not in ids:
        raise ValueError("rest is none of the segments")
    kinds = {**dict.fromkeys(CENTRE_METHODS, CentreModel), **dict.fromkeys(CLASS_METHODS, ClassModel)}
    wanted: type | None = kinds.get(segmentation.method)
    if (None if segmentation.model is None else type(segmentation.model)) != wanted:
        raise ValueError("centres belong to kmeans, hierarchical and bagged, classes to mixtures, and only to them")
    match segmentation.model:
        case CentreModel():
            _check_centres(segmentation.model, len(ids))
        case ClassModel():
            _check_classes(segmentation.model, len(ids))
        case None:
            pass
    types = _types(house, batch)
    if types:
        others = [_segmentation_of(house, batch, id_) for id_ in types.segments if id_ != new.id]
        levels([segmentation, *(s for s in others if rests_on_if_read(s, types))], types)
    for segment in segmentation.segments:
        if segment.rule is not None and types:
            parse_rule(segment.rule, types)


def _segmentation_of(house: House, batch: _Batch, id_: str) -> Segmentation:
    coming = batch.get(("segmentation", id_))
    if coming is not None:
        return Segmentation.model_validate(coming.body)
    stored = house.state.definition("segmentation", id_)
    assert stored is not None
    return Segmentation.model_validate(stored.body)


def _check_centres(model: CentreModel, n_segments: int) -> None:
    rows = (model.log1p, model.low, model.high, model.mean, model.scale, *model.centres)
    fits = len(model.segment_of) == len(model.centres) and set(model.segment_of) <= set(range(n_segments))
    if not model.centres or not fits or (not model.places and len(model.centres) != n_segments):
        raise ValueError("the model's centres do not fit its segments")
    _check_steps(rows, len(model.traits), model.scale)


def _check_classes(model: ClassModel, n_segments: int) -> None:
    if not model.traits or len(model.log_shares) != n_segments:
        raise ValueError("the model's classes do not fit its traits and segments")
    if any(len(a.log_shares) != n_segments for a in model.answers):
        raise ValueError("the model's answers do not fit its segments")
    if any(len(row) != len(a.levels) + a.other for a in model.answers for row in a.log_shares):
        raise ValueError("the model's shares do not fit its answers")
    if model.numbers is not None:
        n, width = model.numbers, len(model.numbers.traits)
        if len(n.means) != n_segments or len(n.factors) != n_segments:
            raise ValueError("the model's means do not fit its segments")
        if any(len(f) != width or any(not f[j][j] > 0 for j in range(width)) for f in n.factors):
            raise ValueError("the model's factors must be square with a diagonal above 0")
        rows = (n.log1p, n.low, n.high, n.mean, n.scale, *n.means, *(row for f in n.factors for row in f))
        _check_steps(rows, width, n.scale)


def _check_steps(rows: Sequence[Sequence[Any]], width: int, scale: Sequence[float]) -> None:
    if any(len(row) != width for row in rows):
        raise ValueError("the model's numbers do not fit its traits")
    if any(not value > 0 for value in scale):
        raise ValueError("the model's scale must be above 0")


def _traits_of(batch: _Batch) -> dict[str, Any]:
    return {id_: new.body for (kind, id_), new in batch.items() if kind == "trait"}


def _types(house: House, batch: _Batch) -> TraitTypes:
    """Return what rules may ask, own traits and segments that come with the batch among it; empty before a refresh."""
    types = current_types(house)
    for (kind, id_), new in batch.items():
        if types and kind == "segmentation":
            types.segments[id_] = tuple(s.id for s in Segmentation.model_validate(new.body).segments)
        if types and kind == "trait":
            made = checked(house, variable_of(new.body), _traits_of(batch)).definition
            types[made.id] = made.kind
    return types


def _members(
    house: House, actor: Actor, new: NewDefinition, batch: _Batch, before: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Check memberships by hand and return them with their authors."""
    out: dict[str, dict[str, Any]] = {}
    for profile, entry in new.body["members"].items():
        ByHandEntry.model_validate(entry)
        out[profile] = _authored([entry], [before[profile]] if profile in before else [], actor)[0]
    _check_segments(house, batch, new.id, {e["segment"] for e in out.values()}, by_hand=True)
    return out


def _check_segments(house: House, batch: _Batch, name: str, segments: Any, *, by_hand: bool = False) -> None:
    """Raise unless the segmentation of the batch, or else the stored one, has the segments."""
    coming = batch.get(("segmentation", name))
    stored = house.state.definition("segmentation", name)
    body = coming.body if coming is not None else stored.body if stored is not None else None
    if body is None:
        known = [d.id for d in house.state.definitions("segmentation")]
        raise UnknownNameError("error.segmentation.unknown", name=name[:80], known=known)
    segmentation = Segmentation.model_validate(body)
    for segment in segments:
        found = segmentation.segment(segment)
        if found is None:
            raise unknown_segment(segmentation, segment[:80])
        if by_hand and not found.by_hand:
            known = [s.id for s in segmentation.segments if s.by_hand]
            raise UnknownNameError("error.segmentation.not_by_hand", segment=segment, name=name, known=known)


def _authored(entries: Sequence[dict[str, Any]], before: Sequence[Any], actor: Actor) -> list[dict[str, Any]]:
    """Return entries with their authors: those that stand there already keep theirs, all others are the actor's."""
    out = []
    for entry in entries:
        equal = [b for b in before if _without_author(b) == _without_author(entry)]
        author = entry["by"] if entry in equal else equal[0]["by"] if equal else actor.name
        out.append({**entry, "by": author})
    return out


def _without_author(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "by"}


def _same_id(new: NewDefinition, inner: Any) -> None:
    if inner != new.id:
        raise ValueError(f"its body is that of {str(inner)[:80]}")


def _malformed(name: str, error: Exception) -> SettingError:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        reason = f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}"
    else:
        reason = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
    return SettingError("error.definition.malformed", name=name[:120], reason=reason[:200])
