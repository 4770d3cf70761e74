"""How far segments share their members, over the current snapshot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, Segmentation
from qunxiang.segmentation.overlap import Overlap, flags_query, overlap, overlap_of_flags, together_query
from qunxiang.segmentation.packed import is_packed
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import document_in
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.services.segment_define import unknown_segment
from qunxiang.tables import MEMBERSHIPS


class OverlapSegment(Frozen):
    """One segment of the matrix: its name as rules write it, label and members."""

    id: str
    label: Label
    colour: int
    n: int


class SegmentOverlap(Frozen):
    """Overlap of segments, all matrices in the order of `segments`.

    `counts` are profiles in both, on the diagonal the members of each; `jaccard` is both ÷ either, `inside` the share
    of the row's members who are in the column's segment; None where there is nothing to divide by.
    """

    as_of: date | None
    segments: tuple[OverlapSegment, ...]
    counts: tuple[tuple[int, ...], ...]
    jaccard: tuple[tuple[float | None, ...], ...]
    inside: tuple[tuple[float | None, ...], ...]


@use_case("segment.overlap", roles=EVERYONE)
def segment_overlap(house: House, actor: Actor, segments: Sequence[str] = ()) -> SegmentOverlap:
    """Count the members that segments share, pair by pair.

    Parameters
    ----------
    segments
        Segmentations such as ``loyalty``, which stand for all their segments, or segments such as ``loyalty.loyal``;
        every segment there is when none is given.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    """
    documents = house.state.definitions("segmentation")
    with reading(house) as reader:
        snapshot = reader.snapshot
        known = {d.id: document_in(house, snapshot, d).segmentation for d in documents}
        names = _names(known, segments)
        made = overlap(names, [])
        if names and reader.has(MEMBERSHIPS.name):
            key = ("overlap", tuple(names), snapshot.tables[MEMBERSHIPS.name])
            made = remembered(house, key, lambda: _counted(reader, names))
    shown = []
    for (of, id_), n in zip(names, made.counts.diagonal().tolist(), strict=True):
        segmentation = known[of]
        segment = segmentation.segment(id_)
        assert segment is not None
        alone = len(segmentation.segments) == 1
        label = segment.label if alone else _both(segmentation.label, segment.label)
        shown.append(OverlapSegment(id=of if alone else f"{of}.{id_}", label=label, colour=segment.colour, n=n))
    return SegmentOverlap(
        as_of=snapshot.as_of,
        segments=tuple(shown),
        counts=tuple(tuple(row) for row in made.counts.tolist()),
        jaccard=_known(made.jaccard.tolist()),
        inside=_known(made.inside.tolist()),
    )


def _counted(reader: SnapshotReader, names: Sequence[tuple[str, str]]) -> Overlap:
    stored = reader.stored_members()
    if is_packed(stored.columns):
        return overlap_of_flags(names, reader.fetch(flags_query(stored, names)))
    rows = reader.fetch(together_query(stored, sorted({of for of, _ in names}))).to_pylist()
    return overlap(names, [(row["together"], row["profiles"]) for row in rows])


def _both(of: Label, segment: Label) -> Label:
    return Label(f"{of.zh} · {segment.zh}", f"{of.en} · {segment.en}")


def _known(matrix: list[list[float]]) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(None if math.isnan(v) else v for v in row) for row in matrix)


def _names(known: dict[str, Segmentation], asked: Sequence[str]) -> list[tuple[str, str]]:
    """Return segmentation and segment of all that was asked for, each once, in order."""
    found: dict[tuple[str, str], None] = {}
    for name in asked or known:
        of, _, segment = name.partition(".")
        if of not in known:
            raise UnknownNameError("error.segmentation.unknown", name=name[:80], known=list(known), near="")
        if segment and known[of].segment(segment) is None:
            raise unknown_segment(known[of], segment)
        for one in known[of].segments:
            if segment in ("", one.id):
                found[of, one.id] = None
    return list(found)
