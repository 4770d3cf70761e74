"""Defining segments: by rule, by a ready-made scheme, by hand; each is assigned at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qunxiang.errors import ConflictError, NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, NewDefinition, Segment, Segmentation
from qunxiang.ports.state import NewSnapshot
from qunxiang.segmentation.classify import build, threshold_query
from qunxiang.services.access import ANALYSTS, MAKERS, use_case
from qunxiang.services.definitions_read import current_traits, current_types, segmentation_named
from qunxiang.services.hashing import defining_documents, definitions_hash, snapshot_hash, traits_hash
from qunxiang.services.holding import holding
from qunxiang.services.house import House
from qunxiang.services.memberships import assign, by_hand
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.sql import select
from qunxiang.sql.rules import parse_rule
from qunxiang.tables import MEMBERSHIPS, PROFILES, TRAITS_KEY

RESERVED = frozenset({"new", "fit", "schemes"})
"""Names that pages of the app have."""

_NAME = re.compile(r"[a-z\u4e00-\u9fff][a-z0-9_\u4e00-\u9fff]{0,62}")


class SegmentReport(Frozen):
    """What a definition took: members per segment, profiles in none, and how many rows changed."""

    segmentation: Segmentation
    version: int
    run: int
    sizes: dict[str, int]
    in_none: int
    changed: int


@use_case("segment.define", roles=MAKERS, touches="change")
def define(
    house: House,
    actor: Actor,
    name: str,
    *,
    rule: str,
    label: Label | None = None,
    note: Label | None = None,
    why: str = "",
) -> SegmentReport:
    """Define a segment by a rule over traits and assign it in the current snapshot.

    Defining a name again makes its next version.

    Raises
    ------
    SettingError
        When the name is not allowed.
    RuleError
        When the rule cannot be read, uses what is not allowed, or has the wrong type.
    ConflictError
        When the name belongs to a scheme or a fitted segmentation.
    NothingYetError
        Before the first refresh.
    """
    checked_name(name)
    existing = house.state.definition("segmentation", name)
    if existing is not None and not existing.archived and existing.body["method"] != "rule":
        raise ConflictError("error.segmentation.other_method", name=name, method=existing.body["method"])
    with reading(house) as reader:
        reader.relation(TRAITS_KEY.name)
    checked = parse_rule(rule, current_types(house))
    shown = label or Label.same(name)
    segments = (Segment(id=name, label=shown, rule=checked.text, note=note),)
    return publish(house, actor, Segmentation(id=name, label=shown, method="rule", segments=segments), why=why)


@use_case("segment.classify", roles=MAKERS, touches="change")
def classify(
    house: House, actor: Actor, scheme: str, *, thresholds: Mapping[str, float] | None = None, why: str = ""
) -> SegmentReport:
    """Apply a ready-made scheme; thresholds that are not given are found from the current snapshot.

    Raises
    ------
    UnknownNameError
        When there is no such scheme, it has no such threshold, or a trait that it needs is not there.
    SettingError
        When a threshold cannot be found from the data and is not given.
    NothingYetError
        Before the first refresh.
    """
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        query = threshold_query(scheme, traits, thresholds)
        found = reader.fetch(query).to_pylist()[0] if query is not None else {}
        segmentation = build(scheme, found, thresholds, traits=traits.columns)
    return publish(house, actor, segmentation, why=why)


@use_case("segment.mark", roles=MAKERS, touches="change")
def mark(
    house: House, actor: Actor, name: str, *, segment: str, profile_id: str, why: str, member: bool = True
) -> SegmentReport:
    """Put a profile into a segment that people decide (or take it out), with the reason.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation, segment by hand, or profile.
    SettingError
        When no reason is given.
    """
    segmentation = segmentation_named(house, name)
    chosen = segmentation.segment(segment)
    if chosen is None or not chosen.by_hand:
        known = [s.id for s in segmentation.segments if s.by_hand]
        raise UnknownNameError("error.segmentation.not_by_hand", segment=segment, name=name, known=known)
    if not why.strip():
        raise SettingError("error.segmentation.why_missing", segment=segment)
    with reading(house) as reader:
        _known_profile(reader, profile_id)
    at = house.clock.now().isoformat()
    entry = {"segment": segment, "by": actor.name, "at": at, "why": why.strip()} if member else None
    return publish(house, actor, segmentation, why=why, marked={profile_id: entry})


@use_case("segment.rename", roles=MAKERS, touches="change")
def rename(house: House, actor: Actor, name: str, *, segment: str, label: Label, why: str = "") -> Segmentation:
    """Confirm or change the name of a segment; membership stays as it is.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    """
    segmentation = segmentation_named(house, name)
    if segmentation.segment(segment) is None:
        raise unknown_segment(segmentation, segment)
    segments = tuple(s.model_copy(update={"label": label}) if s.id == segment else s for s in segmentation.segments)
    renamed = segmentation.model_copy(update={"segments": segments})
    house.state.put(document_of(renamed, why), author=actor.name, at=house.clock.now())
    return renamed


@use_case("segment.archive", roles=ANALYSTS, touches="change")
def archive(house: House, actor: Actor, name: str, *, why: str = "") -> None:
    """Take a segmentation out of use; its history stays, its memberships leave with the next refresh.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    segmentation = segmentation_named(house, name)
    gone = document_of(segmentation, why).model_copy(update={"archived": True})
    house.state.put(gone, author=actor.name, at=house.clock.now())


