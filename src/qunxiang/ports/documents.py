"""Port of documents: a report or poster as data, rendered to PDF, HTML, XLSX or PNG by an adapter.

A document is a tree of frozen blocks. Texts are labels, messages or plain strings; the adapter renders them in the
language asked for. Charts are :mod:`qunxiang.charts.spec` records, so a document stands one floor above `charts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from qunxiang.charts.spec import Chart, Text, ValueFormat

Cell = Text | int | float | Decimal | None
DocumentFormat = Literal["pdf", "html", "xlsx", "pptx", "png"]
ReportFormat = Literal["pdf", "html", "xlsx", "pptx"]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 opens a chapter (a sheet in a workbook)."""

    text: Text
    level: int = 1
    colour: int | None = None


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True)
class Bullets:
    """A list of short sentences."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Notice:
    """A boxed remark: `info`, `warning` (a limit of the evidence) or `assumed` (not from data)."""

    text: Text
    kind: Literal["info", "warning", "assumed"] = "info"


@dataclass(frozen=True)
class KeyFigure:
    """One figure with what it rests on."""

    title: Text
    value: Text
    note: Text = ""


@dataclass(frozen=True)
class KeyFigures:
    """A row of figures."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class Column:
    """Head and format of a table column."""

    title: Text
    format: ValueFormat = "plain"


@dataclass(frozen=True)
class TableBlock:
    """A table; one tuple per row, numbers kept as numbers so that a workbook can calculate with them."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: Text = ""
    note: Text = ""


@dataclass(frozen=True)
class ChartBlock:
    """A chart with the sentence that says what to see in it."""

    chart: Chart
    note: Text = ""


@dataclass(frozen=True)
class PersonaBlock:
    """A persona card inside a report."""

    poster: Poster


Block = Heading | Paragraph | Bullets | Notice | KeyFigures | TableBlock | ChartBlock | PersonaBlock


@dataclass(frozen=True)
class Document:
    """A report: title page data and blocks in reading order; `footer` stands on every page."""

    title: Text
    subtitle: Text
    meta: tuple[tuple[Text, Text], ...]
    blocks: tuple[Block, ...]
    footer: Text
    summary: tuple[Text, ...] = ()


@dataclass(frozen=True)
class PosterClaim:
    """One claim on a poster: the sentence, the number of its evidence, and how sure it is.

    `share` and `base` are shares 0..1 drawn as a bar with the base as a thin bar; None draws no bar.
    """

    text: Text
    evidence_number: int | None
    share: float | None = None
    base: float | None = None
    value: Text = ""
    kind: Literal["measured", "judged", "assumed"] = "measured"
    caution: Text = ""


@dataclass(frozen=True)
class PosterSection:
    """A box of the poster with its claims."""

    title: Text
    claims: tuple[PosterClaim, ...]


@dataclass(frozen=True)
class Poster:
    """One A4 page for a persona; `portrait_svg` is a complete SVG document, `evidence` the numbered notes."""

    name: Text
    tagline: Text
    segment: Text
    colour: int
    portrait_svg: str
    chips: tuple[Text, ...]
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[PosterSection, ...]
    evidence: tuple[tuple[int, Text], ...]
    footer: Text
    notes: tuple[Text, ...] = field(default=())


class Documents(Protocol):
    """Renders documents; raises :class:`qunxiang.errors.MissingGlyphError` when a character has no glyph."""

    def report(self, document: Document, *, format: DocumentFormat, lang: str) -> bytes:
        """Render a report as `pdf`, `html`, `xlsx` or `pptx`."""
        ...

    def poster(self, poster: Poster, *, format: DocumentFormat, lang: str) -> bytes:
        """Render a poster as `pdf`, `png` or `html`."""
        ...
