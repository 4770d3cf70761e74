"""A chart specification as an Apache ECharts option.

The option is plain JSON. What ECharts wants as a function is named by a string that starts with ``qx:`` and is looked
up in ``static/js/charts.js``: ``qx:tip`` and ``qx:name`` write texts, ``qx:format:percent`` writes ticks,
``qx:whisker``, ``qx:cross``, ``qx:base``, ``qx:bin`` and ``qx:hatch`` draw marks. Tooltip texts are written here, in
the ``tip`` of each item, and reach the page as text nodes, so that a name can hold anything.
"""

from __future__ import annotations

from functools import singledispatch
from itertools import pairwise
from typing import Any

from qunxiang.charts.biplots import SIZES, colour_of, plane_bounds
from qunxiang.charts.palette import ACCENT, BASE, GRID, INK, MUTED, PAPER, ink_on, mix, segment_colour
from qunxiang.charts.planes import NAMES_WIDTH, bounds_of, link_width, mosaic_height, tiles
from qunxiang.charts.scales import cell_colours, limits
from qunxiang.charts.spec import (
    Axis,
    Bar,
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
    Reference,
    Series,
    StackedBar,
    Text,
)
from qunxiang.charts.words import between, figure, heading, say, span, word

Option = dict[str, Any]
FONT = (
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, Inter, "Noto Sans", Ubuntu, "PingFang SC", '
    '"Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif'
)
BAR_WIDTH = 14
LARGEST_BUBBLE = 58.0  # diameter in px


def to_echarts(chart: Chart, lang: str) -> Option:
    """Return the ECharts option of `chart`, every text in `lang`."""
    return {
        "textStyle": {"fontFamily": FONT, "color": INK, "fontSize": 12},
        "tooltip": {"trigger": "item", "formatter": "qx:tip", "confine": True, "borderColor": GRID, "padding": 10},
        "grid": {"left": 12, "right": 28, "top": 20, "bottom": 12},
        **_option(chart, lang),
    }


def chart_height(chart: Chart) -> int:
    """Return the height in px that gives every row of the chart its room."""
    match chart:
        case BarChart(horizontal=True):
            return max(150, 76 + len(chart.bars) * (36 if any(b.base is not None for b in chart.bars) else 30))
        case DotChart():
            return max(170, 92 + 28 * len(chart.dots))
        case BoxChart():
            return max(170, 80 + 38 * len(chart.groups))
        case Heatmap():
            return max(170, 56 + 36 * len(chart.rows))
        case BubbleMap() | CloudMap():
            return 380
        case Biplot():
            return 560
        case Mosaic():
            return int(mosaic_height(chart))
        case _:
            return 300


@singledispatch
def _option(chart: Chart, lang: str) -> Option:
    raise TypeError(f"no option for {type(chart).__name__}; the kinds are in qunxiang.charts.spec")


def _value_axis(axis: Axis, bounds: tuple[float, float], lang: str, *, upright: bool = False) -> Option:
    title = say(axis.title, lang)
    place: Option = {"nameGap": 12, "nameRotate": 90} if upright else {"nameGap": 10}
    return {
        "type": "value",
        "min": bounds[0],
        "max": bounds[1],
        "name": title,
        "nameLocation": "middle",
        "nameTextStyle": {"color": MUTED},
        "axisLabel": {"color": MUTED, "formatter": f"qx:format:{axis.format}", "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": GRID}},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        **place,
    }


def _names_axis(
    names: list[str], *, title: str = "", down: bool = False, every: bool = True, line_height: int = 14
) -> Option:
    label: Option = {"color": INK, "lineHeight": line_height}
    if every:
        label |= {"interval": 0, "width": 150 if down else 92, "overflow": "truncate"}
    else:
        label |= {"hideOverlap": True}
    return {
        "type": "category",
        "data": names,
        "inverse": down,
        "name": title,
        "nameLocation": "middle",
        "nameGap": 10,
        "nameTextStyle": {"color": MUTED},
        "axisLabel": label,
        "axisLine": {"lineStyle": {"color": GRID}},
        "axisTick": {"show": False},
    }


