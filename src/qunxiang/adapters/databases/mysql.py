"""MySQL and MariaDB: a consistent snapshot that may only read, rows streamed as the server sends them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any, ClassVar

import pymysql
import pymysql.cursors
from pymysql.constants import FIELD_TYPE, FLAG
from pymysql.converters import encoders
from sqlglot import exp

from qunxiang.adapters.databases.driver import CONNECT_SECONDS, STATEMENT_SECONDS, Result, refused, unreachable
from qunxiang.adapters.databases.values import Column
from qunxiang.ports.databases import Address, DatabaseColumn, DatabaseTable, Form

_FORMS = {
    **dict.fromkeys((FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG), Form.INTEGER),
    **dict.fromkeys((FIELD_TYPE.LONGLONG, FIELD_TYPE.YEAR), Form.INTEGER),
    **dict.fromkeys((FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE), Form.FLOAT),
    **dict.fromkeys((FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL), Form.DECIMAL),
    **dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE), Form.DATE),
    FIELD_TYPE.DATETIME: Form.NAIVE,
    FIELD_TYPE.TIMESTAMP: Form.MOMENT,  # the server keeps it in UTC, and the session is in UTC
}
_SPEAKS = frozenset({1044, 1045, 1046, 1049, 1054, 1060, 1064, 1142, 1143, 1146, 1317, 1792, 2003, 2006, 2013})
_ZERO = ("0000-00-00", "0000-00-00 00:00:00")
_CATALOGUE = """
    SELECT table_name AS t, column_name AS c, column_type AS k
    FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"""

_NAMED = """
    SELECT table_schema AS s, table_name AS t, DATABASE() AS here
    FROM information_schema.tables WHERE table_schema = COALESCE(%s, DATABASE()) AND table_name = %s"""


class MysqlDriver:
    """A MySQL or MariaDB database; see :class:`qunxiang.adapters.databases.driver.Driver`."""

    dialect: ClassVar[str] = "mysql"

    def __init__(self, address: Address, password: str | None) -> None:
        self._address = address
        self._password = password

    @contextmanager
    def reading(self) -> Iterator[_MysqlReading]:
        """Open a transaction that sees one moment."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION time_zone = '+00:00', SESSION lock_wait_timeout = 10")
                cursor.execute("SET SESSION sql_mode = ''")  # quotes and backslashes mean what the rebuilt query means
                cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            yield _MysqlReading(connection)
        except pymysql.MySQLError as error:
            raise refused(self._address, _why(error), self._password) from None
        finally:
            # closing in order would first read all rows that nobody asked for
            with suppress(pymysql.MySQLError, OSError):
                connection._force_close()

    def _connect(self) -> pymysql.Connection[Any]:
        address = self._address
        tls = ssl.create_default_context() if address.tls else None
        if tls is not None and address.tls == "require":
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        try:
            return pymysql.connect(
                host=address.host,
                port=address.port,
                database=address.database,
                user=address.user or None,
                password=(self._password or "").encode(),
                charset="utf8mb4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=STATEMENT_SECONDS,
                local_infile=False,  # a server may not ask for this machine's files
                conv=dict(encoders),  # and no decoders: values as the server writes them
                ssl=tls,
            )
        except (pymysql.MySQLError, OSError) as error:
            raise unreachable(address, _why(error), self._password) from None


class _MysqlReading:
    def __init__(self, connection: pymysql.Connection[Any]) -> None:
        self._connection = connection

    def run(self, query: exp.Query) -> Result:
        """Run a query unbuffered."""
        cursor = self._connection.cursor(pymysql.cursors.SSCursor)
        cursor.execute(query.sql("mysql", comments=False))
        fields = cursor._result.fields  # the description leaves out the sign
        columns = tuple(Column(field.name, _form(field)) for field in fields)
        days = [i for i, c in enumerate(columns) if c.form in (Form.DATE, Form.NAIVE, Form.MOMENT)]

        zoned = frozenset(i for i in days if columns[i].form is Form.MOMENT)

        def fetch(size: int) -> Sequence[Sequence[Any]]:
            rows = cursor.fetchmany(size)
            return [_dated(row, days, zoned) for row in rows] if days else rows

        return Result(columns, fetch)

    def tables(self) -> tuple[DatabaseTable, ...]:
        """Return the tables and views of the database."""
        with self._connection.cursor() as cursor:
            cursor.execute(_CATALOGUE)
            rows = cursor.fetchall()
        return tuple(
            DatabaseTable(table, tuple(DatabaseColumn(r[1], r[2]) for r in found))
            for table, found in groupby(rows, key=lambda r: r[0])
        )

    def named(self, table: exp.Table) -> str | None:
        """Return a table's name, with its database where that is another one."""
        with self._connection.cursor() as cursor:
            cursor.execute(_NAMED, (table.db or None, table.name))
            rows = cursor.fetchall()
        # the catalogue may compare without case where the server's tables do not
        exact = [r for r in rows if r[1] == table.name and r[0] == (table.db or r[2])]
        found = exact if exact else rows
        if len(found) != 1:
            return None
        schema, name, here = found[0]
        return name if schema == here else f"{schema}.{name}"


def _form(field: Any) -> Form:
    if field.type_code == FIELD_TYPE.LONGLONG and field.flags & FLAG.UNSIGNED:
        return Form.DECIMAL  # twice as large as a signed number goes
    if field.type_code == FIELD_TYPE.BIT and field.length == 1:
        return Form.BOOLEAN
    return _FORMS.get(field.type_code, Form.TEXT)


def _dated(row: tuple[Any, ...], days: list[int], zoned: frozenset[int]) -> list[Any]:
    """Return a row with the session's zone behind moments, and MySQL's zero day (an unknown one) as none."""
    changed = list(row)
    for i in days:
        value = row[i]
        if isinstance(value, str):
            changed[i] = None if value.split(".")[0] in _ZERO else value + "+00" if i in zoned else value
    return changed


def _why(error: Exception) -> str:
    number = error.args[0] if error.args else type(error).__name__
    if number in _SPEAKS and len(error.args) > 1:
        return str(error.args[1])
    return f"MySQL {number}"
