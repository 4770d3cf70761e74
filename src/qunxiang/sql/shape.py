"""Casting every output column to its declared type, so that all engines write the same schema."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.sql.query import Query, column
from qunxiang.tables import Column, ColumnType, Contract


def contract_of(name: str, columns: dict[str, ColumnType]) -> Contract:
    """Return an ad-hoc contract for a query result that is fetched, not stored."""
    label = Label.same(name)
    return Contract(
        name=name,
        label=label,
        grain=label,
        key=(),
        columns=tuple(Column(n, t, Label.same(n)) for n, t in columns.items()),
    )


@lru_cache
def _built(type_: ColumnType) -> exp.DataType:
    return exp.DataType.build(type_.sql, dialect="duckdb")


def _type(type_: ColumnType) -> exp.DataType:
    return _built(type_).copy()


def cast_to_contract(query: Query, contract: Contract) -> Query:
    """Select exactly the contract's columns from `query`, in order, each cast to its declared type.

    A sum of BIGINT is HUGEINT in one engine and DECIMAL in another; stored uncast it would turn into a float.
    """
    source = query.tree.subquery("shaped")
    projections = [
        exp.alias_(exp.cast(column(c.name, "shaped"), _type(c.type), copy=False), c.name, quoted=True, copy=False)
        for c in contract.columns
    ]
    return Query(exp.select(*projections, copy=False).from_(source, copy=False))  # else every step copies all before it
