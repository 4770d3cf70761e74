"""A query is a sqlglot tree; an engine compiles it to its dialect and runs it.

Trees are written as constant text in DuckDB's dialect with named placeholders, or with sqlglot's builder. Values and
names from outside enter as nodes (literals, quoted identifiers), never as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

WRITTEN_IN = "duckdb"
"""Dialect in which queries are written before they are compiled."""

Scalar = str | int | float | bool | Decimal | date | datetime | None


@dataclass(frozen=True)
class Relation:
    """A named input of a query: a table bound in the engine's session under `name`, with its columns."""

    name: str
    columns: tuple[str, ...] = ()

    def table(self, alias: str | None = None) -> exp.Expr:
        """Return the table node, aliased when `alias` is given."""
        return exp.to_table(self.name) if alias is None else exp.alias_(exp.to_table(self.name), alias, table=True)


@dataclass(frozen=True)
class Query:
    """A SELECT as a tree; knows no engine."""

    tree: exp.Query

    def sql(self, dialect: str = WRITTEN_IN) -> str:
        """Compile to a dialect.

        Raises
        ------
        sqlglot.errors.UnsupportedError
            When the dialect has no form for a node.
        """
        tree = self.tree.copy()
        if dialect == WRITTEN_IN:
            _interpolate(tree)
        return tree.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE, copy=False)


def _interpolate(tree: exp.Query) -> None:
    """Write quantiles for DuckDB, in place: interpolated, and those of one value together, to keep its values once."""
    shared: dict[tuple[int, exp.Expr], list[exp.Quantile]] = {}
    for node in list(tree.find_all(exp.Quantile)):
        if isinstance(node.parent, exp.Filter | exp.Window):  # these take the aggregate itself
            shared[id(node), node.this] = [node]
        else:
            shared.setdefault((id(node.find_ancestor(exp.Select)), node.this), []).append(node)
    for nodes in shared.values():
        shares = list(dict.fromkeys(n.args["quantile"] for n in nodes))
        for node in nodes:
            # the node compiles to DuckDB's QUANTILE, which picks a value, and to Spark's PERCENTILE, which interpolates
            if len(shares) == 1:
                node.replace(exp.PercentileCont(this=node.this, expression=shares[0].copy()))
                continue
            asked = exp.Array(expressions=[s.copy() for s in shares])
            all_ = exp.PercentileCont(this=node.this.copy(), expression=asked)
            index = exp.Literal.number(shares.index(node.args["quantile"]) + 1)
            node.replace(exp.Bracket(this=all_, expressions=[index], offset=1))


def literal(value: Scalar) -> exp.Expr:
    """Return a value as a literal node; dates are cast, money is a decimal literal."""
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMPTZ")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, Decimal):
        return exp.cast(exp.Literal.string(str(value)), exp.DataType.build("DECIMAL(18, 2)"))
    return exp.convert(value)


def identifier(name: str) -> exp.Identifier:
    """Return a quoted identifier node."""
    return exp.to_identifier(name, quoted=True)


def column(name: str, table: str | None = None) -> exp.Column:
    """Return a column node with a quoted name."""
    return exp.column(identifier(name), table=table)


@lru_cache(maxsize=512)
def _parsed(text: str) -> exp.Expr:
    tree = sqlglot.parse_one(text, read=WRITTEN_IN)
    for node in tree.walk():
        node._meta = None  # where it stood in the text; copying that costs more than all else of a small query
    return tree


def template(text: str, **nodes: exp.Expr | Relation | Query | Scalar) -> exp.Expr:
    """Parse constant SQL text (DuckDB's dialect) and put nodes in the place of its ``:name`` placeholders.

    A table placeholder is written as the bare table name ``name__`` (two underscores) and takes a :class:`Relation`,
    a :class:`Query` (as subquery; give it an alias in the text) or a table expression.

    Raises
    ------
    KeyError
        When a placeholder has no node, or a node no placeholder.
    """
    tree = _parsed(text).copy()
    used: set[str] = set()

    def put(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder) and node.name:
            used.add(node.name)
            return _node(nodes[node.name])
        if isinstance(node, exp.Table) and node.name.endswith("__") and node.name[:-2] in nodes:
            used.add(node.name[:-2])
            return _table(nodes[node.name[:-2]], node.alias or None)
        return node

    tree = tree.transform(put, copy=False)
    if missing := set(nodes) - used:
        raise KeyError(f"the template has no place for {sorted(missing)}")
    return tree


def select(text: str, **nodes: exp.Expr | Relation | Query | Scalar) -> Query:
    """Return :func:`template` as a query."""
    return Query(cast(exp.Query, template(text, **nodes)))


def _node(value: exp.Expr | Relation | Query | Scalar) -> exp.Expr:
    if isinstance(value, Query):
        return value.tree.subquery()
    if isinstance(value, Relation):
        return value.table()
    if isinstance(value, exp.Expr):
        return value.copy()
    return literal(value)


def _table(value: exp.Expr | Relation | Query | Scalar, alias: str | None) -> exp.Expr:
    if isinstance(value, Relation):
        return value.table(alias)
    if isinstance(value, Query):
        return value.tree.subquery(alias)
    if isinstance(value, exp.Expr):
        return value.copy()
    raise TypeError(f"a table placeholder takes a relation or a query, not {type(value).__name__}")
