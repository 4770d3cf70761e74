"""Message houses: what is promised, why people should believe it, in which tone, through which channels."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen
from qunxiang.model.ground import Ground, Name
from qunxiang.model.ladder import ItemId, check_place, place_id

Word = Annotated[str, Field(min_length=1, max_length=60)]


class Proof(Frozen):
    """What proves a reason: a statement bound to its evidence."""

    text: Label
    ground: Ground


class Reason(Frozen):
    """A reason to believe the promise. `rung` is the item of the benefit ladder that it speaks for, where it is one."""

    text: Label
    proofs: tuple[Proof, ...] = Field(default=(), max_length=20)
    rung: ItemId | None = None


class ChannelShare(Frozen):
    """The part of a channel in the mix, in per cent; `note` says what it is used for."""

    channel: Name
    share: float = Field(ge=0, le=100)
    note: str = Field(default="", max_length=500)


class MessageHouse(Frozen):
    """A message house (信息屋) of a segment and its persona, or of the whole market.

    `channels` add up to 100, or there are none yet. `use` and `avoid` are words and phrases.
    """

    segmentation: str | None = None
    segment: str | None = None
    promise: Label = Label("", "")
    reasons: tuple[Reason, ...] = Field(default=(), max_length=12)
    tone: Label = Label("", "")
    use: tuple[Word, ...] = Field(default=(), max_length=100)
    avoid: tuple[Word, ...] = Field(default=(), max_length=100)
    channels: tuple[ChannelShare, ...] = Field(default=(), max_length=30)
    owner: str = Field(default="", max_length=200)
    review_on: date | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        check_place(self.segmentation, self.segment)
        return self

    @property
    def id(self) -> str:
        """Id of its document."""
        return place_id(self.segmentation, self.segment)
