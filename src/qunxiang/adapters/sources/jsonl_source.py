"""JSON Lines: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from qunxiang.adapters.sources.files import text_fingerprint
from qunxiang.adapters.sources.tidy import samples_of, tidy_schema, unique_names
from qunxiang.errors import SourceError
from qunxiang.ports.source import SourceShape

_BATCH = 20_000


class JsonLinesSource:
    """A JSON Lines file as a source: every column is text, numbers as they are written, nested values as JSON.

    The columns are the keys of all lines in order of appearance; a line that is no object is a broken row. See
    :class:`qunxiang.ports.source.Source`.
    """

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self.path = path
        self._fingerprint, self.codec = text_fingerprint(path, encoding)
        names: dict[str, None] = {}
        self._rows = 0
        whole = 0
        for _, _, row in self._lines():
            self._rows += 1
            if row is not None:
                whole += 1
                names.update(dict.fromkeys(row))
        if self._rows == 0:
            raise SourceError("error.source.empty", path=str(path))
        if whole == 0 or not names:
            raise SourceError("error.source.not_json_lines", path=str(path))
        self._keys = tuple(names)
        self._names = unique_names(names, str(path))
        self._schema = tidy_schema(pa.schema([pa.field(name, pa.string()) for name in self._names]))

    def shape(self) -> SourceShape:
        """Look at the first lines."""
        return SourceShape(self.path.name, self._names, samples_of(next(self.batches())), self._rows, self._fingerprint)

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
        codec = "utf-8-sig" if self.codec == "utf-8" else self.codec
        with self.path.open(encoding=codec, newline="\n") as file:
            number = 0
            for line in file:
                text = line.strip()
                if not text:
                    continue
                number += 1
                yield number, text, _object(text)


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
