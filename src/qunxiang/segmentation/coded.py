"""Columns of a matrix or dataframe as numbers and as coded answers, for models that take both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qunxiang.errors import SettingError

Floats = NDArray[np.float64]
Name = str | int
Answer = str | float | bool

MOST_LEVELS = 50
"""Different answers of one column; more are numbers or free text, not answers."""


@dataclass(frozen=True)
class Column:
    """One column: its `name` (its place in a matrix), its `values` with None for unknown, and the `stated` levels.

    `stated` and `ordered` come from a categorical column; `is_number` says that values are numbers and not yes/no.
    """

    name: Name
    values: tuple[Any, ...]
    is_number: bool
    stated: tuple[Answer, ...] | None = None
    ordered: bool = False

    def numbers(self) -> Floats:
        """Return the values as numbers, NaN for unknown, shape (n_rows,)."""
        return np.array([np.nan if v is None else float(v) for v in self.values], dtype=np.float64)

    def levels(self) -> tuple[Answer, ...]:
        """Return the different answers: as stated by a categorical column, else sorted.

        Raises
        ------
        SettingError
            When there are more than :data:`MOST_LEVELS`.
        """
        there = {v for v in self.values if v is not None}
        found = tuple(v for v in self.stated if v in there) if self.stated is not None else tuple(sorted(there))
        if len(found) > MOST_LEVELS:
            raise SettingError(
                "error.segmentation.too_many_answers", trait=str(self.name), found=len(found), most=MOST_LEVELS
            )
        return found

    def codes(self, levels: Sequence[Answer]) -> Floats:
        """Return the place of every answer among `levels`, NaN for unknown and for an answer that is none of them."""
        place = {level: float(i) for i, level in enumerate(levels)}
        return np.array([place.get(v, np.nan) for v in self.values], dtype=np.float64)


def columns_of(X: Any) -> tuple[Column, ...]:
    """Read the columns of a matrix, a dataframe (pandas, polars) or an arrow table.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns), dataframe or arrow table
        None, NaN and the missing values of dataframes are unknown.

    Raises
    ------
    ValueError
        When X has not two dimensions or no rows, or a column mixes kinds or holds lists, dates or infinite numbers.
    """
    if isinstance(X, pa.Table):
        named: Mapping[Name, Any] = {n: X.column(n).combine_chunks() for n in X.column_names}
    elif hasattr(X, "columns"):
        named = {str(n): X[n] for n in X.columns}
    else:
        values = X if isinstance(X, np.ndarray) else np.array(X, dtype=object)
        if values.ndim != 2:
            raise ValueError(f"a matrix of shape (n_rows, n_columns) is needed, the shape is {values.shape}")
        named = {i: values[:, i] for i in range(values.shape[1])}
    found = tuple(_column(name, values) for name, values in named.items())
    if not found or not found[0].values:
        raise ValueError("at least one row and one column are needed")
    return found


def _column(name: Name, values: Any) -> Column:
    try:
        read = values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"column {name!r} mixes kinds of values: make it numbers, texts or yes/no alone") from error
    kind = read.type
    stated: tuple[Answer, ...] | None = None
    ordered = False
    if pa.types.is_dictionary(kind):
        stated, ordered = tuple(read.dictionary.to_pylist()), bool(kind.ordered)
        kind = kind.value_type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if not (is_number or is_text or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
        raise ValueError(f"column {name!r} has values of kind {kind}: numbers, texts or yes/no are needed")
    listed = [None if v is None or v != v else float(v) if is_number else v for v in read.to_pylist()]
    if is_number and any(v is not None and abs(v) == float("inf") for v in listed):
        raise ValueError(f"column {name!r} has infinite values; mark unknown values as NaN")
    return Column(name, tuple(listed), is_number and stated is None, _as_numbers(stated, is_number), ordered)


def _as_numbers(stated: tuple[Answer, ...] | None, is_number: bool) -> tuple[Answer, ...] | None:
    return tuple(float(v) for v in stated) if stated is not None and is_number else stated
