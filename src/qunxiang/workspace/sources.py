"""Databases kept under a name, and rows of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from qunxiang.ports.databases import DatabaseRows
from qunxiang.services import sources
from qunxiang.services.sources import SourceState, SourceTable
from qunxiang.workspace.group import Group


class DatabaseQuestion(BaseModel):
    """Rows of a saved database; an address is not taken, so that no job holds a password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(pattern=r"^\w[\w.-]{0,59}$")
    table: str | None = None
    query: str | None = None
    cursor: str | None = None
    overlap: int | None = Field(default=None, ge=0)
    restart: bool = False

    def rows(self) -> DatabaseRows:
        """Return them as the loading use case takes them."""
        return DatabaseRows(**dict(self))


class SourceGroup(Group):
    """Saved databases."""

    def add(self, name: str, url: str, *, password: str | None = None, variable: str | None = None) -> SourceState:
        """Save a database under a name; see :func:`qunxiang.services.sources.add`."""
        return sources.add(self._house, self._actor, name, url=url, password=password, variable=variable)

    def tables(self, name: str) -> list[SourceTable]:
        """Return the tables of a saved database, and which table of the workspace each looks like."""
        return sources.tables(self._house, self._actor, name)

    def remove(self, name: str) -> None:
        """Drop a saved database and its password."""
        sources.remove(self._house, self._actor, name)

    def list(self) -> list[SourceState]:
        """Return the saved databases, and how far their cursors have come."""
        return sources.sources(self._house, self._actor)

    @staticmethod
    def rows(
        source: str,
        *,
        table: str | None = None,
        query: str | None = None,
        cursor: str | None = None,
        overlap: int | None = None,
        restart: bool = False,
    ) -> DatabaseRows:
        """Name rows of a database for :meth:`qunxiang.Workspace.load`; nothing is read yet.

        Parameters
        ----------
        source
            Name of a saved database, or an address such as ``postgresql://reader@db.example/shop``.
        table, query
            One of the two: a table, or a single SELECT.
        cursor
            Column that grows with every insert and update; the next load reads on from its greatest value.
        overlap
            How far before that value the next load begins: seconds for moments and days, a count for numbers; None is
            five minutes, one day or 1,000.
        restart
            Read all rows once more.
        """
        return DatabaseRows(source, table, query, cursor, overlap, restart)
