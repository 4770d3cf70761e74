"""What a check finds: records that hold counts, never a customer's data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from qunxiang.model import Frozen

Dimension = Literal["freshness", "completeness", "validity", "duplicates", "orphans", "outliers", "drift"]
DIMENSIONS: tuple[Dimension, ...] = (
    "freshness",
    "completeness",
    "validity",
    "duplicates",
    "orphans",
    "outliers",
    "drift",
)

Status = Literal["good", "note", "failed"]


class Finding(Frozen):
    """One thing that is found: `rows` of `of` rows (their share is the value), or a value such as days.

    `measure` names what is measured: ``quality.measure.<measure>`` is its sentence, ``quality.do.<measure>`` what to do
    about it. `params` holds what the sentence says besides: rule, bounds, names. `value` is compared with gates.
    """

    table: str
    dimension: Dimension
    measure: str
    column: str | None = None
    rows: int | None = None
    of: int | None = None
    value: float
    params: dict[str, Any] = Field(default_factory=dict)
    status: Status = "note"

    @property
    def key(self) -> str:
        """Name of the finding within its table."""
        return f"{self.measure}:{self.column or ''}"


class ColumnState(Frozen):
    """One column: how many rows know it, how it lies, and the sum of rows that a condition finds in it."""

    name: str
    type: str
    known: int
    of: int
    low: str | None = None
    high: str | None = None
    median: float | None = None


class SourceState(Frozen):
    """One source of a table: its last load, and how many rows all its loads read and rejected."""

    source: str
    loads: int
    last: datetime
    read: int
    rejected: int
    last_read: int
    last_rejected: int


class TableCheck(Frozen):
    """One table: size, freshness, sources, columns, findings, and what could not be checked and why."""

    table: str
    rows: int
    version: int
    newest: date | None
    last_load: datetime | None
    sources: tuple[SourceState, ...]
    columns: tuple[ColumnState, ...]
    findings: tuple[Finding, ...]
    unchecked: dict[str, str] = Field(default_factory=dict)

    def status(self, dimension: Dimension) -> Status | None:
        """Return the worst status of a dimension; None when it could not be checked."""
        found = [f.status for f in self.findings if f.dimension == dimension]
        if not found:
            return None if dimension in self.unchecked else "good"
        return "failed" if "failed" in found else "note" if "note" in found else "good"

    def worst(self, dimension: Dimension) -> Finding | None:
        """Return the finding of a dimension that matters most: a failed one, then the largest value."""
        found = [f for f in self.findings if f.dimension == dimension]
        order = {"failed": 2, "note": 1, "good": 0}
        return max(found, key=lambda f: (order[f.status], f.value), default=None)
