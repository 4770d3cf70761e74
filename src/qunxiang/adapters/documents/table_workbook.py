"""A table as a workbook to work in: every text stays text, nothing is a formula or a link."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import xlsxwriter

from qunxiang.adapters.documents.workbook import sheet_name

_LONGEST_CELL = 32_767
_WIDEST = 40
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def table_workbook(table: pa.Table, *, sheet: str) -> bytes:
    """Return a table as XLSX with one sheet: a bold, frozen line of names, then one line per row.

    Text is written as text in text format, so that a spreadsheet neither runs it nor makes a power of ten of a phone.
    """
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **_OPTIONS}) as book:
        page = book.add_worksheet(sheet_name(sheet, ()))
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        page.freeze_panes(1, 0)
        for column, name in enumerate(table.column_names):
            page.write_string(0, column, name[:_LONGEST_CELL], bold)
            values = table.column(column).to_pylist()
            width = max((len(str(v)) for v in (name, *values[:50]) if v is not None), default=8)
            page.set_column(column, column, min(_WIDEST, width + 2), text)
            for row, value in enumerate(values, start=1):
                _write(page, row, column, value, text)
    return content.getvalue()


def _write(page: Any, row: int, column: int, value: Any, text: Any) -> None:
    if isinstance(value, str):
        page.write_string(row, column, value[:_LONGEST_CELL], text)
    elif value is not None:
        page.write_number(row, column, value)
