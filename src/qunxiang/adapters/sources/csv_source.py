"""CSV files in any encoding, streamed as text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv

from qunxiang.adapters.sources.files import text_fingerprint
from qunxiang.adapters.sources.tidy import samples_of, tidy_schema, unique_names
from qunxiang.errors import SourceError
from qunxiang.ports.source import SourceShape

_DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 8 * 1024 * 1024
_HEAD_BYTES = 256 * 1024
_HEAD_ROWS = 20
_UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})


class CsvSource:
    """A CSV file as a source: every column is text, as it stands; see :class:`qunxiang.ports.source.Source`.

    Delimiter (comma, semicolon, tab, bar) and quote (double, single) are those that split the first rows most evenly.

    Raises
    ------
    SourceError
        When the file is not in its encoding, has no header, no rows, or two columns of one name.
    """

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self.path = path
        self._fingerprint, self.codec = text_fingerprint(path, encoding)
        head = self._head()
        if not head.strip():
            raise SourceError("error.source.empty", path=str(path))
        self.quote, self.delimiter = _dialect(head)
        rows = _parse(head, self.delimiter, self.quote)
        self._names = unique_names(next(rows), str(path))
        if next(rows, None) is None:
            raise SourceError("error.source.no_rows", path=str(path))
        self._schema = tidy_schema(pa.schema([pa.field(name, pa.string()) for name in self._names]))

    def shape(self) -> SourceShape:
        """Look at the first block."""
        first = next(self.batches())
        return SourceShape(self.path.name, self._names, samples_of(first), None, self._fingerprint)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows; those with another number of cells than the header come last in their batch, as broken."""
        broken: list[tuple[int, str]] = []

        def note(row: Any) -> str:
            broken.append((row.number, row.text))
            return "skip"

        physical = [f"c{i}" for i in range(len(self._names))]
        utf8 = self.codec in _UTF8
        try:
            with pv.open_csv(
                self.path,
                read_options=pv.ReadOptions(
                    use_threads=False,  # row numbers of broken rows are known only then
                    block_size=_BLOCK,
                    column_names=physical,
                    skip_rows_after_names=1,
                    encoding="utf8" if utf8 else self.codec,
                ),
                parse_options=pv.ParseOptions(
                    delimiter=self.delimiter, quote_char=self.quote, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=pv.ConvertOptions(
                    column_types={name: pa.string() for name in physical}, strings_can_be_null=False
                ),
            ) as reader:
                yield from self._numbered(reader, broken)
        except pa.ArrowException as error:
            why = str(error).splitlines()[0][:200]
            raise SourceError("error.source.damaged", path=str(self.path), format="CSV", why=why) from error

    def _numbered(self, reader: Iterator[pa.RecordBatch], broken: list[tuple[int, str]]) -> Iterator[pa.RecordBatch]:
        """Number whole rows so that each broken one before them is counted; put broken rows in as they pass."""
        given = 0  # rows of either kind given so far
        for batch in reader:
            n = batch.num_rows
            waiting = sorted((number - 1, text) for number, text in broken)  # the header is row 1 to the parser
            broken.clear()
            # broken rows are noted as their block is parsed, so all of those before this batch's end are here
            numbers = _skipping(given + 1, n, [number for number, _ in waiting])
            last = int(numbers[-1]) if n else max((number for number, _ in waiting), default=given)
            passed = [(number, text) for number, text in waiting if number <= last]
            later = [(number, text) for number, text in waiting if number > last]
            broken.extend((number + 1, text) for number, text in later)
            given = last
            if n:
                yield self._batch(pa.array(numbers), pa.nulls(n, pa.string()), batch.columns)
            if passed:
                yield self._broken(passed)
        if broken:
            yield self._broken([(number - 1, text) for number, text in sorted(broken)])

    def _broken(self, rows: list[tuple[int, str]]) -> pa.RecordBatch:
        nothing = [pa.nulls(len(rows), pa.string())] * len(self._names)
        return self._batch(
            pa.array([number for number, _ in rows], pa.int64()), pa.array([text for _, text in rows]), nothing
        )

    def _batch(self, numbers: pa.Array, raw: pa.Array, columns: list[pa.Array]) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([numbers, raw, *columns], schema=self._schema)

    def _head(self) -> str:
        with self.path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
        text = codecs.getincrementaldecoder(self.codec)().decode(start)
        return text.lstrip("\ufeff")


def _dialect(head: str) -> tuple[str, str]:
    best: tuple[tuple[int, int], str, str] | None = None
    for quote in ('"', "'"):
        if quote == "'" and not head.lstrip().startswith("'"):
            continue
        for delimiter in _DELIMITERS:
            widths = [len(row) for _, row in zip(range(_HEAD_ROWS), _parse(head, delimiter, quote), strict=False)]
            even = sum(width == widths[0] for width in widths) if widths and widths[0] > 1 else 0
            score = (even, widths[0] if widths else 0)
            if best is None or score > best[0] or (score == best[0] and quote == "'"):
                best = (score, quote, delimiter)
    return ('"', ",") if best is None or best[0][0] == 0 else best[1:]


def _parse(text: str, delimiter: str, quote: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    try:
        yield from (row for row in reader if row)
    except csv.Error:
        return


def _skipping(first: int, count: int, taken: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return `count` ascending numbers from `first` on that leave out the `taken` ones."""
    relevant = np.array(sorted(taken), dtype=np.int64)
    numbers = np.arange(first, first + count + len(relevant), dtype=np.int64)
    return np.setdiff1d(numbers, relevant, assume_unique=True)[:count]
