"""What the rule builder offers of behaviour and segments, in the reader's language, and rules in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qunxiang.i18n import Label, Message, render
from qunxiang.intake.custom import extended
from qunxiang.model import Metric
from qunxiang.services.rule_words import rule_words_of
from qunxiang.sql.metrics import NEEDS_COLUMN, NEEDS_NUMBER, NEEDS_TIME, ORDERED
from qunxiang.sql.rule_types import BEHAVIOURS, Rows, TraitTypes, rule_type
from qunxiang.tables import CONTRACTS
from qunxiang.traits.behaviours import rows_tables
from qunxiang.workspace import Workspace

_OFFERED = tuple(f for f in BEHAVIOURS if f != "share")
_UNITS = ("hours", "days", "weeks", "months", "years")
_MOMENTS = ("after last", "after first", "before first", "before last")


def rule_tables_of(workspace: Workspace) -> dict[str, Rows]:
    """Return the loaded tables whose rows rules may ask of, what happened before what is."""
    found = workspace.data.tables()
    own = {t.name: extended(CONTRACTS[t.name], t.custom) for t in found if t.custom}
    tables = rows_tables([t.name for t in found], own)
    return dict(sorted(tables.items(), key=lambda item: item[1].dated is None))


def segment_choices(workspace: Workspace, lang: str) -> list[dict[str, str]]:
    """Return every segment a rule may ask membership of, segmentations of several as a whole too."""
    made = []
    for s in workspace.segments.list():
        if len(s.segments) != 1:
            made.append({"id": s.id, "label": s.label(lang)})
            made += [{"id": f"{s.id}.{one.id}", "label": f"{s.label(lang)} · {one.label(lang)}"} for one in s.segments]
        else:
            made.append({"id": s.id, "label": s.segments[0].label(lang)})
    return made


def behaviour_choices(tables: Mapping[str, Rows], segments: Sequence[dict[str, str]], lang: str) -> dict[str, Any]:
    """Return the functions, tables with columns, units and segments that rows of the builder choose from."""
    return {
        "functions": [_function(name, lang) for name in _OFFERED],
        "tables": [_table(rows, lang) for rows in tables.values()],
        "segments": list(segments),
        "units": {u: render(Message(f"room.rule.unit.{u}"), lang) for u in _UNITS},
        "moments": {m: render(Message(f"room.rule.moment.{m.replace(' ', '_')}"), lang) for m in _MOMENTS},
        "states": {
            kind: {o: render(Message(f"room.rule.state.{kind}.{o}"), lang) for o in ("is_true", "not_true")}
            for kind in ("behaviour", "segment")
        },
    }


def words_of(condition: str, labels: Mapping[str, Label], types: TraitTypes) -> Label:
    """Return a condition in words."""
    return rule_words_of(condition, labels, types)


def _function(name: str, lang: str) -> dict[str, Any]:
    metric = None if name in ("exists", "sequence") else Metric(name)
    types = ["number"] if metric in NEEDS_NUMBER else ["number", "date"] if metric in ORDERED else None
    conditions = metric is None
    counted = metric in (Metric.COUNT, Metric.DISTINCT, Metric.DAYS_SINCE_FIRST, Metric.DAYS_SINCE_LAST, Metric.SUM)
    numbers = counted or metric in NEEDS_NUMBER
    return {
        "id": name,
        "label": render(Message(f"room.rule.function.{name}"), lang),
        "column": "needed" if metric in NEEDS_COLUMN else "none",
        "types": types,
        "dated": name == "sequence" or metric in NEEDS_TIME,
        "gives": "boolean" if conditions else "number" if numbers else "column",
    }


def _table(rows: Rows, lang: str) -> dict[str, Any]:
    columns = [
        {"id": c, "label": rows.labels[c](lang), "type": rule_type(rows.columns[c]), "unit": "", "hint": ""}
        for c in rows.open_columns
    ]
    return {"id": rows.name, "label": rows.label(lang), "dated": rows.dated is not None, "columns": columns}
