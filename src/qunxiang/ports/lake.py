"""Port of the lake: versioned tables, each commit atomic per table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from qunxiang.tables import Contract

if TYPE_CHECKING:
    from qunxiang.ports.engine import WrittenFile


@dataclass(frozen=True)
class TableVersion:
    """One version of one table: its Parquet files (absolute paths), rows, and column names in order."""

    table: str
    version: int
    files: tuple[str, ...]
    rows: int
    columns: tuple[str, ...]


class Lake(Protocol):
    """Versioned tables.

    The lake commits one table at a time. Which versions belong together is said by a published snapshot of the state;
    a version that no snapshot names was left by an interrupted run, is never read, and is collected as garbage.
    """

    def at(self, table: str, version: int) -> TableVersion:
        """Return a version.

        Raises
        ------
        qunxiang.errors.WorkspaceError
            When the version or one of its files is gone.
        """
        ...

    def folder(self, table: str) -> Path:
        """Return a fresh folder (not yet made) inside the table into which an engine may write files."""
        ...

    def commit(
        self,
        contract: Contract,
        files: Iterable[WrittenFile],
        *,
        mode: Literal["append", "replace"],
        base: int | None,
    ) -> int:
        """Commit files and return the new version.

        The new version holds exactly the files of version `base` plus `files` (append), or `files` alone (replace),
        whatever an interrupted run may have left at the table's head. `base` None starts from nothing.

        Raises
        ------
        qunxiang.errors.ConflictError
            When another writer committed at the same time; nothing is committed then.
        qunxiang.errors.StorageError
            When a file is missing or differs from the contract's schema, or the disk refuses.
        """
        ...

    def collect_garbage(self, keep: Mapping[str, Iterable[int]], *, older_than_hours: float) -> int:
        """Delete files that no version in `keep` names and that are older than the limit; return their number."""
        ...
