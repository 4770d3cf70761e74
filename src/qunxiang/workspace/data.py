"""What is loaded: tables, loads, snapshots, rejected rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from qunxiang.intake.report import LoadReport
from qunxiang.model import CustomColumn, Snapshot
from qunxiang.services import mappings as mapped
from qunxiang.services import overview as looking
from qunxiang.services import quarantine
from qunxiang.services.columns import set_column
from qunxiang.services.csv_text import csv_bytes
from qunxiang.services.mappings import MappingState
from qunxiang.services.overview import LoadState, TableState
from qunxiang.services.rejects import RejectState, counts, history, rejects
from qunxiang.workspace.files import written
from qunxiang.workspace.group import Group


class DataGroup(Group):
    """Loaded tables and their history."""

    def tables(self) -> tuple[TableState, ...]:
        """Return the tables of the newest snapshot."""
        return looking.tables(self._house, self._actor)

    def loads(self, *, limit: int = 50) -> list[LoadState]:
        """Return the loads, newest first."""
        return looking.loads(self._house, self._actor, limit=limit)

    def snapshots(self, *, limit: int = 100) -> list[Snapshot]:
        """Return the snapshots, newest first."""
        return looking.snapshots(self._house, self._actor, limit=limit)

    def set_column(self, table: str, name: str, *, personal: bool) -> CustomColumn:
        """Say whether a custom column is personal."""
        return set_column(self._house, self._actor, table, name=name, personal=personal)

    def mappings(self) -> list[MappingState]:
        """Return the saved mappings of files."""
        return mapped.mappings(self._house, self._actor)

    def mapping(self, id: str) -> MappingState:
        """Return one saved mapping."""
        return mapped.mapping(self._house, self._actor, id)

    def forget_mapping(self, id: str) -> MappingState:
        """Forget a saved mapping: the next file of its shape is recognised anew."""
        return mapped.forget(self._house, self._actor, id)

    def rejects(
        self,
        table: str,
        out: str | Path | None = None,
        *,
        lang: str | None = None,
        load_id: str | None = None,
        reason: str | None = None,
        column: str | None = None,
        blanked: bool = False,
    ) -> pa.Table:
        """Return the quarantined rows of a table with their reasons, or write them as CSV or XLSX by their ending.

        With `blanked` those that are in the table with values left empty, instead of rejected ones. Totals are listed
        only with the reason ``reject.total``; see :func:`qunxiang.services.rejects.rejects`.
        """
        only = {"load_id": load_id, "reason": reason, "column": column}
        found = rejects(self._house, self._actor, table, lang=lang, **only, blanked=blanked)
        if out is not None:
            path = Path(out)
            if path.suffix.lower() == ".xlsx":
                from qunxiang.adapters.documents.table_workbook import table_workbook  # here: few write workbooks

                written(path, table_workbook(found, sheet=table))
            else:
                written(path, csv_bytes(found))
        return found

    def reject_counts(self, table: str | None = None) -> tuple[RejectState, ...]:
        """Return how many rows are in quarantine, by table, state and reason; totals apart from the open ones."""
        return counts(self._house, self._actor, table)

    def reject_history(self, table: str, row_id: str) -> list[dict[str, Any]]:
        """Return what became of one quarantined row, oldest first."""
        return history(self._house, self._actor, table, row_id)

    def repair_reject(self, table: str, row_id: str, values: Mapping[str, str | None]) -> LoadReport:
        """Load one quarantined row with mended values; see :func:`qunxiang.services.quarantine.repair`."""
        return quarantine.repair(self._house, self._actor, table, row_id, values=values)

    def leave_out(self, table: str, row_ids: Sequence[str], *, why: str) -> int:
        """Leave quarantined rows out for good; see :func:`qunxiang.services.quarantine.leave_out`."""
        return quarantine.leave_out(self._house, self._actor, table, row_ids, why=why)