def _custom(render_item: str, data: list[Any], name: str = "", **more: Any) -> Option:
    shape = {"type": "custom", "renderItem": f"qx:{render_item}", "data": data, "silent": True, "clip": True}
    return {**shape, "name": name, "tooltip": {"show": False}, **more}


def _lines_at(references: tuple[Reference, ...], key: str, lang: str, *, down: bool = False) -> Option:
    """Return the mark lines; `down` says that the names run downwards, so that a line starts at the top."""
    if not references:
        return {}
    look = {"formatter": "qx:name", "color": MUTED, "fontSize": 11}
    under = {"position": "insideEndBottom"} if key == "yAxis" else {}
    data = [{key: r.value, "name": say(r.title, lang), "label": look | (under if r.below else {})} for r in references]
    place = "insideEndTop" if key == "yAxis" else ("start" if down else "end")
    style = {"type": "dashed", "color": MUTED, "width": 1}
    line = {"silent": True, "symbol": "none", "lineStyle": style, "label": {"position": place, "show": True}}
    # drawn where the value is: by default ECharts rounds it to two decimals, half a percent off on an axis of shares
    return {"markLine": {**line, "data": data, "precision": 15, "animation": False}}


def _tip(title: str, *rows: tuple[str, str | None]) -> Option:
    return {"title": title, "rows": [list(row) for row in rows if row[1] is not None]}


def _legend(names: list[str], **more: Any) -> Option:
    text = {"color": INK, "width": 150, "overflow": "truncate"}
    shape: Option = {"type": "plain", "top": 0, "left": 0, "right": 0, "itemWidth": 12, "itemHeight": 8}
    return {**shape, "data": names, "textStyle": text, "formatter": "qx:plain", **more}


def _bar_item(bar: Bar, chart: BarChart, lang: str) -> Option:
    axis = chart.axis
    base = figure(bar.base, axis, lang) if bar.base is not None else None
    return {
        "value": bar.value,
        "name": say(bar.name, lang),
        "itemStyle": {"color": segment_colour(bar.colour)},
        "tip": _tip(
            say(bar.name, lang),
            (heading(chart.value_title or axis.title, "value", lang), figure(bar.value, axis, lang)),
            (word("interval", lang), span(bar.low, bar.high, axis, lang)),
            (heading(chart.base_title, "base", lang), base),
        ),
    }


@_option.register
def _bars(chart: BarChart, lang: str) -> Option:
    drawn = [value for b in chart.bars for value in (b.value, b.low, b.high, b.base)]
    bounds = limits(chart.axis, [*drawn, *(r.value for r in chart.references)], from_zero=True)
    names = _names_axis([say(b.name, lang) for b in chart.bars], down=chart.horizontal)
    values = _value_axis(chart.axis, bounds, lang, upright=not chart.horizontal)
    x, y = (values, names) if chart.horizontal else (names, values)
    key = "xAxis" if chart.horizontal else "yAxis"
    main: Option = {
        "type": "bar",
        "name": heading(chart.value_title or chart.axis.title, "value", lang),
        "data": [_bar_item(bar, chart, lang) for bar in chart.bars],
        "barWidth": BAR_WIDTH,
        "itemStyle": {"borderRadius": 2},
        **_lines_at(chart.references, key, lang, down=chart.horizontal),
    }
    series = [main]
    base_title = heading(chart.base_title, "base", lang)
    bases = [[i, b.base] for i, b in enumerate(chart.bars) if b.base is not None]
    if bases:
        extra = {"itemStyle": {"color": BASE}, "offset": BAR_WIDTH / 2 + 2, "horizontal": chart.horizontal}
        series.append(_custom("base", bases, base_title, **extra))
    whiskers = [[i, b.low, b.high] for i, b in enumerate(chart.bars) if b.low is not None and b.high is not None]
    if whiskers:
        series.append(_custom("whisker", whiskers, horizontal=chart.horizontal, z=5, itemStyle={"color": INK}))
    option: Option = {"xAxis": x, "yAxis": y, "series": series}
    if bases:
        own = [] if chart.value_title is None else [main["name"]]
        main["itemStyle"] |= {"color": ACCENT} if own else {}
        option["legend"] = _legend([*own, base_title], selectedMode=False)
    top = (28 if bases else 8) + (14 if chart.references and chart.horizontal else 0)
    return option | {"grid": {"left": 12, "right": 28, "top": top, "bottom": 12}}


