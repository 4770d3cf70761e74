"""Own variables: preview, define, take out of use."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, TraitDefinition, TraitSet, Variable
from qunxiang.model.variable import PREVIEW_MOST, PREVIEW_SAMPLE
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.rule_values import loaded_tables
from qunxiang.services.source_records import priority_of
from qunxiang.services.trait_read import TraitDetail, TraitState, detail_of
from qunxiang.services.variable_specs import check_free, checked, users_of, variable_of, with_needed
from qunxiang.sql import Query, Relation, column, template
from qunxiang.sql.moment import Moment
from qunxiang.tables import PROFILES
from qunxiang.traits import trait_plan
from qunxiang.traits.measuring import OF_ORDERS

_EXAMPLES = 8


class VariablePreview(Frozen):
    """A variable computed for a sample: its definition, its distribution, and a few of its values.

    The sample is the same every time: the profiles whose hashed ids come first. `profiles` are all of the snapshot,
    `sampled` those of the sample, `zeros` how many of them have the value 0.
    """

    definition: TraitDefinition
    as_of: date
    profiles: int
    sampled: int
    zeros: int
    detail: TraitDetail
    examples: tuple[str | float | None, ...]

    @property
    def state(self) -> TraitState:
        """Coverage and quartiles in the sample."""
        return self.detail.state


@use_case("trait.preview", roles=ANALYSTS)
def preview(
    house: House,
    actor: Actor,
    name: str,
    *,
    body: dict[str, Any],
    as_of: date | None = None,
    sample: int = PREVIEW_SAMPLE,
) -> VariablePreview:
    """Compute a variable for a sample of profiles without storing anything.

    Parameters
    ----------
    body
        The variable's document without its id; see :class:`qunxiang.model.Variable`.
    as_of
        Last day that counts; that of the newest refresh when None, today before the first.
    sample
        Profiles to compute it for.

    Raises
    ------
    UnknownNameError, SettingError, RuleError
        When a part does not exist or fit.
    NothingYetError
        Before profiles were found.
    """
    if not 1 <= sample <= PREVIEW_MOST:
        raise SettingError("error.trait.sample", sample=sample, most=PREVIEW_MOST)
    variable = _named(name, body)
    check_free(house, name)
    own, wanted = with_needed(house, variable)
    definition = own[-1].definition
    with reading(house) as reader:
        newest = reader.snapshot.as_of
        day = as_of or newest or house.clock.now().astimezone(ZoneInfo(house.settings.time_zone)).date()
        moment = Moment(day, house.settings.time_zone)
        measured = {m.measure.table for t in own for m in t.measures}
        tables = loaded_tables(reader, moment, needs_orders=bool(measured & OF_ORDERS) or len(wanted.traits) > len(own))
        profiles = tables[PROFILES.name]
        known = template("p.first_seen IS NULL OR p.first_seen <= :day", day=day)
        total = reader.fetch(Query(_from(profiles).select(exp.alias_(_counted(), "n")).where(known)))["n"][0].as_py()
        hashed = exp.MD5(this=exp.cast(column("profile_id", "p"), "VARCHAR"))
        ids = _from(profiles).select(column("profile_id", "p")).where(known)
        ids = ids.order_by(hashed, column("profile_id", "p")).limit(sample)
        reader.session.materialise("sampled_profiles", Query(ids))
        plan = trait_plan(
            tables,
            wanted,
            as_of=day,
            time_zone=house.settings.time_zone,
            own_traits=own,
            only=Relation("sampled_profiles", ("profile_id",)),
            priority=priority_of(house),
        )
        for name, query in plan.first:
            reader.session.materialise(name, query)
        sampled = reader.session.materialise("sampled_traits", plan.query)
        found = Relation("sampled_traits", ("profile_id", "as_of", *(t.id for t in wanted.traits)))
        one = TraitSet(traits=(definition,))
        detail = detail_of(reader.fetch, found, one, definition)
        values = _values(reader, found, definition)
    zeros = sum(1 for v in values if v == 0 and definition.is_numeric)
    return VariablePreview(
        definition=definition,
        as_of=day,
        profiles=total,
        sampled=sampled,
        zeros=zeros,
        detail=detail,
        examples=tuple(v for v in values if v is not None)[:_EXAMPLES],
    )


def _counted() -> exp.Expr:
    return exp.cast(exp.Count(this=exp.Star()), "BIGINT")


def _from(profiles: Relation) -> exp.Select:
    return exp.select().from_(profiles.table("p"))


def _values(reader: SnapshotReader, found: Relation, definition: TraitDefinition) -> list[Any]:
    """Values of the sample in the order of hashed ids, numbers as floats and dates as text."""
    value: exp.Expr = column(definition.id)
    if definition.is_numeric:
        value = exp.cast(value, "DOUBLE")
    elif definition.kind != "text":
        value = exp.cast(value, "VARCHAR")
    hashed = exp.MD5(this=exp.cast(column("profile_id"), "VARCHAR"))
    tree = exp.select(exp.alias_(value, "v")).from_(found.table()).order_by(hashed, column("profile_id"))
    values: list[Any] = reader.fetch(Query(tree))["v"].to_pylist()
    return values


@use_case("trait.define", roles=ANALYSTS, touches="change")
def define(house: House, actor: Actor, name: str, *, body: dict[str, Any], why: str = "") -> TraitDefinition:
    """Define an own variable; it is computed from the next refresh on. A name in use gets its next version.

    Parameters
    ----------
    body
        The variable's document without its id; see :class:`qunxiang.model.Variable`.

    Raises
    ------
    UnknownNameError, SettingError, RuleError
        When a part does not exist or fit, the name is taken, or what uses the variable would no longer fit.
    """
    variable = _named(name, body)
    made = checked(house, variable)
    check_free(house, name)
    _check_kind(house, made.definition)
    new = NewDefinition(kind="trait", id=name, body=variable.body(), why=why)
    house.state.put(new, author=actor.name, at=house.clock.now())
    return made.definition


@use_case("trait.archive", roles=ANALYSTS, touches="change")
def archive(house: House, actor: Actor, name: str, *, why: str = "") -> None:
    """Take an own variable out of use; its history stays, its values leave with the next refresh.

    Raises
    ------
    UnknownNameError
        When people defined no such variable.
    SettingError
        While a segmentation or another variable uses it; names them.
    """

    def made(old: Definition | None) -> NewDefinition:
        if old is None or old.archived:
            known = [d.id for d in house.state.definitions("trait")]
            raise UnknownNameError("error.trait.not_own", trait=name[:80], known=known)
        if users := users_of(house, name):
            raise SettingError("error.trait.used", id=name, users=users)
        return NewDefinition(kind="trait", id=name, body=old.body, why=why, archived=True)

    change(house, actor, "trait", name, made)


def _named(name: str, body: dict[str, Any]) -> Variable:
    label = body.get("label") or {"zh": name, "en": name}
    return variable_of({**body, "id": name, "label": label})


def _check_kind(house: House, coming: TraitDefinition) -> None:
    """Raise when a variable in use would become one of another kind, which its users could not read."""
    document = house.state.definition("trait_set", "current")
    if document is None:
        return
    before = TraitSet.model_validate(document.body).get(coming.id)
    if before is None or (before.is_numeric == coming.is_numeric and (coming.is_numeric or before.kind == coming.kind)):
        return
    if users := users_of(house, coming.id):
        raise SettingError("error.trait.kind_used", id=coming.id, users=users, kind=coming.kind, before=before.kind)
