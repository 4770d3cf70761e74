"""Reports as workbooks: one sheet per chapter, numbers as numbers, texts never as formulas or links."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import singledispatchmethod
from typing import Any

import xlsxwriter

from qunxiang.adapters.documents.chart_tables import chart_table
from qunxiang.adapters.documents.claim_tables import claims_table
from qunxiang.adapters.documents.payload import (
    ASSUMED_TINT,
    CAUTION_TINT,
    is_numeric,
    say,
    say_cell,
    units,
)
from qunxiang.charts.palette import ACCENT, BASE, GRID, MUTED, PAPER, mix, segment_colour
from qunxiang.charts.spec import BarChart, LineChart, StackedBar, Text
from qunxiang.i18n import Message, format_value
from qunxiang.ports.documents import (
    Block,
    Bullets,
    Cell,
    ChartBlock,
    Column,
    Document,
    Heading,
    KeyFigures,
    Notice,
    Paragraph,
    PersonaBlock,
    TableBlock,
)

NUMBER_FORMATS = {
    "plain": "General",
    "count": "#,##0",
    "number": "#,##0.###",
    "money": "#,##0.00",
    "percent": "0.0%",
    "signed": "+#,##0.###;-#,##0.###;0",
}
SHEET_NAME_LENGTH = 31
EXACT_INTEGER = 10**15  # a workbook keeps 15 digits
CELL_LENGTH = 32767  # characters; longer texts would be dropped
WIDTHS = (9, 48)  # characters
LONG_TEXT_COLUMNS = 6  # running text spans this many columns
CHART_ROWS = 16
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_REFERENCE = re.compile(r"=?[^!]+![$A-Z]")
_EPOCH = datetime(2000, 1, 1)
_BOOK_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def workbook(document: Document, *, lang: str, created: datetime | None) -> bytes:
    """Write a report as XLSX.

    Parameters
    ----------
    document
        The report; each level 1 heading opens a sheet, what stands before the first is on the overview sheet.
    lang
        ``zh`` or ``en``.
    created
        Moment written as the creation date; None writes a fixed one, so that equal documents are equal files.

    Returns
    -------
    bytes
        The file. Bar, line and stacked charts are native charts over their numbers; other charts are their numbers.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _BOOK_OPTIONS) as book:
        book.set_properties({"title": say(document.title, lang)[:255], "created": created or _EPOCH})
        writer = _Writer(book, lang)
        writer.overview(document)
        for block in document.blocks:
            writer.write(block)
        writer.close()
    return buffer.getvalue()


def sheet_name(text: str, taken: Iterable[str]) -> str:
    """Return a name a workbook accepts: without forbidden characters, at most 31 long, not in `taken`."""
    clean = _FORBIDDEN.sub(" ", text).strip(" '")[:SHEET_NAME_LENGTH].strip(" '") or "-"
    clean = "History_" if clean.lower() == "history" else clean  # Excel keeps this name for itself
    used = {name.lower() for name in taken}
    name, number = clean, 2
    while name.lower() in used:
        tail = f" {number}"
        name, number = clean[: SHEET_NAME_LENGTH - len(tail)] + tail, number + 1
    return name


def no_reference(text: str) -> str:
    """Return a title that XlsxWriter does not take for a reference to a cell, as it takes ``Wow!A1``."""
    return text.replace("!", "! ") if _REFERENCE.match(text) else text


