"""Which traits the loaded data allow: asked of the data once per refresh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import TraitSet
from qunxiang.model.value import CustomerValue
from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader
from qunxiang.services.rule_world import own_contracts
from qunxiang.services.value_traits import basis_label, horizon_label
from qunxiang.services.variable_specs import derived_traits, measured_traits
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.tables import IDENTITIES
from qunxiang.traits import (
    OwnTrait,
    TraitBasis,
    categories_query,
    channels_query,
    filled_columns,
    filled_query,
    standard_traits,
    stated_levels_query,
)
from qunxiang.traits.measuring import LinesBy, Naming


def naming_of(house: House, reader: SnapshotReader, tables: Mapping[str, Relation]) -> Naming:
    """Say how rows name their profile."""
    query = select(
        """SELECT id_type FROM (SELECT i.id_type, COUNT(*) AS n FROM identities__ AS i
          GROUP BY i.id_type, i.profile_id) AS p GROUP BY id_type HAVING MAX(n) = 1""",
        identities=tables[IDENTITIES.name],
    )
    single = frozenset(reader.fetch(query)["id_type"].to_pylist())
    return Naming(lines_named_by(house, reader, tables), single)


def lines_named_by(house: House, reader: SnapshotReader, tables: Mapping[str, Relation]) -> LinesBy:
    """Say what tells whose an order line is.

    A line follows its order. Where no orders are loaded, the last search for profiles found no order whose lines name
    several customers, and every line names its customer, the line itself says the same, and no join is needed.
    """
    if "orders" in tables or "order_lines" not in tables:
        return "order_id"
    last = next(iter(house.state.snapshots("resolve", limit=1)), None)
    if last is None or last.tables.get("order_lines") != reader.snapshot.tables["order_lines"]:
        return "order_id"
    if last.facts.get("orders_disagreeing") != 0:
        return "order_id"
    query = select(
        "SELECT COUNT(*) AS n, COUNT(person_id) AS persons, COUNT(account_id) AS accounts FROM lines__ AS l",
        lines=tables["order_lines"],
    )
    found = reader.fetch(query).to_pylist()[0]
    if found["persons"] == found["n"]:
        return "person_id"
    return "account_id" if found["persons"] == 0 and found["accounts"] == found["n"] else "order_id"


def trait_set(
    house: House,
    session: Session,
    tables: dict[str, Relation],
    moment: Moment,
    bodies: Mapping[str, Any],
    value: CustomerValue | None = None,
) -> tuple[TraitSet, list[OwnTrait]]:
    """List the traits that can be computed from `tables` up to a day, own ones last, and return the own ones.

    `bodies` are the documents of own variables by id, `value` is the fitted lifetime value in force.
    """
    filled = filled_query(tables)
    counts = session.fetch(filled).to_pylist()[0] if filled is not None else {}
    categories = categories_query(tables, moment=moment)
    channels = channels_query(tables, moment=moment)
    levels = stated_levels_query(tables)
    stated: dict[str, list[str]] = {}
    for row in session.fetch(levels).to_pylist() if levels is not None else ():
        stated.setdefault(row["trait"], []).append(row["level"])
    basis = TraitBasis(
        tables=filled_columns(tables, counts),
        categories=tuple(session.fetch(categories)["category"].to_pylist()) if categories is not None else (),
        channels=_told_apart(session.fetch(channels)["channel"].to_pylist()) if channels is not None else (),
        levels={name: tuple(values) for name, values in stated.items()},
        currency=Label.same(house.settings.currency),
        **({} if value is None else {"value_horizon": horizon_label(value), "value_basis": basis_label(value)}),
    )
    own = measured_traits(bodies, house.settings.currency, own_contracts(house))
    listed = standard_traits(basis, own)
    derived = derived_traits(bodies, house.settings.currency, listed)
    if taken := {t.definition.id for t in derived} & {t.id for t in listed.traits}:
        raise SettingError("error.trait.taken", id=min(taken))
    whole = listed.model_copy(update={"traits": (*listed.traits, *(t.definition for t in derived))})
    return whole, [*own, *derived]


def _told_apart(channels: list[str]) -> tuple[str, ...]:
    """Return the channels whose shares say more than the main channel and its share: of two these say all."""
    return tuple(channels) if len(channels) > 2 else ()
