"""The trait set of a snapshot and the one query that computes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.model import Measure, TraitDefinition, TraitKind, TraitSet
from qunxiang.sql import Query, Relation, cast_to_contract, column, literal, select, template
from qunxiang.sql.moment import Moment
from qunxiang.tables import TRAITS_KEY, Column, ColumnType, Contract
from qunxiang.traits import brands, choices, contacts, firms, habits, lines, orders, own, people, worth
from qunxiang.traits.basis import TraitBasis
from qunxiang.traits.measuring import Naming, plan_table
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
        *brands.definitions(basis),
        *choices.definitions(basis),
        *contacts.definitions(basis),
        *habits.definitions(basis),
        *people.definitions(basis),
        *firms.definitions(basis),
        *worth.definitions(basis),
    ]
    taken = {t.id for t in made}
    for trait in own_traits:
        if trait.definition.id in taken:
            raise SettingError("error.trait.taken", id=trait.definition.id)
        taken.add(trait.definition.id)
        made.append(trait.definition)
    with_categories = basis.categories if basis.has("products", "category") else ()
    channels = basis.channels if basis.has("orders", "channel") else ()
    return TraitSet(traits=tuple(made), categories=with_categories, channels=channels)


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


_OWN = "own_values"
"""Part with the values of all own traits that are measured; joined as one, because each join costs every column."""


@dataclass(frozen=True)
class TraitPlan:
    """The query of all traits, and what is computed before it.

    `first` are queries, each to be computed once and kept under its name, at which `query` reads it.
    """

    first: tuple[tuple[str, Query], ...]
    query: Query


@dataclass
class _Build:
    """A select with its named parts (common table expressions), the joins to them, and the parts computed apart."""

    parts: list[tuple[str, Query]]
    joins: list[tuple[str, str]]
    apart: list[tuple[str, Query]]

    def add(self, name: str, query: Query, alias: str | None = None) -> None:
        self.parts.append((name, query))
        if alias is not None:
            self.joins.append((name, alias))

    def add_apart(self, name: str, query: Query) -> None:
        """Add a part that is computed by itself, with those of the others on which it rests."""
        self.apart.append((name, self._resting(query)))

    def _resting(self, query: Query) -> Query:
        tree = query.tree
        for name, part in self._needed(tree):
            tree = tree.with_(name, as_=part.tree, copy=False)
        return Query(tree)

    def _needed(self, tree: exp.Query) -> list[tuple[str, Query]]:
        """Return the parts that a query reads and those that they read, in order."""
        read = {t.name for t in tree.find_all(exp.Table)}
        needed = []
        for name, part in reversed(self.parts):
            if name in read:
                read |= {t.name for t in part.tree.find_all(exp.Table)}
                needed.append((name, Query(part.tree.copy())))
        return needed[::-1]


def trait_plan(
    tables: Mapping[str, Relation],
    trait_set: TraitSet,
    *,
    as_of: date,
    time_zone: str,
    own_traits: Sequence[OwnTrait] = (),
    only: Relation | None = None,
    naming: Naming = Naming(),  # noqa: B008 - frozen
    priority: Sequence[str] = (),
) -> TraitPlan:
    """Plan all traits of every profile.

    What measures own variables is computed first, one table and one column counted by value at a time, because all at
    once would need the memory of all at once.

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
    naming
        How rows name their profile; what is not known of it costs time alone.
    priority
        Source systems in the order in which their values count.

    Returns
    -------
    TraitPlan
        Its query gives one row per profile: `profile_id`, `as_of`, and one column per trait cast to the type of its
        kind.

    Raises
    ------
    UnknownNameError
        When a trait of the set can be computed from none of the tables.
    """
    moment = Moment(as_of, time_zone)
    wanted = {t.id: t for t in trait_set.traits}
    readable = set(tables) | ({"orders"} if "order_facts" in tables else set())
    chosen_own = [t for t in own_traits if t.definition.id in wanted]
    measured = [t for t in chosen_own if t.measures and {m.measure.table for m in t.measures} <= readable]
    derived = [t for t in chosen_own if t.formula is not None]
    build = _Build([], [], [])
    known = {
        **_add_orders(build, tables, trait_set, moment, only),
        **_add_contacts(build, tables, moment),
        **_add_habits(build, tables, trait_set, moment),
        **_add_people(build, tables, priority),
        **_add_worth(build, tables),
    }
    nodes = {id_: _node(text, as_of) for id_, text in known.items() if id_ in wanted}
    nodes |= _add_own(build, tables, measured, moment, only, naming)
    ids = {t.definition.id for t in derived}
    if lacking := [id_ for id_ in wanted if id_ not in nodes and id_ not in ids]:
        raise UnknownNameError("error.trait.not_computable", traits=lacking, tables=sorted(tables))
    joined = _joined(build, tables, nodes, as_of, only)
    if derived:
        joined = _with_derived(joined, trait_set, derived)
    return TraitPlan(tuple(build.apart), cast_to_contract(joined, traits_contract(trait_set)))


def _add_own(
    build: _Build,
    tables: Mapping[str, Relation],
    measured: Sequence[OwnTrait],
    moment: Moment,
    only: Relation | None,
    naming: Naming,
) -> dict[str, exp.Expr]:
    """Add the plans of all tables that own traits measure, and their values in one narrow table; return them by id."""
    values: dict[Measure, tuple[str, str]] = {}
    names = []
    for table in sorted({m.measure.table for t in measured for m in t.measures}):
        asked = [m for t in measured for m in t.measures if m.measure.table == table]
        plan = plan_table(asked[0].readable, asked, tables, moment, only, naming=naming)
        for name, query in plan.parts:
            build.add_apart(name, query)
            names.append(name)
        values |= plan.values
    if not measured:
        return {}
    made = {t.definition.id: own.expression(t, values, moment.as_of) for t in measured}
    types = {t.definition.id: exp.DataType.build(TYPES[t.definition.kind].sql, dialect="duckdb") for t in measured}
    chosen = [exp.alias_(exp.cast(node, types[id_]), id_, quoted=True) for id_, node in made.items()]
    tree = exp.select(column("profile_id", "pr"), *chosen, copy=False).from_(tables["profiles"].table("pr"), copy=False)
    for name in names:
        tree = _left_join(tree, name, name)
    if only is not None:
        tree = tree.where(_chosen(only), copy=False)
    build.add_apart(_OWN, Query(tree))
    build.joins.append((_OWN, _OWN))
    return {id_: column(id_, _OWN) for id_ in made}


def _chosen(only: Relation) -> exp.Expr:
    """Return the condition that a profile ``pr`` is among those asked for."""
    chosen = select("SELECT profile_id FROM only__ AS x", only=only)
    return exp.In(this=column("profile_id", "pr"), query=chosen.tree.subquery())


def _left_join(tree: exp.Select, name: str, alias: str) -> exp.Select:
    """Join a part to the profiles ``pr``."""
    return tree.join(
        exp.alias_(exp.to_table(name), alias, table=True),
        on=exp.EQ(this=column("profile_id", alias), expression=column("profile_id", "pr")),
        join_type="left",
        copy=False,
    )


def _with_derived(joined: Query, trait_set: TraitSet, derived: Sequence[OwnTrait]) -> Query:
    """Compute expressions over the stored values of traits, those they use first."""
    by_id = {t.definition.id: t for t in derived}
    variables = {id_: t.variable for id_, t in by_id.items()}
    order = own.in_order(variables, lambda v: by_id[v.id].rests_on)
    given = tuple(t for t in trait_set.traits if t.id not in by_id)
    query = cast_to_contract(joined, traits_contract(TraitSet(traits=given)))
    names = ["profile_id", "as_of", *(t.id for t in given)]
    for id_ in order:
        type_ = exp.DataType.build(TYPES[by_id[id_].definition.kind].sql, dialect="duckdb")
        value = exp.cast(own.derived_expression(by_id[id_], "t"), type_)
        kept = [column(n, "t") for n in names]
        made = exp.alias_(value, id_, quoted=True)
        query = Query(exp.select(*kept, made, copy=False).from_(query.tree.subquery("t", copy=False), copy=False))
        names.append(id_)
    return query


def _node(text: str, as_of: date) -> exp.Expr:
    return template(text, as_of=as_of) if ":as_of" in text else template(text)


def _joined(
    build: _Build, tables: Mapping[str, Relation], nodes: Mapping[str, exp.Expr], as_of: date, only: Relation | None
) -> Query:
    projections = [exp.alias_(node, id_, quoted=True) for id_, node in nodes.items()]
    # the tree is changed in place: a builder that copies does so with all that was built before
    stated = (column("profile_id", "pr"), exp.alias_(literal(as_of), "as_of", quoted=True))
    tree = exp.select(*stated, *projections, copy=False).from_(tables["profiles"].table("pr"), copy=False)
    used = {c.table for node in nodes.values() for c in node.find_all(exp.Column)}
    for name, alias in build.joins:
        if alias not in used:  # a join that no trait asked for is not made
            continue
        tree = _left_join(tree, name, alias)
    tree = tree.where(template("pr.first_seen IS NULL OR pr.first_seen <= :as_of", as_of=as_of), copy=False)
    if only is not None:
        tree = tree.where(_chosen(only), copy=False)
    for name, query in build.parts:
        tree = tree.with_(name, as_=query.tree, copy=False)
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
    made = {**orders.EXPRESSIONS, **lines.expressions(trait_set), **_add_choices(build, tables, trait_set, moment)}
    if "products" in tables and brands.TRAITS & {t.id for t in trait_set.traits}:
        for name, query, alias in brands.parts(tables, moment):
            build.add(name, query, alias)
        made |= brands.EXPRESSIONS
    return made


def _add_choices(build: _Build, tables: Mapping[str, Relation], trait_set: TraitSet, moment: Moment) -> dict[str, str]:
    """Add what lines say of prices, discounts and rhythms, where a trait of the set needs it."""
    known = choices.expressions(trait_set.categories)
    wanted = {t.id for t in trait_set.traits} & set(known)
    of_lines, products = tables["order_lines"], tables.get("products")
    if "discount_trend" in wanted:
        build.add("discounts_by_profile", choices.discounts(of_lines, moment), "dt")
    if products is not None and "price_level" in wanted:
        build.add("priced", choices.priced(of_lines, products, moment))
        build.add("price_levels", choices.price_levels(), "pl")
    if products is not None and wanted - {"discount_trend", "price_level"}:
        build.add("rhythms", choices.rhythms(of_lines, products, moment))
        build.add("next_purchases", choices.expected(trait_set.categories), "nx")
    return {id_: known[id_] for id_ in wanted}


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


def _add_habits(build: _Build, tables: Mapping[str, Relation], trait_set: TraitSet, moment: Moment) -> dict[str, str]:
    made = habits.parts(tables, frozenset(t.id for t in trait_set.traits), moment, trait_set.channels)
    for name, query, alias in made:
        build.add(name, query, alias)
    aliases = tuple(f"{alias}." for *_, alias in made)
    known = habits.EXPRESSIONS | habits.channel_expressions(trait_set.channels)
    return {id_: text for id_, text in known.items() if any(a in text for a in aliases)}


def _add_worth(build: _Build, tables: Mapping[str, Relation]) -> dict[str, str]:
    customers = tables.get(worth.CUSTOMER_VALUE)
    if customers is None:
        return {}
    build.add("worth_by_profile", worth.by_profile(customers), "wo")
    return dict(worth.EXPRESSIONS)


def _add_people(build: _Build, tables: Mapping[str, Relation], priority: Sequence[str]) -> dict[str, str]:
    present = frozenset(tables) & {"persons", "accounts"}
    places = tables.get(people.PLACES)
    for table, alias in (("persons", "pe"), ("accounts", "ac")):
        if table in present:
            of_table = people.by_profile(table, tables[table], tables["identities"], places, priority)
            build.add(f"{table}_by_profile", of_table, alias)
    made = people.expressions(present, places=places is not None)
    if "accounts" not in present:
        return made
    industries = tables.get(firms.INDUSTRIES)
    if industries is not None:
        build.add("industries_by_profile", firms.by_profile(industries), "nd")
    return made | firms.expressions(industries=industries is not None)
