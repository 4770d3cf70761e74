"""A hash of what a table says, whatever the order of its rows and the noise of its floats."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DIGITS = 9
"""Significant digits of a float that count."""


def content_hash(table: pa.Table, *, key: tuple[str, ...]) -> str:
    """Hash the rows of a table.

    Parameters
    ----------
    table
        Any Arrow table; `key` names the columns that identify a row.

    Returns
    -------
    str
        SHA-256 in hex over the column names, types and values, rows sorted by key, floats to nine significant digits.
        Equal content gives an equal hash on every machine.
    """
    table = table.combine_chunks()
    if not _is_sorted(table, key):
        table = table.sort_by([(name, "ascending") for name in key])
    digest = hashlib.sha256()
    for name in sorted(table.column_names):
        values = table.column(name).combine_chunks()
        digest.update(f"{name}\x1f{values.type}\x1f{len(values)}\x1f".encode())
        digest.update(np.asarray(pc.is_valid(values)).tobytes())
        if pa.types.is_boolean(values.type):
            digest.update(np.packbits(np.asarray(values.fill_null(False))).tobytes())
        elif pa.types.is_floating(values.type):
            digest.update(_rounded(values))
        elif pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            _texts(digest, values)
        elif pa.types.is_decimal(values.type):
            _texts(digest, pc.cast(values, pa.string()))
        else:
            integers = values.cast(pa.int64()) if not pa.types.is_date32(values.type) else values.cast(pa.int32())
            digest.update(np.asarray(integers.fill_null(0)).astype("<i8").tobytes())
    return digest.hexdigest()


def _is_sorted(table: pa.Table, key: tuple[str, ...]) -> bool:
    """Say whether the rows stand by a key of one column, each value once."""
    if len(key) != 1 or table.num_rows < 2:
        return bool(table.num_rows < 2)
    values = table.column(key[0]).combine_chunks()
    ascending: bool | None = pc.all(pc.less(values[:-1], values[1:])).as_py()
    return values.null_count == 0 and ascending is True


def _texts(digest: hashlib._Hash, values: pa.Array) -> None:
    filled = values.fill_null("").cast(pa.large_string())
    digest.update(np.asarray(pc.binary_length(filled)).astype("<i8").tobytes())
    _, offsets, text = filled.buffers()
    if text is not None:
        ends = np.frombuffer(offsets, dtype=np.int64)[filled.offset : filled.offset + len(filled) + 1]
        digest.update(memoryview(text)[ends[0] : ends[-1]] if len(ends) else b"")


def _rounded(values: pa.Array) -> bytes:
    """Sign, nine digits and power of ten of every float, as integers."""
    numbers = np.asarray(values.fill_null(0.0), dtype=np.float64)
    size = np.abs(numbers)
    finite = np.isfinite(size) & (size > 0)
    power = np.zeros(len(size), dtype=np.int64)
    power[finite] = np.floor(np.log10(size[finite])).astype(np.int64)
    digits = np.zeros(len(size), dtype=np.int64)
    digits[finite] = np.rint(numbers[finite] / 10.0 ** (power[finite] - (DIGITS - 1))).astype(np.int64)
    full = np.abs(digits) == 10**DIGITS  # 9.999999999 rounds up to the next power
    digits[full] //= 10
    power[full] += 1
    digits[~np.isfinite(numbers)] = -(10**DIGITS)
    return digits.astype("<i8").tobytes() + power.astype("<i8").tobytes()
