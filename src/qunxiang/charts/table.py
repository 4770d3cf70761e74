"""The rows behind a chart, for the "view as table" switch and for readers who cannot see it."""

from __future__ import annotations

from functools import singledispatch
from itertools import pairwise

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
    Text,
)
from qunxiang.charts.words import figure, heading, say, span, word

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def to_table(chart: Chart, lang: str) -> Table:
    """Return the chart's header and rows, every cell written for a reader in `lang`.

    Returns
    -------
    tuple
        Header, and one row per bar, bubble, box, bin, category or matrix row. The first column names the row.
    """
    return _table(chart, lang)


@singledispatch
def _table(chart: Chart, lang: str) -> Table:
    raise TypeError(f"no table for {type(chart).__name__}; the kinds are in qunxiang.charts.spec")


@_table.register
def _bars(chart: BarChart, lang: str) -> Table:
    axis = chart.axis
    header = [word("name", lang), heading(axis.title, "value", lang)]
    with_interval = any(bar.low is not None for bar in chart.bars)
    with_base = any(bar.base is not None for bar in chart.bars)
    header += [word("interval", lang)] if with_interval else []
    header += [heading(chart.base_title, "base", lang)] if with_base else []
    rows = []
    for bar in chart.bars:
        row = [say(bar.name, lang), figure(bar.value, axis, lang)]
        row += [span(bar.low, bar.high, axis, lang) or word("no_interval", lang)] if with_interval else []
        row += [figure(bar.base, axis, lang)] if with_base else []
        rows.append(tuple(row))
    return tuple(header), tuple(rows)


@_table.register
def _dots(chart: DotChart, lang: str) -> Table:
    header = [word("name", lang), say(chart.value_title, lang), word("interval", lang), say(chart.raw_title, lang)]
    header += [say(chart.n_title, lang), word("note", lang)]
    rows = tuple(
        (
            say(dot.name, lang),
            figure(dot.value, chart.axis, lang),
            span(dot.low, dot.high, chart.axis, lang) or word("no_interval", lang),
            figure(dot.raw, chart.axis, lang),
            figure(dot.n, Axis("", "count"), lang),
            say(chart.faint_title, lang) if dot.faint else "",
        )
        for dot in chart.dots
    )
    return tuple(header), rows


@_table.register
def _bubbles(chart: BubbleMap, lang: str) -> Table:
    header = [word("name", lang), say(chart.x.title, lang), say(chart.y.title, lang)]
    header.append(heading(chart.size_title, "size", lang))
    with_note = any(bubble.note is not None for bubble in chart.bubbles)
    header += [word("note", lang)] if with_note else []
    rows = []
    for bubble in chart.bubbles:
        row = [say(bubble.name, lang)]
        for value, interval, axis in (
            (bubble.x, bubble.x_interval, chart.x),
            (bubble.y, bubble.y_interval, chart.y),
        ):
            inside = f" ({span(*interval, axis, lang)})" if interval else ""
            row.append(figure(value, axis, lang) + inside)
        row.append(figure(bubble.size, Axis("", "count" if bubble.size >= 1 else "number"), lang))
        row += [say(bubble.note, lang)] if with_note else []
        rows.append(tuple(row))
    return tuple(header), tuple(rows)


def _by_category(first: str, names: tuple[Text, ...], series: tuple[Series, ...], axis: Axis, lang: str) -> Table:
    rows = []
    for index, name in enumerate(names):
        row = [say(name, lang)]
        for line in series:
            text = figure(line.values[index], axis, lang)
            if line.low is not None and line.high is not None:
                interval = span(line.low[index], line.high[index], axis, lang)
                text += f" ({interval})" if interval else ""
            row.append(text)
        rows.append(tuple(row))
    return (first, *(say(line.name, lang) for line in series)), tuple(rows)


@_table.register
def _lines(chart: LineChart, lang: str) -> Table:
    return _by_category(heading(chart.x_title, "name", lang), chart.categories, chart.series, chart.y, lang)


@_table.register
def _stacked(chart: StackedBar, lang: str) -> Table:
    return _by_category(word("name", lang), chart.categories, chart.series, chart.axis, lang)


@_table.register
def _boxes(chart: BoxChart, lang: str) -> Table:
    header = ("name", "n", "minimum", "quartile_1", "median", "quartile_3", "maximum")
    n_axis = Axis("", "count")
    rows = tuple(
        (say(g.name, lang), figure(g.n, n_axis, lang), *(figure(v, chart.axis, lang) for v in g.five))
        for g in chart.groups
    )
    return tuple(word(code, lang) for code in header), rows


@_table.register
def _histogram(chart: HistogramChart, lang: str) -> Table:
    bins = tuple(span(left, right, chart.axis, lang) or "" for left, right in pairwise(chart.edges))
    counts = (figure(count, Axis("", "count"), lang) for count in chart.counts)
    header = (heading(chart.axis.title, "bin", lang), word("count", lang))
    return header, tuple(zip(bins, counts, strict=True))


@_table.register
def _matrix(chart: Heatmap, lang: str) -> Table:
    axis = Axis("", chart.format)
    rows = []
    for r, name in enumerate(chart.rows):
        cells = []
        for c, value in enumerate(chart.values[r]):
            few = f" ({word('few_rows', lang)})" if (r, c) in chart.hatched else ""
            cells.append((chart.empty if value is None and chart.empty else figure(value, axis, lang)) + few)
        rows.append((say(name, lang), *cells))
    return (word("name", lang), *(say(column, lang) for column in chart.columns)), tuple(rows)


@_table.register
def _clouds(chart: CloudMap, lang: str) -> Table:
    header = (word("name", lang), say(chart.x.title, lang), say(chart.y.title, lang), word("n", lang))
    rows = tuple(
        (
            say(cloud.name, lang),
            figure(cloud.centre[0], chart.x, lang),
            figure(cloud.centre[1], chart.y, lang),
            figure(cloud.n, Axis("", "count"), lang),
        )
        for cloud in chart.clouds
    )
    return header, rows


@_table.register
def _mosaic(chart: Mosaic, lang: str) -> Table:
    counts, signed = Axis("", "count"), Axis("", "signed")
    rows = tuple(
        (
            say(name, lang),
            *(f"{figure(n, counts, lang)} ({figure(r, signed, lang)})" for n, r in zip(ns, rs, strict=True)),
        )
        for name, ns, rs in zip(chart.rows, chart.counts, chart.residuals, strict=True)
    )
    return (word("name", lang), *(say(part, lang) for part in chart.parts)), rows


@_table.register
def _biplot(chart: Biplot, lang: str) -> Table:
    header = (word("name", lang), say(chart.x.title, lang), say(chart.y.title, lang), word("note", lang))
    rows = tuple(
        (say(p.name, lang), figure(p.x, chart.x, lang), figure(p.y, chart.y, lang), say(p.note, lang))
        for p in chart.points
    )
    return header, rows
