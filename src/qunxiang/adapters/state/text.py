"""What may be stored: names, free text and JSON bodies."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from qunxiang.adapters.state.schema import NAME_LENGTH
from qunxiang.errors import SettingError
from qunxiang.i18n import Label

TEXT_LENGTH = 10_000
"""Longest free text, in characters."""

_SHOWN = 40


def checked_name(name: str, what: Label) -> str:
    """Return `name` when it can stand for something.

    Parameters
    ----------
    name
        1 to :data:`NAME_LENGTH` characters, none of them a control character, no space at either end.
    what
        What the name names, for the error.

    Raises
    ------
    SettingError
        When it is empty, too long, or has characters that cannot be seen.
    """
    if not name.strip():
        raise SettingError("error.state.name_empty", what=what)
    if len(name) > NAME_LENGTH:
        raise SettingError("error.state.name_long", what=what, name=_shown(name), length=len(name), limit=NAME_LENGTH)
    if name != name.strip() or any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in name):
        raise SettingError("error.state.name_characters", what=what, name=_shown(name))
    return name


def checked_text(value: str, what: Label) -> str:
    """Return `value` when it is at most :data:`TEXT_LENGTH` characters without NUL or half characters.

    Raises
    ------
    SettingError
        When it is not.
    """
    if len(value) > TEXT_LENGTH:
        raise SettingError("error.state.name_long", what=what, name=_shown(value), length=len(value), limit=TEXT_LENGTH)
    if any(c == "\0" or unicodedata.category(c) == "Cs" for c in value):
        raise SettingError("error.state.name_characters", what=what, name=_shown(value))
    return value


def tidied(value: str) -> str:
    """Return `value` fit for the audit, which records hostile names too: unseen characters replaced, cut to length."""
    clean = "".join("�" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in value[: NAME_LENGTH + 1])
    return clean if len(clean) <= NAME_LENGTH else clean[: NAME_LENGTH - 1] + "…"


def to_text(body: Mapping[str, Any], what: Label) -> str:
    """Return `body` as JSON with sorted keys, so that equal bodies are equal texts.

    Raises
    ------
    SettingError
        When it holds something JSON has no word for, such as a date or NaN.
    """
    try:
        return _dumped(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise SettingError("error.state.body_unfit", what=what, reason=str(error)) from error


def to_text_of_anything(body: Mapping[str, Any]) -> str:
    """Return `body` as JSON, with text in place of what JSON has no word for; the audit loses no entry over it."""
    try:
        return _dumped(_finite(to_jsonable_python(dict(body), fallback=str)))
    except (TypeError, ValueError, RecursionError):  # circular, or without end
        return _dumped({"unreadable": tidied(repr(body))})


def to_text_or_none(body: Mapping[str, Any] | None, what: Label) -> str | None:
    """Return :func:`to_text` of `body`, or None."""
    return None if body is None else to_text(body, what)


def from_text(stored: str) -> dict[str, Any]:
    """Return the body that was stored."""
    body: dict[str, Any] = json.loads(stored)
    return body


def from_text_or_none(stored: str | None) -> dict[str, Any] | None:
    """Return the body that was stored, or None."""
    return None if stored is None else from_text(stored)


def _dumped(body: Mapping[str, Any]) -> str:
    written = json.dumps(body, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        written.encode()
    except UnicodeEncodeError:  # half a surrogate pair; only its escape can be stored
        return json.dumps(body, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return written


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list():
            return [_finite(item) for item in value]
        case float() if not math.isfinite(value):
            return str(value)
    return value


def _shown(text: str) -> str:
    clean = "".join("�" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text[:_SHOWN])
    return clean + ("…" if len(text) > _SHOWN else "")
