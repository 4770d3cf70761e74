"""Port of a source: a file or frame whose rows are to be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from qunxiang.i18n import Message


@dataclass(frozen=True)
class Found:
    """How a source turned out to be written; None and empty where that means nothing for its format.

    `encoding`, `delimiter` and `quote` are of text, `sheet` and `sheets` (all names) of workbooks. `header_row` is the
    1-based row on which the names stand, `header_rows` how many rows they take. `member` is the name within an
    archive. `notes` say in sentences what a person should know of it, repairs included.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header_row: int | None = None
    header_rows: int = 1
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    member: str | None = None
    notes: tuple[Message, ...] = ()


NOTHING_FOUND = Found()


WIDE_MARK = "\uff00"
"""Stands in :attr:`TextRows.marks` for the characters from U+F000 to U+FFFF, full-width forms above all."""
MARKS = ("+", "\t", "\u00a0", "\u3000", WIDE_MARK)
"""Characters of which :attr:`TextRows.marks` says whether a file has them at all."""


@dataclass(frozen=True)
class TextRows:
    """A text file in which every line under the header is one row, whoever splits it.

    It is UTF-8 and has no quote, no NUL, no U+FFFD, no byte order mark but the first, and one kind of line end. `skip`
    lines stand above the first row, `lines` from there on; empty ones and those with another number of cells than
    `columns` are among them. `marks` are those of :data:`MARKS` that occur anywhere in the file.
    """

    path: Path
    delimiter: str
    newline: str
    skip: int
    columns: int
    lines: int
    marks: frozenset[str]


@dataclass(frozen=True)
class SourceShape:
    """What a source looks like before it is read: name for people, columns with a few sample values, rows if known.

    `fingerprint` is a hash of the content; equal fingerprints mean the same bytes. `repeatable` says that asking
    for the batches again gives the same rows under the same numbers, at little cost. `date_system` is 1900 or
    1904 where bare numbers in date columns are a workbook's days since then. `schema` is that of the batches where it
    is known without one. `text` is given where an engine may split the rows by itself and find what `batches` gives.
    `renumbered` says that the next reading gives some of the rows again under other numbers; `fingerprint` is then the
    same for all readings.
    """

    name: str
    columns: tuple[str, ...]
    samples: dict[str, tuple[str, ...]]
    rows: int | None
    fingerprint: str
    repeatable: bool = False
    date_system: int | None = None
    found: Found = NOTHING_FOUND
    schema: pa.Schema | None = None
    text: TextRows | None = None
    renumbered: bool = False


class Source(Protocol):
    """Rows in batches, as they stand: text files give text columns, typed files typed ones.

    Opening raises :class:`qunxiang.errors.SourceError` when the source is missing, empty, damaged, or in an encoding
    other than the one said. A row that cannot be split into the header's columns is given under the column
    ``__broken__`` (its raw text) with the other columns null, so that it reaches quarantine instead of being lost.
    Bytes that are not in the source's encoding are given as U+FFFD in their cell.
    """

    def shape(self) -> SourceShape:
        """Look at the source without reading it all."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows; the column ``__row__`` holds the 1-based number of the data row.

        It counts from below the column names; what is above them is not counted. Empty rows of a workbook count, empty
        lines of text do not, and a quoted value over several lines is in one row.
        """
        ...
