"""Rejected rows as a check sees them: of the last load of every source, those that are still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qunxiang.intake.quarantine import TOTAL, standing
from qunxiang.model import Snapshot
from qunxiang.quality import Finding, SourceState
from qunxiang.services.reading import SnapshotReader
from qunxiang.tables import QUARANTINE

FROM_QUARANTINE = "from_quarantine"
"""Fact of a load whose rows came back from the quarantine."""


def source_states(loads: Sequence[Snapshot], table: str) -> tuple[SourceState, ...]:
    """Return what the sources of a table have brought, `loads` being the newest first.

    Rows of a source that are mended in place are no load of it: what it last brought stays.
    """
    found: dict[str, SourceState] = {}
    for load in reversed(loads):
        facts = load.facts
        if facts.get("table") != table:
            continue
        source = str(facts.get("source", ""))
        before = found.get(source)
        read, rejected = int(facts.get("read", 0)), int(facts.get("rejected", 0))
        if before is not None and _mends(load):
            found[source] = before.model_copy(update={"loads": before.loads + 1, "last": load.at})
            continue
        found[source] = SourceState(
            source=source,
            loads=1 + (before.loads if before else 0),
            last=load.at,
            read=read + (before.read if before else 0),
            rejected=rejected + (before.rejected if before else 0),
            last_read=read,
            last_rejected=rejected,
        )
    return tuple(found.values())


def rejected_findings(
    reader: SnapshotReader, loads: Sequence[Snapshot], table: str, sources: Sequence[SourceState]
) -> list[Finding]:
    """Return, per source, how many rows of its last load were rejected and are still open; totals are no rows.

    Likewise, per column, how many of them are in the table with a value left empty that could not be read.
    """
    blanked = _columns(loads, table)
    if not (blanked or any(s.last_rejected for s in sources)) or not reader.has(QUARANTINE.name):
        return []
    rows = reader.fetch(standing(reader.relation(QUARANTINE.name), table, blanked)).to_pylist()
    made = []
    for s in sources:
        load = _last(loads, table, s.source)
        own = [r for r in rows if r["source"] == s.source]
        still = _still(own, load, s.last_rejected, ("n_rejected", "n_open"))
        counted = [r for r in load.facts.get("reasons", ()) if r["code"] != TOTAL]
        reasons = sorted(counted, key=lambda r: -int(r["rows"]))[:5]
        made.append(_finding(s, table, "rejected", still, params={"reasons": reasons}))
        for i, name in enumerate(blanked):
            told = sum(int(b["rows"]) for b in load.facts.get("blanked", ()) if b["column"] == name)
            still = _still(own, load, told, (f"n_kept_{i}", f"n_blanked_{i}"))
            made.append(_finding(s, table, "blanked", still, column=name))
    return [finding for finding in made if finding.rows]


def _columns(loads: Sequence[Snapshot], table: str) -> tuple[str, ...]:
    """Return the columns of a table of which loads left values empty."""
    told = (b for load in loads if load.facts.get("table") == table for b in load.facts.get("blanked", ()))
    return tuple(sorted({str(b["column"]) for b in told}))


def _finding(
    source: SourceState,
    table: str,
    measure: str,
    rows: int,
    *,
    column: str | None = None,
    params: Mapping[str, Any] | None = None,
) -> Finding:
    return Finding(
        table=table,
        dimension="validity",
        measure=measure,
        column=column,
        rows=rows,
        of=source.last_read,
        value=rows / max(source.last_read, 1),
        params={"source": source.source, **(params or {})},
    )


def _still(own: Sequence[Mapping[str, Any]], load: Snapshot, n_rows: int, kind: tuple[str, str]) -> int:
    """Return how many of the rows of a kind that a load told of stand as they did.

    Those that an earlier load had put into the quarantine already are told by their number alone.
    """
    first, still = kind
    told = [r for r in own if r["load_id"] == load.facts.get("load_id")]
    again = max(0, n_rows - sum(r[first] for r in told))
    older = sum(r[still] for r in own) - sum(r[still] for r in told)
    return int(sum(r[still] for r in told) + min(again, older))


def _last(loads: Sequence[Snapshot], table: str, source: str) -> Snapshot:
    """Return the newest load of a source, one that mends its rows only when there is no other."""
    of_source = [x for x in loads if x.facts.get("table") == table and x.facts.get("source") == source]
    return next((x for x in of_source if not _mends(x)), of_source[-1])


def _mends(load: Snapshot) -> bool:
    return bool(load.facts.get(FROM_QUARANTINE))
