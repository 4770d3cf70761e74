"""Defining segments: by rule, by a ready-made scheme, by hand; each is assigned at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qunxiang.errors import ConflictError, NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Segment, Segmentation, SegmentationMethod
from qunxiang.model.naming import is_plain_name
from qunxiang.ports.state import NewSnapshot
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.classify import break_of, break_query, build, threshold_query
from qunxiang.segmentation.resting import levels, rests_on_if_read
from qunxiang.services.access import ANALYSTS, MAKERS, use_case
from qunxiang.services.changing import change, tried
from qunxiang.services.definitions_read import (
    by_hand_in,
    current_traits,
    current_types,
    segmentation_in,
    segmentation_named,
)
from qunxiang.services.hashing import definitions_hash, documents_in, next_version, snapshot_hash, traits_hash
from qunxiang.services.holding import Held, holding
from qunxiang.services.house import House
from qunxiang.services.memberships import assign, publish_members
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.rule_values import RuleValues
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_types import TraitTypes
from qunxiang.sql.rules import parse_rule
from qunxiang.tables import MEMBERSHIPS, PROFILES, TRAITS_KEY

RESERVED = frozenset({"new", "fit", "schemes"})
"""Names that pages of the app have."""


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
    """Define a segment by a rule over traits and behaviour and assign it in the current snapshot.

    Defining a name again makes its next version.

    Raises
    ------
    SettingError
        When the name is not allowed.
    RuleError
        When the rule cannot be read, uses what is not allowed, has the wrong type, or rests on the segment itself.
    ConflictError
        When the name belongs to a scheme or a fitted segmentation.
    NothingYetError
        Before the first refresh.
    """
    checked_name(name)
    in_use(house.state.definition("segmentation", name), "rule")
    with reading(house) as reader:
        reader.relation(TRAITS_KEY.name)
    checked = parse_rule(rule, current_types(house))
    shown = label or Label.same(name)
    segments = (Segment(id=name, label=shown, rule=checked.text, note=note),)
    segmentation = Segmentation(id=name, label=shown, method="rule", segments=segments)
    check_circle(house, segmentation)

    def made(old: Definition | None) -> Segmentation:
        in_use(old, "rule")
        return segmentation

    return publish(house, actor, name, made, why=why)


@use_case("segment.classify", roles=MAKERS, touches="change")
def classify(
    house: House,
    actor: Actor,
    scheme: str,
    *,
    thresholds: Mapping[str, float] | None = None,
    breaks: Sequence[str] = (),
    why: str = "",
) -> SegmentReport:
    """Apply a ready-made scheme; thresholds that are not given are found from the current snapshot.

    Those named in `breaks` lie at the natural break of the customers' values, in the place of a quantile; with what
    goodness of fit stands in ``parameters["breaks"]``. Applied again, segments keep the names that people gave them.

    Raises
    ------
    UnknownNameError
        When there is no such scheme, it has no such threshold, or a trait that it needs is not there.
    SettingError
        When a threshold cannot be found from the data and is not given.
    ConflictError
        When the name belongs to another kind of segmentation, or the traits were refreshed meanwhile.
    NothingYetError
        Before the first refresh.
    """
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        query = threshold_query(scheme, traits, thresholds)
        found = reader.fetch(query).to_pylist()[0] if query is not None else {}
        at_breaks = breaks_found(reader, scheme, traits, breaks, thresholds or {})
        found |= {name: at["at"] for name, at in at_breaks.items()}
        segmentation = build(scheme, found, thresholds, traits=traits.columns)
        if at_breaks:
            fits = {name: at["fit"] for name, at in at_breaks.items()}
            told = {**segmentation.parameters, "breaks": fits}
            segmentation = segmentation.model_copy(update={"parameters": told})
        rests_on = reader.snapshot.tables[TRAITS_KEY.name]

    def made(old: Definition | None) -> Segmentation:
        before = in_use(old, "classification", segmentation.scheme)
        labels = {s.id: s.label for s in before.segments} if before is not None else {}
        named = (s.model_copy(update={"label": labels.get(s.id, s.label)}) for s in segmentation.segments)
        return segmentation.model_copy(update={"segments": tuple(named)})

    return publish(house, actor, segmentation.id, made, why=why, rests_on=rests_on)


def breaks_found(
    reader: SnapshotReader, scheme: str, traits: Relation, names: Sequence[str], thresholds: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Find the natural breaks asked for, where values differ; a threshold set by hand needs none."""
    made = {}
    for name in names:
        values = reader.fetch(break_query(scheme, name, traits, thresholds))["value"].to_pylist()
        found = break_of(values)
        if found is not None and name not in thresholds:
            made[name] = found
    return made


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

    def made(old: Definition | None) -> Segmentation:
        segmentation = segmentation_named(house, name) if old is None or old.archived else _segmentation(old)
        chosen = segmentation.segment(segment)
        if chosen is None or not chosen.by_hand:
            known = [s.id for s in segmentation.segments if s.by_hand]
            raise UnknownNameError("error.segmentation.not_by_hand", segment=segment, name=name, known=known)
        return segmentation

    made(house.state.definition("segmentation", name))
    if not why.strip():
        raise SettingError("error.segmentation.why_missing", segment=segment)
    with reading(house) as reader:
        known_profile(reader, profile_id)
    at = house.clock.now().isoformat()
    entry = {"segment": segment, "by": actor.name, "at": at, "why": why.strip()} if member else None
    return publish(house, actor, name, made, why=why, marked={profile_id: entry})


