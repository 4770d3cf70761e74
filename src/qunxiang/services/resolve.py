"""Who is who: profiles and identities from the loaded tables."""

from __future__ import annotations

from qunxiang.i18n import Message
from qunxiang.identity import identities, order_issues, profiles
from qunxiang.model import Actor, Frozen
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.holding import holding
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.reading import reading
from qunxiang.services.writing import write_table
from qunxiang.sql import Relation, select
from qunxiang.tables import IDENTITIES, LOADED, PROFILES


class ResolveReport(Frozen):
    """What resolving found: profiles by kind, identifiers, and orders decided by rule."""

    run: int
    profiles: int
    persons: int
    accounts: int
    identifiers: int
    orders: int
    orders_from_lines: int
    orders_without_customer: int
    orders_disagreeing: int
    seconds: float


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
        versions = {IDENTITIES.name: write_table(house, reader.session, IDENTITIES, identities(loaded))}
        progress(0.5, Message("progress.resolve.profiles"))
        by_zone = profiles(loaded, time_zone=house.settings.time_zone)
        versions[PROFILES.name] = write_table(house, reader.session, PROFILES, by_zone)
        made = house.lake.at(PROFILES.name, versions[PROFILES.name])
        reader.session.bind("made_profiles", made)
        kinds = reader.fetch(select(_KINDS, made=Relation("made_profiles", made.columns))).to_pylist()
        issues = reader.fetch(order_issues(loaded)).to_pylist()[0] if {"orders", "order_lines"} & set(loaded) else {}
        count = {row["kind"]: row["n"] for row in kinds}
        facts = {
            "profiles": made.rows,
            "persons": count.get("person", 0),
            "accounts": count.get("account", 0),
            "identifiers": house.lake.at(IDENTITIES.name, versions[IDENTITIES.name]).rows,
            "orders": issues.get("orders", 0),
            "orders_from_lines": issues.get("derived", 0),
            "orders_without_customer": issues.get("without_customer", 0),
            "orders_disagreeing": issues.get("disagreeing", 0),
            "seconds": (house.clock.now() - started).total_seconds(),
        }
        progress(0.9, Message("progress.publish"))
        held.check()
        new = NewSnapshot(kind="resolve", tables=versions, facts=facts)
        snapshot = house.state.publish(new, actor=actor, at=house.clock.now())
    return ResolveReport(run=snapshot.run, **facts)
