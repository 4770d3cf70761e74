"""Values of a database as Arrow columns; a row with a value that its column's type cannot hold is set apart whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.intake import BROKEN, ROW
from qunxiang.ports.databases import Form

ARROW = {
    Form.TEXT: pa.string(),
    Form.DECIMAL: pa.string(),
    Form.INTEGER: pa.int64(),
    Form.FLOAT: pa.float64(),
    Form.BOOLEAN: pa.bool_(),
    Form.DATE: pa.date32(),
    Form.NAIVE: pa.timestamp("us"),
    Form.MOMENT: pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Column:
    """A column of a result: its name and how its values stand in a batch."""

    name: str
    form: Form


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Return the schema of a source's batches."""
    fields = [pa.field(c.name, ARROW[c.form]) for c in columns]
    return pa.schema([pa.field(ROW, pa.int64()), pa.field(BROKEN, pa.string()), *fields])


def batch_of(columns: Sequence[Column], rows: Sequence[Sequence[Any]], first_row: int) -> pa.RecordBatch:
    """Return rows as a batch.

    Parameters
    ----------
    rows
        Values as the driver gives them: text of the database's own writing, or plain Python values; None is unknown.

    Returns
    -------
    pyarrow.RecordBatch
        A row with a value that its column's type cannot hold (``infinity``, a day that is none) is given as broken, its
        values as JSON, so that it is quarantined instead of changed or lost.
    """
    given = [list(map(_plain, values)) for values in zip(*rows, strict=True)]
    broken: dict[int, str] = {}
    arrays: list[pa.Array] = []
    for column, values in zip(columns, given, strict=True):
        array = _array(values, column.form)
        if array is None:
            bad = [i for i, v in enumerate(values) if _array([v], column.form) is None]
            for i in bad:
                broken[i] = ""
            array = _array([None if i in broken else v for i, v in enumerate(values)], column.form)
        arrays.append(array)
    for i in broken:
        broken[i] = json.dumps(
            {c.name: None if v[i] is None else str(v[i]) for c, v in zip(columns, given, strict=True)},
            ensure_ascii=False,
        )
    texts = pa.array([broken.get(i) for i in range(len(rows))], pa.string())
    if broken:
        whole = pc.is_null(texts)
        arrays = [pc.if_else(whole, array, pa.scalar(None, array.type)) for array in arrays]
    numbers = pa.array(np.arange(first_row, first_row + len(rows), dtype=np.int64))
    return pa.RecordBatch.from_arrays([numbers, texts, *arrays], schema=schema_of(columns))


def _array(values: list[Any], form: Form) -> pa.Array | None:
    """Return values in a form; None when one does not have it."""
    try:
        if form in (Form.TEXT, Form.DECIMAL):
            return pa.array([None if v is None else v if isinstance(v, str) else str(v) for v in values], pa.string())
        if form is Form.BOOLEAN:
            return pa.array([None if v is None else _truth(v) for v in values], pa.bool_())
        if form in (Form.INTEGER, Form.FLOAT) and not any(isinstance(v, str) for v in values):
            return pa.array(values, ARROW[form])
        return pa.array([None if v is None else str(v) for v in values], pa.string()).cast(ARROW[form])
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        return None


def _truth(value: Any) -> bool:
    if value in (1, "1", "t", b"\x01"):
        return True
    if value in (0, "0", "f", b"\x00"):
        return False
    raise ValueError("neither true nor false")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes) and len(value) > 1:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, str) and "\x00" in value:
        return value.replace("\x00", "\ufffd")
    return value


def greatest(array: pa.Array, form: Form) -> Any:
    """Return the greatest known value as Python compares it; None when there is none."""
    if form is not Form.DECIMAL:
        return pc.max(array).as_py()
    found = [_number(v) for v in array.to_pylist() if v is not None]
    return max((v for v in found if v is not None and v.is_finite()), default=None)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
