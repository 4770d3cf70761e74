"""Reading segments: list, live size, members, reasons, stability, changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa

from qunxiang.errors import NothingYetError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, Segmentation
from qunxiang.segmentation.assign import sizes
from qunxiang.segmentation.classify import Check, validity, validity_query
from qunxiang.segmentation.why import ByHand, Why, why_segment
from qunxiang.services.access import EVERYONE, FRONT, use_case
from qunxiang.services.definitions_read import (
    by_hand_in,
    current_types,
    document_in,
    segmentation_in,
    segmentation_named,
    types_in,
)
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.services.segment_define import unknown_segment
from qunxiang.sql import select
from qunxiang.sql.rules import parse_rule
from qunxiang.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS, TRAITS_KEY


class SegmentSize(Frozen):
    """Members of one segment now, and their share of all profiles."""

    id: str
    label: Label
    colour: int
    n: int
    share: float
    rule: str | None
    note: Label | None
    by_hand: bool


class SegmentationSummary(Frozen):
    """One segmentation with the sizes of its segments.

    `assigned` is False until the snapshot holds the members of this definition. `changed_since` says that it holds
    those of an earlier one: `segments` and `version` are that one's then, and the next refresh divides customers anew.
    """

    id: str
    label: Label
    method: str
    scheme: str | None
    version: int
    author: str
    at: datetime
    why: str
    segments: tuple[SegmentSize, ...]
    in_none: int
    profiles: int
    assigned: bool
    verdict: str | None
    as_of: date | None
    changed_since: bool = False


class RuleSize(Frozen):
    """Live size of a rule: whom it takes, and for how many each of its traits is unknown."""

    rule: str
    n: int
    profiles: int
    share: float
    unknown: dict[str, int]


class Change(Frozen):
    """Profiles that went from one segment to another (None: none) in one run."""

    run: int
    as_of: date
    from_segment: str | None
    to_segment: str | None
    n: int


_SIZES = """
SELECT segmentation, segment, CAST(COUNT(*) AS BIGINT) AS n FROM memberships__ AS m GROUP BY segmentation, segment
"""


@use_case("segment.list", roles=EVERYONE)
def segmentations(house: House, actor: Actor) -> list[SegmentationSummary]:
    """Return every segmentation in use with the size of its segments in the current snapshot."""
    documents = house.state.definitions("segmentation")
    if not documents:
        return []
    with reading(house) as reader:
        counted = _counts(reader)
        profiles = _profiles(house, reader)
        snapshot = reader.snapshot
    out = []
    for document in documents:
        held = document_in(house, snapshot, document)
        segmentation = held.segmentation
        named = f"segmentation/{document.id}" in snapshot.definitions
        counts = counted.get(segmentation.id, {})
        shown = tuple(
            SegmentSize(
                **s.model_dump(include={"id", "colour", "rule", "by_hand"}),
                label=s.label,
                note=s.note,
                n=counts.get(s.id, 0),
                share=counts.get(s.id, 0) / profiles if profiles else 0.0,
            )
            for s in segmentation.segments
        )
        out.append(
            SegmentationSummary(
                **segmentation.model_dump(include={"id", "method", "scheme"}),
                label=segmentation.label,
                version=held.version,
                author=document.author,
                at=document.at,
                why=document.why,
                segments=shown,
                in_none=profiles - sum(s.n for s in shown),
                profiles=profiles,
                assigned=(named or segmentation.id in counted) and not held.changed_since,
                verdict=segmentation.evidence.get("verdict"),
                as_of=snapshot.as_of,
                changed_since=named and held.changed_since,
            )
        )
    return out


@use_case("segment.size", roles=EVERYONE)
def size(house: House, actor: Actor, rule: str) -> RuleSize:
    """Count whom a rule takes in the current snapshot.

    Raises
    ------
    RuleError
        When the rule cannot be read, uses what is not allowed, or has the wrong type.
    """
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        checked = parse_rule(rule, current_types(house))
        row = reader.cached(sizes(traits, checked)).to_pylist()[0]
    return RuleSize(
        rule=checked.text,
        n=row["matched"],
        profiles=row["profiles"],
        share=row["matched"] / row["profiles"] if row["profiles"] else 0.0,
        unknown={trait: row[f"unknown_{i}"] for i, trait in enumerate(checked.traits)},
    )


@use_case("segment.members", roles=FRONT, touches="single")
def members(
    house: House, actor: Actor, name: str, *, segment: str | None = None, as_of: date | None = None
) -> pa.Table:
    """Return the members of a segmentation, or of one of its segments.

    Parameters
    ----------
    as_of
        Date of the snapshot; the newest when None.

    Returns
    -------
    pyarrow.Table
        One row per member: `profile_id`, `segment`, `as_of`; sorted by segment and profile.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    NothingYetError
        When there is no snapshot of that date.
    """
    segmentation_named(house, name)
    with reading(house, _run_at(house, as_of)) as reader:
        segmentation = segmentation_in(house, reader.snapshot, name).segmentation
        if segment is not None and segmentation.segment(segment) is None:
            raise unknown_segment(segmentation, segment)
        condition = "" if segment is None else " AND m.segment = :segment"
        given: dict[str, Any] = {} if segment is None else {"segment": segment}
        query = select(
            "SELECT m.profile_id, m.segment, m.as_of FROM memberships__ AS m WHERE m.segmentation = :name"  # noqa: S608
            f"{condition} ORDER BY m.segment, m.profile_id",
            memberships=reader.relation(MEMBERSHIPS.name),
            name=name,
            **given,
        )
        return reader.fetch(query)


@use_case("segment.why", roles=FRONT, touches="single")
def why(house: House, actor: Actor, name: str, *, profile_id: str, as_of: date | None = None) -> Why:
    """Say where a profile belongs and why, from the snapshot's traits and the definitions it was computed with.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or profile.
    NothingYetError
        When there is no snapshot of that date.
    """
    segmentation_named(house, name)
    with reading(house, _run_at(house, as_of)) as reader:
        snapshot = reader.snapshot
        query = select(
            "SELECT * FROM traits__ AS t WHERE t.profile_id = :id",
            traits=reader.relation(TRAITS_KEY.name),
            id=profile_id,
        )
        rows = reader.fetch(query).to_pylist()
    if not rows:
        raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
    given = by_hand_in(house, snapshot, name).get(profile_id)
    hand = None
    if given is not None:
        when = datetime.fromisoformat(given["at"]).date()
        hand = ByHand(segment=given["segment"], who=given["by"], when=when, why=given["why"])
    segmentation = segmentation_in(house, snapshot, name).segmentation
    return why_segment(segmentation, rows[0], types_in(house, snapshot), by_hand=hand)


@use_case("segment.stability", roles=EVERYONE)
def stability_of(house: House, actor: Actor, name: str) -> Segmentation:
    """Return a fitted segmentation with its evidence: agreement by number of segments, verdict, per-segment stability.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        When it was not fitted from data.
    """
    segmentation = segmentation_named(house, name)
    if not segmentation.evidence:
        raise NothingYetError("error.segmentation.not_fitted", name=name)
    return segmentation


@use_case("segment.changes", roles=EVERYONE)
def segment_changes(house: House, actor: Actor, name: str, *, runs: int = 12) -> list[Change]:
    """Return who went where in the last runs that changed a segmentation: counts by run, from and to; newest first."""
    return changes_of(house, name, runs)


def changes_of(house: House, name: str, runs: int) -> list[Change]:
    """Return the changes of the last runs; other use cases read them too."""
    segmentation_named(house, name)
    with reading(house) as reader:
        if not reader.has(MEMBERSHIP_CHANGES.name):
            return []
        query = select(
            "SELECT c.run, c.as_of, c.from_segment, c.to_segment, CAST(COUNT(*) AS BIGINT) AS n"
            " FROM changes__ AS c WHERE c.segmentation = :name"
            " GROUP BY c.run, c.as_of, c.from_segment, c.to_segment ORDER BY c.run DESC, n DESC",
            changes=reader.relation(MEMBERSHIP_CHANGES.name),
            name=name,
        )
        rows = reader.cached(query).to_pylist()
    newest = sorted({r["run"] for r in rows}, reverse=True)[:runs]
    return [Change(**r) for r in rows if r["run"] in newest]


@use_case("segment.check", roles=EVERYONE)
def check(house: House, actor: Actor, name: str) -> tuple[Check, ...]:
    """Check a segmentation: exhaustive, exclusive, large enough, operable.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    return checks_of(house, name)


