"""The frame around the marks of an SVG chart: plotting area, axes with ticks and titles, reference lines, legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qunxiang.charts.ink import FONT_SIZE, LINE_HEIGHT, Sheet, fit, text_width, wrap
from qunxiang.charts.palette import GRID, INK, MUTED
from qunxiang.charts.scales import Scale, ticks
from qunxiang.charts.spec import Axis, Reference
from qunxiang.charts.words import figure, say

NAMES_SHARE = 0.38  # of the sheet's width that names of rows may take
ROW, ROW_DEEP = 26.0, 30.0  # height in px of a row whose name has one line, two lines


@dataclass(frozen=True)
class Area:
    """The plotting area in px."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in px."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in px."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Names:
    """Names of rows, set in lines of at most `room` px; `width` is the column they need with its margins."""

    lines: tuple[tuple[str, ...], ...]
    room: float

    @property
    def width(self) -> float:
        """Width of the column in px, margins included."""
        return max((text_width(line) for name in self.lines for line in name), default=0.0) + 14

    @property
    def deep(self) -> bool:
        """Whether a name has two lines."""
        return any(len(name) > 1 for name in self.lines)


def row_names(names: Sequence[str], width: float, *, lines: int = 2, tails: Sequence[str] = ()) -> Names:
    """Set the names of rows on a sheet of `width` px, of which they take at most :data:`NAMES_SHARE`."""
    room = width * NAMES_SHARE - 14
    ends = tails or [""] * len(names)
    return Names(tuple(wrap(name, room, lines, end) for name, end in zip(names, ends, strict=True)), room)


def rows_height(names: Names, *, extra: float = 0.0) -> float:
    """Return the height in px of the rows that `names` belong to, `extra` px more for each."""
    return max(len(names.lines), 1) * ((ROW_DEEP if names.deep else ROW) + extra)


def tick_text(value: float, axis: Axis, lang: str) -> str:
    """Write a tick value: shorter than the figure of a mark."""
    if axis.format == "percent":
        return f"{value * 100:.6g}%"
    if axis.format in ("count", "money") or abs(value) >= 1000:
        return f"{value:,.10g}"
    return f"{value:.6g}" if axis.format == "number" else figure(value, axis, lang)


def across(sheet: Sheet, area: Area, axis: Axis, bounds: tuple[float, float], lang: str) -> Scale:
    """Draw a horizontal value axis below the area and return its scale."""
    scale = Scale(*bounds, area.left, area.right)
    longest = max(text_width(tick_text(v, axis, lang)) for v in ticks(*bounds)) + 12
    for value in ticks(*bounds, about=max(2, min(6, int(area.width / longest)))):
        x = scale(value)
        sheet.line((x, area.top), (x, area.bottom), GRID)
        sheet.text(x, area.bottom + 14, tick_text(value, axis, lang), MUTED, text_anchor="middle")
    title = fit(say(axis.title, lang), area.width)
    sheet.text((area.left + area.right) / 2, area.bottom + 30, title, MUTED, text_anchor="middle")
    return scale


def up(sheet: Sheet, area: Area, axis: Axis, bounds: tuple[float, float], lang: str) -> Scale:
    """Draw a vertical value axis left of the area, its title above it, and return its scale."""
    scale = Scale(*bounds, area.bottom, area.top)
    for value in ticks(*bounds, about=min(max(2, int(area.height / 40)), 12)):
        y = scale(value)
        sheet.line((area.left, y), (area.right, y), GRID)
        sheet.text(area.left - 6, y + 4, tick_text(value, axis, lang), MUTED, text_anchor="end")
    sheet.text(2, area.top - 8, fit(say(axis.title, lang), area.right - 2), MUTED)
    return scale


def ticks_width(axis: Axis, bounds: tuple[float, float], lang: str) -> float:
    """Return the room in px that tick texts left of the area need."""
    steps = (value for about in range(2, 13) for value in ticks(*bounds, about=about))  # however many `up` draws
    return max(text_width(tick_text(value, axis, lang)) for value in steps) + 10


def row_middles(area: Area, count: int) -> list[float]:
    """Return the middle of each of `count` rows of equal height."""
    step = area.height / max(count, 1)
    return [area.top + (i + 0.5) * step for i in range(count)]


def names_left(sheet: Sheet, right: float, names: Names, middles: Sequence[float]) -> None:
    """Write the names of rows with their right ends at `right`; in one line each where rows are too low for two."""
    step = middles[1] - middles[0] if len(middles) > 1 else sheet.height
    for lines, y in zip(names.lines, middles, strict=True):
        shown = lines if step >= 2 * LINE_HEIGHT else (fit(" ".join(lines), right - 2),)
        sheet.texts(right, y, shown, INK, text_anchor="end")


def columns_lines(names: Sequence[str], width: float) -> int:
    """Return the lines, 1 or 2, that names below an area need when it is `width` px wide."""
    step = width / max(len(names), 1)
    return 2 if step >= 40 and any(text_width(name) > step - 6 for name in names) else 1


def names_below(sheet: Sheet, area: Area, names: Sequence[str], middles: Sequence[float], *, lines: int = 1) -> None:
    """Write names below the area in one or two lines, leaving out those for which there is no room."""
    if not names:
        return
    step = area.width / len(names)
    wanted = min(max(text_width(name) for name in names) / lines + 8, max(step, 64.0))
    every = 1 if lines > 1 else max(1, -int(-wanted // step))
    for name, x in list(zip(names, middles, strict=True))[::every]:
        for index, line in enumerate(wrap(name, step * every - 4, lines)):
            sheet.text(x, area.bottom + 14 + index * LINE_HEIGHT, line, MUTED, text_anchor="middle")


def references_across(sheet: Sheet, area: Area, scale: Scale, references: Sequence[Reference], lang: str) -> None:
    """Draw dashed vertical lines with their titles above the area."""
    for reference in references:
        x = scale(reference.value)
        sheet.line((x, area.top - 4), (x, area.bottom), MUTED, stroke_dasharray="4 3")
        title = fit(say(reference.title, lang), area.width / 2)
        half = text_width(title) / 2
        sheet.text(min(max(x, half + 2), sheet.width - half - 2), area.top - 8, title, MUTED, text_anchor="middle")


def references_up(sheet: Sheet, area: Area, scale: Scale, references: Sequence[Reference], lang: str) -> None:
    """Draw dashed horizontal lines with their titles above or below them at the right end."""
    for reference in references:
        y = scale(reference.value)
        sheet.line((area.left, y), (area.right, y), MUTED, stroke_dasharray="4 3")
        title = fit(say(reference.title, lang), area.width / 2)
        sheet.text(area.right - 2, y + (13 if reference.below else -4), title, MUTED, text_anchor="end")


def legend(sheet: Sheet, entries: Sequence[tuple[str, str]]) -> float:
    """Write (name, colour) pairs at the top, in as many rows as needed; return the height used in px."""
    x, y = 2.0, 4.0
    for name, colour in entries:
        shown = fit(name, sheet.width * 0.48 - 30)
        room = 16 + text_width(shown) + 14
        if x + room > sheet.width and x > 2:
            x, y = 2.0, y + 17
        sheet.bar(x, y, x + 10, y + 10, colour, rx=2)
        sheet.text(x + 15, y + FONT_SIZE - 1.5, shown)
        x += room
    return y + 18 if entries else 0.0
