"""Words for what DuckDB refuses. Its own messages may quote values of personal columns, so they are not passed on."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from qunxiang.errors import ContractError, QunxiangError, StorageError

_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "File too large", "max_temp_directory_size")


@contextmanager
def told(folder: Path, memory_limit: str) -> Iterator[None]:
    """Turn errors of DuckDB and of the disk into errors a user can be told.

    Parameters
    ----------
    folder
        Where the work writes: results, or what does not fit in memory.
    memory_limit
        Named when memory runs out.
    """
    try:
        yield
    except duckdb.Error as error:
        told_error = _translated(error, folder, memory_limit)
        # the cause is kept only where it names columns and tables, never values
        raise told_error from (error if _names_only(error) else None)
    except OSError as error:
        raise _disk(error, folder) from error


def _names_only(error: duckdb.Error) -> bool:
    return isinstance(
        error,
        duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException | duckdb.PermissionException,
    )


def _translated(error: duckdb.Error, folder: Path, memory_limit: str) -> QunxiangError:
    text = str(error)
    if any(words in text for words in _FULL_WORDS):
        return StorageError("error.storage.full", folder=str(folder), free_mb=_free_mb(folder))
    match error:
        case duckdb.InterruptException():
            return StorageError("error.storage.interrupted")
        case duckdb.ConversionException() | duckdb.OutOfRangeException():
            return ContractError("error.storage.value")
        case duckdb.OutOfMemoryException():
            return StorageError("error.storage.memory", limit=memory_limit)
        case duckdb.PermissionException():
            return StorageError("error.storage.sandbox")
        case duckdb.IOException():
            return StorageError("error.storage.read", folder=str(folder))
        case _:
            return StorageError("error.storage.query", kind=type(error).__name__)


def _disk(error: OSError, folder: Path) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageError("error.storage.full", folder=str(folder), free_mb=_free_mb(folder))
    return StorageError("error.storage.refused", folder=str(folder), reason=error.strerror or type(error).__name__)


def _free_mb(folder: Path) -> float:
    there = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    return shutil.disk_usage(there).free / 1e6
