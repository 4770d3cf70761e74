"""Segments (细分) and the schemes they belong to."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen

SegmentationMethod = Literal[
    "rule", "classification", "kmeans", "mixture", "latent_class", "mixed", "hierarchical", "bagged"
]
FitMethod = Literal["kmeans", "mixture", "latent_class", "mixed", "hierarchical", "bagged"]
METHODS: tuple[FitMethod, ...] = get_args(FitMethod)
"""How segments can be fitted; each is one of those with centres or with classes."""

STEPS = ("log", "limit", "standardise", "redundant", "order")
"""Steps of preparation that can be asked for: logarithm of skewed amounts, limits at the 1 % and 99 % quantiles,
division by the standard deviation, leaving out traits that repeat another, answers with an order taken in it."""

DEFAULT_STEPS = ("log", "limit", "standardise", "order")

CENTRE_METHODS = ("kmeans", "hierarchical", "bagged")
"""Fitted methods whose customers belong to the nearest centre: :class:`CentreModel`."""

CLASS_METHODS = ("mixture", "latent_class", "mixed")
"""Fitted methods whose customers belong to the most probable class: :class:`ClassModel`."""


class Segment(Frozen):
    """One segment of a segmentation.

    `rule` is an expression over traits; None where a model or people (see `by_hand`) decide. `colour` is its fixed
    number in the palette. `by_hand` marks membership that named people give, such as strategic accounts.
    """

    id: str
    label: Label
    rule: str | None = None
    note: Label | None = None
    colour: int = 0
    by_hand: bool = False


class CentreModel(Frozen):
    """Fitted centres with frozen preparation, so that new profiles are assigned without refitting.

    For each trait j a raw value v becomes ``(min(max(f(v), low_j), high_j) - mean_j) / scale_j`` with f = log1p where
    `log1p[j]`. `centres` has shape (n_centres, n_traits) in prepared units; row i belongs to `segments[places[i]]`, to
    `segments[i]` without `places`.
    """

    traits: tuple[str, ...]
    log1p: tuple[bool, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]
    places: tuple[int, ...] = ()
    seed: int
    n_restarts: int

    @property
    def segment_of(self) -> tuple[int, ...]:
        """Place of the segment of every centre."""
        return self.places or tuple(range(len(self.centres)))


class NumberColumns(Frozen):
    """Traits that are numbers in a mixture, prepared as in :class:`CentreModel`, normal within each class.

    `means` has shape (n_segments, n_traits); `factors` (n_segments, n_traits, n_traits) the upper triangles U with
    U'U the inverse of the covariance. A class's log-density of a prepared row x is
    Σⱼ (log Uⱼⱼ − ½ log 2π − ½ (U(x − mean))ⱼ²).
    """

    traits: tuple[str, ...]
    log1p: tuple[bool, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    means: tuple[tuple[float, ...], ...]
    factors: tuple[tuple[tuple[float, ...], ...], ...]

    @property
    def independent(self) -> bool:
        """Whether every trait stands alone within a class, so that an unknown one can be passed over."""
        return all(row[m] == 0 for f in self.factors for j, row in enumerate(f) for m in range(len(row)) if m != j)


class AnswerColumn(Frozen):
    """A trait of answers in a mixture: `log_shares` (n_segments, levels) of its `levels` within each class.

    With `other`, the last share is that of every answer that is none of the levels; without, such an answer counts as
    unknown. A trait of numbers has its levels as numbers.
    """

    trait: str
    levels: tuple[str | float, ...]
    other: bool
    log_shares: tuple[tuple[float, ...], ...]


class ClassModel(Frozen):
    """A fitted mixture: a profile belongs to the class with the greatest log share plus log-density.

    Unknown traits take no part; a profile of which nothing is known belongs to none. Class i is `segments[i]`.
    """

    log_shares: tuple[float, ...]
    numbers: NumberColumns | None
    answers: tuple[AnswerColumn, ...]
    strength: float
    seed: int
    n_restarts: int

    @property
    def traits(self) -> tuple[str, ...]:
        """Traits that are looked at, numbers first."""
        return (*(self.numbers.traits if self.numbers else ()), *(a.trait for a in self.answers))


class Segmentation(Frozen):
    """A scheme of segments: every profile is in at most one of them.

    Rules are tried in order and the first that holds decides; profiles for which none holds fall to `rest` (a segment
    id) or, when that is None, to no segment. `parameters` are the thresholds of a ready-made scheme, found from the
    data or set by hand. `evidence` is what was measured when it was fitted (stability, verdict).
    """

    id: str
    label: Label
    method: SegmentationMethod
    segments: tuple[Segment, ...]
    rest: str | None = None
    scheme: str | None = None
    model: CentreModel | ClassModel | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    evidence: dict[str, Any] = Field(default_factory=dict)

    def segment(self, segment_id: str) -> Segment | None:
        """Return the segment with that id, or None."""
        return next((s for s in self.segments if s.id == segment_id), None)
