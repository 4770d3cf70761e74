"""Room on the sheet: names are whole or wrapped, values stand clear of bars, heights follow the rows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from qunxiang.adapters import documents
from qunxiang.charts.ink import FONT_SIZE, text_width, wrap
from qunxiang.charts.palette import BASE, SEGMENT_COLOURS
from qunxiang.charts.spec import (
    Axis,
    Bar,
    BarChart,
    BoxChart,
    BoxGroup,
    Bubble,
    BubbleMap,
    Chart,
    Heatmap,
    LineChart,
    Series,
)
from qunxiang.charts.svg import drawn_height, to_svg

SVG = "{http://www.w3.org/2000/svg}"
FONT = Path(documents.__file__).parent / "fonts" / "NotoSansSC-Regular.ttf"
MIXED = ("高FUEL消费占比 + 低GROCERY消费占比", "High basket value + high grocery share", "MEAT-PCKGD消费")
ENDLESS = ("W" * 90, "细分" * 60, "Mostly weekend shoppers with very large baskets and many returns and coupons")
WIDTH = 640.0


@cache
def advances() -> dict[int, float]:
    """Return the advance of each character of the font, in em."""
    font = TTFont(FONT)
    widths = font["hmtx"]
    return {code: widths[glyph][0] / font["head"].unitsPerEm for code, glyph in font.getBestCmap().items()}


def measured(text: str) -> float:
    """Return the width in px as the font itself has it."""
    return sum(advances()[ord(c)] for c in text) * FONT_SIZE


def bars(values: tuple[Bar, ...], axis: Axis | None = None) -> BarChart:
    return BarChart("t", axis or Axis("v", "signed"), values)


def named(names: tuple[str, ...]) -> dict[str, Chart]:
    """Return charts whose rows, lines or bubbles have the names."""
    five = (1.0, 2.0, 3.0, 4.0, 5.0)
    return {
        "bars": bars(tuple(Bar(name, 0.2 * i - 0.3) for i, name in enumerate(names))),
        "boxes": BoxChart("t", Axis("v"), tuple(BoxGroup(name, five, 12345) for name in names)),
        "matrix": Heatmap("t", names, names, tuple((1.0,) * len(names) for _ in names)),
        "lines": LineChart("t", "x", ("1", "2"), Axis("y"), tuple(Series(name, (1.0, 2.0)) for name in names)),
        "map": BubbleMap("t", Axis("x"), Axis("y"), tuple(Bubble(n, i, i, 9) for i, n in enumerate(names))),
    }


def spans(drawing: str) -> list[tuple[str, float, float]]:
    """Return text, left and right end in px of each text."""
    found = []
    for element in ET.fromstring(drawing).iter(SVG + "text"):
        text, x = element.text or "", float(element.attrib["x"])
        wide = measured(text)
        left = x - {"end": wide, "middle": wide / 2}.get(element.attrib.get("text-anchor", "start"), 0.0)
        found.append((text, left, left + wide))
    return found


def span_of(chart: Chart, text: str) -> tuple[float, float]:
    return next((left, right) for found, left, right in spans(to_svg(chart, "en")) if found == text)


def rect(chart: Chart, colour: str) -> tuple[float, float]:
    for element in ET.fromstring(to_svg(chart, "en")).iter(SVG + "rect"):
        if element.attrib["fill"] == colour and element.attrib.get("rx") == "1.5":
            left = float(element.attrib["x"])
            return left, left + float(element.attrib["width"])
    raise AssertionError(colour)


@pytest.mark.parametrize("text", [*MIXED, *ENDLESS, "Größe “n” – 95% ≥ 3 × é", "".join(map(chr, range(32, 127)))])
def test_a_width_is_never_less_than_in_the_font_and_little_more(text: str) -> None:
    assert measured(text) <= text_width(text) + 1e-9
    assert text_width(text) <= measured(text) * 1.08


@pytest.mark.parametrize("names", [MIXED, ENDLESS])
@pytest.mark.parametrize("kind", sorted(named(MIXED)))
@pytest.mark.parametrize("width", [400.0, WIDTH])
def test_no_text_leaves_the_sheet(kind: str, names: tuple[str, ...], width: float) -> None:
    for text, left, right in spans(to_svg(named(names)[kind], "zh", width)):
        assert left >= 0, text
        assert right <= width, text


@pytest.mark.parametrize("kind", ["bars", "boxes", "matrix"])
def test_names_of_rows_are_whole_on_two_lines(kind: str) -> None:
    drawing = to_svg(named(MIXED)[kind], "zh")
    rows = [e.text or "" for e in ET.fromstring(drawing).iter(SVG + "text") if e.get("text-anchor") == "end"]
    written = "".join(rows).replace(" ", "")
    for name in MIXED:
        assert name.replace(" ", "") in written


def test_a_name_is_wrapped_before_it_is_shortened() -> None:
    assert wrap("short", 80) == ("short",)
    assert wrap(MIXED[0], 150) == ("高FUEL消费占比 +", "低GROCERY消费占比")
    assert wrap("High basket value", 150, tail="  n=9") == ("High basket value  n=9",)
    assert wrap("High basket value", 100, tail="  n=9") == ("High basket value", "n=9")
    first, second = wrap(ENDLESS[2], 150, tail="  n=9")
    assert second.endswith("…  n=9")
    assert text_width(first) <= 150
    assert text_width(second) <= 150
    assert wrap(MIXED[0], 150, 1)[0].endswith("…")


def test_lines_neither_begin_with_a_closing_mark_nor_end_with_an_opening_one() -> None:
    for width in range(40, 130, 3):
        first, second = (*wrap("高价值（活跃），本季度新客户、老客户", float(width)), "")[:2]
        assert first[-1] not in "（"
        assert not second or second[0] not in "），、"


@pytest.mark.parametrize(("value", "low", "high"), [(-0.42, -0.55, -0.3), (-0.05, -0.6, 0.5), (-0.6, None, None)])
def test_the_value_of_a_negative_bar_stands_left_of_bar_and_whisker(
    value: float, low: float | None, high: float | None
) -> None:
    chart = bars((Bar("重度折扣客户", value, low, high, colour=0), Bar("b", 0.6, colour=1)))
    left, right = span_of(chart, f"{value:+.3g}")
    ends = [rect(chart, SEGMENT_COLOURS[0])[0]]
    ends += [
        min(float(e.attrib["x1"]), float(e.attrib["x2"]))
        for e in ET.fromstring(to_svg(chart, "en")).iter(SVG + "line")
        if e.attrib.get("stroke-width") == "1.25"
    ]
    assert right <= min(ends) - 4
    assert left >= span_of(chart, "重度折扣客户")[1] + 1


@pytest.mark.parametrize(("value", "base"), [(0.2, 0.7), (0.7, 0.2), (None, 0.7)])
def test_a_value_stands_right_of_the_longer_of_bar_and_base(value: float | None, base: float) -> None:
    chart = bars((Bar("a", value, base=base, colour=0), Bar("b", 0.9, base=0.1, colour=1)), Axis("v", "percent"))
    ends = [rect(chart, BASE)[1], *([] if value is None else [rect(chart, SEGMENT_COLOURS[0])[1]])]
    shown = "unknown" if value is None else f"{value:.1%}"
    assert max(ends) + 4 <= span_of(chart, shown)[0] <= max(ends) + 8


@pytest.mark.parametrize("kind", ["bars", "boxes", "matrix"])
def test_height_follows_the_number_of_rows(kind: str) -> None:
    few, many = (named(tuple(f"s{i}" for i in range(n)))[kind] for n in (2, 12))
    per_row = (drawn_height(many, "en") - drawn_height(few, "en")) / 10
    assert 26 <= per_row <= 30
    assert drawn_height(few, "en") <= 2 * 30 + 46
    root = ET.fromstring(to_svg(few, "en"))
    assert float(root.attrib["height"]) == drawn_height(few, "en")


def test_a_height_that_is_asked_for_is_kept() -> None:
    assert ET.fromstring(to_svg(named(MIXED)["bars"], "en", 500, 200)).attrib["height"] == "200"
