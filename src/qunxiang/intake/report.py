"""What a load did, as a record."""

from __future__ import annotations

import json
from typing import Any

from qunxiang.i18n import Message
from qunxiang.model import Frozen


class Note(Frozen):
    """A rule that was applied, with its counts, as a message of the catalogue."""

    code: str
    params: dict[str, Any]

    def __call__(self, lang: str) -> str:
        """Return the sentence in `lang`."""
        return Message(self.code, self.params)(lang)


class ReasonCount(Frozen):
    """How many rows were rejected for one reason; `column` is None when the whole row is at fault."""

    code: str
    column: str | None
    rows: int


class RejectedRow(Frozen):
    """One rejected row: its number in the source, the reasons, and the row as it stood (personal data included)."""

    row_number: int
    reasons: tuple[dict[str, Any], ...]
    row: dict[str, Any]

    @classmethod
    def read(cls, row_number: int, reasons: str, row: str) -> RejectedRow:
        """Read a row of the quarantine, whose reasons and row are JSON text."""
        return cls(row_number=row_number, reasons=tuple(json.loads(reasons)), row=json.loads(row))


class LoadReport(Frozen):
    """What a load read and did: ``read == accepted + unchanged + rejected`` always; ``accepted == new + changed``.

    `reasons` counts per reason; a row with two reasons counts in both. `seconds` is wall time, `run` the snapshot that
    published the load (None on a dry run). `sample` holds some rejected rows on a dry run.
    """

    load_id: str
    table: str
    source: str
    read: int
    accepted: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    reasons: tuple[ReasonCount, ...]
    mapping: dict[str, str]
    unmapped: tuple[str, ...]
    notes: tuple[Note, ...]
    seconds: float
    rows_per_second: float
    run: int | None
    dry_run: bool = False
    sample: tuple[RejectedRow, ...] = ()
