"""The catalogues: one YAML file per room, each code with its Chinese and English sentence."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import cast

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's takes a tenth of the second that Python's does


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    entries: dict[str, dict[str, str]] = {}
    for path in sorted(files("qunxiang.i18n").joinpath("texts").iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".yaml"):
            continue
        read = yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506  a kind of safe loader
        for code, texts in (read or {}).items():
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
