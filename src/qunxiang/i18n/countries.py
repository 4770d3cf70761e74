"""Countries by their ISO 3166 codes, under Chinese and English names."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale

from qunxiang.i18n.messages import Label

_ALSO = {
    "中华人民共和国": "CN", "中国大陆": "CN", "大陆": "CN", "prc": "CN", "china mainland": "CN", "mainland china": "CN",
    "people's republic of china": "CN", "chn": "CN", "156": "CN", "cn-mainland": "CN",
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "united states of america": "US", "美利坚合众国": "US",
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "英格兰": "GB",
    "korea": "KR", "republic of korea": "KR", "south korea": "KR", "jpn": "JP", "deu": "DE", "fra": "FR", "gbr": "GB",
    "russian federation": "RU", "viet nam": "VN", "holland": "NL", "czech republic": "CZ", "uae": "AE", "阿联酋": "AE",
    "hong kong": "HK", "香港": "HK", "中国香港": "HK", "macau": "MO", "macao": "MO", "澳门": "MO", "中国澳门": "MO",
    "taiwan": "TW", "台湾": "TW", "臺灣": "TW", "中国台湾": "TW", "turkey": "TR", "korea, republic of": "KR",
}  # fmt: skip
_COUNTRY = re.compile(r"[A-Z]{2}")
_NONE = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})  # territories of the locale data that are no countries


def country_code(stated: str) -> str | None:
    """Return the ISO 3166 code (two letters) of a country named in Chinese or English; None when it is no country."""
    return _names().get(_folded(stated))


def country_label(code: str) -> Label:
    """Return the names of a country; the code itself when it is unknown."""
    zh, en = _locale("zh").territories, _locale("en").territories
    return Label(str(zh.get(code, code)), str(en.get(code, code)))


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(lang)


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for lang in ("zh", "en"):
        for code, name in _locale(lang).territories.items():
            if _COUNTRY.fullmatch(code) and code not in _NONE:
                found[_folded(str(name))] = code
                found[code.lower()] = code
    return found | {_folded(name): code for name, code in _ALSO.items()}


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().lower()
