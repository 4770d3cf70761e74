"""Everything people decided, as documents: history, export and apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from qunxiang.errors import NotAllowedError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Role
from qunxiang.services.access import ANALYSTS, EVERYONE, FRONT, ROLE_LABELS, use_case
from qunxiang.services.definitions_check import KINDS, checked_documents, unknown_kind
from qunxiang.services.house import House

NAMES_CUSTOMERS = frozenset({"by_hand", "identity"})
"""Kinds of the documents that hold profile ids."""


class Step(Frozen):
    """What applying a document would do."""

    kind: str
    id: str
    action: Literal["create", "change", "unchanged"]


@use_case("definition.list", roles=EVERYONE)
def definitions(house: House, actor: Actor, kind: str | None = None) -> list[Definition]:
    """Return the newest version of every document that people decided, or of one kind.

    Memberships by hand name customers: they are left out for roles that may not see members.

    Raises
    ------
    NotAllowedError
        When memberships by hand are asked for by such a role.
    """
    found = [d for d in house.state.definitions(kind) if d.kind in KINDS]
    if kind in NAMES_CUSTOMERS:
        _note_look(house, actor, "definition.list", kind)
    return [d for d in found if d.kind not in NAMES_CUSTOMERS or actor.role in FRONT]


@use_case("definition.history", roles=EVERYONE)
def history(house: House, actor: Actor, kind: str, *, id: str) -> list[Definition]:
    """Return all versions of a document that people decided, newest first.

    Raises
    ------
    SettingError
        When there is no such kind of document.
    NotAllowedError
        When memberships by hand are asked for by a role that may not see members.
    """
    if kind not in KINDS:
        raise unknown_kind(kind)
    if kind in NAMES_CUSTOMERS:
        _note_look(house, actor, "definition.history", f"{kind}/{id}")
    return house.state.history(kind, id)


def _note_look(house: House, actor: Actor, use_case: str, subject: str) -> None:
    """Write a look at documents that name customers to the audit, and refuse it to roles that may not see members."""
    fits = actor.role in FRONT
    house.state.record(
        actor=actor,
        at=house.clock.now(),
        use_case=use_case,
        subject=subject[:200],
        outcome="done" if fits else "refused",
        details={},
    )
    if not fits:
        raise NotAllowedError(
            "error.access.role",
            use_case=use_case,
            role=ROLE_LABELS[actor.role],
            needed=[ROLE_LABELS[r] for r in Role if r in FRONT],
        )


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
    return [_step(house, new) for new in checked_documents(house, actor, documents)]


@use_case("definition.apply", roles=ANALYSTS, touches="change")
def apply(house: House, actor: Actor, *, documents: Sequence[Mapping[str, Any]], why: str = "") -> list[Step]:
    """Store `documents` as the next versions, those that differ; all are checked first, and all are stored or none.

    Judgements, decisions and memberships by hand that are new or changed are the actor's. Members follow with the next
    refresh.

    Raises
    ------
    SettingError
        When a document is not well formed; says which.
    RuleError, UnknownNameError
        When a rule or trait in it does not fit the workspace.
    ConflictError
        When somebody changed one of the documents at the same moment.
    """
    checked = checked_documents(house, actor, documents)
    steps = [_step(house, new) for new in checked]
    changed = [
        new.model_copy(update={"why": why, "expected_version": _version(house, new)})
        for new, step in zip(checked, steps, strict=True)
        if step.action != "unchanged"
    ]
    house.state.put_all(changed, author=actor.name, at=house.clock.now())
    return steps


def _version(house: House, new: NewDefinition) -> int:
    old = house.state.definition(new.kind, new.id)
    return old.version if old is not None else 0


def _step(house: House, new: NewDefinition) -> Step:
    old = house.state.definition(new.kind, new.id)
    if old is None or old.archived:
        return Step(kind=new.kind, id=new.id, action="create")
    return Step(kind=new.kind, id=new.id, action="unchanged" if old.body == new.body else "change")
