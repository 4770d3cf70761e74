"""What a chart shows, free of any drawing library.

Each kind is a frozen record. :mod:`qunxiang.charts.echarts` turns it into an ECharts option, :mod:`qunxiang.charts.svg`
into an SVG string, :mod:`qunxiang.charts.table` into the rows of the "view as table" switch. Every text is already in
the reader's language or a label/message rendered with the `lang` argument of those functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qunxiang.i18n import Label, Message

Text = Label | Message | str
ValueFormat = Literal["plain", "count", "number", "money", "percent", "signed"]


@dataclass(frozen=True)
class Axis:
    """A numeric axis: what it measures, how values are written, and its limits when they are fixed."""

    title: Text
    format: ValueFormat = "number"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Reference:
    """A labelled line at one value of the numeric axis, such as the mean of all profiles or a gate.

    A level line has its label above it, or `below`.
    """

    value: float
    title: Text
    below: bool = False


@dataclass(frozen=True)
class Bar:
    """One bar: value with an optional interval and an optional base value drawn as a thin reference bar."""

    name: Text
    value: float | None
    low: float | None = None
    high: float | None = None
    base: float | None = None
    colour: int | None = None  # number of the segment colour; None takes the accent


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars, one per category, with intervals as whiskers; `base_title` labels the reference bars.

    `value_title` labels the bars themselves beside them, where the title of the axis does not say what they are.
    """

    title: Text
    axis: Axis
    bars: tuple[Bar, ...]
    base_title: Text | None = None
    horizontal: bool = True
    references: tuple[Reference, ...] = ()
    value_title: Text | None = None


@dataclass(frozen=True)
class Bubble:
    """One bubble of a map; intervals on both axes are optional."""

    name: Text
    x: float
    y: float
    size: float
    x_interval: tuple[float, float] | None = None
    y_interval: tuple[float, float] | None = None
    colour: int | None = None
    note: Text | None = None


@dataclass(frozen=True)
class BubbleMap:
    """Attractiveness × strength and similar maps; `highlight` shades the upper right quadrant from that point."""

    title: Text
    x: Axis
    y: Axis
    bubbles: tuple[Bubble, ...]
    size_title: Text = ""
    highlight: tuple[float, float] | None = None
    highlight_title: Text | None = None


@dataclass(frozen=True)
class Series:
    """One line: points share the chart's categories or x values; `low`/`high` draw a band."""

    name: Text
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] | None = None
    high: tuple[float | None, ...] | None = None
    colour: int | None = None


@dataclass(frozen=True)
class LineChart:
    """Lines over ordered categories (dates, k)."""

    title: Text
    x_title: Text
    categories: tuple[str, ...]
    y: Axis
    series: tuple[Series, ...]
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class BoxGroup:
    """Five numbers of a distribution per category: minimum, quartiles, maximum (or 5 % and 95 %)."""

    name: Text
    five: tuple[float, float, float, float, float]
    n: int
    colour: int | None = None


@dataclass(frozen=True)
class BoxChart:
    """Box plots, one per category."""

    title: Text
    axis: Axis
    groups: tuple[BoxGroup, ...]
    whiskers_title: Text = ""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class HistogramChart:
    """Counts per bin; `edges` has one entry more than `counts`."""

    title: Text
    axis: Axis
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Heatmap:
    """A matrix of values with row and column names; ``None`` is an empty cell, `hatched` marks too few rows.

    `empty` is the text of an empty cell; None says that its value is unknown.
    """

    title: Text
    rows: tuple[Text, ...]
    columns: tuple[Text, ...]
    values: tuple[tuple[float | None, ...], ...]
    format: ValueFormat = "number"
    diverging: bool = False
    hatched: frozenset[tuple[int, int]] = frozenset()
    empty: str | None = None


@dataclass(frozen=True)
class StackedBar:
    """One part of a whole per category, such as segment sizes by month."""

    title: Text
    categories: tuple[Text, ...]
    axis: Axis
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Cloud:
    """Points of one group on a plane with its centre and a closed outline around its middle half; `n` rows."""

    name: Text
    points: tuple[tuple[float, float], ...]
    centre: tuple[float, float]
    outline: tuple[tuple[float, float], ...]
    n: int
    colour: int | None = None


@dataclass(frozen=True)
class CloudMap:
    """Groups of points on a plane; `links` join the centres of two groups, thicker the greater the value (0 to 1)."""

    title: Text
    x: Axis
    y: Axis
    clouds: tuple[Cloud, ...]
    links: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True)
class Mosaic:
    """Rows as high as they have members, parts as wide as their share, coloured by the residual of their count.

    `counts` and `residuals` have shape (rows, parts); residuals are (observed − expected) / √expected.
    """

    title: Text
    rows: tuple[Text, ...]
    parts: tuple[Text, ...]
    counts: tuple[tuple[int, ...], ...]
    residuals: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class PlanePoint:
    """A point of a biplot; `faint` says that the plane shows it badly, `ring` is the closed outline of its region."""

    name: Text
    x: float
    y: float
    kind: Literal["own", "brand", "attribute", "ideal"]
    note: Text | None = None
    faint: bool = False
    ring: tuple[tuple[float, float], ...] = ()
    colour: int | None = None  # of an ideal point: number of its segment's colour


@dataclass(frozen=True)
class Biplot:
    """Brands, attributes and ideal points on a plane; both axes have one scale, for distances are what is read."""

    title: Text
    x: Axis
    y: Axis
    points: tuple[PlanePoint, ...]


@dataclass(frozen=True)
class Dot:
    """One row of a dot plot: a value with its interval, and beside it a value before it was adjusted.

    `faint` marks a row whose own value says little; `n` rows stand behind it.
    """

    name: Text
    value: float | None
    low: float | None = None
    high: float | None = None
    raw: float | None = None
    n: int | None = None
    faint: bool = False
    colour: int | None = None


@dataclass(frozen=True)
class DotChart:
    """Dots with intervals, one per row; a hollow dot is the value before adjustment.

    `faint_title` says in words what a faint row is.
    """

    title: Text
    axis: Axis
    dots: tuple[Dot, ...]
    value_title: Text
    raw_title: Text
    n_title: Text
    faint_title: Text = ""
    references: tuple[Reference, ...] = ()


Chart = (
    BarChart
    | BubbleMap
    | LineChart
    | BoxChart
    | HistogramChart
    | Heatmap
    | StackedBar
    | CloudMap
    | Mosaic
    | Biplot
    | DotChart
)
