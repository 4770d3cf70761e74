"""Which source system's word counts before another's."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from qunxiang.model.base import Frozen


class SourcePriority(Frozen):
    """Source systems, the one whose values count first of all; systems that are not named come last, equal."""

    systems: tuple[Annotated[str, Field(pattern=r"^[\w-]{1,32}$")], ...] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len(set(self.systems)) < len(self.systems):
            raise ValueError("a system is named twice")
        return self
