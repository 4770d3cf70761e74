"""Where the names of a sheet stand: titles above them, names in two or more rows, merged cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Cells = list[list[Any]]
Span = tuple[tuple[int, int], tuple[int, int]]
_LOOKED_AT = 40
_DEEPEST = 4


@dataclass(frozen=True)
class SheetLayout:
    """First row of the header and first row under it, from 0; names, of which parts of several rows are joined by /."""

    top: int
    body: int
    names: tuple[str | None, ...]


def blank(cell: Any) -> bool:
    """Say whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def layout_of(cells: Cells, merged: list[Span]) -> SheetLayout | None:
    """Find the header: the first row whose cells, merged ones counted for all they cover, name half of the columns.

    A row with one cell, however wide, is a title. The header has as many rows as a merged cell that begins in its first
    row is high, and one more than a merged cell that spans columns of it (a group such as 联系方式 above 电话, 邮箱).
    """
    head = [i for i, row in enumerate(cells[: _LOOKED_AT * 5]) if not all(map(blank, row))][:_LOOKED_AT]
    if not head:
        return None
    usual = max(len(_filled(cells[i])) for i in head)
    top = next((i for i in head if _names_columns(cells, merged, i, usual)), head[0])
    body = min(_under(merged, top), top + _DEEPEST)
    if body >= len(cells):
        body = top + 1
    width = max(len(row) for row in cells)
    return SheetLayout(top, body, tuple(_name(cells, merged, top, body, column) for column in range(width)))


def filled_down(cells: Cells, merged: list[Span], body: int) -> int:
    """Give every row that a merged cell covers its value, in the cell's first column; return how many cells it filled.

    Only down: a merged cell that spans columns says one thing once.
    """
    filled = 0
    for (first, left), (last, _) in merged:
        if first < body or first >= len(cells) or left >= len(cells[first]):
            continue
        value = cells[first][left]
        for row in range(first + 1, min(last + 1, len(cells))):
            if not blank(value) and left < len(cells[row]) and blank(cells[row][left]):
                cells[row][left] = value
                filled += 1
    return filled


def _filled(row: list[Any]) -> list[Any]:
    return [cell for cell in row if not blank(cell)]


def _names_columns(cells: Cells, merged: list[Span], row: int, usual: int) -> bool:
    filled = _filled(cells[row])
    if len(filled) < 2:
        return usual < 2
    covered = len(filled) + sum(
        right - left
        for (first, left), (last, right) in merged
        if first <= row <= last and left < len(cells[row]) and not blank(cells[row][left])
    )
    return covered * 2 >= usual and not any(isinstance(cell, int | float) for cell in filled)


def _under(merged: list[Span], top: int) -> int:
    """Return the row under the header."""
    body = top + 1
    for (first, left), (last, right) in merged:
        if first == top:
            body = max(body, last + 1 + (right > left and last == top))
    return body


def _name(cells: Cells, merged: list[Span], top: int, body: int, column: int) -> str | None:
    parts: list[str] = []
    for row in range(top, body):
        at = next(
            ((r, c) for (r, c), (last, right) in merged if r <= row <= last and c <= column <= right), (row, column)
        )
        cell = cells[at[0]][at[1]] if at[1] < len(cells[at[0]]) else None
        text = None if blank(cell) else " ".join(str(cell).split())
        if text and text not in parts[-1:]:
            parts.append(text)
    return "/".join(parts) or None
