"""A sheet on which SVG marks are written, with attributes only: no styles, classes, scripts or foreign objects."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from qunxiang.charts.palette import INK
from qunxiang.charts.words import clean

FONT_FAMILY = "Noto Sans SC"
FONT_SIZE = 11.0


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Estimate the width of `text` in px: one em for wide East Asian characters, 0.56 em for others."""
    return sum(size if unicodedata.east_asian_width(c) in "WF" else 0.56 * size for c in text)


def fit(text: str, width: float, size: float = FONT_SIZE) -> str:
    """Cut `text` with an ellipsis so that it is at most `width` px wide."""
    text = clean(text)
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


@dataclass
class Sheet:
    """An SVG drawing of `width` × `height` px that is written element by element."""

    width: float
    height: float
    elements: list[str] = field(default_factory=list)

    def add(self, element: str, inner: str | None = None, /, **attributes: str | float) -> None:
        """Write one element; underscores in attribute names become hyphens, numbers are rounded to 0.01."""
        written = "".join(
            f" {name.rstrip('_').replace('_', '-')}={quoteattr(_value(value))}" for name, value in attributes.items()
        )
        self.elements.append(f"<{element}{written}/>" if inner is None else f"<{element}{written}>{inner}</{element}>")

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: str, **more: str | float) -> None:
        """Draw a straight line."""
        self.add("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=colour, **more)

    def bar(self, left: float, top: float, right: float, bottom: float, colour: str, **more: str | float) -> None:
        """Draw a filled rectangle between two corners, given in any order."""
        x, y = min(left, right), min(top, bottom)
        self.add("rect", x=x, y=y, width=abs(right - left), height=abs(bottom - top), fill=colour, **more)

    def path(self, points: Iterable[tuple[float, float]], *, closed: bool = False, **more: str | float) -> None:
        """Draw a path through points."""
        steps = "L".join(f"{_value(x)} {_value(y)}" for x, y in points)
        self.add("path", d=f"M{steps}" + ("Z" if closed else ""), **more)

    def text(self, x: float, y: float, words: str, colour: str = INK, **more: str | float) -> None:
        """Write one line of text with its baseline at `y`."""
        look: dict[str, str | float] = {"font_family": FONT_FAMILY, "font_size": FONT_SIZE, "fill": colour}
        self.add("text", escape(clean(words)), x=x, y=y, **{**look, **more})

    def finish(self, title: str) -> str:
        """Return the document, its title given to screen readers."""
        name = escape(clean(title))
        size = f'width="{_value(self.width)}" height="{_value(self.height)}"'
        box = f'viewBox="0 0 {_value(self.width)} {_value(self.height)}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img"><title>{name}</title>'
        return head + "".join(self.elements) + "</svg>"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
