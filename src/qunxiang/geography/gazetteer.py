"""Reading stated places: names in full, short or old, codes, and addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from qunxiang.geography.table import Division, PlaceTable
from qunxiang.i18n import country_code

Doubt = Literal["unknown", "ambiguous", "conflict"]

_STREET = re.compile(r"[东南西北中]?[一二三四五六七八九十]?(?:路|街|大道|大街|巷|弄|胡同|大厦|广场|花园|小区|酒店)")
_LEAD = re.compile(r"^(?:中华人民共和国|中国)(?=.)")
_BLANK = re.compile(r"[\s,，、·/\-—_|]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_OF_CHINA = {"HK": "香港", "MO": "澳门", "TW": "台湾"}


@dataclass(frozen=True)
class Place:
    """Where somebody is; what is not known is None.

    `country` is an ISO 3166 code; `province`, `city` and `district` are the table's names (short for the first two);
    `doubts` says which stated part could not be read: column and why.
    """

    country: str | None = None
    region: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    city_tier: str | None = None
    doubts: tuple[tuple[str, Doubt], ...] = ()


class Gazetteer:
    """An index of a table of divisions.

    Parameters
    ----------
    table
        Divisions with regions and tiers.
    """

    def __init__(self, table: PlaceTable) -> None:
        self.table = table
        self._by_name: dict[str, list[Division]] = {}
        self._city: dict[tuple[str, str], Division] = {}
        self._province: dict[str, Division] = {}
        for d in table.divisions:
            for name in {d.name, d.short, d.code, *d.english, *d.also} - {""}:
                self._by_name.setdefault(_folded(name), []).append(d)
            if d.level == 1:
                self._province[d.name] = d
            elif d.level == 2:
                self._city[d.province, d.name] = d
        self._longest = max(map(len, self._by_name), default=0)
        self._own_city = {p for p, c in self._city if p == c}

    def place(
        self,
        *,
        country: str | None = None,
        province: str | None = None,
        city: str | None = None,
        district: str | None = None,
        address: str | None = None,
    ) -> Place:
        """Read what a source states of a place.

        Outside China provinces and cities stay as they are stated; inside, a name that the table does not know, or
        that several places have, is left unknown and said in `doubts`.
        """
        code = country_code(country) if country else None
        stated = {"province": province, "city": city, "district": district}
        if code is not None and code != "CN" and code not in _OF_CHINA:
            return Place(country=code, province=_kept(province), city=_kept(city), district=_kept(district))
        doubts: list[tuple[str, Doubt]] = [("country", "unknown")] if country and code is None else []
        found: list[Division] | None = None
        if code in _OF_CHINA:
            found = self._lookup(_OF_CHINA[code], (1,))
        read: list[Division] | None = found
        for column, text in stated.items():
            if text and text.strip():
                read, doubt = self._narrowed(read, text, column)
                if doubt is not None:
                    doubts.append((column, doubt))
        if address and address.strip() and (read is None or len(read) != 1 or read[0].level < 3):
            read = self._with_address(read, address)
        if not read:
            foreign = code is None and not any(_HAN.search(t) for t in stated.values() if t)
            if foreign and any(stated.values()):  # Latin letters without a country: a place that the table cannot know
                return Place(province=_kept(province), city=_kept(city), district=_kept(district))
            return Place(country=code, doubts=tuple(doubts))
        if len(read) > 1 and not any(d == "ambiguous" for _, d in doubts):
            last = [c for c, t in stated.items() if t and t.strip()]
            doubts.append((last[-1] if last else "address", "ambiguous"))
        return self._filled(self._common(read), tuple(doubts))

    def _narrowed(
        self, read: list[Division] | None, text: str, column: str
    ) -> tuple[list[Division] | None, Doubt | None]:
        """Narrow the candidates by one stated part."""
        levels = {"province": (1, 2), "city": (2, 1, 3), "district": (3, 2)}[column]
        found: list[Division] = []
        for level in levels:
            named = self._lookup(text, (level,))
            found = [d for d in named if read is None or any(_within(d, r) or _within(r, d) for r in read)]
            if found:
                break
        if not found:
            found = self._read(text, read)
        if found:
            if read is not None and all(any(_within(r, d) and r != d for r in read) for d in found):
                return read, None  # the part names what is known already, from further up
            return found, None
        if not self._lookup(text, (1, 2, 3)):
            return read, "unknown"
        return read, "conflict"

    def _with_address(self, read: list[Division] | None, address: str) -> list[Division] | None:
        return self._read(address, read or None) or read

    def _lookup(self, text: str, levels: Iterable[int]) -> list[Division]:
        found = [d for d in self._by_name.get(_folded(text), ()) if d.level in levels]
        full = [d for d in found if d.name == text.strip()]
        return full or found

    def _read(self, text: str, within: list[Division] | None) -> list[Division]:
        """Read divisions from the beginning of a text, largest first; an empty list when it begins with none.

        The text may begin further up than what is read already: with 深圳 read, 广东省深圳市南山区 leads to 南山区.
        """
        rest = _LEAD.sub("", _BLANK.sub("", unicodedata.normalize("NFKC", text)))
        read = within
        level = 0
        reached: list[Division] = []
        while rest and level < 3:
            step = self._step(rest, read, level)
            if step is None:
                break
            named, used = step
            level, rest = min(d.level for d in named), rest[used:]
            known = [r for r in read or () if any(_within(r, d) for d in named)]
            read = reached = known or named
        return reached

    def _step(self, rest: str, read: list[Division] | None, level: int) -> tuple[list[Division], int] | None:
        """Take the longest name at the beginning of `rest` that fits what is read; of equal ones the largest.

        A division fits when it lies in what is read, or has it in it.
        """
        for length in range(min(self._longest, len(rest)), 1, -1):
            head = rest[:length].lower()
            named = self._by_name.get(head)
            if not named:
                continue
            fitting = [d for d in named if d.level > level and (read is None or any(_akin(d, r) for r in read))]
            if not fitting:
                continue
            if not any(d.name.lower() == head for d in fitting) and _STREET.match(rest[length:]):
                continue
            top = min(d.level for d in fitting)
            return [d for d in fitting if d.level == top], length
        return None

    def _common(self, found: list[Division]) -> Division:
        """Return the division that all candidates share: itself, or what they lie in."""
        first = found[0]
        if len(found) == 1:
            return first
        if first.city and all((d.province, d.city) == (first.province, first.city) for d in found):
            return self._city[first.province, first.city]
        provinces = {d.province or d.name for d in found}
        return self._province[provinces.pop()] if len(provinces) == 1 else Division(0, "", "", "")

    def _filled(self, found: Division, doubts: tuple[tuple[str, Doubt], ...]) -> Place:
        if found.level == 0:
            return Place("CN", doubts=doubts)
        province = found if found.level == 1 else self._province[found.province]
        city = found if found.level == 2 else self._city.get((found.province, found.city)) if found.level == 3 else None
        if found.level == 1 and found.name in self._own_city:
            city = self._city[found.name, found.name]
        place = Place("CN", self.table.regions.get(province.short), province.short, doubts=doubts)
        if city is not None:
            tier = self.table.tiers.get((city.province, city.name))
            place = replace(place, city=city.short, city_tier=tier)
        return replace(place, district=found.name) if found.level == 3 else place


def _within(inner: Division, outer: Division) -> bool:
    """Say whether a division is or lies in another."""
    if inner == outer:
        return True
    if outer.level == 1:
        return inner.province == outer.name
    return outer.level == 2 and inner.level == 3 and (inner.province, inner.city) == (outer.province, outer.name)


def _akin(one: Division, other: Division) -> bool:
    """Say whether one of two divisions is or lies in the other."""
    return _within(one, other) or _within(other, one)


def _folded(text: str) -> str:
    return re.sub(r"[\s']+", "", unicodedata.normalize("NFKC", text)).lower()


def _kept(text: str | None) -> str | None:
    return (text.strip() or None) if text else None
