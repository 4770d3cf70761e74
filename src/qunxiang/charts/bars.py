"""The bar chart as SVG: bars with whiskers, thin base bars, and values that stand clear of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qunxiang.charts.frame import (
    Area,
    Names,
    across,
    columns_lines,
    legend,
    names_below,
    names_left,
    references_across,
    references_up,
    row_middles,
    row_names,
    rows_height,
    ticks_width,
    up,
)
from qunxiang.charts.ink import LINE_HEIGHT, Sheet, text_width
from qunxiang.charts.palette import ACCENT, BASE, INK, MUTED, ink_on, segment_colour
from qunxiang.charts.scales import Scale, known, limits
from qunxiang.charts.spec import Bar, BarChart
from qunxiang.charts.words import figure, heading, say

GAP = 6.0  # px between a bar's end and its value
_FOOT = 36.0  # px for ticks and title of the value axis
_GUTTER_SHARE = 0.2  # of the sheet that values beyond the axis may take on either side


def bars_height(chart: BarChart, lang: str, width: float) -> float:
    """Return the height in px that gives each bar its row; a fixed one for upright bars."""
    used = legend(Sheet(width, 0.0), _legend(chart, lang))
    if not chart.horizontal:
        return used + 260.0
    extra = 2.0 if _with_base(chart) else 0.0
    return used + _head(chart) + rows_height(_names(chart, lang, width), extra=extra) + _FOOT


def draw_bars(chart: BarChart, sheet: Sheet, lang: str) -> None:
    """Draw the chart with its bars lying or upright."""
    drawn = [value for b in chart.bars for value in (b.value, b.low, b.high, b.base)]
    bounds = limits(chart.axis, [*drawn, *(r.value for r in chart.references)], from_zero=True)
    used = legend(sheet, _legend(chart, lang))
    if chart.horizontal:
        _lying(chart, sheet, lang, bounds, used)
    else:
        _upright(chart, sheet, lang, bounds, used)


def _legend(chart: BarChart, lang: str) -> list[tuple[str, str]]:
    if not _with_base(chart):
        return []
    own = [] if chart.value_title is None else [(say(chart.value_title, lang), ACCENT)]
    return [*own, (heading(chart.base_title, "base", lang), BASE)]


def _with_base(chart: BarChart) -> bool:
    return any(bar.base is not None for bar in chart.bars)


def _head(chart: BarChart) -> float:
    return 18.0 if chart.references else 4.0


def _names(chart: BarChart, lang: str, width: float) -> Names:
    return row_names([say(bar.name, lang) for bar in chart.bars], width)


def _upright(chart: BarChart, sheet: Sheet, lang: str, bounds: tuple[float, float], used: float) -> None:
    names = [say(bar.name, lang) for bar in chart.bars]
    left, right = ticks_width(chart.axis, bounds, lang), sheet.width - 8
    lines = columns_lines(names, right - left)
    area = Area(left, used + 22, right, sheet.height - 9 - lines * LINE_HEIGHT)
    scale = up(sheet, area, chart.axis, bounds, lang)
    step = area.width / max(len(names), 1)
    middles = [area.left + (i + 0.5) * step for i in range(len(names))]
    names_below(sheet, area, names, middles, lines=lines)
    references_up(sheet, area, scale, chart.references, lang)
    for bar, middle in zip(chart.bars, middles, strict=True):
        _bar(sheet, bar, scale, middle, min(step * 0.28, 9.0), horizontal=False)


def _lying(chart: BarChart, sheet: Sheet, lang: str, bounds: tuple[float, float], used: float) -> None:
    names = _names(chart, lang, sheet.width)
    values = [_Value(bar, figure(bar.value, chart.axis, lang)) for bar in chart.bars]
    left, right = _gutters(values, bounds, names.width, sheet.width)
    area = Area(names.width + left, used + _head(chart), sheet.width - right, sheet.height - _FOOT)
    scale = across(sheet, area, chart.axis, bounds, lang)
    middles = row_middles(area, len(values))
    names_left(sheet, names.width - 8, names, middles)
    references_across(sheet, area, scale, chart.references, lang)
    half = min(area.height / max(len(values), 1) * 0.28, 9.0)
    for value, middle in zip(values, middles, strict=True):
        _bar(sheet, value.bar, scale, middle, half, horizontal=True)
        _write(sheet, value, scale, middle, names.width)


@dataclass(frozen=True)
class _Value:
    """The written value of a bar and the side of zero on which it stands."""

    bar: Bar
    shown: str

    @property
    def negative(self) -> bool:
        return self.bar.value is not None and self.bar.value < 0

    @property
    def end(self) -> float:
        """The outermost point, on the value's side, of bar, whisker and base."""
        points = [0.0, *known((self.bar.value, self.bar.low, self.bar.high, self.bar.base))]
        return min(points) if self.negative else max(points)


def _gutters(values: Sequence[_Value], bounds: tuple[float, float], names: float, width: float) -> tuple[float, float]:
    """Return the room in px that values need left and right of the axis, beyond what their bars leave free."""
    most = width * _GUTTER_SHARE
    wide = [(value, min(text_width(value.shown) + GAP + 2, most)) for value in values]
    sides = [max((room for value, room in wide if value.negative is side), default=0.0) for side in (True, False)]
    narrow = max(width - names - sum(sides) - 28, 0.0)  # wider than this can only leave more room
    shares = [(value.end - bounds[0]) / (bounds[1] - bounds[0]) for value in values]
    left = [room - share * narrow for (v, room), share in zip(wide, shares, strict=True) if v.negative]
    right = [room - (1 - share) * narrow for (v, room), share in zip(wide, shares, strict=True) if not v.negative]
    return max([0.0, *left]), max([14.0, *right])


def _write(sheet: Sheet, value: _Value, scale: Scale, middle: float, names: float) -> None:
    """Write a value beyond the end of its bar, or inside the bar when the sheet has no room there."""
    wide, end = text_width(value.shown), scale(value.end)
    x = end - GAP - wide if value.negative else end + GAP
    if x >= names - 6 and x + wide <= sheet.width:
        anchor = {"text_anchor": "end"} if value.negative else {}
        sheet.text(end - GAP if value.negative else x, middle + 4, value.shown, MUTED, **anchor)
        return
    ink = ink_on(segment_colour(value.bar.colour))
    inside = min(max(x, names - 6), sheet.width - wide)
    sheet.text(max(inside, 0.0), middle + 4, value.shown, ink)


def _bar(sheet: Sheet, bar: Bar, scale: Scale, middle: float, half: float, *, horizontal: bool) -> None:
    def rect(value: float, near: float, far: float, colour: str) -> None:
        start, end = scale(0.0), scale(value)
        corners = (start, near, end, far) if horizontal else (near, start, far, end)
        sheet.bar(*corners, colour, rx=1.5)

    def stroke(a: tuple[float, float], b: tuple[float, float]) -> None:
        first, second = (a, b) if horizontal else (a[::-1], b[::-1])
        sheet.line(first, second, INK, stroke_width=1.25)

    if bar.value is not None:
        rect(bar.value, middle - half, middle + half, segment_colour(bar.colour))
    if bar.base is not None:
        rect(bar.base, middle + half + 1.5, middle + half + 5, BASE)
    if bar.low is not None and bar.high is not None:
        low, high, cap = scale(bar.low), scale(bar.high), half * 0.6
        stroke((low, middle), (high, middle))
        stroke((low, middle - cap), (low, middle + cap))
        stroke((high, middle - cap), (high, middle + cap))
