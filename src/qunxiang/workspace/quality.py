"""Data quality: the kept check, its gates, examples, near-duplicates and their repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from qunxiang.model import Definition
from qunxiang.quality import Gates, NearValue
from qunxiang.services import quality as checking
from qunxiang.services import quality_values as values_
from qunxiang.services.quality import CheckState
from qunxiang.workspace.group import Group


class QualityGroup(Group):
    """What checks found, and what people decided about it."""

    def show(self) -> CheckState:
        """Return the newest check; :meth:`Workspace.check` makes a new one."""
        return checking.kept_check(self._house, self._actor)

    def gates(self) -> Gates:
        """Return the gates in force."""
        return checking.gates(self._house, self._actor)

    def set_gates(self, gates: Gates | Sequence[Mapping[str, Any]], *, why: str = "") -> Definition:
        """Store gates: ``[{"measure": "rejected", "at_most": 0.02, "table": "orders"}, …]``.

        Raises
        ------
        SettingError
            When one is not well formed.
        UnknownNameError
            When a measure or table does not exist.
        """
        body = gates if isinstance(gates, Gates) else {"gates": [dict(g) for g in gates]}
        return checking.set_gates(self._house, self._actor, checking.gates_from(body), why=why)

    def examples(self, table: str, measure: str, column: str | None = None, *, limit: int = 10) -> pa.Table:
        """Return rows that a measure finds, personal columns masked by role."""
        return values_.examples(self._house, self._actor, table, measure=measure, column=column, limit=limit)

    def near(self, table: str | None = None) -> list[NearValue]:
        """Return values that are nearly another; see :func:`qunxiang.services.quality_values.near`."""
        return values_.near(self._house, self._actor, table)

    def repair(
        self,
        table: str | None = None,
        column: str | None = None,
        values: Mapping[str, str] | None = None,
        *,
        why: str = "",
    ) -> list[Definition]:
        """Read values of a column as others from now on.

        Parameters
        ----------
        table, column
            Whose values; without a column every column with near-duplicates, without a table every table.
        values
            Value to the value it is read as; what :meth:`near` proposes when None (only where nothing else is as near).
        """
        if table is not None and column is not None and values is not None:
            wanted = {(table, column): dict(values)}
        else:
            wanted = {}
            for found in self.near(table):
                if column in (None, found.column) and not found.others:
                    wanted.setdefault((found.table, found.column), {})[found.value] = found.like
        return [
            values_.repair(self._house, self._actor, of, column=name, values=mapping, why=why)
            for (of, name), mapping in wanted.items()
        ]

    def restore(self, table: str, column: str, values: Sequence[str] = (), *, why: str = "") -> Definition:
        """Read values as they were loaded again; all of the column's when none is named."""
        return values_.restore(self._house, self._actor, table, column=column, values=tuple(values), why=why)

    def repairs(self) -> list[Definition]:
        """Return the repairs in force."""
        return values_.repairs(self._house, self._actor)
