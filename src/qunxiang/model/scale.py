"""Scales fitted to survey items, with everything needed to score new people."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen


class ScaleItem(Frozen):
    """A survey question that belongs to a scale."""

    question: str
    text: str


class ScaleFactor(Frozen):
    """One factor: its items, those of them that run the other way, and its name.

    The name is suggested from the texts of the highest items until a person confirmed or changed it: `named_by` then
    says who.
    """

    id: str
    label: Label
    items: tuple[str, ...]
    reversed: tuple[str, ...] = ()
    named_by: str = ""


class ScoringModel(Frozen):
    """Frozen numbers that turn answers into scores; shapes as in :class:`qunxiang.statistics.factors.Scoring`."""

    method: Literal["regression", "bartlett", "mean"]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    loadings: tuple[tuple[float, ...], ...]
    factor_correlations: tuple[tuple[float, ...], ...]
    uniquenesses: tuple[float, ...]
    members: tuple[tuple[float, ...], ...]
    least_known: float


class Scale(Frozen):
    """A scale of one survey. `evidence` is everything that was measured when it was fitted."""

    id: str
    label: Label
    survey: str
    items: tuple[ScaleItem, ...]
    factors: tuple[ScaleFactor, ...]
    kind: Literal["pearson", "polychoric"]
    method: Literal["minres", "ml", "principal_axis"]
    rotation: Literal["none", "varimax", "quartimax", "oblimin", "promax"]
    weighted: bool
    model: ScoringModel
    evidence: dict[str, Any] = Field(default_factory=dict)

    def factor(self, id: str) -> ScaleFactor | None:
        """Return the factor with that id, or None."""
        return next((f for f in self.factors if f.id == id), None)
