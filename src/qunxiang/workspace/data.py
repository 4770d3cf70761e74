"""What is loaded: tables, loads, snapshots, rejected rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from qunxiang.model import Snapshot
from qunxiang.services import overview as looking
from qunxiang.services.csv_text import csv_bytes
from qunxiang.services.overview import LoadState, TableState
from qunxiang.services.rejects import rejects
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

    def rejects(
        self, table: str, out: str | Path | None = None, *, lang: str | None = None, load_id: str | None = None
    ) -> pa.Table:
        """Return the quarantined rows of a table with their reasons, or write them as CSV."""
        found = rejects(self._house, self._actor, table, lang=lang, load_id=load_id)
        if out is not None:
            written(Path(out), csv_bytes(found))
        return found
