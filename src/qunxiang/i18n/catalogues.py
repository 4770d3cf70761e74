"""The catalogues: one YAML file per room, each code with its Chinese and English sentence."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import cast

import yaml


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    entries: dict[str, dict[str, str]] = {}
    for path in sorted(files("qunxiang.i18n").joinpath("texts").iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".yaml"):
            continue
        for code, texts in (yaml.safe_load(path.read_text("utf-8")) or {}).items():
            if code in entries:
                raise ValueError(f"message code {code!r} stands in two catalogues; the second is {path.name}")
            if set(texts) != {"zh", "en"}:
                raise ValueError(f"message {code!r} in {path.name} needs exactly the keys zh and en")
            entries[code] = cast(dict[str, str], texts)
    return entries


def codes() -> frozenset[str]:
    """Return every message code of the catalogues."""
    return frozenset(_catalogue())


def template(code: str, lang: str) -> str:
    """Return the sentence of `code` in `lang`, its placeholders unfilled.

    Raises
    ------
    KeyError
        When no catalogue has the code.
    """
    try:
        return _catalogue()[code][lang]
    except KeyError:
        raise KeyError(f"no message {code!r} in language {lang!r}; add it to i18n/texts/") from None
