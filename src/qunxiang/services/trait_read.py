"""Traits: what there is, how values lie, frames for analysts, traits of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlglot import exp

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Family, Frozen, NewDefinition, TraitDefinition, TraitSet
from qunxiang.services.access import ANALYSTS, EVERYONE, use_case
from qunxiang.services.definitions_read import current_traits
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.services.trait_basis import check_free, own_trait
from qunxiang.sql import Query, Relation, column
from qunxiang.tables import TRAITS_KEY
from qunxiang.traits import coverage_query, histogram_query, levels_query


class TraitState(Frozen):
    """A trait with how its values lie in the newest snapshot; figures in the trait's unit, None for text."""

    definition: TraitDefinition
    n: int
    known: int
    coverage: float
    minimum: float | None
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None
    maximum: float | None
    mean: float | None


class TraitDetail(Frozen):
    """A trait with its distribution: counts in bins for numbers, counts of levels for text."""

    state: TraitState
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    levels: tuple[tuple[str, int], ...]


@use_case("trait.list", roles=EVERYONE)
def traits(house: House, actor: Actor) -> list[TraitState]:
    """Return every trait of the newest snapshot with its coverage and quartiles.

    Raises
    ------
    NothingYetError
        Before the first refresh.
    """
    with reading(house) as reader:
        relation = reader.relation(TRAITS_KEY.name)
        trait_set = current_traits(house)
        rows = _coverage(house, reader, relation, trait_set)
    return [_state(t, rows[t.id]) for t in trait_set.traits if t.id in rows]


@use_case("trait.show", roles=EVERYONE)
def trait(house: House, actor: Actor, name: str) -> TraitDetail:
    """Return one trait with its distribution.

    Raises
    ------
    UnknownNameError
        When there is no such trait.
    """
    with reading(house) as reader:
        relation = reader.relation(TRAITS_KEY.name)
        trait_set = current_traits(house)
        definition = trait_set.get(name)
        if definition is None:
            raise UnknownNameError("error.trait.unknown", trait=name[:80], known=[t.id for t in trait_set.traits])
        rows = _coverage(house, reader, relation, trait_set)
        state = _state(definition, rows[name])
        edges: list[float] = []
        counts: list[int] = []
        levels: list[tuple[str, int]] = []
        if definition.is_numeric and state.known:
            edges, counts = _bins(reader.cached(histogram_query(relation, trait_set, name)).to_pylist(), state)
        elif definition.kind in ("text", "boolean"):
            one = trait_set.model_copy(update={"traits": (definition,)})
            query = levels_query(relation, one, top=60)
            found = reader.cached(query).to_pylist() if query is not None else []
            levels = [(r["level"], r["n"]) for r in found]
            order = {level: i for i, level in enumerate(definition.levels)}
            if order:
                levels.sort(key=lambda pair: order.get(pair[0], len(order)))
    return TraitDetail(state=state, edges=tuple(edges), counts=tuple(counts), levels=tuple(levels))


def _coverage(
    house: House, reader: SnapshotReader, relation: Relation, trait_set: TraitSet
) -> dict[str, dict[str, Any]]:
    """Return coverage and quartiles by trait; writing the query alone takes longer than a page may."""
    key = ("coverage", reader.snapshot.tables[TRAITS_KEY.name], trait_set)
    return remembered(
        house, key, lambda: {r["trait"]: r for r in reader.fetch(coverage_query(relation, trait_set)).to_pylist()}
    )


@use_case("trait.frame", roles=ANALYSTS, touches="single")
def frame(house: House, actor: Actor, names: Sequence[str] | None = None) -> pa.Table:
    """Return traits of all profiles.

    Returns
    -------
    pyarrow.Table
        One row per profile, sorted by `profile_id`: `profile_id`, `as_of`, and the traits asked for (all when None).

    Raises
    ------
    UnknownNameError
        When a trait does not exist.
    """
    with reading(house) as reader:
        relation = reader.relation(TRAITS_KEY.name)
        known = [t.id for t in current_traits(house).traits]
        wanted = list(names) if names is not None else known
        if lacking := [n for n in wanted if n not in known]:
            raise UnknownNameError("error.trait.unknown", trait=lacking, known=known)
        columns = [column(n) for n in ("profile_id", "as_of", *wanted)]
        tree = exp.select(*columns).from_(relation.table()).order_by(column("profile_id"))
        return reader.fetch(Query(tree))


@use_case("trait.define", roles=ANALYSTS, touches="change")
def define(
    house: House,
    actor: Actor,
    name: str,
    *,
    table: str,
    metric: str,
    column_name: str | None = None,
    where: str = "",
    window_days: int | None = None,
    label: Label | None = None,
    family: Family = Family.BEHAVIOURAL,
    why: str = "",
) -> TraitDefinition:
    """Define a trait of one's own; it is computed from the next refresh on.

    Parameters
    ----------
    table, metric, column_name
        What is measured: ``count``, ``sum``, ``mean``, ``distinct``, ``share``, ``min``, ``max``, ``days_since_first``
        or ``days_since_last`` of the rows of a table.
    where
        Condition on the rows, in the rule language over the table's columns.
    window_days
        Only rows of so many days up to the date count; all when None.

    Raises
    ------
    UnknownNameError, SettingError, RuleError
        When the table, metric, column or condition does not exist or does not fit, or the name is taken.
    """
    body: dict[str, Any] = {
        "id": name,
        "label": {"zh": (label or Label.same(name)).zh, "en": (label or Label.same(name)).en},
        "table": table,
        "metric": metric,
        "column": column_name,
        "where": where,
        "window_days": window_days,
        "family": str(family),
    }
    made = own_trait(body, house.settings.currency)
    check_free(house, name)
    new = NewDefinition(kind="trait", id=name, body=body, why=why)
    house.state.put(new, author=actor.name, at=house.clock.now())
    return made.definition


def _state(definition: TraitDefinition, row: dict[str, Any]) -> TraitState:
    figures = {
        k: row[k] for k in ("n", "known", "minimum", "lower_quartile", "median", "upper_quartile", "maximum", "mean")
    }
    return TraitState(definition=definition, coverage=row["coverage"] or 0.0, **figures)


def _bins(rows: list[dict[str, Any]], state: TraitState, bins: int = 20) -> tuple[list[float], list[int]]:
    low, high = float(state.minimum or 0.0), float(state.maximum or 0.0)
    if high <= low:
        return [low, low + 1.0], [state.known]
    width = (high - low) / bins
    counts = [0] * bins
    for row in rows:
        counts[row["bin"]] = row["n"]
    return [low + i * width for i in range(bins + 1)], counts
