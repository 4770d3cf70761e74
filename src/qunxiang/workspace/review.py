"""Pairs of records that may be one customer, and what people decide about them."""

from __future__ import annotations

from qunxiang.identity.decisions import Verdict
from qunxiang.services import review as reviewing
from qunxiang.services.review import DecisionReport, ReviewQueue
from qunxiang.workspace.group import Group


class ReviewGroup(Group):
    """The review queue of who is who."""

    def list(self, *, limit: int = 50, offset: int = 0) -> ReviewQueue:
        """Return pairs to look at, side by side; see :func:`qunxiang.services.review.reviews`."""
        return reviewing.reviews(self._house, self._actor, limit=limit, offset=offset)

    def decide(self, left: str, right: str, decision: Verdict, *, why: str = "") -> DecisionReport:
        """Say ``same``, ``different`` or ``later`` of two records; it counts from the next resolve on."""
        return reviewing.decide(self._house, self._actor, left, right=right, decision=decision, why=why)
