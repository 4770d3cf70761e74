"""Targets: criteria, judgements, ranking, decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qunxiang.services import targets as choosing
from qunxiang.services.targets import RankingView, TargetSelection
from qunxiang.targeting import CriteriaSet, Judgement
from qunxiang.workspace.group import Group


class TargetGroup(Group):
    """Target selection (目标选择)."""

    def criteria(self, name: str) -> CriteriaSet:
        """Return the criteria and knock-outs of a segmentation."""
        return choosing.criteria(self._house, self._actor, name)

    def set_criteria(self, name: str, criteria: CriteriaSet, *, why: str = "") -> CriteriaSet:
        """Set criteria, weights and knock-outs."""
        return choosing.set_criteria(self._house, self._actor, name, criteria=criteria, why=why)

    def rank(self, name: str, *, weights: Mapping[str, float] | None = None, seed: int = 0) -> RankingView:
        """Rank segments by attractiveness; `weights` replace the stored ones for this look."""
        return choosing.ranking(self._house, self._actor, name, weights=weights, seed=seed)

    def judge(self, name: str, *, segment: str, value: float, why: str, criterion: str = "strength") -> Judgement:
        """Enter what the actor thinks of a segment, 0 to 10, with the reason."""
        return choosing.judge(
            self._house, self._actor, name, segment=segment, criterion=criterion, value=value, why=why
        )

    def choose(self, name: str, segments: Sequence[str], *, why: str) -> TargetSelection:
        """Record which segments are targets and why."""
        return choosing.choose(self._house, self._actor, name, segments=segments, why=why)

    def chosen(self, name: str) -> TargetSelection | None:
        """Return the decision in force."""
        return choosing.chosen(self._house, self._actor, name)
