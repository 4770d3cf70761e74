"""A document as plain data in one language: what the page templates read, as JSON or as a mapping.

Every text is rendered and every number written here, so that the templates hold layout alone. Colours, column widths
and the words of the interface travel in the payload too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import singledispatchmethod
from typing import Any

from qunxiang.charts.palette import ACCENT, BASE, GRID, INK, MUTED, PAPER, contrast, mix, segment_colour
from qunxiang.charts.spec import Chart, Text
from qunxiang.i18n import Message, format_value, render, template
from qunxiang.ports.documents import (
    Block,
    Bullets,
    Cell,
    ChartBlock,
    Column,
    Document,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    PersonaBlock,
    Poster,
    PosterClaim,
    TableBlock,
)

Payload = dict[str, Any]
ChartSvg = Callable[[Chart, str], str]

TEXT_CONTRAST = 7.0  # of white text on a coloured band, as WCAG AAA asks
SHORT_ROWS = 14  # a table with at most so many rows is never split over pages
SHORT_UNITS = 2400  # unless its cells hold more than so many half-width characters
COLUMN_UNITS = (5, 34)  # narrowest and widest column of a table, in half-width characters
CAUTION = "#8A4B00"
CAUTION_TINT = "#FFF4E0"
ASSUMED = "#6B3FA0"
ASSUMED_TINT = "#F5EFFC"
# invisible characters that text copied from the web carries; they have no glyph and need none
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f"))


def say(text: Text, lang: str) -> str:
    """Render a text in `lang`, without invisible characters and halves of pairs, and with plain line ends."""
    whole = render(text, lang).encode("utf-8", "replace").decode("utf-8")
    return whole.translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n")


def say_cell(value: Cell, column: Column, lang: str) -> str:
    """Write a table cell for a reader; a missing value is said to be unknown."""
    if value is None or isinstance(value, int | float | Decimal):
        return format_value(value, column.format, lang)
    return say(value, lang)


def is_numeric(rows: tuple[tuple[Cell, ...], ...], index: int) -> bool:
    """Tell whether a column holds numbers and nothing else but missing values."""
    cells = [row[index] for row in rows if row[index] is not None]
    return bool(cells) and all(isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) for cell in cells)


def units(text: str) -> int:
    """Return the width of the longest line of `text` in half-width characters."""
    wide = "WF"
    return max(sum(1 + (unicodedata.east_asian_width(c) in wide) for c in line) for line in text.split("\n"))


def band_colour(colour: str) -> str:
    """Darken `colour` until white text on it can be read."""
    steps = (mix(colour, INK, step / 20) for step in range(21))
    return next(shade for shade in steps if contrast(shade, PAPER) >= TEXT_CONTRAST)


def theme(colour: str = ACCENT) -> Payload:
    """Return the colours of a page whose leading colour is `colour`."""
    names = {"accent": ACCENT, "ink": INK, "muted": MUTED, "grid": GRID, "paper": PAPER, "base": BASE}
    named = {"caution": CAUTION, "caution_tint": CAUTION_TINT, "assumed": ASSUMED, "assumed_tint": ASSUMED_TINT}
    return names | named | shades(colour)


def shades(colour: str) -> Payload:
    """Return `colour`, a shade of it for bands and titles, and a tint for backgrounds."""
    return {"colour": colour, "band": band_colour(colour), "tint": mix(colour, PAPER, 0.92)}


@dataclass(frozen=True)
class Writer:
    """Writes documents as payloads in one language; `draw` turns a chart into SVG."""

    lang: str
    draw: ChartSvg

    def report(self, document: Document) -> Payload:
        """Return the payload of a report: cover, blocks in reading order, footer, words and colours."""
        blocks = _paged([self.block(block) for block in document.blocks])
        return {
            "lang": self.lang,
            "title": self.say(document.title),
            "subtitle": self.say(document.subtitle),
            "meta": [[self.say(name), self.say(value)] for name, value in document.meta],
            "summary": [self.say(text) for text in document.summary],
            "footer": self.say(document.footer),
            "blocks": blocks,
            "chapters": sum(block["kind"] == "heading" and block["level"] == 1 for block in blocks),
            "words": self.words("summary", "contents") | {"page": template("document.page", self.lang)},
            "theme": theme(),
        }

    def poster(self, poster: Poster) -> Payload:
        """Return the payload of a poster; `more` holds the sentences that count what had to be left out."""
        sections = [
            {"title": self.say(section.title), "claims": [self.claim(claim) for claim in section.claims]}
            for section in poster.sections
        ]
        counted = {
            "claims": max((len(section["claims"]) for section in sections), default=0),
            "evidence": len(poster.evidence),
            "other": max(len(sections), len(poster.key_figures), len(poster.chips), len(poster.notes)),
        }
        return {
            "lang": self.lang,
            "name": self.say(poster.name),
            "tagline": self.say(poster.tagline),
            "segment": self.say(poster.segment),
            "portrait": poster.portrait_svg,
            "chips": [self.say(chip) for chip in poster.chips],
            "figures": [self.figure(figure) for figure in poster.key_figures],
            "sections": sections,
            "evidence": [[number, self.say(text)] for number, text in poster.evidence],
            "notes": [self.say(note) for note in poster.notes],
            "footer": self.say(poster.footer),
            "more": {kind: self._counts(f"document.poster.more.{kind}", n) for kind, n in counted.items()},
            "words": self._poster_words(),
            "theme": theme(segment_colour(poster.colour)),
        }

    def claim(self, claim: PosterClaim) -> Payload:
        """Return a claim; its value is the share when nothing else is given."""
        value = self.say(claim.value)
        if not value and claim.share is not None:
            value = format_value(claim.share, "percent", self.lang)
        return {
            "text": self.say(claim.text),
            "number": claim.evidence_number,
            "share": _clamped(claim.share),
            "base": _clamped(claim.base),
            "base_text": self._word("claim.base", base=claim.base) if claim.base is not None else "",
            "value": value,
            "kind": claim.kind,
            "caution": self.say(claim.caution),
        }

    def figure(self, figure: KeyFigure) -> Payload:
        """Return a key figure."""
        return {"title": self.say(figure.title), "value": self.say(figure.value), "note": self.say(figure.note)}

    @singledispatchmethod
    def block(self, block: Block) -> Payload:
        """Return one block as data; its `kind` names the layout."""
        raise TypeError(f"no layout for {type(block).__name__}; the blocks are in qunxiang.ports.documents")

    @block.register
    def _(self, block: Heading) -> Payload:
        colour = None if block.colour is None else shades(segment_colour(block.colour))
        return {
            "kind": "heading",
            "text": self.say(block.text),
            "level": block.level,
            "colour": colour,
            "new_page": False,
        }

    @block.register
    def _(self, block: Paragraph) -> Payload:
        return {"kind": "paragraph", "text": self.say(block.text)}

    @block.register
    def _(self, block: Bullets) -> Payload:
        return {"kind": "bullets", "items": [self.say(item) for item in block.items]}

    @block.register
    def _(self, block: Notice) -> Payload:
        return {
            "kind": "notice",
            "style": block.kind,
            "title": self._word(f"notice.{block.kind}"),
            "text": self.say(block.text),
        }

    @block.register
    def _(self, block: KeyFigures) -> Payload:
        return {"kind": "figures", "figures": [self.figure(figure) for figure in block.figures]}

    @block.register
    def _(self, block: TableBlock) -> Payload:
        rows = [
            [say_cell(cell, column, self.lang) for cell, column in zip(row, block.columns, strict=True)]
            for row in block.rows
        ]
        titles = [self.say(column.title) for column in block.columns]
        low, high = COLUMN_UNITS
        columns = []
        for index, title in enumerate(titles):
            numeric = is_numeric(block.rows, index)
            longest = max((units(row[index]) for row in rows), default=0)
            # numbers cannot be broken into lines, so their column is as wide as they are
            width = max(longest, min(units(title), 12), low) if numeric else min(max(longest, units(title), low), high)
            columns.append({"title": title, "right": numeric, "units": width + 2})
        return {
            "kind": "table",
            "title": self.say(block.title),
            "note": self.say(block.note),
            "columns": columns,
            "rows": rows,
            "units": sum(column["units"] for column in columns),
            "short": _is_short(rows),
        }

    @block.register
    def _(self, block: ChartBlock) -> Payload:
        return {
            "kind": "chart",
            "svg": self.draw(block.chart, self.lang),
            "title": self.say(block.chart.title),
            "note": self.say(block.note),
        }

    @block.register
    def _(self, block: PersonaBlock) -> Payload:
        return {"kind": "persona", "poster": self.poster(block.poster)}

    def say(self, text: Text) -> str:
        """Render a text in the writer's language."""
        return say(text, self.lang)

    def words(self, *codes: str) -> dict[str, str]:
        """Return fixed words of documents by the end of their code."""
        return {code: self._word(code) for code in codes}

    def _poster_words(self) -> dict[str, str]:
        kinds = {kind: self._word(f"claim.{kind}") for kind in ("judged", "assumed")}
        named = {name: self._word(f"poster.{name}") for name in ("evidence", "caution", "legend")}
        return kinds | named

    def _counts(self, code: str, highest: int) -> list[str]:
        return [render(Message(code, {"n": n}), self.lang) for n in range(highest + 1)]

    def _word(self, code: str, **params: Any) -> str:
        return render(Message(f"document.{code}", params), self.lang)


def _clamped(share: float | None) -> float | None:
    return None if share is None else min(max(float(share), 0.0), 1.0)


def _paged(blocks: list[Payload]) -> list[Payload]:
    """Mark the chapters that open a page: those of a segment, known by their colour, and those with personas."""
    chapter: Payload | None = None
    for block in blocks:
        if block["kind"] == "heading" and block["level"] == 1:
            chapter = block
            block["new_page"] = block["colour"] is not None
        elif block["kind"] == "persona" and chapter is not None:
            chapter["new_page"] = True
    return blocks


def _is_short(rows: list[list[str]]) -> bool:
    lines = [line for row in rows for cell in row for line in cell.split("\n")]
    breaks = len(lines) - sum(map(len, rows))
    return len(rows) <= SHORT_ROWS and sum(map(units, lines)) + 80 * breaks <= SHORT_UNITS
