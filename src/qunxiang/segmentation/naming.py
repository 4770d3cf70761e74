"""First names for fitted segments, from what marks their centres; people confirm or change them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qunxiang.i18n import Label

CLEAR = 0.4
"""A centre so many standard deviations from the mean of all is worth naming."""


def centre_names(centres: Sequence[Sequence[float]], traits: Sequence[Label]) -> tuple[Label, ...]:
    """Name each centre by its two clearest traits.

    Parameters
    ----------
    centres
        Shape (n_segments, n_traits), in standard deviations from the mean of all profiles.
    traits
        Labels of the traits, in column order.

    Returns
    -------
    tuple of Label
        One per centre, all different: ``高购买次数 + 低折扣占比`` / ``High orders + low discount share``. A centre with
        nothing clear is "near average"; equal names get letters.
    """
    return _told_apart([_name(centre, traits) for centre in centres])


def class_names(
    marks: Sequence[Sequence[tuple[float, Label]]],
) -> tuple[Label, ...]:
    """Name each class by its two strongest marks.

    Parameters
    ----------
    marks
        For each class, strengths (in about standard deviations) with what they say; marks below :data:`CLEAR` are not
        worth naming.

    Returns
    -------
    tuple of Label
        One per class, all different.
    """
    names = []
    for found in marks:
        clear = [text for strength, text in sorted(found, key=lambda m: -m[0]) if strength >= CLEAR][:2]
        zh, en = " + ".join(t.zh for t in clear), " + ".join(t.en for t in clear)
        names.append(Label(zh, en[:1].upper() + en[1:]) if clear else Label("接近平均", "Near average"))
    return _told_apart(names)


def number_mark(off: float, trait: Label) -> tuple[float, Label]:
    """Return the mark of a number that is `off` standard deviations from the mean of all."""
    zh, en = ("高", "high") if off > 0 else ("低", "low")
    return abs(off), Label(f"{zh}{trait.zh}", f"{en} {_lower(trait.en)}")


def answer_mark(share: float, overall: float, trait: Label, answer: Label) -> tuple[float, Label]:
    """Return the mark of an answer whose share within the class is above that of all; Cohen's h is its strength."""
    h = 2 * math.asin(math.sqrt(min(max(share, 0.0), 1.0))) - 2 * math.asin(math.sqrt(min(max(overall, 0.0), 1.0)))
    return h, Label(f"{trait.zh}：{answer.zh}", f"{_lower(trait.en)}: {answer.en}")


def _told_apart(names: Sequence[Label]) -> tuple[Label, ...]:
    """Give equal names letters."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name.en] = seen.get(name.en, 0) + 1
        letter = chr(ord("A") + seen[name.en] - 1)
        repeated = sum(n.en == name.en for n in names) > 1
        out.append(Label(f"{name.zh} {letter}", f"{name.en} {letter}") if repeated else name)
    return tuple(out)


def _name(centre: Sequence[float], traits: Sequence[Label]) -> Label:
    order = sorted(range(len(centre)), key=lambda j: (-abs(centre[j]), j))
    clear = [j for j in order if abs(centre[j]) >= CLEAR][:2]
    if not clear:
        return Label("接近平均", "Near average")
    zh = " + ".join(("高" if centre[j] > 0 else "低") + traits[j].zh for j in clear)
    en = " + ".join(("high " if centre[j] > 0 else "low ") + _lower(traits[j].en) for j in clear)
    return Label(zh, en[0].upper() + en[1:])


def _lower(text: str) -> str:
    """Lower the first letter unless the word is an abbreviation."""
    return text if len(text) > 1 and text[1].isupper() else text[:1].lower() + text[1:]
