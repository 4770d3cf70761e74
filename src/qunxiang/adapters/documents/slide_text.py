"""Room that text takes on slides, estimated without the reader's fonts: generously, so that nothing runs over."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

INCH = 914_400
"""English metric units (EMU) of an inch."""
LEADING = 1.3
"""Distance of lines in sizes of the text; it is written into every paragraph, so that no font's own distance counts."""
_WIDE, _CAPITAL, _USUAL, _NARROW = 1.0, 0.78, 0.64, 0.4  # ems, of the widest of the usual sans-serif fonts
_BOLD = 1.12  # how much wider bold letters are
_BETWEEN = 0.25  # ems that programs put between Chinese and other letters
_PIECES = re.compile(r"\s+|[\u1100-\uffdc]|[^\s\u1100-\uffdc]+")


def ems(text: str) -> float:
    """Return the width of a line of text in sizes of its font, as the widest of the usual fonts set it."""
    width, before = 0.0, None
    for c in text:
        wide = unicodedata.east_asian_width(c) in "WF"
        if before is not None and wide != before and c != " ":
            width += _BETWEEN
        before = None if c == " " else wide
        if wide or c in "mwMW%@—…":
            width += _WIDE
        elif c.isupper() or c in "&+=<>≤≥":
            width += _CAPITAL
        else:
            width += _NARROW if c in " .,:;'|!ijl()[]" else _USUAL
    return width


def lines_of(text: str, room: float) -> int:
    """Count the lines of `text` in a column of `room` ems: words stay whole where they fit, Chinese breaks anywhere."""
    lines = 0
    for line in text.split("\n"):
        lines += 1
        used, before = 0.0, ""
        for piece in _PIECES.findall(line):
            width = ems(piece)
            if piece.isspace():
                used, before = used + width, ""
                continue
            if before and (len(before) == 1) != (len(piece) == 1):
                used += _BETWEEN
            if used and used + width > room:
                lines, used = lines + 1, 0.0
            broken = math.ceil(width / room) - 1
            lines, used, before = lines + broken, used + width - broken * room, piece
    return lines


def text_height(text: str, size: float, width: int, *, bold: bool = False) -> int:
    """Return the height in EMU of `text` in `size` points, broken into lines of `width` EMU."""
    room = max(2.0, width / INCH * 72 / size / (_BOLD if bold else 1.0))
    return round(lines_of(text, room) * size * LEADING / 72 * INCH)


def column_widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], size: float, total: int, *, margin: int, least: int
) -> list[int]:
    """Share `total` EMU among the columns of a table.

    Parameters
    ----------
    heads
        Names of the columns, set in bold.
    rows
        Their cells; one row per row of the table.
    size
        Of the text, in points.
    total
        Width of the table in EMU.
    margin
        Of a cell, left and right together, in EMU.
    least
        Narrowest column in EMU.

    Returns
    -------
    list of int
        Widths that fill the table. Where all columns fit without breaks, the rest is shared in proportion; where not,
        the short ones keep their texts on one line and the long ones share what is left evenly.
    """
    em = size / 72 * INCH
    wanted = []
    for i, head in enumerate(heads):
        longest = max((ems(line) for row in rows for line in row[i].split("\n")), default=0.0)
        wanted.append(max(least, round(max(longest, ems(head) * _BOLD) * em) + margin))
    widths, left = wanted[:], total
    if sum(wanted) <= total:
        widths = [total * width // sum(wanted) for width in wanted]
    else:
        for done, i in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
            widths[i] = min(wanted[i], left // (len(wanted) - done))
            left -= widths[i]
    widths[widths.index(max(widths))] += total - sum(widths)
    return widths
