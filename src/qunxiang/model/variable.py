"""Own variables (自定义变量) as people write them: a metric over a table's rows, a ratio of two, or an expression."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, model_validator

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen
from qunxiang.model.trait import Family

PREVIEW_SAMPLE = 3_000
"""Profiles that a preview computes a variable for."""

PREVIEW_MOST = 20_000
"""Profiles that a preview may take."""


class Metric(StrEnum):
    """Aggregates over the rows of one profile."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    QUANTILE = "quantile"
    DISTINCT = "distinct"
    SHARE = "share"
    TREND = "trend"
    DAYS_SINCE_FIRST = "days_since_first"
    DAYS_SINCE_LAST = "days_since_last"
    MOST_FREQUENT = "most_frequent"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LAST = "last"


WindowUnit = Literal["days", "weeks", "months", "years"]
Trend = Literal["slope", "halves"]
Missing = Literal["natural", "unknown", "zero", "value", "leave_out"]


class Window(Frozen):
    """Days whose rows count: the `last` so many units that end with the date, or `from_days` to `to_days` before it.

    Day 0 is the date itself; both ends count. Months and years go by the calendar: of 2026-05-31 the last 3 months
    begin on 2026-03-01, the day after the last of February.
    """

    last: int | None = Field(default=None, ge=1, le=36_500)
    unit: WindowUnit = "days"
    from_days: int | None = Field(default=None, ge=0, le=36_500)
    to_days: int = Field(default=0, ge=0, le=36_500)

    @model_validator(mode="after")
    def _one_form(self) -> Window:
        if (self.last is None) == (self.from_days is None):
            raise ValueError("give either last or from_days")
        if self.from_days is not None and self.to_days > self.from_days:
            raise ValueError("to_days is nearer to the date than from_days")
        if self.last is not None and self.to_days:
            raise ValueError("to_days goes with from_days")
        return self

    def first_day(self, as_of: date) -> date:
        """First day that counts."""
        if self.from_days is not None:
            return as_of - timedelta(days=self.from_days)
        assert self.last is not None
        match self.unit:
            case "days":
                return as_of - timedelta(days=self.last - 1)
            case "weeks":
                return as_of - timedelta(days=7 * self.last - 1)
            case "months":
                return months_before(as_of, self.last) + timedelta(days=1)
            case "years":
                return months_before(as_of, 12 * self.last) + timedelta(days=1)

    def last_day(self, as_of: date) -> date:
        """Last day that counts."""
        return as_of - timedelta(days=self.to_days)

    @property
    def months(self) -> int | None:
        """Whole months of the window; None when it is not counted in months or years."""
        if self.last is None or self.unit not in ("months", "years"):
            return None
        return self.last * (12 if self.unit == "years" else 1)

    @property
    def days(self) -> int | None:
        """Days of a window that ends with the date; None when it does not, or goes by the calendar."""
        if self.last is None:
            return self.from_days + 1 if self.from_days is not None and self.to_days == 0 else None
        return {"days": self.last, "weeks": 7 * self.last}.get(self.unit)


def months_before(day: date, months: int) -> date:
    """Return the same day of the month, `months` earlier; the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


class Measure(Frozen):
    """A metric over the rows of a table.

    `column` is what is measured; `where` a condition on the rows in the rule language; `quantile` the share below the
    quantile; `trend` how a trend is told: ``slope`` is the change per month of a least-squares line through the
    window's months, ``halves`` is (later − earlier) ÷ (|later| + |earlier|) of its two halves.
    """

    table: str
    metric: Metric
    column: str | None = None
    where: str = ""
    window: Window | None = None
    quantile: float | None = Field(default=None, gt=0, lt=1)
    trend: Trend | None = None

    @model_validator(mode="before")
    @classmethod
    def _days(cls, given: Any) -> Any:
        """Read `window_days` as the window of the last so many days, and what is None as not given."""
        if not isinstance(given, dict):
            return given
        rest = {k: v for k, v in given.items() if v is not None and k != "window_days"}
        if given.get("window_days") is None:
            return rest
        if "window" in rest:
            raise ValueError("give either window or window_days")
        return {**rest, "window": {"last": given["window_days"]}}


class Bands(Frozen):
    """Cut points over a trait: below the first, from the first to below the second, …, from the last on."""

    trait: str
    cuts: tuple[float, ...] = Field(min_length=1, max_length=20)
    labels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _rising(self) -> Bands:
        if list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError("cut points rise")
        if self.labels and len(self.labels) != len(self.cuts) + 1:
            raise ValueError("there is one label more than cut points")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("two labels are the same")
        return self


class Variable(Frozen):
    """An own variable: one of a measure, a ratio of two measures, an expression over traits, or bands of a trait.

    `missing` says what stands for a profile without a value: ``natural`` is 0 for what counts or sums and unknown for
    the rest, ``unknown`` leaves it open, ``zero`` and ``value`` put a number in its place, ``leave_out`` leaves it
    open and leaves the profile out of whatever uses the variable. Nothing is put in for a profile that was not yet
    known at the end of the window. `unit` and `definition` stand in the place of the generated texts.
    """

    id: str
    label: Label
    family: Family = Family.BEHAVIOURAL
    measure: Measure | None = None
    over: Measure | None = None
    expression: str | None = None
    bands: Bands | None = None
    missing: Missing = "natural"
    missing_value: float | None = None
    unit: Label | None = None
    definition: Label | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Variable:
        given = [w for w in (self.measure, self.expression, self.bands) if w is not None]
        if len(given) != 1:
            raise ValueError("give one of measure, expression and bands")
        if self.over is not None and self.measure is None:
            raise ValueError("over goes with measure")
        if (self.missing == "value") != (self.missing_value is not None):
            raise ValueError("missing_value goes with missing: value")
        return self

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, given: Any) -> Any:
        """Read the flat form of a plain metric: table, metric, column, where, window or window_days beside the id."""
        if not isinstance(given, dict) or "table" not in given:
            return given
        flat = {k: given[k] for k in (*Measure.model_fields, "window_days") if k in given}
        rest = {k: v for k, v in given.items() if k not in flat}
        return {**rest, "measure": flat}

    def body(self) -> dict[str, Any]:
        """Return the document of the variable: a plain metric in its flat form, without what is not given."""
        made = self.model_dump(mode="json", exclude_defaults=True)
        measure = made.pop("measure", None)
        if measure is None:
            return made
        if self.over is not None:
            return {**made, "measure": measure}
        return {**made, **measure}

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures it is made of."""
        return tuple(m for m in (self.measure, self.over) if m is not None)


def variable_body(**given: Any) -> dict[str, Any]:
    """Return the document of a variable from the arguments of ``Workspace.traits.define``, without what is not given.

    A measure with one to divide by stands nested, a plain one beside the id.
    """
    body = {k: _as_plain(v) for k, v in given.items() if v is not None and v != ""}
    if body.get("over") is None:
        return body
    measure = {k: body.pop(k) for k in (*Measure.model_fields, "window_days") if k in body}
    return {**body, "measure": measure}


def _as_plain(value: Any) -> Any:
    if isinstance(value, Label):
        return {"zh": value.zh, "en": value.en}
    return dict(value) if isinstance(value, Mapping) else value