def checks_of(house: House, name: str) -> tuple[Check, ...]:
    """Return the checks of a segmentation; other use cases read them too."""
    segmentation_named(house, name)
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        segmentation = segmentation_in(house, reader.snapshot, name).segmentation
        types = types_in(house, reader.snapshot)
        key = ("check", segmentation.model_dump_json(), reader.snapshot.tables[TRAITS_KEY.name])

        def made() -> tuple[Check, ...]:
            return validity(segmentation, reader.fetch(validity_query(traits, segmentation, types)).to_pylist()[0])

        return remembered(house, key, made)


def _counts(reader: SnapshotReader) -> dict[str, dict[str, int]]:
    if not reader.has(MEMBERSHIPS.name):
        return {}
    out: dict[str, dict[str, int]] = {}
    for row in reader.cached(select(_SIZES, memberships=reader.relation(MEMBERSHIPS.name))).to_pylist():
        out.setdefault(row["segmentation"], {})[row["segment"]] = row["n"]
    return out


def _profiles(house: House, reader: SnapshotReader) -> int:
    version = reader.snapshot.tables.get(TRAITS_KEY.name)
    return house.lake.at(TRAITS_KEY.name, version).rows if version is not None else 0


def _run_at(house: House, as_of: date | None) -> int | None:
    if as_of is None:
        return None
    for snapshot in house.state.snapshots(limit=10_000):
        if snapshot.as_of == as_of and MEMBERSHIPS.name in snapshot.tables:
            return snapshot.run
    raise NothingYetError("error.nothing.as_of", as_of=as_of)
