"""Everything people decided, as documents: history, export and apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from qunxiang.errors import SettingError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Segmentation
from qunxiang.services.access import ANALYSTS, EVERYONE, use_case
from qunxiang.services.definitions_read import current_types
from qunxiang.services.house import House
from qunxiang.services.targets import TargetSelection
from qunxiang.services.trait_basis import own_trait
from qunxiang.sql.rules import parse_rule
from qunxiang.targeting import CriteriaSet, Judgement

KINDS = ("trait", "segmentation", "by_hand", "criteria", "judgements", "targets")
"""Kinds that people decide; what the product computes from them (trait sets, personas) is not exported."""


class Step(Frozen):
    """What applying a document would do."""

    kind: str
    id: str
    action: Literal["create", "change", "unchanged"]


@use_case("definition.list", roles=EVERYONE)
def definitions(house: House, actor: Actor, kind: str | None = None) -> list[Definition]:
    """Return the newest version of every document that people decided, or of one kind."""
    return [d for d in house.state.definitions(kind) if d.kind in KINDS]


@use_case("definition.history", roles=EVERYONE)
def history(house: House, actor: Actor, kind: str, *, id: str) -> list[Definition]:
    """Return all versions of a document, newest first."""
    return house.state.history(kind, id)


@use_case("definition.export", roles=ANALYSTS, touches="single")
def export(house: House, actor: Actor) -> list[Definition]:
    """Return every document in use, for writing to files."""
    return [d for kind in KINDS for d in house.state.definitions(kind)]


@use_case("definition.plan", roles=ANALYSTS)
def plan(house: House, actor: Actor, *, documents: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Say what applying `documents` (objects with kind, id and body) would do, without doing it.

    Raises
    ------
    SettingError
        When a document is not well formed; says which.
    RuleError, UnknownNameError
        When a rule or trait in it does not fit the workspace.
    """
    return [_step(house, _checked(house, d)) for d in documents]


@use_case("definition.apply", roles=ANALYSTS, touches="change")
def apply(house: House, actor: Actor, *, documents: Sequence[Mapping[str, Any]], why: str = "") -> list[Step]:
    """Store `documents` as the next versions, those that differ; all are checked before the first is stored.

    Members follow with the next refresh.
    """
    checked = [_checked(house, d) for d in documents]
    steps = [_step(house, new) for new in checked]
    for new, step in zip(checked, steps, strict=True):
        if step.action != "unchanged":
            house.state.put(new.model_copy(update={"why": why}), author=actor.name, at=house.clock.now())
    return steps


def _step(house: House, new: NewDefinition) -> Step:
    old = house.state.definition(new.kind, new.id)
    if old is None or old.archived:
        return Step(kind=new.kind, id=new.id, action="create")
    return Step(kind=new.kind, id=new.id, action="unchanged" if old.body == new.body else "change")


def _checked(house: House, document: Mapping[str, Any]) -> NewDefinition:
    try:
        new = NewDefinition(kind=document["kind"], id=document["id"], body=document["body"])
        if new.kind not in KINDS:
            raise SettingError("error.definition.kind", kind=new.kind, known=list(KINDS))
        _check_body(house, new)
    except (KeyError, TypeError, ValidationError) as error:
        name = f"{document.get('kind', '?')}/{document.get('id', '?')}" if isinstance(document, Mapping) else "?"
        raise SettingError("error.definition.malformed", name=name[:120], reason=_first_line(error)) from error
    return new


def _check_body(house: House, new: NewDefinition) -> None:
    match new.kind:
        case "trait":
            own_trait(new.body, house.settings.currency)
        case "segmentation":
            types = current_types(house)
            for segment in Segmentation.model_validate(new.body).segments:
                if segment.rule is not None and types:
                    parse_rule(segment.rule, types)
        case "criteria":
            CriteriaSet.model_validate(new.body)
        case "judgements":
            for judgement in new.body["judgements"]:
                Judgement.model_validate(judgement)
        case "targets":
            TargetSelection.model_validate(new.body)
        case _:
            for member in new.body["members"].values():
                if set(member) != {"segment", "by", "at", "why"}:
                    raise KeyError("members")


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}"
    return str(error)
