"""The order of answers: known ladders of words, and ranges of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NOTHING = re.compile(
    r"no answer|no response|refused|prefer not to (say|answer)|don.?t know|not sure|n/?a|dk"
    r"|未回答|未作答|拒答|不知道|不清楚|不确定|跳过",
    re.IGNORECASE,
)

# The first pattern of a ladder that is found in an answer gives its rung; rungs need not be next to each other.
_LADDERS: tuple[tuple[tuple[str, float], ...], ...] = (
    (
        (r"^never.*not open", 0),
        (r"^never|^从不|^从没|^从未", 1),
        (r"once a year|^rarely|^seldom|^hardly|once in a while|^很少|^极少", 2),
        (r"once a month|^sometimes|^occasionally|about half|^有时|^偶尔", 3),
        (r"times per month|每月几次", 3.5),
        (r"^often|^usually|^frequently|times per week|^经常|^常常|^通常|每周", 4),
        (r"^always|every ?day|^daily|^总是|^一直|每天", 5),
    ),
    (
        (r"strongly disagree|^非常不(同意|赞同|满意)|^完全不", 0),
        (r"^(somewhat |slightly |tend to )?disagree|^不太|^比较不|^不(同意|赞同|满意)", 1),
        (r"neither|neutral|^一般|^中立|^说不清", 2),
        (r"^strongly agree|^非常|^完全", 4),
        (r"^(somewhat |slightly |tend to )?agree|^比较|^有些|^(同意|赞同|满意)", 3),
    ),
    (
        (r"very (unimportant|unlikely|dissatisfied|unsatisfied|unfavorabl)", 0),
        (r"(somewhat|fairly) (unimportant|unlikely|dissatisfied|unsatisfied|unfavorabl)", 1),
        (r"neither|neutral", 2),
        (r"(somewhat|fairly) ", 3),
        (r"very |extremely ", 4),
    ),
    (
        (r"not at all|^nothing|not .* at all|^完全不|^一点也不", 0),
        (r"^not (very|too|so|much|really)|only a little|a little|^不太|^不怎么", 1),
        (r"neutral|moderately|^some$|somewhat|fairly|^有点|^一般|^比较", 2),
        (r"very|a lot|extremely|a great deal|^非常|^很", 3),
    ),
    (
        (r"less than high school|did not complete|初中|小学", 0),
        (r"high school|高中|中专", 1),
        (r"some college|associate|大专", 2),
        (r"post ?graduate|^graduate degree|硕士|博士|研究生", 4),
        (r"college|bachelor|本科", 3),
    ),
    ((r"^(no|否|不是|没有)\b|^(否|不是|没有)", 0), (r"^yes\b|^(是|有)", 1)),
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def says_nothing(answer: str) -> bool:
    """Say whether an answer gives no information, such as "No answer" or 拒答."""
    return _NOTHING.fullmatch(answer.strip()) is not None


def in_order(answers: Sequence[str]) -> tuple[str, ...] | None:
    """Return different answers from low to high, or None when no order is known that tells them all apart.

    Numbers and ranges such as ``18-29`` and ``> 60`` are ordered by their first number; words by ladders of frequency,
    agreement, importance, intensity and schooling in English and Chinese.
    """
    if len(answers) < 2:
        return None
    for ladder in _LADDERS:
        rungs = [_rung(answer, ladder) for answer in answers]
        known = [rung for rung in rungs if rung is not None]
        if len(known) == len(answers) and len(set(known)) == len(answers):
            return tuple(answer for _, answer in sorted(zip(known, answers, strict=True)))
    return _by_number(answers)


def _rung(answer: str, ladder: tuple[tuple[str, float], ...]) -> float | None:
    text = answer.strip().lower()
    return next((rung for pattern, rung in ladder if re.search(pattern, text)), None)


def _by_number(answers: Sequence[str]) -> tuple[str, ...] | None:
    placed = []
    for answer in answers:
        found = _NUMBER.search(answer)
        if found is None:
            return None
        first = float(found.group().replace(",", ""))
        rest = _NUMBER.sub("", answer)
        # a range or a bound is little else than numbers: a sentence with a number in it is no step of a scale
        if len(re.sub(r"[\s$¥€%<>≥≤+\-–—~至到元岁]|to|and|over|under|up", "", rest, flags=re.IGNORECASE)) > 2:
            return None
        above = bool(re.search(r">|≥|\+|over|up|以上", answer))
        placed.append((first + (0.5 if above else 0.0), answer))
    if len({place for place, _ in placed}) < len(placed):
        return None
    return tuple(answer for _, answer in sorted(placed))
