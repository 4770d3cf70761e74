"""How the segments of a segmentation differ from one another: tests, descriptors, and how far apart they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import SCORES, Actor, Frozen, Segmentation, TraitDefinition
from qunxiang.segmentation.contrast import adjusted, crossed, differences, gorge_counts, separated
from qunxiang.segmentation.model_space import ModelSpace, model_space
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import current_traits, segmentation_in, segmentation_named
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.services.segment_describe import defining_traits, floats, sampled
from qunxiang.sql import column
from qunxiang.tables import MEMBERSHIPS, TRAITS_KEY
from qunxiang.traits import level_label

SAMPLE = 20_000
"""Profiles that are compared; with more, every profile with the lowest hashes."""

POINTS_SHOWN = 150
"""Points of each segment that the separation plot shows at most."""

BINS = 20
_YES, _NO, _OTHER = Label("是", "yes"), Label("否", "no"), Label("其他", "other")


class ContrastSegment(Frozen):
    """One segment: its place in all lists, and its profiles in the sample."""

    id: str
    label: Label
    colour: int
    n: int


class TraitDifference(Frozen):
    """One number over all segments; lists are in the order of the segments, None where nothing is known.

    `means` are in the trait's unit, `standard` in standard deviations off the mean of all. `effect` is η².
    `p_adjusted` is Welch's test, adjusted over all comparisons (Benjamini–Hochberg). Of a `defining` trait the
    segments were made, so that it differs by construction.
    """

    trait: str
    label: Label
    unit: Label
    kind: str
    n: int
    overall: float
    means: tuple[float | None, ...]
    standard: tuple[float | None, ...]
    effect: float
    p_adjusted: float | None
    defining: bool


class Descriptor(Frozen):
    """One trait of answers against the segments: `counts` and `residuals` by segment and level, `effect` Cramér's V.

    `p_adjusted` is the χ² test, adjusted as in :class:`TraitDifference`.
    """

    trait: str
    label: Label
    n: int
    levels: tuple[Label, ...]
    counts: tuple[tuple[int, ...], ...]
    residuals: tuple[tuple[float, ...], ...]
    effect: float
    p_adjusted: float | None
    defining: bool


class Separation(Frozen):
    """Segments of a fitted model on the plane that shows their centres best.

    `points` are some profiles as (x, y, place of the segment), without ids; `shown` the share of the variance between
    centres on the plane. `near` says for each segment how much it runs into every other (shadow values; a row sums to
    the segment's mean). `likeness` counts profiles by their similarity (or probability) to each segment, in equal bins
    from 0 to 1.
    """

    points: tuple[tuple[float, float, int], ...]
    centers: tuple[tuple[float, float], ...]
    outlines: tuple[tuple[tuple[float, float], ...], ...]
    shown: float
    near: tuple[tuple[float, ...], ...]
    likeness: tuple[tuple[int, ...], ...]
    measure: Literal["similarity", "probability"]
    n_placed: int


class SegmentContrast(Frozen):
    """How segments differ. `n` profiles in a segment were compared, `n_tests` comparisons made at once."""

    segmentation: str
    as_of: date | None
    run: int
    segments: tuple[ContrastSegment, ...]
    n: int
    sampled: bool
    n_tests: int
    differences: tuple[TraitDifference, ...]
    descriptors: tuple[Descriptor, ...]
    separation: Separation | None


@use_case("segment.contrast", roles=EVERYONE)
def contrast(house: House, actor: Actor, name: str) -> SegmentContrast:
    """Compare all segments of a segmentation over the current snapshot.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        Before it has members in a snapshot.
    """
    segmentation_named(house, name)
    with reading(house) as reader:
        reader.relation(TRAITS_KEY.name)
        reader.stored_members()
        assigned = segmentation_in(house, reader.snapshot, name)
        tables = reader.snapshot.tables
        key = ("contrast", name, assigned.version, tables[TRAITS_KEY.name], tables[MEMBERSHIPS.name])
        return remembered(house, key, lambda: _contrast(house, reader, assigned.segmentation))


def _contrast(house: House, reader: SnapshotReader, segmentation: Segmentation) -> SegmentContrast:
    there = set(reader.relation(TRAITS_KEY.name).columns)
    usable = [t for t in current_traits(house).traits if not t.sensitive and t.id in there]
    numbers = [t for t in usable if t.is_numeric and t.id not in SCORES]
    answered = [t for t in usable if t.kind in ("text", "boolean")]
    model = segmentation.model
    wanted = dict.fromkeys([*(t.id for t in numbers), *(t.id for t in answered), *(model.traits if model else ())])
    kinds = {t.id: t for t in current_traits(house).traits}
    frame = _frame(reader, segmentation, [kinds[name] for name in wanted if name in there])
    place = {s.id: i for i, s in enumerate(segmentation.segments)}
    labels = np.array([place.get(s, -1) for s in frame["segment"].to_pylist()], dtype=np.int64)
    n_segments = len(place)
    names = [t.id for t in numbers]
    X = np.column_stack([floats(frame, n) for n in names]) if names else np.empty((len(labels), 0))
    told = differences(X, labels, names, n_segments)
    tables = [crossed(t.id, _texts(frame, t), labels, n_segments) for t in answered]
    crossings = sorted((c for c in tables if c is not None), key=lambda c: (-c.effect, c.name))
    p_values = adjusted([*told, *crossings])
    defining = defining_traits(segmentation, list(wanted))
    sizes = np.bincount(labels[labels >= 0], minlength=n_segments)
    profiles = house.lake.at(TRAITS_KEY.name, reader.snapshot.tables[TRAITS_KEY.name]).rows
    return SegmentContrast(
        segmentation=segmentation.id,
        as_of=reader.snapshot.as_of,
        run=reader.snapshot.run,
        segments=tuple(
            ContrastSegment(id=s.id, label=s.label, colour=s.colour, n=int(n))
            for s, n in zip(segmentation.segments, sizes, strict=True)
        ),
        n=int((labels >= 0).sum()),
        sampled=profiles > SAMPLE,
        n_tests=int(np.count_nonzero(~np.isnan(p_values))),
        differences=tuple(
            TraitDifference(
                **_about(kinds[d.name]),
                unit=kinds[d.name].unit,
                kind=kinds[d.name].kind,
                n=d.n,
                overall=d.overall,
                means=_known(d.means),
                standard=_known(d.standard),
                effect=d.effect,
                p_adjusted=_known([p])[0],
                defining=d.name in defining,
            )
            for d, p in zip(told, p_values, strict=False)
            if d.n
        ),
        descriptors=tuple(
            Descriptor(
                **_about(kinds[c.name]),
                n=int(c.counts.sum()),
                levels=tuple(_level(level, kinds[c.name]) for level in c.levels),
                counts=tuple(tuple(row) for row in c.counts.tolist()),
                residuals=tuple(tuple(row) for row in c.residuals.tolist()),
                effect=c.effect,
                p_adjusted=_known([p])[0],
                defining=c.name in defining,
            )
            for c, p in zip(crossings, p_values[len(told) :], strict=True)
        ),
        separation=_separation(segmentation, frame, labels),
    )


def _about(trait: TraitDefinition) -> dict[str, Any]:
    return {"trait": trait.id, "label": trait.label}


def _frame(reader: SnapshotReader, segmentation: Segmentation, traits: Sequence[TraitDefinition]) -> pa.Table:
    """Traits of a sample of profiles with their segment, in the order of hashed ids."""
    projections = [
        exp.alias_(exp.cast(column(t.id, "t"), "double") if t.is_numeric else column(t.id, "t"), t.id, quoted=True)
        for t in traits
    ]
    return sampled(reader, segmentation, projections, SAMPLE)


def _texts(frame: pa.Table, trait: TraitDefinition) -> list[str | None]:
    values = frame[trait.id].to_pylist()
    return [None if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values]


def _level(level: str | None, trait: TraitDefinition) -> Label:
    if level is None:
        return _OTHER
    if trait.kind == "boolean":
        return _YES if level == "true" else _NO
    return level_label(trait.id, level)


def _separation(segmentation: Segmentation, frame: pa.Table, labels: Any) -> Separation | None:
    model = segmentation.model
    if model is None or len(segmentation.segments) < 2 or not set(model.traits) <= set(frame.column_names):
        return None
    space = model_space(model, {t: frame[t].to_pylist() for t in model.traits})
    placed = ~np.isnan(space.points).any(axis=1) & (labels >= 0)
    if np.count_nonzero(placed) < 3:
        return None
    return _plane(space, labels, placed)


def _plane(space: ModelSpace, labels: Any, placed: Any) -> Separation:
    given = labels[placed]
    found = separated(space.points[placed], given, space.centers)
    shown = np.sort(np.concatenate([np.flatnonzero(given == s)[:POINTS_SHOWN] for s in range(len(space.centers))]))
    return Separation(
        points=tuple((float(x), float(y), int(s)) for (x, y), s in zip(found.points[shown], given[shown], strict=True)),
        centers=tuple((float(x), float(y)) for x, y in found.centers),
        outlines=tuple(tuple((float(x), float(y)) for x, y in ring) for ring in found.outlines),
        shown=found.shown,
        near=tuple(tuple(row) for row in found.near.tolist()),
        likeness=tuple(tuple(row) for row in gorge_counts(space.likeness[placed], BINS).tolist()),
        measure="probability" if space.is_probability else "similarity",
        n_placed=int(np.count_nonzero(placed)),
    )


def _known(values: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(v) else float(v) for v in values)
