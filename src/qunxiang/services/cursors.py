"""Rows of databases on their way into a table, and how far their cursors have come.

A cursor's value is read under the table's lease and stored in the transaction that publishes the rows: a load that ends
early has stored neither, and the next one reads the same rows again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pyarrow as pa

from qunxiang.errors import ContractError, SettingError
from qunxiang.intake import Recognition
from qunxiang.model import Actor, NewDefinition
from qunxiang.ports.databases import DatabaseRows, Form, Position
from qunxiang.ports.source import SourceShape
from qunxiang.services.addresses import direct, opened
from qunxiang.services.house import House
from qunxiang.tables import Contract

CURSOR: Final = "cursor"
"""Kind of the documents that hold a cursor's value."""


class DatabaseLoad:
    """Rows of a database as a source (see :class:`qunxiang.ports.source.Source`), from where the last load ended.

    Raises
    ------
    UnknownNameError
        When no source is saved under the name.
    SourceError
        When the address, table or query cannot be read, or the password is missing.
    NotAllowedError
        When an address itself was given from afar.
    """

    def __init__(self, house: House, actor: Actor, table: str, rows: DatabaseRows) -> None:
        self._house = house
        self._table = table
        self._rows = rows
        named = "://" not in rows.source
        self._address, password = opened(house, rows.source) if named else direct(house, actor, rows.source)
        self._source = house.databases.rows(self._address, password, rows)

    def shape(self) -> SourceShape:
        """Look at the columns and the first rows."""
        return self._source.shape()

    def first_values(self) -> dict[str, list[str]]:
        """Return the values of every column in the first rows that were looked at, as text; unknown ones are empty."""
        return self._source.first_values()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows; the table's lease is held, so that the stored value cannot move meanwhile."""
        self._source = self._source.since(None if self._rows.restart else self._stored())
        yield from self._source.batches()

    def read(self, shape: SourceShape) -> SourceShape:
        """Return the shape with the fingerprint of the rows that were read."""
        return replace(shape, fingerprint=self._source.content())

    def documents(self) -> tuple[NewDefinition, ...]:
        """Return the value that the cursor has come to, for the transaction that publishes the rows."""
        reached = self._source.reached()
        if self._rows.cursor is None or reached is None:
            return ()
        body = {
            "table": self._table,
            "source": self._rows.source if "://" not in self._rows.source else str(self._address),
            "of": self._rows.table or "query",
            "cursor": self._rows.cursor,
            "form": str(reached.form),
            "value": reached.value,
        }
        return (NewDefinition(kind=CURSOR, id=self._id(), body=body),)

    def check(self, contract: Contract, recognition: Recognition) -> None:
        """Refuse a cursor where a row that is read twice could not be known again.

        Raises
        ------
        ContractError
            When the source fills neither the table's key nor any column from the cursor.
        SettingError
            When the overlap is negative.
        """
        rows = self._rows
        if rows.overlap is not None and rows.overlap < 0:
            raise SettingError("error.database.overlap", value=rows.overlap)
        keyed = contract.key[0] in recognition.mapping or rows.cursor in recognition.mapping.values()
        if rows.cursor is not None and not keyed:
            raise ContractError(
                "error.database.cursor_key", table=contract.name, column=contract.key[0], cursor=rows.cursor
            )

    def _stored(self) -> Position | None:
        """Return the stored value; deleting the newest rows puts it back, and rows are read twice."""
        if self._rows.cursor is None:
            return None
        found = self._house.state.definition(CURSOR, self._id())
        return None if found is None else Position(Form(found.body["form"]), found.body["value"])

    def _id(self) -> str:
        rows = self._rows
        parts = (str(self._address), rows.table or "", rows.query or "", rows.cursor or "")
        return f"{self._table}:{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"
