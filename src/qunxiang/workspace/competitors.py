"""Competitors: register, facts, strength by segment, win and loss."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qunxiang.i18n import Label
from qunxiang.positioning.competitors import Fact, StrengthJudgement
from qunxiang.positioning.win_loss import WinLoss
from qunxiang.services import competitor_strength as strengths
from qunxiang.services import competitor_wins as deals
from qunxiang.services import competitors as services
from qunxiang.services.competitor_strength import StrengthView
from qunxiang.services.competitors import CompetitorState, Register
from qunxiang.workspace.dates import day_of
from qunxiang.workspace.group import Group


class CompetitorGroup(Group):
    """Competitors (竞争对手)."""

    def add(
        self,
        name: str,
        *,
        label: Label | None = None,
        positioning: Label | None = None,
        note: str | None = None,
        aliases: Sequence[str] | None = None,
        why: str = "",
        seen_version: int | None = None,
    ) -> CompetitorState:
        """Register a competitor, or change what stands there; ``own`` is the own company."""
        return services.add(
            self._house,
            self._actor,
            name,
            label=label,
            positioning=positioning,
            note=note,
            aliases=aliases,
            why=why,
            seen_version=seen_version,
        )

    def remove(self, name: str, *, why: str = "") -> None:
        """Take a competitor out of the register."""
        services.remove(self._house, self._actor, name, why=why)

    def list(self) -> Register:
        """Return every competitor and the matrix of facts by topic."""
        return services.register(self._house, self._actor)

    def show(self, name: str) -> CompetitorState:
        """Return a competitor with its facts."""
        return services.show(self._house, self._actor, name)

    def fact(
        self,
        name: str,
        *,
        topic: str,
        text: str,
        source: str,
        stated_on: str | date | None = None,
        expires_on: str | date | None = None,
        url: str = "",
        segment: str = "",
    ) -> Fact:
        """Enter a fact about a competitor, with its source."""
        return services.fact(
            self._house,
            self._actor,
            name,
            topic=topic,
            text=text,
            source=source,
            stated_on=day_of(stated_on),
            expires_on=day_of(expires_on),
            url=url,
            segment=segment,
        )

    def drop_fact(self, name: str, fact: str, *, why: str = "") -> None:
        """Take back a fact that was entered."""
        services.drop_fact(self._house, self._actor, name, fact=fact, why=why)

    def judge(self, name: str, *, segmentation: str, segment: str, value: float, why: str) -> StrengthJudgement:
        """Enter how strong the actor judges a competitor in a segment, 0 to 10."""
        return strengths.judge(
            self._house, self._actor, name, segmentation=segmentation, segment=segment, value=value, why=why
        )

    def strength(self, segmentation: str) -> StrengthView:
        """Show strength by segment: judged, and beside it win rates."""
        return strengths.strength(self._house, self._actor, segmentation)

    def wins(
        self,
        *,
        by: str = "competitor",
        segmentation: str | None = None,
        first: str | date | None = None,
        last: str | date | None = None,
    ) -> WinLoss:
        """Compare win rates by competitor, segment, industry, owner, product or source of the deal."""
        return deals.wins(
            self._house,
            self._actor,
            by=by,
            segmentation=segmentation,
            first=day_of(first),
            last=day_of(last),
        )
