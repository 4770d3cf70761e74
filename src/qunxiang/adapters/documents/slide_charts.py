"""Charts of slides: native ones that can be edited, each over a workbook that holds its numbers.

python-pptx draws the marks. Ours are the whiskers, which it does not know, and the workbook, in which a hostile name is
no formula and no link and which also holds the lengths of whiskers.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from itertools import combinations, pairwise
from typing import Any

import xlsxwriter
from pptx.chart.data import BubbleChartData, CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_AXIS_CROSSES,
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt
from xlsxwriter.utility import xl_range_abs

from qunxiang.adapters.documents.slide_text import LEADING, ems, lines_of
from qunxiang.charts.palette import ACCENT, BASE, GRID, INK, MUTED, PAPER, segment_colour
from qunxiang.charts.spec import Axis, BarChart, BoxChart, BubbleMap, Chart, HistogramChart, LineChart, StackedBar, Text
from qunxiang.charts.words import heading, say, word
from qunxiang.i18n import format_value

NUMBER_FORMATS = {
    "plain": "General",
    "count": "#,##0",
    "number": "#,##0.###",
    "money": "#,##0.00",
    "percent": "0%",
    "signed": "+#,##0.###;-#,##0.###;0",
}
SHEET = "Sheet1"
LABEL_EMS = 22.0
"""Width of the names beside bars: about a third of the slide."""
MAP_EMS = (64.0, 24.0)
"""Width and height of a map that fills a slide."""
FONT = 11
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
_LONGEST = 255  # characters of a name in a chart

Value = str | float | int | None
Whiskers = tuple[str, Sequence[float], Sequence[float]]
"""Direction on the slide (x, y, or none where bars tell it), and lengths below and above; empty for no such side."""


@dataclass(frozen=True)
class Marks:
    """Bars, points or one bubble of a series; `colours` is one for all or one a mark, and none for what is not seen."""

    name: str
    values: Sequence[float | None]
    colours: Sequence[str]
    whiskers: Sequence[Whiskers] = ()
    edge: str | None = None


@dataclass(frozen=True)
class NativeChart:
    """A chart as python-pptx draws it.

    `first` and `names` head the first column and name its categories, and head x and the sizes of bubbles; `numbers` is
    the axis of the values, `along` the title of the other one, and for bubbles its axis; `downward` puts the first
    category on top.
    """

    kind: XL_CHART_TYPE
    lang: str
    first: str
    names: Sequence[str]
    marks: Sequence[Marks]
    numbers: Axis
    along: str | Axis = ""
    gap: int | None = None
    downward: bool = False
    labels: bool = False
    legend: bool = True

    @property
    def least(self) -> float:
        """Height in inches below which the chart cannot be read well."""
        if not self.downward:
            return 2.6
        lines = sum(lines_of(name, LABEL_EMS) for name in self.names)
        return max(2.6, 0.7 + 0.12 * len(self.names) + 0.18 * lines)

    def place(self, shapes: Any, box: tuple[int, int, int, int], created: datetime) -> Any:
        """Add the chart to the shapes of a slide and return its frame; `box` is left, top, width and height in EMU."""
        data = _Bubbles(self, created) if isinstance(self.along, Axis) else _Categories(self, created)
        frame = shapes.add_chart(self.kind, *box, data)
        chart = frame.chart
        chart.has_title = False
        chart.font.size, chart.font.color.rgb = Pt(FONT), rgb(INK)
        chart.has_legend = self.legend
        if self.legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        self._axes(chart)
        plot = chart.plots[0]
        if isinstance(self.along, Axis):
            if self.legend:
                chart.legend.position = XL_LEGEND_POSITION.RIGHT
            labels = plot.data_labels
            labels.show_series_name, labels.show_value = not self.legend, False
            labels.position = XL_LABEL_POSITION.RIGHT
        else:
            plot.vary_by_categories = False
        if self.gap is not None:
            plot.gap_width = self.gap
        for index, (series, marks) in enumerate(zip(plot.series, self.marks, strict=True)):
            self._paint(series, marks)
            for whiskers, columns in zip(marks.whiskers, data.lengths[index], strict=True):
                error = _error_bars(whiskers, columns, data.first_row(index))
                series._element.insert_element_before(error, "c:cat", "c:xVal")
        if self.labels:  # with whiskers a number at the end of the bar could not be read
            labels = plot.series[0].data_labels
            labels.show_value = True
            labels.number_format = "0.0%" if self.numbers.format == "percent" else NUMBER_FORMATS[self.numbers.format]
            labels.number_format_is_linked = False
            labels.font.size = Pt(FONT - 1)
        return frame

    def _axes(self, chart: Any) -> None:
        along, numbers = chart.category_axis, chart.value_axis
        self._numeric(numbers, self.numbers)
        if isinstance(self.along, Axis):
            self._numeric(along, self.along)
            return
        along.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        along.format.line.color.rgb = rgb(MUTED)
        _titled(along, self.along)
        if self.downward:  # first bar on top, as in the table, and the numbers below all
            along.reverse_order = True
            numbers._element.crosses.val = XL_AXIS_CROSSES.MAXIMUM
            every = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="1"/>')  # no bar without its name
            along._element.insert_element_before(every, "c:tickMarkSkip", "c:noMultiLvlLbl", "c:extLst")

    def _numeric(self, axis: Any, spec: Axis) -> None:
        axis.tick_labels.number_format = NUMBER_FORMATS[spec.format]
        axis.tick_labels.number_format_is_linked = False
        axis.format.line.fill.background()
        axis.has_major_gridlines = True
        axis.major_gridlines.format.line.color.rgb = rgb(GRID)
        axis.minimum_scale, axis.maximum_scale = spec.low, spec.high
        _titled(axis, say(spec.title, self.lang))

    def _paint(self, series: Any, marks: Marks) -> None:
        if self.kind == XL_CHART_TYPE.LINE_MARKERS:
            series.smooth = False
            series.format.line.color.rgb, series.format.line.width = rgb(marks.colours[0]), Pt(2.25)
            series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 6
            for look in (series.marker.format.fill, series.marker.format.line.fill):
                look.solid()
                look.fore_color.rgb = rgb(marks.colours[0])
            return
        many = len(set(marks.colours)) > 1
        for place, colour in enumerate(marks.colours if many else marks.colours[:1] or (None,)):
            look = (series.points[place] if many else series).format
            if colour is None:
                look.fill.background()
                continue
            look.fill.solid()
            look.fill.fore_color.rgb = rgb(colour)
            if marks.edge:
                look.line.color.rgb = rgb(marks.edge)
        if isinstance(self.along, Axis):
            see_through = parse_xml(f'<a:alpha {nsdecls("a")} val="75000"/>')
            series._element.xpath("c:spPr/a:solidFill/a:srgbClr")[0].append(see_through)
            return
        series.invert_if_negative = False  # presentations paint negative bars white unless they are told not to
        for point in series._element.xpath("c:dPt"):
            point.insert(1, parse_xml(f'<c:invertIfNegative {nsdecls("c")} val="0"/>'))


class _Sheet:
    """Cells of the workbook behind a chart, where python-pptx refers to them, with lengths of whiskers to the right."""

    created: datetime
    lengths: list[list[tuple[int, int]]]

    def _table(self, native: NativeChart, created: datetime) -> None:
        self.cells: dict[tuple[int, int], Value] = {}
        self.created, self.lengths = created, []
        column = 3 if isinstance(native.along, Axis) else 1 + len(native.marks)
        for index, marks in enumerate(native.marks):
            own = []
            for at, (_, *sides) in enumerate(marks.whiskers):
                start = column + 2 * at
                for side, (code, values) in enumerate(zip(("below", "above"), sides, strict=True)):
                    if values:
                        head = f"{marks.name} {word(code, native.lang)}"
                        self.fill(self.first_row(index) - 1, start + side, head, values)
                own.append((start, start + 1))
            self.lengths.append(own)
            if not isinstance(native.along, Axis):
                column += 2 * len(own)

    def first_row(self, index: int) -> int:
        """Return the row (from 0) of a series' first number."""
        return 1

    def fill(self, row: int, column: int, head: str, values: Sequence[Value]) -> None:
        """Write a head and the values under it."""
        self.cells |= {(row + at, column): value for at, value in enumerate((head, *values))}

    @property
    def xlsx_blob(self) -> bytes:
        """The workbook; python-pptx embeds it."""
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
            book.set_properties({"created": self.created})
            sheet = book.add_worksheet(SHEET)
            for (row, column), value in self.cells.items():
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif value is not None:
                    sheet.write_number(row, column, value)
        return buffer.getvalue()