@use_case("segment.rename", roles=MAKERS, touches="change")
def rename(house: House, actor: Actor, name: str, *, segment: str, label: Label, why: str = "") -> Segmentation:
    """Confirm or change the name of a segment; membership stays as it is.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    """

    def made(_: Definition | None) -> NewDefinition:
        segmentation = segmentation_named(house, name)
        if segmentation.segment(segment) is None:
            raise unknown_segment(segmentation, segment)
        segments = tuple(s.model_copy(update={"label": label}) if s.id == segment else s for s in segmentation.segments)
        return document_of(segmentation.model_copy(update={"segments": segments}), why)

    return _segmentation(change(house, actor, "segmentation", name, made))


@use_case("segment.archive", roles=ANALYSTS, touches="change")
def archive(house: House, actor: Actor, name: str, *, why: str = "") -> None:
    """Take a segmentation out of use; its history stays, its memberships leave with the next refresh.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    SettingError
        While the rule of another segment asks for its members; names them.
    """

    def made(_: Definition | None) -> NewDefinition:
        document = document_of(segmentation_named(house, name), why).model_copy(update={"archived": True})
        if users := [s.id for s in segmentations_resting_on(house, name)]:
            raise SettingError("error.segmentation.used", name=name, users=users)
        return document

    change(house, actor, "segmentation", name, made)


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
        segmentation = _segmentation(document)
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
    others = [_segmentation(d) for d in house.state.definitions("segmentation") if d.id != name]
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
    found = _segmentation(document)
    if (found.method, found.scheme) != (method, scheme):
        raise ConflictError("error.segmentation.other_method", name=document.id, method=found.scheme or found.method)
    return found


def _segmentation(document: Definition) -> Segmentation:
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


def checked_name(name: str) -> None:
    """Raise :class:`SettingError` unless `name` may name a segmentation."""
    if not is_plain_name(name) or name in RESERVED:
        raise SettingError("error.segmentation.name", name=name[:80])


def unknown_segment(segmentation: Segmentation, segment: str) -> UnknownNameError:
    """Return the error that a segmentation has no such segment."""
    return UnknownNameError(
        "error.segmentation.unknown_segment",
        segment=segment,
        name=segmentation.id,
        known=[s.id for s in segmentation.segments],
    )


def known_profile(reader: SnapshotReader, profile_id: str) -> None:
    query = select(
        "SELECT COUNT(*) AS n FROM profiles__ AS p WHERE profile_id = :id",
        profiles=reader.relation(PROFILES.name),
        id=profile_id,
    )
    if reader.fetch(query)["n"][0].as_py() == 0:
        raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
