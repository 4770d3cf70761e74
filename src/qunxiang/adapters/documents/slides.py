"""Reports as slides: native charts and tables that can be edited, one thought a slide, never a picture of numbers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt

from qunxiang.adapters.documents.chart_tables import chart_table
from qunxiang.adapters.documents.claim_tables import claims_table
from qunxiang.adapters.documents.payload import ASSUMED_TINT, CAUTION_TINT, is_numeric, say, say_cell
from qunxiang.adapters.documents.slide_charts import native_chart, rgb
from qunxiang.adapters.documents.slide_text import INCH, LEADING, column_widths, text_height
from qunxiang.charts.palette import ACCENT, GRID, INK, MUTED, PAPER, ink_on, mix, ramp, segment_colour
from qunxiang.charts.spec import Heatmap, Text
from qunxiang.charts.words import clean
from qunxiang.i18n import Message
from qunxiang.ports.documents import (
    Block,
    Bullets,
    ChartBlock,
    Document,
    Heading,
    KeyFigures,
    Notice,
    Paragraph,
    PersonaBlock,
    TableBlock,
)

TEMPLATE = Path(__file__).parent / "templates" / "slides.pptx"
"""An empty presentation with the layouts of cover and chapter; colours, fonts (Chinese ones too) and places are its."""
COVER, CHAPTER = 0, 1
ABOUT, FOOT, NUMBER = 13, 11, 12  # placeholders of the layouts
EPOCH = datetime(2000, 1, 1)
LEFT, TOP, BODY_WIDTH, BOTTOM = 518_160, 1_097_280, 11_155_680, 6_400_800
"""The room for content on a slide, between title and footer, in EMU."""
TEXT, NOTE, CELL = 14.0, 11.0, 11.0
GAP = INCH // 10
MOST_COLUMNS = 14
NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # the table style without lines and fills
NOTICE_TINTS = {"info": mix(ACCENT, PAPER, 0.92), "warning": CAUTION_TINT, "assumed": ASSUMED_TINT}
TONGUES = {"zh": MSO_LANGUAGE_ID.SIMPLIFIED_CHINESE, "en": MSO_LANGUAGE_ID.ENGLISH_US}
_MOMENT = (1980, 1, 1, 0, 0, 0)


def slides(document: Document, *, lang: str, created: datetime | None) -> bytes:
    """Write a report as PPTX (16:9).

    Parameters
    ----------
    document
        The report: a cover, its summary, and slides for its chapters in reading order.
    lang
        ``zh`` or ``en``.
    created
        Moment written as the creation date; None writes a fixed one, so that equal documents are equal files.

    Returns
    -------
    bytes
        The file. Bars, lines, stacks, histograms, boxes and maps are native charts over a workbook; matrices are native
        tables with coloured cells. Nothing is a picture, a link or a macro.
    """
    writer = _Writer(document, lang, created or EPOCH)
    writer.write_all()
    saved, dated = io.BytesIO(), io.BytesIO()
    writer.deck.save(saved)
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(dated, "w") as file:
        for name in parts.namelist():  # python-pptx dates the parts by the clock
            file.writestr(zipfile.ZipInfo(name, _MOMENT), parts.read(name), zipfile.ZIP_DEFLATED)
    return dated.getvalue()


@dataclass(frozen=True)
class Line:
    """One paragraph: size in points, hex colour, whether it is bold, begins with a bullet, or stands to the right."""

    text: str
    size: float | None = None  # None: as the layout has it
    colour: str | None = None
    bold: bool | None = None
    bullet: bool = False
    right: bool = False


_Cell = tuple[Line, str | None]
"""Text and fill; None leaves it white."""
_Row = tuple[int, list[_Cell]]
"""Height and cells."""


class _Writer:
    """Lays blocks out from top to bottom and opens a slide when the room is used up."""

    def __init__(self, document: Document, lang: str, created: datetime) -> None:
        self.document = document
        self.lang = lang
        self.created = created
        self.deck = Presentation(str(TEMPLATE))
        self.slide: Any = None
        self.heading = ""
        self.colour = ACCENT
        self.y = BOTTOM
        self.pending: str = ""

    def write_all(self) -> None:
        """Write the properties, the cover, the summary and every block."""
        about = self.deck.core_properties
        about.title = clean(self.say(self.document.title))[:255]
        about.author = about.last_modified_by = "Qunxiang"
        about.created = about.modified = self.created
        self._cover()
        if self.document.summary:
            self.heading = self.say(Message("document.summary"))
            self._open()
            for text in self.document.summary:
                self._text([Line(self.say(text), 15, INK, bullet=True)])
        for block in self.document.blocks:
            self.write(block)

    def say(self, text: Text) -> str:
        """Render a text in the writer's language."""
        return say(text, self.lang)

    def _lines(self, frame: Any, lines: Sequence[Line]) -> None:
        """Write paragraphs into a frame; line ends within a text become breaks."""
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            if line.size:
                paragraph.line_spacing = Pt(line.size * LEADING)
            if line.right:
                paragraph.alignment = PP_ALIGN.RIGHT
            if line.bullet:  # python-pptx has no bullets of its own
                properties = paragraph._p.get_or_add_pPr()
                properties.attrib.update({"marL": "228600", "indent": "-228600"})
                properties.append(parse_xml(f'<a:buChar {nsdecls("a")} char="•"/>'))
            for at, part in enumerate(line.text.split("\n")):
                if at:
                    paragraph.add_line_break()
                run = paragraph.add_run()
                run.text = clean(part)
                font = run.font
                font.bold = line.bold
                font.language_id = TONGUES[self.lang]
                if line.size:
                    font.size = Pt(line.size)
                if line.colour:
                    font.color.rgb = rgb(line.colour)

    def _box(
        self, box: tuple[int, int, int, int], lines: Sequence[Line], *, fill: str | None = None, edge: str | None = None
    ) -> None:
        """Add a box of paragraphs; `fill` colours it, `edge` draws a line around it."""
        shape = self.slide.shapes.add_textbox(*box)
        frame = shape.text_frame
        frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
        inset = GAP if fill or edge else 0
        frame.margin_left = frame.margin_right = inset
        frame.margin_top = frame.margin_bottom = inset // 2
        if fill:
            shape.fill.solid()
            shape.fill.fore_color.rgb = rgb(fill)
        if edge:
            shape.line.color.rgb, shape.line.width = rgb(edge), Pt(1)
        self._lines(frame, lines)

    def _add(self, layout: int, title: str) -> Any:
        """Add a slide with its title, the footer and its number."""
        plan = self.deck.slide_layouts[layout]
        self.slide = self.deck.slides.add_slide(plan)
        for holder in plan.placeholders:
            if holder.placeholder_format.idx in (FOOT, NUMBER):
                self.slide.shapes.clone_placeholder(holder)
        held = {shape.placeholder_format.idx: shape.text_frame for shape in self.slide.placeholders}
        self._lines(self.slide.shapes.title.text_frame, [Line(title)])
        self._lines(held[FOOT], [Line(self.say(self.document.footer))])
        number = f'<a:fld {nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum"><a:rPr/><a:t>'
        held[NUMBER].paragraphs[0]._p.append(parse_xml(f"{number}{len(self.deck.slides)}</a:t></a:fld>"))
        return held

    def _cover(self) -> None:
        held = self._add(COVER, self.say(self.document.title))
        self._lines(held[1], [Line(self.say(self.document.subtitle))])
        meta = [Line(f"{self.say(name)}  {self.say(value)}") for name, value in self.document.meta]
        self._lines(held[ABOUT], meta)

    def _open(self) -> None:
        """Open a slide under the heading in force."""
        self._add(CHAPTER, self.heading)
        bar = self.slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, LEFT, 1_005_840, INCH, 36_576)
        bar.fill.solid()
        bar.fill.fore_color.rgb = rgb(self.colour)
        bar.line.fill.background()
        self.y = TOP + GAP

    def _room(self, height: int) -> None:
        """Make room for `height` on the last slide or a new one."""
        if self.y + height > BOTTOM and self.y > TOP + GAP:
            self._open()

    def _text(self, lines: Sequence[Line], *, fill: str | None = None) -> None:
        inset = INCH // 5 if fill else 0
        width = BODY_WIDTH - inset - INCH // 4
        height = self._height(lines, width) + inset // 2 + GAP // 2
        self._room(height)
        self._box((LEFT, self.y, BODY_WIDTH, min(height, BOTTOM - self.y)), lines, fill=fill)
        self.y += height + GAP

    def _height(self, lines: Sequence[Line], width: int) -> int:
        """Return the height of paragraphs in EMU, broken into lines of `width`."""
        return sum(text_height(x.text, x.size or TEXT, width, bold=bool(x.bold)) for x in lines)

    # blocks

    @singledispatchmethod
    def write(self, block: Block) -> None:
        """Write one block."""
        raise TypeError(f"no slide for {type(block).__name__}; the blocks are in qunxiang.ports.documents")

    @write.register
    def _(self, block: Heading) -> None:
        text = self.say(block.text)
        if block.level == 1:
            self.heading, self.colour = text, segment_colour(block.colour)
            self.y = BOTTOM + 1  # the next block opens a slide
            self.pending = ""
        else:
            self.pending = text

    def _begun(self) -> None:
        """Open the chapter's first slide where nothing stands under its heading yet, and write a pending heading."""
        if self.y > BOTTOM:
            self._open()
        if self.pending:
            line = Line(self.pending, 16, INK, bold=True)
            self.pending = ""
            self._room(INCH)  # a heading never stands alone at the bottom
            self._text([line])

    @write.register
    def _(self, block: Paragraph) -> None:
        self._begun()
        self._text([Line(self.say(block.text), TEXT, INK)])

    @write.register
    def _(self, block: Bullets) -> None:
        self._begun()
        for item in block.items:
            self._text([Line(self.say(item), TEXT, INK, bullet=True)])

    @write.register
    def _(self, block: Notice) -> None:
        self._begun()
        name = say(Message(f"document.notice.{block.kind}"), self.lang)
        self._text([Line(f"{name}  {self.say(block.text)}", 12, INK)], fill=NOTICE_TINTS[block.kind])

    @write.register
    def _(self, block: KeyFigures) -> None:
        self._begun()
        for start in range(0, len(block.figures), 4):
            figures = block.figures[start : start + 4]
            width = (BODY_WIDTH - GAP * (len(figures) - 1)) // len(figures)
            boxes = [
                [
                    Line(self.say(figure.title), NOTE, MUTED),
                    Line(self.say(figure.value), 20, INK, bold=True),
                    *([Line(note, 10, MUTED)] if (note := self.say(figure.note)) else []),
                ]
                for figure in figures
            ]
            height = max(self._height(lines, width - 2 * GAP) for lines in boxes) + GAP
            self._room(height)
            for i, lines in enumerate(boxes):
                self._box((LEFT + i * (width + GAP), self.y, width, height), lines, edge=GRID)
            self.y += height + GAP

    @write.register
    def _(self, block: ChartBlock) -> None:
        name, note = self.say(block.chart.title), self.say(block.note)
        native = native_chart(block.chart, self.lang)
        if native is None:
            self._matrix(block, name, note)
            return
        room = text_height(note, NOTE, BODY_WIDTH) + GAP if note else 0
        self._placed(name, round(native.least * INCH) + room)
        box = (LEFT, self.y, BODY_WIDTH, BOTTOM - self.y - room)
        self._described(native.place(self.slide.shapes, box, self.created), name)
        if note:
            self._box((LEFT, BOTTOM - room + GAP // 2, BODY_WIDTH, room - GAP // 2), [Line(note, NOTE, MUTED)])
        self.y = BOTTOM + 1

    def _described(self, frame: Any, text: str) -> None:
        """Say what a chart or table shows to who cannot see it."""
        frame._element.nvGraphicFramePr.cNvPr.set("descr", clean(text))

    def _placed(self, name: str, height: int) -> None:
        """Make room for a chart or table of `height`, on the last slide or a new one, under a line that names it."""
        above = text_height(name, 14, BODY_WIDTH) + 2 * GAP if name else 0
        heading = INCH // 2 if self.pending else 0
        if self.y + above + heading + height > BOTTOM:
            self._open()
        self._begun()
        if name:
            self._text([Line(name, 14, INK, bold=True)])

    def _matrix(self, block: ChartBlock, name: str, note: str) -> None:
        """Write a chart that has no native kind as a table; cells of a matrix are coloured by their value."""
        chart = block.chart
        shown = chart_table(chart, self.lang)
        colours: list[list[str | None]] | None = None
        if isinstance(chart, Heatmap):
            known = [v for row in chart.values for v in row if v is not None]
            low, high = (min(known), max(known)) if known else (0.0, 0.0)
            if chart.diverging:
                high = max(abs(low), abs(high))
                low = -high
            span = (high - low) or 1.0
            colours = [
                [None, *(None if v is None else ramp((v - low) / span, diverging=chart.diverging) for v in row)]
                for row in chart.values
            ]
        self._table(TableBlock(shown.columns, shown.rows, name, note), colours)

    @write.register
    def _(self, block: TableBlock) -> None:
        self._table(block, None)

    def _table(self, block: TableBlock, colours: list[list[str | None]] | None) -> None:
        columns = block.columns[:MOST_COLUMNS]
        if not columns:
            return
        texts = [[say_cell(v, c, self.lang) for v, c in zip(row, columns, strict=False)] for row in block.rows]
        heads = [self.say(column.title) for column in columns]
        right = [is_numeric(block.rows, i) for i in range(len(columns))]
        widths = column_widths(heads, texts, CELL, BODY_WIDTH, margin=INCH // 9, least=INCH // 2)
        name, note = self.say(block.title), self.say(block.note)
        tint = mix(ACCENT, PAPER, 0.92)
        head: list[_Cell] = [(Line(h, CELL, INK, True, right=r), tint) for h, r in zip(heads, right, strict=True)]
        head_height = _row_height(heads, widths, bold=True)
        rows: list[_Row] = []
        for at, row in enumerate(texts):
            fills = [None if colours is None else colours[at][i] for i in range(len(row))]
            inks = [ink_on(fill) if fill else INK for fill in fills]
            cells = [
                (Line(text, CELL, inks[i], False, right=right[i]), fill)
                for i, (text, fill) in enumerate(zip(row, fills, strict=True))
            ]
            rows.append((_row_height(row, widths), cells))
        room = text_height(note, NOTE, BODY_WIDTH) + GAP if note else 0
        whole = head_height + sum(height for height, _ in rows) + room
        while True:
            self._placed(name, min(whole, BOTTOM))
            left = BOTTOM - self.y - head_height - room
            taken = 0
            height = 0
            while taken < len(rows) and (taken == 0 or height + rows[taken][0] <= left):
                height += rows[taken][0]
                taken += 1
            self._described(self._grid(widths, [(head_height, head), *rows[:taken]]), name or self.heading)
            self.y += head_height + height + GAP
            rows = rows[taken:]
            if not rows:
                break
            self.y = BOTTOM + 1
        if note:
            self._text([Line(note, NOTE, MUTED)])

    def _grid(self, widths: Sequence[int], rows: Sequence[_Row]) -> Any:
        """Add a native table: `widths` of its columns, and rows as their height and cells; the first is the head."""
        height = sum(row[0] for row in rows)
        frame = self.slide.shapes.add_table(len(rows), len(widths), LEFT, self.y, sum(widths), height)
        table = frame.table
        table.horz_banding = False
        table._tbl.tblPr[0].text = NO_STYLE
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        for at, (row, (height, cells)) in enumerate(zip(table.rows, rows, strict=True)):
            row.height = height
            for cell, (line, fill) in zip(row.cells, cells, strict=True):
                cell.margin_left = cell.margin_right = 45_720
                cell.margin_top = cell.margin_bottom = 27_432
                if fill:
                    cell.fill.solid()
                    cell.fill.fore_color.rgb = rgb(fill)
                under = f'<a:solidFill><a:srgbClr val="{(GRID if at else MUTED)[1:]}"/></a:solidFill>'
                cell._tc.tcPr.insert(0, parse_xml(f'<a:lnB {nsdecls("a")} w="9525">{under}</a:lnB>'))
                self._lines(cell.text_frame, [line])
        return frame

    @write.register
    def _(self, block: PersonaBlock) -> None:
        poster = block.poster
        self.colour = segment_colour(poster.colour)
        self._open()
        self._text([Line(self.say(poster.name), 20, INK, bold=True), Line(self.say(poster.tagline), TEXT, INK)])
        tags = " · ".join(self.say(text) for text in (poster.segment, *poster.chips))
        self._text([Line(tags, 12, MUTED)])
        if poster.key_figures:
            self.write(KeyFigures(poster.key_figures))
        for note in poster.notes:
            self._text([Line(self.say(note), 12, INK)], fill=CAUTION_TINT)
        self._table(claims_table(poster, self.lang), None)
        evidence = [f"{number}  {self.say(text)}" for number, text in poster.evidence]
        for text in evidence:
            self._begun()
            self._text([Line(text, NOTE, MUTED)])


def _row_height(texts: Sequence[str], widths: Sequence[int], *, bold: bool = False) -> int:
    inner = zip(texts, widths, strict=True)
    return max(text_height(text, CELL, width - 91_440, bold=bold) for text, width in inner) + 64_008
