"""Traits of all profiles as rows that a method can fit: numbers prepared, answers coded, weights of respondents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.model import TraitDefinition, TraitSet
from qunxiang.model.segmentation import STEPS
from qunxiang.segmentation.preparation import Preparation, Redundant, prepare, redundant
from qunxiang.services.reading import SnapshotReader
from qunxiang.sql import Query, column
from qunxiang.tables import TRAITS_KEY

DEFAULT_TRAITS = (
    "recency_days",
    "frequency",
    "basket_value",
    "discount_share",
    "private_label_share",
    "category_count",
    "weekend_share",
)
"""Traits taken when none are named: how recently, often and much people buy, and in which way."""

MOST_ANSWERS = 12
"""Different answers of a trait that count on their own; rarer ones count as "other"."""

MOST_NUMBERS = 10
"""Different numbers of a trait up to which it can be taken as answers."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AnswerLevels:
    """Answers of a trait by code: `levels` 0, 1, …; with `other` the last code is every other answer.

    `ordered` says that the codes are in the order of the answers and that this order is used.
    """

    trait: str
    levels: tuple[str | float, ...]
    other: bool
    ordered: bool = False

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return len(self.levels) + self.other


@dataclass(frozen=True)
class FitData:
    """Rows ready to fit, one per profile in the order of profile ids.

    `matrix` has the prepared numbers first, then the codes of answers; NaN is unknown. `weights` (mean 1) is None
    without weights; `weighted` marks the rows that have one.
    """

    matrix: Floats
    raw: Floats
    preparation: Preparation | None
    answers: tuple[AnswerLevels, ...]
    repeats: tuple[Redundant, ...]
    weights: Floats | None
    weighted: NDArray[np.bool_]

    @property
    def kept(self) -> tuple[str, ...]:
        """Traits in the order of the columns."""
        numbers = self.preparation.kept if self.preparation is not None else ()
        return (*numbers, *(a.trait for a in self.answers))

    @property
    def levels(self) -> tuple[int, ...]:
        """Number of codes per column, 0 for numbers."""
        numbers = self.preparation.kept if self.preparation is not None else ()
        return (*(0 for _ in numbers), *(a.n_codes for a in self.answers))

    @property
    def ordered(self) -> tuple[int, ...]:
        """Places of the columns of answers whose order is used."""
        first = len(self.kept) - len(self.answers)
        return tuple(first + i for i, answer in enumerate(self.answers) if answer.ordered)

    @property
    def effective_rows(self) -> float:
        """Rows that an unweighted sample of the same precision would have (Kish 1965)."""
        if self.weights is None:
            return float(len(self.matrix))
        share = self.weights[self.weighted]
        return float(share.sum() ** 2 / (share**2).sum()) if len(share) else 0.0


def fit_data(
    reader: SnapshotReader,
    definitions: TraitSet,
    traits: Sequence[str] | None,
    *,
    method: str,
    weight: str | None,
    steps: Sequence[str],
) -> FitData:
    """Read traits and make them ready for a method.

    Raises
    ------
    UnknownNameError
        When a trait does not exist or is not of a kind that the method takes.
    SettingError
        When a step is not known, a trait has too many different numbers for answers, or nothing can be fitted.
    """
    unknown = [s for s in steps if s not in STEPS]
    if unknown:
        raise SettingError("error.segmentation.steps", value=unknown, known=STEPS)
    chosen = _chosen(definitions, traits, method)
    numbers = [t for t in chosen if t.is_numeric and method != "latent_class"]
    answered = [t for t in chosen if t not in numbers]
    weighing = _chosen(definitions, [weight], "kmeans") if weight is not None else []
    frame = _frame(reader, [*numbers, *answered, *weighing])
    coded = [_coded(frame[t.id].to_pylist(), t, in_order="order" in steps) for t in answered]
    keeps_unknown = method in ("mixture", "mixed")
    raw, preparation, repeats = _numbers(frame, [t.id for t in numbers], steps, keep=keeps_unknown)
    parts = [preparation.apply(raw)] if preparation is not None else []
    matrix = np.column_stack([*parts, *(codes for codes, _ in coded)])
    weights = _floats(frame[weighing[0].id]) if weighing else None
    weighted = np.ones(len(matrix), dtype=bool) if weights is None else np.nan_to_num(weights) > 0
    if weights is not None:
        if not weighted.any():
            raise SettingError("error.segmentation.weights", trait=weight)
        weights = np.where(weighted, weights, 0.0) / weights[weighted].mean()
    return FitData(matrix, raw, preparation, tuple(levels for _, levels in coded), repeats, weights, weighted)


