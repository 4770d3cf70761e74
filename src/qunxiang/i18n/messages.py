"""A label in two languages, and a message that is a code with parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any, Literal, get_args

from qunxiang.i18n.catalogues import template
from qunxiang.i18n.formats import format_value
from qunxiang.i18n.templates import form, parts, unit_after

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)


@dataclass(frozen=True)
class Label:
    """A name in Chinese and English, given where the named thing is defined."""

    zh: str
    en: str

    def __call__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    @classmethod
    def same(cls, text: str) -> Label:
        """Take one text for both languages, such as a name that came from data or from a user."""
        return cls(zh=text, en=text)


@dataclass(frozen=True)
class Message:
    """A sentence as a code of the catalogue and its parameters.

    Parameters may be labels or messages themselves; they are rendered in the same language. A format after the
    colon of a placeholder names a format of :func:`qunxiang.i18n.format_value`, as in ``{share:percent}``; words that
    agree with a number are written as :mod:`qunxiang.i18n.templates` says.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, lang: str) -> str:
        return render(self, lang)


def _filled(template_: str, params: Mapping[str, Any], lang: str, zone: tzinfo | None) -> str:
    made = []
    for part in parts(template_, lang):
        made.append(part.text)
        if part.name is None:
            continue
        value = params[part.name]
        if part.of is None:
            made.append(_shown(value, part.format, lang, zone))
        elif part.forms:
            made.append(form(part.forms, _shown(value, part.format, lang, zone), lang))
        else:
            number = _shown(params[part.of], part.format, lang, zone)
            made.append(unit_after(_shown(value, "plain", lang, zone), number, lang))
    return "".join(made)


def _shown(value: Any, format_name: str, lang: str, zone: tzinfo | None) -> str:
    if isinstance(value, Label | Message):
        return render(value, lang, zone)
    if isinstance(value, list | tuple):
        return ("、" if lang == "zh" else ", ").join(_shown(item, format_name, lang, zone) for item in value)
    if isinstance(value, dict):  # a label or message that came back from JSON
        return render(from_json(value), lang, zone)
    return format_value(value, format_name, lang, zone)


def to_json(value: Any) -> Any:
    """Return a label, message, or anything that holds some as plain JSON values; :func:`from_json` reads them back."""
    if isinstance(value, Message):
        return {"code": value.code, "params": {key: to_json(item) for key, item in value.params.items()}}
    if isinstance(value, Label):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, list | tuple | frozenset | set):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):  # a numpy scalar
        return value.item()
    return value


def from_json(value: Mapping[str, Any]) -> Label | Message:
    """Read a label or message back from its JSON object."""
    if "code" in value:
        return Message(code=value["code"], params=value.get("params", {}))
    return Label(zh=value["zh"], en=value["en"])


def render(text: Message | Label | str, lang: str, zone: tzinfo | None = None) -> str:
    """Render a message, label or plain text in `lang`; moments among a message's parameters are shown in `zone`."""
    if isinstance(text, str):
        return text
    if isinstance(text, Label):
        return text(lang)
    return _filled(template(text.code, lang), text.params, lang, zone)


def with_unit(value: Any, format_name: str, unit: Label | Message | str, lang: str) -> str:
    """Return a value and its unit as they stand in a sentence, such as 1 day, 2 days or 2 天."""
    shown, named = format_value(value, format_name, lang), unit_beside(value, format_name, unit, lang)
    return f"{shown} {named}" if named else shown


def unit_beside(value: Any, format_name: str, unit: Label | Message | str, lang: str) -> str:
    """Return the name of a unit as it stands beside a value that is shown so, such as day beside 1."""
    return unit_after(render(unit, lang), format_value(value, format_name, lang), lang)


def lang_of(text: str | None, default: Lang = "zh") -> Lang:
    """Return the supported language that `text` (a tag such as ``en-GB``) names, else `default`."""
    short = (text or "").strip().lower()[:2]
    return short if short in LANGUAGES else default
