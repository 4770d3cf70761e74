"""Traits: what there is, how values lie, frames for analysts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
from sqlglot import exp

from qunxiang.errors import UnknownNameError
from qunxiang.model import Actor, Frozen, TraitDefinition, TraitSet
from qunxiang.services.access import ANALYSTS, EVERYONE, use_case
from qunxiang.services.definitions_read import current_traits
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
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
        return detail_of(reader.cached, relation, trait_set, definition, rows[name])


def detail_of(
    ask: Callable[[Query], pa.Table],
    relation: Relation,
    trait_set: TraitSet,
    definition: TraitDefinition,
    row: dict[str, Any] | None = None,
) -> TraitDetail:
    """Return a trait of a table of traits with its distribution; `row` is its row of the coverage, when known."""
    if row is None:
        one = trait_set.model_copy(update={"traits": (definition,)})
        (row,) = ask(coverage_query(relation, one)).to_pylist()
    state = _state(definition, row)
    edges: list[float] = []
    counts: list[int] = []
    levels: list[tuple[str, int]] = []
    if definition.is_numeric and state.known:
        edges, counts = _bins(ask(histogram_query(relation, trait_set, definition.id)).to_pylist(), state)
    elif definition.kind in ("text", "boolean"):
        one = trait_set.model_copy(update={"traits": (definition,)})
        query = levels_query(relation, one, top=60)
        found = ask(query).to_pylist() if query is not None else []
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
