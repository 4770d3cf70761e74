"""Publishing a segmentation: it is assigned over the newest traits and published with its definition at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qunxiang.errors import ConflictError, NothingYetError, SettingError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Segmentation, SegmentationMethod
from qunxiang.ports.state import NewSnapshot
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.resting import levels, rests_on_if_read
from qunxiang.services.changing import tried
from qunxiang.services.definitions_read import (
    by_hand_in,
    current_traits,
    current_types,
    segmentation_in,
)
from qunxiang.services.hashing import definitions_hash, documents_in, next_version, snapshot_hash, traits_hash
from qunxiang.services.holding import Held, holding
from qunxiang.services.house import House
from qunxiang.services.memberships import assign, publish_members
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.rule_values import RuleValues
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_types import TraitTypes
from qunxiang.tables import MEMBERSHIPS, TRAITS_KEY


class SegmentReport(Frozen):
    """What a definition took: members per segment, profiles in none, and how many rows changed."""

    segmentation: Segmentation
    version: int
    run: int
    sizes: dict[str, int]
    in_none: int
    changed: int


def publish(
    house: House,
    actor: Actor,
    name: str,
    made: Callable[[Definition | None], Segmentation],
    *,
    why: str,
    marked: Mapping[str, dict[str, Any] | None] | None = None,
    rests_on: int | None = None,
) -> SegmentReport:
    """Assign one segmentation over the newest traits and publish it with its definition in one transaction.

    `made` returns the segmentation from its newest document; it is asked again when somebody changed the document
    meanwhile. `marked` changes memberships that people gave: profile id to its entry, or to None to take it out; the
    others stay. `rests_on` is the version of the traits that the segmentation was learned from.

    Raises
    ------
    ConflictError
        When the traits are no longer those learned from.
    """
    # snapshot and marks are read under the lease, so that no other run publishes between reading and writing
    with holding(house, "refresh", actor) as held:

        def once() -> SegmentReport:
            with reading(house) as reader:
                if rests_on is not None and reader.snapshot.tables.get(TRAITS_KEY.name) != rests_on:
                    raise ConflictError("error.segmentation.traits_changed", name=name)
                return _publish(house, actor, reader, held, _coming(house, name, made, why, marked or {}))

        return tried(once)


@dataclass(frozen=True)
class _Coming:
    """A segmentation about to be published, with the documents to store and the versions they will have."""

    segmentation: Segmentation
    members: dict[str, dict[str, Any]]
    documents: list[NewDefinition]
    versions: dict[str, int]


def _coming(
    house: House,
    name: str,
    made: Callable[[Definition | None], Segmentation],
    why: str,
    marked: Mapping[str, dict[str, Any] | None],
) -> _Coming:
    old = house.state.definition("segmentation", name)
    segmentation = made(old)
    given = house.state.definition("by_hand", name)
    members = _marked(given.body["members"] if given is not None else {}, marked)
    documents = [document_of(segmentation, why).model_copy(update={"expected_version": old.version if old else 0})]
    versions = {f"segmentation/{name}": next_version(documents[0], old)}
    if given is not None or marked:
        hand = NewDefinition(
            kind="by_hand",
            id=name,
            body={"members": members},
            why=why,
            expected_version=given.version if given is not None else 0,
        )
        documents.append(hand)
        versions[f"by_hand/{name}"] = next_version(hand, given)
    return _Coming(segmentation, members, documents, versions)


def _publish(house: House, actor: Actor, reader: SnapshotReader, held: Held, coming: _Coming) -> SegmentReport:
    segmentation = coming.segmentation
    traits = reader.relation(TRAITS_KEY.name)
    as_of = reader.snapshot.as_of
    if as_of is None:
        raise NothingYetError("error.nothing.traits")
    types = current_types(house)
    _check_asked_for(house, segmentation, types)
    assigned = assign(
        house,
        reader,
        traits,
        [segmentation, *_resting_on(house, reader, segmentation.id)],
        as_of=as_of,
        types=types,
        values=RuleValues(house, reader, Moment(as_of, house.settings.time_zone)),
        keep_others=True,
        hand=_hand(house, reader, segmentation.id, coming.members),
    )
    # the other segmentations keep the versions they were assigned with
    documents = documents_in(house, reader.snapshot)
    for new in coming.documents:
        documents[f"{new.kind}/{new.id}"] = (coming.versions[f"{new.kind}/{new.id}"], new.body)
    memberships = house.lake.at(MEMBERSHIPS.name, assigned.versions[MEMBERSHIPS.name])
    published = publish_members(
        house,
        reader,
        held,
        NewSnapshot(
            kind="segment",
            tables=assigned.versions,
            definitions={**reader.snapshot.definitions, **coming.versions},
            definitions_hash=definitions_hash(current_traits(house), documents),
            content_hash=snapshot_hash(reader.session, _traits_hash(house, reader), memberships),
            facts={"segmentation": segmentation.id},
        ),
        members=assigned.written,
        actor=actor,
        as_of=as_of,
        definitions=coming.documents,
    )
    profiles = house.lake.at(TRAITS_KEY.name, reader.snapshot.tables[TRAITS_KEY.name]).rows
    sizes = {s.id: assigned.sizes.get((segmentation.id, s.id), 0) for s in segmentation.segments}
    return SegmentReport(
        segmentation=segmentation,
        version=coming.versions[f"segmentation/{segmentation.id}"],
        run=published.run,
        sizes=sizes,
        in_none=profiles - sum(sizes.values()),
        changed=assigned.changed,
    )


def segmentations_resting_on(house: House, name: str) -> list[Segmentation]:
    """Return the segmentations whose rules ask for members of `name`, itself or by way of others."""
    types = current_types(house)
    on = {}
    for document in house.state.definitions("segmentation"):
        segmentation = segmentation_of(document)
        on[segmentation.id] = (segmentation, rests_on_if_read(segmentation, types))
    found: dict[str, Segmentation] = {}
    todo = [name]
    while todo:
        below = todo.pop()
        for id_, (segmentation, names) in on.items():
            if below in names and id_ not in found and id_ != name:
                found[id_] = segmentation
                todo.append(id_)
    return [s for id_, (s, _) in on.items() if id_ in found]


def check_circle(house: House, coming: Segmentation) -> None:
    """Raise :class:`RuleError` when a segmentation about to be defined would rest on itself."""
    name = coming.id
    others = [segmentation_of(d) for d in house.state.definitions("segmentation") if d.id != name]
    types = current_types(house)
    types.segments.setdefault(name, tuple(s.id for s in coming.segments))
    known = [s for s in others if rests_on_if_read(s, types)]
    levels([coming, *known], types)


def _resting_on(house: House, reader: SnapshotReader, name: str) -> list[Segmentation]:
    """Return those that rest on a segmentation, in the versions that the snapshot's members follow."""
    return [segmentation_in(house, reader.snapshot, s.id).segmentation for s in segmentations_resting_on(house, name)]


