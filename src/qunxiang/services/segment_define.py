"""Defining segments: by rule, by a ready-made scheme, by hand; each is assigned at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, NewDefinition, Segment, Segmentation
from qunxiang.model.naming import is_plain_name
from qunxiang.segmentation.classify import break_of, break_query, build, threshold_query
from qunxiang.services.access import ANALYSTS, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import (
    current_types,
    segmentation_named,
)
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.segment_publish import (
    SegmentReport,
    check_circle,
    document_of,
    in_use,
    publish,
    segmentation_of,
    segmentations_resting_on,
)
from qunxiang.sql import Relation, select
from qunxiang.sql.rules import parse_rule
from qunxiang.tables import PROFILES, TRAITS_KEY

RESERVED = frozenset({"new", "fit", "schemes"})
"""Names that pages of the app have."""


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
        segmentation = segmentation_named(house, name) if old is None or old.archived else segmentation_of(old)
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

    return segmentation_of(change(house, actor, "segmentation", name, made))


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
