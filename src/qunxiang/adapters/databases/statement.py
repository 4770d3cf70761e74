"""What is sent to a database: always one SELECT that is built or rebuilt here, never a user's text."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from qunxiang.errors import SourceError
from qunxiang.ports.databases import DatabaseRows, Form, Position

LONGEST = 100_000
"""Longest query, in characters."""

OVERLAPS = {Form.NAIVE: 300, Form.MOMENT: 300, Form.DATE: 86_400, Form.INTEGER: 1_000, Form.DECIMAL: 1_000}
"""How far back a load begins where nothing else is said: seconds, or a count."""

_REFUSED = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Alter, exp.Drop, exp.Set, exp.Use, exp.Transaction)
_PARAMETERS = (exp.Placeholder, exp.Parameter, exp.SessionParameter)
_SIDE_EFFECTS = frozenset(
    {
        "benchmark",
        "sleep",
        "pg_sleep",
        "pg_sleep_for",
        "pg_sleep_until",
        "load_file",
        "get_lock",
        "release_lock",
        "release_all_locks",
        "nextval",
        "setval",
        "set_config",
        "pg_stat_file",
        "pg_promote",
        "pg_switch_wal",
        "pg_export_snapshot",
        "pg_terminate_backend",
        "pg_cancel_backend",
        "pg_reload_conf",
        "pg_rotate_logfile",
        "pg_notify",
        "connectby",
        "crosstab",
        "ts_stat",
        "ts_rewrite",
        "xpath_table",
        "master_pos_wait",
        "source_pos_wait",
        "load_extension",
        "readfile",
        "writefile",
        "edit",
        "fts3_tokenizer",
        "sys_exec",
        "sys_eval",
    }
)
_SIDE_PREFIXES = (
    "dblink",
    "lo_",
    "pg_advisory_",
    "pg_try_advisory_",
    "pg_backup_",
    "pg_file_",
    "pg_stat_reset",
    "query_to_xml",  # this and the next four run a text of their own
    "cursor_to_xml",
    "database_to_xml",
    "schema_to_xml",
    "table_to_xml",
    "wait_for_executed_gtid",
    "pg_ls_",
    "pg_read_",
    "pg_create_",
    "pg_drop_",
    "pg_logical_",
    "pg_replication_",
)


def selected(rows: DatabaseRows, dialect: str) -> exp.Query:
    """Return the SELECT of all rows that are asked for.

    Raises
    ------
    SourceError
        When not exactly one of table and query is named, or the query is not a single SELECT.
    """
    if (rows.table is None) == (rows.query is None):
        raise SourceError("error.database.which")
    if rows.table is not None:
        return exp.select("*").from_(table_of(rows.table))
    inner = single_select(rows.query or "", dialect)
    return exp.select("*").from_(inner.subquery(exp.to_identifier("asked", quoted=True)))


def table_of(name: str) -> exp.Table:
    """Return a table named as people type it: ``orders``, ``shop.orders``, parts in quotes or not.

    Raises
    ------
    SourceError
        When a part is empty, or there are more than three.
    """
    parts = [part.strip().strip('"`') for part in name.split(".")]
    if len(parts) > 3 or not all(parts):
        raise SourceError("error.database.table_name", name=name[:80])
    identifiers = [exp.to_identifier(part, quoted=True) for part in parts]
    keys = ("this", "db", "catalog")[: len(parts)]
    return exp.Table(**dict(zip(keys, reversed(identifiers), strict=True)))


def single_select(text: str, dialect: str) -> exp.Query:
    """Read a query and return its tree, without comments.

    Raises
    ------
    SourceError
        When it is not a single SELECT that only reads.
    """
    if len(text) > LONGEST:
        raise SourceError("error.database.query_long", longest=LONGEST)
    try:
        trees = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise SourceError("error.database.query_unread") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise SourceError("error.database.query_kind")
    tree = trees[0]
    for node in tree.walk():
        node.comments = None
        if isinstance(node, _REFUSED):
            raise SourceError("error.database.query_writes", what=node.key.upper())
        if isinstance(node, _PARAMETERS):
            raise SourceError("error.database.query_parameter")
        if isinstance(node, exp.Func) and _acts(node):
            raise SourceError("error.database.query_function", name=_name(node))
    return tree


def _name(function: exp.Func) -> str:
    return (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()


def _acts(function: exp.Func) -> bool:
    name = _name(function)
    return name in _SIDE_EFFECTS or name.startswith(_SIDE_PREFIXES)


def since(query: exp.Query, cursor: str, position: Position, overlap: int | None, scheme: str) -> exp.Query:
    """Return the rows of `query` from `position`, less the overlap, on, and those whose cursor is unknown."""
    value = _literal(position.form, _start(position, overlap), scheme)
    column = exp.column(exp.to_identifier(cursor, quoted=True))
    beyond = exp.GTE(this=column, expression=value)
    unknown = exp.Is(this=column.copy(), expression=exp.null())
    return query.where(exp.or_(beyond, unknown))


def _start(position: Position, overlap: int | None) -> str:
    form, value = position.form, position.value
    back = OVERLAPS.get(form, 0) if overlap is None else overlap
    if form is Form.INTEGER:
        return str(int(value) - back)
    if form is Form.DECIMAL:
        return format(Decimal(value) - back, "f")
    try:
        if form is Form.DATE:
            return str(date.fromisoformat(value) - timedelta(days=math.ceil(back / 86_400)))
        if form in (Form.NAIVE, Form.MOMENT):
            return (datetime.fromisoformat(value) - timedelta(seconds=back)).isoformat(sep=" ", timespec="microseconds")
    except OverflowError:
        return value
    return value


def _literal(form: Form, value: str, scheme: str) -> exp.Expression:
    if form in (Form.INTEGER, Form.DECIMAL):
        return exp.Literal.number(value) if not value.startswith("-") else exp.Neg(this=exp.Literal.number(value[1:]))
    if scheme == "mysql":  # a text beside a moment's column is read as one, in the session's zone, which is UTC
        return exp.Literal.string(value.removesuffix("+00:00"))
    if scheme == "sqlite":
        return exp.Collate(this=exp.Literal.string(value), expression=exp.var("BINARY"))
    kind = {Form.DATE: "DATE", Form.NAIVE: "TIMESTAMP", Form.MOMENT: "TIMESTAMPTZ"}[form]
    return exp.cast(exp.Literal.string(value), exp.DataType.build(kind, dialect="postgres"))


def position_of(form: Form, value: object) -> Position:
    """Return a cursor's value as a position."""
    if isinstance(value, datetime):
        return Position(form, value.isoformat(sep=" ", timespec="microseconds"))
    if isinstance(value, Decimal):
        return Position(form, format(value, "f"))
    return Position(form, str(value))
