"""Reading segments: list, live size, members, reasons, stability, changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from qunxiang.errors import NothingYetError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, Segmentation
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.classify import Check, validity, validity_query
from qunxiang.services.access import EVERYONE, FRONT, use_case
from qunxiang.services.definitions_read import (
    document_in,
    segmentation_in,
    segmentation_named,
    traits_in,
    types_in,
)
from qunxiang.services.house import House
from qunxiang.services.points import point_at, reading_at
from qunxiang.services.principles import principles_of
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.services.rule_values import RuleValues, members_asked
from qunxiang.services.segment_define import unknown_segment
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_types import TraitTypes
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


class Change(Frozen):
    """Profiles that went from one segment to another (None: none) in one run."""

    run: int
    as_of: date
    from_segment: str | None
    to_segment: str | None
    n: int


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


@use_case("segment.members", roles=FRONT, touches="single")
def members(
    house: House, actor: Actor, name: str, *, segment: str | None = None, as_of: date | None = None
) -> pa.Table:
    """Return the members of a segmentation, or of one of its segments.

    Parameters
    ----------
    as_of
        The newest date computed that is not after this one; the newest of all when None.

    Returns
    -------
    pyarrow.Table
        One row per member: `profile_id`, `segment`, `as_of`; sorted by segment and profile.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    NothingYetError
        When no date that early was computed.
    """
    segmentation_named(house, name)
    with reading_of(house, as_of) as reader:
        segmentation = segmentation_in(house, reader.snapshot, name).segmentation
        if segment is not None and segmentation.segment(segment) is None:
            raise unknown_segment(segmentation, segment)
        condition = "" if segment is None else " AND m.segment = :segment"
        given: dict[str, Any] = {} if segment is None else {"segment": segment}
        query = select(
            "SELECT m.profile_id, m.segment, m.as_of FROM memberships__ AS m WHERE m.segmentation = :name"  # noqa: S608
            f"{condition} ORDER BY m.segment, m.profile_id",
            memberships=reader.members(name),
            name=name,
            **given,
        )
        return reader.fetch(query)


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
    """Check a segmentation: exhaustive, exclusive, large enough, operable, led by needs and value, following change.

    A principle that the data say nothing about is left out.

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
        key = ("check", segmentation.model_dump_json(), reader.snapshot.run)

        def made() -> tuple[Check, ...]:
            asked = _asked(house, reader, traits, segmentation, types)
            counted = reader.fetch(validity_query(asked, segmentation, types)).to_pylist()[0]
            moved = _moved(house, reader, name)
            known = traits_in(house, reader.snapshot)
            return (
                *validity(segmentation, counted),
                *principles_of(reader, asked, segmentation, types, known, moved),
            )

        return remembered(house, key, made)


def _moved(house: House, reader: SnapshotReader, name: str) -> float | None:
    """Return the share of customers who entered, left or moved in the last run that changed somebody, but the first."""
    if not reader.has(MEMBERSHIP_CHANGES.name):
        return None
    query = select(
        "SELECT c.run, CAST(COUNT(*) AS BIGINT) AS n FROM changes__ AS c WHERE c.segmentation = :name"
        " GROUP BY c.run ORDER BY c.run",
        changes=reader.relation(MEMBERSHIP_CHANGES.name),
        name=name,
    )
    runs = reader.cached(query).to_pylist()[1:]
    profiles = _profiles(house, reader)
    return runs[-1]["n"] / profiles if runs and profiles else None


def _asked(
    house: House, reader: SnapshotReader, traits: Relation, segmentation: Segmentation, types: TraitTypes
) -> Relation:
    as_of = reader.snapshot.as_of
    if as_of is None:
        raise NothingYetError("error.nothing.traits")
    rules = rules_of(segmentation, types).values()
    values = RuleValues(house, reader, Moment(as_of, house.settings.time_zone))
    return values.beside(traits, rules, members=members_asked(reader, rules))


def _counts(reader: SnapshotReader) -> dict[str, dict[str, int]]:
    if not reader.has(MEMBERSHIPS.name):
        return {}
    out: dict[str, dict[str, int]] = {}
    for (segmentation, segment), n in reader.member_counts().items():
        out.setdefault(segmentation, {})[segment] = n
    return out


def _profiles(house: House, reader: SnapshotReader) -> int:
    version = reader.snapshot.tables.get(TRAITS_KEY.name)
    return house.lake.at(TRAITS_KEY.name, version).rows if version is not None else 0


@contextmanager
def reading_of(house: House, as_of: date | None) -> Iterator[SnapshotReader]:
    """Read the newest snapshot, or the newest date computed that is not after `as_of`; other use cases read so too."""
    if as_of is None:
        with reading(house) as reader:
            yield reader
    else:
        with reading_at(house, point_at(house, as_of)) as readers:
            yield readers[0]
