"""Source records of a profile, what joined them, and to which company or persons a profile belongs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from qunxiang.identity.buyers import BUYER, CARRIED, CARRIERS, NAMED, NAMERS
from qunxiang.identity.normal import is_han
from qunxiang.identity.records import PREFIX, TABLE, Kind, carried_records
from qunxiang.model import Frozen, SourcePriority
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader
from qunxiang.sql import Relation, select
from qunxiang.tables import IDENTITY_LINKS, ORDER_FACTS, PERSON_ACCOUNTS, Contract

MASK = "•••"
"""What stands where a role may not read."""


class SourceRecord(Frozen):
    """One row of persons or accounts: `values` of the known columns by name, hidden ones masked for some roles."""

    record_id: str
    system: str | None
    created_at: datetime | None
    values: dict[str, Any]


class Agreement(Frozen):
    """How two records agree in one thing, and how much that weighs (log2, negative when it speaks against)."""

    name: str
    level: str
    weight: float


class JoinLink(Frozen):
    """What joined two records: an identifier, resemblance (with its weight, log2 odds, and evidence) or somebody."""

    left: str
    right: str
    joined_by: str
    weight: float | None
    evidence: tuple[Agreement, ...]
    since: datetime


class Belonging(Frozen):
    """A company of a person, or a person of a company, and what the person ordered.

    `name` is the company's, or the person's for roles that may see it.
    """

    profile_id: str
    name: str | None
    linked_by: tuple[str, ...]
    job_title: str | None
    buying_role: str | None
    orders: int
    amount: Decimal | None


def written_name(values: Mapping[str, Any]) -> str | None:
    """Return the name in a row of persons or accounts, in full where only its parts are told; None when it has none.

    Names in Chinese characters begin with the family name, without a space between; others end with it.
    """
    name = values.get("name") or values.get("short_name")
    if name:
        return str(name)
    given, family = (str(values.get(part) or "") for part in ("given_name", "family_name"))
    return (f"{family}{given}" if is_han(given + family) else f"{given} {family}".strip()) or None


def read_records(
    reader: SnapshotReader, kind: Kind, record_ids: Sequence[str], contract: Contract, *, clear: bool
) -> list[SourceRecord]:
    """Return the rows behind names of records, the newest first; names without a row are left out."""
    table = TABLE[kind]
    if not record_ids:
        return []
    key = f"{kind}_id"
    reader.session.register("wanted_records", pa.table({"id": [r.removeprefix(PREFIX[kind]) for r in record_ids]}))
    carried = []
    if any(r.startswith((f"P{BUYER}", f"A{NAMED}")) for r in record_ids):
        carried = _carried(reader, kind, clear=clear)
    if not reader.has(table):
        return carried
    query = select(
        f"SELECT x.* FROM x__ AS x JOIN wanted__ AS w ON w.id = x.{key}",  # noqa: S608 - constants
        x=reader.relation(table),
        wanted=Relation("wanted_records"),
    )
    rows = sorted(reader.fetch(query).to_pylist(), key=lambda r: _age(r, key), reverse=True)
    hidden = frozenset() if clear else frozenset(c.name for c in contract.columns if c.hidden)
    return [
        SourceRecord(
            record_id=f"{PREFIX[kind]}{row[key]}",
            system=row.get("system"),
            created_at=row.get("created_at"),
            values={k: MASK if k in hidden else v for k, v in row.items() if v is not None},
        )
        for row in rows
    ] + carried


def _carried(reader: SnapshotReader, kind: Kind, *, clear: bool) -> list[SourceRecord]:
    """Return what rows without a customer id tell of the wanted records."""
    found = carried_records(kind, reader.relations(*CARRIERS, *NAMERS))
    if found is None:
        return []
    query = select(
        "SELECT b.* FROM b__ AS b JOIN wanted__ AS w ON :prefix || w.id = b.record_id ORDER BY b.record_id",
        b=found,
        wanted=Relation("wanted_records"),
        prefix=PREFIX[kind],
    )
    hidden = frozenset() if clear else frozenset(CARRIED)
    return [
        SourceRecord(
            record_id=row.pop("record_id"),
            system=None,
            created_at=None,
            values={c: MASK if c in hidden else v for c, v in row.items() if v is not None},
        )
        for row in reader.fetch(query).to_pylist()
    ]


def _age(row: Mapping[str, Any], key: str) -> tuple[float, str]:
    made = row.get("created_at")
    return (made.timestamp() if made is not None else float("-inf"), row[key])


SOURCE_PRIORITY = "source_priority"
"""Kind and id of the document that orders the source systems."""


def priority_of(house: House) -> tuple[str, ...]:
    """Return the source systems in the order in which their values count; none when nobody said so."""
    found = house.state.definition(SOURCE_PRIORITY, SOURCE_PRIORITY)
    return () if found is None or found.archived else SourcePriority.model_validate(found.body).systems


def golden(records: Iterable[SourceRecord], priority: Sequence[str] = ()) -> tuple[dict[str, Any], dict[str, str]]:
    """Return each column's value, and the name of the record that gave it.

    It is that of the system that comes first in `priority`, and of its records of the newest that knows the column; the
    records come newest first.
    """
    place = {system: i for i, system in enumerate(priority)}
    values: dict[str, Any] = {}
    given_by: dict[str, str] = {}
    for record in sorted(records, key=lambda r: place.get(r.system or "", len(place))):
        for name, value in record.values.items():
            if name not in values:
                values[name], given_by[name] = value, record.record_id
    return values, given_by


def read_links(reader: SnapshotReader, profile_id: str) -> list[JoinLink]:
    """Return what joined the records of a profile, the surest first."""
    if not reader.has(IDENTITY_LINKS.name):
        return []
    query = select(
        """SELECT left_id, right_id, joined_by, weight, evidence, since FROM l__ AS l WHERE l.profile_id = :id
        ORDER BY CASE WHEN weight IS NULL THEN 0 ELSE 1 END, weight DESC, left_id, right_id""",
        l=reader.relation(IDENTITY_LINKS.name),
        id=profile_id,
    )
    return [
        JoinLink(
            left=row["left_id"],
            right=row["right_id"],
            joined_by=row["joined_by"],
            weight=row["weight"],
            evidence=agreements(row["evidence"]),
            since=row["since"],
        )
        for row in reader.fetch(query).to_pylist()
    ]


def agreements(text: str | None) -> tuple[Agreement, ...]:
    """Read evidence, what weighs most first."""
    found = [Agreement.model_validate(one) for one in json.loads(text)] if text else []
    return tuple(sorted(found, key=lambda a: -a.weight))


_BELONGS = """SELECT b.{other} AS profile_id, b.linked_by, b.job_title, b.buying_role FROM b__ AS b
WHERE b.{own} = :id ORDER BY b.{other}, b.linked_by"""

_ORDERED = """SELECT o.profile_id, CAST(COUNT(*) AS BIGINT) AS orders,
  CAST(SUM(o.amount) AS DECIMAL(18, 2)) AS amount
