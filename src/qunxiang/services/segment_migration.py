"""Migration between two dates: who went from which segment to which, and what changed for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import pyarrow as pa

from qunxiang.errors import NothingYetError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, Segmentation, TraitKind, TraitSet
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.migration import matrix, movers, paired, shifts
from qunxiang.services.access import EVERYONE, FRONT, use_case
from qunxiang.services.definitions_read import (
    divides,
    document_in,
    segmentation_in,
    segmentation_named,
    traits_in,
    types_in,
)
from qunxiang.services.house import House
from qunxiang.services.points import Point, point_at, points, reading_at
from qunxiang.services.reading import SnapshotReader, remembered
from qunxiang.services.segment_define import unknown_segment
from qunxiang.services.segment_history import Dated, dated, holds, newest_document
from qunxiang.sql import Query, Relation
from qunxiang.statistics.intervals import Interval, normal_quantile, share_interval
from qunxiang.tables import MEMBERSHIPS, TRAITS_KEY

State = Literal["in", "none", "absent"]
"""In a segment; a customer, but in no segment; no customer at that date."""


REASONS_SHOWN = 3


LEAST_FOR_REASON = 10


class Place(Frozen):
    """A row or column of a migration matrix. `before` and `after` are its customers at the two dates."""

    state: State
    segment: str | None
    label: Label | None
    colour: int | None
    before: int
    after: int


class Cell(Frozen):
    """Customers that were at place `origin` and are at place `target` (indices of :attr:`Migration.places`).

    `share` is theirs of all at the origin, with a 95 % Wilson interval for a next group of customers like these; None
    where the origin is "absent", of which there is no total.
    """

    origin: int
    target: int
    n: int
    share: float | None
    low: float | None
    high: float | None


class Shift(Frozen):
    """What changed for those who went from `origin` to `target`: a numeric trait that the segmentation goes by.

    Means over the `n` customers with a value at both dates; `change` with its 95 % interval. `effect` is the change in
    standard deviations of the trait over all customers at the earlier date (Becker 1988, British Journal of
    Mathematical and Statistical Psychology 41).
    """

    origin: int
    target: int
    trait: str
    label: Label
    unit: Label
    kind: TraitKind
    n: int
    before: float
    after: float
    change: float
    low: float
    high: float
    effect: float


class Migration(Frozen):
    """Who went where between two dates.

    `changed_definition` says that the segmentation itself was changed between them, so that part of the movement is
    that of the lines, not of the customers. `stayed` of the `known_both` customers are where they were.
    """

    id: str
    label: Label
    start: Dated
    end: Dated
    places: tuple[Place, ...]
    cells: tuple[Cell, ...]
    shifts: tuple[Shift, ...]
    stayed: int
    known_both: int
    changed_definition: bool


@use_case("segment.migration", roles=EVERYONE)
def migration(
    house: House, actor: Actor, name: str, *, start: date | None = None, end: date | None = None
) -> Migration:
    """Count who went from which segment to which between two dates, and say what changed for them.

    Parameters
    ----------
    start, end
        For each the newest date computed that is not after it; without them the last two dates.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        When there are not two dates.
    """
    segmentation = segmentation_named(house, name)
    before, after = _between(house, name, start, end)
    key = ("migration", name, *(_versions(p) for p in (before, after)), segmentation.model_dump_json())
    return remembered(house, key, lambda: _migration(house, segmentation, before, after))


@use_case("segment.movers", roles=FRONT, touches="single")
def moved(
    house: House,
    actor: Actor,
    name: str,
    *,
    start: date | None = None,
    end: date | None = None,
    from_segment: str | None = None,
    to_segment: str | None = None,
) -> pa.Table:
    """Return who moved between two dates, with the traits that decide at both.

    Returns
    -------
    pyarrow.Table
        One row per profile whose place changed (or, with `from_segment` and `to_segment` equal, who stayed):
        `profile_id`, `from_segment`, `to_segment`, and ``<trait>__before`` and ``<trait>__after`` for every trait of
        the segmentation; sorted by profile.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    NothingYetError
        When there are not two dates.
    """
    segmentation = segmentation_named(house, name)
    for asked in (from_segment, to_segment):
        if asked is not None and segmentation.segment(asked) is None:
            raise unknown_segment(segmentation, asked)
    before, after = _between(house, name, start, end)
    with reading_at(house, before, after) as readers:
        pairs, traits = _pairs(readers, name)
        deciding = deciding_traits(house, after, segmentation_in(house, after.snapshot, name).segmentation)
        shared = [t for t in deciding if all(t in r.columns for r in traits)]
        query = movers(pairs, traits, shared, from_segment=from_segment, to_segment=to_segment)
        return readers[1].fetch(query)


def _between(house: House, name: str, start: date | None, end: date | None) -> tuple[Point, Point]:
    known = [p for p in points(house) if holds(p, name)]
    last = point_at(house, end) if end is not None else (known[-1] if known else None)
    if last is None or len(known) < 2:
        raise NothingYetError("error.nothing.two_dates", name=name)
    earlier = [p for p in known if p.as_of < last.as_of]
    first = point_at(house, start) if start is not None else (earlier[-1] if earlier else None)
    if first is None or not holds(first, name) or not holds(last, name) or first.as_of >= last.as_of:
        raise NothingYetError("error.nothing.two_dates", name=name)
    return first, last


def _migration(house: House, newest: Segmentation, before: Point, after: Point) -> Migration:
    document = newest_document(house, newest.id)
    then = document_in(house, before.snapshot, document).segmentation
    now = document_in(house, after.snapshot, document).segmentation
    labels = {s.id: s for s in (*then.segments, *now.segments)}
    trait_set = traits_in(house, after.snapshot)
    with reading_at(house, before, after) as readers:
        pairs, traits = _pairs(readers, newest.id)
        counted = readers[1].fetch(matrix(pairs)).to_pylist()
        numeric = [
            t
            for t in deciding_traits(house, after, now)
            if all(t in r.columns for r in traits) and _is_numeric(trait_set, t)
        ]
        sums = readers[1].fetch(shifts(pairs, traits, numeric)).to_pylist() if numeric else []
    places = _places(labels, counted)
    index = {(p.state, p.segment): i for i, p in enumerate(places)}
    cells = [_cell(row, index, places) for row in counted]
    both = [r for r in counted if r["known_before"] and r["known_after"]]
    return Migration(
        id=newest.id,
        label=newest.label,
        start=dated(house, before, document),
        end=dated(house, after, document),
        places=places,
        cells=tuple(sorted(cells, key=lambda c: (c.origin, c.target))),
        shifts=tuple(_shifts(sums, numeric, index, trait_set)),
        stayed=sum(r["n"] for r in both if r["from_segment"] == r["to_segment"]),
        known_both=sum(r["n"] for r in both),
        changed_definition=divides(then) != divides(now),
    )


def _place_of(row: Mapping[str, Any], side: Literal["before", "after"]) -> tuple[State, str | None]:
    segment = row["from_segment" if side == "before" else "to_segment"]
    if not row[f"known_{side}"]:
        return "absent", None
    return ("in", segment) if segment is not None else ("none", None)


def _places(labels: Mapping[str, Any], counted: list[dict[str, Any]]) -> tuple[Place, ...]:
    totals: dict[tuple[State, str | None], list[int]] = {("in", s): [0, 0] for s in labels}
    for row in counted:
        for i, side in enumerate(("before", "after")):
            totals.setdefault(_place_of(row, side), [0, 0])[i] += row["n"]  # type: ignore[arg-type]
    order: dict[State, int] = {"in": 0, "none": 1, "absent": 2}
    return tuple(
        Place(
            state=state,
            segment=segment,
            label=labels[segment].label if segment is not None else None,
            colour=labels[segment].colour if segment is not None else None,
            before=before,
            after=after,
        )
        for (state, segment), (before, after) in sorted(totals.items(), key=lambda x: order[x[0][0]])
        if before or after
    )


def _cell(row: Mapping[str, Any], index: Mapping[tuple[State, str | None], int], places: tuple[Place, ...]) -> Cell:
    origin = index[_place_of(row, "before")]
    found = None
    if places[origin].state != "absent":
        found = share_interval(row["n"], places[origin].before)
    known = found if isinstance(found, Interval) else None
    return Cell(
        origin=origin,
        target=index[_place_of(row, "after")],
        n=row["n"],
        share=known.estimate if known else None,
        low=known.low if known else None,
        high=known.high if known else None,
    )


def _shifts(
    sums: list[dict[str, Any]],
    names: list[str],
    index: Mapping[tuple[State, str | None], int],
    trait_set: TraitSet | None,
) -> list[Shift]:
    """Rank what changed most for every move, in standard deviations of the earlier values of all customers."""
    z = normal_quantile(0.95)
    usual = {j: _deviation(sums, j) for j in range(len(names))}
    out: list[Shift] = []
    for row in sums:
        if row["from_segment"] == row["to_segment"]:
            continue
        moves: list[Shift] = []
        for j, name in enumerate(names):
            n, spread = row[f"n_{j}"], row[f"spread_{j}"]
            definition = trait_set.get(name) if trait_set is not None else None
            if n < LEAST_FOR_REASON or spread is None or not usual[j] or definition is None:
                continue
            half = z * spread / math.sqrt(n)
            change = row[f"change_{j}"]
            ends = [("in", s) if s is not None else ("none", None) for s in (row["from_segment"], row["to_segment"])]
            moves.append(
                Shift(
                    origin=index[ends[0]],  # type: ignore[index]
                    target=index[ends[1]],  # type: ignore[index]
                    trait=name,
                    label=definition.label,
                    unit=definition.unit,
                    kind=definition.kind,
                    n=n,
                    before=row[f"before_{j}"],
                    after=row[f"after_{j}"],
                    change=change,
                    low=change - half,
                    high=change + half,
                    effect=change / usual[j],
                )
            )
        sure = [m for m in moves if m.low > 0 or m.high < 0]
        out += sorted(sure, key=lambda m: -abs(m.effect))[:REASONS_SHOWN]
    return out


def _deviation(sums: list[dict[str, Any]], j: int) -> float:
    """Return the standard deviation of the earlier values of trait j over all customers, from that of each move."""
    rows = [r for r in sums if r[f"n_{j}"]]
    n = sum(r[f"n_{j}"] for r in rows)
    if n < 2:
        return 0.0
    mean = sum(r[f"n_{j}"] * r[f"before_{j}"] for r in rows) / n
    within = sum((r[f"n_{j}"] - 1) * r[f"level_{j}"] ** 2 for r in rows if r[f"level_{j}"] is not None)
    between = sum(r[f"n_{j}"] * (r[f"before_{j}"] - mean) ** 2 for r in rows)
    return math.sqrt((within + between) / (n - 1))


def deciding_traits(house: House, point: Point, segmentation: Segmentation) -> list[str]:
    """Return the traits by which a segmentation places customers, in the order it names them."""
    if segmentation.model is not None:
        return list(segmentation.model.traits)
    rules = rules_of(segmentation, types_in(house, point.snapshot)).values()
    return list(dict.fromkeys(t for rule in rules for t in rule.traits))


def _is_numeric(trait_set: TraitSet | None, trait: str) -> bool:
    found = trait_set.get(trait) if trait_set is not None else None
    return found is not None and found.is_numeric


def _pairs(readers: tuple[SnapshotReader, ...], name: str) -> tuple[Query, tuple[Relation, Relation]]:
    first, second = readers
    traits = (first.relation(TRAITS_KEY.name), second.relation(TRAITS_KEY.name))
    return paired(name, traits, (first.members(name), second.members(name))), traits


def _versions(point: Point) -> tuple[int, int]:
    return point.snapshot.tables[TRAITS_KEY.name], point.snapshot.tables[MEMBERSHIPS.name]
