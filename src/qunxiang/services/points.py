"""The dates at which a workspace knows who belonged where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from qunxiang.errors import NothingYetError
from qunxiang.model import Snapshot, SnapshotKind
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader
from qunxiang.tables import MEMBERSHIPS

PAST = "past"
"""Key in the facts of a snapshot of kind ``past``: date, tables and definitions of the past date it computed."""

_KINDS: tuple[SnapshotKind, ...] = ("refresh", "segment", "past")
_MOST = 10_000


@dataclass(frozen=True)
class Point:
    """A date with memberships: the run that wrote them and the tables of that date as a snapshot."""

    as_of: date
    snapshot: Snapshot

    @property
    def run(self) -> int:
        """Number of the run."""
        return self.snapshot.run


def past_tables(snapshot: Snapshot) -> dict[str, int]:
    """Return the versions of tables that a snapshot of the past wrote beside those of the present."""
    told: dict[str, int] = snapshot.facts.get(PAST, {}).get("tables", {})
    return told


def points(house: House) -> list[Point]:
    """Return every date with memberships, oldest first; of several runs of one date the newest counts.

    While reading is held to a snapshot, later runs do not count.
    """
    found: dict[date, Point] = {}
    last = house.held_at.run if house.held_at is not None else None
    for kind in _KINDS:
        for snapshot in house.state.snapshots(kind, limit=_MOST):
            if last is not None and snapshot.run > last:
                continue
            point = _point(snapshot)
            if point is not None and (point.as_of not in found or found[point.as_of].run < point.run):
                found[point.as_of] = point
    return [found[day] for day in sorted(found)]


def point_at(house: House, day: date) -> Point:
    """Return the newest date with memberships that is not after `day`.

    Raises
    ------
    NothingYetError
        When there is none; says the first there is.
    """
    known = points(house)
    found = [p for p in known if p.as_of <= day]
    if not found:
        first = known[0].as_of if known else None
        raise NothingYetError("error.nothing.as_of", as_of=day, first=first)
    return found[-1]


@contextmanager
def reading_at(house: House, *found: Point) -> Iterator[tuple[SnapshotReader, ...]]:
    """Read the tables of several dates in one session; tables of the i-th date are bound as ``<table>__<i>``."""
    with house.engine.session() as session:
        yield tuple(
            SnapshotReader(house, point.snapshot, session, suffix=f"__{i}" if i else "")
            for i, point in enumerate(found)
        )


def _point(snapshot: Snapshot) -> Point | None:
    if snapshot.kind != "past":
        if snapshot.as_of is None or MEMBERSHIPS.name not in snapshot.tables:
            return None
        return Point(snapshot.as_of, snapshot)
    told: dict[str, Any] = snapshot.facts[PAST]
    day = date.fromisoformat(told["as_of"])
    tables = {**snapshot.tables, **told["tables"]}
    then = snapshot.model_copy(update={"as_of": day, "tables": tables, "definitions": told["definitions"]})
    return Point(day, then)
