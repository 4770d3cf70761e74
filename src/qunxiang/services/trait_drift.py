"""How the distribution of every trait shifted between two dates, and whether more of it became unknown."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
from sqlglot import exp

from qunxiang.errors import NothingYetError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, TraitDefinition, TraitKind
from qunxiang.monitoring import DRIFTED, SHIFTED, Comparison, Level, compared, psi_of_shares
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import segmentation_in, segmentation_named, traits_in
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.points import Point, point_at, points, reading_at
from qunxiang.services.reading import SnapshotReader, remembered
from qunxiang.services.segment_migration import deciding_traits
from qunxiang.sql import Query, column
from qunxiang.tables import TRAITS_KEY

LEAST_PER_BIN = 10
"""Customers with a known value that a bin of numbers should have."""
COLUMNS_AT_ONCE = 20
"""Traits read together, so that memory follows the customers and not the traits."""


class DriftBin(Frozen):
    """Share of customers in a bin at both dates.

    `low` and `high` are the edges of a bin of numbers, None where it is open; `value` is a single number; `text` a
    level. With none of them it stands for all other levels together.
    """

    before: float
    after: float
    low: float | None = None
    high: float | None = None
    value: float | None = None
    text: str | None = None


class TraitDrift(Frozen):
    """Drift of one trait.

    `psi` is the population stability index over known values, None when one of the dates has none; `chance` what two
    samples alike would reach in 95 of 100 cases. `unknown_psi` is the index of known against unknown. `level` is the
    worse of both by convention: ``steady`` below .1, ``shifted`` below .25, ``drifted`` from there; ``chance`` where it
    is no larger than chance; ``unknown`` without values to compare. `redefined` says that the trait itself was
    changed between the dates.
    """

    trait: str
    label: Label
    unit: Label
    kind: TraitKind
    psi: float | None
    chance: float | None
    level: Level | str
    n_before: int
    n_after: int
    unknown_before: float
    unknown_after: float
    unknown_psi: float
    decides: bool
    redefined: bool
    bins: tuple[DriftBin, ...]


class DriftReport(Frozen):
    """Drift of traits between two dates, the largest first; `came` and `went` are traits of one date only."""

    segmentation: str | None
    start: date
    end: date
    profiles_before: int
    profiles_after: int
    traits: tuple[TraitDrift, ...]
    came: tuple[str, ...]
    went: tuple[str, ...]


@use_case("trait.drift", roles=EVERYONE)
def drift(
    house: House,
    actor: Actor,
    segmentation: str | None = None,
    *,
    start: date | None = None,
    end: date | None = None,
    progress: Progress = silent,
) -> DriftReport:
    """Compare the distribution of traits at two dates.

    Sensitive traits are left out.

    Parameters
    ----------
    segmentation
        Only the traits that this segmentation goes by; all when None.
    start, end
        For each the newest date computed that is not after it; without them the last two dates.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        When there are not two dates.
    """
    if segmentation is not None:
        segmentation_named(house, segmentation)
    first, last = _between(house, start, end)
    decides = set(_deciding(house, last, segmentation)) if segmentation is not None else set()
    key = ("drift", segmentation, *((p.as_of, p.run, p.snapshot.tables[TRAITS_KEY.name]) for p in (first, last)))
    return remembered(house, key, lambda: _report(house, first, last, segmentation, decides, progress))


def _between(house: House, start: date | None, end: date | None) -> tuple[Point, Point]:
    known = points(house)
    last = point_at(house, end) if end is not None else (known[-1] if known else None)
    earlier = [p for p in known if last is not None and p.as_of < last.as_of]
    first = point_at(house, start) if start is not None else (earlier[-1] if earlier else None)
    if last is None or first is None or first.as_of >= last.as_of:
        raise NothingYetError("error.nothing.two_snapshots")
    return first, last


def _deciding(house: House, point: Point, name: str) -> list[str]:
    return deciding_traits(house, point, segmentation_in(house, point.snapshot, name).segmentation)


def _report(
    house: House, first: Point, last: Point, segmentation: str | None, decides: set[str], progress: Progress
) -> DriftReport:
    definitions = []
    for point in (first, last):
        traits = traits_in(house, point.snapshot)
        definitions.append({t.id: t for t in traits.traits if not t.sensitive} if traits is not None else {})
    old, new = definitions
    with reading_at(house, first, last) as readers:
        columns = [reader.relation(TRAITS_KEY.name).columns for reader in readers]
        there = [set(side) & set(names) for side, names in zip(definitions, columns, strict=True)]
        wanted = decides if segmentation is not None else there[0] | there[1]
        shared = [t for t in new if t in wanted and t in there[0] and t in there[1]]
        found: list[TraitDrift] = []
        for at in range(0, len(shared), COLUMNS_AT_ONCE):
            names = shared[at : at + COLUMNS_AT_ONCE]
            sides = [_columns(reader, names) for reader in readers]
            for name in names:
                pair = (old[name], new[name])
                found.append(_drift(pair, sides[0][name], sides[1][name], decides=name in decides))
        counts = [_profiles(reader) for reader in readers]
    order = {level: i for i, level in enumerate(("drifted", "shifted", "chance", "steady", "unknown"))}
    return DriftReport(
        segmentation=segmentation,
        start=first.as_of,
        end=last.as_of,
        profiles_before=counts[0],
        profiles_after=counts[1],
        traits=tuple(sorted(found, key=lambda d: (order[d.level], -max(d.psi or 0.0, d.unknown_psi), d.trait))),
        came=tuple(sorted((there[1] - there[0]) & wanted)),
        went=tuple(sorted((there[0] - there[1]) & wanted)),
    )


def _columns(reader: SnapshotReader, names: list[str]) -> dict[str, Any]:
    relation = reader.relation(TRAITS_KEY.name)
    table = reader.fetch(Query(exp.select(*(column(name, "t") for name in names)).from_(relation.table("t"))))
    return {name: table[name] for name in names}


def _profiles(reader: SnapshotReader) -> int:
    relation = reader.relation(TRAITS_KEY.name)
    count = exp.alias_(exp.cast(exp.Count(this=exp.Star()), "BIGINT"), "n")
    return int(reader.fetch(Query(exp.select(count).from_(relation.table("t"))))["n"][0].as_py())


def _drift(pair: tuple[TraitDefinition, TraitDefinition], before: Any, after: Any, *, decides: bool) -> TraitDrift:
    trait = pair[1]
    values = [_values(side, trait.kind) for side in (before, after)]
    known = [int(side.size) for side in values]
    unknown = [1 - k / len(side) if len(side) else 1.0 for k, side in zip(known, (before, after), strict=True)]
    unknown_psi = psi_of_shares([unknown[0], 1 - unknown[0]], [unknown[1], 1 - unknown[1]])
    found = compared(values[0], values[1], least_per_bin=LEAST_PER_BIN) if all(known) else None
    return TraitDrift(
        trait=trait.id,
        label=trait.label,
        unit=trait.unit,
        kind=trait.kind,
        psi=None if found is None else found.psi,
        chance=None if found is None else found.chance,
        level=_level(found, unknown_psi),
        n_before=known[0],
        n_after=known[1],
        unknown_before=unknown[0],
        unknown_after=unknown[1],
        unknown_psi=unknown_psi,
        decides=decides,
        redefined=_computed(pair[0]) != _computed(pair[1]),
        bins=_bins(found) if found is not None else (),
    )


def _computed(trait: TraitDefinition) -> Any:
    return trait.model_dump(include={"kind", "definition", "source", "window_days", "levels"})


def _values(side: Any, kind: TraitKind) -> Any:
    told = side.drop_null()
    if kind in ("text", "date"):
        return np.array([str(v)[:7] if kind == "date" else str(v) for v in told.to_pylist()], dtype=object)
    return np.array(told.to_pylist(), dtype=np.float64)


def _level(found: Comparison | None, unknown_psi: float) -> str:
    by_unknown = "drifted" if unknown_psi >= DRIFTED else "shifted" if unknown_psi >= SHIFTED else "steady"
    if found is None:
        return by_unknown if by_unknown != "steady" else "unknown"
    order = ("steady", "chance", "shifted", "drifted")
    return max(found.level, by_unknown, key=order.index)


def _bins(found: Comparison) -> tuple[DriftBin, ...]:
    out = []
    for name, before, after in zip(found.bins, found.expected, found.actual, strict=True):
        shares: dict[str, Any] = {"before": before, "after": after}
        if isinstance(name, str):
            out.append(DriftBin(**shares, text=name or None))
        elif isinstance(name, tuple) and name[1] == np.nextafter(name[0], np.inf):
            out.append(DriftBin(**shares, value=name[0]))
        elif isinstance(name, tuple):
            low, high = (None if math.isinf(edge) else edge for edge in name)
            out.append(DriftBin(**shares, low=low, high=high))
        else:
            out.append(DriftBin(**shares, value=name))
    return tuple(out)
