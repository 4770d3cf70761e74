"""Texts of charts: names, values and intervals as a reader sees them in the tooltip and in the table."""

from __future__ import annotations

import re

from qunxiang.charts.spec import Axis, Text
from qunxiang.i18n import Message, format_value, render

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # not allowed in XML 1.0
_MEETING = re.compile("(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])")
"""Where a Chinese and a Latin letter or a digit stand side by side: a page sets them apart, a canvas does not."""


def clean(text: str) -> str:
    """Return `text` on one line and without the characters that XML forbids."""
    return " ".join(_FORBIDDEN.sub("", text).split())


def say(text: Text | None, lang: str) -> str:
    """Render a chart text on one line, with room between Chinese and Latin letters; ``None`` is empty."""
    said = "" if text is None else clean(render(text, lang))
    return _MEETING.sub(" ", said) if lang == "zh" else said


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
