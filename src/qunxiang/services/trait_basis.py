"""Which traits the loaded data allow: asked of the data once per refresh."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Family, TraitKind, TraitSet
from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.sql.rules import parse_rule
from qunxiang.tables import ColumnType
from qunxiang.traits import (
    Metric,
    OwnTrait,
    Recipe,
    TraitBasis,
    categories_query,
    define_trait,
    filled_columns,
    filled_query,
    own_columns,
    standard_traits,
    stated_levels_query,
)

E = TypeVar("E", bound=StrEnum)

_RULE_KINDS: dict[ColumnType, TraitKind] = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "integer",
    ColumnType.MONEY: "money",
    ColumnType.NUMBER: "number",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
}


def trait_set(
    house: House, session: Session, tables: dict[str, Relation], moment: Moment, own_traits: Sequence[OwnTrait]
) -> TraitSet:
    """List the traits that can be computed from `tables` up to a day, own ones last."""
    filled = filled_query(tables)
    counts = session.fetch(filled).to_pylist()[0] if filled is not None else {}
    categories = categories_query(tables, moment=moment)
    levels = stated_levels_query(tables)
    stated: dict[str, list[str]] = {}
    for row in session.fetch(levels).to_pylist() if levels is not None else ():
        stated.setdefault(row["trait"], []).append(row["level"])
    basis = TraitBasis(
        tables=filled_columns(tables, counts),
        categories=tuple(session.fetch(categories)["category"].to_pylist()) if categories is not None else (),
        levels={name: tuple(values) for name, values in stated.items()},
        currency=Label.same(house.settings.currency),
    )
    return standard_traits(basis, own_traits)


def own_trait(body: dict[str, Any], currency: str) -> OwnTrait:
    """Build a trait that people defined from its document.

    Raises
    ------
    UnknownNameError, SettingError, RuleError
        When the document names what does not exist or does not fit.
    """
    metric = _one_of(Metric, body["metric"], "error.trait.unknown_metric")
    family = _one_of(Family, body.get("family", Family.BEHAVIOURAL), "error.trait.unknown_family")
    columns = own_columns(body["table"])
    where_text = body.get("where") or ""
    kinds = {name: _RULE_KINDS[type_] for name, type_ in columns.items() if type_ in _RULE_KINDS}
    return define_trait(
        body["id"],
        Label(**body["label"]),
        Recipe(
            table=body["table"],
            metric=metric,
            column=body.get("column"),
            where=parse_rule(where_text, kinds).predicate() if where_text else None,
            window_days=body.get("window_days"),
        ),
        where_text=where_text,
        family=family,
        currency=Label.same(currency),
    )


def _one_of(kind: type[E], value: Any, code: str) -> E:
    known = [member.value for member in kind]
    if value not in known:
        raise UnknownNameError(code, name=str(value)[:80], known=known)
    return kind(value)


def check_free(house: House, name: str) -> None:
    """Raise :class:`SettingError` when `name` is that of a trait which people did not define."""
    document = house.state.definition("trait_set", "current")
    if document is None or house.state.definition("trait", name) is not None:
        return
    if name in [t["id"] for t in document.body["traits"]]:
        raise SettingError("error.trait.taken", id=name)
