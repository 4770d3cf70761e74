"""What a load did, as a record."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import Field

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
    """One rejected row: its number among the source's data rows, why, and as it stood (personal data included)."""

    row_number: int
    reasons: tuple[dict[str, Any], ...]
    row: dict[str, Any]

    @classmethod
    def read(cls, row_number: int, reasons: str, row: str) -> RejectedRow:
        """Read a row of the quarantine, whose reasons and row are JSON text."""
        return cls(row_number=row_number, reasons=tuple(json.loads(reasons)), row=json.loads(row))

    def without(self, columns: Iterable[str]) -> RejectedRow:
        """Return the row with the known values of `columns` hidden."""
        hidden = set(columns)
        row = {k: "•••" if k in hidden and v is not None else v for k, v in self.row.items()}
        return self.model_copy(update={"row": row})


class FailedSource(Frozen):
    """A file of several that could not be loaded, and why, as a message of the catalogue."""

    source: str
    code: str
    params: dict[str, Any]

    def __call__(self, lang: str) -> str:
        """Return the sentence in `lang`."""
        return Message(self.code, self.params)(lang)


class LoadReport(Frozen):
    """What a load read and did: ``read == accepted + unchanged + rejected`` always; ``accepted == new + changed``.

    `reasons` counts per reason; a row with two reasons counts in both. `blanked` counts likewise the values that
    could not be read and were left empty, `blanked_rows` the rows that have some: they are accepted or unchanged.
    `seconds` is wall time, `run` the snapshot that published the load (None on a dry run). `found` says how the source
    turned out to be written. `sample` holds some rejected rows on a dry run. `mapping` goes from column to source
    column, `custom` does so for the columns that the contract does not know, `unmapped` are not loaded; `system` is
    the source system whose ids the rows have, `saved_mapping` the id of the mapping that was used, `reading` what
    people said of how values are read, `proven` what whole columns said of it by themselves (in the form of
    `reading`), `date_system` 1900 or 1904 where bare numbers are a workbook's days. Of several files `parts` holds the
    report of each that was loaded and `failed` those that were not; the counts are then sums over `parts`.
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
    found: tuple[Note, ...] = ()
    seconds: float
    rows_per_second: float
    run: int | None
    dry_run: bool = False
    sample: tuple[RejectedRow, ...] = ()
    parts: tuple[LoadReport, ...] = ()
    failed: tuple[FailedSource, ...] = ()
    custom: dict[str, str] = Field(default_factory=dict)
    system: str | None = None
    saved_mapping: str | None = None
    reading: dict[str, Any] = Field(default_factory=dict)
    proven: dict[str, Any] = Field(default_factory=dict)
    date_system: int | None = None
    blanked_rows: int = 0
    blanked: tuple[ReasonCount, ...] = ()


def whole_report(
    table: str, source: str, parts: tuple[LoadReport, ...], failed: tuple[FailedSource, ...]
) -> LoadReport:
    """Return the report of several files: sums of their counts, and each by itself.

    Parameters
    ----------
    source
        What people call all the files together.
    """
    counts = {n: sum(getattr(part, n) for part in parts) for n in _COUNTS}
    seconds = sum(part.seconds for part in parts)
    first, last = (parts[0], parts[-1]) if parts else (None, None)
    return LoadReport(
        load_id="" if last is None else last.load_id,
        table=table,
        source=source,
        **counts,
        reasons=_summed(reason for part in parts for reason in part.reasons),
        blanked=_summed(value for part in parts for value in part.blanked),
        mapping={} if first is None else first.mapping,
        custom={} if first is None else first.custom,
        unmapped=tuple(dict.fromkeys(name for part in parts for name in part.unmapped)),
        system=None if first is None else first.system,
        notes=(),
        seconds=round(seconds, 3),
        rows_per_second=round(counts["read"] / max(seconds, 1e-9), 1),
        run=None if last is None else last.run,
        dry_run=any(part.dry_run for part in parts),
        parts=parts,
        failed=failed,
    )


def _summed(counts: Iterable[ReasonCount]) -> tuple[ReasonCount, ...]:
    found: dict[tuple[str, str | None], int] = {}
    for one in counts:
        found[one.code, one.column] = found.get((one.code, one.column), 0) + one.rows
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0][0]))
    return tuple(ReasonCount(code=code, column=column, rows=n) for (code, column), n in ordered)


_COUNTS = ("read", "accepted", "new", "changed", "unchanged", "rejected", "blanked_rows")
