"""Findings and gates as sentences."""

from __future__ import annotations

from datetime import date
from typing import Any

from qunxiang.i18n import Label, Message
from qunxiang.quality.findings import Finding
from qunxiang.quality.gates import Gate
from qunxiang.tables import LOADED

_COUNTED = frozenset({"age_days", "new_levels"})
_DAYS = frozenset({"newest", "as_of", "after", "before"})
_NUMBERS = frozenset({"psi", "rate"})


def finding_message(finding: Finding) -> Message:
    """Return what is found as a sentence."""
    params: dict[str, Any] = {
        "column": column_label(finding.table, finding.column),
        "rows": finding.rows,
        "of": finding.of,
        "share": finding.value,
        **finding.params,
    }
    if "columns" in finding.params:
        params["columns"] = [column_label(finding.table, c) for c in finding.params["columns"]]
    if "levels" in finding.params:
        params["levels"] = list(finding.params["levels"])
    params |= {name: date.fromisoformat(params[name]) for name in _DAYS if isinstance(params.get(name), str)}
    params.pop("reasons", None)
    code = _code(finding)
    if code == "far":
        code = f"far_{finding.params['rule']}"
    if code.startswith("without_"):
        params["target"] = LOADED[code.removeprefix("without_")].label
        code = "without"
    return Message(f"quality.measure.{code}", params)


def advice_message(finding: Finding) -> Message:
    """Return what to do about a finding."""
    code = _code(finding)
    return Message(f"quality.do.{'without' if code.startswith('without_') else code}")


def _code(finding: Finding) -> str:
    """Return the measure, or that of lines: their customer is also their order's."""
    lines_alone = (finding.table, finding.measure) == ("order_lines", "no_customer")
    return "lines_alone" if lines_alone else finding.measure


def finding_place(finding: Finding) -> str:
    """Return table and column of a finding."""
    return finding.table if finding.column is None else f"{finding.table}.{finding.column}"


def gate_message(gate: Gate) -> Message:
    """Return a gate as a sentence."""
    form = "count" if gate.measure in _COUNTED else "number" if gate.measure in _NUMBERS else "share"
    return Message(f"quality.gate.{form}", {"measure": measure_name(gate.measure), "limit": gate.at_most})


def measure_name(measure: str) -> Message:
    """Return the name of a measure."""
    if measure.startswith("without_"):
        return Message("quality.name.without", {"target": LOADED[measure.removeprefix("without_")].label})
    return Message(f"quality.name.{measure}")


def column_label(table: str, name: str | None) -> Label:
    """Return the name of a column for people; the column's own where the contract does not know it."""
    found = LOADED[table].column(name) if name is not None else None
    return found.label if found is not None else Label.same(name or "")
