"""Slides: native charts over their numbers, native tables, hostile texts as text, the same bytes twice.

Every deck is opened by python-pptx, and every workbook by openpyxl; XML is read where python-pptx has no word for it.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from document_samples import BARS, HOSTILE, LINES, every_block, poster
from document_samples import document as sample
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE

from qunxiang.adapters.documents.slides import EPOCH, TEMPLATE, slides
from qunxiang.charts.palette import ACCENT, INK, MUTED, PAPER
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
    HistogramChart,
    Series,
    StackedBar,
)
from qunxiang.ports.documents import (
    Block,
    Bullets,
    ChartBlock,
    Column,
    Document,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    PersonaBlock,
    TableBlock,
)

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
STACK = StackedBar("by month", ("Jan", "Feb"), Axis("n", "count"), (Series("a", (1.0, 2.0)), Series("b", (3.0, None))))
BINS = HistogramChart("ages", Axis("age", "count"), (0.0, 10.0, 20.0), (4, 7))
BOXES = BoxChart("orders", Axis("value", "money"), (BoxGroup("s1", (1.0, 2.0, 4.0, 7.0, 11.0), 30, 1),))
MAP = BubbleMap(
    "map",
    Axis("x", low=0.0, high=10.0),
    Axis("y"),
    (Bubble("one", 2.0, 8.0, 100.0, (1.0, 4.0), (7.0, 8.5)), Bubble("two", 5.0, 3.0, 25.0)),
)
GRID = Heatmap("where", ("north", "south"), ("s1", "s2"), ((0.2, None), (0.8, 1.0)), "percent")
SCHEMA = (
    *("idx", "order", "tx", "spPr", "invertIfNegative", "marker", "dPt", "dLbls", "errBars", "cat", "xVal"),
    *("val", "yVal", "smooth", "bubbleSize", "bubble3D"),
)
"""What a series holds, in the order of ECMA-376 part 1, CT_BarSer, CT_LineSer and CT_BubbleSer taken together."""
NATIVE = (BARS, LINES, STACK, BINS, BOXES, MAP)


def report(*blocks: Block, title: str = "Report", **more: Any) -> Document:
    return Document(title=title, subtitle="s", meta=(("by", "me"),), blocks=blocks, footer="foot", **more)


def opened(document: Document, lang: str = "en") -> Any:
    return Presentation(BytesIO(slides(document, lang=lang, created=None)))


def texts(slide: Any) -> list[str]:
    """Return the texts of a slide, those of tables cell by cell."""
    found = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            found.append(shape.text_frame.text)
        elif shape.has_table:
            found += [cell.text_frame.text for row in shape.table.rows for cell in row.cells]
    return found


def charts(deck: Any) -> list[Any]:
    return [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def drawn(chart: Chart, lang: str = "en") -> Any:
    [made] = charts(opened(report(Heading("h"), ChartBlock(chart)), lang))
    return made


def sheet_of(chart: Any) -> Any:
    return openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))["Sheet1"]


def whiskers(series: Any) -> list[dict[str, list[float]]]:
    return [
        {
            side: [float(v.text) for v in bars.iter(f"{C}v")]
            for side in ("minus", "plus")
            for bars in error.iter(C + side)
        }
        for error in series._element.iter(f"{C}errBars")
    ]


EVERYTHING = report(
    Heading("First", colour=2),
    Paragraph("text " * 60),
    Bullets(tuple(f"item {i} " * 12 for i in range(30))),
    Notice("careful", "warning"),
    KeyFigures(tuple(KeyFigure(f"f{i}", str(i), "note") for i in range(6))),
    Heading("Second"),
    Heading("below", 3),
    *(ChartBlock(chart, "note") for chart in (*NATIVE, GRID)),
    TableBlock((Column("a"), Column("n", "count")), tuple((f"row {i}", i) for i in range(80)), "many", "note"),
    PersonaBlock(poster()),
    summary=("one", "two"),
)


def test_shapes_have_numbers_of_their_own_and_stay_on_the_slide() -> None:
    deck = opened(EVERYTHING)
    assert len(deck.slides) > 10
    for number, slide in enumerate(deck.slides, start=1):
        ids = [shape.shape_id for shape in slide.shapes]
        assert len(set(ids)) == len(ids)
        assert slide.shapes.title.text_frame.text
        assert [p.placeholder_format.idx for p in slide.placeholders][-2:] == ([11, 12] if number > 1 else [12, 13])
        assert str(number) in [t.text for p in slide.placeholders for t in p._element.iter(f"{A}t")]
        for shape in slide.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= deck.slide_height


def test_every_kind_of_block_says_its_words_in_both_languages() -> None:
    wanted = {
        "zh": [
            "客户细分报告",
            "要点",
            "正文一段。",
            "第二点",
            "98.7%",
            "12,903",
            "样本少",
            "沈亦舟",
            "家有学童",
            "越来越高",
        ],
        "en": [
            "Segment report",
            "Summary",
            "A paragraph.",
            "Second",
            "98.7%",
            "12,903",
            "Small sample",
            "Nora Estevan",
        ],
    }
    for lang, words in wanted.items():
        deck = opened(sample(*every_block()), lang)
        said = "\n".join(text for slide in deck.slides for text in texts(slide))
        assert [word for word in words if word not in said] == []
        tongues = {run.get("lang") for slide in deck.slides for run in slide._element.iter(f"{A}rPr")}
        assert tongues - {None} == {"zh-CN" if lang == "zh" else "en-US"}


def test_the_theme_has_our_colours_and_a_chinese_font_that_nothing_overrides() -> None:
    with zipfile.ZipFile(TEMPLATE) as parts:
        theme = ElementTree.fromstring(parts.read("ppt/theme/theme1.xml"))
    colours = {e.tag.removeprefix(A): f"#{e[0].get('val')}" for e in next(theme.iter(f"{A}clrScheme"))}
    assert [colours[k] for k in ("dk1", "lt1", "dk2", "accent1")] == [INK, PAPER, MUTED, ACCENT]
    assert {e.get("typeface") for e in theme.iter(f"{A}ea")} == {"Microsoft YaHei"}
    deck = opened(EVERYTHING, "zh")
    for element in (*(slide._element for slide in deck.slides), *(chart._chartSpace for chart in charts(deck))):
        assert not list(element.iter(f"{A}latin"))
        assert not list(element.iter(f"{A}ea"))


@pytest.mark.parametrize("chart", NATIVE, ids=lambda c: type(c).__name__)
def test_a_chart_is_native_and_its_workbook_holds_the_same_numbers(chart: Chart) -> None:
    made = drawn(chart)
    sheet = sheet_of(made)
    assert not sheet._charts
    tags = ("val", "xVal", "yVal", "bubbleSize", "plus", "minus", "tx", "cat")
    found = [e for tag in tags for e in made._chartSpace.iter(f"{C}{tag}") if next(e.iter(f"{C}f"), None) is not None]
    assert found
    for element in found:
        rows = sheet[next(element.iter(f"{C}f")).text.partition("!")[2].replace("$", "")]
        cells = [row[0].value for row in rows] if isinstance(rows, tuple) else [rows.value]
        cached = {int(p.get("idx")): p.findtext(f"{C}v") for p in element.iter(f"{C}pt")}
        assert {i: str(v) if isinstance(v, str) else float(v) for i, v in enumerate(cells) if v is not None} == {
            i: v if isinstance(cells[i], str) else pytest.approx(float(v)) for i, v in cached.items()
        }
    for series in made._chartSpace.iter(f"{C}ser"):
        places = [SCHEMA.index(child.tag.removeprefix(C)) for child in series]
        assert places == sorted(places)


def test_charts_show_the_values_they_were_given() -> None:
    bars = drawn(BARS)
    assert bars.chart_type == XL_CHART_TYPE.BAR_CLUSTERED
    assert list(bars.plots[0].categories) == ["S1", "S2", "S3", "S4"]
    assert [list(s.values) for s in bars.plots[0].series] == [pytest.approx([0.1, 0.2, 0.3, 0.4]), [0.3] * 4]
    assert bars.category_axis.reverse_order  # the first on top, and the numbers at the bottom
    assert bars.value_axis._element.crosses.get("val") == "max"
    lines = drawn(LINES, "zh")
    assert [list(s.values) for s in lines.plots[0].series] == [[100, 120, None], [80, 75, 90]]
    assert [list(s.values) for s in drawn(STACK).plots[0].series] == [[1, 2], [3, None]]
    assert list(drawn(BINS).plots[0].series[0].values) == [4, 7]
    boxes = drawn(BOXES).plots[0].series
    assert [list(s.values) for s in boxes] == [[2], [2], [3]]
    assert [whiskers(s) for s in boxes] == [[{"minus": [1]}], [], [{"plus": [4]}]]
    bubbles = drawn(MAP)
    assert bubbles.chart_type == XL_CHART_TYPE.BUBBLE
    found = {s.name: [float(v.text) for v in [*s._element.iter(f"{C}v")][-3:]] for s in bubbles.plots[0].series}
    assert found == {"one": [2, 8, 100], "two": [5, 3, 25]}
    assert [whiskers(s) for s in bubbles.plots[0].series] == [
        [{"minus": [1], "plus": [2]}, {"minus": [1], "plus": [0.5]}],
        [],
    ]
    assert (bubbles.category_axis.minimum_scale, bubbles.category_axis.maximum_scale) == (0, 10)


def test_whiskers_are_the_interval() -> None:
    [series] = (
        drawn(BarChart("t", Axis("v"), (Bar("a", 5.0, 4.0, 7.0, colour=0), Bar("b", -3.0, -5.0, -2.5, colour=1))))
        .plots[0]
        .series
    )
    assert whiskers(series) == [{"minus": [1.0, 2.0], "plus": [2.0, 0.5]}]
    assert not series.invert_if_negative
    assert {e.get("val") for e in series._element.iter(f"{C}invertIfNegative")} == {"0"}
    assert len(list(series._element.iter(f"{C}invertIfNegative"))) == 3  # the series' own, and one a bar


def test_a_chart_without_numbers_and_boxes_below_zero_are_tables() -> None:
    below = BoxChart("t", Axis("v"), (BoxGroup("g", (-1.0, 2.0, 4.0, 7.0, 11.0), 30),))
    deck = opened(report(Heading("h"), ChartBlock(BarChart("t", Axis("v"), (Bar("a", None),))), ChartBlock(below)))
    assert charts(deck) == []
    assert sum(shape.has_table for slide in deck.slides for shape in slide.shapes) == 2


def test_what_is_no_native_chart_is_a_native_table() -> None:
    deck = opened(report(Heading("h"), ChartBlock(GRID)))
    [table] = [shape.table for shape in deck.slides[1].shapes if shape.has_table]
    cells = [[cell.text_frame.text for cell in row.cells] for row in table.rows]
    assert cells[1:] == [["north", "20.0%", "unknown"], ["south", "80.0%", "100.0%"]]
    assert table.cell(1, 1).fill.fore_color.rgb != table.cell(2, 2).fill.fore_color.rgb
    assert charts(deck) == []


def test_a_long_table_goes_on_with_its_head_and_loses_no_row() -> None:
    rows = tuple((f"row {i}", i) for i in range(120))
    deck = opened(report(Heading("h"), TableBlock((Column("first head"), Column("n", "count")), rows, "t")))
    pages = [" ".join(texts(slide)) for slide in deck.slides]
    pages = [text for text in pages if "row " in text]
    assert len(pages) > 1
    assert all("first head" in text for text in pages)
    assert re.findall(r"row (\d+)", " ".join(pages)) == [str(i) for i in range(120)]


@pytest.mark.parametrize(
    "text", [*HOSTILE, "a\x00\x08b\ud800", "]]>", "&amp;<a:t>", "{=1+1}", "https://a.b/" + "c" * 3000]
)
def test_hostile_texts_stay_text(text: str) -> None:
    chart = BarChart(text, Axis(text), (Bar(text, 1.0, 0.5, 2.0, 1.5), Bar("b", 2.0)), base_title=text)
    named = BubbleMap(text, Axis(text), Axis(text), (Bubble(text, 1.0, 1.0, 1.0),), text)
    blocks = (Heading(text), Paragraph(text), ChartBlock(chart, text), ChartBlock(named, text))
    table = TableBlock((Column(text),), ((text,),), text)
    content = slides(report(*blocks, table, title=text), lang="en", created=None)
    with zipfile.ZipFile(BytesIO(content)) as package:
        assert not any("vbaProject" in name or name.endswith(".bin") for name in package.namelist())
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                part = package.read(name)
                ElementTree.fromstring(part)
                assert b"hlinkClick" not in part
                assert b'TargetMode="External"' not in part
    deck = Presentation(BytesIO(content))
    readable = text.encode("utf-8", "replace").decode()  # half a character is a question mark in every document
    shown = " ".join(re.sub("[\x00-\x08]", "", readable).split())
    assert shown in texts(deck.slides[1])
    for made in charts(deck):
        sheet = sheet_of(made)
        assert all(c.data_type != "f" and c.hyperlink is None for row in sheet.iter_rows() for c in row)
        assert all(f.text.startswith("Sheet1!$") for f in made._chartSpace.iter(f"{C}f"))
    assert len(charts(deck)) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_report_is_the_same_file(lang: str) -> None:
    first = slides(EVERYTHING, lang=lang, created=None)
    with zipfile.ZipFile(BytesIO(first)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = Presentation(BytesIO(first)).core_properties
    assert (properties.title, properties.author, properties.created) == ("Report", "Qunxiang", EPOCH)
    assert properties.modified == EPOCH
    assert slides(EVERYTHING, lang=lang, created=None) == first


def test_names_of_bubbles_that_would_run_over_each_other_go_into_a_legend() -> None:
    def shown(*places: tuple[float, float]) -> tuple[bool, bool]:
        bubbles = tuple(Bubble(f"a segment with a long name {i}", x, y, 1.0) for i, (x, y) in enumerate(places))
        axis = Axis("n", low=0.0, high=10.0)
        [chart] = charts(opened(report(Heading("h"), ChartBlock(BubbleMap("map", axis, axis, bubbles)))))
        return chart.plots[0].data_labels.show_series_name, chart.has_legend

    assert shown((1.0, 1.0), (5.0, 5.0)) == (True, False)
    assert shown((1.0, 1.0), (1.5, 4.0)) == (True, False)
    assert shown((1.0, 1.0), (1.5, 1.1)) == (False, True)
    assert shown((2.0, 2.0)) == (True, False)
