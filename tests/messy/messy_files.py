"""Exports of a messy company: GB18030 text, a workbook with two header rows, JSON Lines, a PostgreSQL schema."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
from messy_company import Sheet
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from psycopg import sql

GROUPS = {"手机号": "联系方式", "邮箱": "联系方式", "城市": "所在地", "邮编": "所在地", "地址": "所在地"}
"""Source columns that stand under a common name in the first of two header rows."""
_NUMBERS = ("实付金额", "积分")
_DATES = ("出生日期", "下单时间")


def as_csv(sheet: Sheet, folder: Path, seed: int) -> Path:
    """Write GB18030 with Chinese headers; orders have two columns of one name."""
    columns = [*sheet.columns, "备注"] if sheet.table == "orders" else list(sheet.columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in sheet.rows:
        cells = [row[name] or "" for name in sheet.columns]
        writer.writerow(cells + [""] * (len(columns) - len(cells)))
    path = folder / f"{sheet.table}.csv"
    path.write_bytes(text.getvalue().encode("gb18030"))
    return path


def as_workbook(sheet: Sheet, folder: Path, seed: int) -> Path:
    """Write a workbook with two header rows and merged cells; every other one counts its days from 1904."""
    book = openpyxl.Workbook()
    if seed % 2:
        book.epoch = CALENDAR_MAC_1904
    page = book.active
    for i, name in enumerate(sheet.columns, start=1):
        if name in GROUPS:
            page.cell(1, i, GROUPS[name])
            page.cell(2, i, name)
        else:
            page.cell(1, i, name)
            page.merge_cells(start_row=1, end_row=2, start_column=i, end_column=i)
    _merge_groups(page, sheet.columns)
    for i, (row, clean) in enumerate(zip(sheet.rows, sheet.clean, strict=True), start=3):
        for j, name in enumerate(sheet.columns, start=1):
            value = row[name]
            page.cell(i, j).value = _typed(name, value) if value == clean[name] else value
    path = folder / f"{sheet.table}.xlsx"
    book.save(path)
    return path


def _merge_groups(page: Any, columns: tuple[str, ...]) -> None:
    start = 0
    while start < len(columns):
        end = start
        while (
            end + 1 < len(columns)
            and columns[start] in GROUPS
            and GROUPS.get(columns[end + 1]) == GROUPS[columns[start]]
        ):
            end += 1
        if end > start:
            page.merge_cells(start_row=1, end_row=1, start_column=start + 1, end_column=end + 1)
        start = end + 1


def _typed(name: str, value: str | None) -> Any:
    if value is None or name not in (*_NUMBERS, *_DATES):
        return value
    return float(value) if name in _NUMBERS else date.fromisoformat(value)


def as_json_lines(sheet: Sheet, folder: Path, seed: int) -> Path:
    """Write one object per line; tidy amounts as numbers."""
    lines = []
    for row, clean in zip(sheet.rows, sheet.clean, strict=True):
        whole = {n: float(v) if n in _NUMBERS and v is not None and v == clean[n] else v for n, v in row.items()}
        lines.append(json.dumps(whole, ensure_ascii=False))
    path = folder / f"{sheet.table}.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def into_postgres(sheet: Sheet, url: str) -> str:
    """Write a table of the schema ``shop``; return its name."""
    name = sql.Identifier("shop", sheet.table)
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c)) for c in sheet.columns)
    marks = sql.SQL(", ").join(sql.Placeholder() * len(sheet.columns))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS shop")
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name, columns))
        with connection.cursor() as cursor:
            rows = [[row[c] for c in sheet.columns] for row in sheet.rows]
            cursor.executemany(sql.SQL("INSERT INTO {} VALUES ({})").format(name, marks), rows)
    return f"shop.{sheet.table}"


FILES: dict[str, Callable[[Sheet, Path, int], Path]] = {
    "csv": as_csv,
    "xlsx": as_workbook,
    "jsonl": as_json_lines,
}
