"""Places: reading what customers state, looking at the table of divisions, and changing it for a workspace."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa

from qunxiang.geography import Gazetteer, Place, PlaceChanges, PlaceTable, changed_table
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.ports.engine import Session
from qunxiang.services.access import ANALYSTS, EVERYONE, use_case
from qunxiang.services.house import House
from qunxiang.sql import Relation
from qunxiang.traits import PLACE_COLUMNS, PLACES, STATED_PLACE, stated_places

KIND = "places"
CURRENT = "current"


class PlaceFound(Frozen):
    """What a stated place was read as; `doubts` names the parts that could not be read and why."""

    stated: str
    country: str | None
    region: str | None
    province: str | None
    city: str | None
    district: str | None
    city_tier: str | None
    doubts: tuple[tuple[str, str], ...]


class CityRow(Frozen):
    """One city of the table in force; `changed` says that the workspace changed its tier, region or names."""

    code: str
    name: str
    province: str
    region: str | None
    city_tier: str | None
    districts: int
    also: tuple[str, ...]
    changed: bool


class PlaceState(Frozen):
    """The table of places in force: its version, sources, cities, and what the workspace changed."""

    version: str
    sources: tuple[Label, ...]
    tier_source: Label
    cities: tuple[CityRow, ...]
    changes: PlaceChanges


@use_case("place.find", roles=EVERYONE)
def find(house: House, actor: Actor, texts: tuple[str, ...]) -> list[PlaceFound]:
    """Read places as a refresh would read an address: a name in full, short or old, a code, or an address."""
    gazetteer = current_gazetteer(house)
    return [_found(text, gazetteer.place(address=text)) for text in texts]


@use_case("place.list", roles=EVERYONE)
def places(house: House, actor: Actor, *, within: str | None = None) -> PlaceState:
    """Return the table in force; only the cities of a province or region when `within` names one."""
    changes = _changes(house)[0]
    table = current_gazetteer(house).table
    shipped = house.places()
    before = {(d.province, d.name): d for d in shipped.divisions if d.level == 2}
    short = {d.name: d.short for d in table.divisions if d.level == 1}
    counted: dict[tuple[str, str], int] = {}
    for d in table.divisions:
        if d.level == 3:
            counted[d.province, d.city] = counted.get((d.province, d.city), 0) + 1
    rows = []
    for d in table.divisions:
        if d.level != 2:
            continue
        key, province = (d.province, d.name), short[d.province]
        region, tier = table.regions.get(province), table.tiers.get(key)
        if within is not None and within not in (province, d.province, region):
            continue
        same = (region, tier, d) == (shipped.regions.get(province), shipped.tiers.get(key), before.get(key))
        rows.append(
            CityRow(
                code=d.code,
                name=d.name,
                province=province,
                region=region,
                city_tier=tier,
                districts=counted.get(key, 0),
                also=d.also,
                changed=not same,
            )
        )
    return PlaceState(
        version=table.version,
        sources=table.sources,
        tier_source=table.tier_source,
        cities=tuple(rows),
        changes=changes,
    )


@use_case("place.change", roles=ANALYSTS, touches="change")
def change(house: House, actor: Actor, changes: PlaceChanges, *, replace: bool = False, why: str = "") -> Definition:
    """Store what the workspace changes in the table of places; it counts from the next refresh on.

    `changes` are laid over those that are there; with `replace` those are forgotten.

    Raises
    ------
    UnknownNameError
        When it names a province or city that the table lacks, or that several have.
    """
    before = PlaceChanges() if replace else _changes(house)[0]
    both = PlaceChanges(
        tiers=before.tiers | changes.tiers,
        regions=before.regions | changes.regions,
        names=before.names | changes.names,
        added=tuple(dict.fromkeys((*before.added, *changes.added))),
    )
    body = checked_changes(house, both).model_dump(mode="json")
    new = NewDefinition(kind=KIND, id=CURRENT, body=body, why=why)
    return house.state.put(new, author=actor.name, at=house.clock.now())


def checked_changes(house: House, changes: PlaceChanges) -> PlaceChanges:
    """Return changes that fit the shipped table.

    Raises
    ------
    UnknownNameError
        When they do not.
    """
    changed_table(house.places(), changes, 0)
    return changes


def current_gazetteer(house: House) -> Gazetteer:
    """Return the index of the table in force."""
    changes, version = _changes(house)
    return _gazetteer(house.places, changes.model_dump_json(), version)


def read_places(house: House, session: Session, tables: dict[str, Relation]) -> Relation | None:
    """Read every stated place once and register the result in the session; None without persons and accounts.

    Returns
    -------
    Relation
        One row per stated place: its parts as stated, what they were read as, and ``place_no``, which is least for
        the most precise place.
    """
    stated = stated_places(tables)
    if stated is None:
        return None
    found = session.fetch(stated).to_pylist()
    gazetteer = current_gazetteer(house)
    rows = []
    for row in found:
        place = gazetteer.place(**{part: row[f"stated_{part}"] or None for part in STATED_PLACE})
        read = tuple(getattr(place, c) for c in PLACE_COLUMNS)
        rows.append((sum(v is None for v in read), read, tuple(row[f"stated_{p}"] for p in STATED_PLACE)))
    # equal places have one number, so that the choice between two sources does not hang on their order
    kept = sorted(rows, key=lambda r: (r[0], tuple(v or "" for v in r[1])))
    numbers = {read: n for n, read in enumerate(dict.fromkeys(r[1] for r in kept))}
    columns: dict[str, pa.Array] = {
        f"stated_{p}": pa.array([r[2][i] for r in kept], pa.string()) for i, p in enumerate(STATED_PLACE)
    }
    columns |= {c: pa.array([r[1][i] for r in kept], pa.string()) for i, c in enumerate(PLACE_COLUMNS)}
    columns["place_no"] = pa.array([numbers[r[1]] for r in kept], pa.int64())
    session.register(PLACES, pa.table(columns))
    return Relation(PLACES, tuple(columns))


def _changes(house: House) -> tuple[PlaceChanges, int]:
    document = house.state.definition(KIND, CURRENT)
    if document is None or document.archived:
        return PlaceChanges(), 0
    return PlaceChanges.model_validate(document.body), document.version


@lru_cache(maxsize=8)
def _gazetteer(shipped: Callable[[], PlaceTable], changes: str, version: int) -> Gazetteer:
    laid_over, table = PlaceChanges.model_validate_json(changes), shipped()
    return Gazetteer(table if laid_over == PlaceChanges() else changed_table(table, laid_over, version))


def _found(text: str, place: Place) -> PlaceFound:
    return PlaceFound(
        stated=unicodedata.normalize("NFKC", text)[:80],
        **{c: getattr(place, c) for c in PLACE_COLUMNS},
        doubts=place.doubts,
    )
