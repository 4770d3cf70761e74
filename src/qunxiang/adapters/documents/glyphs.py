"""Every character of a page must have a glyph: a box instead of a letter is an error, found before rendering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

from qunxiang.errors import DocumentError, MissingGlyphError

FONT_FILES = ("*.ttf", "*.otf", "*.ttc")
_LAYOUT = frozenset("\n\t")
_SVG_KEYS = frozenset({"svg", "portrait"})
_NO_TEXT_KEYS = frozenset({"theme", "colour", "kind", "style"})
_EXCERPT = 40  # characters


@cache
def covered(folder: Path) -> frozenset[str]:
    """Return the characters for which a font file in `folder` has a glyph."""
    paths = sorted(path for pattern in FONT_FILES for path in folder.glob(pattern))
    return frozenset().union(*(_characters(path) for path in paths))


def check_glyphs(payload: Mapping[str, Any], folders: Iterable[Path]) -> None:
    """Check every text of a payload, those inside drawings too.

    Raises
    ------
    MissingGlyphError
        With all missing characters of the first text that has some, and that text as the place.
    """
    known = _LAYOUT.union(*(covered(folder) for folder in folders))
    for text in _texts(payload):
        missing = sorted(set(text) - known)
        if missing:
            names = "、".join(_name(character) for character in missing)
            raise MissingGlyphError("error.glyph.missing", characters=names, where=_excerpt(text, known))


def _characters(path: Path) -> frozenset[str]:
    with (TTCollection if path.suffix == ".ttc" else TTFont)(path, lazy=True) as opened:
        fonts = opened.fonts if isinstance(opened, TTCollection) else [opened]
        return frozenset(chr(code) for font in fonts for code in font.getBestCmap())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _SVG_KEYS:
                yield from _svg_texts(inner)
            elif key not in _NO_TEXT_KEYS:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _svg_texts(svg: str) -> Iterator[str]:
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314  drawings come from this package, never from a user
    except ElementTree.ParseError as reason:
        raise DocumentError("error.document.render", detail=f"SVG: {reason}") from reason
    for element in root.iter():
        if str(element.tag).rpartition("}")[2] in {"text", "tspan"}:
            yield from (part for part in (element.text, element.tail) if part)


def _name(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return f"{character} ({code})" if character.isprintable() else code


def _excerpt(text: str, known: frozenset[str]) -> str:
    first = next(index for index, character in enumerate(text) if character not in known)
    start = max(0, first - _EXCERPT // 2)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[start : start + _EXCERPT])
