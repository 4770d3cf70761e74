"""Ports of databases: rows of a table or query by address, their tables, and the passwords that open them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from qunxiang.ports.source import SourceShape


@dataclass(frozen=True)
class Address:
    """Where a database is; it holds no password.

    `scheme` is ``postgresql``, ``mysql`` or ``sqlite``. `database` is the database's name, or the file of SQLite.
    `tls` says how the connection is guarded: ``""`` (as the server wants it), ``require`` or ``verify-full``.
    """

    scheme: str
    host: str
    port: int
    database: str
    user: str
    tls: str = ""

    def __str__(self) -> str:
        if self.scheme == "sqlite":
            return f"sqlite:///{self.database}"
        who = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{who}{host}:{self.port}/{self.database}" + (f"?tls={self.tls}" if self.tls else "")


@dataclass(frozen=True, repr=False)
class DatabaseRows:
    """Rows to be loaded from a database: of a table or of a query, all or those that a cursor has not passed yet.

    Parameters
    ----------
    source
        Name of a saved source, or the address of a database.
    table, query
        One of the two: a table (``orders`` or ``shop.orders``), or a single SELECT.
    cursor
        Column that grows with every insert and update, such as ``updated_at``: the next load reads on from its greatest
        value. None reads all rows.
    overlap
        How far before that value the next load begins, for rows that were committed late: seconds for moments and days,
        a count for numbers. None is five minutes, one day or 1,000.
    restart
        Read all rows once more; later loads go on from there.
    """

    source: str
    table: str | None = None
    query: str | None = None
    cursor: str | None = None
    overlap: int | None = None
    restart: bool = False

    def __repr__(self) -> str:
        # the address may hold a password, the query a customer's value
        what = f"table={self.table!r}" if self.table is not None else "query"
        name = "…" if "://" in self.source else repr(self.source)
        return f"DatabaseRows({name}, {what}, cursor={self.cursor!r})"


class Form(StrEnum):
    """How the values of a database's column stand in a batch; decimals are exact, as text."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    NAIVE = "naive"  # a moment without a time zone
    MOMENT = "moment"  # a moment with one


@dataclass(frozen=True)
class Position:
    """The greatest value of a cursor that was read, as text, and the form of its column."""

    form: Form
    value: str


@dataclass(frozen=True)
class DatabaseColumn:
    """A column of a database's table, its type as the database names it."""

    name: str
    type: str


@dataclass(frozen=True)
class DatabaseTable:
    """A table or view of a database, its name with the schema where it needs one."""

    name: str
    columns: tuple[DatabaseColumn, ...]


class CursorSource(Protocol):
    """A :class:`qunxiang.ports.source.Source` that can begin where an earlier load ended."""

    def shape(self) -> SourceShape:
        """Look at the columns and the first rows."""
        ...

    def first_values(self) -> dict[str, list[str]]:
        """Return the first rows that :meth:`shape` looked at, by column, as text; unknown values are empty."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows of one moment: what others commit meanwhile is not seen."""
        ...

    def since(self, position: Position | None) -> CursorSource:
        """Return the same source from `position` (and its overlap) on; None gives all rows."""
        ...

    def reached(self) -> Position | None:
        """Return the greatest cursor value of the batches given; None before, without a cursor, and for no rows."""
        ...


class Databases(Protocol):
    """Reads databases, and never writes to them."""

    def address(self, url: str) -> tuple[Address, str | None]:
        """Read an address such as ``postgresql://user:password@host:5432/shop``; the password is given apart.

        Raises
        ------
        qunxiang.errors.SourceError
            When it is no address of a database that can be read, or carries an option that is not allowed.
        """
        ...

    def rows(self, address: Address, password: str | None, rows: DatabaseRows) -> CursorSource:
        """Return rows as a source; nothing is opened before it is looked at.

        Raises
        ------
        qunxiang.errors.SourceError
            When not exactly one of table and query is named, or the query is not a single SELECT.
        """
        ...

    def named(self, address: Address, password: str | None, rows: DatabaseRows) -> DatabaseRows:
        """Return the same rows, their table named as :meth:`tables` lists it and their cursor as its column is called.

        However a table is typed (with its schema or without, in another case where the database does not tell cases
        apart), it has one name here; a query stays as it is.

        Raises
        ------
        qunxiang.errors.SourceError
            When the table or the cursor's column is not there, or the database cannot be reached or refuses.
        """
        ...

    def tables(self, address: Address, password: str | None) -> tuple[DatabaseTable, ...]:
        """Return the tables and views that the address's user can read, by name.

        Raises
        ------
        qunxiang.errors.SourceError
            When the database cannot be reached or refuses.
        """
        ...


class Secrets(Protocol):
    """Passwords, kept apart from everything that is exported, listed or written down."""

    def keep(self, key: str, secret: str) -> None:
        """Keep a secret under a key.

        Raises
        ------
        qunxiang.errors.StorageError
            When the disk refuses.
        """
        ...

    def find(self, key: str) -> str | None:
        """Return a kept secret."""
        ...

    def forget(self, key: str) -> None:
        """Drop a secret."""
        ...

    def environment(self, variable: str) -> str | None:
        """Return what an environment variable holds."""
        ...

    def allowed_hosts(self) -> frozenset[str]:
        """Return the database hosts that people may name from afar (QUNXIANG_SOURCE_HOSTS)."""
        ...

    def allowed_folders(self) -> tuple[Path, ...]:
        """Return the folders whose database files people may name from afar (QUNXIANG_SOURCE_FOLDERS)."""
        ...
