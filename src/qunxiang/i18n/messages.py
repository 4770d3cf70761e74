"""A label in two languages, and a message that is a code with parameters."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any, Literal, get_args

from qunxiang.i18n.catalogues import template
from qunxiang.i18n.formats import format_value

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
    colon of a placeholder names a format of :func:`qunxiang.i18n.format_value`, as in ``{share:percent}``.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, lang: str) -> str:
        return render(self, lang)


class _Formatter(string.Formatter):
    def __init__(self, lang: str, zone: tzinfo | None) -> None:
        self._lang = lang
        self._zone = zone

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Label | Message):
            return render(value, self._lang, self._zone)
        if isinstance(value, list | tuple):
            separator = "、" if self._lang == "zh" else ", "
            return separator.join(self.format_field(item, format_spec) for item in value)
        if isinstance(value, dict):  # a label or message that came back from JSON
            return render(from_json(value), self._lang, self._zone)
        return format_value(value, format_spec or "plain", self._lang, self._zone)


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
    return _Formatter(lang, zone).vformat(template(text.code, lang), (), text.params)


def lang_of(text: str | None, default: Lang = "zh") -> Lang:
    """Return the supported language that `text` (a tag such as ``en-GB``) names, else `default`."""
    short = (text or "").strip().lower()[:2]
    return short if short in LANGUAGES else default
