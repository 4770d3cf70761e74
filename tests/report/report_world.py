"""A small workspace whose figures can be worked out by hand: 80 customers, a third of whom buy much more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from pypdf import PdfReader

from qunxiang.services import report as reporting
from qunxiang.workspace import Workspace

Reports = Callable[[str, str], bytes]
"""Gives the report of the shared workspace in a format and language, made once."""

AS_OF = date(2024, 12, 31)
CUSTOMERS = 80
HEAVY_EVERY = 4


@dataclass
class FixedClock:
    """Stands still between steps of one second, so that reports of one workspace are alike."""

    at: datetime = field(default_factory=lambda: datetime(2025, 1, 2, 9, 30, tzinfo=UTC))

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def orders() -> list[dict[str, Any]]:
    """Return orders of one line each: heavy buyers every 11 days or so, the others every 37 or so for less."""
    rows = []
    for i in range(CUSTOMERS):
        heavy = i % HEAVY_EVERY == 0
        day = date(2023, 6, 1) + timedelta(days=i % 7)
        n = 0
        while day <= AS_OF:
            cents = (9000 + 137 * (i % 9) + 41 * (n % 5)) if heavy else (2000 + 91 * (i % 11) + 53 * (n % 4))
            rows.append(
                {
                    "order_id": f"O{i}-{n}",
                    "person_id": f"C{i}",
                    "ordered_at": f"{day.isoformat()} 12:00:00",
                    "product_id": f"P{n % 6}",
                    "quantity": 1,
                    "amount": f"{cents / 100:.2f}",
                }
            )
            n += 1
            day += timedelta(days=(11 + i % 3) if heavy else (37 + i % 5))
    return rows


def made(folder: Path, **options: Any) -> Workspace:
    """Make a workspace with the orders, refreshed as of the last day of 2024."""
    given = {"name": "测试商行", "time_zone": "UTC", "currency": "CNY", "clock": FixedClock()} | options
    ws = Workspace.create(folder, **given)
    ws.load("order_lines", orders())
    ws.resolve()
    ws.refresh(AS_OF)
    return ws


def written(ws: Workspace, name: str, format: str, lang: str) -> bytes:
    return reporting.report(ws.house, ws.actor, name, format=format, lang=lang)


def pdf_text(content: bytes) -> str:
    """Return the words of a PDF without spaces and line ends, which the extraction places freely."""
    pages = PdfReader(BytesIO(content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(BytesIO(content))
    return {s.title: [tuple(row) for row in s.iter_rows(values_only=True)] for s in book.worksheets}
