"""Excel workbooks and their relatives, one sheet at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from qunxiang.adapters.sources.files import fingerprint
from qunxiang.adapters.sources.tidy import samples_of, tidy_schema, unique_names
from qunxiang.errors import SourceError, UnknownNameError
from qunxiang.ports.source import SourceShape

_BATCH = 20_000


class ExcelSource:
    """A sheet of a workbook as a source: every column is text, numbers without a needless ``.0``.

    The first row that is not empty is the header; empty rows are passed over, and rows keep their number under the
    header. See :class:`qunxiang.ports.source.Source`.
    """

    def __init__(self, path: Path, *, sheet: str | None = None) -> None:
        self.path = path
        try:
            with calamine.load_workbook(path) as book:
                self.sheet, self._cells = _cells(book, sheet, path)
        except (calamine.CalamineError, OSError) as error:
            code = "error.source.password" if isinstance(error, calamine.PasswordError) else "error.source.damaged"
            params = {} if code.endswith("password") else {"format": "Excel", "why": str(error)[:200]}
            raise SourceError(code, path=str(path), **params) from error
        if not self._cells:
            raise SourceError("error.source.empty", path=f"{path} [{self.sheet}]")
        header = [_text(cell) for cell in self._cells[0][1]]
        while header and header[-1] is None and all(_blank(cells[len(header) - 1]) for _, cells in self._cells):
            header.pop()
        self._names = unique_names(header, f"{path} [{self.sheet}]")
        if len(self._cells) == 1:
            raise SourceError("error.source.no_rows", path=f"{path} [{self.sheet}]")
        self._schema = tidy_schema(pa.schema([pa.field(name, pa.string()) for name in self._names]))
        self._fingerprint = f"{fingerprint(path)}:{self.sheet}"

    def shape(self) -> SourceShape:
        """Look at the sheet."""
        name = f"{self.path.name} [{self.sheet}]"
        return SourceShape(name, self._names, samples_of(next(self.batches())), len(self._cells) - 1, self._fingerprint)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in batches of at most 20,000."""
        header_row = self._cells[0][0]
        rows = iter(self._cells[1:])
        while chunk := list(islice(rows, _BATCH)):
            numbers = pa.array([number - header_row for number, _ in chunk], pa.int64())
            columns = [pa.array([_text(cells[i]) for _, cells in chunk], pa.string()) for i in range(len(self._names))]
            yield pa.RecordBatch.from_arrays([numbers, pa.nulls(len(chunk), pa.string()), *columns], self._schema.names)


def _cells(book: calamine.CalamineWorkbook, sheet: str | None, path: Path) -> tuple[str, list[tuple[int, list[Any]]]]:
    names = list(book.sheet_names)
    if sheet is not None and sheet not in names:
        raise UnknownNameError("error.source.unknown_sheet", path=str(path), sheet=sheet, has=names)
    visible = [s.name for s in book.sheets_metadata if s.visible == calamine.SheetVisibleEnum.Visible] or names
    for name in [sheet] if sheet is not None else visible:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        found = [(i, row) for i, row in enumerate(rows, start=1) if not all(map(_blank, row))]
        if found or sheet is not None:
            return name, found
    raise SourceError("error.source.empty", path=str(path))


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(cell: Any) -> str | None:
    if _blank(cell):
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
