"""Brand: what it stands for in the eyes of a segment, and what to say there."""

from __future__ import annotations

from qunxiang.model import Actor
from qunxiang.services.house import House
from qunxiang.workspace.brand_ladder import LadderGroup
from qunxiang.workspace.brand_message import MessageGroup
from qunxiang.workspace.brand_research import BrandResearch


class BrandGroup(BrandResearch):
    """The brand (品牌): how people see it, `ladder` and `message`."""

    def __init__(self, house: House, actor: Actor) -> None:
        super().__init__(house, actor)
        self.ladder = LadderGroup(house, actor)
        self.message = MessageGroup(house, actor)
