"""Rejected rows as a check sees them: of the last load of every source, those that are still open."""

from __future__ import annotations

from collections.abc import Sequence

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
    """Return, per source, how many rows of its last load were rejected and are still open; totals are no rows."""
    if not any(s.last_rejected for s in sources) or not reader.has(QUARANTINE.name):
        return []
    rows = reader.fetch(standing(reader.relation(QUARANTINE.name), table)).to_pylist()
    made = []
    for s in sources:
        last = _last(loads, table, s.source)
        own = [r for r in rows if r["source"] == s.source]
        opened = [r for r in own if r["load_id"] == last.facts.get("load_id")]
        again = max(0, s.last_rejected - sum(r["n_rows"] for r in opened))  # rejected by an earlier load already
        older = sum(r["n_open"] for r in own) - sum(r["n_open"] for r in opened)
        still = sum(r["n_open"] for r in opened) + min(again, older)
        if still:
            counted = [r for r in last.facts.get("reasons", ()) if r["code"] != TOTAL]
            reasons = sorted(counted, key=lambda r: -int(r["rows"]))[:5]
            made.append(
                Finding(
                    table=table,
                    dimension="validity",
                    measure="rejected",
                    rows=still,
                    of=s.last_read,
                    value=still / max(s.last_read, 1),
                    params={"source": s.source, "reasons": reasons},
                )
            )
    return made


def _last(loads: Sequence[Snapshot], table: str, source: str) -> Snapshot:
    """Return the newest load of a source, one that mends its rows only when there is no other."""
    of_source = [x for x in loads if x.facts.get("table") == table and x.facts.get("source") == source]
    return next((x for x in of_source if not _mends(x)), of_source[-1])


def _mends(load: Snapshot) -> bool:
    return bool(load.facts.get(FROM_QUARANTINE))