@_option.register
def _dots(chart: DotChart, lang: str) -> Option:
    drawn = [value for d in chart.dots for value in (d.value, d.low, d.high, d.raw)]
    bounds = limits(chart.axis, [*drawn, *(r.value for r in chart.references)], from_zero=False)
    value_title, raw_title = say(chart.value_title, lang), say(chart.raw_title, lang)
    values: list[Option] = []
    raws: list[Option] = []
    for i, dot in enumerate(chart.dots):
        name, colour = say(dot.name, lang), segment_colour(dot.colour)
        tip = _tip(
            name,
            (value_title, figure(dot.value, chart.axis, lang)),
            (word("interval", lang), span(dot.low, dot.high, chart.axis, lang)),
            (raw_title, None if dot.raw is None else figure(dot.raw, chart.axis, lang)),
            (say(chart.n_title, lang), None if dot.n is None else figure(dot.n, Axis("", "count"), lang)),
            (word("note", lang), say(chart.faint_title, lang) if dot.faint else None),
        )
        if dot.raw is not None:
            hollow: Option = {"color": PAPER, "borderColor": BASE, "borderWidth": 1.5, "opacity": 1}
            raws.append({"value": [dot.raw, i], "name": name, "itemStyle": hollow, "tip": tip})
        if dot.value is not None:
            inner = mix(PAPER, colour, 0.35) if dot.faint else colour
            look: Option = {"color": inner, "borderColor": colour, "borderWidth": 1, "opacity": 1}
            values.append({"value": [dot.value, i], "name": name, "itemStyle": look, "tip": tip})
    whiskers = [[i, d.low, d.high] for i, d in enumerate(chart.dots) if d.low is not None and d.high is not None]
    names = _names_axis([say(d.name, lang) for d in chart.dots], down=True)
    main: Option = {"type": "scatter", "name": value_title, "data": values, "symbolSize": 11, "z": 6}
    main |= {"itemStyle": {"color": ACCENT}, **_lines_at(chart.references, "xAxis", lang, down=True)}
    before: Option = {"type": "scatter", "name": raw_title, "data": raws, "symbolSize": 9, "z": 4}
    before |= {"itemStyle": {"color": PAPER, "borderColor": BASE, "borderWidth": 1.5}}
    series = [main, before, _custom("whisker", whiskers, horizontal=True, z=5, itemStyle={"color": INK})]
    option: Option = {"xAxis": _value_axis(chart.axis, bounds, lang), "yAxis": names, "series": series}
    if raws:
        option["legend"] = _legend([value_title, raw_title], selectedMode=False)
    top = (28 if raws else 8) + (14 if chart.references else 0)
    return option | {"grid": {"left": 12, "right": 28, "top": top, "bottom": 12}}


