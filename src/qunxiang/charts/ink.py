"""A sheet on which SVG marks are written, with attributes only: no styles, classes, scripts or foreign objects."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from qunxiang.charts.palette import INK
from qunxiang.charts.words import clean

FONT_FAMILY = "Noto Sans SC"
FONT_SIZE = 11.0
LINE_HEIGHT = 13.0  # px


# advance widths of Noto Sans SC in thousandths of an em, rounded up
_ADVANCES = {
    c: width / 1000
    for width, letters in {
        240: " ",
        280: "',.:;ij|",
        320: "Il",
        360: "!()-[]f{}",
        400: "/\\rt",
        480: '"*?sz',
        520: "cx",
        560: "#$+0123456789<=>FJLY^_ekvy~–−",
        600: "ESTVXag",
        640: "ACPRZ`bdhnopqu",
        680: "&BK",
        720: "DG",
        760: "HNOQU",
        840: "Mw",
        880: "W",
        960: "%@m",
    }.items()
    for c in letters
}
_NOT_FIRST = frozenset("，。、；：！？）】》」』”’…,.;:!?)]}%·/")
_NOT_LAST = frozenset("（【《「『“‘([{")
_HAN_COST = 0.3  # a break between Han characters is as bad as a line wider by this share


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Return the width of `text` in px, rounded up: by the table for Latin letters, one em for what is not in it."""
    return sum(map(_advance, text)) * size


@cache
def _advance(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    return _ADVANCES.get(unicodedata.normalize("NFD", character)[0], 1.0)


def fit(text: str, width: float, size: float = FONT_SIZE) -> str:
    """Cut `text` with an ellipsis so that it is at most `width` px wide."""
    text = clean(text)
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, width: float, lines: int = 2, tail: str = "") -> tuple[str, ...]:
    """Write `text` in one line, or in two when it is wider than `width` px, and only then shorten it.

    Parameters
    ----------
    text
        A name.
    width
        Room in px; no line is wider.
    lines
        1 or 2.
    tail
        What must stay readable after the name, such as the number of its customers: it is never cut and, when it does
        not fit beside the name, may stand alone on the second line.
    """
    text = clean(text)
    whole = text + tail
    if text_width(whole) <= width:
        return (whole,)
    if lines < 2:
        return (fit(text, width - text_width(tail)) + tail,)
    places = [i for i in range(1, len(text)) if _breaks(text, i)] + ([len(text)] if tail else [])
    pairs = {i: (text[:i].rstrip(), (text[i:].lstrip() + tail).strip()) for i in places}
    widest = {i: max(map(text_width, pair)) for i, pair in pairs.items()}
    fitting = [i for i in places if widest[i] <= width]
    if fitting:
        return pairs[min(fitting, key=lambda i: widest[i] + width * _cost(text, i))]
    starts = [i for i in places if i < len(text) and text_width(text[:i].rstrip()) <= width]
    cut = max(starts, default=0) or _longest(text, width)
    return (text[:cut].rstrip(), fit(text[cut:].lstrip(), width - text_width(tail)) + tail)


def _longest(text: str, width: float) -> int:
    """Return how many characters of a word without a place to break fit into `width` px; at least one."""
    return max((i for i in range(2, len(text)) if text_width(text[:i]) <= width), default=1)


def _breaks(text: str, place: int) -> bool:
    """Tell whether a line may end before the character at `place`."""
    before, after = text[place - 1], text[place]
    if after in _NOT_FIRST or before in _NOT_LAST or after == " ":
        return False
    return before == " " or _wide(before) or _wide(after)


def _cost(text: str, place: int) -> float:
    """Return how bad a break is, as a share of the width: none before the tail, some inside a run of Han."""
    if place == len(text):
        return -1.0
    return 0.0 if text[place - 1] in " ，、；：·" else _HAN_COST


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


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

    def texts(self, x: float, y: float, lines: Sequence[str], colour: str = INK, **more: str | float) -> None:
        """Write lines below one another, centred on the height `y`."""
        for index, line in enumerate(lines):
            self.text(x, y + 4 + (index - (len(lines) - 1) / 2) * LINE_HEIGHT, line, colour, **more)

    def finish(self, title: str) -> str:
        """Return the document, its title given to screen readers."""
        name = escape(clean(title))
        size = f'width="{_value(self.width)}" height="{_value(self.height)}"'
        box = f'viewBox="0 0 {_value(self.width)} {_value(self.height)}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img"><title>{name}</title>'
        return head + "".join(self.elements) + "</svg>"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
