"""What a sheet does not say is found: its header, names in two rows, merged cells, day count, error cells."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from qunxiang.adapters.sources import open_source
from qunxiang.errors import SourceError


def saved(path: Path, book: Any) -> Path:
    book.save(path)
    return path


def values_of(source: Any) -> list[dict[str, Any]]:
    rows = [row for batch in source.batches() for row in batch.to_pylist()]
    return [{k: v for k, v in row.items() if k != "__broken__"} for row in rows]


def two_header_rows() -> Any:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["2024年客户名单", None, None, None, None],
        [None] * 5,
        ["编号", "联系方式", None, "地区", "日期"],
        [None, "电话", "邮箱", None, None],
        ["001", "13800138000", "a@b.cn", "华东", date(2024, 3, 5)],
        ["002", 13900139000, None, None, datetime(2024, 3, 6, 1, 2, 3)],
        [None] * 5,
        ["003", "=1+1", None, "华南", 45356],
    ):
        sheet.append(row)
    for merged in ("A1:E1", "A3:A4", "B3:C3", "D3:D4", "E3:E4", "D5:D6"):
        sheet.merge_cells(merged)
    return book


def test_titles_two_header_rows_and_merged_cells(tmp_path: Path) -> None:
    source = open_source(saved(tmp_path / "a.xlsx", two_header_rows()))
    shape = source.shape()
    assert shape.columns == ("编号", "联系方式/电话", "联系方式/邮箱", "地区", "日期")
    assert (shape.found.header_row, shape.found.header_rows, shape.date_system) == (3, 2, 1900)
    rows = values_of(source)
    assert [row["__row__"] for row in rows] == [1, 2, 4]
    assert [row["编号"] for row in rows] == ["001", "002", "003"]
    assert [row["联系方式/电话"] for row in rows] == [
        "13800138000",
        "13900139000",
        None,
    ]  # a formula never saved a value
    assert [row["地区"] for row in rows] == ["华东", "华东", "华南"]
    assert [row["日期"] for row in rows] == ["2024-03-05", "2024-03-06 01:02:03", "45356"]
    assert {m.code: m.params for m in shape.found.notes} == {
        "source.found.header_row": {"row": 3},
        "source.found.header_rows": {"rows": 2},
        "source.found.merged": {"cells": 1},
    }


def test_days_from_1904_are_turned_and_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in (["id", "day"], ["1", date(2024, 3, 5)]):
        book.active.append(row)
    source = open_source(saved(tmp_path / "a.xlsx", book))
    assert values_of(source)[0]["day"] == "2024-03-05"
    assert source.shape().date_system == 1904
    assert [m.code for m in source.shape().found.notes] == ["source.found.days_1904"]


def test_error_cells_give_their_word_and_text_stays_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "phone", "n"], ["007", "#REF!", 1], ["008", "#N/A", 2], ["010", "x", 3]):
        book.active.append(row)
    rows = values_of(open_source(saved(tmp_path / "a.xlsx", book)))
    assert [(row["id"], row["phone"]) for row in rows] == [("007", "#REF!"), ("008", "#N/A"), ("010", "x")]


def test_the_sheet_is_chosen_and_the_others_are_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    for name in ("客户", "订单"):
        sheet = book.create_sheet(name)
        sheet.append(["id", name])
        sheet.append(["1", "#N/A"])
    path = saved(tmp_path / "a.xlsx", book)
    assert open_source(path).shape().found.sheet == "客户"  # the first has no rows
    chosen = open_source(path, sheet="订单")
    assert chosen.shape().columns == ("id", "订单")
    assert values_of(chosen)[0]["订单"] == "#N/A"
    assert chosen.shape().found.sheets == ("说明", "客户", "订单")


def packed(path: Path, sheet: str, *, extra: str = "") -> Path:
    """Write a workbook by hand."""
    saved(path, two_header_rows())
    with zipfile.ZipFile(path) as old:
        parts = {item.filename: old.read(item) for item in old.infolist()}
    parts["xl/worksheets/sheet1.xml"] = (extra + sheet).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_sheet_of_two_cells_far_apart_is_refused(tmp_path: Path) -> None:
    far = f'<sheetData><row r="1">{cell("A1", "id")}</row><row r="1048576">{cell("XFD1048576", "x")}</row></sheetData>'
    with pytest.raises(SourceError) as error:
        open_source(packed(tmp_path / "a.xlsx", f"{HEAD}{far}</worksheet>"))
    assert error.value.code == "error.source.sheet_too_large"


def test_a_huge_declared_dimension_alone_costs_nothing(tmp_path: Path) -> None:
    rows = f'<row r="1">{cell("A1", "id")}{cell("B1", "v")}</row><row r="2">{cell("A2", "1")}{cell("B2", "2")}</row>'
    sheet = f'{HEAD}<dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    assert values_of(open_source(packed(tmp_path / "a.xlsx", sheet))) == [{"__row__": 1, "id": "1", "v": "2"}]


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    extra = f'<!DOCTYPE worksheet [<!ENTITY l0 "ha">{laughs}]>'
    rows = f'<row r="1">{cell("A1", "id")}</row><row r="2">{cell("A2", "&l11;")}</row>'
    path = packed(tmp_path / "a.xlsx", f"{HEAD}<sheetData>{rows}</sheetData></worksheet>", extra=extra)
    assert "haha" not in str(outcome(path))


def outcome(path: Path) -> Any:
    try:
        return values_of(open_source(path))
    except SourceError as error:
        return error.code


def test_a_damaged_workbook_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", two_header_rows())
    whole = path.read_bytes()
    for content in (
        whole[: len(whole) // 2],
        whole[:1500] + b"\0" * 400 + whole[1900:],
        b"PK\x03\x04junk",
        b"\xd0\xcf\x11\xe0junk",
    ):
        path.write_bytes(content)
        with pytest.raises(SourceError) as error:
            open_source(path).shape()
        assert error.value.code in ("error.source.damaged", "error.source.empty")
