"""Who is who: profiles and identities from the loaded tables."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from qunxiang.i18n import Message
from qunxiang.identity import identities, order_issues, profiles
from qunxiang.identity.companies import person_accounts
from qunxiang.identity.profiles import described_nowhere, sightings
from qunxiang.intake.report import Note
from qunxiang.model import Actor, Frozen
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.holding import holding
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.matching import Resolved, resolve_records
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.writing import write_table
from qunxiang.sql import Relation, select
from qunxiang.tables import IDENTITIES, IDENTITY_LINKS, IDENTITY_REVIEWS, LOADED, PERSON_ACCOUNTS, PROFILES


class ResolveReport(Frozen):
    """What resolving found: profiles by kind, identifiers, and orders decided by rule.

    `merged` source records belong to a profile named after another one; `to_review` pairs wait to be looked at;
    `compared` says whether resemblance was looked at too, which needs names. `referred` profiles are named by other
    tables while no row of persons or accounts describes them; `notes` say what to do about it.
    """

    run: int
    profiles: int
    persons: int
    accounts: int
    merged: int
    to_review: int
    compared: bool
    identifiers: int
    orders: int
    orders_from_lines: int
    orders_without_customer: int
    orders_disagreeing: int
    referred: int
    seconds: float
    notes: tuple[Note, ...] = ()


_KINDS = "SELECT kind, CAST(COUNT(*) AS BIGINT) AS n FROM made__ AS p GROUP BY kind"


@use_case("resolve", roles=ANALYSTS, touches="change")
def resolve(house: House, actor: Actor, *, progress: Progress = silent) -> ResolveReport:
    """Find every person and account that a loaded table names, and publish them as profiles.

    Raises
    ------
    NothingYetError
        When nothing is loaded that names a customer.
    """
    started = house.clock.now()
    with holding(house, "refresh", actor) as held, reading(house) as reader:
        loaded = reader.relations(*LOADED)
        progress(0.1, Message("progress.resolve.identities"))
        resolved = resolve_records(house, reader, loaded, at=started)
        merged = _bound(reader, "merged_records", resolved.merged)
        progress(0.5, Message("progress.resolve.profiles"))
        reader.session.materialise("sightings", sightings(loaded, merged))
        seen = Relation("sightings")
        named = identities(loaded, merged, seen=seen)
        versions = {IDENTITIES.name: write_table(house, reader.session, IDENTITIES, named)}
        by_zone = profiles(loaded, merged, time_zone=house.settings.time_zone, seen=seen)
        versions[PROFILES.name] = write_table(house, reader.session, PROFILES, by_zone)
        versions |= _companions(house, reader, loaded, resolved, versions[IDENTITIES.name])
        made = house.lake.at(PROFILES.name, versions[PROFILES.name])
        reader.session.bind("made_profiles", made)
        kinds = reader.fetch(select(_KINDS, made=Relation("made_profiles", made.columns))).to_pylist()
        issues = reader.fetch(order_issues(loaded)).to_pylist()[0] if {"orders", "order_lines"} & set(loaded) else {}
        count = {row["kind"]: row["n"] for row in kinds}
        facts = {
            "profiles": made.rows,
            "persons": count.get("person", 0),
            "accounts": count.get("account", 0),
            "merged": resolved.merged.num_rows,
            "to_review": resolved.reviews.num_rows,
            "compared": resolved.compared,
            "identifiers": house.lake.at(IDENTITIES.name, versions[IDENTITIES.name]).rows,
            "orders": issues.get("orders", 0),
            "orders_from_lines": issues.get("derived", 0),
            "orders_without_customer": issues.get("without_customer", 0),
            "orders_disagreeing": issues.get("disagreeing", 0),
            "referred": reader.fetch(described_nowhere(seen)).to_pylist()[0]["profiles"],
            "seconds": (house.clock.now() - started).total_seconds(),
        }
        progress(0.9, Message("progress.publish"))
        held.check()
        new = NewSnapshot(kind="resolve", tables=versions, facts=facts)
        snapshot = house.state.publish(new, actor=actor, at=house.clock.now(), leases=(held.lease,))
    return ResolveReport(run=snapshot.run, **facts, notes=_notes(facts["referred"]))


def _notes(referred: int) -> tuple[Note, ...]:
    return (Note(code="resolve.note.referred", params={"profiles": referred}),) if referred else ()


def _bound(reader: SnapshotReader, name: str, table: pa.Table) -> Relation | None:
    """Bind a table that has rows."""
    if not table.num_rows:
        return None
    reader.session.register(name, table)
    return Relation(name, tuple(table.column_names))


def _companions(
    house: House, reader: SnapshotReader, loaded: Mapping[str, Relation], resolved: Resolved, identities_version: int
) -> dict[str, int]:
    """Write what joined records, what is to be looked at, and who belongs to which company, where there is any."""
    versions = {}
    for contract, rows in ((IDENTITY_LINKS, resolved.links), (IDENTITY_REVIEWS, resolved.reviews)):
        if rows.num_rows or reader.has(contract.name):
            reader.session.register(f"made_{contract.name}", rows)
            query = select("SELECT * FROM x__ AS x", x=Relation(f"made_{contract.name}"))
            versions[contract.name] = write_table(house, reader.session, contract, query)
    made = house.lake.at(IDENTITIES.name, identities_version)
    reader.session.bind("made_identities", made)
    domains = _bound(reader, "domain_pairs", resolved.domains) if resolved.domains is not None else None
    belong = person_accounts(loaded, Relation("made_identities", made.columns), domains)
    if belong is not None:
        found = reader.fetch(belong)
        if found.num_rows or reader.has(PERSON_ACCOUNTS.name):
            reader.session.register("made_person_accounts", found)
            query = select("SELECT * FROM x__ AS x", x=Relation("made_person_accounts"))
            versions[PERSON_ACCOUNTS.name] = write_table(house, reader.session, PERSON_ACCOUNTS, query)
    return versions
