"""Port of a source: a file or frame whose rows are to be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class SourceShape:
    """What a source looks like before it is read: name for people, columns with a few sample values, rows if known.

    `fingerprint` is a hash of the content; equal fingerprints mean the same bytes.
    """

    name: str
    columns: tuple[str, ...]
    samples: dict[str, tuple[str, ...]]
    rows: int | None
    fingerprint: str


class Source(Protocol):
    """Rows in batches, as they stand: text files give text columns, typed files typed ones.

    Opening raises :class:`qunxiang.errors.SourceError` when the source is missing, empty, damaged, or in an encoding
    other than the one said. A row that cannot be split into the header's columns is given under the column
    ``__broken__`` (its raw text) with the other columns null, so that it reaches quarantine instead of being lost.
    """

    def shape(self) -> SourceShape:
        """Look at the source without reading it all."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows; the column ``__row__`` holds the 1-based row number in the source (header not counted)."""
        ...
