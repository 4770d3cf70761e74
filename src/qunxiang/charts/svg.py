"""A chart specification as a small SVG for documents.

Only attributes are used, and text is text in "Noto Sans SC", so that Typst draws the same as a browser. What is unknown
(``None``) is left out, never drawn as zero.
"""

from __future__ import annotations

from functools import singledispatch
from itertools import groupby, pairwise

from qunxiang.charts.bars import bars_height, draw_bars
from qunxiang.charts.biplots import draw_biplot
from qunxiang.charts.dots import dots_height, draw_dots
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
from qunxiang.charts.ink import LINE_HEIGHT, Sheet, fit, text_width
from qunxiang.charts.maps import draw_bubbles
from qunxiang.charts.palette import ACCENT, INK, MUTED, PAPER, ink_on, mix, segment_colour
from qunxiang.charts.planes import draw_clouds, draw_mosaic, mosaic_height
from qunxiang.charts.scales import Scale, cell_colours, limits
from qunxiang.charts.spec import (
    Axis,
    BarChart,
    Biplot,
    BoxChart,
    BubbleMap,
    Chart,
    CloudMap,
    DotChart,
    Heatmap,
    HistogramChart,
    LineChart,
    Mosaic,
    Series,
    StackedBar,
)
from qunxiang.charts.words import figure, say, word


def to_svg(chart: Chart, lang: str, width: float = 640, height: float | None = None) -> str:
    """Return `chart` as an SVG document of `width` × `height` px without its title, which the document writes.

    Without a `height`, a chart with rows is as high as its rows need and any other is :func:`drawn_height` high. The
    title is in the ``<title>`` element for readers who cannot see the drawing.
    """
    sheet = Sheet(float(width), drawn_height(chart, lang, width) if height is None else float(height))
    _draw(chart, sheet, lang)
    return sheet.finish(say(chart.title, lang))


def drawn_height(chart: Chart, lang: str, width: float = 640) -> float:
    """Return the height in px of a drawing `width` px wide: 26 to 32 px for each row, and the axis."""
    match chart:
        case BarChart():
            return bars_height(chart, lang, width)
        case DotChart():
            return dots_height(chart, lang, width)
        case BoxChart():
            return _boxes_head(chart) + rows_height(_box_names(chart, lang, width)) + 36
        case Heatmap():
            return 4 + rows_height(_matrix_rows(chart, lang, width), extra=2) + 38
        case BubbleMap() | CloudMap():
            return 340.0
        case Biplot():
            return 460.0
        case Mosaic():
            return mosaic_height(chart)
        case _:
            return 280.0


@singledispatch
def _draw(chart: Chart, sheet: Sheet, lang: str) -> None:
    raise TypeError(f"no drawing for {type(chart).__name__}; the kinds are in qunxiang.charts.spec")


_draw.register(BubbleMap, draw_bubbles)
_draw.register(BarChart, draw_bars)
_draw.register(DotChart, draw_dots)
_draw.register(CloudMap, draw_clouds)
_draw.register(Mosaic, draw_mosaic)
_draw.register(Biplot, draw_biplot)


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
    names = [say(c, lang) for c in chart.categories]
    names_below(sheet, area, names, middles, lines=columns_lines(names, area.width))
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
    names = _box_names(chart, lang, sheet.width)
    area = Area(names.width, _boxes_head(chart), sheet.width - 18, sheet.height - 36)
    whiskers = say(chart.whiskers_title, lang)
    title = say(chart.axis.title, lang) + (f" · {whiskers}" if whiskers else "")
    scale = across(sheet, area, Axis(title, chart.axis.format), bounds, lang)
    middles = row_middles(area, len(chart.groups))
    names_left(sheet, area.left - 8, names, middles)
    references_across(sheet, area, scale, chart.references, lang)
    half = min(area.height / max(len(chart.groups), 1) * 0.28, 9.0)
    for group, y in zip(chart.groups, middles, strict=True):
        colour = segment_colour(group.colour)
        low, first, middle, third, high = (scale(value) for value in group.five)
        sheet.line((low, y), (high, y), colour, stroke_width=1.25)
        for end in (low, high):
            sheet.line((end, y - half * 0.5), (end, y + half * 0.5), colour, stroke_width=1.25)
        sheet.bar(first, y - half, third, y + half, mix(PAPER, colour, 0.22), stroke=colour, stroke_width=1.25)
        sheet.line((middle, y - half), (middle, y + half), colour, stroke_width=2)


def _boxes_head(chart: BoxChart) -> float:
    return 18.0 if chart.references else 4.0


def _box_names(chart: BoxChart, lang: str, width: float) -> Names:
    counts = Axis("", "count")
    tails = [f"  n={figure(group.n, counts, lang)}" for group in chart.groups]
    return row_names([say(group.name, lang) for group in chart.groups], width, tails=tails)


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
    rows, columns = _matrix_rows(chart, lang, sheet.width), [say(column, lang) for column in chart.columns]
    left, right = rows.width, sheet.width - 4
    lines = columns_lines(columns, right - left)
    area = Area(left, 4, right, sheet.height - 9 - lines * LINE_HEIGHT)
    middles = row_middles(area, len(chart.rows))
    names_left(sheet, left - 8, rows, middles)
    step, tall = area.width / max(len(columns), 1), area.height / max(len(chart.rows), 1)
    names_below(sheet, area, columns, [left + (i + 0.5) * step for i in range(len(columns))], lines=lines)
    axis = Axis("", chart.format)
    for (r, c), colour in cell_colours(chart).items():
        start, top = area.left + c * step, area.top + r * tall
        sheet.bar(start + 1, top + 1, start + step - 1, top + tall - 1, colour, rx=3)
        shown = fit(figure(chart.values[r][c], axis, lang), step - 6)
        sheet.text(start + step / 2, middles[r] + 4, shown, ink_on(colour), text_anchor="middle")
        if (r, c) in chart.hatched:
            _hatch(sheet, Area(start + 1, top + 1, start + step - 1, top + tall - 1))
    for r, row in enumerate(chart.values):
        for c in (c for c, value in enumerate(row) if value is None):
            shown = fit(chart.empty or figure(None, axis, lang), step - 6)
            sheet.text(area.left + (c + 0.5) * step, middles[r] + 4, shown, MUTED, text_anchor="middle")


def _matrix_rows(chart: Heatmap, lang: str, width: float) -> Names:
    return row_names([say(row, lang) for row in chart.rows], width)


def _hatch(sheet: Sheet, cell: Area) -> None:
    shift = -cell.height
    while shift < cell.width:
        x1, x2 = max(shift, 0.0), min(shift + cell.height, cell.width)
        start = (cell.left + x1, cell.bottom - (x1 - shift))
        end = (cell.left + x2, cell.bottom - (x2 - shift))
        sheet.line(start, end, INK, stroke_opacity=0.35)
        shift += 7
