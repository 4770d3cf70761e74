"""Checking documents from outside as strictly as the use cases that make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError, field_validator

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.model import Actor, CentreModel, Frozen, NewDefinition, Segmentation
from qunxiang.services.definitions_read import current_types
from qunxiang.services.house import House
from qunxiang.services.segment_define import checked_name, unknown_segment
from qunxiang.services.targets import TargetSelection
from qunxiang.services.trait_basis import check_free, own_trait
from qunxiang.sql.rule_types import TraitType
from qunxiang.sql.rules import parse_rule
from qunxiang.targeting import CriteriaSet, Judgement

KINDS = ("trait", "segmentation", "by_hand", "criteria", "judgements", "targets")
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
        raise SettingError("error.definition.kind", kind=new.kind[:80], known=list(KINDS))
    return new


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
            own_trait(new.body, house.settings.currency)
        case "segmentation":
            _check_segmentation(house, new, batch)
        case "criteria":
            _check_criteria(CriteriaSet.model_validate(new.body))
        case "judgements":
            for judgement in new.body["judgements"]:
                Judgement.model_validate(judgement)
            return {**new.body, "judgements": _authored(new.body["judgements"], before.get("judgements", []), actor)}
        case "targets":
            selection = TargetSelection.model_validate(new.body)
            _same_id(new, selection.segmentation)
            _check_segments(house, batch, new.id, selection.segments)
            return _authored([new.body], [before], actor)[0]
        case _:
            return {"members": _members(house, actor, new, batch, before.get("members", {}))}
    return new.body


def _check_segmentation(house: House, new: NewDefinition, batch: _Batch) -> None:
    checked_name(new.id)
    segmentation = Segmentation.model_validate(new.body)
    _same_id(new, segmentation.id)
    ids = [s.id for s in segmentation.segments]
    if len(set(ids)) < len(ids):
        raise ValueError("two segments share an id")
    if segmentation.rest is not None and segmentation.rest not in ids:
        raise ValueError("rest is none of the segments")
    if (segmentation.method == "kmeans") != (segmentation.model is not None):
        raise ValueError("a model belongs to the method kmeans, and only to it")
    if segmentation.model is not None:
        _check_model(segmentation.model, len(ids))
    types = _types(house, batch)
    for segment in segmentation.segments:
        if segment.rule is not None and types:
            parse_rule(segment.rule, types)


def _check_model(model: CentreModel, n_segments: int) -> None:
    width = len(model.traits)
    rows = (model.log1p, model.low, model.high, model.mean, model.scale, *model.centres)
    if len(model.centres) != n_segments or any(len(row) != width for row in rows):
        raise ValueError("the model's numbers do not fit its traits and segments")
    if any(not value > 0 for value in model.scale):
        raise ValueError("the model's scale must be above 0")


def _types(house: House, batch: _Batch) -> dict[str, TraitType]:
    """Return the kinds of traits with those of own traits that come with the batch; empty before a refresh."""
    types = current_types(house)
    for (kind, _), new in batch.items():
        if types and kind == "trait":
            made = own_trait(new.body, house.settings.currency).definition
            types[made.id] = made.kind
    return types


def _check_criteria(criteria: CriteriaSet) -> None:
    ids = [c.id for c in criteria.criteria]
    if len(set(ids)) < len(ids):
        raise SettingError("error.targets.criterion_twice", criteria=ids)


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
