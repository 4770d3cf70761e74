"""Where the workspace stands, what is loaded, and what is known of one profile."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, Role, Snapshot
from qunxiang.services.access import ANALYSTS, EVERYONE, FRONT, use_case
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.sql import select
from qunxiang.tables import CONTRACTS, LOADED, MEMBERSHIPS, PROFILES, TRAITS_KEY

StepName = Literal["load", "resolve", "refresh", "segment", "rank", "choose", "portray", "report"]
_COUNTED = ("segmentation", "persona", "criteria", "judgements", "targets")
UNMASKED = frozenset({Role.ADMIN, Role.SALES})
"""Roles that see personal data in clear: who runs the workspace, and who talks to the customer."""


class TableState(Frozen):
    """One table of the newest snapshot."""

    name: str
    label: Label
    grain: Label
    rows: int
    columns: tuple[str, ...]
    loaded: bool


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

    `personal` holds the columns of persons or accounts; personal ones are masked unless the role may see them
    (`masked` says so). `memberships` maps segmentation to segment.
    """

    profile_id: str
    kind: str
    first_seen: date | None
    last_seen: date | None
    identifiers: tuple[dict[str, str], ...]
    personal: dict[str, Any]
    masked: bool
    traits: dict[str, Any]
    memberships: dict[str, str]
    as_of: date | None


_OWN_ROW = {
    "persons": "SELECT * FROM x__ AS x WHERE x.person_id = :id",
    "accounts": "SELECT * FROM x__ AS x WHERE x.account_id = :id",
}


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
    """Return what is known of one profile.

    Raises
    ------
    UnknownNameError
        When there is no such profile.
    NothingYetError
        Before the first resolve.
    """
    with reading(house) as reader:
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
        one = {}
        for table, query in (
            (TRAITS_KEY.name, "SELECT * FROM t__ AS t WHERE t.profile_id = :id"),
            (MEMBERSHIPS.name, "SELECT segmentation, segment FROM t__ AS t WHERE t.profile_id = :id"),
        ):
            if reader.has(table):
                one[table] = reader.fetch(select(query, t=reader.relation(table), id=profile_id)).to_pylist()
        table = "persons" if found[0]["kind"] == "person" else "accounts"
        personal: dict[str, Any] = {}
        if reader.has(table):
            own = [i["id_value"] for i in identifiers if i["id_type"] == f"{table[:-1]}_id"]
            rows = reader.fetch(select(_OWN_ROW[table], x=reader.relation(table), id=own[0] if own else "")).to_pylist()
            personal = rows[0] if rows else {}
    clear = actor.role in UNMASKED
    values = (one.get(TRAITS_KEY.name) or [{}])[0]
    return ProfileView(
        profile_id=profile_id,
        kind=found[0]["kind"],
        first_seen=found[0]["first_seen"],
        last_seen=found[0]["last_seen"],
        identifiers=tuple(identifiers),
        personal={k: v if clear else _masked(table, k, v) for k, v in personal.items()},
        masked=not clear,
        traits={k: v for k, v in values.items() if k not in ("profile_id", "as_of")},
        memberships={m["segmentation"]: m["segment"] for m in one.get(MEMBERSHIPS.name, [])},
        as_of=values.get("as_of"),
    )


def _masked(table: str, name: str, value: Any) -> Any:
    column = CONTRACTS[table].column(name)
    return "•••" if column is not None and column.personal and value is not None else value


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
            )
        )
    return tuple(out)
