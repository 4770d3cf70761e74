"""Targets: criteria, judgements, ranking, decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from qunxiang.services import target_budget as budgeting
from qunxiang.services import target_weights as weighing
from qunxiang.services import targets as choosing
from qunxiang.services.target_budget import BudgetView
from qunxiang.services.target_weights import Weighing
from qunxiang.services.targets import RankingView, TargetSelection
from qunxiang.targeting import Comparison, CriteriaSet, Judgement, Limits, NoCurve, Observation, ResponseCurve
from qunxiang.targeting.criteria import Side
from qunxiang.workspace.group import Group


class TargetGroup(Group):
    """Target selection (目标选择)."""

    def criteria(self, name: str) -> CriteriaSet:
        """Return the criteria and knock-outs of a segmentation."""
        return choosing.criteria(self._house, self._actor, name)

    def set_criteria(
        self, name: str, criteria: CriteriaSet, *, why: str = "", seen_version: int | None = None
    ) -> CriteriaSet:
        """Set criteria, weights and knock-outs; `seen_version` refuses to replace others than those seen."""
        return choosing.set_criteria(
            self._house, self._actor, name, criteria=criteria, why=why, seen_version=seen_version
        )

    def library(self) -> CriteriaSet:
        """Return the criteria and knock-outs to choose from."""
        return weighing.library(self._house, self._actor)

    def compare(self, name: str, comparisons: Sequence[Comparison], *, side: Side = "attractiveness") -> Weighing:
        """Return the weights that pairwise comparisons come to, with their consistency; nothing is stored."""
        return weighing.compare(self._house, self._actor, name, comparisons=comparisons, side=side)

    def weigh(
        self,
        name: str,
        *,
        points: Mapping[str, float] | None = None,
        comparisons: Sequence[Comparison] = (),
        side: Side = "attractiveness",
        why: str = "",
        seen_version: int | None = None,
    ) -> Weighing:
        """Set the weights of one side from points of 100 or from pairwise comparisons."""
        return weighing.weigh(
            self._house,
            self._actor,
            name,
            points=points,
            comparisons=comparisons,
            side=side,
            why=why,
            seen_version=seen_version,
        )

    def rank(self, name: str, *, weights: Mapping[str, float] | None = None, seed: int = 0) -> RankingView:
        """Rank segments by attractiveness; `weights` replace the stored ones for this look."""
        return choosing.ranking(self._house, self._actor, name, weights=weights, seed=seed)

    def judge(self, name: str, *, segment: str, value: float, why: str, criterion: str = "strength") -> Judgement:
        """Enter what the actor thinks of a segment, 0 to 10, with the reason."""
        return choosing.judge(
            self._house, self._actor, name, segment=segment, criterion=criterion, value=value, why=why
        )

    def choose(
        self,
        name: str,
        segments: Sequence[str],
        *,
        why: str,
        alternatives: Mapping[str, str] | None = None,
        review_on: date | None = None,
        seen_version: int | None = None,
    ) -> TargetSelection:
        """Record which segments are targets and why, why not others, and when to look again.

        `seen_version` refuses to replace another decision than the one seen.
        """
        return choosing.choose(
            self._house,
            self._actor,
            name,
            segments=segments,
            why=why,
            alternatives=alternatives,
            review_on=review_on,
            seen_version=seen_version,
        )

    def chosen(self, name: str) -> TargetSelection | None:
        """Return the decision in force."""
        return choosing.chosen(self._house, self._actor, name)

    def curve(
        self,
        name: str,
        *,
        segment: str,
        ceiling: Decimal,
        scale: Decimal,
        why: str,
        shape: Literal["saturating", "s_curve"] = "saturating",
        steepness: float = 2.0,
        ceiling_low: Decimal | None = None,
        ceiling_high: Decimal | None = None,
    ) -> ResponseCurve:
        """Enter a segment's response curve: margin over spend, workspace currency per period."""
        return budgeting.set_curve(
            self._house,
            self._actor,
            name,
            segment=segment,
            ceiling=ceiling,
            scale=scale,
            why=why,
            shape=shape,
            steepness=steepness,
            ceiling_low=ceiling_low,
            ceiling_high=ceiling_high,
        )

    def fit_curve(
        self,
        name: str,
        *,
        segment: str,
        observations: Sequence[Observation] | None = None,
        margin_rate: Decimal | None = None,
    ) -> ResponseCurve | NoCurve:
        """Fit a curve to past spend and margin, or from the tables of campaigns; NoCurve says why there is none."""
        return budgeting.fit(
            self._house, self._actor, name, segment=segment, observations=observations, margin_rate=margin_rate
        )

    def drop_curve(self, name: str, *, segment: str) -> None:
        """Take a segment's response curve away."""
        budgeting.drop_curve(self._house, self._actor, name, segment=segment)

    def budget(
        self,
        name: str,
        *,
        total: Decimal | None = None,
        limits: Mapping[str, Limits] | None = None,
        spend_all: bool = False,
        seed: int = 0,
    ) -> BudgetView:
        """Split a budget so that margin less spend is largest; without `total` only the curves."""
        return budgeting.budget(
            self._house, self._actor, name, total=total, limits=limits, spend_all=spend_all, seed=seed
        )
