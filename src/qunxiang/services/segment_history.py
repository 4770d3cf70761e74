"""Segments over time: for which dates memberships are known, and a profile's history."""

from __future__ import annotations

from datetime import date

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, Segmentation
from qunxiang.services.access import EVERYONE, FRONT, use_case
from qunxiang.services.definitions_read import (
    document_in,
    segmentation_named,
)
from qunxiang.services.house import House
from qunxiang.services.points import Point, points, reading_at
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.segment_define import known_profile
from qunxiang.sql import select
from qunxiang.tables import TRAITS_KEY


class Dated(Frozen):
    """A date with memberships: the run that wrote them and the version of the segmentation they follow."""

    as_of: date
    run: int
    past: bool
    version: int


class Stay(Frozen):
    """A stretch of time that a profile spent in a segment (None: in none), by the dates computed in it."""

    segmentation: str
    segmentation_label: Label
    segment: str | None
    label: Label | None
    colour: int | None
    first: date
    last: date
    dates: int


@use_case("segment.dates", roles=EVERYONE)
def dates(house: House, actor: Actor, name: str) -> list[Dated]:
    """Return the dates for which it is known who belonged where, oldest first.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    segmentation_named(house, name)
    document = newest_document(house, name)
    return [dated(house, p, document) for p in points(house) if holds(p, name)]


@use_case("segment.history", roles=FRONT, touches="single")
def history(house: House, actor: Actor, profile_id: str, *, name: str | None = None) -> list[Stay]:
    """Return where a profile was over time: one row per unbroken stretch in a segment, oldest first.

    Parameters
    ----------
    name
        Only this segmentation; all when None.

    Raises
    ------
    UnknownNameError
        When there is no such profile or segmentation.
    """
    if name is not None:
        segmentation_named(house, name)
    documents = [d for d in house.state.definitions("segmentation") if name is None or d.id == name]
    segmentations = {d.id: Segmentation.model_validate(d.body) for d in documents if not d.archived}
    known = points(house)
    found: dict[str, list[tuple[date, str | None]]] = {}
    seen = False
    with reading_at(house, *known) as readers:
        for point, reader in zip(known, readers, strict=True):
            if not _knows(reader, profile_id):
                continue
            seen = True
            there = reader.segments_of(profile_id)
            for key in segmentations:
                if holds(point, key):
                    found.setdefault(key, []).append((point.as_of, there.get(key)))
    if not seen:
        if house.head() is None:
            raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
        with reading(house) as reader:
            known_profile(reader, profile_id)
    return [stay for key, at in found.items() for stay in _stays(segmentations[key], at)]


def _stays(segmentation: Segmentation, at: list[tuple[date, str | None]]) -> list[Stay]:
    out: list[Stay] = []
    for day, segment in at:
        if out and out[-1].segment == segment:
            out[-1] = out[-1].model_copy(update={"last": day, "dates": out[-1].dates + 1})
            continue
        shown = segmentation.segment(segment) if segment is not None else None
        out.append(
            Stay(
                segmentation=segmentation.id,
                segmentation_label=segmentation.label,
                segment=segment,
                label=shown.label if shown is not None else None,
                colour=shown.colour if shown is not None else None,
                first=day,
                last=day,
                dates=1,
            )
        )
    return out


def newest_document(house: House, name: str) -> Definition:
    """Return the newest document of a segmentation that there is."""
    document = house.state.definition("segmentation", name)
    assert document is not None
    return document


def dated(house: House, point: Point, document: Definition) -> Dated:
    """Return a point in time with the version of a segmentation that its memberships follow."""
    version = document_in(house, point.snapshot, document).version
    return Dated(as_of=point.as_of, run=point.run, past=point.snapshot.kind == "past", version=version)


def holds(point: Point, name: str) -> bool:
    """Say whether the memberships of a date know of a segmentation."""
    return f"segmentation/{name}" in point.snapshot.definitions


def _knows(reader: SnapshotReader, profile_id: str) -> bool:
    query = select(
        "SELECT t.profile_id FROM traits__ AS t WHERE t.profile_id = :id",
        traits=reader.relation(TRAITS_KEY.name),
        id=profile_id,
    )
    return bool(reader.fetch(query).num_rows)
