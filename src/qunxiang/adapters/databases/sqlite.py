"""SQLite: a file opened for reading only, with an authoriser that allows nothing but reading."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from sqlglot import exp

from qunxiang.adapters.databases.driver import CONNECT_SECONDS, STATEMENT_SECONDS, Result, refused, unreachable
from qunxiang.adapters.databases.values import Column
from qunxiang.ports.databases import Address, DatabaseColumn, DatabaseTable, Form

_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_STEPS = 100_000
"""Steps of SQLite's machine between two looks at the clock."""

_CATALOGUE = """
    SELECT m.name AS t, p.name AS c, p.type AS k
    FROM sqlite_master AS m, pragma_table_info(m.name) AS p
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY m.name, p.cid"""

_NAMED = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE"


class SqliteDriver:
    """An SQLite file; see :class:`qunxiang.adapters.databases.driver.Driver`."""

    dialect: ClassVar[str] = "sqlite"

    def __init__(self, address: Address) -> None:
        self._address = address

    @contextmanager
    def reading(self) -> Iterator[_SqliteReading]:
        """Open a transaction that sees one moment."""
        path = Path(self._address.database)
        if not path.is_file():
            raise unreachable(self._address, "no such file", None)
        connection = None
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro",
                uri=True,
                timeout=CONNECT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("BEGIN")
            yield _SqliteReading(connection)
        except sqlite3.Error as error:
            raise refused(self._address, str(error), None) from None
        finally:
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()


class _SqliteReading:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._until = 0.0
        connection.set_progress_handler(lambda: time.monotonic() > self._until, _STEPS)
        self._begin()

    def _begin(self) -> None:
        """Give the next step of work its time: a query without end would hold the worker for ever."""
        self._until = time.monotonic() + STATEMENT_SECONDS

    def run(self, query: exp.Query) -> Result:
        """Run a query after a look at the kinds of values that its columns hold, since SQLite's columns have none."""
        self._connection.set_authorizer(_authorise)
        text = query.sql("sqlite", comments=False)
        names = [d[0] for d in self._connection.execute(_of(query, "*").limit(0).sql("sqlite")).description]
        cursor = self._connection.execute(text)
        kinds = self._kinds(query, names)

        def fetch(size: int) -> Sequence[Sequence[Any]]:
            self._begin()
            return cursor.fetchmany(size)

        return Result(tuple(Column(name, _form(kinds[i])) for i, name in enumerate(names)), fetch)

    def _kinds(self, query: exp.Query, names: list[str]) -> list[frozenset[str]]:
        looks: list[exp.Expression] = []
        for name in names:
            column = exp.column(exp.to_identifier(name, quoted=True))
            kind = exp.Anonymous(this="typeof", expressions=[column])
            for other in ("integer", "real", "text", "blob"):
                looks.append(exp.Max(this=exp.EQ(this=kind.copy(), expression=exp.Literal.string(other))))
        found = self._connection.execute(_of(query, *looks).sql("sqlite", comments=False)).fetchone()
        words = ("integer", "real", "text", "blob")
        return [frozenset(w for j, w in enumerate(words) if found[4 * i + j]) for i in range(len(names))]

    def tables(self) -> tuple[DatabaseTable, ...]:
        """Return the file's tables and views."""
        rows = self._connection.execute(_CATALOGUE).fetchall()
        return tuple(
            DatabaseTable(table, tuple(DatabaseColumn(r[1], r[2]) for r in found))
            for table, found in groupby(rows, key=lambda r: r[0])
        )

    def named(self, table: exp.Table) -> str | None:
        """Return a table's name in the case that the file has it."""
        if table.db.lower() not in ("", "main"):
            return None
        found = self._connection.execute(_NAMED, (table.name,)).fetchone()
        return None if found is None else found[0]


def _of(query: exp.Query, *what: exp.Expression | str) -> exp.Select:
    return exp.select(*what).from_(query.copy().subquery("looked"))


def _form(kinds: frozenset[str]) -> Form:
    if kinds == {"integer"}:
        return Form.INTEGER
    if kinds and kinds <= {"integer", "real"}:
        return Form.FLOAT if "integer" not in kinds else Form.DECIMAL  # a whole number may be larger than a float holds
    return Form.TEXT


def _authorise(action: int, first: str | None, second: str | None, where: str | None, trigger: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and second == "load_extension":
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
