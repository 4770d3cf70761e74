"""Traits and memberships as of a date: one snapshot."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from qunxiang.errors import NothingYetError
from qunxiang.i18n import Message
from qunxiang.identity import order_facts
from qunxiang.model import Actor, Frozen, NewDefinition, Segmentation
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.access import MAKERS, use_case
from qunxiang.services.definitions_read import TRAIT_SET
from qunxiang.services.hashing import (
    bodies_of,
    defining_documents,
    definitions_hash,
    next_version,
    snapshot_hash,
    traits_hash,
)
from qunxiang.services.holding import holding
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.memberships import assign, publish_members
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.trait_basis import own_trait, trait_set
from qunxiang.services.writing import write_table
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_types import trait_types
from qunxiang.tables import IDENTITIES, LOADED, MEMBERSHIPS, ORDER_FACTS, PROFILES, TRAITS_KEY
from qunxiang.traits import trait_query, traits_contract

STALE_DAYS = 90
"""A snapshot dated so many days after the newest fact says so."""


class RefreshReport(Frozen):
    """What a refresh made. `content_hash` is equal for equal data and definitions, whatever the order of loading."""

    run: int
    as_of: date
    profiles: int
    traits: int
    segmentations: dict[str, int]
    changed: int
    newest_fact: date | None
    stale: bool
    content_hash: str
    seconds: float


@use_case("refresh", roles=MAKERS, touches="change")
def refresh(house: House, actor: Actor, *, as_of: date | None = None, progress: Progress = silent) -> RefreshReport:
    """Compute traits and memberships as of a date and publish them as one snapshot.

    Parameters
    ----------
    as_of
        Last day that counts, in the workspace's time zone; today when None.

    Raises
    ------
    NothingYetError
        When there are no profiles yet.
    ConflictError
        When another refresh is running.
    """
    started = house.clock.now()
    day = as_of or started.astimezone(ZoneInfo(house.settings.time_zone)).date()
    with holding(house, "refresh", actor) as held, reading(house) as reader:
        progress(0.02, Message("progress.refresh.traits"))
        tables, versions = _inputs(house, reader, Moment(day, house.settings.time_zone))
        defining = defining_documents(house)  # read once, so that the snapshot names what it was computed with
        own = [own_trait(body, house.settings.currency) for body in bodies_of("trait", defining).values()]
        traits = trait_set(house, reader.session, tables, Moment(day, house.settings.time_zone), own)
        query = trait_query(tables, traits, as_of=day, time_zone=house.settings.time_zone, own_traits=own)
        version = write_table(house, reader.session, traits_contract(traits), query)
        written = house.lake.at(TRAITS_KEY.name, version)
        if written.rows == 0:
            raise NothingYetError("error.nothing.before", as_of=day)
        progress(0.6, Message("progress.refresh.memberships"))
        segmentations = [Segmentation.model_validate(body) for body in bodies_of("segmentation", defining).values()]
        hand = {name: body["members"] for name, body in bodies_of("by_hand", defining).items()}
        reader.session.bind("new_traits", written)
        fresh = Relation("new_traits", written.columns)
        types = trait_types(traits)
        assigned = assign(house, reader, fresh, segmentations, as_of=day, types=types, keep_others=False, hand=hand)
        progress(0.85, Message("progress.refresh.hash"))
        versions |= {TRAITS_KEY.name: version, **assigned.versions}
        of_traits = traits_hash(reader.session, written)
        memberships = house.lake.at(MEMBERSHIPS.name, versions[MEMBERSHIPS.name])
        contents = snapshot_hash(reader.session, of_traits, memberships)
        newest = _newest(reader)
        facts: dict[str, Any] = {
            "profiles": written.rows,
            "traits": len(traits.traits),
            "segmentations": assigned.segmentations,
            "changed": assigned.changed,
            "newest_fact": newest.isoformat() if newest else None,
            "stale": newest is not None and (day - newest).days > STALE_DAYS,
            "seconds": (house.clock.now() - started).total_seconds(),
        }
        progress(0.95, Message("progress.publish"))
        listed = NewDefinition(kind="trait_set", id="current", body=traits.model_dump(mode="json"))
        computed_with = {name: version for name, (version, _) in defining.items()}
        computed_with[TRAIT_SET] = next_version(listed, house.state.definition("trait_set", "current"))
        snapshot = publish_members(
            house,
            reader,
            held,
            NewSnapshot(
                kind="refresh",
                tables=versions,
                as_of=day,
                definitions=computed_with,
                definitions_hash=definitions_hash(traits, defining),
                content_hash=contents,
                facts={**facts, "traits_hash": of_traits},
            ),
            actor=actor,
            as_of=day,
            definitions=[listed],
        )
    return RefreshReport(run=snapshot.run, as_of=day, content_hash=contents, **facts)


def _inputs(house: House, reader: SnapshotReader, moment: Moment) -> tuple[dict[str, Relation], dict[str, int]]:
    """Bind the loaded tables, profiles and identities, and write the orders up to the day once for all readers."""
    tables = reader.relations(*LOADED)
    for name in (PROFILES.name, IDENTITIES.name):
        tables[name] = reader.relation(name)
    versions = {}
    if {"orders", "order_lines"} & set(tables):
        orders = order_facts(tables, tables[IDENTITIES.name], moment=moment)
        versions[ORDER_FACTS.name] = write_table(house, reader.session, ORDER_FACTS, orders)
        reader.session.bind("orders_so_far", house.lake.at(ORDER_FACTS.name, versions[ORDER_FACTS.name]))
        tables[ORDER_FACTS.name] = Relation("orders_so_far", ORDER_FACTS.names)
    return tables, versions


def _newest(reader: SnapshotReader) -> date | None:
    query = select("SELECT MAX(last_seen) AS newest FROM profiles__ AS p", profiles=reader.relation(PROFILES.name))
    newest: date | None = reader.fetch(query)["newest"][0].as_py()
    return newest
