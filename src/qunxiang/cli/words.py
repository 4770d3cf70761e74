"""Pairs such as ``column=source`` as people write them on the line."""

from __future__ import annotations

from collections.abc import Sequence

from qunxiang.errors import UsageError
from qunxiang.i18n import Label


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """Return ``name=value`` words as a mapping.

    Raises
    ------
    UsageError
        When a word has no ``=``, or one name stands twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise UsageError("cli.usage.pair", option=option, word=word)
        if name.strip() in found:
            raise UsageError("cli.usage.pair_twice", option=option, name=name.strip())
        found[name.strip()] = value.strip()
    return found


def names(word: str) -> str | list[str]:
    """Return names written with commas as a list; ``all`` and ``none`` stay as they are."""
    if word in ("all", "none"):
        return word
    return [name.strip() for name in word.split(",") if name.strip()]


def numbers(words: Sequence[str], option: str) -> dict[str, float]:
    """Return ``name=number`` words as a mapping.

    Raises
    ------
    UsageError
        When a value is no number.
    """
    found = {}
    for name, value in pairs(words, option).items():
        try:
            found[name] = float(value)
        except ValueError as error:
            raise UsageError("cli.usage.number", option=option, name=name, value=value) from error
    return found


def label(both: str | None, zh: str | None, en: str | None) -> Label | None:
    """Return the label that options give: one text for both languages, or one each; None when none is given."""
    if both is None and zh is None and en is None:
        return None
    first = both or zh or en or ""
    return Label(zh or first, en or first)
