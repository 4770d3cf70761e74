"""Behaviour (行为条件) in a rule: what a profile's rows of a table come to, as one value per profile."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from qunxiang.model.base import Frozen
from qunxiang.model.variable import Measure, Metric, Window

Edge = Literal["first", "last"]
SpanUnit = Literal["hours", "days", "weeks"]


class Anchor(Frozen):
    """A moment of each profile: its first or last row of a table that meets a condition."""

    edge: Edge
    table: str
    where: str = ""


class Span(Frozen):
    """A length of time; a day is 24 hours where rows are dated by instants, a calendar day where by days."""

    n: int = Field(ge=1, le=36_500)
    unit: SpanUnit

    @property
    def hours(self) -> int:
        """The same in hours."""
        return self.n * {"hours": 1, "days": 24, "weeks": 168}[self.unit]

    @property
    def days(self) -> int:
        """The same in days; 0 for less than one."""
        return self.hours // 24


class Step(Frozen):
    """One step of a sequence: a row that meets a condition, or (`absent`) none.

    `within` is the most time since the step before; for the absence that ends a sequence, how long none may come.
    """

    table: str
    where: str = ""
    absent: bool = False
    within: Span | None = None


class Behaviour(Frozen):
    """A measure of a table's rows, whether such rows exist, or whether steps followed each other.

    `measure` is the metric with its condition and window; `exists` asks whether any row counts. `after` and `before`
    keep the rows after, or before, a moment of the profile itself: without that moment no row counts. `steps` are a
    sequence, whose rows all lie in `window`.
    """

    measure: Measure | None = None
    exists: bool = False
    after: Anchor | None = None
    before: Anchor | None = None
    steps: tuple[Step, ...] = ()
    window: Window | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Behaviour:
        if (self.measure is None) == (not self.steps):
            raise ValueError("give a measure or steps")
        if self.exists and (self.measure is None or self.measure.metric is not Metric.COUNT):
            raise ValueError("exists asks for a count of rows")
        return self

    @property
    def is_condition(self) -> bool:
        """Say whether it holds or not, rather than being a number, text or date."""
        return self.exists or bool(self.steps)

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables whose rows it looks at, each once."""
        named = [a.table for a in (self.after, self.before) if a is not None]
        first = [self.measure.table] if self.measure is not None else [s.table for s in self.steps]
        return tuple(dict.fromkeys([*first, *named]))
