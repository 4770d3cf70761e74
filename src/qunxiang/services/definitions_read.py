"""Reading definitions that several use cases need: the traits of the snapshot, a segmentation by name."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from qunxiang.errors import NothingYetError, UnknownNameError
from qunxiang.model import Definition, Segmentation, Snapshot, TraitSet
from qunxiang.services.house import House
from qunxiang.services.rule_world import rule_segments, rule_tables
from qunxiang.sql.rule_types import TraitTypes, trait_types

TRAIT_SET = "trait_set/current"
"""Name under which a snapshot notes the version of the traits it was computed with."""

PAST_TRAITS = "trait_set/past"
"""Name under which a past date, computed later, notes the version of its traits."""


def current_traits(house: House) -> TraitSet:
    """Return the traits of the newest refresh, or of the snapshot that reading is held to.

    Raises
    ------
    NothingYetError
        When nothing was refreshed yet.
    """
    held = house.held_at.definitions.get(TRAIT_SET) if house.held_at is not None else None
    document = house.state.definition("trait_set", "current", held)
    if document is None:
        raise NothingYetError("error.nothing.traits")
    return TraitSet.model_validate(document.body)


def current_types(house: House) -> TraitTypes:
    """Return what rules may ask: every trait, the loaded tables, the segments; empty before the first refresh."""
    document = house.state.definition("trait_set", "current")
    if document is None:
        return TraitTypes(())
    traits = TraitSet.model_validate(document.body)
    return trait_types(traits, rule_tables(house, house.head()), rule_segments(house))


def traits_in(house: House, snapshot: Snapshot) -> TraitSet | None:
    """Return the traits that a snapshot was computed with; those of today where it does not say, None without any."""
    past = snapshot.definitions.get(PAST_TRAITS)
    if past is not None:
        document = house.state.definition("trait_set", "past", past)
    else:
        document = house.state.definition("trait_set", "current", snapshot.definitions.get(TRAIT_SET))
    return TraitSet.model_validate(document.body) if document is not None else None


def types_in(house: House, snapshot: Snapshot) -> TraitTypes:
    """Return the kind of every trait that a snapshot was computed with; those of today where it does not say."""
    traits = traits_in(house, snapshot)
    if traits is None:
        return TraitTypes(())
    return trait_types(traits, rule_tables(house, snapshot), rule_segments(house))


def by_hand_in(house: House, snapshot: Snapshot, name: str) -> dict[str, dict[str, Any]]:
    """Return the memberships that people gave as a snapshot counted them: profile id to segment, by, at and why."""
    version = snapshot.definitions.get(f"by_hand/{name}")
    if version is None and f"segmentation/{name}" in snapshot.definitions:
        return {}  # the snapshot was computed before anybody gave one
    document = house.state.definition("by_hand", name, version)
    members: dict[str, dict[str, Any]] = document.body["members"] if document is not None else {}
    return members


@dataclass(frozen=True)
class InSnapshot:
    """A segmentation as a snapshot holds its members.

    `changed_since` is True when the newest version would divide customers otherwise, so that the next refresh changes
    members. Names and notes do not divide anybody: the newest are shown.
    """

    segmentation: Segmentation
    version: int
    changed_since: bool


def segmentation_in(house: House, snapshot: Snapshot, name: str) -> InSnapshot:
    """Return the version of a segmentation that a snapshot's members were assigned with.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    segmentation_named(house, name)
    document = house.state.definition("segmentation", name)
    assert document is not None
    return document_in(house, snapshot, document)


def document_in(house: House, snapshot: Snapshot, document: Definition) -> InSnapshot:
    """Return the version of a segmentation, given by its newest document, that a snapshot's members follow."""
    newest = Segmentation.model_validate(document.body)
    version = snapshot.definitions.get(f"segmentation/{document.id}")
    if version == document.version:
        return InSnapshot(newest, version, changed_since=False)
    stored = house.state.definition("segmentation", document.id, version) if version is not None else None
    if stored is None:  # never assigned, or by a snapshot that does not say
        return InSnapshot(newest, document.version, changed_since=bool(snapshot.definitions))
    then = Segmentation.model_validate(stored.body)
    if divides(then) == divides(newest) and not stored.archived:
        return InSnapshot(newest, document.version, changed_since=False)
    return InSnapshot(then, stored.version, changed_since=True)


def divides(segmentation: Segmentation) -> Any:
    """Return what decides who belongs where; equal for two versions that divide customers alike."""
    said = {"label", "evidence", "parameters", "scheme", "segments"}
    deciding = [s.model_dump(include={"id", "rule", "by_hand"}) for s in segmentation.segments]
    return (segmentation.model_dump(exclude=said), deciding)


def segmentation_named(house: House, name: str) -> Segmentation:
    """Return a segmentation that is not archived.

    Raises
    ------
    UnknownNameError
        When there is none of that name; says which there are and which is near.
    """
    document = house.state.definition("segmentation", name)
    if document is None or document.archived:
        known = [d.id for d in house.state.definitions("segmentation")]
        near = get_close_matches(name, known, n=1)
        raise UnknownNameError(
            "error.segmentation.unknown_near" if near else "error.segmentation.unknown",
            name=name,
            known=known,
            near=near[0] if near else "",
        )
    return Segmentation.model_validate(document.body)