class _Categories(_Sheet, CategoryChartData):  # type: ignore[misc]
    """Names in the first column, then a column a series."""

    def __init__(self, native: NativeChart, created: datetime) -> None:
        super().__init__(number_format=NUMBER_FORMATS[native.numbers.format])
        self._table(native, created)
        self.categories = native.names
        self.fill(0, 0, native.first, native.names)
        for column, marks in enumerate(native.marks, start=1):
            self.add_series(marks.name, marks.values)
            self.fill(0, column, marks.name, marks.values)


class _Bubbles(_Sheet, BubbleChartData):  # type: ignore[misc]
    """One bubble a series: its name over x, y and size, and a free line."""

    def __init__(self, native: NativeChart, created: datetime) -> None:
        super().__init__(number_format="General")
        self._table(native, created)
        for index, marks in enumerate(native.marks):
            self.add_series(marks.name).add_data_point(*marks.values)
            for column, head in enumerate((native.first, marks.name, native.names[0])):
                self.fill(3 * index, column, head, (marks.values[column],))

    def first_row(self, index: int) -> int:
        """Return the row (from 0) of a bubble."""
        return 3 * index + 1


def rgb(colour: str) -> RGBColor:
    """Return a hex colour of the palette as one of python-pptx."""
    return RGBColor.from_string(colour.lstrip("#"))


