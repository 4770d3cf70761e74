"""The values that rules ask beside the traits of a snapshot: behaviour over its tables, and who is in which segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count

from sqlglot import exp

from qunxiang.identity import order_facts
from qunxiang.model import Behaviour
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader
from qunxiang.services.rule_world import own_contracts
from qunxiang.services.trait_basis import lines_named_by
from qunxiang.sql import Query, Relation, Rule, column, literal, select
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_forms import stored_as
from qunxiang.tables import IDENTITIES, LOADED, MEMBERSHIPS, ORDER_FACTS, PROFILES
from qunxiang.traits.behaviours import Sources, behaviour_query
from qunxiang.traits.measuring import OF_ORDERS


class RuleValues:
    """Puts what rules ask beside traits.

    Parameters
    ----------
    reader
        Gives the loaded tables, through its snapshot.
    moment
        Last day that counts.
    tables
        Tables bound already, by name; those that behaviour looks at are bound when None.
    """

    def __init__(
        self, house: House, reader: SnapshotReader, moment: Moment, tables: Mapping[str, Relation] | None = None
    ) -> None:
        self._house = house
        self._reader = reader
        self._moment = moment
        self._tables = dict(tables) if tables is not None else None
        self._numbers = count()

    def beside(
        self,
        traits: Relation,
        rules: Iterable[Rule],
        *,
        members: Relation | None = None,
        only: Relation | None = None,
        more: Mapping[str, Behaviour] | None = None,
    ) -> Relation:
        """Return `traits` with a column for each behaviour and membership that `rules` ask.

        Behaviour is computed at once, for all rules together: each table is read once, however many rules ask of it.

        Parameters
        ----------
        traits
            One row per profile: contract ``tables.TRAITS_KEY``.
        members
            One row per segmentation and member; contract ``tables.MEMBERSHIPS``. Without it nobody is in any segment.
        only
            Table with a column `profile_id`: `traits` and behaviour of these profiles only.
        more
            Behaviour wanted beside that of the rules, by text.
        """
        chosen = list(rules)
        asked = {name: b for rule in chosen for name, b in rule.behaviours.items()} | dict(more or {})
        segments = {name: s for rule in chosen for name, s in rule.segments.items()}
        if not asked and not segments and only is None:
            return traits
        number = next(self._numbers)
        base = traits
        if only is not None:
            base = self._view(f"chosen_traits_{number}", _of(traits, only), traits.columns)
        tree = exp.select(*[column(c, "t") for c in traits.columns]).from_(base.table("t"))
        added: list[str] = []
        if asked:
            made = self._behaviour(f"behaviour_{number}", base, asked, only)
            tree = _joined(tree, made, "b")
            tree = tree.select(*[column(c, "b") for c in made.columns])
            added += made.columns
        for i, (name, (segmentation, segment)) in enumerate(segments.items()):
            stands = exp.alias_(exp.false(), stored_as(name), quoted=True)
            if members is not None:
                tree = _joined(tree, _members(members, segmentation, segment), f"s{i}")
                inside = exp.Not(this=exp.Is(this=column("profile_id", f"s{i}"), expression=exp.Null()))
                stands = exp.alias_(inside, stored_as(name), quoted=True)
            tree = tree.select(stands)
            added.append(stored_as(name))
        return self._view(f"ruled_traits_{number}", Query(tree), (*traits.columns, *added))

    def _behaviour(
        self, name: str, traits: Relation, asked: Mapping[str, Behaviour], only: Relation | None
    ) -> Relation:
        used = {t for b in asked.values() for t in b.tables}
        tables = self._bound(needs_orders=bool(used & OF_ORDERS))
        lines_by = lines_named_by(self._house, self._reader, tables) if "order_lines" in used else "order_id"
        of = Sources(tables, self._moment, only, lines_by, own_contracts(self._house))
        self._reader.session.materialise(name, behaviour_query(traits, (), asked, of))
        return Relation(name, ("profile_id", *(stored_as(text) for text in asked)))

    def _bound(self, *, needs_orders: bool) -> dict[str, Relation]:
        if self._tables is None or (needs_orders and ORDER_FACTS.name not in self._tables):
            self._tables = loaded_tables(self._reader, self._moment, needs_orders=needs_orders)
        return self._tables

    def _view(self, name: str, query: Query, columns: tuple[str, ...]) -> Relation:
        self._reader.session.view(name, query)
        return Relation(name, columns)


def members_asked(reader: SnapshotReader, rules: Iterable[Rule]) -> Relation | None:
    """Return the members of the segmentations that rules ask for; None when they ask for none or there are none."""
    names = {of for rule in rules for of, _ in rule.segments.values()}
    return reader.members(*names) if names and reader.has(MEMBERSHIPS.name) else None


def loaded_tables(reader: SnapshotReader, moment: Moment, *, needs_orders: bool) -> dict[str, Relation]:
    """Bind the loaded tables, profiles and identities of a snapshot, and the orders up to a day where needed."""
    tables = reader.relations(*LOADED)
    for name in (PROFILES.name, IDENTITIES.name):
        tables[name] = reader.relation(name)
    if needs_orders and {"orders", "order_lines"} & set(tables):
        newest = reader.snapshot.as_of
        if reader.has(ORDER_FACTS.name) and newest is not None and moment.as_of <= newest:
            tables[ORDER_FACTS.name] = reader.relation(ORDER_FACTS.name)
        else:
            reader.session.materialise("orders_so_far", order_facts(tables, tables[IDENTITIES.name], moment=moment))
            tables[ORDER_FACTS.name] = Relation("orders_so_far", ORDER_FACTS.names)
    return tables


def _of(traits: Relation, only: Relation) -> Query:
    chosen = select("SELECT profile_id FROM only__ AS x", only=only)
    inside = exp.In(this=column("profile_id", "t"), query=chosen.tree.subquery())
    return Query(exp.select(*[column(c, "t") for c in traits.columns]).from_(traits.table("t")).where(inside))


def _joined(tree: exp.Select, other: Relation | Query, alias: str) -> exp.Select:
    table = other.table(alias) if isinstance(other, Relation) else other.tree.subquery(alias)
    on = exp.EQ(this=column("profile_id", alias), expression=column("profile_id", "t"))
    return tree.join(table, on=on, join_type="left")


def _members(members: Relation, segmentation: str, segment: str | None) -> Query:
    query = select(
        "SELECT m.profile_id FROM members__ AS m WHERE m.segmentation = :name", members=members, name=segmentation
    )
    if segment is None:
        return query
    return Query(query.tree.where(exp.EQ(this=column("segment", "m"), expression=literal(segment))))