@_option.register
def _bubbles(chart: BubbleMap, lang: str) -> Option:
    xs = [v for b in chart.bubbles for v in (b.x, *(b.x_interval or ()))]
    ys = [v for b in chart.bubbles for v in (b.y, *(b.y_interval or ()))]
    x_bounds, y_bounds = limits(chart.x, xs, from_zero=False), limits(chart.y, ys, from_zero=False)
    largest = max((b.size for b in chart.bubbles), default=0.0) or 1.0
    edge = x_bounds[0] + 0.74 * (x_bounds[1] - x_bounds[0])  # right of it a label goes to the left of its bubble
    items = []
    for bubble in sorted(chart.bubbles, key=lambda b: -b.size):  # small bubbles lie on top
        size_axis = Axis("", "count" if largest >= 1 else "percent")
        items.append(
            {
                "value": [bubble.x, bubble.y],
                "name": say(bubble.name, lang),
                "symbolSize": max(10.0, LARGEST_BUBBLE * (max(bubble.size, 0.0) / largest) ** 0.5),
                "itemStyle": {"color": segment_colour(bubble.colour), "opacity": 0.88},
                "label": {"position": "left" if bubble.x > edge else "right"},
                "tip": _tip(
                    say(bubble.name, lang),
                    (say(chart.x.title, lang), figure(bubble.x, chart.x, lang)),
                    (f"  {word('interval', lang)}", between(bubble.x_interval, chart.x, lang)),
                    (say(chart.y.title, lang), figure(bubble.y, chart.y, lang)),
                    (f"  {word('interval', lang)}", between(bubble.y_interval, chart.y, lang)),
                    (heading(chart.size_title, "size", lang), figure(bubble.size, size_axis, lang)),
                    (word("note", lang), say(bubble.note, lang) or None),
                ),
            }
        )
    label = {"show": True, "formatter": "qx:name", "color": INK, "textBorderColor": PAPER}
    cloud: Option = {
        "type": "scatter",
        "data": items,
        "label": {**label, "textBorderWidth": 3},
        "labelLayout": {"moveOverlap": "shiftY", "dy": -9 if any(b.x_interval for b in chart.bubbles) else 0},
        "clip": False,
    }
    if chart.highlight is not None:
        area = {"color": ACCENT, "opacity": 0.06}
        text = {"color": ACCENT, "position": "insideTopRight", "formatter": "qx:name"}
        corner = {"xAxis": chart.highlight[0], "yAxis": chart.highlight[1], "name": say(chart.highlight_title, lang)}
        opposite = {"xAxis": x_bounds[1], "yAxis": y_bounds[1]}
        cloud["markArea"] = {"silent": True, "itemStyle": area, "label": text, "data": [[corner, opposite]]}
    crosses = [
        {"value": [b.x, b.y, *(b.x_interval or (None, None)), *(b.y_interval or (None, None))]}
        | {"itemStyle": {"color": segment_colour(b.colour)}}
        for b in chart.bubbles
        if b.x_interval or b.y_interval
    ]
    x = _value_axis(chart.x, x_bounds, lang)
    y = _value_axis(chart.y, y_bounds, lang, upright=True)
    series = [cloud, *([_custom("cross", crosses, z=1)] if crosses else [])]
    return {"xAxis": x, "yAxis": y, "series": series, "grid": {"left": 16, "right": 28, "top": 24, "bottom": 12}}


def _band(line: Series, index: int) -> list[Option]:
    """Return two stacked invisible lines whose filled difference is the band of a series."""
    if line.low is None or line.high is None:
        return []
    pairs = list(zip(line.low, line.high, strict=True))
    lows = [None if low is None or high is None else low for low, high in pairs]
    gaps = [None if low is None or high is None else high - low for low, high in pairs]
    bare = {"type": "line", "stack": f"band{index}", "stackStrategy": "all", "symbol": "none", "silent": True}
    bare |= {"lineStyle": {"opacity": 0}, "tooltip": {"show": False}, "z": 1}
    area = {"color": segment_colour(line.colour), "opacity": 0.16}
    return [{**bare, "data": lows}, {**bare, "data": gaps, "areaStyle": area}]


def _point(line: Series, index: int, category: str, axis: Axis, lang: str) -> Option:
    low = line.low[index] if line.low is not None else None
    high = line.high[index] if line.high is not None else None
    value = figure(line.values[index], axis, lang)
    interval = span(low, high, axis, lang)
    written = value + (f" ({interval})" if interval else "")
    return {"value": line.values[index], "tip": _tip(category, (say(line.name, lang), written))}


@_option.register
def _lines(chart: LineChart, lang: str) -> Option:
    drawn = [v for s in chart.series for part in (s.values, s.low or (), s.high or ()) for v in part]
    bounds = limits(chart.y, [*drawn, *(r.value for r in chart.references)], from_zero=False)
    series: list[Option] = []
    for number, line in enumerate(chart.series):
        series += _band(line, number)
        points = [_point(line, i, category, chart.y, lang) for i, category in enumerate(chart.categories)]
        colour = segment_colour(line.colour)
        look: Option = {"lineStyle": {"width": 2, "color": colour}, "itemStyle": {"color": colour}, "symbolSize": 6}
        look |= {"symbol": "circle", "connectNulls": False, "z": 3}
        series.append({"type": "line", "name": say(line.name, lang), "data": points, **look})
    if series:
        series[-1] |= _lines_at(chart.references, "yAxis", lang)
    names = [say(line.name, lang) for line in chart.series]
    x = _names_axis(list(chart.categories), title=say(chart.x_title, lang), every=False) | {"boundaryGap": False}
    option: Option = {"xAxis": x, "yAxis": _value_axis(chart.y, bounds, lang, upright=True), "series": series}
    several = len(names) > 1
    option["tooltip"] = {"trigger": "axis", "formatter": "qx:tip", "confine": True, "borderColor": GRID, "padding": 10}
    option["grid"] = {"left": 16, "right": 28, "top": 40 if several else 20, "bottom": 12}
    return option | ({"legend": _legend(names)} if several else {})


