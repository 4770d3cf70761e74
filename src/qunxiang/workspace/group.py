"""What every group of use cases has: the house and for whom it acts."""

from __future__ import annotations

from qunxiang.model import Actor
from qunxiang.services.house import House


class Group:
    """Use cases of one subject, called for one actor."""

    def __init__(self, house: House, actor: Actor) -> None:
        self._house = house
        self._actor = actor

    def __repr__(self) -> str:
        names = [n for n in dir(self) if not n.startswith("_")]
        return f"{type(self).__name__}({', '.join(names)})"
