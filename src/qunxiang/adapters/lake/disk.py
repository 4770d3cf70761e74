"""What the lake asks of the disk: whole files, flushed files, and words for a disk that refuses."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from qunxiang.errors import StorageError
from qunxiang.ports.engine import WrittenFile
from qunxiang.tables import Contract, arrow_schema

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "os error 28", "os error 122")


def disk_error(error: Exception, folder: Path, *, needed_bytes: int) -> StorageError:
    """Return what to tell the user when the disk refused a write into `folder`."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _FULL or any(words in str(error) for words in _FULL_WORDS):
        free_mb, needed_mb = _free_bytes(folder) / 1e6, needed_bytes / 1e6
        return StorageError("error.storage.full", folder=str(folder), free_mb=free_mb, needed_mb=needed_mb)
    reason = os.strerror(number) if number else type(error).__name__
    return StorageError("error.storage.refused", folder=str(folder), reason=reason)


def _free_bytes(folder: Path) -> int:
    there = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    return shutil.disk_usage(there).free


def check_file(file: WrittenFile, contract: Contract) -> None:
    """Compare a file with what its writer said of it and with its table's contract.

    Delta takes any path it is given; a file that is missing or of another schema would be found out by a reader only.

    Raises
    ------
    StorageError
        When the file is missing, is not Parquet, or differs in size, rows or schema.
    """
    where = {"table": contract.name, "file": file.path.name}
    try:
        size = file.path.stat().st_size
        with pq.ParquetFile(file.path) as parquet:
            rows, found = parquet.metadata.num_rows, parquet.schema_arrow.remove_metadata()
    except FileNotFoundError:
        raise StorageError("error.lake.file_missing", **where) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise StorageError("error.lake.file_damaged", **where) from error
    if (size, rows) != (file.size_bytes, file.rows):
        raise StorageError("error.lake.file_changed", **where)
    if not found.equals(arrow_schema(contract)):
        raise StorageError(
            "error.lake.schema", **where, found=_columns(found), expected=_columns(arrow_schema(contract))
        )


def _columns(schema: pa.Schema) -> list[str]:
    return [f"{field.name} {field.type}{'' if field.nullable else ' not null'}" for field in schema]


def write_empty(path: Path, contract: Contract) -> WrittenFile:
    """Write a file of no rows; a version always has a file, so that engines learn its types from it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # without the Arrow schema in the footer, as engines write it: types are told by Parquet alone
    pq.write_table(arrow_schema(contract).empty_table(), path, compression="zstd", store_schema=False)
    return WrittenFile(path=path, rows=0, size_bytes=path.stat().st_size)


def flush(paths: Iterable[Path]) -> None:
    """Wait until files (and the folders that name them) are on the disk."""
    files = tuple(paths)
    for path in (*files, *{p.parent for p in files}):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(files: Iterable[Path]) -> None:
    """Delete files that no version names, and their folders when nothing else is in them."""
    folders = set()
    for path in files:
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for folder in folders:
        with suppress(OSError):  # not empty, or gone
            folder.rmdir()
