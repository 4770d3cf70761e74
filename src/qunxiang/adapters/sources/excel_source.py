"""Excel workbooks and their relatives, one sheet at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from qunxiang.adapters.sources.excel_guard import package_facts
from qunxiang.adapters.sources.excel_layout import blank, filled_down, layout_of
from qunxiang.adapters.sources.files import fingerprint
from qunxiang.adapters.sources.tidy import name_notes, samples_of, tidy_schema, unique_names
from qunxiang.errors import SourceError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.ports.source import Found, SourceShape

_BATCH = 20_000


class ExcelSource:
    """A sheet of a workbook as a source: every column is text, numbers without a needless ``.0``.

    Titles above the header are passed over, names in several rows joined (see :func:`layout_of`), merged cells filled
    down. Formulas are never computed: a cell is what the workbook says it was. Error cells give their word (``#REF!``).
    Empty rows are passed over, and rows keep their number under the header. See :class:`qunxiang.ports.source.Source`.
    """

    def __init__(self, path: Path, *, sheet: str | None = None) -> None:
        self.path = path
        self._facts = package_facts(path)
        try:
            with calamine.load_workbook(path) as book:
                self._read(book, sheet)
        except (calamine.CalamineError, OSError) as error:
            code = "error.source.password" if isinstance(error, calamine.PasswordError) else "error.source.damaged"
            params = {} if code.endswith("password") else {"format": "Excel", "why": str(error)[:200]}
            raise SourceError(code, path=str(path), **params) from error
        where = f"{path} [{self.sheet}]"
        layout = layout_of(self._cells, self._merged)
        if layout is None:
            raise SourceError("error.source.empty", path=where)
        self.layout = layout
        self._filled = filled_down(self._cells, self._merged, layout.body)
        self._rows = [
            (i - layout.body + 1, row)
            for i, row in enumerate(self._cells[layout.body :], start=layout.body)
            if not all(map(blank, row))
        ]
        self._written = list(layout.names)
        while self._written and self._written[-1] is None and self._empty(len(self._written) - 1):
            self._written.pop()
        self._names = unique_names(self._written, where)
        if not self._rows:
            raise SourceError("error.source.no_rows", path=where)
        self._schema = tidy_schema(pa.schema([pa.field(name, pa.string()) for name in self._names]))
        self._fingerprint = f"{fingerprint(path)}:{self.sheet}"

    def shape(self) -> SourceShape:
        """Look at the sheet."""
        return SourceShape(
            f"{self.path.name} [{self.sheet}]",
            self._names,
            samples_of(next(self.batches())),
            len(self._rows),
            self._fingerprint,
            repeatable=True,
            date_system=self._facts.date_system,
            found=Found(
                header_row=self.layout.top + 1,
                header_rows=self.layout.body - self.layout.top,
                sheet=self.sheet,
                sheets=self.sheets,
                notes=tuple(self._notes()),
            ),
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in batches of at most 20,000."""
        rows = iter(self._rows)
        while chunk := list(islice(rows, _BATCH)):
            numbers = pa.array([number for number, _ in chunk], pa.int64())
            columns = [
                pa.array([_text(cells[i]) if i < len(cells) else None for _, cells in chunk], pa.string())
                for i in range(len(self._names))
            ]
            yield pa.RecordBatch.from_arrays([numbers, pa.nulls(len(chunk), pa.string()), *columns], self._schema.names)

    def _read(self, book: calamine.CalamineWorkbook, sheet: str | None) -> None:
        self.sheets = tuple(book.sheet_names)
        if sheet is not None and sheet not in self.sheets:
            raise UnknownNameError(
                "error.source.unknown_sheet", path=str(self.path), sheet=sheet, has=list(self.sheets)
            )
        shown = [s.name for s in book.sheets_metadata if s.visible == calamine.SheetVisibleEnum.Visible]
        for name in [sheet] if sheet is not None else shown or self.sheets:
            found = book.get_sheet_by_name(name)
            self.sheet, self._cells = name, found.to_python(skip_empty_area=False)
            self._merged = list(found.merged_cell_ranges or [])
            self._put_errors(self.sheets.index(name) + 1)
            if sheet is not None or any(not blank(cell) for row in self._cells for cell in row):
                return
        raise SourceError("error.source.empty", path=str(self.path))

    def _put_errors(self, number: int) -> None:
        """Put the words of error cells where the reader left nothing; sheets are packed in their order."""
        for (row, column), word in self._facts.errors.get(f"xl/worksheets/sheet{number}.xml", {}).items():
            if row < len(self._cells) and column < len(self._cells[row]) and blank(self._cells[row][column]):
                self._cells[row][column] = word

    def _empty(self, column: int) -> bool:
        return all(column >= len(row) or blank(row[column]) for _, row in self._rows)

    def _notes(self) -> Iterator[Message]:
        if len(self.sheets) > 1:
            others = [name for name in self.sheets if name != self.sheet]
            yield Message("source.found.sheet", {"sheet": self.sheet, "others": others})
        if self.layout.top:
            yield Message("source.found.header_row", {"row": self.layout.top + 1})
        if self.layout.body - self.layout.top > 1:
            yield Message("source.found.header_rows", {"rows": self.layout.body - self.layout.top})
        if self._filled:
            yield Message("source.found.merged", {"cells": self._filled})
        if self._facts.date_system == 1904:
            yield Message("source.found.days_1904")
        yield from name_notes(self._written, self._names)


def _text(cell: Any) -> str | None:
    if blank(cell):
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
