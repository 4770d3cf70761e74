"""What a table promises: its columns with type and meaning, its key and its grain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from qunxiang.i18n import Label


class ColumnType(StrEnum):
    """Column types; each has one form in every engine, so that the same bytes are read everywhere alike."""

    TEXT = "text"
    INTEGER = "integer"  # 64 bit
    MONEY = "money"  # DECIMAL(18,2)
    NUMBER = "number"  # 64-bit float
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"  # microseconds, UTC

    @property
    def arrow(self) -> pa.DataType:
        """Arrow type."""
        return _ARROW[self]

    @property
    def sql(self) -> str:
        """Type name in DuckDB's dialect, which every query is written in before it is compiled."""
        return _SQL[self]


_ARROW = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.MONEY: pa.decimal128(18, 2),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
}
_SQL = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.MONEY: "DECIMAL(18, 2)",
    ColumnType.NUMBER: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.TIMESTAMP: "TIMESTAMPTZ",
}


@dataclass(frozen=True)
class Column:
    """One column.

    `required` columns must be mapped and hold a value in every row. `synonyms` are other names under which files carry
    it (Chinese and English; compared without case, spaces and underscores); `weak` ones count only where no
    other source column is called better: 订单金额 is the amount unless 实付金额 is there. `personal` marks data that
    identifies a person, `sensitive` what nobody may use without consent (religion, health, money matters, minors); both
    are shown only to roles that need them. `custom` columns are a workspace's own, not the
    contract's. `minimum` and `maximum` bound numbers; a row outside goes to quarantine. `range_of` names the column of
    exact numbers whose ranges this one holds (``50-99``, ``1000+``, see ``qunxiang.sql.ranges``).
    """

    name: str
    type: ColumnType
    label: Label
    required: bool = False
    personal: bool = False
    synonyms: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    sensitive: bool = False
    custom: bool = False
    weak: tuple[str, ...] = ()
    range_of: str | None = None

    @property
    def keyless(self) -> bool:
        """Whether it has no part in keys made from content, which stay when it comes to a table that is there."""
        return self.custom or self.range_of is not None

    @property
    def hidden(self) -> bool:
        """Whether roles without a need do not see its values."""
        return self.personal or self.sensitive


@dataclass(frozen=True)
class Contract:
    """One table: its grain ("one row per …"), key and columns.

    With `derived_key` a source need not carry the only key column: it is made from the row's content. Equal rows then
    count each, told apart by their ordinal, where `repeats` (two equal lines of an order are two); else they are one.
    Each group of `one_of` names columns of which a source must carry at least one, and a row know at least one.
    """

    name: str
    label: Label
    grain: Label
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    derived_key: bool = False
    repeats: bool = True
    one_of: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def ranges_of(self, name: str) -> Column | None:
        """Return the column that holds the ranges of a column of exact numbers, or None."""
        return next((c for c in self.columns if c.range_of == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)


def arrow_schema(contract: Contract) -> pa.Schema:
    """Return the Arrow schema of a contract; every column is nullable, required ones are checked on load."""
    return pa.schema([pa.field(c.name, c.type.arrow) for c in contract.columns])
