"""The strategy of a segmentation: a chain of decisions from the market to the message."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen
from qunxiang.model.ground import Name
from qunxiang.model.ladder import place_id
from qunxiang.model.message_house import Proof

LinkName = Literal["market", "segments", "targets", "position", "message"]
LINKS: tuple[LinkName, ...] = get_args(LinkName)
"""Links of the chain from the market to the message; each rests on those before it."""

Owner = Annotated[str, Field(min_length=1, max_length=200)]


class StrategyPlan(Frozen):
    """What people say of a chain as a whole: which market it divides, who owns each link, when to look at it again."""

    segmentation: str
    market: str | None = None
    owners: dict[LinkName, Owner] = Field(default={})
    review_on: date | None = None


class PositioningStatement(Frozen):
    """A positioning statement (定位陈述) of a segment.

    For `audience`, who need `need`, `brand` is `category` (the frame of reference) with `difference` (the point of
    difference), unlike the competitors in `against`; `reasons` say why to believe it, each bound to its evidence.
    `against` holds ids of the register of competitors, or names that nobody registered. A statement is a draft until
    somebody decides it.

    References
    ----------
    Moore, G. A. (1991). Crossing the Chasm. Keller, K. L., Sternthal, B. & Tybout, A. (2002). Three questions you need
    to ask about your brand. Harvard Business Review 80(9).
    """

    segmentation: str
    segment: str
    brand: Label = Label("", "")
    audience: Label = Label("", "")
    need: Label = Label("", "")
    category: Label = Label("", "")
    difference: Label = Label("", "")
    reasons: tuple[Proof, ...] = Field(default=(), max_length=12)
    against: tuple[Name, ...] = Field(default=(), max_length=12)
    owner: str = Field(default="", max_length=200)
    review_on: date | None = None
    decided: bool = False

    @property
    def id(self) -> str:
        """Id of its document."""
        return place_id(self.segmentation, self.segment)
