"""Columns that a workspace adds to a table, and how a file's columns were mapped."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from qunxiang.model.base import Frozen


class CustomColumn(Frozen):
    """A source column that a workspace keeps beside its table's own columns.

    `name` is its column in the table, `source` its name in the file it came from first. `type` is one of the column
    types of contracts. `personal` hides its values from roles that do not need them; `declared` says that a person
    decided type and `personal`, not its content.
    """

    name: str
    source: str
    type: str
    personal: bool = False
    declared: bool = False


class CustomColumns(Frozen):
    """The custom columns of one table, oldest first."""

    table: str
    columns: tuple[CustomColumn, ...] = ()

    def column(self, name: str) -> CustomColumn | None:
        """Return the column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)


class SavedMapping(Frozen):
    """How files of one shape are loaded into a table.

    `source_columns` are the file's columns as they stood when it was saved; files with the same set of names, compared
    without case, spaces and underscores, have the same shape. `columns` goes from contract column to source column,
    `keep` says which other source columns are kept (all, none or these), `types` the column types of kept ones that
    people chose, `system` the source system whose ids they carry, `reading` how values are read.
    """

    table: str
    source_columns: tuple[str, ...]
    columns: dict[str, str]
    keep: str | tuple[str, ...] = "all"
    types: dict[str, str] = Field(default_factory=dict)
    system: str | None = None
    reading: dict[str, Any] = Field(default_factory=dict)

    @property
    def kept(self) -> tuple[str, ...]:
        """The source columns that are kept as custom ones, where they hold a value."""
        if self.keep == "none":
            return ()
        mapped = set(self.columns.values())
        wanted = self.source_columns if isinstance(self.keep, str) else self.keep
        return tuple(name for name in wanted if name not in mapped)
