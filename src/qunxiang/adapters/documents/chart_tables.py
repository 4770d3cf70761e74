"""The numbers behind a chart as a table block, numbers kept as numbers so that a workbook can calculate with them."""

from __future__ import annotations

from functools import singledispatch
from itertools import pairwise

from qunxiang.charts.spec import (
    BarChart,
    BoxChart,
    BubbleMap,
    Chart,
    Heatmap,
    HistogramChart,
    LineChart,
    Series,
    StackedBar,
    Text,
    ValueFormat,
)
from qunxiang.charts.words import heading, word
from qunxiang.i18n import Message, render
from qunxiang.ports.documents import Cell, Column, TableBlock


@singledispatch
def chart_table(chart: Chart, lang: str) -> TableBlock:
    """Return the table of a chart: one row per bar, point, bubble, box, bin or matrix row; first column its name."""
    raise TypeError(f"no table for {type(chart).__name__}; the kinds are in qunxiang.charts.spec")


def _named(title: Text, lang: str, first: str, columns: list[Column], rows: list[tuple[Cell, ...]]) -> TableBlock:
    return TableBlock((Column(first), *columns), tuple(rows), title=render(title, lang))


@chart_table.register
def _(chart: BarChart, lang: str) -> TableBlock:
    fmt = chart.axis.format
    columns = [Column(heading(chart.axis.title, "value", lang), fmt)]
    rows: list[list[Cell]] = [[bar.name, bar.value] for bar in chart.bars]
    if any(bar.base is not None for bar in chart.bars):
        columns.append(Column(heading(chart.base_title, "base", lang), fmt))
        for row, bar in zip(rows, chart.bars, strict=True):
            row.append(bar.base)
    if any(bar.low is not None or bar.high is not None for bar in chart.bars):
        columns += _ends(word("interval", lang), fmt, lang)
        for row, bar in zip(rows, chart.bars, strict=True):
            row += [bar.low, bar.high]
    return _named(chart.title, lang, word("name", lang), columns, [tuple(row) for row in rows])


@chart_table.register
def _(chart: LineChart, lang: str) -> TableBlock:
    first = heading(chart.x_title, "name", lang)
    return _series(chart.title, first, chart.categories, chart.series, chart.y.format, lang)


@chart_table.register
def _(chart: StackedBar, lang: str) -> TableBlock:
    return _series(chart.title, word("name", lang), chart.categories, chart.series, chart.axis.format, lang)


@chart_table.register
def _(chart: HistogramChart, lang: str) -> TableBlock:
    columns = [*_ends(render(chart.axis.title, lang), chart.axis.format, lang), Column(word("count", lang), "count")]
    bins = zip(pairwise(chart.edges), chart.counts, strict=True)
    rows: list[tuple[Cell, ...]] = [(left, right, count) for (left, right), count in bins]
    return TableBlock(tuple(columns), tuple(rows), title=render(chart.title, lang))


@chart_table.register
def _(chart: BoxChart, lang: str) -> TableBlock:
    names = ("minimum", "quartile_1", "median", "quartile_3", "maximum")
    columns = [Column(word("n", lang), "count"), *(Column(word(name, lang), chart.axis.format) for name in names)]
    rows: list[tuple[Cell, ...]] = [(group.name, group.n, *group.five) for group in chart.groups]
    return _named(chart.title, lang, word("name", lang), columns, rows)


@chart_table.register
def _(chart: Heatmap, lang: str) -> TableBlock:
    columns = [Column(column, chart.format) for column in chart.columns]
    rows: list[tuple[Cell, ...]] = [(name, *values) for name, values in zip(chart.rows, chart.values, strict=True)]
    return _named(chart.title, lang, word("name", lang), columns, rows)


@chart_table.register
def _(chart: BubbleMap, lang: str) -> TableBlock:
    columns = [Column(chart.x.title, chart.x.format), Column(chart.y.title, chart.y.format)]
    columns.append(Column(heading(chart.size_title, "size", lang), "number"))
    rows: list[list[Cell]] = [[b.name, b.x, b.y, b.size] for b in chart.bubbles]
    x_intervals = [bubble.x_interval for bubble in chart.bubbles]
    y_intervals = [bubble.y_interval for bubble in chart.bubbles]
    for axis, intervals in ((chart.x, x_intervals), (chart.y, y_intervals)):
        if any(intervals):
            columns += _ends(render(axis.title, lang), axis.format, lang)
            for row, interval in zip(rows, intervals, strict=True):
                row += interval or (None, None)
    if any(bubble.note is not None for bubble in chart.bubbles):
        columns.append(Column(word("note", lang)))
        for row, bubble in zip(rows, chart.bubbles, strict=True):
            row.append(bubble.note or "")
    return _named(chart.title, lang, word("name", lang), columns, [tuple(row) for row in rows])


def _series(
    title: Text, first: str, names: tuple[Text, ...], series: tuple[Series, ...], fmt: ValueFormat, lang: str
) -> TableBlock:
    columns: list[Column] = [Column(line.name, fmt) for line in series]
    rows: list[list[Cell]] = [[name, *(line.values[i] for line in series)] for i, name in enumerate(names)]
    for line in series:  # bands after all lines, so that a chart can read the lines as one range
        if line.low is not None and line.high is not None:
            columns += _ends(render(line.name, lang), fmt, lang)
            for row, low, high in zip(rows, line.low, line.high, strict=True):
                row += [low, high]
    return _named(title, lang, first, columns, [tuple(row) for row in rows])


def _ends(title: str, fmt: ValueFormat, lang: str) -> list[Column]:
    ends = ("document.end.low", "document.end.high")
    return [Column(render(Message(end, {"title": title}), lang), fmt) for end in ends]
