"""The table of divisions, and a workspace's changes laid over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field, field_validator, model_validator

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import CITY_TIERS, Frozen

Level = Literal["province", "city", "district"]


@dataclass(frozen=True)
class Division:
    """One division: its level (1 province, 2 city, 3 district), code (empty where the standard has none) and names.

    `province` and `city` are the full names of the divisions it lies in. `english` and `also` are other names:
    traditional characters, short forms, names of the past.
    """

    level: int
    code: str
    name: str
    short: str
    province: str = ""
    city: str = ""
    english: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlaceTable:
    """The divisions with the region of each province (by short name) and the tier of each city (by its full name).

    `version` names the state of the table, `sources` say where divisions and tiers come from.
    """

    divisions: tuple[Division, ...]
    regions: dict[str, str]
    tiers: dict[tuple[str, str], str]
    version: str
    tier_source: Label
    sources: tuple[Label, ...] = ()


class AddedPlace(Frozen):
    """A city or district that the shipped table lacks; a district lies in a city of its province."""

    name: str = Field(min_length=1, max_length=40)
    province: str = Field(min_length=1, max_length=40)
    city: str = Field(default="", max_length=40)
    code: str = Field(default="", pattern=r"^(\d{6})?$")


class PlaceChanges(Frozen):
    """What a workspace changes in the table: the body of the document ``places/current``.

    `tiers` gives cities another tier ("" for none), `regions` gives provinces another region, `names` gives places
    further names (new name to a known one), `added` adds cities and districts. Cities and provinces are named in full
    or short; a city of a name that several have, as 省/市.
    """

    tiers: dict[str, str] = Field(default_factory=dict)
    regions: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    added: tuple[AddedPlace, ...] = ()

    @field_validator("tiers")
    @classmethod
    def _tiers(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = [t for t in value.values() if t not in ("", *CITY_TIERS)]
        if wrong:
            raise ValueError(f"{wrong[0][:20]} is none of {', '.join(CITY_TIERS)}")
        return value

    @model_validator(mode="after")
    def _short(self) -> PlaceChanges:
        for text in (*self.regions.values(), *self.names):
            if not 0 < len(text) <= 40:
                raise ValueError("a name has 1 to 40 characters")
        return self


def changed_table(table: PlaceTable, changes: PlaceChanges, version: int) -> PlaceTable:
    """Return the table with a workspace's changes, of which `version` is the document's version.

    Raises
    ------
    UnknownNameError
        When a change names a province or city that is not there, or that several have.
    """
    divisions = list(table.divisions)
    for added in changes.added:
        province = _one(divisions, added.province, 1)
        city = _one(divisions, f"{province.name}/{added.city}", 2).name if added.city else ""
        short = added.name[:-1] if added.name[-1] in "市区县" and len(added.name) > 2 else added.name
        divisions.append(Division(3 if city else 2, added.code, added.name, short, province.name, city))
    for new, known in changes.names.items():
        found = next((d for level in (1, 2, 3) for d in _named(divisions, known, level)), None)
        if found is None:
            raise UnknownNameError("error.place.unknown", name=known[:40])
        divisions[divisions.index(found)] = replace(found, also=(*found.also, new))
    regions = table.regions | {_one(divisions, p, 1).short: region for p, region in changes.regions.items()}
    tiers = dict(table.tiers)
    for stated, tier in changes.tiers.items():
        city_row = _one(divisions, stated, 2)
        tiers.pop((city_row.province, city_row.name), None)
        if tier:
            tiers[city_row.province, city_row.name] = tier
    return replace(
        table, divisions=tuple(divisions), regions=regions, tiers=tiers, version=f"{table.version}+{version}"
    )


def _named(divisions: list[Division], stated: str, level: int) -> list[Division]:
    within, _, name = stated.rpartition("/")
    return [
        d
        for d in divisions
        if d.level == level
        and name in (d.name, d.short, d.code or None)
        and (not within or within in (d.province, d.city) or _short_of(divisions, within) == d.province)
    ]


def _short_of(divisions: list[Division], stated: str) -> str | None:
    return next((d.name for d in divisions if d.level == 1 and stated in (d.name, d.short)), None)


def _one(divisions: list[Division], stated: str, level: int) -> Division:
    found = _named(divisions, stated, level)
    if not found:
        raise UnknownNameError("error.place.unknown", name=stated[:40])
    if len(found) > 1:
        raise UnknownNameError(
            "error.place.several", name=stated[:40], places=[f"{d.province}/{d.name}" for d in found]
        )
    return found[0]
