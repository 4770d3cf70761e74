"""All kinds of chart as ECharts option, SVG and table: complete, well-formed, honest about the unknown, safe."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import pytest
from chart_samples import HOSTILE, kinds

from qunxiang.charts import echarts, maps, spec, words
from qunxiang.charts.echarts import chart_height, to_echarts
from qunxiang.charts.ink import Sheet, fit, text_width
from qunxiang.charts.palette import SEGMENT_COLOURS
from qunxiang.charts.spec import Axis, Bar, BarChart, Bubble, BubbleMap, Chart, Heatmap, LineChart, Series
from qunxiang.charts.svg import to_svg
from qunxiang.charts.table import to_table
from qunxiang.i18n import Label

SVG = "{http://www.w3.org/2000/svg}"
KINDS = sorted(kinds())


def elements(chart: Chart, name: str, lang: str = "en", width: float = 640, height: float = 320) -> list[ET.Element]:
    return list(ET.fromstring(to_svg(chart, lang, width, height)).iter(SVG + name))


def texts(chart: Chart, lang: str = "en") -> list[str]:
    return [element.text or "" for element in elements(chart, "text", lang)]


def named_functions(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(
            *(
                named_functions(v)
                for k, v in value.items()
                if k in ("formatter", "renderItem") or not isinstance(v, str)
            )
        )
    if isinstance(value, list):
        return set().union(*(named_functions(v) for v in value))
    return {value} if isinstance(value, str) else set()


def test_the_samples_have_every_kind() -> None:
    assert {type(chart) for chart in kinds().values()} == set(get_args(spec.Chart))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [None, HOSTILE, ""])
def test_svg_is_well_formed_and_uses_attributes_only(kind: str, name: str | None, lang: str) -> None:
    root = ET.fromstring(to_svg(kinds(name)[kind], lang, 480, 300))
    allowed = {"svg", "title", "rect", "line", "path", "circle", "text"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    for element in root.iter():
        assert not {"class", "style"} & set(element.attrib)
        if element.tag == SVG + "text":
            assert element.attrib["font-family"] == "Noto Sans SC"


@pytest.mark.parametrize("kind", KINDS)
def test_svg_texts_stay_on_the_sheet(kind: str) -> None:
    width = 480.0
    for element in elements(kinds()[kind], "text", "en", width, 300):
        wide = text_width(element.text or "")
        x = float(element.attrib["x"])
        left = x - {"end": wide, "middle": wide / 2}.get(element.attrib.get("text-anchor", "start"), 0.0)
        assert left >= -1, element.text
        assert left + wide <= width + 1, element.text


@pytest.mark.parametrize("kind", KINDS)
def test_an_option_is_json_and_names_only_functions_that_the_page_has(kind: str) -> None:
    option = json.loads(json.dumps(to_echarts(kinds(HOSTILE)[kind], "zh"), allow_nan=False))
    script = (Path(echarts.__file__).parents[1] / "web/static/js/charts.js").read_text("utf-8")
    for item in option["series"]:
        if item["type"] == "custom":
            assert re.search(rf"^  {item['renderItem'].removeprefix('qx:')}\(series", script, re.MULTILINE)
    for name in {n for n in named_functions(option) if n.startswith("qx:")}:
        assert name.startswith("qx:format:") or name in script or f"  {name[3:]}(series" in script, name


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_rectangular(kind: str, lang: str) -> None:
    header, rows = to_table(kinds()[kind], lang)
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    assert all(header)


def test_unknown_is_said_and_never_drawn_as_zero() -> None:
    bars = BarChart("t", Axis("v"), (Bar("known", 2.0, colour=0), Bar("not known", None, colour=1)))
    fills = [element.attrib.get("fill") for element in elements(bars, "rect")]
    assert fills.count(SEGMENT_COLOURS[0]) == 1
    assert SEGMENT_COLOURS[1] not in fills
    assert "unknown" in texts(bars)
    assert to_table(bars, "en")[1][1] == ("not known", "unknown")
    assert to_echarts(bars, "en")["series"][0]["data"][1]["value"] is None


def test_a_gap_interrupts_a_line_and_its_band() -> None:
    line = Series("a", (1.0, 2.0, None, 2.0, 3.0), (0.5, 1.5, None, 1.5, 2.5), (1.5, 2.5, None, 2.5, 3.5), 0)
    chart = LineChart("t", "x", ("1", "2", "3", "4", "5"), Axis("y"), (line,))
    paths = elements(chart, "path")
    assert len([p for p in paths if p.attrib["fill"] == "none"]) == 2
    assert len([p for p in paths if p.attrib["fill"] != "none"]) == 2
    assert len(elements(chart, "circle")) == 4
    assert to_echarts(chart, "en")["series"][-1]["data"][2]["value"] is None


def test_bar_lengths_are_in_proportion_to_values() -> None:
    chart = BarChart("t", Axis("v"), (Bar("a", 2.0, colour=0), Bar("b", 8.0, colour=1)))
    wide = {e.attrib["fill"]: float(e.attrib["width"]) for e in elements(chart, "rect")}
    assert wide[SEGMENT_COLOURS[1]] / wide[SEGMENT_COLOURS[0]] == pytest.approx(4, rel=1e-3)


def test_whiskers_end_at_the_interval() -> None:
    plain = BarChart("t", Axis("v", low=0, high=10), (Bar("a", 4.0, 2.0, 6.0, colour=0),))
    bar = next(e for e in elements(plain, "rect") if e.attrib["fill"] == SEGMENT_COLOURS[0])
    zero, per_unit = float(bar.attrib["x"]), float(bar.attrib["width"]) / 4
    whisker = next(e for e in elements(plain, "line") if e.attrib.get("stroke-width") == "1.25")
    assert float(whisker.attrib["x1"]) == pytest.approx(zero + 2 * per_unit, abs=0.02)
    assert float(whisker.attrib["x2"]) == pytest.approx(zero + 6 * per_unit, abs=0.02)


def test_bubble_areas_are_in_proportion_to_sizes() -> None:
    chart = BubbleMap("t", Axis("x"), Axis("y"), (Bubble("a", 1, 1, 400, colour=0), Bubble("b", 2, 2, 100, colour=1)))
    first, second = (float(e.attrib["r"]) for e in elements(chart, "circle"))
    assert (first / second) ** 2 == pytest.approx(4, rel=1e-2)
    sizes = [item["symbolSize"] for item in to_echarts(chart, "en")["series"][0]["data"]]
    assert (sizes[0] / sizes[1]) ** 2 == pytest.approx(4)


def test_labels_of_crowded_bubbles_do_not_overlap() -> None:
    sheet = Sheet(640, 320)
    names = [(f"segment number {i}",) for i in range(10)]
    centres = [(300.0 + i % 3 * 12, 150.0 + i // 3 * 9) for i in range(10)]
    boxes = maps.place_labels(names, centres, [9.0] * 10, [9.0] * 10, sheet)
    for (left, top, right, bottom), (left2, top2, right2, bottom2) in combinations(boxes, 2):
        assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= 640
        assert bottom <= 320


def test_references_and_bases_are_labelled() -> None:
    samples = kinds()
    assert "All profiles 35%" in texts(samples["columns"])
    assert "All profiles" in texts(samples["bars"])
    assert "Gate 0.65" in texts(samples["lines"])
    assert "90 days" in texts(samples["histogram"])
    line = to_echarts(samples["boxes"], "zh")["series"][0]["markLine"]
    assert line["precision"] > 10  # not rounded to two decimals: 63.2 % is drawn at 63.2 %
    marks = line["data"]
    assert [mark["name"] for mark in marks] == ["总体中位数"]


def test_bars_of_two_kinds_are_both_in_the_legend() -> None:
    bars = (Bar("a", 0.4, 0.3, 0.5, 0.35), Bar("b", 0.6, 0.5, 0.7, 0.65))
    chart = BarChart("Sizes", Axis("Share", "percent"), bars, "Unweighted", value_title="Weighted")
    option = to_echarts(chart, "en")
    assert option["legend"]["data"] == ["Weighted", "Unweighted"]
    assert option["legend"]["data"] == [s["name"] for s in option["series"] if s["name"]]
    assert {"Weighted", "Unweighted"} <= set(texts(chart))


def test_intervals_stand_in_table_and_tooltip() -> None:
    chart = kinds()["bars"]
    assert to_table(chart, "en")[0] == ("Name", "Repeat rate", "Interval", "All profiles")
    assert to_table(chart, "en")[1][0][1:] == ("62.0%", "56.0% – 69.0%", "30.0%")
    tip = to_echarts(chart, "en")["series"][0]["data"][0]["tip"]
    assert ["Interval", "56.0% – 69.0%"] in tip["rows"]


def test_hatched_cells_say_why() -> None:
    chart = Heatmap("m", ("r",), ("a", "b"), ((1.0, 2.0),), hatched=frozenset({(0, 1)}))
    assert to_table(chart, "zh")[1] == (("r", "1", "2 (样本过少)"),)
    assert to_echarts(chart, "zh")["series"][1]["data"] == [[1, 0]]


def test_hostile_names_stay_text() -> None:
    for chart in kinds(HOSTILE).values():
        drawn = to_svg(chart, "en", 640, 320)
        assert "<img" not in drawn
        assert "\x00" not in drawn
        header, rows = to_table(chart, "en")
        assert not any("\x00" in cell for row in (header, *rows) for cell in row)


@pytest.mark.parametrize(
    "chart",
    [
        BarChart("t", Axis("v"), ()),
        BubbleMap("t", Axis("x"), Axis("y"), ()),
        LineChart("t", "x", (), Axis("y"), ()),
        Heatmap("t", (), (), ()),
        LineChart("t", "x", ("one",), Axis("y"), (Series("a", (None,)),)),
        spec.HistogramChart("t", Axis("v"), (), ()),
        spec.BoxChart("t", Axis("v"), ()),
        spec.StackedBar("t", (), Axis("v"), ()),
    ],
)
def test_nothing_to_draw_is_still_a_chart(chart: Chart) -> None:
    ET.fromstring(to_svg(chart, "zh", 300, 200))
    json.dumps(to_echarts(chart, "zh"), allow_nan=False)
    to_table(chart, "zh")


def test_height_grows_with_rows() -> None:
    chart = kinds()["bars"]
    assert isinstance(chart, BarChart)
    assert chart_height(replace(chart, bars=chart.bars * 3)) > chart_height(chart)


def test_a_long_text_is_cut_to_its_room() -> None:
    cut = fit("成长型科技企业与其他名称很长的细分", 80)
    assert cut.endswith("…")
    assert text_width(cut) <= 80
    assert fit("short", 80) == "short"


def test_chinese_and_latin_letters_stand_apart_on_a_canvas() -> None:
    label = Label("高MEAT消费占比85%以上", "High share of MEAT")
    assert words.say(label, "zh") == "高 MEAT 消费占比 85% 以上"
    assert words.say(label, "en") == "High share of MEAT"
