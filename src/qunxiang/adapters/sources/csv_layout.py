"""How a CSV file is laid out: its delimiter and quote, the lines above its header, its names."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_DELIMITERS = (",", ";", "\t", "|")
_HEAD_ROWS = 40


@dataclass(frozen=True)
class Layout:
    """Delimiter and quote; names as they stand; 1-based line on which the header ends; characters up to that."""

    delimiter: str
    quote: str
    names: tuple[str, ...]
    header_row: int
    start: int
    has_rows: bool


def layout_of(head: str) -> Layout | None:
    """Find the layout from the beginning of a file; None when not even one row can be split.

    Delimiter (comma, semicolon, tab, bar) and quote (double, single) are those that split the first rows most evenly.
    The header is the first row that fills at least half of the columns that most rows have: a title, a date of export
    or an empty line above it does not. Names are missing where rows have empty columns beyond the header's.
    """
    delimiter, quote = _dialect(head)
    rows = list(islice(_parse(head, delimiter, quote), _HEAD_ROWS))
    if not rows:
        return None
    usual = _usual_width([cells for cells, _, _ in rows])
    filled = _usual_width([_trimmed(cells) for cells, _, _ in rows])
    at = next((i for i, (cells, _, _) in enumerate(rows) if _is_header(_trimmed(cells), filled)), 0)
    names, end, line = rows[at]
    under = [cells for cells, _, _ in rows[at + 1 :]]
    beyond = [cells[len(names) :] for cells in under if len(cells) > len(names)]
    if usual > len(names) and beyond and not any(cell.strip() for cells in beyond for cell in cells):
        names = [*names, *[""] * (usual - len(names))]
    return Layout(delimiter, quote, tuple(names), line, end, bool(under))


def _is_header(cells: list[str], usual: int) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) * 2 == usual:  # half of the columns: a header with gaps, unless it is short or holds figures
        return len(cells) >= usual - 1 and not any(cell[0].isdigit() for cell in filled)
    return len(filled) * 2 > usual


def _trimmed(cells: list[str]) -> list[str]:
    """Return cells without the empty ones at the end."""
    return cells[: next((i for i in range(len(cells), 0, -1) if cells[i - 1].strip()), 0)]


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 1


def _dialect(head: str) -> tuple[str, str]:
    best: tuple[tuple[int, int], str, str] | None = None
    for quote in ('"', "'"):
        if quote == "'" and not head.lstrip().startswith("'"):
            continue
        for delimiter in _DELIMITERS:
            rows = [row for row, _, _ in islice(_parse(head, delimiter, quote), _HEAD_ROWS)]
            usual = _usual_width(rows)
            even = sum(len(row) == usual for row in rows) if usual > 1 else 0
            score = (even, usual)
            if best is None or score > best[0] or (score == best[0] and quote == "'"):
                best = (score, quote, delimiter)
    return (",", '"') if best is None or best[0][0] == 0 else (best[2], best[1])


def _parse(text: str, delimiter: str, quote: str) -> Iterator[tuple[list[str], int, int]]:
    """Split text into rows, each with the characters and lines up to its end; empty lines are no rows."""
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in io.StringIO(text, newline=""):
            read += len(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter, quotechar=quote)
    try:
        for row in reader:
            if row:
                yield row, read, reader.line_num
    except csv.Error:
        return
