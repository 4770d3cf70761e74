"""Parquet files, streamed row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from qunxiang.adapters.sources.files import fingerprint
from qunxiang.adapters.sources.tidy import numbered, samples_of, tidy, tidy_schema, unique_names
from qunxiang.errors import SourceError
from qunxiang.ports.source import SourceShape

_BATCH = 131_072


class ParquetSource:
    """A Parquet file as a source; see :class:`qunxiang.ports.source.Source`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                found = file.schema_arrow
                self._rows = file.metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise SourceError("error.source.damaged", path=str(path), format="Parquet", why=_first(error)) from error
        self._names = unique_names(found.names, str(path))
        self._schema = tidy_schema(pa.schema([pa.field(n, f.type) for n, f in zip(self._names, found, strict=True)]))
        if self._rows == 0:
            raise SourceError("error.source.no_rows", path=str(path))
        self._fingerprint = fingerprint(path)

    def shape(self) -> SourceShape:
        """Look at the footer and the first rows."""
        first = next(iter(self.batches()))
        return SourceShape(
            self.path.name, self._names, samples_of(first), self._rows, self._fingerprint, repeatable=True
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in batches of at most 131,072."""
        row = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(_BATCH):
                    yield numbered(map(tidy, batch.columns), self._schema, row)
                    row += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                "error.source.damaged", path=str(self.path), format="Parquet", why=_first(error)
            ) from error


def _first(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
