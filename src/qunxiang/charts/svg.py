"""A chart specification as a small SVG for documents.

Only attributes are used, and text is text in "Noto Sans SC", so that Typst draws the same as a browser. What is unknown
(``None``) is left out, never drawn as zero.
"""

from __future__ import annotations

from functools import singledispatch
from itertools import groupby, pairwise

from qunxiang.charts.frame import (
    Area,
    across,
    legend,
    names_below,
    names_left,
    names_width,
    references_across,
    references_up,
    ticks_width,
    up,
)
from qunxiang.charts.ink import Sheet, fit, text_width
from qunxiang.charts.maps import draw_bubbles
from qunxiang.charts.palette import ACCENT, BASE, INK, MUTED, PAPER, ink_on, mix, segment_colour
from qunxiang.charts.scales import Scale, cell_colours, limits
from qunxiang.charts.spec import (
    Axis,
    Bar,
    BarChart,
    BoxChart,
    BubbleMap,
    Chart,
    Heatmap,
    HistogramChart,
    LineChart,
    Series,
    StackedBar,
)
from qunxiang.charts.words import figure, heading, say, word


def to_svg(chart: Chart, lang: str, width: float = 640, height: float = 320) -> str:
    """Return `chart` as an SVG document of `width` × `height` px without its title, which the document writes.

    The title is in the ``<title>`` element for readers who cannot see the drawing.
    """
    sheet = Sheet(float(width), float(height))
    _draw(chart, sheet, lang)
    return sheet.finish(say(chart.title, lang))


@singledispatch
def _draw(chart: Chart, sheet: Sheet, lang: str) -> None:
    raise TypeError(f"no drawing for {type(chart).__name__}; the kinds are in qunxiang.charts.spec")


_draw.register(BubbleMap, draw_bubbles)


@_draw.register
def _bars(chart: BarChart, sheet: Sheet, lang: str) -> None:
    drawn = [value for b in chart.bars for value in (b.value, b.low, b.high, b.base)]
    bounds = limits(chart.axis, [*drawn, *(r.value for r in chart.references)], from_zero=True)
    with_base = any(bar.base is not None for bar in chart.bars)
    used = legend(sheet, [(heading(chart.base_title, "base", lang), BASE)]) if with_base else 0.0
    names = [say(bar.name, lang) for bar in chart.bars]
    if chart.horizontal:
        top = used + (18 if chart.references else 4)
        area = Area(names_width(names, sheet), top, sheet.width - 56, sheet.height - 36)
        scale = across(sheet, area, chart.axis, bounds, lang)
        middles, step = names_left(sheet, area, names), area.height / max(len(names), 1)
        references_across(sheet, area, scale, chart.references, lang)
    else:
        area = Area(ticks_width(chart.axis, bounds, lang), used + 22, sheet.width - 8, sheet.height - 22)
        scale = up(sheet, area, chart.axis, bounds, lang)
        step = area.width / max(len(names), 1)
        middles = [area.left + (i + 0.5) * step for i in range(len(names))]
        names_below(sheet, area, names, middles)
        references_up(sheet, area, scale, chart.references, lang)
    for bar, middle in zip(chart.bars, middles, strict=True):
        half = min(step * 0.28, 9.0)
        _one_bar(sheet, bar, scale, middle, half, horizontal=chart.horizontal)
        if chart.horizontal:
            end = scale(max([v for v in (bar.value, bar.high, bar.base) if v is not None], default=0.0))
            shown = figure(bar.value, chart.axis, lang)
            sheet.text(min(end + 6, sheet.width - text_width(shown) - 2), middle + 4, shown, MUTED)


def _one_bar(sheet: Sheet, bar: Bar, scale: Scale, middle: float, half: float, *, horizontal: bool) -> None:
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


def _upright_area(sheet: Sheet, axis: Axis, bounds: tuple[float, float], used: float, lang: str) -> Area:
    return Area(ticks_width(axis, bounds, lang), used + 22, sheet.width - 14, sheet.height - 36)


