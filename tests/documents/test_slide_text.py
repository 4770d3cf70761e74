"""The room of text on slides: never less than a font needs, narrow columns unbroken, nothing over what stands below."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import ImageFont
from pptx import Presentation
from pptx.util import Pt

import qunxiang.adapters.documents as documents
from qunxiang.adapters.documents.slide_text import INCH, LEADING, column_widths, ems, lines_of, text_height
from qunxiang.adapters.documents.slides import BOTTOM, slides
from qunxiang.ports.documents import Column, Document, Heading, Paragraph, TableBlock

TEXTS = (
    "2026 年 11 月 30 日",
    "93.1%",
    "demo",
    "Example for the demo; nobody's real judgement",
    "高客单价 + 高 GROCERY 消费占比",
    "有“活动响应率”答案的客户年均消费 3,293.09，没有的 1,108.87，两者不同，不宜推及全部成员。",
    "Members with a known Response rate, last 365 days, spend 3,293.09 a year; the others 1,108.87: they differ, so do "
    "not carry the claim over to everyone. WWW MMM @@@ %%%",
)


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_wider_than_estimated(text: str) -> None:
    font = ImageFont.truetype(str(Path(documents.__file__).parent / "fonts" / "NotoSansSC-Regular.ttf"), 100)
    assert font.getlength(text) / 100 <= ems(text) <= 1.6 * font.getlength(text) / 100


def test_lines_break_between_words_and_within_what_fits_on_no_line() -> None:
    assert [lines_of(text, 10) for text in ("", "a", "a\nb", "群" * 10, "群" * 11, "群" * 31)] == [1, 1, 2, 1, 2, 4]
    word = "a" * 12  # 7.68 ems
    assert lines_of(f"{word} {word}", 10) == 2
    assert lines_of(f"{word} {word}", 16) == 1
    assert lines_of("a" * 40, 10) == 3
    assert lines_of(f"b {'a' * 40} b", 10) == 4
    assert text_height("a\nb", 10, INCH) == round(2 * 10 * LEADING / 72 * INCH)


def test_short_columns_keep_their_line_and_long_ones_share_the_rest() -> None:
    rows = [["2026 年 11 月 30 日", "word " * 60, "群" * 90, "93.1%"]]
    widths = column_widths(["date", "a", "b", "share"], rows, 11.0, 12 * INCH, margin=INCH // 9, least=INCH // 2)
    assert sum(widths) == 12 * INCH
    em = 11 / 72 * INCH
    for at in (0, 3):
        assert widths[at] - INCH // 9 >= ems(rows[0][at]) * em - 1
    assert abs(widths[1] - widths[2]) <= 1
    even = column_widths(["n", "n"], [["1", "2"]], 11.0, 10 * INCH, margin=INCH // 9, least=INCH // 2)
    assert even == [5 * INCH, 5 * INCH]
    assert column_widths(["only"], [], 11.0, 7 * INCH, margin=0, least=1) == [7 * INCH]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_rows_have_the_height_of_their_lines_and_what_follows_stands_below(lang: str) -> None:
    columns = (Column("day"), Column("claim"), Column("caution"), Column("n", "count"))
    rows = tuple((TEXTS[0], TEXTS[5] * 2, TEXTS[6], n) for n in range(30))
    blocks = (Heading("h"), TableBlock(columns, rows, "t", "a note"), Paragraph("below"), Paragraph(TEXTS[6] * 3))
    report = Document("t", "s", (), blocks, "f")
    deck = Presentation(BytesIO(slides(report, lang=lang, created=None)))
    seen = 0
    for slide in list(deck.slides)[1:]:
        boxes = []
        for shape in (s for s in slide.shapes if not s.is_placeholder):
            height = shape.height
            if shape.has_table:
                height = 0
                for row in shape.table.rows:
                    needed = max(
                        text_height(cell.text_frame.text, 11.0, column.width - 91_440)
                        for cell, column in zip(row.cells, shape.table.columns, strict=True)
                    )
                    assert row.height >= needed
                    height += row.height
                    spacing = {p.line_spacing for cell in row.cells for p in cell.text_frame.paragraphs}
                    assert spacing == {Pt(11 * LEADING)}
                    seen += 1
            boxes.append((shape.top, shape.top + height))
        boxes.sort()
        assert boxes[-1][1] <= BOTTOM
        assert all(above[1] <= below[0] for above, below in pairwise(boxes))
    assert seen > 30
