"""Segments: define, classify, fit, look, explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import pyarrow as pa

from qunxiang.i18n import Label
from qunxiang.model import Segmentation
from qunxiang.segmentation.classify import Check
from qunxiang.segmentation.why import Why
from qunxiang.services import segment_define as defining
from qunxiang.services import segment_describe as describing
from qunxiang.services import segment_fit as fitting
from qunxiang.services import segment_read as looking
from qunxiang.services.house import Progress, silent
from qunxiang.services.segment_define import SegmentReport
from qunxiang.services.segment_describe import SegmentationDescription
from qunxiang.services.segment_read import Change, RuleSize, SegmentationSummary
from qunxiang.workspace.dates import day_of
from qunxiang.workspace.group import Group


class SegmentGroup(Group):
    """Segments (细分) and the schemes they belong to."""

    def define(
        self, name: str, rule: str, *, label: Label | None = None, note: Label | None = None, why: str = ""
    ) -> SegmentReport:
        """Define a segment by a rule; see :func:`qunxiang.services.segment_define.define`."""
        return defining.define(self._house, self._actor, name, rule=rule, label=label, note=note, why=why)

    def classify(self, scheme: str, *, thresholds: Mapping[str, float] | None = None, why: str = "") -> SegmentReport:
        """Apply a ready-made scheme: ``rfm``, ``value_tier``, ``loyalty`` or ``price_sensitivity``."""
        return defining.classify(self._house, self._actor, scheme, thresholds=thresholds, why=why)

    def fit(
        self,
        name: str,
        *,
        traits: Sequence[str] | None = None,
        method: Literal["kmeans"] = "kmeans",
        n_segments: int | Literal["auto"] = "auto",
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
            n_segments=n_segments,
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

    def size(self, rule: str) -> RuleSize:
        """Count whom a rule takes, without defining anything."""
        return looking.size(self._house, self._actor, rule)

    def describe(self, name: str) -> SegmentationDescription:
        """Describe every segment: size, revenue, order values, growth, what marks it."""
        return describing.describe(self._house, self._actor, name)

    def members(self, name: str, *, segment: str | None = None, as_of: str | date | None = None) -> pa.Table:
        """Return members: one row per profile."""
        return looking.members(self._house, self._actor, name, segment=segment, as_of=day_of(as_of))

    def why(self, name: str, profile_id: str, *, as_of: str | date | None = None) -> Why:
        """Say why a profile is where it is."""
        return looking.why(self._house, self._actor, name, profile_id=profile_id, as_of=day_of(as_of))

    def stability(self, name: str) -> Segmentation:
        """Return how firmly fitted segments hold: the segmentation with its `evidence`."""
        return looking.stability_of(self._house, self._actor, name)

    def changes(self, name: str, *, runs: int = 12) -> Sequence[Change]:
        """Return who went where in the last runs."""
        return looking.segment_changes(self._house, self._actor, name, runs=runs)

    def check(self, name: str) -> tuple[Check, ...]:
        """Check that a segmentation is exhaustive, exclusive, large enough and operable."""
        return looking.check(self._house, self._actor, name)
