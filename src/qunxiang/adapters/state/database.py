"""Connections and transactions of the state, and what their failures mean to a reader."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from qunxiang.errors import QunxiangError, SettingError, StorageError, WorkspaceError

WAIT_SECONDS = 30
"""How long a writer waits for another one, in seconds."""

_LOCK_ROOM = 0x7158  # first half of our advisory locks' key, so that other programs' locks do not meet ours
_FULL_BYTES = 1 << 16


class Lock(IntEnum):
    """What a writing transaction keeps others from writing meanwhile; take several in rising order."""

    SCHEMA = 1
    SNAPSHOTS = 2
    DEFINITIONS = 3
    LEASES = 4
    PEOPLE = 5


class Database:
    """One database: a pool of connections, read and write transactions, failures as errors of the product.

    Parameters
    ----------
    url
        ``sqlite:///path/to/file``, ``postgresql://user:password@host/database``, or the path of a SQLite file.
    """

    def __init__(self, url: str | Path) -> None:
        self.url = _checked_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.file = Path(self.url.database or "").absolute() if self.is_sqlite else None
        self.place = str(self.file) if self.file else self.url.render_as_string(hide_password=True)
        self._engine = create_engine(self.url, **self._settings())
        if self.is_sqlite:
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")

    def _settings(self) -> dict[str, Any]:
        if self.is_sqlite:
            return {"connect_args": {"timeout": WAIT_SECONDS}}
        options = f"-c lock_timeout={WAIT_SECONDS * 1000} -c timezone=UTC"
        return {"connect_args": {"connect_timeout": 10, "options": options}, "pool_pre_ping": True}

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads."""
        with self._told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *locks: Lock) -> Iterator[Connection]:
        """Give a connection in a transaction that writes.

        SQLite has one writer at a time anyway (``BEGIN IMMEDIATE``: what is read stays true until the commit); on
        PostgreSQL the named locks do the same among writers of one matter.
        """
        with self._told(), self._writer.begin() as connection:
            if not self.is_sqlite:
                for lock in sorted(locks):
                    key = {"room": _LOCK_ROOM, "lock": int(lock)}
                    connection.execute(text("SELECT pg_advisory_xact_lock(:room, :lock)"), key)
            yield connection

    def use_write_ahead_log(self) -> None:
        """Let readers and a writer work side by side in SQLite; the setting stays with the file.

        SQLite does not wait for this lock when others read the file, so the waiting is done here.
        """
        if not self.is_sqlite:
            return
        last = time.monotonic() + WAIT_SECONDS
        while not self._switched_to_log(wait=time.monotonic() < last):
            time.sleep(0.02)

    def _switched_to_log(self, *, wait: bool) -> bool:
        with self._told(), closing(self._engine.raw_connection()) as connection:
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL").close()
            except sqlite3.OperationalError as error:
                if wait and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                    return False
                if told := self._tell_sqlite(error):
                    raise told from error
                raise
        return True

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            told = self._tell(error)
            if told is None:
                raise
            raise told from error
        except StatementError as error:
            if isinstance(error.orig, ValueError | QunxiangError):  # raised by a column type
                raise error.orig from None
            raise

    def _tell(self, error: DBAPIError) -> QunxiangError | None:
        if self.is_sqlite:
            return self._tell_sqlite(error.orig)
        return self._tell_postgresql(error)

    def _tell_sqlite(self, cause: BaseException | None) -> QunxiangError | None:
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte is the family of the failure
        folder = str(self.file.parent) if self.file else ""
        match code:
            case sqlite3.SQLITE_FULL:
                return StorageError("error.storage.full", folder=folder)
            case sqlite3.SQLITE_IOERR if shutil.disk_usage(folder).free < _FULL_BYTES:
                return StorageError("error.storage.full", folder=folder)
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return StorageError("error.state.busy", place=self.place, seconds=WAIT_SECONDS)
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                return WorkspaceError("error.state.damaged", place=self.place)
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
                return StorageError("error.state.refused", place=self.place, reason=str(cause))
        return None

    def _tell_postgresql(self, error: DBAPIError) -> QunxiangError | None:
        state = getattr(error.orig, "sqlstate", None) or ""
        reason = " ".join(str(error.orig).split())
        if state == "53100":
            return StorageError("error.storage.full", folder=self.place)
        if state == "55P03":
            return StorageError("error.state.busy", place=self.place, seconds=WAIT_SECONDS)
        if state in {"25006", "42501"}:  # read-only, not allowed
            return StorageError("error.state.refused", place=self.place, reason=reason)
        if state[:2] in {"08", "28", "3D", "53", "57"} or (not state and _is_lost(error)):
            return StorageError("error.state.unreachable", place=self.place, reason=reason)
        if state[:2] == "XX":
            return WorkspaceError("error.state.damaged", place=self.place)
        return None


def _is_lost(error: DBAPIError) -> bool:
    import psycopg

    return error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError)


def _checked_url(url: str | Path) -> URL:
    if isinstance(url, Path):
        return URL.create("sqlite", database=str(url))
    try:
        read = make_url(url)
    except ArgumentError:
        raise SettingError("error.state.url_unreadable") from None
    if read.drivername in {"postgresql", "postgres"}:
        return read.set(drivername="postgresql+psycopg")
    if read.drivername == "postgresql+psycopg":
        return read
    if read.drivername == "sqlite" and read.database not in {None, "", ":memory:"}:
        return read
    raise SettingError("error.state.url_unfit", url=read.render_as_string(hide_password=True))


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in ("foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