@_draw.register
def _lines(chart: LineChart, sheet: Sheet, lang: str) -> None:
    drawn = [v for s in chart.series for part in (s.values, s.low or (), s.high or ()) for v in part]
    bounds = limits(chart.y, [*drawn, *(r.value for r in chart.references)], from_zero=False)
    several = len(chart.series) > 1
    used = legend(sheet, [(say(s.name, lang), segment_colour(s.colour)) for s in chart.series]) if several else 0.0
    last = text_width(chart.categories[-1]) / 2 + 2 if chart.categories else 0.0
    whole = _upright_area(sheet, chart.y, bounds, used, lang)
    area = Area(whole.left, whole.top, sheet.width - max(14.0, last), whole.bottom)
    scale = up(sheet, area, chart.y, bounds, lang)
    count = len(chart.categories)
    gap = area.width / max(count - 1, 1)
    places = [area.left + i * gap if count > 1 else area.left + area.width / 2 for i in range(count)]
    names_below(sheet, area, chart.categories, places)
    title = fit(say(chart.x_title, lang), area.width)
    sheet.text((area.left + area.right) / 2, area.bottom + 30, title, MUTED, text_anchor="middle")
    references_up(sheet, area, scale, chart.references, lang)
    for line in chart.series:
        _band(sheet, line, places, scale)
    for line in chart.series:
        _line(sheet, line, places, scale)


