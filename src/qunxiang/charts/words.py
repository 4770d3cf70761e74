"""Texts of charts: names, values and intervals as a reader sees them in the tooltip and in the table."""

from __future__ import annotations

import re

from qunxiang.charts.spec import Axis, Text
from qunxiang.i18n import Message, format_value, render

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # not allowed in XML 1.0


def clean(text: str) -> str:
    """Return `text` on one line and without the characters that XML forbids."""
    return " ".join(_FORBIDDEN.sub("", text).split())


def say(text: Text | None, lang: str) -> str:
    """Render a chart text on one line; ``None`` is empty."""
    return "" if text is None else clean(render(text, lang))


def word(code: str, lang: str) -> str:
    """Render one of the fixed words of charts, such as ``low``."""
    return render(Message(f"chart.{code}"), lang)


def heading(text: Text | None, code: str, lang: str) -> str:
    """Render `text`, or the fixed word `code` when it is missing or empty."""
    return say(text, lang) or word(code, lang)


def figure(value: float | None, axis: Axis, lang: str) -> str:
    """Write a value in the axis' format; unknown is said."""
    return format_value(value, axis.format, lang)


def span(low: float | None, high: float | None, axis: Axis, lang: str) -> str | None:
    """Write an interval; ``None`` when there is none."""
    if low is None or high is None:
        return None
    return f"{figure(low, axis, lang)} – {figure(high, axis, lang)}"


def between(interval: tuple[float, float] | None, axis: Axis, lang: str) -> str | None:
    """Write an interval given as a pair; ``None`` when there is none."""
    return None if interval is None else span(interval[0], interval[1], axis, lang)
