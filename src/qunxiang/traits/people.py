"""Traits of persons and accounts as the source tables state them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import CITY_TIERS, Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, literal, select, template
from qunxiang.sql.macros import union_all
from qunxiang.tables import LOADED
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis, ordered_levels
from qunxiang.traits.firms import ACCOUNT_PARTS, RANGES


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
    "religion": Stated(Family.DEMOGRAPHIC, sensitive=True),
    "lifestyle": Stated(Family.PSYCHOGRAPHIC),
    "interests": Stated(Family.PSYCHOGRAPHIC),
}
"""Columns of ``persons``."""

PLACE_COLUMNS = ("country", "region", "province", "city", "district", "city_tier")
"""Columns of the places read from what persons and accounts state, see :data:`PLACES`."""

PLACES = "places"
"""Relation of the places: one row per stated place, columns :data:`STATED_PLACE` and :data:`PLACE_COLUMNS`, numbered by
`place_no` so that the most precise place has the least number."""

STATED_PLACE = ("country", "province", "city", "district", "address")
"""Columns of ``persons`` and ``accounts`` that state a place; in the relation of places they begin with ``stated_``."""

_PLACE_LABELS = {
    "country": Label("国家", "Country"),
    "region": Label("大区", "Region"),
    "province": Label("省份", "Province"),
    "city": Label("城市", "City"),
    "district": Label("区县", "District"),
    "city_tier": Label("城市等级", "City tier"),
}
_PLACE_MEANS = {
    "country": Label("国家或地区的 ISO 3166 代码", "ISO 3166 code of the country"),
    "region": Label("省份所属的大区，按地区表", "region of the province by the table of places"),
    "province": Label("按地区表统一的省级名称", "name of the province by the table of places"),
    "city": Label("按地区表统一的地级市名称", "name of the city by the table of places"),
    "district": Label("按地区表统一的区县名称", "name of the district by the table of places"),
    "city_tier": Label("城市等级，按地区表", "tier of the city by the table of places"),
}
_PLACE_UNKNOWN = Label("没有填写，或无法对应到唯一的地区", "Not given, or fits no single place")

ACCOUNT_COLUMNS: dict[str, Stated] = {
    "industry": Stated(Family.FIRMOGRAPHIC),
    "employees": Stated(Family.FIRMOGRAPHIC, "integer", w.PEOPLE),
    "annual_revenue": Stated(Family.FIRMOGRAPHIC, "money"),
    "growth_stage": Stated(Family.FIRMOGRAPHIC),
    "maturity": Stated(Family.FIRMOGRAPHIC),
}
"""Columns of ``accounts``."""


def by_profile(
    table: str,
    relation: Relation,
    identities: Relation,
    places: Relation | None = None,
    priority: Sequence[str] = (),
) -> Query:
    """One row per profile that `table` (``persons`` or ``accounts``) describes.

    Where several source records are one profile, each column has the value that is known of the first system in
    `priority`, of that system's records the newest one's, by the moment the record was made, then by its identifier;
    the place is the most precise one.
    """
    stated = PERSON_COLUMNS if table == "persons" else ACCOUNT_COLUMNS
    more = ("birth_date",) if table == "persons" else ACCOUNT_PARTS
    # the table may be older than a column
    columns = [c for c in dict.fromkeys((*stated, *more)) if not relation.columns or c in relation.columns]
    id_type = "person_id" if table == "persons" else "account_id"
    unknown = [f"CAST(NULL AS VARCHAR) AS {c}" for c in (*stated, *more) if c not in columns and c in RANGES]
    made = "COALESCE(s.created_at, TIMESTAMPTZ '1900-01-01 00:00:00+00')"
    parts = [made, f"s.{id_type}"] if "created_at" in relation.columns else [f"s.{id_type}"]
    if priority and "system" in relation.columns:
        parts.insert(0, _rank(priority))
    age = f"({', '.join(parts)})" if len(parts) > 1 else parts[0]
    known = [f"ARG_MAX(s.{c}, {age}) FILTER (WHERE s.{c} IS NOT NULL) AS {c}" for c in columns]
    chosen = ", ".join((*known, *unknown))
    joined = f"JOIN identities__ AS i ON i.id_type = '{id_type}' AND i.id_value = s.{id_type}"
    if places is None:
        return select(
            f"SELECT i.profile_id, {chosen} FROM stated__ AS s {joined} GROUP BY i.profile_id",  # noqa: S608
            stated=relation,
            identities=identities,
        )
    same = " AND ".join(f"{stated_part(c, relation)} = l.stated_{c}" for c in STATED_PLACE)
    of_place = ", ".join(f"p.{c}" for c in PLACE_COLUMNS)
    # several ways to write one place share its number
    once = f"(SELECT DISTINCT place_no, {', '.join(PLACE_COLUMNS)} FROM read__)"  # noqa: S608 - constant column names
    return select(
        f"""SELECT b.*, {of_place} FROM (
          SELECT i.profile_id, {chosen}, MIN(l.place_no) AS place_no FROM stated__ AS s {joined}
          LEFT JOIN places__ AS l ON {same} GROUP BY i.profile_id) AS b
        LEFT JOIN {once} AS p ON p.place_no = b.place_no""",  # noqa: S608 - only constant column names
        stated=relation,
        identities=identities,
        places=places,
        read=places,
    )


def _rank(priority: Sequence[str]) -> str:
    cases = [
        f"WHEN {literal(system).sql('duckdb')} THEN {len(priority) - place}" for place, system in enumerate(priority)
    ]
    return f"CASE s.system {' '.join(cases)} ELSE 0 END"


def stated_part(name: str, relation: Relation) -> str:
    """Return the expression over ``s`` for one stated part of a place, '' when it is unknown.

    Of an address only the beginning counts, which names the place, and only where the city or district is unknown.
    """
    if relation.columns and name not in relation.columns:
        return "''"
    if name != "address":
        return f"COALESCE(s.{name}, '')"
    known = [f"s.{c} IS NULL" for c in ("city", "district") if not relation.columns or c in relation.columns]
    return f"CASE WHEN {' OR '.join(known) or 'TRUE'} THEN COALESCE(SUBSTR(s.address, 1, 24), '') ELSE '' END"


def stated_places(tables: Mapping[str, Relation]) -> Query | None:
    """Return every stated place of persons and accounts once: columns ``stated_`` + :data:`STATED_PLACE`, text."""
    parts = [
        exp.select(*(exp.alias_(template(stated_part(c, tables[t])), f"stated_{c}") for c in STATED_PLACE)).from_(
            tables[t].table("s")
        )
        for t in ("persons", "accounts")
        if t in tables
    ]
    if not parts:
        return None
    return select("SELECT DISTINCT * FROM every__ AS e", every=union_all(parts))


_AGE = """CASE WHEN pe.birth_date <= :as_of THEN
  EXTRACT(YEAR FROM :as_of) - EXTRACT(YEAR FROM pe.birth_date)
  - CASE WHEN EXTRACT(MONTH FROM :as_of) * 100 + EXTRACT(DAY FROM :as_of)
      < EXTRACT(MONTH FROM pe.birth_date) * 100 + EXTRACT(DAY FROM pe.birth_date) THEN 1 ELSE 0 END END"""


def expressions(tables: frozenset[str], *, places: bool = False) -> dict[str, str]:
    """Return trait id to expression over ``pe`` (persons) and ``ac`` (accounts), where these tables are there."""
    made: dict[str, str] = {}
    if "persons" in tables:
        made |= {c: f"pe.{c}" for c in PERSON_COLUMNS} | {"age_years": _AGE}
    if "accounts" in tables:
        made |= {c: f"ac.{c}" for c in ACCOUNT_COLUMNS}
    for place in PLACE_COLUMNS if places else ():
        sides = [f"{a}.{place}" for a, t in (("pe", "persons"), ("ac", "accounts")) if t in tables]
        if sides:
            made[place] = f"COALESCE({', '.join(sides)})" if len(sides) > 1 else sides[0]
    return made


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits of the filled columns of ``persons`` and ``accounts``."""
    made = [_stated(basis, c, stated, ("persons",)) for c, stated in PERSON_COLUMNS.items() if basis.has("persons", c)]
    if basis.has("persons", "birth_date"):
        made.append(_age())
    made += [_place(basis, place) for place in PLACE_COLUMNS if basis.has(PLACES, place)]
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


def _place(basis: TraitBasis, name: str) -> TraitDefinition:
    return TraitDefinition(
        id=name,
        label=_PLACE_LABELS[name],
        family=Family.GEOGRAPHIC,
        kind="text",
        unit=w.LEVEL,
        definition=_PLACE_MEANS[name],
        source=tuple(t for t in ("persons", "accounts") if t in basis.tables),
        when_missing=_PLACE_UNKNOWN,
        levels=CITY_TIERS if name == "city_tier" else (),
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
