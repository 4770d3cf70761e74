"""Traits of persons and accounts as the source tables state them."""

from __future__ import annotations

from dataclasses import dataclass

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select
from qunxiang.tables import LOADED
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis, ordered_levels


@dataclass(frozen=True)
class Stated:
    """A column of ``persons`` or ``accounts`` that becomes a trait of the same name.

    `ordered` levels are bands that sort by their first number.
    """

    family: Family
    kind: TraitKind = "text"
    unit: Label = w.LEVEL
    ordered: bool = False
    sensitive: bool = False


PERSON_COLUMNS: dict[str, Stated] = {
    "age_band": Stated(Family.DEMOGRAPHIC, ordered=True),
    "gender": Stated(Family.DEMOGRAPHIC),
    "income_band": Stated(Family.DEMOGRAPHIC, ordered=True, sensitive=True),
    "education": Stated(Family.DEMOGRAPHIC),
    "occupation": Stated(Family.DEMOGRAPHIC),
    "marital_status": Stated(Family.DEMOGRAPHIC, sensitive=True),
    "household_size": Stated(Family.DEMOGRAPHIC, ordered=True),
    "household_type": Stated(Family.DEMOGRAPHIC),
    "kids_count": Stated(Family.DEMOGRAPHIC, ordered=True),
    "home_ownership": Stated(Family.DEMOGRAPHIC),
}
"""Columns of ``persons``."""

PLACE_COLUMNS = ("country", "province", "city")
"""Columns that persons and accounts both have."""

ACCOUNT_COLUMNS: dict[str, Stated] = {
    "industry": Stated(Family.FIRMOGRAPHIC),
    "employees": Stated(Family.FIRMOGRAPHIC, "integer", w.PEOPLE),
    "annual_revenue": Stated(Family.FIRMOGRAPHIC, "money"),
}
"""Columns of ``accounts``."""


def by_profile(table: str, relation: Relation, identities: Relation) -> Query:
    """One row per profile that `table` (``persons`` or ``accounts``) describes; several rows of one give the least."""
    stated = PERSON_COLUMNS if table == "persons" else ACCOUNT_COLUMNS
    columns = [*stated, *PLACE_COLUMNS, *(["birth_date"] if table == "persons" else [])]
    id_type = "person_id" if table == "persons" else "account_id"
    chosen = ", ".join(f"MIN(s.{c}) AS {c}" for c in columns)
    return select(
        f"""SELECT i.profile_id, {chosen} FROM stated__ AS s
        JOIN identities__ AS i ON i.id_type = '{id_type}' AND i.id_value = s.{id_type}
        GROUP BY i.profile_id""",  # noqa: S608 - only constant column names
        stated=relation,
        identities=identities,
    )


_AGE = """CASE WHEN pe.birth_date <= :as_of THEN
  EXTRACT(YEAR FROM :as_of) - EXTRACT(YEAR FROM pe.birth_date)
  - CASE WHEN EXTRACT(MONTH FROM :as_of) * 100 + EXTRACT(DAY FROM :as_of)
      < EXTRACT(MONTH FROM pe.birth_date) * 100 + EXTRACT(DAY FROM pe.birth_date) THEN 1 ELSE 0 END END"""


def expressions(tables: frozenset[str]) -> dict[str, str]:
    """Return trait id to expression over ``pe`` (persons) and ``ac`` (accounts), where these tables are there."""
    made: dict[str, str] = {}
    if "persons" in tables:
        made |= {c: f"pe.{c}" for c in PERSON_COLUMNS} | {"age_years": _AGE}
    if "accounts" in tables:
        made |= {c: f"ac.{c}" for c in ACCOUNT_COLUMNS}
    for place in PLACE_COLUMNS:
        sides = [f"{a}.{place}" for a, t in (("pe", "persons"), ("ac", "accounts")) if t in tables]
        if sides:
            made[place] = f"COALESCE({', '.join(sides)})" if len(sides) > 1 else sides[0]
    return made


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits of the filled columns of ``persons`` and ``accounts``."""
    made = [_stated(basis, c, stated, ("persons",)) for c, stated in PERSON_COLUMNS.items() if basis.has("persons", c)]
    if basis.has("persons", "birth_date"):
        made.append(_age())
    for place in PLACE_COLUMNS:
        source = tuple(t for t in ("persons", "accounts") if basis.has(t, place))
        if source:
            made.append(_stated(basis, place, Stated(Family.GEOGRAPHIC), source))
    made += [
        _stated(basis, c, stated, ("accounts",)) for c, stated in ACCOUNT_COLUMNS.items() if basis.has("accounts", c)
    ]
    return made


def _stated(basis: TraitBasis, name: str, stated: Stated, source: tuple[str, ...]) -> TraitDefinition:
    column = LOADED[source[0]].column(name)
    label = column.label if column else Label.same(name)
    return TraitDefinition(
        id=name,
        label=label,
        family=stated.family,
        kind=stated.kind,
        unit=basis.currency if stated.kind == "money" else stated.unit,
        definition=Label(f"来源数据中填写的{label.zh}", f"{label.en} as stated in the source data"),
        source=source,
        when_missing=w.NOT_TOLD,
        levels=ordered_levels(basis.levels.get(name, ())) if stated.ordered else (),
        sensitive=stated.sensitive,
    )


def _age() -> TraitDefinition:
    return TraitDefinition(
        id="age_years",
        label=Label("年龄", "Age"),
        family=Family.DEMOGRAPHIC,
        kind="integer",
        unit=w.YEARS,
        definition=Label("截止日期当天的周岁年龄，由出生日期计算", "Completed years on the date, from the birth date"),
        source=("persons",),
        when_missing=w.NOT_TOLD,
    )
