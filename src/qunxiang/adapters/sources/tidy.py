"""Bringing batches into the few types that every reader of sources understands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count

import numpy as np
import pyarrow as pa

from qunxiang.errors import SourceError
from qunxiang.i18n import Message
from qunxiang.intake import BROKEN, ROW

SAMPLES = 5
MOST_COLUMNS = 2_000
_SAMPLE_LENGTH = 60


def tidy_type(type_: pa.DataType) -> pa.DataType:
    """Return the type a source gives for a column of `type_`; what has no plain form becomes text."""
    if pa.types.is_dictionary(type_) or isinstance(type_, pa.BaseExtensionType):
        inner = type_.value_type if pa.types.is_dictionary(type_) else type_.storage_type
        return tidy_type(inner)
    if pa.types.is_boolean(type_):
        return pa.bool_()
    if pa.types.is_signed_integer(type_) or (pa.types.is_unsigned_integer(type_) and type_.bit_width < 64):
        return pa.int64()
    if pa.types.is_floating(type_):
        return pa.float64()
    if pa.types.is_date(type_):
        return pa.date32()
    if pa.types.is_timestamp(type_):
        return pa.timestamp("us", tz=None if type_.tz is None else "UTC")
    return pa.string()


def tidy(array: pa.Array) -> pa.Array:
    """Return an array in its :func:`tidy_type`; nested values become JSON text."""
    if pa.types.is_dictionary(array.type):
        return tidy(array.dictionary_decode())
    if isinstance(array.type, pa.BaseExtensionType):
        return tidy(array.storage)
    target = tidy_type(array.type)
    if array.type.equals(target):
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), target)
    if pa.types.is_nested(array.type):
        texts = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in array.to_pylist()]
        return pa.array(texts, pa.string())
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        texts = [None if v is None else v.decode("utf-8", errors="replace") for v in array.to_pylist()]
        return pa.array(texts, pa.string())
    return array.cast(target, safe=not pa.types.is_timestamp(array.type))  # below a microsecond is cut off


def tidy_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema of a source's batches: row number, raw text of broken rows, then the columns."""
    fields = [pa.field(f.name, tidy_type(f.type)) for f in schema]
    return pa.schema([pa.field(ROW, pa.int64()), pa.field(BROKEN, pa.string()), *fields])


def numbered(columns: Iterable[pa.Array], schema: pa.Schema, first_row: int) -> pa.RecordBatch:
    """Return tidy columns as a batch of whole rows numbered from `first_row`."""
    arrays = list(columns)
    rows = len(arrays[0])
    numbers = pa.array(np.arange(first_row, first_row + rows, dtype=np.int64))
    return pa.RecordBatch.from_arrays([numbers, pa.nulls(rows, pa.string()), *arrays], schema=schema)


def unique_names(names: Iterable[str | None], path: str) -> tuple[str, ...]:
    """Return column names with the nameless ones numbered, and those of one name told apart: ``金额``, ``金额 (2)``.

    Raises
    ------
    SourceError
        When there are more than :data:`MOST_COLUMNS`.
    """
    found: dict[str, None] = {}
    for i, name in enumerate(names, start=1):
        if i > MOST_COLUMNS:
            raise SourceError("error.source.too_many_columns", path=path, most=MOST_COLUMNS)
        plain = (name or "").strip().lstrip("\ufeff") or f"column_{i}"
        plain = f"source{plain}" if plain in (ROW, BROKEN) else plain
        free = (c for n in count(1) if (c := plain if n == 1 else f"{plain} ({n})") not in found)
        found[next(free)] = None
    return tuple(found)


def name_notes(written: Iterable[str | None], names: tuple[str, ...]) -> Iterator[Message]:
    """Say which columns had the name of an earlier one, and how they are called now."""
    plain = [(name or "").strip() for name in written]
    again = [names[i] for i, name in enumerate(plain) if name and name in plain[:i]]
    if again:
        yield Message("source.found.same_name", {"names": again})


def samples_of(batch: pa.RecordBatch) -> dict[str, tuple[str, ...]]:
    """Return the first known values of every column as text."""
    found: dict[str, tuple[str, ...]] = {}
    for name in batch.schema.names:
        if name in (ROW, BROKEN):
            continue
        values = [str(v)[:_SAMPLE_LENGTH] for v in batch.column(name).slice(0, 50).to_pylist() if v not in (None, "")]
        found[name] = tuple(values[:SAMPLES])
    return found
