"""What a command of the shop's tests gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

AS_OF = "2024-06-30"


class Answer(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]
