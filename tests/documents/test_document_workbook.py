"""XLSX read back by another library: numbers are numbers, texts are never formulas or links."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest
from document_samples import HOSTILE, document, every_block, hostile_document, table

from qunxiang.adapters.documents import TypstDocuments
from qunxiang.adapters.documents.workbook import sheet_name
from qunxiang.charts.spec import (
    Axis,
    BoxChart,
    BoxGroup,
    Bubble,
    BubbleMap,
    Heatmap,
    HistogramChart,
    Series,
    StackedBar,
)
from qunxiang.ports.documents import ChartBlock, Column, Heading, Paragraph, TableBlock


def read(written: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(written))


def cells(book: openpyxl.Workbook) -> list[openpyxl.cell.Cell]:
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def write(*blocks: object, lang: str = "en") -> openpyxl.Workbook:
    return read(TypstDocuments().report(document(*blocks), format="xlsx", lang=lang))  # type: ignore[arg-type]


def test_a_sheet_per_chapter_after_the_overview() -> None:
    assert write(*every_block(), lang="zh").sheetnames == ["概览", "概况", "细分 B", "图"]


def test_numbers_are_numbers_with_formats() -> None:
    sheet = write(Heading("Chapter"), table())["Chapter"]
    found = {cell.value: cell.number_format for row in sheet.iter_rows() for cell in row if cell.data_type == "n"}
    assert found[1840] == "#,##0"
    assert found[0.1242] == "0.0%"
    assert found[3216.4] == "#,##0.00"
    assert "unknown" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_header_of_a_single_table_is_frozen() -> None:
    sheet = write(Heading("Chapter"), table())["Chapter"]
    first = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == "Segment")
    assert sheet.freeze_panes == f"A{first + 1}"
    assert sheet.column_dimensions["A"].width >= 9


def test_exact_values_survive() -> None:
    rows = ((Decimal("12.50"), 10**18, float("nan"), True),)
    columns = tuple(Column(name, "number") for name in "abcd")
    sheet = write(Heading("C"), TableBlock(columns, rows))["C"]
    values = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert 12.5 in values
    assert f"{10**18:,}" in values  # as text: a workbook would round it
    assert "unknown" in values
    assert True in values


def test_hostile_texts_are_texts() -> None:
    written = TypstDocuments().report(hostile_document(), format="xlsx", lang="en")
    found = cells(read(written))
    assert not [cell.value for cell in found if cell.data_type == "f"]
    assert not [cell.hyperlink for cell in found if cell.hyperlink]
    values = {cell.value for cell in found}
    assert set(HOSTILE) <= values
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert sheets
        assert not any(b"<f>" in parts.read(name) for name in sheets)


@pytest.mark.parametrize(
    ("text", "taken", "expected"),
    [
        ("价值/分层[2026]:*?", [], "价值 分层 2026"),
        ("'quoted'", [], "quoted"),
        ("x" * 40, [], "x" * 31),
        ("Same", ["same"], "Same 2"),
        ("y" * 31, ["y" * 31], "y" * 29 + " 2"),
        ("History", [], "History_"),
        ("///", [], "-"),
    ],
)
def test_sheet_names_are_accepted(text: str, taken: list[str], expected: str) -> None:
    assert sheet_name(text, taken) == expected


def test_chapters_of_one_name_get_sheets_of_their_own() -> None:
    assert write(Heading("A"), Heading("a"), Heading("A")).sheetnames == ["Overview", "A", "a 2", "A 3"]


def test_bar_and_line_charts_are_native_over_their_numbers() -> None:
    written = TypstDocuments().report(document(), format="xlsx", lang="en")
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 2
    assert any("<c:barChart>" in chart for chart in charts)
    assert any("<c:lineChart>" in chart for chart in charts)
    assert all("'Charts'!$B$" in chart or "Charts!$B$" in chart for chart in charts)


def test_every_kind_of_chart_gives_its_numbers() -> None:
    axis = Axis("value", "number")
    charts = (
        BubbleMap(
            "m", axis, axis, (Bubble("b", 1.5, 2.5, 30.0, x_interval=(1.0, 2.0), note="why"), Bubble("c", 1, 2, 3))
        ),
        BoxChart("x", axis, (BoxGroup("g", (1.0, 2.0, 3.25, 4.0, 5.0), 77),)),
        HistogramChart("h", axis, (0.0, 1.0, 2.0), (41, 43)),
        Heatmap("t", ("r",), ("c1", "c2"), ((0.125, None),)),
        StackedBar("s", ("k",), axis, (Series("one", (6.5,)), Series("two", (7.5,)))),
    )
    sheet = write(Heading("C"), *(ChartBlock(chart) for chart in charts))["C"]
    values = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {1.5, 2.5, 30, 77, 3.25, 41, 43, 0.125, 6.5, 7.5, "why", "unknown"} <= values


def test_very_long_and_broken_texts_are_written() -> None:
    broken = "bell \x07, half a pair \ud83d, byte order \ufeffmark"
    sheet = write(Heading("C"), Paragraph("x" * 40_000), Paragraph(broken))["C"]
    values = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "x" * 32_766 + "…" in values
    assert any("half a pair ?" in str(value) for value in values)
    assert not any("\ufeff" in str(value) for value in values)


def test_ends_of_intervals_are_named() -> None:
    values = {cell.value for cell in cells(write(*every_block(), lang="zh"))}
    assert {"区间下限", "区间上限", "B下限", "B上限"} <= values


def test_created_is_fixed_or_given() -> None:
    moment = datetime(2026, 11, 21, 8, 30)
    given = read(TypstDocuments(timestamp=moment).report(document(), format="xlsx", lang="zh"))
    assert given.properties.created == moment
