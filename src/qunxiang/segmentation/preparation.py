"""Make traits comparable before distances are taken, and keep every step as data so that new customers get the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Impute = Literal["none", "median", "keep"]

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
        "keep": unknowns stay, and each column is learned from what is known of it, for methods that pass over them.

    Raises
    ------
    ValueError
        When fewer than two complete rows or no varying column are left.
    """
    values = _matrix(X, names)
    labels = tuple(f"x{i}" for i in range(values.shape[1])) if names is None else tuple(names)
    incomplete = np.isnan(values).any(axis=1)
    learned = values if impute in ("median", "keep") else values[~incomplete]
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
    # with a fill the filled values count as well
    clipped = _transform(column if fill is not None else there, rough)
    log1p = bool(log_skewed and there.min() >= 0 and _log_helps(clipped))
    shaped = np.log1p(clipped) if log1p else clipped
    mean, sd = float(shaped.mean()), float(shaped.std())
    if sd <= _NEAR_CONSTANT * max(1.0, float(np.abs(shaped).max())):
        return None
    if not standardise:
        mean, sd = 0.0, 1.0
    return ColumnSteps(name, fill, floor, ceiling, log1p, mean, sd)


@dataclass(frozen=True)
class ColumnReport:
    """What the preparation did to one column: its skewness before and after, and the share of values set to a limit."""

    name: str
    skewness_before: float
    skewness_after: float
    limited: float


def report(X: ArrayLike, preparation: Preparation) -> tuple[ColumnReport, ...]:
    """Report what a preparation does to rows, one record per prepared column; unknown values do not count."""
    values, ready = _matrix(X, preparation.names), preparation.apply(X)
    place = {name: i for i, name in enumerate(preparation.names)}
    found = []
    for after, steps in zip(ready.T, preparation.columns, strict=True):
        raw = values[:, place[steps.name]]
        raw = raw[~np.isnan(raw)]
        low = -np.inf if steps.floor is None else steps.floor
        high = np.inf if steps.ceiling is None else steps.ceiling
        limited = float(np.mean((raw < low) | (raw > high))) if len(raw) else 0.0
        found.append(ColumnReport(steps.name, _skewness(raw), _skewness(after[~np.isnan(after)]), limited))
    return tuple(found)


@dataclass(frozen=True)
class Redundant:
    """Two columns that measure nearly the same: `correlation` (Pearson) of the prepared values."""

    kept: str
    other: str
    correlation: float


def redundant(ready: Floats, names: Sequence[str], limit: float = 0.9) -> tuple[Redundant, ...]:
    """Find columns that repeat one that stands before them; together they would count twice in every distance.

    Parameters
    ----------
    ready : array of shape (n_rows, n_columns)
        Prepared values; only rows without unknowns are looked at.
    limit
        Least absolute correlation.
    """
    complete = ready[~np.isnan(ready).any(axis=1)]
    if len(complete) < 3:
        return ()
    spread = complete.std(axis=0)
    moved = (complete - complete.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    correlations = moved.T @ moved / len(complete)
    found, gone = [], set[int]()
    for j in range(1, len(names)):
        before = [i for i in range(j) if i not in gone and abs(correlations[i, j]) >= limit]
        if before:
            i = max(before, key=lambda i: abs(correlations[i, j]))
            found.append(Redundant(names[i], names[j], float(correlations[i, j])))
            gone.add(j)
    return tuple(found)


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
