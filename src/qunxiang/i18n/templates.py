"""Sentences with placeholders, read once: ``{rows:count} {rows:plural|row|rows}``.

A placeholder is ``{name}`` or ``{name:format}``. The format is one of :data:`FORMATS`, or one of two that agree with a
number of the same sentence, as that number is *shown* there:

``{name:plural|row|rows}``
    One form per plural category of the language, in the order of the Unicode CLDR rules: English has two, for one and
    for all others; Chinese needs none.
``{unit:after value}``
    A label that names a unit, as it stands after the number `value`: 1 day, 2 days. Units that are not known to have a
    form for one stay as they are.

Only sentences of the catalogues are read so. Values are written as they are, whatever braces and bars they hold.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

from babel.plural import PluralRule

FORMATS = frozenset(
    {"plain", "count", "number", "money", "percent", "points", "signed", "chance", "date", "datetime"}
)  # fmt: skip
"""Formats of :func:`qunxiang.i18n.format_value` that a placeholder may name."""
PLURALS = {"en": PluralRule({"one": "i = 1 and v = 0"}), "zh": PluralRule({})}
"""Plural rules of cardinals, as the Unicode CLDR has them (a test compares); loading its locales takes 50 ms."""
_CATEGORIES = {"en": ("one", "other"), "zh": ("other",)}
_ONE = {
    "days": "day", "orders": "order", "times": "time", "kinds": "kind", "years": "year", "lines": "line",
    "people": "person", "units": "unit", "months": "month", "weeks": "week", "hours": "hour", "rows": "row",
    "purchases": "purchase", "customers": "customer", "items": "item", "currency units": "currency unit",
    "orders per month": "order per month", "times per month": "time per month", "units per month": "unit per month",
    "currency units per month": "currency unit per month",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence: its text, and the placeholder behind it, if any.

    `of` is the placeholder with whose number a form agrees, `format` how a number is shown.
    """

    text: str
    name: str | None
    format: str
    of: str | None = None
    forms: tuple[str, ...] = ()


@cache
def parts(template: str, lang: str) -> tuple[Part, ...]:
    """Read a sentence of `lang`.

    Raises
    ------
    ValueError
        When a placeholder is none that stands above, such as one with too few forms or with another one inside.
    """
    read = [(text, name, given or "plain") for text, name, given, _ in _parsed(template)]
    shown = {name: given for _, name, given in read if name is not None and given in FORMATS}
    return tuple(_part(text, name, given, shown, lang) for text, name, given in read)


def without_forms(template: str) -> str:
    """Return a sentence as a reader of reference pages sees it: forms as the word for many, units bare."""
    made = []
    for text, name, given, _ in _parsed(template):
        made.append(text)
        if name is None:
            continue
        head, *forms = (given or "").split("|")
        made.append(forms[-1] if head == "plural" else f"{{{name}:{head}}}" if head in FORMATS else f"{{{name}}}")
    return "".join(made)


def form(forms: tuple[str, ...], shown: str, lang: str) -> str:
    """Return the form that agrees with a number as it is shown, such as 1,234; the last one when it is no number."""
    return forms[_CATEGORIES[lang].index(_category(shown, lang))]


def unit_after(unit: str, shown: str, lang: str) -> str:
    """Return the name of a unit as it stands after a number as it is shown."""
    return _ONE.get(unit, unit) if lang == "en" and _category(shown, lang) == "one" else unit


def _parsed(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    read = list(string.Formatter().parse(template))
    for _, name, given, conversion in read:
        if name is not None and (not name.isidentifier() or conversion or "{" in (given or "")):
            raise ValueError(f"{template!r}: {{{name}:{given}}} is no placeholder of a text")
    return read


def _part(text: str, name: str | None, given: str, shown: dict[str, str], lang: str) -> Part:
    if name is None:
        return Part(text, None, "plain")
    if given in FORMATS:
        return Part(text, name, given)
    head, *forms = given.split("|")
    if head == "plural" and len(forms) == len(_CATEGORIES[lang]) and all(forms):
        return Part(text, name, shown.get(name, "count"), name, tuple(forms))
    of = given.removeprefix("after ")
    if of != given and of in shown:
        return Part(text, name, shown[of], of)
    raise ValueError(f"{{{name}:{given}}} is no placeholder of a text in {lang}")


def _category(shown: str, lang: str) -> str:
    try:
        number = Decimal(shown.replace(",", ""))
    except InvalidOperation:
        return "other"
    return PLURALS[lang](number) if number.is_finite() else "other"
