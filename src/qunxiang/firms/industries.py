"""Industries by GB/T 4754: sections (a letter) and divisions (two digits), read from codes and free text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from qunxiang.i18n import Label

_CODE = re.compile(r"(?P<section>[A-T])?[ .]?(?P<digits>[0-9]{2,4})?(?![0-9A-Z])")
_NOISE = re.compile(r"[\s、，,。.;；/\\|·\-_()（）\[\]【】:：&+]+")
_ENDINGS = ("行业", "产业", "业", " industry", " sector")
_SHORTEST_WITHIN = 2


@dataclass(frozen=True)
class Industry:
    """A section (`code` is its letter) or division (two digits) with other words for it."""

    code: str
    section: str
    label: Label
    also: tuple[str, ...] = ()

    @property
    def is_section(self) -> bool:
        """Say whether it is a section."""
        return self.code == self.section


@dataclass(frozen=True)
class IndustryTable:
    """The sections and divisions of a version of the standard."""

    version: str
    industries: tuple[Industry, ...]

    def read(self, text: str | None) -> tuple[str | None, str | None]:
        """Return section and division of a stated industry.

        A code counts before words: ``C36``, ``3610``; words behind it must mean the same section. Words count when
        they are a name or another word of one industry, or when the longest such words within the text belong to one.
        What fits several divisions of one section is that section; what fits several sections, or none, is unknown.
        """
        if text is None or not text.strip():
            return None, None
        written = unicodedata.normalize("NFKC", text).strip().upper()
        found = _CODE.match(written)
        if found is None or not (found["section"] or found["digits"]):
            return self._by_words(_plain(text))
        coded = self._by_code(found["section"], found["digits"])
        rest = _plain(written[found.end() :])
        if rest and self._by_words(rest)[0] != coded[0]:  # "50 people" is no division, "A customers" no section
            return self._by_words(_plain(text))
        return coded

    def _by_code(self, section: str | None, digits: str | None) -> tuple[str | None, str | None]:
        if digits is None:
            return section, None
        division = self._codes.get(digits[:2])
        if division is None or division.is_section or (section is not None and section != division.section):
            return None, None
        return division.section, division.code

    def _by_words(self, plain: str) -> tuple[str | None, str | None]:
        for words in (plain, *(plain.removesuffix(e) for e in _ENDINGS if plain.endswith(e))):
            if words in self._words:
                return _common(self._words[words])
        within = [w for w in self._words if len(w) >= _SHORTEST_WITHIN and _stands_in(w, plain)]
        longest = [w for w in within if not any(w != other and w in other for other in within)]
        return _common(i for w in longest for i in self._words[w])

    @cached_property
    def _codes(self) -> Mapping[str, Industry]:
        return {i.code: i for i in self.industries}

    @cached_property
    def _words(self) -> Mapping[str, tuple[Industry, ...]]:
        """Every word for an industry; a word of a division and of its own section means the division."""
        found: dict[str, list[Industry]] = {}
        for industry in self.industries:
            names = {industry.label.zh, industry.label.en, *industry.also}
            names |= {n.removesuffix(e) for n in tuple(names) for e in _ENDINGS}
            for name in names:
                if plain := _plain(name):
                    found.setdefault(plain, []).append(industry)
        return {word: tuple(industries) for word, industries in found.items()}


def _stands_in(word: str, text: str) -> bool:
    """Say whether a word stands in a text; Latin words whole ones only."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None


def _plain(text: str) -> str:
    return _NOISE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _common(industries: Iterable[Industry]) -> tuple[str | None, str | None]:
    """Return what industries have in common."""
    found = list(industries)
    sections = {i.section for i in found}
    if len(sections) != 1:
        return None, None
    divisions = {i.code for i in found if not i.is_section}
    return sections.pop(), divisions.pop() if len(divisions) == 1 else None
