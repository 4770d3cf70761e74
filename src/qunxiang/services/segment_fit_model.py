"""Fitted segments as stored models with frozen parameters, and first names for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qunxiang.i18n import Label
from qunxiang.model import AnswerColumn, CentreModel, ClassModel, NumberColumns
from qunxiang.segmentation import BaggedSegments, Fitted, MixtureSegments, Preparation
from qunxiang.segmentation.naming import answer_mark, centre_names, class_names, number_mark
from qunxiang.services.segment_fit_data import FitData

UNLIMITED = 1e300
"""Stands for "no limit" in a stored model, because JSON has no infinity."""

Floats = NDArray[np.float64]
_YES_NO = {"true": Label("是", "yes"), "false": Label("否", "no")}
_OTHER = Label("其他", "other")


def frozen(data: FitData, model: Fitted, *, seed: int, n_restarts: int) -> CentreModel | ClassModel:
    """Write preparation and parameters as numbers."""
    if isinstance(model, MixtureSegments):
        return ClassModel(
            log_shares=tuple(np.log(model.shares_).tolist()),
            numbers=_number_columns(data.preparation, model),
            answers=tuple(_answer_column(data, model, j) for j in range(len(data.answers))),
            strength=model.strength,
            seed=seed,
            n_restarts=n_restarts,
        )
    assert data.preparation is not None  # methods with centres take numbers only
    bagged = isinstance(model, BaggedSegments)
    centres = model.base_centers_ if isinstance(model, BaggedSegments) else model.centers_
    return CentreModel(
        traits=data.preparation.kept,
        **_steps(data.preparation),
        centres=tuple(tuple(row) for row in centres.tolist()),
        places=tuple(model.places_.tolist()) if isinstance(model, BaggedSegments) and bagged else (),
        seed=seed,
        n_restarts=n_restarts,
    )


def names_of(data: FitData, model: Fitted, labels: Mapping[str, Label]) -> tuple[Label, ...]:
    """Name the segments by what marks them."""
    if not isinstance(model, MixtureSegments):
        return centre_names(model.centers_.tolist(), [labels[t] for t in data.kept])
    numbers = data.preparation.kept if data.preparation is not None else ()
    off = model.means_ - model.shares_ @ model.means_
    first = len(numbers)
    marks = []
    for i in range(model.n_segments):
        found = [number_mark(off[i, j], labels[t]) for j, t in enumerate(numbers)]
        for j, answer in enumerate(data.answers):
            shares = model.answers_[first + j]
            overall = model.shares_ @ shares
            found += [
                answer_mark(shares[i, place], overall[place], labels[answer.trait], _shown(level))
                for place, level in enumerate((*answer.levels, *([None] if answer.other else [])))
            ]
        marks.append(found)
    return class_names(marks)


def _shown(level: str | float | None) -> Label:
    if level is None:
        return _OTHER
    if isinstance(level, str):
        return _YES_NO.get(level, Label.same(level))
    return Label.same(f"{level:g}")


def _steps(preparation: Preparation) -> dict[str, Any]:
    """Write the preparation as numbers; limits are taken after the logarithm."""
    columns = preparation.columns

    def limit(value: float | None, log1p: bool, absent: float) -> float:
        if value is None:
            return absent
        return float(np.log1p(value)) if log1p else float(value)

    return {
        "log1p": tuple(c.log1p for c in columns),
        "low": tuple(limit(c.floor, c.log1p, -UNLIMITED) for c in columns),
        "high": tuple(limit(c.ceiling, c.log1p, UNLIMITED) for c in columns),
        "mean": tuple(c.mean for c in columns),
        "scale": tuple(c.sd for c in columns),
    }


def _number_columns(preparation: Preparation | None, model: MixtureSegments) -> NumberColumns | None:
    if preparation is None:
        return None
    # U'U is the inverse of the covariance: U is the inverse of the lower Cholesky factor of the reversed columns
    factors = [_upper(covariance) for covariance in model.covariances_]
    return NumberColumns(
        traits=preparation.kept,
        **_steps(preparation),
        means=tuple(tuple(row) for row in model.means_.tolist()),
        factors=tuple(tuple(tuple(row) for row in factor.tolist()) for factor in factors),
    )


def _upper(covariance: Floats) -> Floats:
    """Return the upper triangle U with U'U = covariance⁻¹; exactly diagonal for a diagonal covariance."""
    spread = np.diag(covariance)
    if np.array_equal(covariance, np.diag(spread)):
        return np.diag(1 / np.sqrt(spread))
    return np.asarray(np.linalg.cholesky(np.linalg.inv(covariance)).T)


def _answer_column(data: FitData, model: MixtureSegments, j: int) -> AnswerColumn:
    answer = data.answers[j]
    first = len(data.preparation.kept) if data.preparation is not None else 0
    shares = np.log(model.answers_[first + j])
    return AnswerColumn(
        trait=answer.trait,
        levels=answer.levels,
        other=answer.other,
        log_shares=tuple(tuple(row) for row in shares.tolist()),
    )
