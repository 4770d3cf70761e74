"""Finding customers by what people know of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa

from qunxiang.identity.buyers import BUYER, CARRIED, CARRIERS, NAMED, NAMERS
from qunxiang.identity.finding import WAYS, customers_found, places
from qunxiang.identity.records import PREFIX, TABLE, Kind
from qunxiang.model import Actor, Frozen
from qunxiang.services.access import FRONT, use_case
from qunxiang.services.columns import table_contract
from qunxiang.services.house import House
from qunxiang.services.overview import UNMASKED
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.source_records import golden, names_of, priority_of, read_records, written_name
from qunxiang.sql import Relation, select
from qunxiang.tables import IDENTITIES, PERSON_ACCOUNTS, PROFILES

MOST = 50
"""Customers listed at most."""

LONGEST = 200
"""Letters of a searched text that count."""


class FoundCustomer(Frozen):
    """A customer that a search found, and by what: one of :data:`qunxiang.identity.finding.WAYS`.

    `name` and `city` are those that count among its `records` (their number), masked for roles that may not read them;
    `companies` are those of a person, `systems` the source systems that know the customer.
    """

    profile_id: str
    kind: str
    found_by: str
    name: str | None
    city: str | None
    companies: tuple[str, ...]
    systems: tuple[str, ...]
    records: int


class FoundCustomers(Frozen):
    """What a search found, the surest first; `more` says that there are others than those listed.

    `masked` says that personal data were neither shown nor searched, because the role may not read them.
    """

    customers: tuple[FoundCustomer, ...]
    more: bool
    masked: bool


@use_case("find", roles=FRONT, touches="single", named=False)
def find(house: House, actor: Actor, text: str) -> FoundCustomers:
    """Find customers by profile id, id in a source system, telephone, e-mail, WeChat id, name or company.

    A role that reads personal data masked finds customers by their ids and by what it may read, such as names of
    companies. The audit says that somebody searched, never for what.

    Raises
    ------
    NothingYetError
        Before the first resolve.
    """
    clear = actor.role in UNMASKED
    wanted = text.encode("utf-8", "ignore").decode().strip()[:LONGEST]  # half a sign is none that a query may have
    with reading(house) as reader:
        reader.relation(PROFILES.name)  # says what is to be done before the first resolve
        identities = reader.relation(IDENTITIES.name)
        tables = reader.relations(*TABLE.values(), *CARRIERS, *NAMERS)
        query = customers_found(wanted, identities, places(tables, _unread(house, clear=clear)), most=MOST + 1)
        rows = reader.fetch(query).to_pylist() if wanted else []
        listed = _listed(house, reader, rows[:MOST], clear=clear)
    return FoundCustomers(customers=tuple(listed), more=len(rows) > MOST, masked=not clear)


def _unread(house: House, *, clear: bool) -> dict[Kind, frozenset[str]]:
    """Return the columns of each kind that are hidden from whoever asks."""
    if clear:
        return {"person": frozenset(), "account": frozenset()}
    hidden = {k: frozenset(c.name for c in table_contract(house, t).columns if c.hidden) for k, t in TABLE.items()}
    return {"person": hidden["person"] | set(CARRIED), "account": hidden["account"]}


_RECORDS = """SELECT i.profile_id, i.id_type, i.id_value FROM i__ AS i
JOIN wanted__ AS w ON w.profile_id = i.profile_id ORDER BY i.profile_id, i.id_type, i.id_value"""

_COMPANIES = """SELECT DISTINCT b.person_profile, b.account_profile FROM b__ AS b
JOIN wanted__ AS w ON w.profile_id = b.person_profile ORDER BY b.person_profile, b.account_profile"""


def _listed(
    house: House, reader: SnapshotReader, rows: Sequence[Mapping[str, Any]], *, clear: bool
) -> list[FoundCustomer]:
    """Return what a list shows of the profiles that were found, in their order."""
    profiles = pa.array([r["profile_id"] for r in rows], pa.string())
    reader.session.register("found_profiles", pa.table({"profile_id": profiles}))
    wanted = Relation("found_profiles")
    found = reader.fetch(select(_RECORDS, i=reader.relation(IDENTITIES.name), wanted=wanted)).to_pylist()
    owner: dict[str, str] = {}
    kinds: dict[str, Kind] = {}
    for profile_id, ids in groupby(found, key=lambda r: r["profile_id"]):
        for one in ids:
            kinds[profile_id] = "person" if one["id_type"] == "person_id" else "account"
            owner[f"{PREFIX[kinds[profile_id]]}{one['id_value']}"] = profile_id
    values, systems = _values(house, reader, owner, clear=clear)
    companies = _companies(reader, wanted)
    counted = Counter(owner.values())
    return [
        FoundCustomer(
            profile_id=(profile := r["profile_id"]),
            kind=kinds[profile],
            found_by=WAYS[r["way"]],
            name=written_name(values.get(profile, {})),
            city=values.get(profile, {}).get("city"),
            companies=tuple(companies.get(profile, ())),
            systems=systems.get(profile, ()),
            records=counted[profile],
        )
        for r in rows
    ]


def _values(
    house: House, reader: SnapshotReader, owner: Mapping[str, str], *, clear: bool
) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[str, ...]]]:
    """Return by profile the values that count, and the systems that know it."""
    priority = priority_of(house)
    by_profile: dict[str, list[Any]] = {}
    for kind, table in TABLE.items():
        ids = [r for r in owner if r.startswith(PREFIX[kind])]
        for record in read_records(reader, kind, ids, table_contract(house, table), clear=clear):
            by_profile.setdefault(owner[record.record_id], []).append(record)
    values = {profile: golden(records, priority)[0] for profile, records in by_profile.items()}
    systems: dict[str, set[str]] = {p: {r.system for r in records if r.system} for p, records in by_profile.items()}
    for record_id, profile in owner.items():
        system, colon, _ = record_id[1:].partition(":")
        if colon and f"{system}:" not in (BUYER, NAMED):  # a record that only other tables name
            systems.setdefault(profile, set()).add(system)
    return values, {p: tuple(sorted(known)) for p, known in systems.items()}


def _companies(reader: SnapshotReader, wanted: Relation) -> dict[str, list[str]]:
    """Return the names of the companies of persons, by the person's profile."""
    if not reader.has(PERSON_ACCOUNTS.name):
        return {}
    rows = reader.fetch(select(_COMPANIES, b=reader.relation(PERSON_ACCOUNTS.name), wanted=wanted)).to_pylist()
    names = names_of(reader, "account", sorted({r["account_profile"] for r in rows}), clear=True)
    made: dict[str, list[str]] = {}
    for row in rows:
        made.setdefault(row["person_profile"], []).append(names.get(row["account_profile"], row["account_profile"]))
    return made
