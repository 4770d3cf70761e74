"""Documents by Typst (PDF, PNG), Jinja (HTML) and XlsxWriter (XLSX, and the charts of PPTX).

Page templates lie in ``templates/``; data reach Typst as one JSON string, never as source, so no text of a customer or
user is ever read as markup. System fonts are off: the same document gives the same bytes on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import typst

from qunxiang.adapters.documents.pages import page
from qunxiang.adapters.documents.payload import ChartSvg, Payload, Writer
from qunxiang.charts.spec import Chart
from qunxiang.errors import DocumentError, SettingError
from qunxiang.i18n import Message
from qunxiang.ports.documents import Document, DocumentFormat, Poster

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
TEMPLATES = HERE / "templates"
PNG_PPI = 144.0


def _draw(chart: Chart, lang: str) -> str:
    drawing: Callable[[Chart, str], str] = import_module("qunxiang.charts.svg").to_svg
    return drawing(chart, lang)


class TypstDocuments:
    """Renders reports and posters; implements :class:`qunxiang.ports.documents.Documents`.

    Parameters
    ----------
    timestamp
        Moment written into the files as their date of creation; None writes none.
    draw
        Turns a chart into an SVG document; None takes :func:`qunxiang.charts.svg.to_svg`.
    font_folders
        More folders with fonts, for characters that the shipped ones lack.
    """

    def __init__(
        self,
        *,
        timestamp: datetime | None = None,
        draw: ChartSvg | None = None,
        font_folders: Sequence[Path] = (),
    ) -> None:
        self.timestamp = timestamp
        self.draw = draw or _draw
        self.font_folders = (FONTS, *font_folders)

    def report(self, document: Document, *, format: DocumentFormat, lang: str) -> bytes:
        """Render a report.

        Parameters
        ----------
        document
            Title page data and blocks in reading order.
        format
            ``pdf`` (A4), ``html`` (one self-contained file), ``xlsx`` (one sheet per chapter) or ``pptx`` (slides with
            native charts).
        lang
            ``zh`` or ``en``.

        Raises
        ------
        SettingError
            When a report cannot have that format.
        MissingGlyphError
            When a character of a PDF has no glyph in the fonts.
        """
        if format == "xlsx":
            from qunxiang.adapters.documents.workbook import workbook  # each format at first use: they take long

            return workbook(document, lang=lang, created=self.timestamp)
        if format == "pptx":
            from qunxiang.adapters.documents.slides import slides

            return slides(document, lang=lang, created=self.timestamp)
        if format not in ("pdf", "html"):
            raise self._no_format("report", format, ("pdf", "html", "xlsx", "pptx"))
        payload = Writer(lang, self.draw).report(document)
        return page("report", payload) if format == "html" else self._compile("report", payload, "pdf")

    def poster(self, poster: Poster, *, format: DocumentFormat, lang: str) -> bytes:
        """Render a poster on exactly one A4 page.

        Long posters are set smaller first; what still finds no room is counted in the poster's own words.

        Parameters
        ----------
        poster
            The persona.
        format
            ``pdf``, ``png`` (144 dots per inch) or ``html``.
        lang
            ``zh`` or ``en``.

        Raises
        ------
        SettingError
            When a poster cannot have that format.
        MissingGlyphError
            When a character of a PDF or PNG has no glyph in the fonts.
        """
        if format not in ("pdf", "png", "html"):
            raise self._no_format("poster", format, ("pdf", "png", "html"))
        payload = Writer(lang, self.draw).poster(poster)
        return page("poster", payload) if format == "html" else self._compile("poster", payload, format)

    @cached_property
    def _fonts(self) -> Any:
        folders = [str(folder) for folder in self.font_folders]
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)

    def _compile(self, name: str, payload: Payload, format: Literal["pdf", "png"]) -> bytes:
        from qunxiang.adapters.documents.glyphs import check_glyphs

        check_glyphs(payload, self.font_folders)
        data = json.dumps(payload | {"dated": self.timestamp is not None}, ensure_ascii=False)
        try:
            compiler = typst.Compiler(
                input=TEMPLATES / f"{name}.typ",
                root=TEMPLATES,
                font_paths=self._fonts,
                ignore_system_fonts=True,
                sys_inputs={"data": data},
            )
            written = compiler.compile(format=format, ppi=PNG_PPI, timestamp=self.timestamp or 0)
        except typst.TypstError as reason:
            raise DocumentError("error.document.render", detail=str(reason)) from reason
        if not isinstance(written, bytes):
            pages = len(written) if written else 0
            raise DocumentError("error.document.render", detail=f"{name}: {pages} pages instead of one")
        return written

    @staticmethod
    def _no_format(kind: str, format: str, known: tuple[str, ...]) -> SettingError:
        named = Message(f"error.document.kind.{kind}")
        return SettingError("error.document.format", kind=named, format=format, known=known)
