"""Numbers, money, shares and dates as people read them in Chinese and English."""

from __future__ import annotations

import math
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

_UNKNOWN = {"zh": "未知", "en": "unknown"}
_YES = {"zh": "是", "en": "yes"}
_NO = {"zh": "否", "en": "no"}


def format_value(value: Any, format_name: str, lang: str, zone: tzinfo | None = None) -> str:
    """Format `value` for a reader.

    Parameters
    ----------
    value
        Any scalar; ``None`` and NaN are said to be unknown.
    format_name
        ``plain`` (as is), ``count`` (1,234), ``number`` (3 significant digits), ``money`` (1,234.50),
        ``percent`` (a share 0..1 as 12.3%), ``points`` (a difference of shares), ``signed``,
        ``chance`` (a p-value after the letter p: = 0.034, < 0.001, > 0.99), ``date``, ``datetime``.
    lang
        ``zh`` or ``en``.
    zone
        Time zone of the reader, in which moments are shown; None shows them in the zone they are given in. A moment at
        the beginning of a day is shown as the day where the format is ``plain``: a date that a column of moments holds.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return _UNKNOWN[lang]
    if isinstance(value, bool):
        return (_YES if value else _NO)[lang]
    if isinstance(value, date):
        return _format_date(value, format_name, lang, zone)
    if isinstance(value, int | float | Decimal):
        return _format_number(value, format_name, lang)
    return str(value)


def _format_date(value: date, format_name: str, lang: str, zone: tzinfo | None) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None and zone is not None:
        value = value.astimezone(zone)
    text = (
        f"{value.year}年{value.month}月{value.day}日"
        if lang == "zh"
        else f"{value.year:04}-{value.month:02}-{value.day:02}"
    )
    as_day = format_name == "date" or (
        format_name == "plain" and isinstance(value, datetime) and value.time() == time()
    )
    if isinstance(value, datetime) and not as_day:
        return f"{text} {value:%H:%M}"
    return text


def _format_number(value: int | float | Decimal, format_name: str, lang: str) -> str:
    match format_name:
        case "count":
            return f"{round(value):,}"
        case "money":
            return f"{value:,.2f}"
        case "percent":
            return f"{float(value) * 100:.1f}%"
        case "points":
            return f"{float(value) * 100:+.1f}" + (" 个百分点" if lang == "zh" else " pp")
        case "signed":
            return f"{float(value):+.3g}"
        case "chance":
            return _chance(float(value))
        case "number":
            return _significant(float(value))
        case _:
            return str(value)


def _chance(value: float) -> str:
    if value > 0.99:
        return "> 0.99"
    return "< 0.001" if value < 0.001 else f"= {_significant(value)}"


def _significant(value: float) -> str:
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude >= 3:
        return f"{value:,.0f}"
    decimals = max(0, 2 - magnitude)
    text = f"{value:.{min(decimals, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
