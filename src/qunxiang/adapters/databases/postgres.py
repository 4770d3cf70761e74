"""PostgreSQL: a repeatable-read transaction that may only read, and a cursor at the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from typing import Any, ClassVar

import psycopg
from psycopg.types.string import TextLoader
from sqlglot import exp

from qunxiang.adapters.databases.driver import CONNECT_SECONDS, STATEMENT_SECONDS, Result, refused, unreachable
from qunxiang.adapters.databases.values import Column
from qunxiang.ports.databases import Address, DatabaseColumn, DatabaseTable, Form

_FORMS = {
    16: Form.BOOLEAN,
    **dict.fromkeys((20, 21, 23, 26), Form.INTEGER),
    **dict.fromkeys((700, 701), Form.FLOAT),
    1700: Form.DECIMAL,
    1082: Form.DATE,
    1114: Form.NAIVE,
    1184: Form.MOMENT,
}
_TYPED = frozenset({16, 20, 21, 23, 26, 700, 701})
_VALUE_FAULTS = ("22", "23")  # SQLSTATE classes whose messages repeat values
_SETTINGS = {
    "standard_conforming_strings": "on",
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "3",
    "lock_timeout": "10s",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
}
_CATALOGUE = """
    SELECT c.table_schema, c.table_name, c.column_name, c.data_type
    FROM information_schema.columns AS c
    WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema') AND c.table_schema NOT LIKE 'pg\\_%'
    ORDER BY c.table_schema, c.table_name, c.ordinal_position"""

_NAMED = """
    SELECT n.nspname, c.relname
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = pg_catalog.to_regclass(%s::text)"""


class PostgresDriver:
    """A PostgreSQL database; see :class:`qunxiang.adapters.databases.driver.Driver`."""

    dialect: ClassVar[str] = "postgres"

    def __init__(self, address: Address, password: str | None) -> None:
        self._address = address
        self._password = password

    @contextmanager
    def reading(self) -> Iterator[_PostgresReading]:
        """Open a transaction that sees one moment."""
        connection = self._connect()
        try:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with ExitStack() as cursors:
                yield _PostgresReading(connection, cursors)
        except psycopg.Error as error:
            raise refused(self._address, _why(error), self._password) from None
        finally:
            with suppress(psycopg.Error):
                connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        address = self._address
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        try:
            connection = psycopg.connect(
                host=address.host,
                port=address.port,
                dbname=address.database,
                user=address.user or None,
                password=self._password or "",  # never one of a file or of the environment
                sslmode=address.tls or "prefer",
                connect_timeout=CONNECT_SECONDS,
                client_encoding="UTF8",
                options=options,
                application_name="qunxiang",
                passfile="/dev/null/none",
            )
        except psycopg.Error as error:
            raise unreachable(address, str(error).splitlines()[0] if str(error) else "", self._password) from None
        for info in psycopg.adapters.types:
            for oid in {info.oid, info.array_oid} - _TYPED:  # as the server writes it: exact, and never out of range
                connection.adapters.register_loader(oid, TextLoader)
        return connection


class _PostgresReading:
    def __init__(self, connection: psycopg.Connection[Any], cursors: ExitStack) -> None:
        self._connection = connection
        self._cursors = cursors

    def run(self, query: exp.Query) -> Result:
        """Declare a cursor; its rows stay at the server until they are fetched."""
        cursor = self._cursors.enter_context(self._connection.cursor(name="qunxiang"))
        cursor.execute(query.sql("postgres", comments=False).encode())
        columns = tuple(Column(d.name, _FORMS.get(d.type_code, Form.TEXT)) for d in cursor.description or ())
        return Result(columns, cursor.fetchmany)

    def tables(self) -> tuple[DatabaseTable, ...]:
        """Return tables and views with their schema."""
        rows = self._connection.execute(_CATALOGUE).fetchall()
        return tuple(
            DatabaseTable(f"{schema}.{table}", tuple(DatabaseColumn(r[2], r[3]) for r in found))
            for (schema, table), found in groupby(rows, key=lambda r: (r[0], r[1]))
        )

    def named(self, table: exp.Table) -> str | None:
        """Return a table's name with the schema in which the search path finds it."""
        found = self._connection.execute(_NAMED, (table.sql("postgres"),)).fetchone()
        return None if found is None else ".".join(found)


def _why(error: psycopg.Error) -> str:
    state = error.sqlstate or ""
    if state.startswith(_VALUE_FAULTS):
        return f"SQLSTATE {state}"
    return error.diag.message_primary or str(error).splitlines()[0] if str(error) else type(error).__name__
