"""Giving a source's rows to the engine: as a stream where they can be read again, else through a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from qunxiang.errors import StorageError
from qunxiang.intake import Staged, StagedColumn, staged_schema
from qunxiang.intake.own_columns import is_link
from qunxiang.ports.engine import Session
from qunxiang.ports.source import Source, SourceShape
from qunxiang.services.csv_text import unguarded
from qunxiang.sql import Relation

NAME = "staged"


def stage(source: Source, shape: SourceShape, session: Session, folder: Path, passed: Callable[[int], None]) -> Staged:
    """Make a source's rows readable as the relation ``staged`` of a session.

    Parameters
    ----------
    folder
        Where the rows of a source that cannot be read again are kept while the load lasts.
    passed
        Called with the number of rows read so far; may raise to stop the load.

    Raises
    ------
    SourceError
        When the source turns out to be damaged; of a stream also later, when a query reads it.
    StorageError
        When the disk refuses the file.
    """
    if shape.repeatable:
        found = shape.schema or next(iter(source.batches())).schema
        schema, columns = staged_schema(found)
        session.stream(NAME, schema, lambda: _staged(source, schema, passed))
    else:
        path = folder / "staged.parquet"
        schema, columns = _written(source, path, passed)
        session.read_files(NAME, [path])
    return Staged(Relation(NAME, tuple(schema.names)), columns)


def _written(source: Source, path: Path, passed: Callable[[int], None]) -> tuple[pa.Schema, tuple[StagedColumn, ...]]:
    batches = source.batches()
    first = next(iter(batches))
    schema, columns = staged_schema(first.schema)
    rows = 0
    with _disk(path.parent), pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False) as writer:
        for batch in chain([first], batches):
            writer.write_batch(_cast(batch, schema))
            rows += batch.num_rows
            passed(rows)
    return schema, columns


def _staged(source: Source, schema: pa.Schema, passed: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in source.batches():
        rows += batch.num_rows
        passed(rows)
        yield _cast(batch, schema)


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a source's columns their safe names: row number, broken text, then the columns in order."""
    arrays = [
        column if column.type.equals(field.type) else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    if any(is_link(name) for name in batch.schema.names):
        arrays = [unguarded(array) for array in arrays]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageError("error.source.scratch", folder=str(folder), why=why) from error
