"""Port of a query engine."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from qunxiang.ports.lake import TableVersion
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

    def read_files(self, name: str, paths: Iterable[Path]) -> None:
        """Make Parquet files of one schema readable under `name`; columns as they stand in the files."""
        ...

    def materialise(self, name: str, query: Query) -> int:
        """Compute `query` once and keep the result under `name` for this session; return its rows."""
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
    """Runs queries. `dialect` is sqlglot's name of the engine's SQL; `capabilities` names what only some engines do."""

    @property
    def dialect(self) -> str:
        """Dialect name for sqlglot."""
        ...

    @property
    def capabilities(self) -> frozenset[str]:
        """Names such as ``arrow_stream``, ``interrupt``, ``local_files``."""
        ...

    def session(self) -> AbstractContextManager[Session]:
        """Open a session."""
        ...

    def close(self) -> None:
        """Free what the engine holds; no session works afterwards."""
        ...
