"""Segments (细分) and the schemes they belong to."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen

SegmentationMethod = Literal["rule", "classification", "kmeans"]


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
    """A fitted k-means model with frozen preparation, so that new profiles are assigned without refitting.

    For each trait j a raw value v becomes ``(min(max(f(v), low_j), high_j) - mean_j) / scale_j`` with f = log1p where
    `log1p[j]`. `centres` has shape (n_segments, n_traits) in prepared units; row i belongs to `segments[i]`.
    """

    traits: tuple[str, ...]
    log1p: tuple[bool, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]
    seed: int
    n_restarts: int


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
    model: CentreModel | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    evidence: dict[str, Any] = Field(default_factory=dict)

    def segment(self, segment_id: str) -> Segment | None:
        """Return the segment with that id, or None."""
        return next((s for s in self.segments if s.id == segment_id), None)
