"""The dot plot as SVG: a dot with its whisker per row, and a hollow dot for the value before it was adjusted."""

from __future__ import annotations

from qunxiang.charts.frame import (
    Area,
    Names,
    across,
    legend,
    names_left,
    references_across,
    row_middles,
    row_names,
    rows_height,
)
from qunxiang.charts.ink import Sheet
from qunxiang.charts.palette import ACCENT, BASE, INK, PAPER, mix, segment_colour
from qunxiang.charts.scales import Scale, limits
from qunxiang.charts.spec import Dot, DotChart
from qunxiang.charts.words import say

_FOOT = 36.0  # px for ticks and title of the value axis


def dots_height(chart: DotChart, lang: str, width: float) -> float:
    """Return the height in px that gives each dot its row."""
    used = legend(Sheet(width, 0.0), _legend(chart, lang))
    return used + _head(chart) + rows_height(_names(chart, lang, width)) + _FOOT


def draw_dots(chart: DotChart, sheet: Sheet, lang: str) -> None:
    """Draw the chart."""
    drawn = [value for d in chart.dots for value in (d.value, d.low, d.high, d.raw)]
    bounds = limits(chart.axis, [*drawn, *(r.value for r in chart.references)], from_zero=False)
    used = legend(sheet, _legend(chart, lang))
    names = _names(chart, lang, sheet.width)
    area = Area(names.width, used + _head(chart), sheet.width - 18, sheet.height - _FOOT)
    scale = across(sheet, area, chart.axis, bounds, lang)
    middles = row_middles(area, len(chart.dots))
    names_left(sheet, area.left - 8, names, middles)
    references_across(sheet, area, scale, chart.references, lang)
    for dot, middle in zip(chart.dots, middles, strict=True):
        _dot(sheet, dot, scale, middle)


def _dot(sheet: Sheet, dot: Dot, scale: Scale, y: float) -> None:
    colour = segment_colour(dot.colour)
    if dot.raw is not None:
        sheet.add("circle", cx=scale(dot.raw), cy=y, r=4, fill=PAPER, stroke=BASE, stroke_width=1.5)
    if dot.low is not None and dot.high is not None:
        low, high = scale(dot.low), scale(dot.high)
        sheet.line((low, y), (high, y), INK, stroke_width=1.25)
        for end in (low, high):
            sheet.line((end, y - 4), (end, y + 4), INK, stroke_width=1.25)
    if dot.value is not None:
        fill = mix(PAPER, colour, 0.35) if dot.faint else colour
        sheet.add("circle", cx=scale(dot.value), cy=y, r=5, fill=fill, stroke=colour, stroke_width=1)


def _legend(chart: DotChart, lang: str) -> list[tuple[str, str]]:
    if all(dot.raw is None for dot in chart.dots):
        return []
    return [(say(chart.value_title, lang), ACCENT), (say(chart.raw_title, lang), BASE)]


def _head(chart: DotChart) -> float:
    return 18.0 if chart.references else 4.0


def _names(chart: DotChart, lang: str, width: float) -> Names:
    return row_names([say(dot.name, lang) for dot in chart.dots], width)
