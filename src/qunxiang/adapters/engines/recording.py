"""An engine that keeps what it was asked, around any other: for tests, for "show the SQL", for porting."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from qunxiang.ports.engine import Engine, Session, WrittenFile
from qunxiang.ports.lake import TableVersion
from qunxiang.ports.source import TextRows
from qunxiang.sql import Query, cast_to_contract
from qunxiang.tables import Contract


@dataclass(frozen=True)
class Recorded:
    """A query that was run, and who ran it, as ``module.function``."""

    caller: str
    query: Query


class RecordingEngine:
    """Passes everything on to `engine` and keeps each query in `recorded`, in order.

    A written query is kept as it was run, its columns cast to the contract.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.recorded: list[Recorded] = []

    @property
    def dialect(self) -> str:
        """Dialect name of the wrapped engine."""
        return self._engine.dialect

    @property
    def capabilities(self) -> frozenset[str]:
        """Capabilities of the wrapped engine."""
        return self._engine.capabilities

    @contextmanager
    def session(self) -> Iterator[RecordingSession]:
        """Open a session whose queries are kept."""
        with self._engine.session() as session:
            yield RecordingSession(session, self.recorded)

    @contextmanager
    def text_session(self, name: str, rows: TextRows) -> Iterator[RecordingSession]:
        """Open a session on a text file whose queries are kept."""
        with self._engine.text_session(name, rows) as session:
            yield RecordingSession(session, self.recorded)

    def close(self) -> None:
        """Close the wrapped engine."""
        self._engine.close()


class RecordingSession:
    """A session that keeps its queries; see :class:`qunxiang.ports.engine.Session`."""

    def __init__(self, session: Session, recorded: list[Recorded]) -> None:
        self._session = session
        self._recorded = recorded

    def bind(self, name: str, table: TableVersion) -> None:
        """Pass on."""
        self._session.bind(name, table)

    def stream(self, name: str, schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        """Pass on."""
        self._session.stream(name, schema, batches)

    def register(self, name: str, frame: pa.Table | pa.RecordBatchReader) -> None:
        """Pass on."""
        self._session.register(name, frame)

    def read_files(self, name: str, paths: Iterable[Path]) -> None:
        """Pass on."""
        self._session.read_files(name, paths)

    def materialise(self, name: str, query: Query) -> int:
        """Keep the query and pass it on."""
        self._recorded.append(Recorded(_caller(), query))
        return self._session.materialise(name, query)

    def view(self, name: str, query: Query) -> None:
        """Keep the query and pass it on."""
        self._recorded.append(Recorded(_caller(), query))
        self._session.view(name, query)

    def fetch(self, query: Query) -> pa.Table:
        """Keep the query and pass it on."""
        self._recorded.append(Recorded(_caller(), query))
        return self._session.fetch(query)

    def write(self, query: Query, folder: Path, contract: Contract) -> tuple[WrittenFile, ...]:
        """Keep the query with its casts and pass it on."""
        self._recorded.append(Recorded(_caller(), cast_to_contract(query, contract)))
        return self._session.write(query, folder, contract)

    def interrupt(self) -> None:
        """Pass on."""
        self._session.interrupt()


def _caller() -> str:
    frame = sys._getframe(2)
    return f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_qualname}"