def _titled(axis: Any, text: str) -> None:
    axis.has_title = bool(text)
    if text:
        run = axis.axis_title.text_frame.paragraphs[0].add_run()
        run.text, run.font.bold, run.font.size, run.font.color.rgb = text, False, Pt(FONT), rgb(MUTED)


def _error_bars(whiskers: Whiskers, columns: tuple[int, int], row: int) -> Any:
    direction, below, above = whiskers
    kind = "both" if below and above else "minus" if below else "plus"
    sides = ""
    for tag, values, column in (("plus", above, columns[1]), ("minus", below, columns[0])):
        if values:
            cells = f"{SHEET}!{xl_range_abs(row, column, row + len(values) - 1, column)}"
            points = "".join(f'<c:pt idx="{i}"><c:v>{value!r}</c:v></c:pt>' for i, value in enumerate(values))
            cache = f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{points}'
            sides += f"<c:{tag}><c:numRef><c:f>{cells}</c:f><c:numCache>{cache}</c:numCache></c:numRef></c:{tag}>"
    way = f'<c:errDir val="{direction}"/>' if direction else ""
    line = f'<a:ln w="15875"><a:solidFill><a:srgbClr val="{INK[1:]}"/></a:solidFill></a:ln>'
    return parse_xml(
        f'<c:errBars {nsdecls("c", "a")}>{way}<c:errBarType val="{kind}"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="0"/>{sides}<c:spPr>{line}</c:spPr></c:errBars>'
    )


def _intervals(
    direction: str, values: Sequence[float | None], lows: Sequence[float | None], highs: Sequence[float | None]
) -> tuple[Whiskers, ...]:
    """Return whiskers from values to the ends of their intervals, 0 long where there is none; none without any."""
    ends = list(zip(values, lows, highs, strict=True))
    if all(low is None or high is None for _, low, high in ends):
        return ()
    known = [(0.0, 0.0, 0.0) if v is None or lo is None or hi is None else (v, lo, hi) for v, lo, hi in ends]
    return ((direction, [float(v - lo) for v, lo, _ in known], [float(hi - v) for v, _, hi in known]),)


def _name(text: Text, lang: str) -> str:
    return say(text, lang)[:_LONGEST]


@singledispatch
def native_chart(chart: Chart, lang: str) -> NativeChart | None:
    """Return a chart for a slide, or None for kinds that slides show as tables, and for charts without any number.

    Parameters
    ----------
    chart
        Bars, lines, stacks, histograms, boxes (without values below zero) and maps are native.
    lang
        ``zh`` or ``en``.
    """
    return None


@native_chart.register
def _(chart: BarChart, lang: str) -> NativeChart | None:
    bars = chart.bars
    if all(bar.value is None for bar in bars):
        return None
    values = [bar.value for bar in bars]
    whiskers = _intervals("", values, [bar.low for bar in bars], [bar.high for bar in bars])
    title = _name(heading(chart.axis.title, "value", lang), lang)
    marks = [Marks(title, values, [segment_colour(bar.colour) for bar in bars], whiskers)]
    if any(bar.base is not None for bar in bars):
        base = _name(heading(chart.base_title, "base", lang), lang)
        marks.append(Marks(base, [bar.base for bar in bars], (BASE,)))
    return NativeChart(
        XL_CHART_TYPE.BAR_CLUSTERED if chart.horizontal else XL_CHART_TYPE.COLUMN_CLUSTERED,
        lang,
        word("name", lang),
        [_name(bar.name, lang) for bar in bars],
        marks,
        chart.axis,
        gap=60,
        downward=chart.horizontal,
        labels=not whiskers,
        legend=len(marks) > 1,
    )


