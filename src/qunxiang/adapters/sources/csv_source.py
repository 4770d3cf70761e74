"""CSV files in any encoding, streamed as text."""

from __future__ import annotations

import codecs
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv

from qunxiang.adapters.sources.csv_layout import layout_of
from qunxiang.adapters.sources.files import remove, text_form, utf8_stream
from qunxiang.adapters.sources.tidy import name_notes, samples_of, tidy_schema, unique_names
from qunxiang.errors import SourceError
from qunxiang.i18n import Message
from qunxiang.ports.source import Found, SourceShape, TextRows

_BLOCK = 8 * 1024 * 1024
_LOOK = 256 * 1024
_HEAD_BYTES = 256 * 1024
_LONGEST_LINE = 100_000
_NAMES = {"\t": "TAB"}
_UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})


class CsvSource:
    """A CSV file as a source: every column is text, as it stands; see :class:`qunxiang.ports.source.Source`.

    Encoding, delimiter, quote and header are found: see :func:`text_form` and :func:`layout_of`. A copy that was made
    in `scratch` is gone with the source.

    Raises
    ------
    SourceError
        When the file is not in the encoding said, has no header, no rows, too many columns or a line too long.
    """

    def __init__(self, path: Path, *, encoding: str | None = None, scratch: Path | None = None) -> None:
        self.path = path
        self.form = text_form(path, encoding, scratch)
        weakref.finalize(self, remove, self.form.copy)
        head = self._head()
        if not head.strip():
            raise SourceError("error.source.empty", path=str(path))
        layout = layout_of(head)
        if layout is None or (not layout.has_rows and len(head.encode("utf-8", "replace")) >= _LONGEST_LINE):
            raise SourceError("error.source.long_line", path=str(path), megabytes=_BLOCK // 1024 // 1024)
        self.layout = layout
        self.delimiter, self.quote = layout.delimiter, layout.quote
        self._names = unique_names(layout.names, str(path))
        if not layout.has_rows:
            raise SourceError("error.source.no_rows", path=str(path))
        self._schema = tidy_schema(pa.schema([pa.field(name, pa.string()) for name in self._names]))
        self._start = len(head[: layout.start].encode())

    def shape(self) -> SourceShape:
        """Look at the first block."""
        try:
            first = next(self._read(_LOOK))
        except SourceError:  # a line longer than a look
            first = next(self.batches())
        return SourceShape(
            self.path.name,
            self._names,
            samples_of(first),
            None,
            self.form.fingerprint,
            repeatable=True,
            schema=self._schema,
            text=self._rows(),
            found=Found(
                encoding=self.form.codec,
                delimiter=self.delimiter,
                quote=self.quote,
                header_row=self.layout.header_row,
                notes=tuple(self._notes()),
            ),
        )

    def _rows(self) -> TextRows | None:
        """Say how an engine may split the rows itself, where every line is one."""
        census = self.form.census
        found = None if census is None else census.rows(self.quote)
        if census is None or found is None:
            return None
        return TextRows(
            path=self.form.copy or self.path,
            delimiter=self.delimiter,
            newline=found[0],
            skip=self.layout.header_row,
            columns=len(self._names),
            lines=found[1] - self.layout.header_row,
            marks=census.marks - {self.delimiter},
        )

    def _notes(self) -> Iterator[Message]:
        written = {"encoding": self.form.codec, "delimiter": _NAMES.get(self.delimiter, self.delimiter)}
        yield Message("source.found.text", written)
        if not self.form.whole:
            yield Message("source.found.mixed_encoding", {"encoding": self.form.codec})
        if self.layout.header_row > 1:
            yield Message("source.found.header_row", {"row": self.layout.header_row})
        yield from name_notes(self.layout.names, self._names)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows; those with another number of cells than the header come last in their batch, as broken."""
        return self._read(_BLOCK)

    def _read(self, block: int) -> Iterator[pa.RecordBatch]:
        broken: list[tuple[int, str]] = []

        def note(row: Any) -> str:
            broken.append((row.number, row.text))
            return "skip"

        physical = [f"c{i}" for i in range(len(self._names))]
        try:
            with (
                self._bytes() as data,
                pv.open_csv(
                    data,
                    read_options=pv.ReadOptions(
                        use_threads=False,  # row numbers of broken rows are known only then
                        block_size=block,
                        column_names=physical,
                    ),
                    parse_options=pv.ParseOptions(
                        delimiter=self.delimiter,
                        quote_char=self.quote,
                        newlines_in_values=True,
                        invalid_row_handler=note,
                    ),
                    convert_options=pv.ConvertOptions(
                        column_types={name: pa.string() for name in physical}, strings_can_be_null=False
                    ),
                ) as reader,
            ):
                yield from self._numbered(reader, broken)
        except pa.ArrowException as error:
            why = str(error).splitlines()[0][:200]
            if "straddling" in why:
                megabytes = _BLOCK // 1024 // 1024
                raise SourceError("error.source.long_line", path=str(self.path), megabytes=megabytes) from error
            raise SourceError("error.source.damaged", path=str(self.path), format="CSV", why=why) from error

    def _numbered(self, reader: Iterator[pa.RecordBatch], broken: list[tuple[int, str]]) -> Iterator[pa.RecordBatch]:
        """Number whole rows so that each broken one before them is counted; put broken rows in as they pass."""
        given = 0  # rows of either kind given so far
        for batch in reader:
            n = batch.num_rows
            waiting = sorted(broken)
            broken.clear()
            # broken rows are noted as their block is parsed, so all of those before this batch's end are here
            numbers = _skipping(given + 1, n, [number for number, _ in waiting])
            last = int(numbers[-1]) if n else max((number for number, _ in waiting), default=given)
            passed = [(number, text) for number, text in waiting if number <= last]
            later = [(number, text) for number, text in waiting if number > last]
            broken.extend(later)
            given = last
            if n:
                yield self._batch(pa.array(numbers), pa.nulls(n, pa.string()), batch.columns)
            if passed:
                yield self._broken(passed)
        if broken:
            yield self._broken(sorted(broken))

    def _broken(self, rows: list[tuple[int, str]]) -> pa.RecordBatch:
        nothing = [pa.nulls(len(rows), pa.string())] * len(self._names)
        return self._batch(
            pa.array([number for number, _ in rows], pa.int64()), pa.array([text for _, text in rows]), nothing
        )

    def _batch(self, numbers: pa.Array, raw: pa.Array, columns: list[pa.Array]) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([numbers, raw, *columns], schema=self._schema)

    def _bytes(self) -> Any:
        """Open the rows under the header as UTF-8."""
        if self.form.copy is not None:
            file = pa.OSFile(str(self.form.copy))
            file.seek(self._start)
            return file
        if self.form.whole and self.form.codec in _UTF8:
            file = pa.OSFile(str(self.path))
            file.seek(self._start + (len(codecs.BOM_UTF8) if self.form.codec == "utf-8-sig" else 0))
            return file
        return pa.PythonFile(utf8_stream(self.path, self.form, self.layout.start), mode="r")

    def _head(self) -> str:
        with self.path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
        return codecs.getincrementaldecoder(self.form.codec)("strict" if self.form.whole else "replace").decode(start)


def _skipping(first: int, count: int, taken: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return `count` ascending numbers from `first` on that leave out the `taken` ones."""
    relevant = np.array(sorted(taken), dtype=np.int64)
    numbers = np.arange(first, first + count + len(relevant), dtype=np.int64)
    return np.setdiff1d(numbers, relevant, assume_unique=True)[:count]
