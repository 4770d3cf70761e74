"""What a load tells of itself: counts by reason, notes, repairs, a sample of rejected rows."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from qunxiang.intake import (
    BROKEN,
    LoadReport,
    Note,
    ReasonCount,
    RejectedRow,
    count_blanked,
    count_reasons,
    count_repairs,
    has_blanks,
    note_counts,
    notes,
    rows_of,
)
from qunxiang.ports.engine import Session
from qunxiang.services.line_owners import ownerless_of_load
from qunxiang.services.load_parts import Judged, Loading, speed
from qunxiang.services.load_plan import proven, repair_notes
from qunxiang.services.overview import UNMASKED
from qunxiang.sql import Relation

SAMPLE_ROWS = 20


def report_of(loading: Loading, judged: Judged, session: Session, *, dry_run: bool) -> LoadReport:
    """Return the report of a load that is judged, not yet published."""
    counts, recognition = judged.counts, loading.recognition
    custom = {c.name for c in loading.contract.columns if c.custom}
    return LoadReport(
        load_id=loading.load_id,
        table=loading.contract.name,
        source=loading.shape.name,
        read=counts.read,
        accepted=counts.new + counts.changed,
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
        reasons=_by_reason(session.fetch(count_reasons(judged.read.rows)).to_pylist()) if counts.rejected else (),
        blanked_rows=counts.blanked,
        blanked=counts.values,
        mapping={n: s for n, s in recognition.mapping.items() if n not in custom},
        custom={n: s for n, s in recognition.mapping.items() if n in custom},
        unmapped=recognition.unmapped,
        system=loading.options.system,
        saved_mapping=None if loading.options.saved is None else loading.options.saved.id,
        notes=(
            *_saved_note(loading),
            *_otherwise_note(loading),
            *_replaced_note(judged),
            *_blanked_notes(judged, loading),
            *_notes(loading, judged, session),
        ),
        found=tuple(Note(code=m.code, params=dict(m.params)) for m in loading.shape.found.notes),
        run=None,
        dry_run=dry_run,
        reading=loading.options.reading.model_dump(mode="json", exclude_defaults=True),
        proven=proven(judged.read.plan, recognition).model_dump(mode="json", exclude_defaults=True),
        date_system=loading.shape.date_system,
        sample=_sample(loading, judged, session) if dry_run else (),
        **speed(loading, counts.read),
    )


def blanked_of(loading: Loading, rows: Relation, session: Session) -> dict[str, Any]:
    """Return how many rows have values that were left empty, and those values by reason, as counts have them."""
    if not has_blanks(rows):
        return {}
    groups = session.fetch(count_blanked(rows, keyed=loading.content_key is None)).to_pylist()
    return {"blanked": sum(group["rows"] for group in groups), "values": _by_reason(groups)}


def _blanked_notes(judged: Judged, loading: Loading) -> tuple[Note, ...]:
    """Say per column how many values were left empty."""
    columns: dict[str, int] = {}
    for value in judged.counts.values:
        name = value.column or ""
        columns[name] = columns.get(name, 0) + value.rows
    to = loading.recognition.mapping
    return tuple(
        Note(code="load.note.blanked", params={"column": to.get(name, name), "values": n})
        for name, n in sorted(columns.items(), key=lambda item: (-item[1], item[0]))
    )


def _by_reason(groups: list[dict[str, Any]]) -> tuple[ReasonCount, ...]:
    counts: dict[tuple[str, str], int] = {}
    for group in groups:
        for reason in group["codes"].split(","):
            code, _, column = reason.partition(":")
            counts[code, column] = counts.get((code, column), 0) + group["rows"]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ReasonCount(code=code, column=column or None, rows=n) for (code, column), n in ordered)


def _notes(loading: Loading, judged: Judged, session: Session) -> tuple[Any, ...]:
    snapshot = loading.house.state.head()
    products = None
    if snapshot is not None and "products" in snapshot.tables and loading.contract.name == "order_lines":
        there = loading.house.lake.at("products", snapshot.tables["products"])
        session.bind("known_products", there)
        products = Relation("known_products", there.columns)
    query = note_counts(judged.read.rows, loading.contract, loading.recognition, products)
    kept = () if query is None else notes(_with_orders(session.fetch(query).to_pylist()[0], loading, judged, session))
    repairs = session.fetch(count_repairs(judged.read.rows)).to_pylist()
    return (*kept, *repair_notes(repairs, loading.recognition, judged.read.plan))


def _with_orders(counts: dict[str, int], loading: Loading, judged: Judged, session: Session) -> dict[str, int]:
    """Leave of the lines without a customer those whose order has none either: lines count for their order's."""
    if loading.contract.name != "order_lines" or not counts["no_customer"]:
        return counts
    return counts | {"no_customer": 0, "lines_alone": ownerless_of_load(loading, judged, session)}


def _saved_note(loading: Loading) -> tuple[Note, ...]:
    """Say that a saved mapping was used."""
    saved = loading.options.saved
    if saved is None:
        return ()
    day = saved.at.astimezone(ZoneInfo(loading.house.settings.time_zone)).date().isoformat()
    return (Note(code="load.note.saved_mapping", params={"id": saved.id, "author": saved.author, "day": day}),)


def _otherwise_note(loading: Loading) -> tuple[Note, ...]:
    """Say that rows before a cursor stay as they were read, in another way than this load's."""
    return (Note(code="load.note.read_otherwise", params={}),) if loading.otherwise else ()


def _replaced_note(judged: Judged) -> tuple[Note, ...]:
    """Say how many rows were there with other content, which this load's took the place of."""
    changed = judged.counts.changed
    return (Note(code="load.note.replaced", params={"rows": changed}),) if changed else ()


def _sample(loading: Loading, judged: Judged, session: Session) -> tuple[RejectedRow, ...]:
    if judged.bad is None:
        return ()
    found = session.fetch(rows_of(judged.bad, SAMPLE_ROWS)).to_pylist()
    rows = tuple(RejectedRow.read(r["row_number"], r["reasons"], r["row"]) for r in found)
    if loading.actor.role in UNMASKED:
        return rows
    personal = {s for n, s in loading.recognition.mapping.items() if (c := loading.contract.column(n)) and c.hidden}
    return tuple(row.without({*personal, BROKEN}) for row in rows)