def _runs(points: list[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    groups = groupby(points, key=lambda point: point is not None)
    return [[point for point in group if point is not None] for present, group in groups if present]


def _band(sheet: Sheet, line: Series, places: list[float], scale: Scale) -> None:
    if line.low is None or line.high is None:
        return
    pairs = list(zip(places, line.low, line.high, strict=True))
    lows = [None if a is None or b is None else (x, scale(a)) for x, a, b in pairs]
    highs = [None if a is None or b is None else (x, scale(b)) for x, a, b in pairs]
    for low, high in zip(_runs(lows), _runs(highs), strict=True):
        colour = segment_colour(line.colour)
        sheet.path([*low, *reversed(high)], closed=True, fill=colour, fill_opacity=0.16)


def _line(sheet: Sheet, line: Series, places: list[float], scale: Scale) -> None:
    colour = segment_colour(line.colour)
    points = [None if v is None else (x, scale(v)) for x, v in zip(places, line.values, strict=True)]
    for run in _runs(points):
        if len(run) > 1:
            sheet.path(run, fill="none", stroke=colour, stroke_width=2, stroke_linejoin="round")
        for x, y in run:
            sheet.add("circle", cx=x, cy=y, r=2.5, fill=colour)


@_draw.register
def _stacked(chart: StackedBar, sheet: Sheet, lang: str) -> None:
    count = len(chart.categories)
    sums = [sum(s.values[i] or 0.0 for s in chart.series) for i in range(count)]
    bounds = limits(chart.axis, sums, from_zero=True)
    used = legend(sheet, [(say(s.name, lang), segment_colour(s.colour)) for s in chart.series])
    area = _upright_area(sheet, chart.axis, bounds, used, lang)
    scale = up(sheet, area, chart.axis, bounds, lang)
    step = area.width / max(count, 1)
    middles = [area.left + (i + 0.5) * step for i in range(count)]
    names_below(sheet, area, [say(c, lang) for c in chart.categories], middles)
    half = min(step * 0.36, 21.0)
    for i, middle in enumerate(middles):
        reached = 0.0
        for line in chart.series:
            value = line.values[i]
            if value:
                start, end = scale(reached), scale(reached + value)
                sheet.bar(middle - half, start, middle + half, end, segment_colour(line.colour), stroke=PAPER)
                reached += value


@_draw.register
def _boxes(chart: BoxChart, sheet: Sheet, lang: str) -> None:
    drawn = [value for group in chart.groups for value in group.five]
    bounds = limits(chart.axis, [*drawn, *(r.value for r in chart.references)], from_zero=False)
    counts = Axis("", "count")
    sizes = [f"  n={figure(group.n, counts, lang)}" for group in chart.groups]
    room = sheet.width / 3 - 16
    names = [
        fit(say(g.name, lang), room - text_width(size)) + size for g, size in zip(chart.groups, sizes, strict=True)
    ]
    area = Area(names_width(names, sheet), 18 if chart.references else 4, sheet.width - 18, sheet.height - 36)
    whiskers = say(chart.whiskers_title, lang)
    title = say(chart.axis.title, lang) + (f" · {whiskers}" if whiskers else "")
    scale = across(sheet, area, Axis(title, chart.axis.format), bounds, lang)
    middles = names_left(sheet, area, names)
    references_across(sheet, area, scale, chart.references, lang)
    half = min(area.height / max(len(names), 1) * 0.28, 9.0)
    for group, y in zip(chart.groups, middles, strict=True):
        colour = segment_colour(group.colour)
        low, first, middle, third, high = (scale(value) for value in group.five)
        sheet.line((low, y), (high, y), colour, stroke_width=1.25)
        for end in (low, high):
            sheet.line((end, y - half * 0.5), (end, y + half * 0.5), colour, stroke_width=1.25)
        sheet.bar(first, y - half, third, y + half, mix(PAPER, colour, 0.22), stroke=colour, stroke_width=1.25)
        sheet.line((middle, y - half), (middle, y + half), colour, stroke_width=2)


@_draw.register
def _histogram(chart: HistogramChart, sheet: Sheet, lang: str) -> None:
    counted = Axis(word("count", lang), "count")
    bounds = limits(counted, chart.counts, from_zero=True)
    area = _upright_area(sheet, counted, bounds, 0.0, lang)
    y = up(sheet, area, counted, bounds, lang)
    first, last = (chart.edges[0], chart.edges[-1]) if chart.edges else (0.0, 1.0)
    ends = (first, last if last > first else first + 1)
    x = across(sheet, area, Axis(chart.axis.title, chart.axis.format), ends, lang)
    for (left, right), count in zip(pairwise(chart.edges), chart.counts, strict=True):
        sheet.bar(x(left), y(0.0), x(right), y(count), ACCENT, stroke=PAPER)
    references_across(sheet, area, x, chart.references, lang)


@_draw.register
def _matrix(chart: Heatmap, sheet: Sheet, lang: str) -> None:
    rows, columns = [say(row, lang) for row in chart.rows], [say(column, lang) for column in chart.columns]
    area = Area(names_width(rows, sheet), 4, sheet.width - 4, sheet.height - 22)
    middles = names_left(sheet, area, rows)
    step, tall = area.width / max(len(columns), 1), area.height / max(len(rows), 1)
    names_below(sheet, area, columns, [area.left + (i + 0.5) * step for i in range(len(columns))])
    axis = Axis("", chart.format)
    for (r, c), colour in cell_colours(chart).items():
        left, top = area.left + c * step, area.top + r * tall
        sheet.bar(left + 1, top + 1, left + step - 1, top + tall - 1, colour, rx=3)
        shown = fit(figure(chart.values[r][c], axis, lang), step - 6)
        sheet.text(left + step / 2, middles[r] + 4, shown, ink_on(colour), text_anchor="middle")
        if (r, c) in chart.hatched:
            _hatch(sheet, Area(left + 1, top + 1, left + step - 1, top + tall - 1))
    for r, row in enumerate(chart.values):
        for c in (c for c, value in enumerate(row) if value is None):
            shown = fit(figure(None, axis, lang), step - 6)
            sheet.text(area.left + (c + 0.5) * step, middles[r] + 4, shown, MUTED, text_anchor="middle")


def _hatch(sheet: Sheet, cell: Area) -> None:
    shift = -cell.height
    while shift < cell.width:
        x1, x2 = max(shift, 0.0), min(shift + cell.height, cell.width)
        start = (cell.left + x1, cell.bottom - (x1 - shift))
        end = (cell.left + x2, cell.bottom - (x2 - shift))
        sheet.line(start, end, INK, stroke_opacity=0.35)
        shift += 7
