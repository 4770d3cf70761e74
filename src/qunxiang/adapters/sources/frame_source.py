"""Frames in memory: Arrow tables, pandas and other Arrow-speaking frames, lists of dicts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from qunxiang.adapters.sources.tidy import numbered, samples_of, tidy, tidy_schema, unique_names
from qunxiang.errors import SourceError
from qunxiang.ports.source import SourceShape

_BATCH = 131_072


def is_frame(value: Any) -> bool:
    """Say whether `value` is a frame that :class:`FrameSource` reads."""
    if isinstance(value, list):
        return all(isinstance(row, dict) for row in value)
    return isinstance(value, pa.Table | pd.DataFrame | pa.RecordBatch) or hasattr(value, "__arrow_c_stream__")


class FrameSource:
    """A frame as a source; see :class:`qunxiang.ports.source.Source`."""

    def __init__(self, frame: Any) -> None:
        self.kind = type(frame).__name__
        table = _table(frame)
        names = unique_names(table.column_names, self.kind) if table.num_columns else ()
        if table.num_rows == 0 or not names:
            raise SourceError("error.source.empty_frame", kind=self.kind)
        self._table = table.rename_columns(list(names)).combine_chunks()
        self._schema = tidy_schema(self._table.schema)
        self._fingerprint = _hash(self._table)

    def shape(self) -> SourceShape:
        """Look at the first rows."""
        first = next(self.batches())
        names = tuple(self._table.column_names)
        return SourceShape(
            self.kind, names, samples_of(first), self._table.num_rows, self._fingerprint, repeatable=True
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in batches of at most 131,072."""
        row = 1
        for batch in self._table.to_batches(max_chunksize=_BATCH):
            yield numbered(map(tidy, batch.columns), self._schema, row)
            row += batch.num_rows


def _table(frame: Any) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    if isinstance(frame, pd.DataFrame):
        return (
            pa.table({str(name): _column(frame.iloc[:, i]) for i, name in enumerate(frame.columns)})
            if _distinct(frame.columns)
            else _refuse(frame.columns)
        )
    if isinstance(frame, list):
        names = dict.fromkeys(str(key) for row in frame for key in row)
        return pa.table({name: _values([row.get(name) for row in frame]) for name in names})
    return pa.table(frame)


def _distinct(names: Any) -> bool:
    texts = [str(name) for name in names]
    return len(texts) == len(set(texts))


def _refuse(names: Any) -> pa.Table:
    unique_names([str(name) for name in names], "DataFrame")
    raise SourceError("error.source.kind", kind="DataFrame")


def _column(series: Any) -> pa.Array | pa.ChunkedArray:
    try:
        return pa.Array.from_pandas(series)
    except (pa.ArrowException, OverflowError):  # a column of several types is read as text
        return _values(series.astype(object).where(series.notna(), None).tolist())


def _values(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        return pa.array([None if v is None else str(v) for v in values], pa.string())


def _hash(table: pa.Table) -> str:
    digest = hashlib.sha256()

    class _Sink:
        closed = False

        def write(self, data: Any) -> int:
            digest.update(data)
            return len(data)

        def flush(self) -> None:
            pass

        def close(self) -> None:
            pass

    sink = pa.PythonFile(_Sink(), mode="w")
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as writer:
        writer.write_table(table)
    return digest.hexdigest()