@native_chart.register
def _(chart: LineChart, lang: str) -> NativeChart | None:
    if not chart.series or not chart.categories:
        return None
    empty = (None,) * len(chart.categories)
    marks = [
        Marks(
            _name(line.name, lang),
            line.values,
            (segment_colour(i if line.colour is None else line.colour),),
            _intervals("y", line.values, line.low or empty, line.high or empty),
        )
        for i, line in enumerate(chart.series)
    ]
    first, along = heading(chart.x_title, "name", lang), say(chart.x_title, lang)
    names = [_name(name, lang) for name in chart.categories]
    return NativeChart(XL_CHART_TYPE.LINE_MARKERS, lang, first, names, marks, chart.y, along)


@native_chart.register
def _(chart: StackedBar, lang: str) -> NativeChart | None:
    if not chart.series or not chart.categories:
        return None
    marks = [
        Marks(_name(part.name, lang), part.values, (segment_colour(i if part.colour is None else part.colour),))
        for i, part in enumerate(chart.series)
    ]
    names = [_name(name, lang) for name in chart.categories]
    return NativeChart(XL_CHART_TYPE.COLUMN_STACKED, lang, word("name", lang), names, marks, chart.axis, gap=50)


@native_chart.register
def _(chart: HistogramChart, lang: str) -> NativeChart | None:
    if not chart.counts:
        return None
    edges = [format_value(edge, chart.axis.format, lang) for edge in chart.edges]
    along, count = say(chart.axis.title, lang), word("count", lang)
    return NativeChart(
        XL_CHART_TYPE.COLUMN_CLUSTERED,
        lang,
        along or word("name", lang),
        [f"{left} – {right}" for left, right in pairwise(edges)],
        [Marks(count, chart.counts, (ACCENT,), edge=PAPER)],
        Axis(count, "count", 0.0),
        along,
        gap=0,
        legend=False,
    )


@native_chart.register
def _(chart: BoxChart, lang: str) -> NativeChart | None:
    """Boxes are stacked parts over an invisible first one; values below zero cannot be stacked so."""
    if not chart.groups or any(group.five[0] < 0 for group in chart.groups):
        return None
    cuts = [tuple(map(float, group.five)) for group in chart.groups]
    q1 = [cut[1] for cut in cuts]
    down, lower, upper, up = ([cut[i + 1] - cut[i] for cut in cuts] for i in range(4))
    colours = [segment_colour(group.colour) for group in chart.groups]
    marks = [
        Marks(word("quartile_1", lang), q1, (), (("", down, ()),)),
        Marks(word("median", lang), lower, colours, (), INK),
        Marks(word("quartile_3", lang), upper, colours, (("", (), up),), INK),
    ]
    names = [_name(group.name, lang) for group in chart.groups]
    kind, first = XL_CHART_TYPE.BAR_STACKED, word("name", lang)
    return NativeChart(kind, lang, first, names, marks, chart.axis, gap=60, downward=True, legend=False)


@native_chart.register
def _(chart: BubbleMap, lang: str) -> NativeChart | None:
    """Areas of bubbles tell sizes; whiskers their intervals."""
    if not chart.bubbles:
        return None
    marks = []
    for bubble in chart.bubbles:
        whiskers: list[Whiskers] = []
        for direction, value, interval in (("x", bubble.x, bubble.x_interval), ("y", bubble.y, bubble.y_interval)):
            if interval is not None:
                whiskers += _intervals(direction, (value,), (interval[0],), (interval[1],))
        values = (bubble.x, bubble.y, max(bubble.size, 0.0))
        marks.append(Marks(_name(bubble.name, lang), values, (segment_colour(bubble.colour),), whiskers, PAPER))
    size = heading(chart.size_title, "size", lang)
    first = _name(chart.x.title, lang)
    return NativeChart(
        XL_CHART_TYPE.BUBBLE, lang, first, (size,), marks, chart.y, chart.x, legend=_crowded(chart, lang)
    )


def _crowded(chart: BubbleMap, lang: str) -> bool:
    """Tell whether names to the right of their bubbles would run over each other; then a legend has them."""
    wide, high = _span(chart.x, [b.x for b in chart.bubbles]), _span(chart.y, [b.y for b in chart.bubbles])
    names = [_name(bubble.name, lang) for bubble in chart.bubbles]
    return any(
        abs(a.x - b.x) / wide < max(min(ems(name), LABEL_EMS) for name in pair) / MAP_EMS[0]
        and abs(a.y - b.y) / high < max(lines_of(name, LABEL_EMS) for name in pair) * LEADING / MAP_EMS[1]
        for (a, b), pair in zip(combinations(chart.bubbles, 2), combinations(names, 2), strict=True)
    )


def _span(axis: Axis, values: Sequence[float]) -> float:
    low = min(values) if axis.low is None else axis.low
    high = max(values) if axis.high is None else axis.high
    return high - low or 1.0
