"""What a command puts on stdout: a table or facts for people, one JSON document for programs."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final, NamedTuple

import pyarrow as pa
from pydantic_core import to_jsonable_python
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qunxiang.i18n import Label, Message, format_value, render, to_json

_NUMBERS: Final = frozenset({"count", "number", "money", "percent", "points", "signed"})
_WIDE: Final = 200
"""Columns of a page that no terminal shows, so that programs and files get whole cells."""


_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return a text without signs that would command the terminal or turn the writing's direction."""
    return _UNSEEN.sub("\ufffd", text)


class Column(NamedTuple):
    """A column of a table: code of its title, its value in a row, its format (see ``i18n.format_value``)."""

    title: str
    value: Callable[[Any], Any]
    format: str = "plain"


class Page:
    """Stdout for one command.

    Parameters
    ----------
    lang
        Language of the reader.
    zone
        Time zone of the workspace, in which moments are shown; None where no workspace is open.
    """

    def __init__(self, lang: str, zone: tzinfo | None = None) -> None:
        self.lang = lang
        self.zone = zone
        wide = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _WIDE
        self._console = Console(file=sys.stdout, width=wide, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: Message | Label | str) -> None:
        """Print one line."""
        self._console.print(visible(render(text, self.lang, self.zone)))

    def heading(self, text: Message | Label | str) -> None:
        """Print a heading."""
        self._console.print(Text(visible(render(text, self.lang, self.zone)), style="bold"))

    def facts(self, facts: Iterable[tuple[str, Any, str]]) -> None:
        """Print name and value, one line each: code of the name, value, format."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column()
        for title, value, form in facts:
            grid.add_row(Message(title)(self.lang), Text(self.cell(value, form)))
        self._console.print(grid, soft_wrap=False)

    def table(self, columns: Sequence[Column], rows: Iterable[Any], *, title: Message | Label | str = "") -> None:
        """Print a table; numbers stand to the right. Says so when there is no row."""
        found = list(rows)
        if title:
            self.heading(title)
        if not found:
            self.say(Message("cli.empty"))
            return
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            right = column.format in _NUMBERS
            table.add_column(
                Message(column.title)(self.lang), justify="right" if right else "left", no_wrap=right, overflow="fold"
            )
        for row in found:
            table.add_row(*(Text(self.cell(c.value(row), c.format)) for c in columns))
        self._console.print(table, soft_wrap=False)

    def frame(self, frame: pa.Table, *, most: int = 20) -> None:
        """Print the first rows of a frame as they are, and say how many there are."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for name in frame.column_names:
            table.add_column(Text(visible(name)), overflow="fold")
        for row in frame.slice(0, most).to_pylist():
            table.add_row(
                *(Text(self.cell(value, "number" if isinstance(value, float) else "plain")) for value in row.values())
            )
        self._console.print(table, soft_wrap=False)
        self.say(Message("cli.frame.rows", {"shown": min(most, frame.num_rows), "rows": frame.num_rows}))

    def wrote(self, found: Any) -> None:
        """Say which file was written."""
        self.say(Message("cli.wrote", {"file": found["file"]}))

    def cell(self, value: Any, form: str = "plain") -> str:
        """Return a value as text for the reader; nothing is shown as a dash."""
        if value is None or value == "":
            return "–"
        if isinstance(value, Label | Message):
            return visible(render(value, self.lang, self.zone))
        if isinstance(value, list | tuple):
            return ("、" if self.lang == "zh" else ", ").join(self.cell(item, form) for item in value)
        return visible(format_value(value, form, self.lang, self.zone))

    def document(self, value: Any) -> None:
        """Print `value` as one JSON document."""
        json.dump(as_json(value), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
        sys.stdout.write("\n")


def as_json(value: Any) -> Any:
    """Return any answer of the workspace as plain JSON values, in the shape that REST gives.

    A frame becomes a list with one object per row; a number that is not finite becomes null.
    """
    if isinstance(value, pa.Table):
        value = value.to_pylist()
    return to_jsonable_python(value, inf_nan_mode="null", fallback=to_json)
