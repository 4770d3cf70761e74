"""Rows of databases as sources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from qunxiang.adapters.databases.address import read_address
from qunxiang.adapters.databases.driver import Driver
from qunxiang.adapters.databases.statement import OVERLAPS, position_of, selected, since, table_of
from qunxiang.adapters.databases.values import Column, batch_of, greatest, schema_of
from qunxiang.errors import SourceError
from qunxiang.intake import BROKEN, ROW
from qunxiang.ports.databases import Address, DatabaseRows, DatabaseTable, Form, Position
from qunxiang.ports.source import SourceShape

_FIRST_FETCH = 100
_MOST_ROWS = 10_000
_BATCH_ROWS = 65_536
_FETCH_BYTES = 8 * 1024 * 1024
_BATCH_BYTES = 32 * 1024 * 1024
_SAMPLE_ROWS = 50
_SAMPLES = 5
_SAMPLE_LENGTH = 60
_CURSORS = frozenset(OVERLAPS)


class SqlDatabases:
    """Databases by address; see :class:`qunxiang.ports.databases.Databases`."""

    def address(self, url: str) -> tuple[Address, str | None]:
        """Read an address; the password is given apart."""
        return read_address(url)

    def rows(self, address: Address, password: str | None, rows: DatabaseRows) -> DatabaseSource:
        """Return rows as a source; nothing is opened yet."""
        return DatabaseSource(address, password, rows)

    def tables(self, address: Address, password: str | None) -> tuple[DatabaseTable, ...]:
        """Return the tables and views that can be read."""
        with _driver(address, password).reading() as reading:
            return reading.tables()

    def named(self, address: Address, password: str | None, rows: DatabaseRows) -> DatabaseRows:
        """Return the same rows, their table and cursor as the database names them."""
        driver = _driver(address, password)
        query = selected(rows, driver.dialect)
        with driver.reading() as reading:
            table = None if rows.table is None else reading.named(table_of(rows.table)) or rows.table
            names = [c.name for c in reading.run(query.limit(0)).columns]
        cursor = None if rows.cursor is None else _named(rows.cursor, names, address)
        return replace(rows, table=table, cursor=cursor)


class DatabaseSource:
    """Rows of a database as a source; see :class:`qunxiang.ports.databases.CursorSource`."""

    def __init__(
        self, address: Address, password: str | None, rows: DatabaseRows, position: Position | None = None
    ) -> None:
        self._driver = _driver(address, password)
        self._secret = password
        self._address = address
        self._asked = rows
        self._position = position
        self._query = selected(rows, self._driver.dialect)
        self._reached: Position | None = None
        self._first: dict[str, list[str]] = {}

    def __repr__(self) -> str:
        return f"DatabaseSource({str(self._address)!r}, {self._asked!r})"

    def since(self, position: Position | None) -> DatabaseSource:
        """Return the same source from `position` on."""
        return DatabaseSource(self._address, self._secret, self._asked, position)

    def reached(self) -> Position | None:
        """Return the greatest cursor value of the batches given."""
        return self._reached

    def shape(self) -> SourceShape:
        """Look at the columns and the first rows."""
        with self._driver.reading() as reading:
            result = reading.run(self._query.copy().limit(_SAMPLE_ROWS))
            self._checked(result.columns)
            rows = result.fetch(_SAMPLE_ROWS)
        self._first = {c.name: ["" if r[i] is None else str(r[i]) for r in rows] for i, c in enumerate(result.columns)}
        names = tuple(self._first)
        where = str(self._address) if "://" in self._asked.source else self._asked.source
        digest = hashlib.sha256(f"{self._address} {self._what()}".encode()).hexdigest()
        name = f"{where}: {self._asked.table or 'query ' + digest[:8]}"
        return SourceShape(name, names, _samples(self._first), None, digest)

    def first_values(self) -> dict[str, list[str]]:
        """Return the first rows that :meth:`shape` looked at, by column."""
        return self._first

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows of one moment, in batches of bounded size."""
        self._reached = None
        best: Any = None
        with self._driver.reading() as reading:
            query = self._query.copy()
            cursor = self._asked.cursor
            if cursor is not None:
                names = [c.name for c in reading.run(query.copy().limit(1)).columns]
                cursor = _named(cursor, names, self._address)
                if self._position is not None:
                    query = since(query, cursor, self._position, self._asked.overlap, self._address.scheme)
        with self._driver.reading() as reading:
            result = reading.run(query)
            self._checked(result.columns)
            place = None if cursor is None else [c.name for c in result.columns].index(cursor)
            form = Form.TEXT if place is None else result.columns[place].form
            for batch in _batches(result.columns, result.fetch):
                if place is not None:
                    found = greatest(batch.column(place + 2), form)
                    if found is not None and (best is None or found > best):
                        best = found
                        self._reached = position_of(form, best)
                yield batch

    def _what(self) -> str:
        return self._query.sql(self._driver.dialect, comments=False)

    def _checked(self, columns: Sequence[Column]) -> None:
        names = [c.name for c in columns]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise SourceError("error.source.same_name", path=self._asked.table or "query", names=twice)
        if {ROW, BROKEN} & set(names):
            raise SourceError("error.source.same_name", path=self._asked.table or "query", names=[ROW, BROKEN])
        if self._asked.cursor is None:
            return
        cursor = _named(self._asked.cursor, names, self._address)
        form = columns[names.index(cursor)].form
        textual = form is Form.TEXT and self._address.scheme == "sqlite"
        if form not in _CURSORS and not textual:
            raise SourceError("error.database.cursor_form", column=cursor, form=str(form))
        if textual and self._asked.overlap:
            raise SourceError("error.database.overlap_text", column=cursor)


def _named(cursor: str, names: Sequence[str], address: Address) -> str:
    if cursor in names:
        return cursor
    near = [n for n in names if n.lower() == cursor.lower()]
    if len(near) == 1:
        return near[0]
    raise SourceError("error.database.no_cursor", column=cursor[:80], has=list(names)[:50])


def _batches(columns: tuple[Column, ...], fetch: Any) -> Iterator[pa.RecordBatch]:
    """Give rows in batches: bounded in rows and bytes, whatever a row weighs; one empty batch for no rows."""
    size, row = _FIRST_FETCH, 1
    held: list[pa.RecordBatch] = []
    given = False
    while rows := fetch(size):
        batch = batch_of(columns, rows, row)
        row += batch.num_rows
        held.append(batch)
        weight = max(1, batch.nbytes // batch.num_rows)
        size = min(_MOST_ROWS, max(1, _FETCH_BYTES // weight))
        if sum(b.num_rows for b in held) >= _BATCH_ROWS or sum(b.nbytes for b in held) >= _BATCH_BYTES:
            yield from _joined(held)
            held, given = [], True
    if held:
        yield from _joined(held)
    elif not given:
        schema = schema_of(columns)
        yield pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)


def _joined(held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from pa.Table.from_batches(held).combine_chunks().to_batches()


def _samples(first: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(v[:_SAMPLE_LENGTH] for v in values if v)[:_SAMPLES] for name, values in first.items()}


def _driver(address: Address, password: str | None) -> Driver:
    if address.scheme == "sqlite":
        from qunxiang.adapters.databases.sqlite import SqliteDriver

        return SqliteDriver(address)
    if address.scheme == "mysql":
        from qunxiang.adapters.databases.mysql import MysqlDriver

        return MysqlDriver(address, password)
    from qunxiang.adapters.databases.postgres import PostgresDriver

    return PostgresDriver(address, password)
