"""Rows of databases on their way into a table, how far their cursors have come, and how their rows were read.

A cursor's value is read under the table's lease and stored in the transaction that publishes the rows: a load that ends
early has stored neither, and the next one reads the same rows again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pyarrow as pa

from qunxiang.errors import ContractError, SettingError, SourceError
from qunxiang.intake import Recognition
from qunxiang.intake.custom import kept_columns
from qunxiang.model import Actor, Definition, NewDefinition
from qunxiang.ports.databases import DatabaseRows, Form, Position
from qunxiang.ports.source import SourceShape
from qunxiang.services.addresses import direct, opened
from qunxiang.services.house import House
from qunxiang.services.load_parts import Options
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
        self._named = rows
        self._before: tuple[Definition, ...] = ()
        saved = "://" not in rows.source
        self._address, self._password = opened(house, rows.source) if saved else direct(house, actor, rows.source)
        self._source = house.databases.rows(self._address, self._password, rows)

    def shape(self) -> SourceShape:
        """Look at the columns and the first rows."""
        return self._source.shape()

    def first_values(self) -> dict[str, list[str]]:
        """Return the values of every column in the first rows that were looked at, as text; unknown ones are empty."""
        return self._source.first_values()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows; the table's lease is held, so that the stored value cannot move meanwhile."""
        if self._rows.cursor is not None:
            self._named = self._house.databases.named(self._address, self._password, self._rows)
            self._before = self._stored()
        self._source = self._source.since(self._position())
        yield from self._source.batches()

    def read(self, shape: SourceShape) -> SourceShape:
        """Return the shape with the fingerprint of the table or query that was read.

        The next load reads most rows again, under other numbers: one that was rejected is the same row then.
        """
        of = f"{self._address}\x1f{self._named.table or self._named.query}"
        return replace(shape, fingerprint=hashlib.sha256(of.encode()).hexdigest(), renumbered=True)

    def read_otherwise(self, way: str) -> bool:
        """Return whether rows that this load leaves out were read in another way than `way`, as :func:`way_of` has it.

        Cursors stored before ways were kept do not know.
        """
        return self._position() is not None and self._before[0].body.get("way") not in (None, way)

    def documents(self, way: str) -> tuple[NewDefinition, ...]:
        """Return the value that the cursor has come to and the way of reading, for the transaction that publishes rows.

        What was stored for the same rows under other spellings of their table or cursor is archived with it.
        """
        reached = self._source.reached()
        if self._rows.cursor is None or reached is None:
            return ()
        body = {
            "table": self._table,
            "source": self._rows.source if "://" not in self._rows.source else str(self._address),
            "of": self._named.table or "query",
            "cursor": self._named.cursor,
            "form": str(reached.form),
            "value": reached.value,
            "way": way,
        }
        made = NewDefinition(kind=CURSOR, id=self._id(self._named), body=body)
        others = [d for d in self._before if d.id != made.id]
        return (made, *(NewDefinition(kind=CURSOR, id=d.id, body=d.body, archived=True) for d in others))

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

    def _position(self) -> Position | None:
        """Return the stored value; deleting the newest rows puts it back, and rows are read twice."""
        if self._rows.restart or not self._before:
            return None
        body = self._before[0].body
        return Position(Form(body["form"]), body["value"])

    def _stored(self) -> tuple[Definition, ...]:
        """Return what was stored for these rows, under whichever spelling of table and cursor; the newest first."""
        found = [d for d in self._house.state.definitions(CURSOR) if self._is_of_these_rows(d)]
        return tuple(sorted(found, key=lambda d: d.at, reverse=True))

    def _is_of_these_rows(self, stored: Definition) -> bool:
        if stored.id == self._id(self._named):
            return True
        of, cursor = stored.body["of"], stored.body["cursor"]
        typed = replace(self._rows, table=None if self._rows.table is None else of, cursor=cursor)
        if stored.id != self._id(typed) or _plain(typed) != _plain(self._named):
            return False
        try:  # names of earlier versions stand as they were typed: the database says what they mean
            return self._house.databases.named(self._address, self._password, typed) == self._named
        except SourceError:
            return False

    def _id(self, rows: DatabaseRows) -> str:
        parts = (str(self._address), rows.table or "", rows.query or "", rows.cursor or "")
        return f"{self._table}:{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"


def way_of(recognition: Recognition, options: Options) -> str:
    """Return a digest of how rows are read: what fills which column, what is kept, whose ids they are, the reading.

    Types are not in it: a kept column has one type for all rows, those read before among them.
    """
    said = {
        "mapping": dict(recognition.mapping),
        "kept": sorted(kept_columns(recognition, options.keep)),
        "system": options.system,
        "reading": options.reading.model_dump(mode="json", exclude_defaults=True),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _plain(rows: DatabaseRows) -> tuple[str, str]:
    """Return the names of table and cursor without schema, quotes and case: where they differ, so do the rows."""
    table = (rows.table or "").rpartition(".")[2].strip().strip('"`')
    return table.lower(), (rows.cursor or "").lower()