class _Writer:
    def __init__(self, book: Any, lang: str) -> None:
        self.book = book
        self.lang = lang
        self.names: list[str] = []
        self.sheet: Any = None
        self.row = 0
        self.widths: dict[int, int] = {}
        self.headers: list[int] = []
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    # sheets

    def overview(self, document: Document) -> None:
        self._open(self._word("sheet.first"), self.say(document.title), ACCENT)
        if subtitle := self.say(document.subtitle):
            self._line(subtitle, font_color=MUTED)
        for name, value in document.meta:
            self._cell(self.row, 0, self.say(name), font_color=MUTED)
            self._cell(self.row, 1, self.say(value))
            self.row += 1
        if document.summary:
            self.row += 1
            self._line(self._word("summary"), bold=True, font_size=12)
            for text in document.summary:
                self._line(f"• {self.say(text)}")
        self._line(self.say(document.footer), font_color=MUTED, italic=True)

    def close(self) -> None:
        if self.sheet is None:
            return
        for index, width in self.widths.items():
            self.sheet.set_column(index, index, min(max(width + 2, WIDTHS[0]), WIDTHS[1]))
        # one table near the top: its header stays in sight; otherwise the title of the sheet does
        single = len(self.headers) == 1 and self.headers[0] <= 8
        self.sheet.freeze_panes(self.headers[0] + 1 if single else 1, 0)

    def _open(self, name: str, title: str, colour: str) -> None:
        self.close()
        self.names.append(sheet_name(name, self.names))
        self.sheet = self.book.add_worksheet(self.names[-1])
        self.sheet.hide_gridlines(2)
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_tab_color(colour)
        self.widths, self.headers, self.row = {0: 22}, [], 0
        self.sheet.set_row(0, 26)
        self._cell(0, 0, title, bold=True, font_size=16, wrap=False, measure=False)
        self.row = 2

    # blocks

    @singledispatchmethod
    def write(self, block: Block) -> None:
        raise TypeError(f"no cells for {type(block).__name__}; the blocks are in qunxiang.ports.documents")

    @write.register
    def _(self, block: Heading) -> None:
        text = self.say(block.text)
        if block.level == 1:
            self._open(text, text, segment_colour(block.colour))
        else:
            self.row += 1
            self._line(text, bold=True, font_size=13 if block.level == 2 else 11)

    @write.register
    def _(self, block: Paragraph) -> None:
        self._line(self.say(block.text))

    @write.register
    def _(self, block: Bullets) -> None:
        for item in block.items:
            self._line(f"• {self.say(item)}")

    @write.register
    def _(self, block: Notice) -> None:
        tints = {"info": mix(ACCENT, PAPER, 0.92), "warning": CAUTION_TINT, "assumed": ASSUMED_TINT}
        self._line(f"{self._word(f'notice.{block.kind}')}  {self.say(block.text)}", bg_color=tints[block.kind])

    @write.register
    def _(self, block: KeyFigures) -> None:
        names = ("figure.name", "figure.value", "figure.note")
        rows = tuple((figure.title, figure.value, figure.note) for figure in block.figures)
        self._table(TableBlock(tuple(Column(self._word(name)) for name in names), rows), counts=False)

    @write.register
    def _(self, block: TableBlock) -> None:
        self._table(block)

    @write.register
    def _(self, block: ChartBlock) -> None:
        top = self._table(chart_table(block.chart, self.lang), counts=False)
        if isinstance(block.chart, BarChart | LineChart | StackedBar):
            self._chart(block.chart, top)
        if note := self.say(block.note):
            self._line(note, font_color=MUTED)

    @write.register
    def _(self, block: PersonaBlock) -> None:
        poster = block.poster
        self.row += 1
        self._line(self.say(poster.name), bold=True, font_size=13, font_color=segment_colour(poster.colour))
        self._line(self.say(poster.tagline))
        self._line(" · ".join(self.say(text) for text in (poster.segment, *poster.chips)), font_color=MUTED)
        if poster.key_figures:
            self.write(KeyFigures(poster.key_figures))
        self._table(claims_table(poster, self.lang), counts=False)
        for number, text in poster.evidence:
            self._line(f"{number}  {self.say(text)}", font_color=MUTED)
        for note in poster.notes:
            self._line(self.say(note), bg_color=CAUTION_TINT)

    # cells

    def _table(self, block: TableBlock, *, counts: bool = True) -> int:
        """Write a table and return the row of its header; `counts` says whether the header may be frozen."""
        if title := self.say(block.title):
            self.row += 1
            self._line(title, bold=True)
        top = self.row
        if counts:
            self.headers.append(top)
        for index, column in enumerate(block.columns):
            side = "right" if is_numeric(block.rows, index) else "left"
            head: dict[str, Any] = {"bold": True, "bg_color": mix(ACCENT, PAPER, 0.92), "bottom": 2, "align": side}
            self._cell(top, index, self.say(column.title), **head)
        for row in block.rows:
            self.row += 1
            for index, (value, column) in enumerate(zip(row, block.columns, strict=True)):
                self._value(self.row, index, value, column)
        self.row += 1
        if note := self.say(block.note):
            self._line(note, font_color=MUTED)
        self.row += 1
        return top

    def _value(self, row: int, index: int, value: Cell, column: Column) -> None:
        style: dict[str, Any] = {"bottom": 1, "bottom_color": GRID, "valign": "top"}
        if isinstance(value, bool):
            self.sheet.write_boolean(row, index, value, self._style(**style))
        elif isinstance(value, int | float | Decimal) and _is_exact(value):
            style |= {"num_format": NUMBER_FORMATS[column.format]}
            self.sheet.write_number(row, index, value, self._style(**style))
            self._measure(index, format_value(value, column.format, self.lang))
        else:
            self._cell(row, index, say_cell(value, column, self.lang), wrap=True, **style)

    def _chart(self, chart: BarChart | LineChart | StackedBar, top: int) -> None:
        table = chart_table(chart, self.lang)
        if not table.rows:
            return
        stacked = isinstance(chart, StackedBar)
        kinds: dict[str, Any] = {"type": "line" if isinstance(chart, LineChart) else "bar"}
        if stacked:
            kinds = {"type": "column", "subtype": "stacked"}
        drawing = self.book.add_chart(kinds)
        name, last = self.names[-1], top + len(table.rows)
        for index, colour in enumerate(_colours(chart), start=1):
            look = {"line" if isinstance(chart, LineChart) else "fill": {"color": colour}}
            heads = {"name": [name, top, index], "categories": [name, top + 1, 0, last, 0]}
            drawing.add_series({**heads, "values": [name, top + 1, index, last, index], **look})
        drawing.set_title({"name": no_reference(self.say(chart.title)), "name_font": {"size": 11}, "overlay": False})
        axis = chart.y if isinstance(chart, LineChart) else chart.axis
        numbers = {
            "num_format": NUMBER_FORMATS[axis.format],
            "major_gridlines": {"visible": True, "line": {"color": GRID}},
        }
        if isinstance(chart, BarChart):
            drawing.set_y_axis({"reverse": True})  # first bar on top, as in the table
            drawing.set_x_axis(numbers)
        else:
            drawing.set_y_axis(numbers)
        drawing.set_legend({"position": "bottom"})
        drawing.set_size({"width": 720, "height": CHART_ROWS * 20})
        self.sheet.insert_chart(self.row, 0, drawing, {"description": self.say(chart.title)})
        self.row += CHART_ROWS + 1

    def _line(self, text: str, **style: Any) -> None:
        """Write running text over several columns, as high as its lines need."""
        merged = self._style(text_wrap=True, valign="top", **style)
        self.sheet.merge_range(self.row, 0, self.row, LONG_TEXT_COLUMNS, "", merged)
        self.sheet.write_string(self.row, 0, _clipped(text), merged)
        size = style.get("font_size", 11)
        rows = sum(math.ceil(max(units(line), 1) / 84) for line in text.split("\n"))
        self.sheet.set_row(self.row, min(409, rows * size * 1.5))
        self.row += 1

    def _cell(self, row: int, index: int, text: str, *, wrap: bool = False, measure: bool = True, **style: Any) -> None:
        self.sheet.write_string(
            row, index, _clipped(text), self._style(**style, **({"text_wrap": True} if wrap else {}))
        )
        if measure:
            self._measure(index, text)

    def _measure(self, index: int, text: str) -> None:
        self.widths[index] = max(self.widths.get(index, 0), units(text))

    def _style(self, **style: Any) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(style)
        return self._formats[key]

    def say(self, text: Text) -> str:
        return say(text, self.lang)

    def _word(self, code: str) -> str:
        return say(Message(f"document.{code}"), self.lang)


def _clipped(text: str) -> str:
    return text if len(text) <= CELL_LENGTH else text[: CELL_LENGTH - 1] + "…"


def _is_exact(value: int | float | Decimal) -> bool:
    return math.isfinite(value) and (not isinstance(value, int) or abs(value) < EXACT_INTEGER)


def _colours(chart: BarChart | LineChart | StackedBar) -> list[str]:
    if isinstance(chart, BarChart):
        return [ACCENT] + ([BASE] if any(bar.base is not None for bar in chart.bars) else [])
    return [segment_colour(index if line.colour is None else line.colour) for index, line in enumerate(chart.series)]
