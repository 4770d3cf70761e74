"""What the values of a column look like: phone numbers, addresses, codes with check digits, dates, amounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum

MOST_VALUES = 500
"""Values of a column that are looked at."""

ENOUGH = 0.9
"""Share of the values that must look alike before the column is said to look so."""


class Look(StrEnum):
    """Kinds of values that can be told by their form alone, the most telling first."""

    CREDIT_CODE = "credit_code"
    ID_NUMBER = "id_number"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    DATE = "date"
    PERCENT = "percent"
    MONEY = "money"
    TRUTH = "truth"
    PROVINCE = "province"
    CITY = "city"
    GENDER = "gender"
    NUMBER = "number"


_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[A-Za-z]{2,24}")
_MOBILE = re.compile(r"(?:\+?86|0086)?1[3-9]\d{9}")
_LANDLINE = re.compile(
    r"(?:\+\d{1,3})?(?:\(?0\d{2,3}\)?[- ]\d{7,8}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?:[-x转]\d{1,5})?"
)
_FOREIGN = re.compile(r"\+\d{9,15}")
_URL = re.compile(
    r"(?:https?://|www\.)\S+\.\S+|(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|co|com\.cn)(?:/\S*)?", re.IGNORECASE
)
_DATE = re.compile(
    r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|(?:19|20)\d{6})"
    r"(?:[T ]?\d{1,2}[:时点]\d{1,2}\S*)?(?: [AP]M)?"
)
_PERCENT = re.compile(r"[+-]?\d+(?:\.\d+)?[%％]")
_MONEY = re.compile(
    r"[(（]?[-+]?(?:[¥￥$€£]|CNY|RMB|USD|EUR) ?[-+]?[\d,]+(?:\.\d+)?万?元?[)）]?"
    r"|[-+]?[\d,]+(?:\.\d+)?(?:万元?|亿元?|元)"
)
_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_COMPANY = re.compile(
    r".*(?:公司|集团|厂|商行|经营部|合作社|工作室|事务所|研究院)(?:[(（].*[)）])?"
    r"|.*\b(?:inc|ltd|llc|gmbh|corp|corporation|company|limited|plc|s\.?a|b\.?v|co)\.?",
    re.IGNORECASE,
)
_TRUTHS = frozenset({"是", "否", "yes", "no", "y", "n", "true", "false", "有", "无"})
_GENDERS = frozenset({"男", "女", "male", "female", "m", "f", "未知", "unknown", "先生", "女士"})
_PROVINCES = frozenset(
    re.findall(
        "内蒙古|黑龙江|[\u4e00-\u9fff]{2}",
        "北京天津上海重庆河北山西辽宁吉林黑龙江江苏浙江安徽福建江西山东河南湖北湖南广东海南四川贵州云南陕西甘肃青海台湾"
        "内蒙古广西西藏宁夏新疆香港澳门",
    )
)
_PROVINCE_END = re.compile(r"(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)$")
_CITY = re.compile(r"[\u4e00-\u9fff]{2,7}市")


def is_credit_code(text: str) -> bool:
    """Whether a text is a unified social credit code with its check digit (GB 32100-2015)."""
    code = text.upper()
    if len(code) != 18 or any(c not in _CODE_LETTERS for c in code) or code[0] not in "159ANY":
        return False
    total = sum(_CODE_LETTERS.index(c) * w for c, w in zip(code[:17], _CODE_WEIGHTS, strict=True))
    return _CODE_LETTERS[(31 - total % 31) % 31] == code[17]


def is_id_number(text: str) -> bool:
    """Whether a text is a Chinese resident's id number with its check digit (GB 11643-1999)."""
    number = text.upper()
    if not _ID.fullmatch(number):
        return False
    total = sum(int(c) * w for c, w in zip(number[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11] == number[17]


def look_of(text: str) -> Look | None:
    """Return what one value looks like; None when its form says nothing."""
    value = unicodedata.normalize("NFKC", text).strip()
    compact = re.sub(r"[\s-]", "", value)
    if is_credit_code(compact):
        return Look.CREDIT_CODE
    if is_id_number(compact):
        return Look.ID_NUMBER
    for look, pattern in _PATTERNS:
        if pattern.fullmatch(value):
            return look
    if _MOBILE.fullmatch(compact):
        return Look.PHONE
    if value.casefold() in _TRUTHS:
        return Look.TRUTH
    if value.casefold() in _GENDERS:
        return Look.GENDER
    if _PROVINCE_END.sub("", value) in _PROVINCES:
        return Look.PROVINCE
    return Look.CITY if _CITY.fullmatch(value) else None


_PATTERNS = (
    (Look.EMAIL, _EMAIL),
    (Look.DATE, _DATE),
    (Look.PHONE, _LANDLINE),
    (Look.PHONE, _FOREIGN),
    (Look.PHONE, _MOBILE),
    (Look.URL, _URL),
    (Look.PERCENT, _PERCENT),
    (Look.MONEY, _MONEY),
    (Look.NUMBER, _NUMBER),
)


def looks(values: Iterable[str]) -> tuple[Look | None, float]:
    """Return the look that most known values have, and the share of them that have it."""
    counts: dict[Look, int] = {}
    known = 0
    for value in values:
        if not value.strip():
            continue
        known += 1
        look = look_of(value)
        if look is not None:
            counts[look] = counts.get(look, 0) + 1
        if known >= MOST_VALUES:
            break
    if not counts:
        return None, 0.0
    order = list(Look)
    best = min(counts, key=lambda look: (-counts[look], order.index(look)))
    return best, counts[best] / known


def companies_in(values: Sequence[str]) -> float:
    """Return the share of known values that are written like the name of a company."""
    known = [v.strip() for v in values if v.strip()]
    return sum(_COMPANY.fullmatch(v) is not None for v in known) / len(known) if known else 0.0


def digits_in(values: Sequence[str]) -> float:
    """Return the share of known values that hold a digit."""
    known = [v for v in values if v.strip()]
    return sum(any(c.isdigit() for c in v) for v in known) / len(known) if known else 1.0
