"""Own variables as documents: read, checked against tables and each other, and who uses them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import ValidationError

from qunxiang.errors import QunxiangError, RuleError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Family, Metric, Segmentation, TraitDefinition, TraitSet, Variable
from qunxiang.services.house import House
from qunxiang.services.rule_world import own_contracts, rule_segments, rule_tables
from qunxiang.sql.rule_lifting import columns_named
from qunxiang.sql.rule_types import TraitTypes
from qunxiang.tables import Contract
from qunxiang.traits import OwnTrait, define_variable, in_order

E = TypeVar("E", bound=StrEnum)


def variable_of(body: Mapping[str, Any]) -> Variable:
    """Read the document of a variable.

    Raises
    ------
    UnknownNameError
        When its metric or family does not exist.
    SettingError
        When it is not well formed; says which part.
    """
    for part in (body, *(m for m in (body.get("measure"), body.get("over")) if isinstance(m, Mapping))):
        if part.get("metric") is not None:
            _one_of(Metric, part["metric"], "error.trait.unknown_metric")
    _one_of(Family, body.get("family", Family.BEHAVIOURAL), "error.trait.unknown_family")
    try:
        return Variable.model_validate({k: v for k, v in body.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise SettingError(
            "error.trait.malformed", id=str(body.get("id", "?"))[:80], part=place or "—", reason=first["msg"][:200]
        ) from error


def _one_of(kind: type[E], value: Any, code: str) -> None:
    known = [member.value for member in kind]
    if value not in known:
        raise UnknownNameError(code, name=str(value)[:80], known=known)


def measured_traits(
    bodies: Mapping[str, Any], currency: str, contracts: Mapping[str, Contract] | None = None
) -> list[OwnTrait]:
    """Return the variables that are computed from tables.

    Raises
    ------
    SettingError
        When one no longer fits; names it.
    """
    found = (variable_of(body) for body in bodies.values())
    return [_named(v, currency, {}, contracts) for v in found if v.measure is not None]


def derived_traits(bodies: Mapping[str, Any], currency: str, known: TraitSet) -> list[OwnTrait]:
    """Return the variables that are computed from other traits, each after those it uses.

    Raises
    ------
    SettingError
        When one no longer fits, or some use each other in a circle.
    """
    variables = {id_: v for id_, v in ((b["id"], variable_of(b)) for b in bodies.values()) if v.measure is None}
    traits = {t.id: t for t in known.traits}
    made = []
    for id_ in ordered(variables, frozenset(traits) | frozenset(variables)):
        trait = _named(variables[id_], currency, traits)
        traits[id_] = trait.definition
        made.append(trait)
    return made


def _named(
    variable: Variable,
    currency: str,
    traits: Mapping[str, TraitDefinition],
    contracts: Mapping[str, Contract] | None = None,
) -> OwnTrait:
    try:
        return define_variable(variable, currency=Label.same(currency), traits=traits, contracts=contracts)
    except (UnknownNameError, RuleError, SettingError) as error:
        raise SettingError("error.trait.broken", id=variable.id, reason=error.message) from error


def ordered(variables: Mapping[str, Variable], names: frozenset[str]) -> list[str]:
    """Return ids so that each variable comes after those it uses; raises :class:`SettingError` on a circle."""
    return in_order(variables, lambda v: uses_of(v, names))


def uses_of(variable: Variable, names: frozenset[str]) -> tuple[str, ...]:
    """Return the traits that a variable is computed from; none when its expression cannot be read."""
    if variable.bands is not None:
        return (variable.bands.trait,)
    return columns_named(variable.expression, names) if variable.expression is not None else ()


def checked(house: House, variable: Variable, coming: Mapping[str, Any] | None = None) -> OwnTrait:
    """Check a variable as it stands among all others; `coming` are bodies that are stored together with it.

    Raises
    ------
    UnknownNameError, SettingError, RuleError
        When a part does not exist or fit, or the variable would use itself by way of others.
    """
    if variable.measure is not None:
        return define_variable(variable, currency=Label.same(house.settings.currency), contracts=own_contracts(house))
    bodies = {d.id: d.body for d in house.state.definitions("trait")} | dict(coming or {})
    standard = [t for t in _listed(house) if t.id not in bodies and t.id != variable.id]
    currency = house.settings.currency
    others = {id_: variable_of(b) for id_, b in bodies.items() if id_ != variable.id}
    names = frozenset(others) | {t.id for t in standard} | {variable.id}
    order = ordered({variable.id: variable, **others}, names)
    needed = _needed(variable, others, names)
    contracts = own_contracts(house)
    traits = {t.id: t for t in standard}
    for id_ in order:
        if id_ in needed:
            traits[id_] = _named(others[id_], currency, traits, contracts).definition
    return define_variable(variable, currency=Label.same(currency), traits=traits)


def with_needed(house: House, variable: Variable) -> tuple[list[OwnTrait], TraitSet]:
    """Return a variable with all own variables it uses, and the standard traits among them, ready to compute."""
    bodies = {d.id: d.body for d in house.state.definitions("trait")}
    others = {id_: variable_of(b) for id_, b in bodies.items() if id_ != variable.id}
    listed = {t.id: t for t in _listed(house)}
    names = frozenset(others) | frozenset(listed) | {variable.id}
    needed = _needed(variable, others, names)
    traits = {id_: t for id_, t in listed.items() if id_ not in others and id_ != variable.id}
    made: list[OwnTrait] = []
    contracts = own_contracts(house)
    for id_ in ordered({**others, variable.id: variable}, names):
        if id_ in needed:
            made.append(_named(others[id_], house.settings.currency, traits, contracts))
            traits[id_] = made[-1].definition
    made.append(checked(house, variable))
    used = {n for t in made for n in t.rests_on} - {t.definition.id for t in made}
    document = house.state.definition("trait_set", "current")
    whole = TraitSet.model_validate(document.body) if document is not None else TraitSet(traits=())
    chosen = tuple(t for t in whole.traits if t.id in used)
    return made, whole.model_copy(update={"traits": (*chosen, *(t.definition for t in made))})


def _needed(variable: Variable, others: Mapping[str, Variable], names: frozenset[str]) -> set[str]:
    needed: set[str] = set()
    todo = list(uses_of(variable, names))
    while todo:
        id_ = todo.pop()
        if id_ in others and id_ not in needed:
            needed.add(id_)
            todo += uses_of(others[id_], names)
    return needed


def _listed(house: House) -> tuple[TraitDefinition, ...]:
    document = house.state.definition("trait_set", "current")
    return TraitSet.model_validate(document.body).traits if document is not None else ()


def users_of(house: House, name: str) -> list[str]:
    """Return what uses a trait: segmentations by rule or model, and other variables, as ``kind/id``."""
    names = frozenset({name, *(t.id for t in _listed(house)), *(d.id for d in house.state.definitions("trait"))})
    in_rules = TraitTypes((), rule_tables(house, house.head()), rule_segments(house))
    in_rules.update(dict.fromkeys(names, "number"))
    found = []
    for document in house.state.definitions("segmentation"):
        segmentation = Segmentation.model_validate(document.body)
        rules = [s.rule for s in segmentation.segments if s.rule is not None]
        in_model = segmentation.model is not None and name in segmentation.model.traits
        if in_model or any(name in columns_named(rule, in_rules) for rule in rules):
            found.append(f"segmentation/{document.id}")
    for document in house.state.definitions("trait"):
        try:
            variable = variable_of(document.body)
        except QunxiangError:
            continue
        if document.id != name and name in uses_of(variable, names):
            found.append(f"trait/{document.id}")
    return found


def check_free(house: House, name: str) -> None:
    """Raise :class:`SettingError` when `name` is that of a trait which people did not define."""
    if house.state.definition("trait", name) is None and name in {t.id for t in _listed(house)}:
        raise SettingError("error.trait.taken", id=name)
