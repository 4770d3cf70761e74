"""Reading tables through a snapshot, never around it."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, TypeVar

import pyarrow as pa

from qunxiang.errors import NothingYetError
from qunxiang.identity.buyers import read_as
from qunxiang.model import Snapshot
from qunxiang.ports.engine import Session
from qunxiang.segmentation.packed import counted, is_packed, places_in, unpacked
from qunxiang.services.house import House
from qunxiang.services.value_maps import mapped, value_maps
from qunxiang.sql import Query, Relation, select
from qunxiang.tables import MEMBERSHIPS


class SnapshotReader:
    """Tables of one snapshot, bound on first use in one engine session; values are repaired as people decided, and
    rows that carry no id of a customer name their buyer or company (:mod:`qunxiang.identity.buyers`).

    Results of :meth:`cached` are kept by table versions and query text: a version never changes, so neither does the
    answer. `suffix` ends the names of its tables in the session, so that readers of several snapshots can share one.
    """

    def __init__(self, house: House, snapshot: Snapshot, session: Session, *, suffix: str = "") -> None:
        self._house = house
        self.snapshot = snapshot
        self.session = session
        self._suffix = suffix
        self._bound: dict[str, Relation] = {}
        self._read: set[str] = set()
        self._value_maps: dict[str, dict[str, dict[str, str]]] | None = None

    def has(self, table: str) -> bool:
        """Say whether the snapshot has the table."""
        return table in self.snapshot.tables

    def relation(self, table: str) -> Relation:
        """Return a table as a relation, bound in the session.

        Raises
        ------
        NothingYetError
            When the snapshot has no such table yet.
        """
        if table == MEMBERSHIPS.name:
            return self.members()
        if table not in self._bound:
            self._check(table)
            version = self._house.lake.at(table, self.snapshot.tables[table])
            maps = self._maps().get(table, {})
            name = table + self._suffix
            read_otherwise = read_as(table, Relation(table, version.columns)) is not None
            raw = f"{name}__as_loaded" if maps or read_otherwise else name
            self.session.bind(raw, version)
            if maps:
                repaired = f"{name}__repaired" if read_otherwise else name
                self.session.view(repaired, mapped(Relation(raw, version.columns), maps))
                raw = repaired
            read = read_as(table, Relation(raw, version.columns))
            if read is not None:
                self.session.view(name, read)
            self._bound[table] = Relation(name, version.columns)
            self._read.add(table)
        return self._bound[table]

    def members(self, *segmentations: str) -> Relation:
        """Return memberships one per row (contract ``tables.MEMBERSHIPS``), bound in the session.

        Parameters
        ----------
        segmentations
            Those that are asked for, which spares the others; the relation may hold others too. All when none is named.

        Raises
        ------
        NothingYetError
            When the snapshot has no memberships yet.
        """
        stored = self.stored_members()
        if not is_packed(stored.columns):  # as versions before wrote them
            return stored
        chosen = tuple(sorted(set(segmentations)))
        of = "all" if not chosen else hashlib.sha256("\x1f".join(chosen).encode()).hexdigest()[:16]
        name = f"{MEMBERSHIPS.name}{self._suffix}__{of}"
        if name not in self._bound:
            self.session.view(name, unpacked(stored, chosen or None))
            self._bound[name] = Relation(name, MEMBERSHIPS.names)
        return self._bound[name]

    def stored_members(self) -> Relation:
        """Return memberships as they are stored: one row per profile, or in old snapshots one per membership.

        Raises
        ------
        NothingYetError
            When the snapshot has no memberships yet.
        """
        name = MEMBERSHIPS.name + self._suffix
        if name not in self._bound:
            self._check(MEMBERSHIPS.name)
            version = self._house.lake.at(MEMBERSHIPS.name, self.snapshot.tables[MEMBERSHIPS.name])
            self.session.bind(name, version)
            self._bound[name] = Relation(name, version.columns)
            self._read.add(MEMBERSHIPS.name)
        return self._bound[name]

    def member_counts(self) -> dict[tuple[str, str], int]:
        """Return the members by segmentation and segment; segments of nobody may be missing."""
        return member_counts(self.stored_members(), self.cached)

    def segments_of(self, profile_id: str) -> dict[str, str]:
        """Return the segment of one profile by segmentation; empty before the first refresh."""
        if not self.has(MEMBERSHIPS.name):
            return {}
        stored = self.stored_members()
        row = select("SELECT * FROM stored__ AS m WHERE m.profile_id = :id", stored=stored, id=profile_id)
        found = self.fetch(row).to_pylist()
        if not is_packed(stored.columns):
            return {m["segmentation"]: m["segment"] for m in found}
        places = places_in(stored.columns)
        return {p.segmentation: p.segment for m in found for p in places if m[p.column]}

    def _check(self, table: str) -> None:
        if not self.has(table):
            raise NothingYetError(
                f"error.nothing.{table}" if table in _STEP_CODES else "error.nothing.table", table=table
            )

    def relations(self, *tables: str) -> dict[str, Relation]:
        """Return those of `tables` that the snapshot has."""
        return {name: self.relation(name) for name in tables if self.has(name)}

    def _maps(self) -> dict[str, dict[str, dict[str, str]]]:
        if self._value_maps is None:
            self._value_maps = value_maps(self._house)
        return self._value_maps

    def fetch(self, query: Query) -> pa.Table:
        """Run a query."""
        return self.session.fetch(query)

    def cached(self, query: Query) -> pa.Table:
        """Run a query, or return the answer it gave before on the same versions."""
        versions = tuple(sorted((name, self.snapshot.tables[name]) for name in self._read))
        maps = json.dumps({name: self._maps().get(name) for name, _ in versions}, sort_keys=True)
        key = (self._house.settings.key, (*versions, (maps, 0)), query.sql())
        answer = _CACHE.get(key)
        if answer is None:
            answer = self.session.fetch(query)
            _CACHE.put(key, answer)
        return answer


_SIZES = """
SELECT segmentation, segment, CAST(COUNT(*) AS BIGINT) AS n FROM members__ AS m GROUP BY segmentation, segment
"""


def member_counts(stored: Relation, fetch: Callable[[Query], pa.Table]) -> dict[tuple[str, str], int]:
    """Count the members by segmentation and segment of memberships as they are stored, in either form."""
    if not is_packed(stored.columns):
        rows = fetch(select(_SIZES, members=stored)).to_pylist()
        return {(row["segmentation"], row["segment"]): row["n"] for row in rows}
    row = fetch(counted(stored)).to_pylist()[0]
    return {(p.segmentation, p.segment): row[f"n{i}"] for i, p in enumerate(places_in(stored.columns))}


@contextmanager
def reading(house: House, run: int | None = None) -> Iterator[SnapshotReader]:
    """Open the newest snapshot (or that of `run`) for reading.

    Raises
    ------
    NothingYetError
        When the workspace has no snapshot yet, or none with that run number.
    """
    snapshot = house.head() if run is None else house.state.snapshot(run)
    if snapshot is None:
        raise (
            NothingYetError("error.nothing.snapshot") if run is None else NothingYetError("error.nothing.run", run=run)
        )
    with house.engine.session() as session:
        yield SnapshotReader(house, snapshot, session)


_STEP_CODES: Final = frozenset({"profiles", "traits", "memberships"})

_Key = tuple[str, tuple[tuple[str, int], ...], str]


class _Cache:
    """The answers used last, up to a number of entries and bytes."""

    ENTRIES = 512
    BYTES = 64 * 1024 * 1024

    def __init__(self) -> None:
        self._answers: OrderedDict[_Key, pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: _Key) -> pa.Table | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer

    def put(self, key: _Key, answer: pa.Table) -> None:
        if answer.nbytes > self.BYTES // 8:
            return
        with self._lock:
            if key not in self._answers:
                self._answers[key] = answer
                self._bytes += answer.nbytes
            while len(self._answers) > self.ENTRIES or self._bytes > self.BYTES:
                _, dropped = self._answers.popitem(last=False)
                self._bytes -= dropped.nbytes


_CACHE = _Cache()

T = TypeVar("T")


class _Findings:
    """Findings computed from one snapshot, the latest used kept."""

    ENTRIES = 64

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key]
                return kept
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self.ENTRIES:
                self._kept.popitem(last=False)
        return made


_FINDINGS = _Findings()


def remembered(house: House, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """Return what `make` gave before for `key`, or call it; the key must name every version the finding rests on."""
    return _FINDINGS.get((house.settings.key, *key), make)
