"""Traits and memberships as of a date: one snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from qunxiang.errors import NothingYetError
from qunxiang.i18n import Message
from qunxiang.identity import order_facts
from qunxiang.model import Actor, Frozen, NewDefinition, Segmentation, TraitSet
from qunxiang.model.value import CustomerValue
from qunxiang.ports.lake import TableVersion
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
from qunxiang.services.industries import read_industries
from qunxiang.services.memberships import assign, publish_members
from qunxiang.services.places import read_places
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.rule_values import RuleValues
from qunxiang.services.rule_world import rule_segments, rule_tables
from qunxiang.services.source_records import priority_of
from qunxiang.services.trait_basis import naming_of, trait_set
from qunxiang.services.value_traits import fit_in, read_value
from qunxiang.services.writing import write_table
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_types import trait_types
from qunxiang.tables import IDENTITIES, LOADED, MEMBERSHIPS, ORDER_FACTS, PROFILES, TRAITS_KEY
from qunxiang.traits import CUSTOMER_VALUE, INDUSTRIES, PLACES, trait_plan, traits_contract

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
        defining = defining_documents(house)  # read once, so that the snapshot names what it was computed with
        bodies = bodies_of("trait", defining)
        made = compute_traits(house, reader, day, bodies, fit_in(bodies_of("value", defining)))
        traits, written, versions = made.traits, made.written, made.versions
        if written.rows == 0:
            raise NothingYetError("error.nothing.before", as_of=day)
        progress(0.6, Message("progress.refresh.memberships"))
        segmentations = [Segmentation.model_validate(body) for body in bodies_of("segmentation", defining).values()]
        hand = {name: body["members"] for name, body in bodies_of("by_hand", defining).items()}
        reader.session.bind("new_traits", written)
        fresh = Relation("new_traits", written.columns)
        types = trait_types(traits, rule_tables(house, reader.snapshot), rule_segments(house))
        values = RuleValues(house, reader, Moment(day, house.settings.time_zone), made.tables)
        assigned = assign(
            house,
            reader,
            fresh,
            segmentations,
            as_of=day,
            types=types,
            values=values,
            keep_others=False,
            hand=hand,
        )
        progress(0.85, Message("progress.refresh.hash"))
        versions |= assigned.versions
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
            members=assigned.written,
            actor=actor,
            as_of=day,
            definitions=[listed],
        )
    return RefreshReport(run=snapshot.run, as_of=day, content_hash=contents, **facts)


@dataclass(frozen=True)
class ComputedTraits:
    """Traits written as of a day: their definitions, the version written, the versions of all tables written, and the
    tables they were computed from, bound in the session."""

    traits: TraitSet
    written: TableVersion
    versions: dict[str, int]
    tables: dict[str, Relation]


def compute_traits(
    house: House,
    reader: SnapshotReader,
    day: date,
    bodies: Mapping[str, Mapping[str, Any]],
    value: CustomerValue | None,
) -> ComputedTraits:
    """Write the traits of all profiles as of a day, own variables of `bodies` (id to document) and those of the fitted
    lifetime value among them."""
    moment = Moment(day, house.settings.time_zone)
    tables, versions = _inputs(house, reader, moment)
    places = read_places(house, reader.session, tables)
    if places is not None:
        tables[PLACES] = places
    industries = read_industries(house, reader.session, tables)
    if industries is not None:
        tables[INDUSTRIES] = industries
    worth = read_value(reader.session, tables, moment, value)
    if worth is not None:
        tables[CUSTOMER_VALUE] = worth
    traits, own = trait_set(house, reader.session, tables, moment, bodies, value)
    plan = trait_plan(
        tables,
        traits,
        as_of=day,
        time_zone=house.settings.time_zone,
        own_traits=own,
        naming=naming_of(house, reader, tables),
        priority=priority_of(house),
    )
    for name, query in plan.first:
        reader.session.materialise(name, query)
    version = write_table(house, reader.session, traits_contract(traits), plan.query)
    return ComputedTraits(
        traits, house.lake.at(TRAITS_KEY.name, version), {**versions, TRAITS_KEY.name: version}, tables
    )


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
