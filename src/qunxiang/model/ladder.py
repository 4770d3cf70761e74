"""Benefit ladders: attributes of a product, what they do for people, and how that makes them feel."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen
from qunxiang.model.ground import Ground, Name

LadderLevel = Literal["attribute", "functional", "emotional"]
LADDER_LEVELS: tuple[LadderLevel, ...] = get_args(LadderLevel)
"""Levels from the bottom to the top."""

WHOLE_MARKET = "market"
"""Id of the documents that are about no single segment."""

ItemId = Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]


def place_id(segmentation: str | None, segment: str | None) -> str:
    """Return the id of a document about a segment, or about the whole market where both are None."""
    return WHOLE_MARKET if segmentation is None or segment is None else f"{segmentation}/{segment}"


def check_place(segmentation: str | None, segment: str | None) -> None:
    """Raise unless both names are given, or neither."""
    if (segmentation is None) != (segment is None):
        raise ValueError("segmentation and segment are named together, or neither is")


class LadderItem(Frozen):
    """One rung: an attribute, a functional or an emotional benefit. `proposed` until a person confirms it."""

    id: ItemId
    level: LadderLevel
    text: Label
    grounds: tuple[Ground, ...] = Field(default=(), max_length=20)
    proposed: bool = False


class LadderLink(Frozen):
    """`lower` leads to `upper`: the reason why the lower matters. `proposed` until a person confirms it."""

    lower: ItemId
    upper: ItemId
    grounds: tuple[Ground, ...] = Field(default=(), max_length=20)
    proposed: bool = False


MOST_ITEMS, MOST_LINKS = 100, 400
"""Items and links that a ladder may have."""


class Ladder(Frozen):
    """A benefit ladder (品牌利益阶梯) of a segment, or of the whole market where `segmentation` and `segment` are None.

    Items stand in the order in which people put them.
    """

    segmentation: str | None = None
    segment: str | None = None
    items: tuple[LadderItem, ...] = Field(default=(), max_length=MOST_ITEMS)
    links: tuple[LadderLink, ...] = Field(default=(), max_length=MOST_LINKS)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        check_place(self.segmentation, self.segment)
        return self

    @property
    def id(self) -> str:
        """Id of its document."""
        return place_id(self.segmentation, self.segment)

    def item(self, id: str) -> LadderItem | None:
        """Return the item with that id, or None."""
        return next((i for i in self.items if i.id == id), None)

    def of(self, level: LadderLevel) -> tuple[LadderItem, ...]:
        """Return the items of a level in their order."""
        return tuple(i for i in self.items if i.level == level)


class LadderingRow(Frozen):
    """One rung of one ladder of one interview; `position` rises from the bottom of the ladder to its top.

    `group` is the segment or other group of the respondent, where the interviews tell.
    """

    respondent: Name
    ladder: Annotated[int, Field(ge=1)]
    position: Annotated[int, Field(ge=1)]
    concept: Name
    level: LadderLevel
    group: Name | None = None


MOST_RUNGS = 50_000
"""Rungs that a study may have."""


class LadderingStudy(Frozen):
    """Coded ladders of interviews; respondents are numbered, their names are not kept."""

    id: str
    label: Label
    file: str
    rows: tuple[LadderingRow, ...] = Field(min_length=1, max_length=MOST_RUNGS)
