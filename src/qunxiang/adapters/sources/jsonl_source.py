"""JSON Lines: one object per line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from qunxiang.adapters.sources.files import text_form, utf8_stream
from qunxiang.adapters.sources.tidy import MOST_COLUMNS, samples_of, tidy_schema, unique_names
from qunxiang.errors import SourceError
from qunxiang.i18n import Message
from qunxiang.ports.source import Found, SourceShape

_BATCH = 20_000
_LONGEST = 8 * 1024 * 1024
_DEEPEST = 6


class JsonLinesSource:
    """A JSON Lines file as a source: every column is text, numbers as they are written.

    Objects within objects become columns with dotted names (``address.city``), arrays JSON text. The columns are the
    keys of all lines in order of appearance; a line that is no object is a broken row. See
    :class:`qunxiang.ports.source.Source`.
    """

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self.path = path
        self.form = text_form(path, encoding)
        names: dict[str, None] = {}
        self._rows = 0
        self._nested = False
        whole = 0
        for _, _, row in self._lines():
            self._rows += 1
            if row is not None:
                whole += 1
                names.update(dict.fromkeys(row))
                if len(names) > MOST_COLUMNS:  # told before memory is full of them
                    raise SourceError("error.source.too_many_columns", path=str(path), most=MOST_COLUMNS)
        if self._rows == 0:
            raise SourceError("error.source.empty", path=str(path))
        if whole == 0 or not names:
            raise SourceError("error.source.not_json_lines", path=str(path))
        self._keys = tuple(names)
        self._names = unique_names(names, str(path))
        self._schema = tidy_schema(pa.schema([pa.field(name, pa.string()) for name in self._names]))

    def shape(self) -> SourceShape:
        """Look at the first lines."""
        notes = [Message("source.found.encoding", {"encoding": self.form.codec})]
        if not self.form.whole:
            notes.append(Message("source.found.mixed_encoding", {"encoding": self.form.codec}))
        if self._nested:
            notes.append(Message("source.found.nested"))
        return SourceShape(
            self.path.name,
            self._names,
            samples_of(next(self.batches())),
            self._rows,
            self.form.fingerprint,
            repeatable=True,
            found=Found(encoding=self.form.codec, notes=tuple(notes)),
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in batches of at most 20,000."""
        lines = self._lines()
        while chunk := list(islice(lines, _BATCH)):
            numbers = pa.array([number for number, _, _ in chunk], pa.int64())
            raw = pa.array([text if row is None else None for _, text, row in chunk], pa.string())
            columns = [
                pa.array([None if row is None else _text(row.get(key)) for _, _, row in chunk], pa.string())
                for key in self._keys
            ]
            yield pa.RecordBatch.from_arrays([numbers, raw, *columns], schema=self._schema)

    def _lines(self) -> Iterator[tuple[int, str, dict[str, Any] | None]]:
        with io.BufferedReader(utf8_stream(self.path, self.form)) as file:
            number = 0
            while line := file.readline(_LONGEST + 1):
                if len(line) > _LONGEST:
                    megabytes = _LONGEST // 1024 // 1024
                    raise SourceError("error.source.long_line", path=str(self.path), megabytes=megabytes)
                text = line.decode("utf-8").lstrip("\ufeff").strip()
                if not text:
                    continue
                number += 1
                yield number, text, self._object(text)

    def _object(self, text: str) -> dict[str, Any] | None:
        try:
            value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        if not any(isinstance(v, dict) for v in value.values()):
            return value
        self._nested = True
        return dict(_flat(value, "", _DEEPEST))


def _flat(value: dict[str, Any], above: str, deeper: int) -> Iterator[tuple[str, Any]]:
    """Give the members of nested objects under dotted names; what lies deeper than six objects stays JSON."""
    for key, member in value.items():
        if isinstance(member, dict) and member and deeper:
            yield from _flat(member, f"{above}{key}.", deeper - 1)
        else:
            yield f"{above}{key}", member


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
