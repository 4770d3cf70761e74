"""Make traits comparable before distances are taken, and keep every step as data so that new customers get the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Impute = Literal["none", "median"]

# Below this spread, relative to the size of the values, a column tells customers apart by rounding only.
_NEAR_CONSTANT = 1e-9


@dataclass(frozen=True)
class ColumnSteps:
    """What is done to one column, in this order: fill, winsorise, log1p, standardise.

    `fill` is the value for unknowns (None: rows with unknowns are left out); `floor` and `ceiling` are limits in the
    column's own unit (None: no limit); `mean` and `sd` are taken after the logarithm.
    """

    name: str
    fill: float | None
    floor: float | None
    ceiling: float | None
    log1p: bool
    mean: float
    sd: float


@dataclass(frozen=True)
class Preparation:
    """Frozen steps from traits to comparable numbers, learned by :func:`prepare`.

    `dropped` names the columns left out as near-constant; `n_rows` is the number of rows learned from, `n_incomplete`
    of the rows given had an unknown value, left out of the fit or filled according to `impute`.
    """

    names: tuple[str, ...]
    columns: tuple[ColumnSteps, ...]
    dropped: tuple[str, ...]
    impute: Impute
    n_rows: int
    n_incomplete: int

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the prepared columns, in order."""
        return tuple(column.name for column in self.columns)

    def apply(self, X: ArrayLike) -> Floats:
        """Prepare rows with the learned numbers.

        Parameters
        ----------
        X : array of shape (n_rows, len(names))
            Columns as given to :func:`prepare`; NaN is unknown.

        Returns
        -------
        array of shape (n_rows, len(kept)), in standard deviations; unknowns stay NaN unless `impute` fills them.
        """
        values = _matrix(X, self.names)
        place = {name: i for i, name in enumerate(self.names)}
        prepared = [_transform(values[:, place[c.name]], c) for c in self.columns]
        return np.column_stack(prepared) if prepared else np.empty((len(values), 0))


def prepare(
    X: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    standardise: bool = True,
    log_skewed: bool = False,
    winsorise: tuple[float, float] | None = None,
    impute: Impute = "none",
) -> Preparation:
    """Learn how to make columns comparable.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
        NaN is unknown.
    standardise
        Divide by the standard deviation after subtracting the mean; otherwise values keep their unit.
    log_skewed
        Take log(1 + x) of columns without negative values whose skewness is above 1 and falls by it.
    winsorise
        Two quantiles, such as (.01, .99): values beyond them are set to them.
    impute
        "none": rows with an unknown are left out of the fit. "median": unknowns become the median of the known.

    Raises
    ------
    ValueError
        When fewer than two complete rows or no varying column are left.
    """
    values = _matrix(X, names)
    labels = tuple(f"x{i}" for i in range(values.shape[1])) if names is None else tuple(names)
    incomplete = np.isnan(values).any(axis=1)
    learned = values if impute == "median" else values[~incomplete]
    if len(learned) < 2:
        raise ValueError(f"two rows without unknown values are needed, there are {len(learned)} of {len(values)}")
    columns, dropped = [], []
    for name, column in zip(labels, learned.T, strict=True):
        steps = _learn(name, column, standardise, log_skewed, winsorise, impute)
        if steps is None:
            dropped.append(name)
        else:
            columns.append(steps)
    if not columns:
        raise ValueError(f"no column varies over the {len(learned)} rows that are known: {', '.join(labels)}")
    return Preparation(labels, tuple(columns), tuple(dropped), impute, len(learned), int(incomplete.sum()))


def _learn(
    name: str,
    column: Floats,
    standardise: bool,
    log_skewed: bool,
    winsorise: tuple[float, float] | None,
    impute: Impute,
) -> ColumnSteps | None:
    """Steps of one column, or None when it hardly varies."""
    there = column[~np.isnan(column)]
    if not len(there):
        return None
    fill = float(np.median(there)) if impute == "median" else None
    floor, ceiling = (None, None) if winsorise is None else np.quantile(there, winsorise).tolist()
    rough = ColumnSteps(name, fill, floor, ceiling, False, 0.0, 1.0)
    clipped = _transform(column, rough)
    log1p = bool(log_skewed and there.min() >= 0 and _log_helps(clipped))
    shaped = np.log1p(clipped) if log1p else clipped
    mean, sd = float(shaped.mean()), float(shaped.std())
    if sd <= _NEAR_CONSTANT * max(1.0, float(np.abs(shaped).max())):
        return None
    if not standardise:
        mean, sd = 0.0, 1.0
    return ColumnSteps(name, fill, floor, ceiling, log1p, mean, sd)


def _log_helps(values: Floats) -> bool:
    before, after = _skewness(values), _skewness(np.log1p(values))
    return before > 1 and abs(after) < before


def _skewness(values: Floats) -> float:
    sd = values.std()
    return float((((values - values.mean()) / sd) ** 3).mean()) if sd > 0 else 0.0


def _transform(column: Floats, steps: ColumnSteps) -> Floats:
    shaped = column if steps.fill is None else np.where(np.isnan(column), steps.fill, column)
    if steps.floor is not None or steps.ceiling is not None:
        shaped = np.clip(shaped, steps.floor, steps.ceiling)
    if steps.log1p:
        # A later value below zero has no logarithm of this kind: it is said to be unknown, not moved to zero.
        shaped = np.log1p(np.where(shaped < 0, np.nan, shaped))
    return np.asarray((shaped - steps.mean) / steps.sd, dtype=np.float64)


def _matrix(X: ArrayLike, names: Sequence[str] | None) -> Floats:
    values = np.asarray(X, dtype=np.float64)
    if values.ndim != 2 or (names is not None and values.shape[1] != len(names)):
        wanted = "n_columns" if names is None else str(len(names))
        raise ValueError(f"a matrix of shape (n_rows, {wanted}) is needed, the shape is {values.shape}")
    if np.isinf(values).any():
        raise ValueError("infinite values cannot be prepared; mark unknown values as NaN")
    return values
