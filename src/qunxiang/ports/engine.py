"""Port of a query engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from qunxiang.ports.lake import TableVersion
from qunxiang.ports.source import TextRows
from qunxiang.sql import Query
from qunxiang.tables import Contract


@dataclass(frozen=True)
class WrittenFile:
    """A Parquet file that an engine wrote: path, rows, bytes."""

    path: Path
    rows: int
    size_bytes: int


class Session(Protocol):
    """One conversation with an engine; names bound in it are not seen by other sessions. Not thread-safe."""

    def bind(self, name: str, table: TableVersion) -> None:
        """Make a version of a lake table readable under `name`."""
        ...

    def register(self, name: str, frame: pa.Table | pa.RecordBatchReader) -> None:
        """Make an Arrow table (or, once, a stream) readable under `name`."""
        ...

    def stream(self, name: str, schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        """Make rows readable under `name` that are asked for anew whenever a query reads them.

        What `batches` raises while a query runs is raised by that query.
        """
        ...

    def read_files(self, name: str, paths: Iterable[Path]) -> None:
        """Make Parquet files of one schema readable under `name`; columns as they stand in the files."""
        ...

    def materialise(self, name: str, query: Query) -> int:
        """Compute `query` once and keep the result under `name` for this session; return its rows."""
        ...

    def view(self, name: str, query: Query) -> None:
        """Make the answer of `query` readable under `name` without computing it now."""
        ...

    def fetch(self, query: Query) -> pa.Table:
        """Run `query` and return its whole result."""
        ...

    def write(self, query: Query, folder: Path, contract: Contract) -> tuple[WrittenFile, ...]:
        """Run `query`, cast its columns to `contract`, and write Parquet files into `folder` (made when missing).

        Nothing but whole files with the contract's exact schema is left behind; on failure the folder is removed.

        Raises
        ------
        qunxiang.errors.StorageError
            When the disk is full or refuses.
        """
        ...

    def interrupt(self) -> None:
        """Stop the running query; may be called from another thread."""
        ...


class Engine(Protocol):
    """Runs queries. `dialect` is sqlglot's name of the engine's SQL; `capabilities` names what only some engines do.

    ``text_files`` among them says that :meth:`text_session` may be asked for.
    """

    @property
    def dialect(self) -> str:
        """Dialect name for sqlglot."""
        ...

    @property
    def capabilities(self) -> frozenset[str]:
        """Names such as ``arrow_stream``, ``interrupt``, ``local_files``, ``text_files``."""
        ...

    def session(self) -> AbstractContextManager[Session]:
        """Open a session."""
        ...

    def text_session(self, name: str, rows: TextRows) -> AbstractContextManager[Session]:
        """Open a session in which the rows of one text file are readable under `name`, by all threads at once.

        Cells are the text columns ``c0``, ``c1``, …; empty ones are NULL. Rows with another number of cells are left
        out, and rows come in no order. What other sessions hold is not seen here.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds; no session works afterwards."""
        ...