@_option.register
def _stacked(chart: StackedBar, lang: str) -> Option:
    sums = [sum(s.values[i] or 0.0 for s in chart.series) for i in range(len(chart.categories))]
    categories = [say(category, lang) for category in chart.categories]
    series = []
    for line in chart.series:
        points = [_point(line, i, category, chart.axis, lang) for i, category in enumerate(categories)]
        style = {"color": segment_colour(line.colour), "borderColor": PAPER, "borderWidth": 1}
        bars: Option = {"type": "bar", "stack": "all", "name": say(line.name, lang), "data": points}
        series.append({**bars, "itemStyle": style, "barMaxWidth": 42})
    return {
        "xAxis": _names_axis(categories, every=False),
        "yAxis": _value_axis(chart.axis, limits(chart.axis, sums, from_zero=True), lang, upright=True),
        "legend": _legend([say(line.name, lang) for line in chart.series]),
        "grid": {"left": 16, "right": 20, "top": 40, "bottom": 12},
        "tooltip": {"trigger": "axis", "formatter": "qx:tip", "confine": True, "borderColor": GRID, "padding": 10},
        "series": series,
    }


@_option.register
def _boxes(chart: BoxChart, lang: str) -> Option:
    drawn = [value for group in chart.groups for value in group.five]
    bounds = limits(chart.axis, [*drawn, *(r.value for r in chart.references)], from_zero=False)
    codes = ("minimum", "quartile_1", "median", "quartile_3", "maximum")
    items = []
    for group in chart.groups:
        colour = segment_colour(group.colour)
        rows = [(word(c, lang), figure(v, chart.axis, lang)) for c, v in zip(codes, group.five, strict=True)]
        count = (word("n", lang), figure(group.n, Axis("", "count"), lang))
        style = {"color": mix(PAPER, colour, 0.22), "borderColor": colour, "borderWidth": 1.5}
        name = say(group.name, lang)
        items.append({"value": list(group.five), "name": name, "itemStyle": style, "tip": _tip(name, *rows, count)})
    marks = _lines_at(chart.references, "xAxis", lang, down=True)
    names = [f"{say(g.name, lang)}\nn={figure(g.n, Axis('', 'count'), lang)}" for g in chart.groups]
    axis = Axis(_with_whiskers(chart, lang), chart.axis.format, chart.axis.low, chart.axis.high)
    return {
        "xAxis": _value_axis(axis, bounds, lang),
        "yAxis": _names_axis(names, down=True, line_height=15),
        "series": [{"type": "boxplot", "data": items, "boxWidth": [10, 18], **marks}],
        "grid": {"left": 12, "right": 28, "top": 24 if chart.references else 8, "bottom": 12},
    }


def _with_whiskers(chart: BoxChart, lang: str) -> Text:
    whiskers = say(chart.whiskers_title, lang)
    return say(chart.axis.title, lang) + (f" · {whiskers}" if whiskers else "")


@_option.register
def _histogram(chart: HistogramChart, lang: str) -> Option:
    counted = Axis(word("count", lang), "count")
    bins = []
    for (left, right), count in zip(pairwise(chart.edges), chart.counts, strict=True):
        title = span(left, right, chart.axis, lang) or ""
        bins.append({"value": [left, right, count], "tip": _tip(title, (word("count", lang), str(count)))})
    first, last = (chart.edges[0], chart.edges[-1]) if chart.edges else (0.0, 1.0)
    x = _value_axis(Axis(chart.axis.title, chart.axis.format), (first, max(last, first + 1e-9)), lang)
    y = _value_axis(counted, limits(counted, chart.counts, from_zero=True), lang, upright=True)
    look: Option = {"silent": False, "tooltip": {"show": True}, "itemStyle": {"color": ACCENT}}
    bars = _custom("bin", bins, encode={"x": [0, 1], "y": 2}, **look)
    return {
        "xAxis": x,
        "yAxis": y,
        "series": [bars | _lines_at(chart.references, "xAxis", lang)],
        "grid": {"left": 16, "right": 28, "top": 26 if chart.references else 14, "bottom": 12},
    }


