"""The staged rows of a source: the same columns under safe names, each of one of seven kinds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from qunxiang.sql import Relation

ROW = "__row__"
BROKEN = "__broken__"


class Kind(StrEnum):
    """How a source column stands in the staged rows."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    NAIVE = "naive"  # a moment without a time zone
    MOMENT = "moment"  # a moment with one


@dataclass(frozen=True)
class StagedColumn:
    """A source column: its name in the source, its name in the staged rows, and its kind."""

    name: str
    physical: str
    kind: Kind


@dataclass(frozen=True)
class Staged:
    """Staged rows: one row per source row, with ``__row__`` and, for rows that could not be split, ``__broken__``."""

    relation: Relation
    columns: tuple[StagedColumn, ...]

    def column(self, name: str) -> StagedColumn:
        """Return the staged column of a source column.

        Raises
        ------
        KeyError
            When the source has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.NAIVE: pa.timestamp("us"),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
}


def staged_schema(source: pa.Schema) -> tuple[pa.Schema, tuple[StagedColumn, ...]]:
    """Return the schema of the staged rows for a source's batches, and its columns.

    Source columns become ``c0``, ``c1``, … because names that differ in case alone are one name to some engines.
    """
    names = [name for name in source.names if name not in (ROW, BROKEN)]
    columns = tuple(StagedColumn(name, f"c{i}", _kind(source.field(name).type)) for i, name in enumerate(names))
    fields = [pa.field(ROW, pa.int64()), pa.field(BROKEN, pa.string())]
    return pa.schema(fields + [pa.field(c.physical, _ARROW[c.kind]) for c in columns]), columns


def _kind(type_: pa.DataType) -> Kind:
    if pa.types.is_boolean(type_):
        return Kind.BOOLEAN
    if pa.types.is_signed_integer(type_):
        return Kind.INTEGER
    if pa.types.is_floating(type_):
        return Kind.FLOAT
    if pa.types.is_date(type_):
        return Kind.DATE
    if pa.types.is_timestamp(type_):
        return Kind.NAIVE if type_.tz is None else Kind.MOMENT
    return Kind.TEXT
