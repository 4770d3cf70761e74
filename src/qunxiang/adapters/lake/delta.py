"""Delta Lake tables written by `deltalake`, one commit of ours per version.

Engines read the files of a version bare, so tables use no deletion vectors, column mapping or partition columns.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from qunxiang.adapters.lake.disk import check_file, disk_error, flush, remove, write_empty
from qunxiang.errors import ConflictError, QunxiangError, SettingError, StorageError, WorkspaceError
from qunxiang.ports.engine import WrittenFile
from qunxiang.ports.lake import TableVersion
from qunxiang.tables import Contract, arrow_schema

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LOG = "_delta_log"
_DATA = "data"
_CHECKPOINT_EVERY = 50
_REMEMBERED = 256
_YOUNGEST_GARBAGE_HOURS = 1.0

# A retry would commit onto a head that was not looked at: an append of somebody else would survive a replace.
_ONE_TRY = CommitProperties(max_commit_retries=0)
# Checkpoints are made apart, where a full disk cannot fail a commit that is already made; logs are never cleaned up,
# because a snapshot may name any old version.
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_CONFIGURATION = {"delta.enableExpiredLogCleanup": "false", "delta.enableDeletionVectors": "false"}


@dataclass(frozen=True)
class _Version:
    number: int
    rows: dict[str, int]  # by path inside the table
    schema: Schema

    @classmethod
    def of(cls, table: DeltaTable) -> _Version:
        actions = pa.table(table.get_add_actions(flatten=True)).select(["path", "num_records"]).to_pylist()
        rows = {a["path"]: a["num_records"] for a in sorted(actions, key=lambda a: str(a["path"]))}
        return cls(number=table.version(), rows=rows, schema=table.schema())


class DeltaLake:
    """Tables in folders ``root/<table>``; implements :class:`qunxiang.ports.lake.Lake`.

    Several processes and threads may use the same root. Versions never change, so those once read are remembered.

    Parameters
    ----------
    root
        Folder of the tables; made when missing. Its path may hold any character but ``%``, which the Delta library
        takes for an escape.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._version = lru_cache(maxsize=_REMEMBERED)(self._read_version)

    def at(self, table: str, version: int) -> TableVersion:
        """Return a version; see :meth:`qunxiang.ports.lake.Lake.at`."""
        folder = self._table(table)
        found = self._version(table, version)
        files = tuple(str(folder / path) for path in found.rows)
        for file in files:
            if not Path(file).is_file():
                raise WorkspaceError("error.lake.version_gone", table=table, version=version)
        return TableVersion(
            table=table,
            version=version,
            files=files,
            rows=sum(found.rows.values()),
            columns=tuple(field.name for field in found.schema.fields),
        )

    def folder(self, table: str) -> Path:
        """Return a fresh folder, not yet made, inside the table."""
        return self._table(table) / _DATA / uuid.uuid4().hex

    def commit(
        self,
        contract: Contract,
        files: Iterable[WrittenFile],
        *,
        mode: Literal["append", "replace"],
        base: int | None,
    ) -> int:
        """Commit files; see :meth:`qunxiang.ports.lake.Lake.commit`.

        The data files and the commit are flushed to the disk before this returns. When it fails, `files` are deleted.
        Files of no rows are left out, but a version always has one file.
        """
        folder = self._table(contract.name)
        written = tuple(files)
        self._refuse_foreign(folder, written)
        schema = Schema.from_arrow(arrow_schema(contract))
        ours = tuple(f.path for f in written)
        try:
            for file in written:
                check_file(file, contract)
            kept = self._base(contract, schema, base) if mode == "append" and base is not None else {}
            chosen = [f for f in written if f.rows]
            if chosen:
                kept = {path: rows for path, rows in kept.items() if rows}
            elif not kept:
                chosen = [write_empty(folder / _DATA / uuid.uuid4().hex / "empty.parquet", contract)]
                ours += tuple(f.path for f in chosen)
            flush(f.path for f in chosen)
            adds = {self._inside(folder, f): _add(self._inside(folder, f), f) for f in chosen}
            kept_adds = {p: _add(p, _existing(folder / p, rows)) for p, rows in kept.items()}
            version = self._write(contract.name, schema, kept_adds | adds)
        except BaseException as error:
            remove(ours)
            if isinstance(error, OSError | DeltaError) and not isinstance(error, QunxiangError):
                needed = sum(f.size_bytes for f in written)
                raise disk_error(error, folder, needed_bytes=needed) from error
            raise
        remove(f.path for f in written if f not in chosen)
        return version

    def collect_garbage(self, keep: Mapping[str, Iterable[int]], *, older_than_hours: float) -> int:
        """Delete files that no version in `keep` names and that are older than the limit; return their number.

        A folder is spared whole while any file in it is younger than the limit: a run may still be writing there.

        Raises
        ------
        SettingError
            When the limit is under one hour, which would hit runs that are still writing.
        WorkspaceError
            When a kept version is gone; nothing is deleted then.
        """
        if older_than_hours < _YOUNGEST_GARBAGE_HOURS:
            raise SettingError("error.lake.garbage_age", hours=older_than_hours, least=_YOUNGEST_GARBAGE_HOURS)
        named = {file for table, versions in keep.items() for v in versions for file in self.at(table, v).files}
        limit = time.time() - older_than_hours * 3600
        deleted = 0
        tables = [p for p in self._root.iterdir() if _NAME.fullmatch(p.name)] if self._root.is_dir() else []
        for run in (run for table in tables for run in _folders(table / _DATA)):
            files = [p for p in run.rglob("*") if p.is_file()]
            if max(p.stat().st_mtime for p in (run, *files)) > limit:
                continue
            garbage = [p for p in files if str(p) not in named]
            remove(garbage)
            deleted += len(garbage)
            if not files:
                remove([run / "nothing"])
        return deleted

    def _table(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SettingError("error.lake.table_name", table=name)
        if "%" in str(self._root):
            raise SettingError("error.lake.percent", folder=str(self._root))
        return self._root / name

    def _open(self, table: str, version: int | None = None) -> DeltaTable:
        return DeltaTable(self._table(table).as_uri(), version=version)

    def _read_version(self, table: str, version: int) -> _Version:
        try:
            return _Version.of(self._open(table, version))
        except (DeltaError, OverflowError, ValueError) as error:
            raise WorkspaceError("error.lake.version_gone", table=table, version=version) from error

    def _head(self, table: str) -> DeltaTable | None:
        """Open the newest version, whoever made it; None when the table was never committed."""
        _drop_torn_commit(self._table(table) / _LOG)
        try:
            return self._open(table)
        except TableNotFoundError:
            return None

    def _base(self, contract: Contract, schema: Schema, base: int) -> dict[str, int]:
        """Return paths and rows of the base version, of which an append keeps all."""
        self.at(contract.name, base)
        found = self._version(contract.name, base)
        if found.schema != schema:
            names = [field.name for field in found.schema.fields]
            raise StorageError("error.lake.base_schema", table=contract.name, version=base, found=names)
        return found.rows

    def _write(self, table: str, schema: Schema, wanted: dict[str, AddAction]) -> int:
        """Commit a version of exactly the wanted files."""
        head = self._head(table)
        try:
            if head is None:
                self._table(table).mkdir(parents=True, exist_ok=True)
                create_table_with_add_actions(
                    self._table(table).as_uri(),
                    schema,
                    list(wanted.values()),
                    mode="error",
                    configuration=_CONFIGURATION,
                    commit_properties=_ONE_TRY,
                    post_commithook_properties=_NO_HOOKS,
                )
                number = 0
            else:
                number = _extend(head, schema, wanted)
        except CommitFailedError as error:
            raise _conflict_or(error, table) from error
        except DeltaError as error:
            if head is None and "already exists" in str(error):
                raise ConflictError("error.lake.conflict", table=table) from error
            raise
        flush([self._table(table) / _LOG / f"{number:020}.json"])
        if number % _CHECKPOINT_EVERY == _CHECKPOINT_EVERY - 1:
            with suppress(DeltaError, OSError):  # a checkpoint only makes opening faster
                self._open(table).create_checkpoint()
                flush((self._table(table) / _LOG).glob("*checkpoint*"))
        return number

    @staticmethod
    def _inside(folder: Path, file: WrittenFile) -> str:
        return file.path.absolute().relative_to(folder).as_posix()

    @staticmethod
    def _refuse_foreign(folder: Path, files: Iterable[WrittenFile]) -> None:
        for file in files:
            path = file.path.absolute()
            if ".." in path.parts or not path.is_relative_to(folder / _DATA) or not _plain(path, folder):
                raise StorageError("error.lake.foreign_file", table=folder.name, file=file.path.name)


def _plain(path: Path, folder: Path) -> bool:
    """Whether a path inside the table needs no escaping in the log; engines and libraries differ about escapes."""
    return re.fullmatch(r"[A-Za-z0-9_./-]+", path.relative_to(folder).as_posix()) is not None


def _extend(head: DeltaTable, schema: Schema, wanted: dict[str, AddAction]) -> int:
    at_head = _Version.of(head)
    adds = [action for path, action in wanted.items() if path not in at_head.rows]
    now = int(time.time() * 1000)
    gone = [path for path in at_head.rows if path not in wanted]
    actions: list[Any] = [RemoveAction(path, True, now, partition_values={}) for path in gone]
    mode = "append"
    if at_head.schema != schema:
        # only an overwrite changes the schema; it removes the head's files itself, none of which can be wanted,
        # because all files of one version have its schema
        actions, mode = [], "overwrite"
    head.create_write_transaction(
        actions + adds, mode, schema, commit_properties=_ONE_TRY, post_commithook_properties=_NO_HOOKS
    )
    return at_head.number + 1


def _conflict_or(error: DeltaError, table: str) -> Exception:
    if "No space left" in str(error) or "os error" in str(error):
        return OSError(str(error))
    return ConflictError("error.lake.conflict", table=table)


def _existing(path: Path, rows: int) -> WrittenFile:
    return WrittenFile(path=path, rows=rows, size_bytes=path.stat().st_size)


def _add(path: str, file: WrittenFile) -> AddAction:
    # numRecords alone: readers that trust a wrong minimum or maximum lose rows without an error
    return AddAction(
        path=path,
        size=file.size_bytes,
        partition_values={},
        modification_time=int(file.path.stat().st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": file.rows}),
    )


def _folders(data: Path) -> list[Path]:
    return [p for p in data.iterdir() if p.is_dir()] if data.is_dir() else []


def _drop_torn_commit(log: Path) -> None:
    """Delete the newest commit file when it is empty or cut short.

    A loss of power can leave one. Commits are flushed before anyone is told their version, so no snapshot names it;
    left there, an empty one opens as a version of no change, and a torn one keeps the whole table from opening.
    """
    commits = sorted(log.glob("*.json")) if log.is_dir() else []
    if not commits:
        return
    lines = commits[-1].read_text("utf-8", errors="replace").splitlines()
    try:
        for line in lines:
            json.loads(line)
    except ValueError:
        lines = []
    if not lines:
        commits[-1].unlink(missing_ok=True)