def _unknown_cell(row: int, column: int, title: str, value: str, lang: str) -> Option:
    """Return an empty cell that says so; its 0 places it and is neither coloured nor written."""
    style = {"color": PAPER, "borderColor": GRID, "borderWidth": 1, "borderRadius": 3}
    label = {"show": True, "formatter": "qx:name", "color": MUTED, "fontSize": 11}
    place = {"value": [column, row, 0], "name": value, "itemStyle": style, "label": label}
    return {**place, "tip": _tip(title, (word("value", lang), value))}


@_option.register
def _matrix(chart: Heatmap, lang: str) -> Option:
    axis = Axis("", chart.format)
    rows, columns = [say(r, lang) for r in chart.rows], [say(c, lang) for c in chart.columns]
    items = []
    for (r, c), colour in cell_colours(chart).items():
        value = figure(chart.values[r][c], axis, lang)
        few = (word("note", lang), word("few_rows", lang) if (r, c) in chart.hatched else None)
        label = {"show": True, "formatter": "qx:name", "color": ink_on(colour), "fontSize": 11}
        style = {"color": colour, "borderColor": PAPER, "borderWidth": 2, "borderRadius": 3}
        items.append(
            {
                "value": [c, r, chart.values[r][c]],
                "name": value,
                "label": label,
                "itemStyle": style,
                "tip": _tip(f"{rows[r]} × {columns[c]}", (heading(chart.title, "value", lang), value), few),
            }
        )
    x = _names_axis(columns) | {"position": "bottom", "axisLine": {"show": False}}
    y = _names_axis(rows, down=True) | {"axisLine": {"show": False}}
    heat: Option = {"type": "heatmap", "data": items}
    items += [
        _unknown_cell(r, c, f"{row} × {column}", chart.empty or figure(None, axis, lang), lang)
        for r, row in enumerate(rows)
        for c, column in enumerate(columns)
        if chart.values[r][c] is None
    ]
    hatched = [[c, r] for r, c in sorted(chart.hatched)]
    more = [_custom("hatch", hatched, z=4, itemStyle={"color": INK})] if hatched else []
    return {"xAxis": x, "yAxis": y, "series": [heat, *more], "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8}}


@_option.register
def _clouds(chart: CloudMap, lang: str) -> Option:
    x_bounds, y_bounds = bounds_of(chart)
    series: list[Option] = []
    for i, j, strength in chart.links:
        ends = [list(chart.clouds[place].centre) for place in (i, j)]
        look = {"color": MUTED, "width": link_width(strength), "opacity": 0.5}
        series.append({"type": "line", "data": ends, "symbol": "none", "silent": True, "lineStyle": look, "z": 2})
    for cloud in chart.clouds:
        colour, name = segment_colour(cloud.colour), say(cloud.name, lang)
        points: Option = {"type": "scatter", "name": name, "data": [list(p) for p in cloud.points], "symbolSize": 4}
        series.append({**points, "silent": True, "itemStyle": {"color": colour, "opacity": 0.4}, "z": 1})
        if cloud.outline:
            ring = [list(p) for p in (*cloud.outline, cloud.outline[0])]
            line: Option = {"type": "line", "name": name, "data": ring, "symbol": "none", "silent": True, "z": 3}
            series.append({**line, "lineStyle": {"color": colour, "width": 1.5}})
        tip = _tip(name, (word("n", lang), figure(cloud.n, Axis("", "count"), lang)))
        centre = {"value": list(cloud.centre), "name": name, "tip": tip}
        mark: Option = {"type": "scatter", "name": name, "data": [centre], "symbolSize": 13, "z": 4}
        series.append({**mark, "itemStyle": {"color": colour, "borderColor": PAPER, "borderWidth": 2}})
    names = list(dict.fromkeys(say(cloud.name, lang) for cloud in chart.clouds))
    return {
        "xAxis": _value_axis(chart.x, x_bounds, lang),
        "yAxis": _value_axis(chart.y, y_bounds, lang, upright=True),
        "series": series,
        "legend": _legend(names),
        "grid": {"left": 16, "right": 20, "top": 40, "bottom": 12},
    }


@_option.register
def _mosaic(chart: Mosaic, lang: str) -> Option:
    share, count, signed = Axis("", "percent"), Axis("", "count"), Axis("", "signed")
    parts, rows = [say(p, lang) for p in chart.parts], [say(r, lang) for r in chart.rows]
    items: list[Option] = []
    names: dict[int, Option] = {}
    for tile in tiles(chart):
        text = f"{parts[tile.part]} · {figure(tile.share, share, lang)}"
        names.setdefault(tile.row, {"value": [tile.top, tile.bottom], "name": rows[tile.row]})
        items.append(
            {
                "value": [tile.left, tile.right, tile.top, tile.bottom],
                "name": text,
                "itemStyle": {"color": tile.colour},
                "ink": ink_on(tile.colour),
                "tip": _tip(
                    f"{rows[tile.row]} × {parts[tile.part]}",
                    (word("count", lang), figure(chart.counts[tile.row][tile.part], count, lang)),
                    (word("value", lang), figure(tile.share, share, lang)),
                    (word("residual", lang), figure(chart.residuals[tile.row][tile.part], signed, lang)),
                ),
            }
        )
    hidden: Option = {"type": "value", "min": 0, "max": 1, "show": False}
    drawn = _custom("tile", items, silent=False, tooltip={"show": True}, encode={"x": [0, 1], "y": [2, 3]})
    beside = _custom("beside", list(names.values()), itemStyle={"color": INK}, clip=False, room=NAMES_WIDTH - 10)
    return {
        "xAxis": hidden,
        "yAxis": {**hidden, "inverse": True},
        "series": [drawn, beside],
        "grid": {"left": NAMES_WIDTH, "right": 4, "top": 4, "bottom": 4},
    }


_SYMBOLS = {"own": "circle", "brand": "circle", "attribute": "triangle", "ideal": "diamond"}


@_option.register
def _biplot(chart: Biplot, lang: str) -> Option:
    items, rings = [], []
    for point in chart.points:
        name, colour = say(point.name, lang), colour_of(point)
        style: Option = {"color": PAPER if point.faint else colour, "borderColor": colour, "borderWidth": 1.5}
        items.append(
            {
                "value": [point.x, point.y],
                "name": name,
                "symbol": _SYMBOLS[point.kind],
                "symbolSize": SIZES[point.kind],
                "itemStyle": style,
                "tip": _tip(
                    name,
                    (say(chart.x.title, lang), figure(point.x, chart.x, lang)),
                    (say(chart.y.title, lang), figure(point.y, chart.y, lang)),
                    (word("note", lang), say(point.note, lang) or None),
                ),
            }
        )
        if point.ring:
            ring: Option = {"type": "line", "data": [list(p) for p in (*point.ring, point.ring[0])], "symbol": "none"}
            rings.append({**ring, "silent": True, "lineStyle": {"color": colour, "width": 1, "opacity": 0.6}, "z": 1})
    label = {"show": True, "formatter": "qx:name", "color": INK, "textBorderColor": PAPER, "textBorderWidth": 3}
    cloud: Option = {"type": "scatter", "data": items, "label": label, "labelLayout": {"moveOverlap": "shiftY"}, "z": 3}
    centre = {"silent": True, "symbol": "none", "label": {"show": False}, "lineStyle": {"color": BASE, "type": "solid"}}
    cloud["markLine"] = {**centre, "data": [{"xAxis": 0}, {"yAxis": 0}]}
    x_bounds, y_bounds = plane_bounds(chart)
    ends = {"showMinLabel": False, "showMaxLabel": False}
    x, y = _value_axis(chart.x, x_bounds, lang), _value_axis(chart.y, y_bounds, lang, upright=True)
    for axis in (x, y):
        axis["axisLabel"] |= ends
    # the script widens one axis until a unit is equally long on both
    grid = {"left": 16, "right": 28, "top": 24, "bottom": 12, "sameScale": True}
    return {"xAxis": x, "yAxis": y, "series": [cloud, *rings], "grid": grid}
