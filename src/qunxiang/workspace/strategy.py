"""The strategy of a segmentation: the chain from market to message, and positioning statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from qunxiang.model.strategy import PositioningStatement
from qunxiang.services import strategy as services
from qunxiang.services import strategy_position as positioning
from qunxiang.services.strategy import StrategyEntry, StrategyView
from qunxiang.services.strategy_position import PositionView
from qunxiang.workspace.group import Group


class StrategyGroup(Group):
    """Strategy (定位策略): market, segments, targets, position and message as one chain."""

    def list(self) -> list[StrategyEntry]:
        """Return every segmentation with the state of its chain."""
        return services.strategies(self._house, self._actor)

    def show(self, name: str) -> StrategyView:
        """Return the chain of a segmentation: every link with status, owner, what is missing, and history."""
        return services.show(self._house, self._actor, name)

    def set(
        self,
        name: str,
        *,
        market: str | None = None,
        owners: Mapping[str, str] | None = None,
        review_on: date | None = None,
        no_review: bool = False,
        why: str = "",
        seen_version: int | None = None,
    ) -> StrategyView:
        """Name the market, the owners of links and the day to look again; what is None stays."""
        return services.set_plan(
            self._house,
            self._actor,
            name,
            market=market,
            owners=owners,
            review_on=review_on,
            no_review=no_review,
            why=why,
            seen_version=seen_version,
        )

    def position(self, name: str, segment: str) -> PositionView:
        """Return the positioning statement of a segment, with what it lacks."""
        return positioning.position(self._house, self._actor, name, segment=segment)

    def set_position(
        self,
        name: str,
        segment: str,
        statement: PositioningStatement,
        *,
        rebind: bool = False,
        why: str = "",
        seen_version: int | None = None,
    ) -> PositionView:
        """Store the positioning statement of a segment, as a draft or decided."""
        return positioning.set_position(
            self._house,
            self._actor,
            name,
            segment=segment,
            statement=statement,
            rebind=rebind,
            why=why,
            seen_version=seen_version,
        )
