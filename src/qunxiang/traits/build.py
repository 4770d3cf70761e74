"""The trait set of a snapshot and the one query that computes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.model import TraitDefinition, TraitKind, TraitSet
from qunxiang.sql import Query, Relation, cast_to_contract, column, literal, select, template
from qunxiang.sql.moment import Moment
from qunxiang.tables import TRAITS_KEY, Column, ColumnType, Contract
from qunxiang.traits import contacts, lines, orders, own, people
from qunxiang.traits.basis import TraitBasis
from qunxiang.traits.own import OwnTrait

TYPES: dict[TraitKind, ColumnType] = {
    "number": ColumnType.NUMBER,
    "integer": ColumnType.INTEGER,
    "money": ColumnType.MONEY,
    "share": ColumnType.NUMBER,
    "text": ColumnType.TEXT,
    "boolean": ColumnType.BOOLEAN,
    "date": ColumnType.DATE,
}
"""Column type of each kind of trait."""


def standard_traits(basis: TraitBasis, own_traits: Sequence[OwnTrait] = ()) -> TraitSet:
    """List the traits that the data allow, own ones last.

    Raises
    ------
    SettingError
        When an own trait takes an id that is in use.
    """
    made: list[TraitDefinition] = [
        *orders.definitions(basis),
        *lines.definitions(basis),
        *contacts.definitions(basis),
        *people.definitions(basis),
    ]
    taken = {t.id for t in made}
    for trait in own_traits:
        if trait.definition.id in taken:
            raise SettingError("error.trait.taken", id=trait.definition.id)
        taken.add(trait.definition.id)
        made.append(trait.definition)
    with_categories = basis.categories if basis.has("products", "category") else ()
    return TraitSet(traits=tuple(made), categories=with_categories)


def traits_contract(trait_set: TraitSet) -> Contract:
    """Return the contract of a traits table with the columns of `trait_set`."""
    columns = tuple(Column(t.id, TYPES[t.kind], t.label) for t in trait_set.traits)
    return Contract(
        name=TRAITS_KEY.name,
        label=TRAITS_KEY.label,
        grain=TRAITS_KEY.grain,
        key=TRAITS_KEY.key,
        columns=TRAITS_KEY.columns + columns,
    )


@dataclass
class _Build:
    """A select with its named parts (common table expressions) and the joins to them."""

    parts: list[tuple[str, Query]]
    joins: list[tuple[str, str]]

    def add(self, name: str, query: Query, alias: str | None = None) -> None:
        self.parts.append((name, query))
        if alias is not None:
            self.joins.append((name, alias))


def trait_query(
    tables: Mapping[str, Relation],
    trait_set: TraitSet,
    *,
    as_of: date,
    time_zone: str,
    own_traits: Sequence[OwnTrait] = (),
    only: Relation | None = None,
) -> Query:
    """Compute all traits of every profile.

    Parameters
    ----------
    tables
        ``profiles`` and ``identities``, ``order_facts`` when there are orders, and the loaded tables that are there.
    trait_set
        Traits to compute, in column order.
    as_of
        Last day that counts, in `time_zone`; later facts are ignored, profiles first seen later are left out.
    time_zone
        IANA name of the zone whose days, hours and weekdays count.
    own_traits
        Recipes of the own traits in `trait_set`.
    only
        Table with a column `profile_id`: compute these profiles only. Scores still compare with all profiles, so the
        rows equal those of a full run.

    Returns
    -------
    Query
        One row per profile: `profile_id`, `as_of`, and one column per trait cast to the type of its kind.

    Raises
    ------
    UnknownNameError
        When a trait of the set can be computed from none of the tables.
    """
    moment = Moment(as_of, time_zone)
    wanted = {t.id: t for t in trait_set.traits}
    readable = set(tables) | ({"orders"} if "order_facts" in tables else set())
    chosen_own = [t for t in own_traits if t.definition.id in wanted and t.recipe.table in readable]
    build = _Build([], [])
    known = {
        **_add_orders(build, tables, trait_set, moment, only),
        **_add_contacts(build, tables, moment),
        **_add_people(build, tables),
    }
    nodes = {id_: _node(text, as_of) for id_, text in known.items() if id_ in wanted}
    for table in sorted({t.recipe.table for t in chosen_own}):
        of_table = [t for t in chosen_own if t.recipe.table == table]
        rows = own.rows_of(table, tables, moment)
        build.add(f"own_{table}", own.by_profile(table, of_table, rows, moment), f"own_{table}")
        nodes |= {t.definition.id: own.expression(t) for t in of_table}
    if lacking := [id_ for id_ in wanted if id_ not in nodes]:
        raise UnknownNameError("error.trait.not_computable", traits=lacking, tables=sorted(tables))
    return cast_to_contract(_joined(build, tables, nodes, as_of, only), traits_contract(trait_set))


def _node(text: str, as_of: date) -> exp.Expr:
    return template(text, as_of=as_of) if ":as_of" in text else template(text)


def _joined(
    build: _Build, tables: Mapping[str, Relation], nodes: Mapping[str, exp.Expr], as_of: date, only: Relation | None
) -> Query:
    projections = [exp.alias_(node, id_, quoted=True) for id_, node in nodes.items()]
    tree = exp.select(column("profile_id", "pr"), exp.alias_(literal(as_of), "as_of", quoted=True), *projections).from_(
        tables["profiles"].table("pr")
    )
    for name, alias in build.joins:
        tree = tree.join(
            exp.alias_(exp.to_table(name), alias, table=True),
            on=exp.EQ(this=column("profile_id", alias), expression=column("profile_id", "pr")),
            join_type="left",
        )
    tree = tree.where(template("pr.first_seen IS NULL OR pr.first_seen <= :as_of", as_of=as_of))
    if only is not None:
        chosen = select("SELECT profile_id FROM only__ AS x", only=only)
        tree = tree.where(exp.In(this=column("profile_id", "pr"), query=chosen.tree.subquery()))
    for name, query in build.parts:
        tree = tree.with_(name, as_=query.tree.copy())
    return Query(cast(exp.Query, tree))


def _add_orders(
    build: _Build, tables: Mapping[str, Relation], trait_set: TraitSet, moment: Moment, only: Relation | None
) -> dict[str, str]:
    if "order_facts" not in tables:
        return {}
    build.add("facts", orders.facts(tables["order_facts"], moment))
    build.add("orders_by_profile", orders.by_profile(moment))
    build.add("orders_scored", orders.scored(), "o")
    counted = select("SELECT order_id, profile_id FROM facts")
    if only is not None:
        counted = select(
            "SELECT order_id, profile_id FROM facts WHERE profile_id IN (SELECT profile_id FROM only__ AS x)", only=only
        )
    build.add("counted", counted)
    if "order_lines" not in tables:
        return {**orders.EXPRESSIONS, "margin_proxy": lines.SPEND}
    build.add("lines_by_category", lines.by_category(tables["order_lines"], tables.get("products"), moment))
    build.add("lines_by_profile", lines.by_profile(trait_set.categories), "l")
    build.add("top_categories", lines.top_category(), "t")
    build.add("baskets_by_profile", lines.orders_with_lines(tables["order_lines"], moment), "b")
    return {**orders.EXPRESSIONS, **lines.expressions(trait_set)}


def _add_contacts(build: _Build, tables: Mapping[str, Relation], moment: Moment) -> dict[str, str]:
    known = contacts.EXPRESSIONS
    made: dict[str, str] = {}
    touched, answered, ids = tables.get("campaign_contacts"), tables.get("responses"), tables["identities"]
    if touched is not None:
        build.add("contacts_by_profile", contacts.contacts_by_profile(touched, ids, moment), "cc")
        made |= {t: known[t] for t in ("campaign_contacts_365d", "campaigns_365d")}
    if answered is not None:
        build.add("responses_by_profile", contacts.responses_by_profile(answered, ids, moment), "re")
        made |= {t: known[t] for t in ("responses_365d", "days_since_response")}
    if touched is not None and answered is not None:
        build.add("answered_by_profile", contacts.answered_by_profile(touched, answered, ids, moment), "an")
        made["response_rate_365d"] = known["response_rate_365d"]
    if "events" in tables:
        build.add("events_by_profile", contacts.events_by_profile(tables["events"], ids, moment), "ev")
        made |= {t: known[t] for t in ("events_90d", "days_since_event")}
    return made


def _add_people(build: _Build, tables: Mapping[str, Relation]) -> dict[str, str]:
    present = frozenset(tables) & {"persons", "accounts"}
    for table, alias in (("persons", "pe"), ("accounts", "ac")):
        if table in present:
            build.add(f"{table}_by_profile", people.by_profile(table, tables[table], tables["identities"]), alias)
    return people.expressions(present)
