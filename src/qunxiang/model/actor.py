"""Who acts."""

from __future__ import annotations

from enum import StrEnum

from qunxiang.model.base import Frozen


class Role(StrEnum):
    """Roles of a workspace, from most to least allowed."""

    ADMIN = "admin"
    ANALYST = "analyst"
    MARKETER = "marketer"
    SALES = "sales"
    VIEWER = "viewer"


class Actor(Frozen):
    """A person or program that calls a use case; every change is recorded under its name.

    `via` is the door: ``python``, ``cli``, ``rest``, ``web`` or ``worker``.
    """

    name: str
    role: Role
    via: str = "python"

    @property
    def at_the_machine(self) -> bool:
        """Whether they came through Python or the command line, and so can read the machine's files anyway."""
        return self.via in ("python", "cli")

    @classmethod
    def owner(cls, via: str = "python") -> Actor:
        """Return the local owner of the workspace, for whom Python and the command line act."""
        return cls(name="owner", role=Role.ADMIN, via=via)
