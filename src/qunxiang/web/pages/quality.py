"""Data quality: tables by dimensions, what is found in a table with examples, gates, near values and their repair."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.charts.spec import Axis, Bar, BarChart, LineChart, Series
from qunxiang.errors import NothingYetError, UnknownNameError, UsageError
from qunxiang.i18n import Message
from qunxiang.quality import DIMENSIONS, Finding, Gate, Gates, NearValue, TableCheck
from qunxiang.quality.words import (
    advice_message,
    column_label,
    finding_message,
    gate_message,
    measure_name,
)
from qunxiang.services.access import allowed
from qunxiang.services.quality import MEASURES, CheckState
from qunxiang.tables import LOADED, ColumnType
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.days import local
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

LOADS_SHOWN = 40
EXAMPLES = 8
_ORDER = {"failed": 0, "note": 1, "good": 2}
_ICONS = {"failed": "circle-x", "note": "alert-triangle", "good": "circle-check"}
_TONES = {"failed": "bad", "note": "warn", "good": "good"}


@router.get("/quality")
def quality(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show the matrix of tables and dimensions, worst first."""
    state = _kept(workspace)
    tables = [] if state is None else sorted(state.check.tables, key=_worst)
    failed = [f for t in tables for f in t.findings if f.status == "failed"]
    return show(
        request,
        workspace,
        "pages/quality.html",
        active="data",
        page_title=Message("page.quality.title"),
        state=state,
        at=None if state is None else local(workspace, state.at),
        tables=[_row(t) for t in tables],
        dimensions=DIMENSIONS,
        failed=[_finding(f) for f in sorted(failed, key=lambda f: -f.value)],
        n_notes=sum(f.status == "note" for t in tables for f in t.findings),
        near=[_near(v) for v in workspace.quality.near()] if workspace.snapshot is not None else [],
        repairs=workspace.quality.repairs(),
        history=_history(workspace),
        checks=None if state is None else _checks(workspace, state),
    )


@router.post("/quality/check")
def check(workspace: PageWorkspace) -> Response:
    """Check now."""
    workspace.check()
    return RedirectResponse("/quality", status_code=303)


@router.get("/quality/tables/{table}")
def table_page(request: Request, workspace: PageWorkspace, table: str) -> HTMLResponse:
    """Show everything found in a table, its columns and sources."""
    if table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    state = workspace.quality.show()
    found = next((t for t in state.check.tables if t.table == table), None)
    if found is None:
        raise NothingYetError("error.nothing.table", table=table)
    by_status = sorted(found.findings, key=lambda f: (_ORDER[f.status], -f.value))
    return show(
        request,
        workspace,
        "pages/quality_table.html",
        active="data",
        page_title=Message("page.quality.of_table", {"table": LOADED[table].label}),
        table=found,
        label=LOADED[table].label,
        findings=[_finding(f) for f in by_status],
        unchecked=[(Message(f"quality.dimension.{d}"), Message(code)) for d, code in found.unchecked.items()],
        columns=[_column(workspace, table, c) for c in found.columns if c.known],
        empty=[column_label(table, c.name) for c in found.columns if not c.known],
        completeness=_completeness(found),
        sources=[{**s.model_dump(), "last": local(workspace, s.last)} for s in found.sources],
    )


@router.get("/quality/tables/{table}/{measure}")
def examples(
    request: Request, workspace: PageWorkspace, table: str, measure: str, column: str | None = None
) -> HTMLResponse:
    """Show rows that a measure finds."""
    rows = workspace.quality.examples(table, measure, column or None, limit=EXAMPLES)
    found = None
    with suppress(NothingYetError):
        kept = workspace.quality.show().check.tables
        findings = next((t.findings for t in kept if t.table == table), ())
        found = next((f for f in findings if (f.measure, f.column or "") == (measure, column or "")), None)
    return show(
        request,
        workspace,
        "pages/quality_examples.html",
        active="data",
        page_title=Message("page.quality.examples"),
        table=table,
        label=LOADED[table].label,
        finding=_finding(found) if found is not None else None,
        columns=[{"key": n, "title": column_label(table, n)} for n in rows.column_names],
        rows=[{k: _cell(workspace, v) for k, v in r.items()} for r in rows.to_pylist()],
    )


