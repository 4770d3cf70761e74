"""Traits: look, define, take frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition
from qunxiang.model.variable import PREVIEW_SAMPLE, variable_body
from qunxiang.services import trait_drift as drifting
from qunxiang.services import trait_own as own
from qunxiang.services import trait_read as looking
from qunxiang.services.house import Progress, silent
from qunxiang.services.trait_drift import DriftReport
from qunxiang.services.trait_own import VariablePreview
from qunxiang.services.trait_read import TraitDetail, TraitState
from qunxiang.workspace.dates import day_of
from qunxiang.workspace.group import Group


class TraitGroup(Group):
    """Segmentation variables (细分变量)."""

    def list(self) -> list[TraitState]:
        """Return every trait with its coverage and quartiles."""
        return looking.traits(self._house, self._actor)

    def show(self, name: str) -> TraitDetail:
        """Return one trait with its distribution."""
        return looking.trait(self._house, self._actor, name)

    def frame(self, names: Sequence[str] | None = None) -> pa.Table:
        """Return traits of all profiles as an Arrow table, one row per profile; ``.to_pandas()`` for pandas."""
        return looking.frame(self._house, self._actor, names)

    def drift(
        self,
        segmentation: str | None = None,
        start: str | date | None = None,
        end: str | date | None = None,
        *,
        progress: Progress = silent,
    ) -> DriftReport:
        """Return how traits shifted between two dates; see :func:`qunxiang.services.trait_drift.drift`."""
        return drifting.drift(
            self._house, self._actor, segmentation, start=day_of(start), end=day_of(end), progress=progress
        )

    def define(
        self,
        name: str,
        *,
        table: str | None = None,
        metric: str | None = None,
        column: str | None = None,
        where: str = "",
        window_days: int | None = None,
        window: Mapping[str, Any] | None = None,
        quantile: float | None = None,
        trend: str | None = None,
        over: Mapping[str, Any] | None = None,
        expression: str | None = None,
        bands: Mapping[str, Any] | None = None,
        missing: str = "natural",
        missing_value: float | None = None,
        label: Label | None = None,
        unit: Label | None = None,
        definition: Label | None = None,
        family: Family = Family.BEHAVIOURAL,
        why: str = "",
    ) -> TraitDefinition:
        """Define an own variable; it is computed from the next refresh on. A name in use gets its next version.

        Parameters
        ----------
        table, metric, column, where, quantile, trend
            What is measured: a metric over the rows of a table that meet a condition, such as ``mean`` of a column.
        window_days, window
            Days that count: the last so many, or ``{"last": 3, "unit": "months"}``, or
            ``{"from_days": 730, "to_days": 366}``; all without either.
        over
            Measure to divide by, as ``{"table": …, "metric": …}`` with a condition and window of its own.
        expression, bands
            Instead of a measure: an expression over traits in the rule language, or cut points of a trait as
            ``{"trait": "monetary", "cuts": [100, 1000], "labels": […]}``.
        missing, missing_value
            What stands for a missing value: ``natural``, ``unknown``, ``zero``, ``value`` or ``leave_out``.
        label, unit, definition
            Texts in the place of the generated ones.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "name", "why")}
        return own.define(self._house, self._actor, name, body=variable_body(**given), why=why)

    def preview(
        self, name: str, body: Mapping[str, Any], *, as_of: date | str | None = None, sample: int = PREVIEW_SAMPLE
    ) -> VariablePreview:
        """Compute a variable for a sample of profiles without storing it.

        `body` is a document as :meth:`define` makes it from its arguments: ``{"table": "orders", "metric": "count"}``.
        """
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        return own.preview(self._house, self._actor, name, body=dict(body), as_of=day, sample=sample)

    def archive(self, name: str, *, why: str = "") -> None:
        """Take an own variable out of use; refused while something uses it."""
        own.archive(self._house, self._actor, name, why=why)