def _check_asked_for(house: House, coming: Segmentation, types: TraitTypes) -> None:
    """Raise when a segment would go whose members the rule of another segmentation asks for."""
    there = {s.id for s in coming.segments}
    for other in segmentations_resting_on(house, coming.id):
        asked = [pair for rule in rules_of(other, types).values() for pair in rule.segments.values()]
        gone = [segment for of, segment in asked if of == coming.id and segment is not None and segment not in there]
        if gone:
            raise SettingError("error.segmentation.segment_used", name=coming.id, segment=gone[0], users=[other.id])


def _hand(
    house: House, reader: SnapshotReader, name: str, members: dict[str, dict[str, Any]]
) -> dict[str, dict[str, dict[str, Any]]]:
    others = segmentations_resting_on(house, name)
    return {name: members, **{s.id: by_hand_in(house, reader.snapshot, s.id) for s in others}}


def in_use(document: Definition | None, method: SegmentationMethod, scheme: str | None = None) -> Segmentation | None:
    """Return the segmentation of a document unless it is archived.

    Raises
    ------
    ConflictError
        When it is of another method or scheme, which must not be overwritten.
    """
    if document is None or document.archived:
        return None
    found = segmentation_of(document)
    if (found.method, found.scheme) != (method, scheme):
        raise ConflictError("error.segmentation.other_method", name=document.id, method=found.scheme or found.method)
    return found


def segmentation_of(document: Definition) -> Segmentation:
    """Read the segmentation that a document holds."""
    return Segmentation.model_validate(document.body)


def _marked(
    members: Mapping[str, dict[str, Any]], marked: Mapping[str, dict[str, Any] | None]
) -> dict[str, dict[str, Any]]:
    return {profile: entry for profile, entry in {**members, **marked}.items() if entry is not None}


def _traits_hash(house: House, reader: SnapshotReader) -> str:
    """Return the hash of the snapshot's traits, which the refresh that wrote them noted."""
    version = reader.snapshot.tables[TRAITS_KEY.name]
    last = next(iter(house.state.snapshots("refresh", limit=1)), None)
    if last is not None and last.tables[TRAITS_KEY.name] == version and "traits_hash" in last.facts:
        return str(last.facts["traits_hash"])
    return traits_hash(reader.session, house.lake.at(TRAITS_KEY.name, version))


def document_of(segmentation: Segmentation, why: str) -> NewDefinition:
    """Return a segmentation as a document."""
    body = segmentation.model_dump(mode="json")
    return NewDefinition(kind="segmentation", id=segmentation.id, body=body, why=why)
