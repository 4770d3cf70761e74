"""Segments: define, classify, fit, look, explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import pyarrow as pa

from qunxiang.i18n import Label
from qunxiang.model import Segmentation
from qunxiang.model.segmentation import DEFAULT_STEPS
from qunxiang.segmentation.classify import Check
from qunxiang.segmentation.why import Why
from qunxiang.services import segment_compare as refitting
from qunxiang.services import segment_contrast as contrasting
from qunxiang.services import segment_cross as crossing
from qunxiang.services import segment_define as defining
from qunxiang.services import segment_describe as describing
from qunxiang.services import segment_fit as fitting
from qunxiang.services import segment_history as timing
from qunxiang.services import segment_migration as moving
from qunxiang.services import segment_overlap as overlapping
from qunxiang.services import segment_read as looking
from qunxiang.services import segment_scheme as scheming
from qunxiang.services import segment_size as sizing
from qunxiang.services import segment_why as explaining
from qunxiang.services.house import Progress, silent
from qunxiang.services.segment_compare import FitComparison
from qunxiang.services.segment_contrast import SegmentContrast
from qunxiang.services.segment_describe import SegmentationDescription
from qunxiang.services.segment_history import Dated, Stay
from qunxiang.services.segment_migration import Migration
from qunxiang.services.segment_overlap import SegmentOverlap
from qunxiang.services.segment_publish import SegmentReport
from qunxiang.services.segment_read import Change, SegmentationSummary
from qunxiang.services.segment_scheme import SchemeView
from qunxiang.services.segment_size import RuleSize
from qunxiang.workspace.dates import day_of
from qunxiang.workspace.group import Group


class SegmentGroup(Group):
    """Segments (细分) and the schemes they belong to."""

    def define(
        self, name: str, rule: str, *, label: Label | None = None, note: Label | None = None, why: str = ""
    ) -> SegmentReport:
        """Define a segment by a rule; see :func:`qunxiang.services.segment_define.define`."""
        return defining.define(self._house, self._actor, name, rule=rule, label=label, note=note, why=why)

    def scheme(
        self, name: str, *, thresholds: Mapping[str, float] | None = None, breaks: Sequence[str] = ()
    ) -> SchemeView:
        """Show what a ready-made scheme would make: thresholds and how they are found, rules, sizes; nothing changes.

        See :func:`qunxiang.services.segment_scheme.scheme`.
        """
        return scheming.scheme(self._house, self._actor, name, thresholds=thresholds, breaks=breaks)

    def classify(
        self, scheme: str, *, thresholds: Mapping[str, float] | None = None, breaks: Sequence[str] = (), why: str = ""
    ) -> SegmentReport:
        """Apply a ready-made scheme: ``rfm``, ``value_tier``, ``loyalty``, ``price_sensitivity`` or ``need``.

        `breaks` names thresholds that lie at the natural break of the customers' values, in the place of a quantile.
        """
        return defining.classify(self._house, self._actor, scheme, thresholds=thresholds, breaks=breaks, why=why)

    def fit(
        self,
        name: str,
        *,
        traits: Sequence[str] | None = None,
        method: str = "kmeans",
        n_segments: int | Literal["auto"] = "auto",
        weight: str | None = None,
        steps: Sequence[str] = DEFAULT_STEPS,
        seed: int = 0,
        n_pairs: int = 50,
        n_restarts: int = 10,
        label: Label | None = None,
        why: str = "",
        progress: Progress = silent,
    ) -> SegmentReport:
        """Fit segments to traits; see :func:`qunxiang.services.segment_fit.fit`."""
        return fitting.fit(
            self._house,
            self._actor,
            name,
            traits=traits,
            method=method,
            n_segments=n_segments,
            weight=weight,
            steps=steps,
            seed=seed,
            n_pairs=n_pairs,
            n_restarts=n_restarts,
            label=label,
            why=why,
            progress=progress,
        )

    def mark(self, name: str, *, segment: str, profile_id: str, why: str, member: bool = True) -> SegmentReport:
        """Put a profile into a segment that people decide, such as strategic accounts."""
        return defining.mark(
            self._house, self._actor, name, segment=segment, profile_id=profile_id, why=why, member=member
        )

    def rename(self, name: str, *, segment: str, label: Label, why: str = "") -> Segmentation:
        """Confirm or change the name of a segment."""
        return defining.rename(self._house, self._actor, name, segment=segment, label=label, why=why)

    def archive(self, name: str, *, why: str = "") -> None:
        """Take a segmentation out of use."""
        defining.archive(self._house, self._actor, name, why=why)

    def list(self) -> list[SegmentationSummary]:
        """Return every segmentation with the sizes of its segments."""
        return looking.segmentations(self._house, self._actor)

    def size(self, rule: str, *, sample: int | None = None) -> RuleSize:
        """Count whom a rule takes, condition by condition, without defining anything; in a sample when one is given."""
        return sizing.size(self._house, self._actor, rule, sample=sample)

    def describe(self, name: str) -> SegmentationDescription:
        """Describe every segment: size, revenue, order values, growth, what marks it."""
        return describing.describe(self._house, self._actor, name)

    def members(self, name: str, *, segment: str | None = None, as_of: str | date | None = None) -> pa.Table:
        """Return members: one row per profile."""
        return looking.members(self._house, self._actor, name, segment=segment, as_of=day_of(as_of))

    def why(self, name: str, profile_id: str, *, as_of: str | date | None = None) -> Why:
        """Say why a profile is where it is."""
        return explaining.why(self._house, self._actor, name, profile_id=profile_id, as_of=day_of(as_of))

    def stability(self, name: str) -> Segmentation:
        """Return how firmly fitted segments hold: the segmentation with its `evidence`."""
        return looking.stability_of(self._house, self._actor, name)

    def dates(self, name: str) -> Sequence[Dated]:
        """Return the dates with memberships; see :func:`qunxiang.services.segment_history.dates`."""
        return timing.dates(self._house, self._actor, name)

    def compare(self, name: str, before: int | None = None, after: int | None = None) -> FitComparison:
        """Compare a fit with the one before; see :func:`qunxiang.services.segment_compare.compare`."""
        return refitting.compare(self._house, self._actor, name, before=before, after=after)

    def migration(self, name: str, start: str | date | None = None, end: str | date | None = None) -> Migration:
        """Count who went where between two dates; see :func:`qunxiang.services.segment_migration.migration`."""
        return moving.migration(self._house, self._actor, name, start=day_of(start), end=day_of(end))

    def movers(
        self,
        name: str,
        start: str | date | None = None,
        end: str | date | None = None,
        *,
        from_segment: str | None = None,
        to_segment: str | None = None,
    ) -> pa.Table:
        """Return who moved between two dates; see :func:`qunxiang.services.segment_migration.moved`."""
        return moving.moved(
            self._house,
            self._actor,
            name,
            start=day_of(start),
            end=day_of(end),
            from_segment=from_segment,
            to_segment=to_segment,
        )

    def history(self, profile_id: str, *, name: str | None = None) -> Sequence[Stay]:
        """Return where a profile was over time; see :func:`qunxiang.services.segment_history.history`."""
        return timing.history(self._house, self._actor, profile_id, name=name)

    def changes(self, name: str, *, runs: int = 12) -> Sequence[Change]:
        """Return who went where in the last runs."""
        return looking.segment_changes(self._house, self._actor, name, runs=runs)

    def cross(self, name: str, rows: str, columns: str, *, label: Label | None = None, why: str = "") -> SegmentReport:
        """Cross two segmentations in a grid, such as value × need; each cell becomes a segment."""
        return crossing.cross(self._house, self._actor, name, rows=rows, columns=columns, label=label, why=why)

    def contrast(self, name: str) -> SegmentContrast:
        """Compare all segments: tests over every trait, descriptors with residuals, how far apart they lie."""
        return contrasting.contrast(self._house, self._actor, name)

    def overlap(self, *segments: str) -> SegmentOverlap:
        """Count the members that segments share, pair by pair; of all segments when none is named."""
        return overlapping.segment_overlap(self._house, self._actor, segments)

    def check(self, name: str) -> tuple[Check, ...]:
        """Check that a segmentation is exhaustive, exclusive, large, operable, led by needs and value, dynamic."""
        return looking.check(self._house, self._actor, name)