def publish(
    house: House,
    actor: Actor,
    segmentation: Segmentation,
    *,
    why: str,
    marked: Mapping[str, dict[str, Any] | None] | None = None,
) -> SegmentReport:
    """Assign one segmentation over the newest traits and publish it with its definition in one transaction.

    `marked` changes memberships that people gave: profile id to its entry, or to None to take it out; the others stay.
    """
    # snapshot and marks are read under the lease, so that no other run publishes between reading and writing
    with holding(house, "refresh", actor) as held, reading(house) as reader:
        documents = [document_of(segmentation, why)]
        members: dict[str, dict[str, Any]] | None = None
        if marked is not None:
            members = _marked(by_hand(house, segmentation.id), marked)
            documents.append(NewDefinition(kind="by_hand", id=segmentation.id, body={"members": members}, why=why))
        traits = reader.relation(TRAITS_KEY.name)
        as_of = reader.snapshot.as_of
        if as_of is None:
            raise NothingYetError("error.nothing.traits")
        hand = {} if members is None else {segmentation.id: members}
        assigned = assign(
            house,
            reader,
            traits,
            [segmentation],
            as_of=as_of,
            types=current_types(house),
            keep_others=True,
            hand=hand,
        )
        coming = defining_documents(house, coming=tuple(documents))
        memberships = house.lake.at(MEMBERSHIPS.name, assigned.versions[MEMBERSHIPS.name])
        held.check()
        published = house.state.publish(
            NewSnapshot(
                kind="segment",
                tables=assigned.versions,
                definitions={name: version for name, (version, _) in coming.items()},
                definitions_hash=definitions_hash(current_traits(house), coming),
                content_hash=snapshot_hash(reader.session, _traits_hash(house, reader), memberships),
                facts={"segmentation": segmentation.id},
            ),
            actor=actor,
            at=house.clock.now(),
            definitions=documents,
        )
        profiles = house.lake.at(TRAITS_KEY.name, reader.snapshot.tables[TRAITS_KEY.name]).rows
    sizes = {s.id: assigned.sizes.get((segmentation.id, s.id), 0) for s in segmentation.segments}
    stored = house.state.definition("segmentation", segmentation.id)
    return SegmentReport(
        segmentation=segmentation,
        version=stored.version if stored is not None else 1,
        run=published.run,
        sizes=sizes,
        in_none=profiles - sum(sizes.values()),
        changed=assigned.changed,
    )


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


def checked_name(name: str) -> None:
    """Raise :class:`SettingError` unless `name` may name a segmentation."""
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise SettingError("error.segmentation.name", name=name[:80])


def unknown_segment(segmentation: Segmentation, segment: str) -> UnknownNameError:
    """Return the error that a segmentation has no such segment."""
    return UnknownNameError(
        "error.segmentation.unknown_segment",
        segment=segment,
        name=segmentation.id,
        known=[s.id for s in segmentation.segments],
    )


def _known_profile(reader: SnapshotReader, profile_id: str) -> None:
    query = select(
        "SELECT COUNT(*) AS n FROM profiles__ AS p WHERE profile_id = :id",
        profiles=reader.relation(PROFILES.name),
        id=profile_id,
    )
    if reader.fetch(query)["n"][0].as_py() == 0:
        raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
