"""What own variables may read: tables whose rows name a profile, their columns, and what is joined onto them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.tables import LOADED, Column, ColumnType, Contract

UNDATED = frozenset({"persons", "accounts", "contacts", "products"})
"""Tables that state what is, not what happened: no window applies to them."""


@dataclass(frozen=True)
class Joined:
    """Attributes joined onto the rows of another table by a column `on` that both have.

    `several` says that the table has several rows per `on`: numbers are summed and of texts the first in order counts,
    and the columns bear the `prefix`.
    """

    table: str
    on: str
    several: bool = False
    prefix: str = ""


JOINED: Mapping[str, Joined] = {
    "order_lines": Joined("products", "product_id"),
    "campaign_contacts": Joined("campaign_costs", "campaign_id", several=True, prefix="campaign_"),
    "responses": Joined("campaign_costs", "campaign_id", several=True, prefix="campaign_"),
}
"""What is joined onto the rows of a table."""

SENSITIVE = frozenset({"income_band", "marital_status", "religion"})
"""Columns whose standard traits need consent, as ``people.PERSON_COLUMNS`` marks them."""

_NAMING = ("order_id", "person_id", "account_id")


@dataclass(frozen=True)
class ReadableColumn:
    """A column of a readable table; `table` is where it stands: the table itself or the one joined onto it."""

    name: str
    type: ColumnType
    label: Label
    table: str
    source: str
    personal: bool
    sensitive: bool


@dataclass(frozen=True)
class Readable:
    """A table that own variables can measure.

    `instant` is the column that dates its rows (None when they are not dated), `columns` what metrics and conditions
    may name.
    """

    contract: Contract
    instant: str | None
    columns: Mapping[str, ReadableColumn]

    @property
    def joined(self) -> Joined | None:
        """What is joined onto the rows."""
        return JOINED.get(self.contract.name)

    @property
    def open_columns(self) -> dict[str, ReadableColumn]:
        """Columns without those that identify a person."""
        return {name: c for name, c in self.columns.items() if not c.personal}

    @property
    def may_lack_date(self) -> bool:
        """Say whether the table may have rows without a date; they count where no window and no order of time does."""
        found = self.contract.column(self.instant) if self.instant else None
        return found is not None and not found.required

    @property
    def dated_by_days(self) -> bool:
        """Say whether rows are dated by a calendar day, not by an instant."""
        found = self.contract.column(self.instant) if self.instant else None
        return found is not None and found.type is ColumnType.DATE


def readable_tables() -> tuple[str, ...]:
    """Return the names of the tables that own variables can measure."""
    return tuple(name for name, contract in LOADED.items() if any(contract.column(n) for n in _NAMING))


def readable(table: str, contracts: Mapping[str, Contract] | None = None) -> Readable:
    """Return what own variables may read of a table.

    Parameters
    ----------
    contracts
        Contracts of tables to which the workspace added columns of its own, by name.

    Raises
    ------
    UnknownNameError
        When its rows do not name a profile, or there is no such table.
    """
    if table not in readable_tables():
        raise UnknownNameError("error.trait.unknown_table", table=table[:80], known=list(readable_tables()))
    known = {**LOADED, **(contracts or {})}
    joined = JOINED.get(table)
    return _readable(known[table], known[joined.table] if joined is not None else None)


@lru_cache(maxsize=64)
def _readable(contract: Contract, attributes: Contract | None) -> Readable:
    table = contract.name
    columns = {c.name: _column(c, table, c.name) for c in contract.columns}
    joined = JOINED.get(table)
    if joined is not None and attributes is not None:
        left_out = {joined.on, *(attributes.key if joined.several else ())}
        for c in attributes.columns:
            if c.name in left_out or (joined.several and c.type in (ColumnType.TIMESTAMP, ColumnType.DATE)):
                continue
            name = c.name if c.name.startswith(joined.prefix) else joined.prefix + c.name
            name = name if name not in columns else f"{joined.table.removesuffix('s')}_{c.name}"
            columns[name] = _column(c, joined.table, name)
    return Readable(contract, None if table in UNDATED else _instant(contract), columns)


def _column(column: Column, table: str, name: str) -> ReadableColumn:
    sensitive = column.sensitive or column.name in SENSITIVE
    return ReadableColumn(name, column.type, column.label, table, column.name, column.personal, sensitive)


def _instant(contract: Contract) -> str | None:
    dated = [c for c in contract.columns if c.type in (ColumnType.TIMESTAMP, ColumnType.DATE)]
    ranked = sorted(dated, key=lambda c: (not c.required, c.type is ColumnType.DATE))
    return ranked[0].name if ranked else None
