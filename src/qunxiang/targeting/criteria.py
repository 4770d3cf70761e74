"""Criteria (评价标准) of attractiveness and strength, knock-outs, and what people judge of them."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from qunxiang.i18n import Label
from qunxiang.model import Frozen

Side = Literal["attractiveness", "strength"]
Origin = Literal["measured", "judged"]
ValueFormat = Literal["count", "number", "money", "percent"]
Theme = Literal[
    "size",
    "growth",
    "profitability",
    "competition",
    "need_fit",
    "reachability",
    "strategic_fit",
    "risk",
    "strength",
]
Curve = Literal["linear", "piecewise", "steps"]

SCALE = 10.0
"""Best score; 0 is the worst."""


class Criterion(Frozen):
    """One ground for choosing a segment.

    `origin` says where its value comes from: ``measured`` (computed from tables as `measure`) or ``judged`` (entered by
    named persons on a scale of 0, the worst, to 10). `weight` counts relative to the other weights of the same side.
    `source` says in words what the value rests on, `owner` who answers for it.

    `curve` turns the value into a score from 0 to 10. ``linear``: from `low` to `high`, the other way round for a
    ``cost``; None takes the smallest and largest among the segments that are compared. ``piecewise``: straight lines
    between `points` (value, score), level beyond them. ``steps``: the score of the last of the `points` that the value
    reaches, 0 below the first. A judgement is a score already.
    """

    id: str
    label: Label
    side: Side
    origin: Origin
    weight: float = Field(ge=0, allow_inf_nan=False)
    unit: Label
    direction: Literal["benefit", "cost"] = "benefit"
    measure: str | None = None
    format: ValueFormat = "number"
    low: float | None = Field(default=None, allow_inf_nan=False)
    high: float | None = Field(default=None, allow_inf_nan=False)
    note: Label = Label("", "")
    theme: Theme | None = None
    source: Label = Label("", "")
    owner: str = Field(default="", max_length=200)
    curve: Curve = "linear"
    points: tuple[tuple[float, float], ...] = ()

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        # without a measure no segment could ever be scored, and the whole ranking would be empty
        if self.origin == "measured" and not self.measure:
            raise ValueError("a measured criterion needs its measure")
        return self

    @model_validator(mode="after")
    def _has_a_curve(self) -> Self:
        least = {"linear": 0, "piecewise": 2, "steps": 1}[self.curve]
        if len(self.points) < least or (self.curve == "linear" and self.points):
            raise ValueError(f"a {self.curve} value function takes {'no' if least == 0 else f'{least} or more'} points")
        if any(not a[0] < b[0] for a, b in pairwise(self.points)):
            raise ValueError("the values of the points must rise")
        if any(not 0 <= score <= SCALE for _, score in self.points):
            raise ValueError("the scores of the points lie between 0 and 10")
        return self


class Knockout(Frozen):
    """A condition that a segment must meet to be ranked at all.

    ``measured``: its `measure` must be at least `minimum`; an unknown measure does not pass. ``judged``: the mean of
    what people say, 0 to 10, must be; until somebody says something the condition is open, and stands as such beside
    the rank.
    """

    id: str
    label: Label
    measure: str | None = None
    minimum: float = Field(allow_inf_nan=False)
    format: ValueFormat = "number"
    note: Label = Label("", "")
    origin: Origin = "measured"
    unit: Label = Label("", "")
    source: Label = Label("", "")
    owner: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        if self.origin == "measured" and not self.measure:
            raise ValueError("a measured knock-out needs its measure")
        return self


class Comparison(Frozen):
    """How many times criterion `a` matters as much as criterion `b`: 1/9 to 9."""

    a: str
    b: str
    times: float = Field(ge=1 / 9.001, le=9.001, allow_inf_nan=False)


class CriteriaSet(Frozen):
    """The criteria and knock-outs of one segmentation; `comparisons` are those that the weights were made from."""

    criteria: tuple[Criterion, ...]
    knockouts: tuple[Knockout, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    @property
    def grounds(self) -> tuple[Criterion | Knockout, ...]:
        """Criteria and knock-outs together: what is measured or judged."""
        return (*self.criteria, *self.knockouts)


class Measure(Frozen):
    """A measured value of a segment with its interval; None where the data cannot say. `n` is what it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None


class Judgement(Frozen):
    """What a named person thinks of a segment on one criterion or knock-out, from 0 (worst) to 10 (best)."""

    criterion: str
    segment: str
    value: float = Field(ge=0, le=10, allow_inf_nan=False)
    by: str
    at: datetime
    why: str
