"""Base of all records: frozen, without unknown fields."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A record that does not change once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")