@router.get("/quality/gates")
def gates(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show the gates in force."""
    return _gates_page(request, workspace, workspace.quality.gates())


@router.post("/quality/gates")
async def set_gates(request: Request, workspace: PageWorkspace) -> Response:
    """Store limits: fields ``at_most.<place>`` of the gates in force, and one more."""
    form = await request.form()
    fields = {k: str(v).strip() for k, v in form.items()}
    shown = workspace.quality.gates()
    try:
        wanted = _wanted(fields, shown)
        workspace.quality.set_gates(wanted, why=fields.get("why", "")[:500])
    except UsageError as error:
        return _gates_page(request, workspace, shown, wrong=error.message)
    return RedirectResponse("/quality/gates", status_code=303)


@router.post("/quality/repair")
def repair(
    workspace: PageWorkspace,
    table: Annotated[str, Form()],
    column: Annotated[str, Form()],
    value: Annotated[str, Form()],
    like: Annotated[str, Form()],
) -> Response:
    """Read a value as another."""
    workspace.quality.repair(table, column, {value: like})
    return RedirectResponse("/quality#near", status_code=303)


@router.post("/quality/restore")
def restore(
    workspace: PageWorkspace,
    table: Annotated[str, Form()],
    column: Annotated[str, Form()],
    value: Annotated[str, Form()],
) -> Response:
    """Read a value as it was loaded again."""
    workspace.quality.restore(table, column, [value])
    return RedirectResponse("/quality#near", status_code=303)


def _kept(workspace: Workspace) -> CheckState | None:
    with suppress(NothingYetError):
        return workspace.quality.show()
    return None


def _worst(table: TableCheck) -> tuple[int, int, str]:
    return (
        -sum(f.status == "failed" for f in table.findings),
        -sum(f.status == "note" for f in table.findings),
        table.table,
    )


def _row(table: TableCheck) -> dict[str, Any]:
    cells = []
    for d in DIMENSIONS:
        status, worst = table.status(d), table.worst(d)
        cells.append(
            {
                "status": status or "unchecked",
                "word": Message(f"quality.status.{status or 'unchecked'}"),
                "icon": _ICONS.get(status or ""),
                "tone": _TONES.get(status or "", "neutral"),
                "why": finding_message(worst)
                if worst is not None
                else Message(table.unchecked[d])
                if d in table.unchecked
                else None,
                "short": _short(worst) if worst is not None else None,
            }
        )
    return {"name": table.table, "label": LOADED[table.table].label, "rows": table.rows, "cells": cells}


def _short(finding: Finding) -> tuple[float, str]:
    if finding.measure == "age_days":
        return finding.value, "days"
    if finding.measure in ("psi", "rate"):
        return finding.value, "number"
    return (finding.value, "count") if finding.measure == "new_levels" else (finding.value, "percent")


def _cell(workspace: Workspace, value: Any) -> Any:
    """Return a value of a row as the table shows it: moments in the workspace's time zone."""
    if value is None:
        return "—"
    return local(workspace, value) if isinstance(value, datetime) else str(value)


_QUARANTINED = {"rejected": "/data/rejects/{}", "blanked": "/data/rejects/{}?blanked=1&column={}"}
"""Measures whose rows are in the quarantine, and where its pages have those of a table and column."""


def _finding(finding: Finding) -> dict[str, Any]:
    rows = finding.rows is not None and finding.measure not in _QUARANTINED
    asked = f"?column={quote(finding.column)}" if finding.column else ""
    return {
        "table": finding.table,
        "label": LOADED[finding.table].label,
        "dimension": Message(f"quality.dimension.{finding.dimension}"),
        "text": finding_message(finding),
        "advice": advice_message(finding) if finding.status != "good" else "",
        "status": Message(f"quality.status.{finding.status}"),
        "tone": _TONES[finding.status],
        "icon": _ICONS[finding.status],
        "examples": f"/quality/tables/{finding.table}/{finding.measure}{asked}" if rows else None,
        "rejects": _QUARANTINED[finding.measure].format(finding.table, quote(finding.column or "", safe=""))
        if finding.measure in _QUARANTINED
        else None,
    }


def _column(workspace: Workspace, table: str, column: Any) -> dict[str, Any]:
    contract = LOADED[table].column(column.name)
    kind = contract.type if contract is not None else ColumnType.TEXT
    return {
        "label": column_label(table, column.name),
        "name": column.name,
        "known": column.known,
        "share": column.known / column.of if column.of else None,
        "low": _end(workspace, kind, column.low),
        "high": _end(workspace, kind, column.high),
    }


def _end(workspace: Workspace, kind: ColumnType, text: str | None) -> tuple[Any, str] | None:
    """Return a least or greatest value, which a check keeps as text, with the format to show it in."""
    if text is None:
        return None
    try:
        match kind:
            case ColumnType.TIMESTAMP:
                return local(workspace, datetime.fromisoformat(text)), "datetime"
            case ColumnType.DATE:
                return date.fromisoformat(text[:10]), "date"
            case ColumnType.MONEY:
                return Decimal(text), "money"
            case ColumnType.NUMBER | ColumnType.INTEGER:
                return float(text), "number"
    except (ValueError, ArithmeticError):
        pass
    return text, "plain"


def _near(value: NearValue) -> dict[str, Any]:
    return {
        **value.model_dump(),
        "label": LOADED[value.table].label,
        "column_label": column_label(value.table, value.column),
        "why": Message(f"quality.rule.{value.rule}"),
        "against_word": Message(f"quality.against.{value.against}"),
    }


def _completeness(table: TableCheck) -> BarChart | None:
    shares = [(c, c.known / c.of) for c in table.columns if c.known and c.of]
    partly = sorted(((c, s) for c, s in shares if s < 1), key=lambda item: item[1])[:15]
    if not partly:
        return None
    bars = tuple(Bar(column_label(table.table, c.name), s) for c, s in partly)
    return BarChart(Message("page.quality.completeness"), Axis(Message("page.quality.known"), "percent", 0, 1), bars)


def _history(workspace: Workspace) -> LineChart | None:
    """Return the share of rejected rows per load and table, oldest first; None without two loads and a rejected row."""
    if not allowed("data.loads", workspace.actor.role):
        return None
    loads = [x for x in reversed(workspace.data.loads(limit=LOADS_SHOWN)) if x.facts.get("read")]
    if len(loads) < 2 or not any(x.facts["rejected"] for x in loads):
        return None
    tables = list(dict.fromkeys(str(x.facts["table"]) for x in loads))[:8]
    categories = tuple(f"{local(workspace, x.at):%m-%d %H:%M} #{x.run}" for x in loads)
    series = tuple(
        Series(
            LOADED[t].label,
            tuple(x.facts["rejected"] / x.facts["read"] if x.facts["table"] == t else None for x in loads),
            colour=i,
        )
        for i, t in enumerate(tables)
        if t in LOADED
    )
    title = Message("page.quality.history")
    share = Axis(Message("quality.name.rejected"), "percent", 0)
    return LineChart(title, Message("page.quality.loads"), categories, share, series)


def _checks(workspace: Workspace, state: CheckState) -> LineChart | None:
    """Return how many findings did not meet a gate, per check and dimension; None for fewer than two checks."""
    if len(state.history) < 2:
        return None
    series = tuple(
        Series(Message(f"quality.dimension.{d}"), tuple(float(p.failed.get(d, 0)) for p in state.history), colour=i)
        for i, d in enumerate(DIMENSIONS)
        if any(p.failed.get(d) or p.notes.get(d) for p in state.history)
    )
    when = tuple(f"{local(workspace, p.at):%m-%d %H:%M}" for p in state.history)
    axis = Axis(Message("page.quality.failed_count"), "count", 0)
    return LineChart(Message("page.quality.checks"), Message("page.quality.checks_axis"), when, axis, series)


def _wanted(fields: dict[str, str], shown: Gates) -> Sequence[dict[str, Any]]:
    wanted: list[dict[str, Any]] = []
    for i, gate in enumerate(shown.gates):
        text = fields.get(f"at_most.{i}", "")
        if text:
            wanted.append({**gate.model_dump(exclude_none=True), "at_most": _limit(text, gate)})
    if fields.get("measure") and fields.get("limit"):
        gate = Gate(measure=fields["measure"][:60], at_most=0)
        place = {k: fields[f"new_{k}"] for k in ("table", "column") if fields.get(f"new_{k}")}
        new = {"measure": gate.measure, "at_most": _limit(fields["limit"], gate), **place}
        # a limit for what has one already takes its place
        wanted = [g for g in wanted if any(g.get(k) != new.get(k) for k in ("measure", "table", "column"))]
        wanted.append(new)
    return wanted


def _limit(text: str, gate: Gate) -> float | str:
    """Read a limit as it is shown: shares in percent."""
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        return text
    return value / 100 if is_share(gate.measure) else value


def is_share(measure: str) -> bool:
    """Say whether a measure is a share of rows, which people write in percent."""
    return measure not in ("age_days", "new_levels", "psi", "rate")


def _gates_page(request: Request, workspace: Workspace, found: Gates, *, wrong: Message | None = None) -> HTMLResponse:
    return show(
        request,
        workspace,
        "pages/quality_gates.html",
        active="data",
        page_title=Message("page.quality.gates"),
        status=200 if wrong is None else 422,
        gates=[
            {
                "place": i,
                "text": gate_message(g),
                "table": LOADED[g.table].label if g.table in LOADED else None,
                "column": column_label(g.table, g.column) if g.table and g.column else None,
                "value": f"{g.at_most * 100:g}" if is_share(g.measure) else f"{g.at_most:g}",
                "share": is_share(g.measure),
                "name": measure_name(g.measure),
            }
            for i, g in enumerate(found.gates)
        ],
        measures=[(m, measure_name(m)) for m in MEASURES],
        tables=[("", Message("page.quality.every_table"))] + [(n, c.label) for n, c in LOADED.items()],
        wrong=wrong,
    )