FROM orders__ AS o JOIN wanted__ AS w ON w.profile_id = o.profile_id GROUP BY o.profile_id"""


def read_belongings(reader: SnapshotReader, kind: str, profile_id: str, *, clear: bool) -> list[Belonging]:
    """Return the companies of a person, or the persons of a company with what they ordered."""
    if not reader.has(PERSON_ACCOUNTS.name):
        return []
    own, other = ("person_profile", "account_profile")[:: 1 if kind == "person" else -1]
    query = select(_BELONGS.format(own=own, other=other), b=reader.relation(PERSON_ACCOUNTS.name), id=profile_id)
    by_profile: dict[str, list[dict[str, Any]]] = {}
    for row in reader.fetch(query).to_pylist():
        by_profile.setdefault(row["profile_id"], []).append(row)
    people = list(by_profile) if kind == "account" else [profile_id]
    ordered = _ordered(reader, people)
    names = names_of(reader, "account" if kind == "person" else "person", list(by_profile), clear=clear)
    return [
        Belonging(
            profile_id=name,
            name=names.get(name),
            linked_by=tuple(row["linked_by"] for row in rows),
            job_title=next((row["job_title"] for row in rows if row["job_title"]), None),
            buying_role=next((row["buying_role"] for row in rows if row["buying_role"]), None),
            orders=ordered.get(name if kind == "account" else profile_id, {}).get("orders", 0),
            amount=ordered.get(name if kind == "account" else profile_id, {}).get("amount"),
        )
        for name, rows in by_profile.items()
    ]


def names_of(reader: SnapshotReader, kind: Kind, profiles: Sequence[str], *, clear: bool) -> dict[str, str]:
    """Return a name of each profile, where its role may be told; persons' names are personal.

    Parts of a name are put together as :func:`written_name` does where no record of the profile has it in full.
    """
    table = TABLE[kind]
    parts = [c for c in _NAME_PARTS if reader.has(table) and c in reader.relation(table).columns]
    if not profiles or not parts:
        return {}
    if kind == "person" and not clear:
        return dict.fromkeys(profiles, MASK)
    reader.session.register("profiles_to_name", pa.table({"profile_id": list(profiles)}))
    query = select(
        f"""SELECT i.profile_id, {", ".join(f"t.{c}" for c in parts)} FROM t__ AS t
        JOIN identities__ AS i ON i.id_type = '{kind}_id' AND i.id_value = t.{kind}_id
        JOIN wanted__ AS w ON w.profile_id = i.profile_id""",  # noqa: S608 - constants
        t=reader.relation(table),
        identities=reader.relation("identities"),
        wanted=Relation("profiles_to_name"),
    )
    found: dict[str, tuple[bool, str]] = {}
    for row in reader.fetch(query).to_pylist():
        name = written_name(row)
        if name is not None:
            profile, told = row["profile_id"], (row.get("name") is None, name)  # names in full come first
            found[profile] = min(told, found.get(profile, told))
    return {profile: name for profile, (_, name) in found.items()}


_NAME_PARTS = ("name", "short_name", "given_name", "family_name")
"""Columns of persons or accounts that :func:`written_name` reads."""


def _ordered(reader: SnapshotReader, profiles: Sequence[str]) -> dict[str, dict[str, Any]]:
    if not profiles or not reader.has(ORDER_FACTS.name):
        return {}
    reader.session.register("wanted_profiles", pa.table({"profile_id": profiles}))
    query = select(_ORDERED, orders=reader.relation(ORDER_FACTS.name), wanted=Relation("wanted_profiles"))
    return {row["profile_id"]: row for row in reader.fetch(query).to_pylist()}