def _chosen(definitions: TraitSet, traits: Sequence[str] | None, method: str) -> list[TraitDefinition]:
    takes_answers = method in ("latent_class", "mixed")
    known = {t.id: t for t in definitions.traits if t.is_numeric or (takes_answers and t.kind in ("text", "boolean"))}
    if traits is None and method == "latent_class":
        raise SettingError("error.segmentation.name_answers")
    wanted = list(traits) if traits is not None else [t for t in DEFAULT_TRAITS if t in known]
    lacking = [t for t in wanted if t not in known]
    if lacking or not wanted:
        raise UnknownNameError("error.segmentation.traits_unknown", lacking=lacking, known=list(known))
    return [known[t] for t in dict.fromkeys(wanted)]


def _frame(reader: SnapshotReader, traits: Sequence[TraitDefinition]) -> pa.Table:
    """Return the traits of all profiles, sorted by profile: numbers as doubles, answers as they are."""
    projections = [
        exp.alias_(exp.cast(column(t.id), "double") if t.is_numeric else column(t.id), t.id, quoted=True)
        for t in {t.id: t for t in traits}.values()
    ]
    tree = exp.select(*projections).from_(reader.relation(TRAITS_KEY.name).table()).order_by(column("profile_id"))
    return reader.fetch(Query(tree))


def _floats(values: Any) -> Floats:
    return np.asarray(values.combine_chunks().fill_null(float("nan")), dtype=np.float64)


def _numbers(
    frame: pa.Table, traits: Sequence[str], steps: Sequence[str], *, keep: bool
) -> tuple[Floats, Preparation | None, tuple[Redundant, ...]]:
    if not traits:
        return np.empty((frame.num_rows, 0)), None, ()
    raw = np.column_stack([_floats(frame[t]) for t in traits])

    def made(columns: Floats, names: Sequence[str]) -> Preparation:
        try:
            return prepare(
                columns,
                names,
                standardise="standardise" in steps,
                log_skewed="log" in steps,
                winsorise=(0.01, 0.99) if "limit" in steps else None,
                impute="keep" if keep else "none",
            )
        except ValueError as error:
            complete = int((~np.isnan(columns).any(axis=1)).sum())
            raise SettingError("error.segmentation.nothing_to_fit", traits=list(names), complete=complete) from error

    preparation = made(raw, traits)
    repeats = redundant(preparation.apply(raw), preparation.kept)
    if "redundant" in steps and repeats:
        left = [t for t in traits if t not in {r.other for r in repeats}]
        raw = raw[:, [list(traits).index(t) for t in left]]
        preparation = made(raw, left)
    return raw, preparation, repeats


def _coded(values: Sequence[Any], trait: TraitDefinition, *, in_order: bool) -> tuple[Floats, AnswerLevels]:
    """Code the answers of a trait; the levels of an ordered trait keep their order, others go by how often."""
    texts = [None if v is None else (str(v).lower() if isinstance(v, bool) else v) for v in values]
    if trait.is_numeric:
        texts = [None if v is None or v != v else float(v) for v in texts]
    counts = Counter(v for v in texts if v is not None)
    if not counts:
        raise SettingError("error.segmentation.nothing_to_fit", traits=[trait.id], complete=0)
    if trait.is_numeric and len(counts) > MOST_NUMBERS:
        raise SettingError("error.segmentation.too_many_answers", trait=trait.id, found=len(counts), most=MOST_NUMBERS)
    if trait.is_numeric:
        order = sorted(counts)
    else:
        stated = {level: i for i, level in enumerate(trait.levels)}
        order = sorted(counts, key=lambda v: (-counts[v], str(v)))[:MOST_ANSWERS]
        order.sort(key=lambda v: (stated.get(v, len(stated)), -counts[v], str(v)))
    other = len(counts) > len(order)
    place = {level: float(i) for i, level in enumerate(order)}
    rest = float(len(order)) if other else float("nan")
    codes = np.array([float("nan") if v is None else place.get(v, rest) for v in texts])
    has_order = trait.is_numeric or (bool(trait.levels) and set(order) <= set(trait.levels))
    ordered = in_order and has_order and not other and len(order) > 2
    return codes[:, None], AnswerLevels(trait.id, tuple(order), other, ordered)
