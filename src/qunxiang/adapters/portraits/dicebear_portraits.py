"""Line-drawn portraits by DiceBear's style "Notionists" (by Zoish, CC0 1.0).

The style's raw parts include tongues, tears, veils and beards. Only parts that were looked at one by one are allowed
here; nothing a drawing shows is taken from what is known of the profiles, so a portrait carries no sex and no origin.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from dicebear import Avatar, Style

from qunxiang.errors import SettingError


def _variants(numbers: str) -> tuple[str, ...]:
    return tuple(f"variant{number}" for number in numbers.split())


# part -> the variants that were reviewed at 300 pixels
ALLOWED_PARTS: dict[str, tuple[str, ...]] = {
    "hair": _variants("05 07 15 32 54 55 02 23 41 58 36 45 47 48 01 20 31 42"),
    "clothes": _variants("16 19 20 13 14 21 01 07 23"),
    "mouth": _variants("03 17 22 23"),
    "eyebrows": _variants("04 05 07 12"),
    "glasses": _variants("03 08 11"),
    "eyes": _variants("01 05"),
    "nose": _variants("01 04 05 06 07 08 10 12 13 16 18 20"),
}
LEFT_OUT = ("beard", "gesture", "clothesGraphic")
GLASSES_PERCENT = 30
CORNER_PERCENT = 9  # of the width

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_METADATA = re.compile(r"<!--.*?-->|<metadata.*?</metadata>", re.DOTALL)
_IDENTIFIER = re.compile(r'\bid="([^"]+)"')
_LANGUAGES = ("zh", "en")


@cache
def _style() -> Style:
    raw = json.loads(files("dicebear_styles").joinpath("notionists.json").read_text("utf-8"))
    for part in (*ALLOWED_PARTS, *LEFT_OUT):  # the library checks every variant, which takes a second for all
        variants = raw["components"][part]["variants"]
        kept = ALLOWED_PARTS.get(part, tuple(variants)[:1])
        raw["components"][part]["variants"] = {name: variants[name] for name in kept}
    return Style(raw)


@cache
def _names(lang: str) -> tuple[str, ...]:
    text = files("qunxiang.adapters.portraits").joinpath("names", f"{lang}.txt").read_text("utf-8")
    return tuple(line for line in text.split("\n") if line)


class DicebearPortraits:
    """Draws portraits with dicebear-core; implements :class:`qunxiang.ports.portraits.Portraits`."""

    def draw(self, seed: str, *, background: str = "#e6f0ff") -> str:
        """Return a complete SVG document for `seed`.

        Parameters
        ----------
        seed
            Any text, such as the key of a persona; the same seed gives the same drawing on every machine.
        background
            Colour of the rounded square behind the portrait, ``#rrggbb``.

        Returns
        -------
        str
            SVG with a `viewBox`, without scripts, links, comments or metadata; its ids are unique per seed, so several
            portraits can stand in one page.

        Raises
        ------
        SettingError
            When `background` is not ``#rrggbb``.
        """
        if not _COLOUR.fullmatch(background):
            raise SettingError("error.portrait.background", value=background)
        options: dict[str, Any] = {f"{part}Variant": list(variants) for part, variants in ALLOWED_PARTS.items()}
        options |= {f"{part}Probability": 0 for part in LEFT_OUT}
        options |= {"glassesProbability": GLASSES_PERCENT, "borderRadius": CORNER_PERCENT}
        avatar = Avatar(_style(), {"seed": seed, "backgroundColor": [background], **options})
        return _own_identifiers(_METADATA.sub("", str(avatar)), seed)

    def names(self, lang: str) -> tuple[str, ...]:
        """Return the reviewed names in `lang`: family and given name, both sexes mixed, nobody well known.

        Raises
        ------
        SettingError
            When there is no list in that language.
        """
        if lang not in _LANGUAGES:
            raise SettingError("error.portrait.lang", value=lang, known=_LANGUAGES)
        return _names(lang)


def _own_identifiers(svg: str, seed: str) -> str:
    """Prefix every id of the drawing with a mark of its seed."""
    mark = hashlib.sha256(seed.encode()).hexdigest()[:8]
    for identifier in sorted(set(_IDENTIFIER.findall(svg)), key=len, reverse=True):
        svg = svg.replace(f'id="{identifier}"', f'id="p{mark}-{identifier}"')
        svg = svg.replace(f"url(#{identifier})", f"url(#p{mark}-{identifier})")
        svg = svg.replace(f'href="#{identifier}"', f'href="#p{mark}-{identifier}"')
    return svg
