"""Where the workspace stands, what is loaded, and what is known of one profile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.identity.records import PREFIX, TABLE, Kind
from qunxiang.model import Actor, CustomColumn, Frozen, Role, Snapshot
from qunxiang.services.access import ANALYSTS, EVERYONE, FRONT, use_case
from qunxiang.services.columns import custom_columns, table_contract
from qunxiang.services.definitions_read import document_in, traits_in
from qunxiang.services.house import House
from qunxiang.services.profile_deals import ProfileDeal, read_deals
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.source_records import (
    Belonging,
    JoinLink,
    SourceRecord,
    golden,
    priority_of,
    read_belongings,
    read_links,
    read_records,
)
from qunxiang.sql import select
from qunxiang.tables import CONTRACTS, LOADED, PROFILES, TRAITS_KEY

StepName = Literal["load", "resolve", "refresh", "segment", "rank", "choose", "portray", "report"]
_COUNTED = ("segmentation", "persona", "criteria", "judgements", "targets")
UNMASKED = frozenset({Role.ADMIN, Role.SALES})
"""Roles that see personal data in clear: who runs the workspace, and who talks to the customer."""


class TableState(Frozen):
    """One table of the newest snapshot; `custom` are the columns that the workspace added to its contract."""

    name: str
    label: Label
    grain: Label
    rows: int
    columns: tuple[str, ...]
    loaded: bool
    custom: tuple[CustomColumn, ...] = ()


class LoadState(Frozen):
    """One load, newest first in lists; `facts` are those of its report."""

    run: int
    at: datetime
    author: str
    facts: dict[str, Any]


class Step(Frozen):
    """One step of the loop: done or not, and whether it is the next to take."""

    name: StepName
    done: bool
    next: bool


class Overview(Frozen):
    """Where the workspace stands."""

    name: str
    notice: Label
    time_zone: str
    currency: str
    snapshot: Snapshot | None
    refreshed: Snapshot | None
    tables: tuple[TableState, ...]
    steps: tuple[Step, ...]
    profiles: int
    segmentations: int
    personas: int


class ProfileView(Frozen):
    """What is known of one profile.

    `personal` holds the columns of persons or accounts, of each the value of the profile's `records` that counts: of
    the first system in the priority of sources, then the newest; `given_by` names the record that gave it. Hidden ones
    are masked unless the role may see them (`masked` says so). `memberships` maps segmentation to segment.
    `asked` is the id that was asked for: another one than `profile_id` when that record belongs to this profile now.
    `links` say what joined the records; `belongs` names the companies of a person, or the persons of a company.
    `deals` are the opportunities of the profile, of a company also those of its people that name no company.
    `labels` are the names for people: of traits by id, of segmentations by name, of segments by
    ``segmentation/segment``, of personal columns by name.
    """

    profile_id: str
    kind: str
    first_seen: date | None
    last_seen: date | None
    identifiers: tuple[dict[str, str], ...]
    personal: dict[str, Any]
    given_by: dict[str, str]
    masked: bool
    traits: dict[str, Any]
    memberships: dict[str, str]
    labels: dict[str, Label]
    as_of: date | None
    asked: str = ""
    records: tuple[SourceRecord, ...] = ()
    links: tuple[JoinLink, ...] = ()
    belongs: tuple[Belonging, ...] = ()
    deals: tuple[ProfileDeal, ...] = ()


_NOW_PART_OF = """SELECT i.profile_id FROM i__ AS i WHERE i.id_type = :id_type AND i.id_value = :id_value"""


@use_case("overview", roles=EVERYONE)
def overview(house: House, actor: Actor) -> Overview:
    """Return where the workspace stands; works before anything is loaded."""
    head = house.state.head()
    tables = () if head is None else _tables(house, head)
    refreshed = next(iter(house.state.snapshots("refresh", limit=1)), None)
    have = set() if head is None else set(head.tables)
    count = {kind: len(house.state.definitions(kind)) for kind in _COUNTED}
    reported = any(e.outcome == "done" for e in house.state.audit(use_case="report"))
    done: dict[StepName, bool] = {
        "load": bool(have & set(LOADED)),
        "resolve": PROFILES.name in have,
        "refresh": TRAITS_KEY.name in have,
        "segment": count["segmentation"] > 0,
        "rank": any(count[kind] > 0 for kind in ("criteria", "judgements", "targets")),
        "choose": count["targets"] > 0,
        "portray": count["persona"] > 0,
        "report": reported,
    }
    following = next((name for name, is_done in done.items() if not is_done), None)
    settings = house.settings
    return Overview(
        name=settings.name,
        notice=Label(settings.notice_zh, settings.notice_en),
        time_zone=settings.time_zone,
        currency=settings.currency,
        snapshot=head,
        refreshed=refreshed,
        tables=tables,
        steps=tuple(Step(name=n, done=d, next=n == following) for n, d in done.items()),
        profiles=next((t.rows for t in tables if t.name == PROFILES.name), 0),
        segmentations=count["segmentation"],
        personas=count["persona"],
    )


@use_case("data.tables", roles=EVERYONE)
def tables(house: House, actor: Actor) -> tuple[TableState, ...]:
    """Return the tables of the newest snapshot; empty before the first load."""
    head = house.state.head()
    return () if head is None else _tables(house, head)


@use_case("data.loads", roles=ANALYSTS)
def loads(house: House, actor: Actor, *, limit: int = 50) -> list[LoadState]:
    """Return the loads, newest first."""
    return [LoadState(run=s.run, at=s.at, author=s.author, facts=s.facts) for s in house.state.loads(limit)]


@use_case("data.snapshots", roles=EVERYONE)
def snapshots(house: House, actor: Actor, *, limit: int = 100) -> list[Snapshot]:
    """Return the snapshots, newest first."""
    return house.state.snapshots(limit=limit)


@use_case("who", roles=FRONT, touches="single")
def who(house: House, actor: Actor, profile_id: str) -> ProfileView:
    """Return what is known of one profile; the id of a record that was joined into another profile leads there.

    Raises
    ------
    UnknownNameError
        When there is no such profile.
    NothingYetError
        Before the first resolve.
    """
    clear = actor.role in UNMASKED
    with reading(house) as reader:
        asked, profile_id = profile_id, _now(reader, profile_id)
        found = reader.fetch(
            select("SELECT * FROM p__ AS p WHERE p.profile_id = :id", p=reader.relation(PROFILES.name), id=profile_id)
        ).to_pylist()
        if not found:
            raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
        identifiers = reader.fetch(
            select(
                "SELECT id_type, id_value, found_in FROM i__ AS i WHERE i.profile_id = :id ORDER BY id_type, id_value",
                i=reader.relation("identities"),
                id=profile_id,
            )
        ).to_pylist()
        values: dict[str, Any] = {}
        if reader.has(TRAITS_KEY.name):
            query = "SELECT * FROM t__ AS t WHERE t.profile_id = :id"
            rows = reader.fetch(select(query, t=reader.relation(TRAITS_KEY.name), id=profile_id)).to_pylist()
            values = rows[0] if rows else {}
        memberships = reader.segments_of(profile_id)
        kind: Kind = "person" if found[0]["kind"] == "person" else "account"
        snapshot = reader.snapshot
        contract = table_contract(house, TABLE[kind])
        own = [f"{PREFIX[kind]}{i['id_value']}" for i in identifiers]
        records = read_records(reader, kind, own, contract, clear=clear)
        links = read_links(reader, profile_id)
        belongs = read_belongings(reader, kind, profile_id, clear=clear)
        people = [b.profile_id for b in belongs] if kind == "account" else []
        deals = read_deals(reader, kind, profile_id, people, table_contract(house, "opportunities"), clear=clear)
    personal, given_by = golden(records, priority_of(house))
    return ProfileView(
        profile_id=profile_id,
        kind=found[0]["kind"],
        first_seen=found[0]["first_seen"],
        last_seen=found[0]["last_seen"],
        identifiers=tuple(identifiers),
        personal=personal,
        given_by=given_by,
        masked=not clear,
        traits={k: v for k, v in values.items() if k not in ("profile_id", "as_of")},
        memberships=memberships,
        labels={c.name: c.label for c in contract.columns if c.name in personal}
        | _labels(house, snapshot, memberships),
        as_of=values.get("as_of"),
        asked=asked,
        records=tuple(records),
        links=tuple(links),
        belongs=tuple(belongs),
        deals=tuple(deals),
    )


def _labels(house: House, snapshot: Snapshot, memberships: Mapping[str, str]) -> dict[str, Label]:
    """Return the names for people of a snapshot's traits and of the segments a profile belongs to."""
    traits = traits_in(house, snapshot)
    labels = {t.id: t.label for t in traits.traits} if traits is not None else {}
    for name, segment_id in memberships.items():
        document = house.state.definition("segmentation", name)
        if document is None:
            continue
        segmentation = document_in(house, snapshot, document).segmentation
        segment = segmentation.segment(segment_id)
        labels[name] = segmentation.label
        labels[f"{name}/{segment_id}"] = segment.label if segment is not None else Label.same(segment_id)
    return labels


def _now(reader: SnapshotReader, name: str) -> str:
    """Return the profile that a record belongs to now, or the name itself."""
    kind = next((k for k, letter in PREFIX.items() if name.startswith(letter)), None)
    if kind is None or not reader.has(PROFILES.name):
        return name
    query = select(_NOW_PART_OF, i=reader.relation("identities"), id_type=f"{kind}_id", id_value=name[1:])
    found: list[str] = reader.fetch(query)["profile_id"].to_pylist()
    return found[0] if found else name


def _tables(house: House, head: Snapshot) -> tuple[TableState, ...]:
    out = []
    for name in sorted(head.tables, key=lambda n: list(CONTRACTS).index(n)):
        version = house.lake.at(name, head.tables[name])
        contract = CONTRACTS[name]
        out.append(
            TableState(
                name=name,
                label=contract.label,
                grain=contract.grain,
                rows=version.rows,
                columns=version.columns,
                loaded=name in LOADED,
                custom=custom_columns(house, name).columns if name in LOADED else (),
            )
        )
    return tuple(out)
