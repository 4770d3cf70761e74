"""Tables as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?%?")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_ROWS_AT_ONCE = 10_000


def csv_bytes(table: pa.Table) -> bytes:
    """Return a table as CSV: UTF-8 with a byte order mark, one line per row after a line of names.

    A text cell that a spreadsheet would take for a formula gets an apostrophe; numbers stay as they are.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_safe(table.column_names))
    for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
        columns = [column.to_pylist() for column in batch.columns]
        writer.writerows(_safe(row) for row in zip(*columns, strict=True))
    return text.getvalue().encode("utf-8-sig")


def unguarded_name(name: str) -> str:
    """Return the name of a column without the apostrophe that an export of rejected rows gave it."""
    return name[1:] if name.startswith("'") and name[1:].startswith(_FORMULA) else name


def unguarded(array: pa.Array) -> pa.Array:
    """Return texts without the apostrophe that an export of rejected rows gave them."""
    if not pa.types.is_string(array.type):
        return array
    return pc.replace_substring_regex(array, pattern=f"^'([{''.join(map(re.escape, _FORMULA))}])", replacement=r"\1")


def _safe(cells: Iterable[Any]) -> list[Any]:
    return [
        f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
        for cell in cells
    ]
