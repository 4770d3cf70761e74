"""Profiles as points of a frozen model, and how like each segment they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qunxiang.model import AnswerColumn, CentreModel, ClassModel, NumberColumns
from qunxiang.segmentation.shadows import gorge

Floats = NDArray[np.float64]
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class ModelSpace:
    """Profiles in the space of a model.

    Attributes
    ----------
    points, centers : arrays of shape (n_rows, width) and (n_segments, width)
        Rows that the model cannot place are NaN in every column; a gap that it passes over lies at the middle.
    likeness : array of shape (n_rows, n_segments)
        Similarity exp(−d_h) / Σ exp(−d_l) by distances to the centres, or probabilities of classes; rows sum to 1.
    is_probability
    """

    points: Floats
    centers: Floats
    likeness: Floats
    is_probability: bool


def model_space(model: CentreModel | ClassModel, columns: Mapping[str, Sequence[Any]]) -> ModelSpace:
    """Place profiles.

    Parameters
    ----------
    columns
        Values of every trait of the model, None for unknown: numbers, or answers as they are stored.
    """
    if isinstance(model, CentreModel):
        points = _prepared(model, columns)
        base = np.array(model.centres)
        places = np.array(model.segment_of)
        centers = np.stack([base[places == s].mean(axis=0) for s in range(int(places.max()) + 1)])
        likeness = np.full((len(points), len(centers)), np.nan)
        whole = ~np.isnan(points).any(axis=1)
        points[~whole] = np.nan
        if whole.any() and len(centers) > 1:
            likeness[whole] = gorge(points[whole], centers)
        return ModelSpace(points, centers, likeness, False)
    return _class_space(model, columns)


def _class_space(model: ClassModel, columns: Mapping[str, Sequence[Any]]) -> ModelSpace:
    shares = np.exp(np.array(model.log_shares))
    n_rows = len(columns[model.traits[0]])
    joint = np.tile(np.array(model.log_shares), (n_rows, 1))
    known = np.zeros(n_rows, dtype=bool)
    parts, centres = [], []
    if model.numbers is not None:
        values = _prepared(model.numbers, columns)
        parts.append(values)
        centres.append(np.array(model.numbers.means))
        joint += _number_terms(model.numbers, values)
        known |= ~np.isnan(values).any(axis=1) if not model.numbers.independent else ~np.isnan(values).all(axis=1)
    for answer in model.answers:
        codes = _codes(answer, columns[answer.trait])
        logs = np.array(answer.log_shares)
        there = codes >= 0
        joint[there] += logs[:, codes[there]].T
        known |= there
        told = np.where(there[:, None], (codes[:, None] == np.arange(logs.shape[1])).astype(np.float64), np.nan)
        parts.append(told / math.sqrt(2))
        centres.append(np.exp(logs) / math.sqrt(2))
    points, centers = np.column_stack(parts), np.column_stack(centres)
    points = np.where(np.isnan(points), shares @ centers, points)
    lost = ~known | np.isnan(joint).any(axis=1)
    points[lost] = np.nan
    joint -= joint.max(axis=1, keepdims=True)
    likeness = np.exp(joint)
    likeness /= likeness.sum(axis=1, keepdims=True)
    likeness[lost] = np.nan
    return ModelSpace(points, centers, likeness, True)


def _prepared(model: CentreModel | NumberColumns, columns: Mapping[str, Sequence[Any]]) -> Floats:
    made = []
    for j, trait in enumerate(model.traits):
        x = np.array([math.nan if v is None else float(v) for v in columns[trait]])
        if model.log1p[j]:
            x = np.log1p(np.where(x > -1, x, np.nan))
        made.append((np.clip(x, model.low[j], model.high[j]) - model.mean[j]) / model.scale[j])
    return np.column_stack(made)


def _number_terms(numbers: NumberColumns, values: Floats) -> Floats:
    """Log-densities of the numbers, shape (n_rows, n_segments)."""
    terms = []
    for mean, factor in zip(numbers.means, numbers.factors, strict=True):
        upper = np.array(factor)
        z = (
            (values - np.array(mean)) @ upper.T
            if not numbers.independent
            else (values - np.array(mean)) * np.diag(upper)
        )
        each = np.log(np.diag(upper)) - _HALF_LOG_2PI - 0.5 * z**2
        terms.append(np.nansum(each, axis=1) if numbers.independent else each.sum(axis=1))
    return np.column_stack(terms)


def _codes(answer: AnswerColumn, values: Sequence[Any]) -> NDArray[np.int64]:
    place = {level: i for i, level in enumerate(answer.levels)}
    rest = len(answer.levels) if answer.other else -1
    is_text = any(isinstance(level, str) for level in answer.levels)

    def code(value: Any) -> int:
        if value is None:
            return -1
        if is_text:
            return place.get(str(value).lower() if isinstance(value, bool) else str(value), rest)
        return place.get(float(value), rest)

    return np.array([code(v) for v in values], dtype=np.int64)
