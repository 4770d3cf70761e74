"""Reading tables through a snapshot, never around it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, TypeVar

import pyarrow as pa

from qunxiang.errors import NothingYetError
from qunxiang.model import Snapshot
from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.sql import Query, Relation


class SnapshotReader:
    """Tables of one snapshot, bound on first use in one engine session.

    Results of :meth:`cached` are kept by table versions and query text: a version never changes, so neither does the
    answer.
    """

    def __init__(self, house: House, snapshot: Snapshot, session: Session) -> None:
        self._house = house
        self.snapshot = snapshot
        self.session = session
        self._bound: dict[str, Relation] = {}

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
        if table not in self._bound:
            if not self.has(table):
                raise NothingYetError(
                    f"error.nothing.{table}" if table in _STEP_CODES else "error.nothing.table", table=table
                )
            version = self._house.lake.at(table, self.snapshot.tables[table])
            self.session.bind(table, version)
            self._bound[table] = Relation(table, version.columns)
        return self._bound[table]

    def relations(self, *tables: str) -> dict[str, Relation]:
        """Return those of `tables` that the snapshot has."""
        return {name: self.relation(name) for name in tables if self.has(name)}

    def fetch(self, query: Query) -> pa.Table:
        """Run a query."""
        return self.session.fetch(query)

    def cached(self, query: Query) -> pa.Table:
        """Run a query, or return the answer it gave before on the same versions."""
        versions = tuple(sorted((name, self.snapshot.tables[name]) for name in self._bound))
        key = (self._house.settings.key, versions, query.sql())
        answer = _CACHE.get(key)
        if answer is None:
            answer = self.session.fetch(query)
            _CACHE.put(key, answer)
        return answer


@contextmanager
def reading(house: House, run: int | None = None) -> Iterator[SnapshotReader]:
    """Open the newest snapshot (or that of `run`) for reading.

    Raises
    ------
    NothingYetError
        When the workspace has no snapshot yet, or none with that run number.
    """
    snapshot = house.state.head() if run is None else house.state.snapshot(run)
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
