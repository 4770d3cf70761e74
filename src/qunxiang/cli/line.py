"""Options that every command knows, wherever they stand on the line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qunxiang.errors import SettingError, UsageError
from qunxiang.i18n import LANGUAGES, lang_of

_FLAGS = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--yes": "yes", "-y": "yes"}
_VALUES = {"--workspace": "workspace", "-w": "workspace", "--lang": "lang", "--as": "user"}


@dataclass(frozen=True)
class Line:
    """A command line without the common options: `words` is what remains, in order.

    `lang` and `user` are None when not given; `workspace` is the folder named by the option, the environment
    variable ``QUNXIANG_WORKSPACE``, or the current folder.
    """

    words: tuple[str, ...]
    workspace: Path
    named: bool
    lang: str | None
    user: str | None
    json: bool
    quiet: bool
    yes: bool

    @property
    def reader(self) -> str:
        """Language for texts that are said before a workspace is open."""
        return self.lang or lang_of_environment(os.environ)


def read_line(arguments: Sequence[str], environment: Mapping[str, str]) -> Line:
    """Take the common options out of a command line; after ``--`` everything belongs to the command.

    Raises
    ------
    UsageError
        When an option lacks its value.
    SettingError
        When the language does not exist.
    """
    found: dict[str, str] = {}
    flags: set[str] = set()
    words: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            words += [word, *rest]
            break
        if word in _FLAGS:
            flags.add(_FLAGS[word])
        elif name in _VALUES:
            if not equals:
                if not rest:
                    raise UsageError("cli.usage.value", option=name)
                value = rest.pop(0)
            found[_VALUES[name]] = value
        else:
            words.append(word)
    lang = found.get("lang")
    if lang is not None and lang not in LANGUAGES:
        raise SettingError("error.setting.lang", value=lang, known=list(LANGUAGES))
    folder = found.get("workspace") or environment.get("QUNXIANG_WORKSPACE")
    return Line(
        words=tuple(words),
        workspace=Path(folder or "."),
        named=folder is not None,
        lang=lang,
        user=found.get("user"),
        json="json" in flags,
        quiet="quiet" in flags,
        yes="yes" in flags,
    )


def lang_of_environment(environment: Mapping[str, str]) -> str:
    """Return the language of ``LC_ALL``, ``LC_MESSAGES`` or ``LANG``, in that order; English for others."""
    named = next((environment[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(n)), None)
    return lang_of(named, "en")
