"""Pages of segments over time: the migration matrix, who moved, and computing past dates."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Label, Message
from qunxiang.services.segment_history import Dated
from qunxiang.services.segment_migration import LEAST_FOR_REASON, Migration, Shift
from qunxiang.web.api.answers import queued
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, text_of
from qunxiang.web.pages.segments import summary_of
from qunxiang.web.pages.traits import FORMATS, format_of
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()
PER_PAGE = 50
SHADES = 5
MOVES_EXPLAINED = 8
Day = Annotated[str, Query(max_length=20)]


@router.get("/segments/{name}/migration")
def migration(request: Request, workspace: PageWorkspace, name: str, start: Day = "", end: Day = "") -> HTMLResponse:
    """Show who went where between two dates."""
    dates = workspace.segments.dates(name)
    found: Migration | None = None
    wrong: Message | None = None
    try:
        found = workspace.segments.migration(name, day(start), day(end))
    except NothingYetError as error:
        wrong = error.message if start or end else None
    summary = summary_of(workspace, name)
    today = workspace.snapshot.as_of if workspace.snapshot is not None else None
    return show(
        request,
        workspace,
        "pages/segments_migration.html",
        active="segments",
        page_title=Message("room.migration.title"),
        name=name,
        summary=summary,
        dates=[_choice(d) for d in dates],
        found=found,
        wrong=wrong,
        start=found.start.as_of if found else None,
        end=found.end.as_of if found else None,
        rows=_rows(found) if found else [],
        columns=[p for p in found.places if p.after] if found else [],
        reasons=_reasons(found) if found else [],
        entered=sum(c.n for c in found.cells if found.places[c.origin].state == "absent") if found else 0,
        computed_later=found is not None and (found.start.past or found.end.past),
        today=today,
        year_before=today.replace(year=today.year - 1, day=28) if today is not None else None,
        least=LEAST_FOR_REASON,
    )


@router.get("/segments/{name}/movers")
def movers(
    request: Request,
    workspace: PageWorkspace,
    name: str,
    start: Day = "",
    end: Day = "",
    origin: Annotated[str, Query(max_length=200)] = "",
    target: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """List who moved, with the deciding traits before and after."""
    found = workspace.segments.movers(
        name, day(start), day(end), from_segment=origin or None, to_segment=target or None
    )
    dates = [d.as_of for d in workspace.segments.dates(name)]
    begun, ended = day(start) or dates[-2], day(end) or dates[-1]
    summary = summary_of(workspace, name)
    traits = [c.removesuffix("__before") for c in found.column_names if c.endswith("__before")]
    states = {s.definition.id: s.definition for s in workspace.traits.list()}
    shown = [
        {
            "id": t,
            "label": states[t].label if t in states else Label.same(t),
            "format": format_of(states[t]) if t in states else "plain",
        }
        for t in traits
    ]
    return show(
        request,
        workspace,
        "pages/segments_movers.html",
        active="segments",
        page_title=Message("room.migration.movers"),
        name=name,
        summary=summary,
        labels={s.id: s for s in summary.segments},
        origin=origin,
        target=target,
        start=begun,
        end=ended,
        traits=shown,
        rows=found.slice((page - 1) * PER_PAGE, PER_PAGE).to_pylist(),
        total=found.num_rows,
        page=page,
        per_page=PER_PAGE,
    )


@router.post("/segments/-/past")
def past(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Compute past dates as a job."""
    every = text_of(fields, "every")
    if every not in ("week", "month", "quarter"):
        raise SettingError("error.past.every", value=every[:40])
    first, last = day(text_of(fields, "first")), day(text_of(fields, "last"))
    if first is None:
        raise SettingError("error.setting.date", value="")
    arguments = {"first": first.isoformat(), "every": every}
    if last is not None:
        arguments["last"] = last.isoformat()
    job = queued(workspace, "refresh_past", **arguments)
    return gone_to(request, "jobs", job.id)


def day(text: str) -> date | None:
    """Return a date that was typed or chosen; None when it was left empty."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingError("error.setting.date", value=text[:40]) from error


def _choice(dated: Dated) -> dict[str, Any]:
    code = "room.migration.date_past" if dated.past else "room.migration.date"
    return {"value": dated.as_of.isoformat(), "text": Message(code, {"day": dated.as_of}), "day": dated.as_of}


def _rows(found: Migration) -> list[dict[str, Any]]:
    """Return a row per origin with a cell per target, shaded by the share of the origin."""
    cells = {(c.origin, c.target): c for c in found.cells}
    targets = [i for i, p in enumerate(found.places) if p.after]
    out = []
    for i, place in enumerate(found.places):
        if not place.before:
            continue
        row = []
        for j in targets:
            cell = cells.get((i, j))
            shade = 0 if cell is None or cell.share is None else min(SHADES, int(cell.share * SHADES) + 1)
            both = place.segment is not None and found.places[j].segment is not None
            row.append({"it": cell, "shade": shade, "to": found.places[j], "listed": both and cell is not None})
        out.append({"place": place, "cells": row})
    return out


def _reasons(found: Migration) -> list[dict[str, Any]]:
    """Return the largest moves between segments, each with what changed for those who made it."""
    by_move: dict[tuple[int, int], list[Shift]] = {}
    for shift in found.shifts:
        by_move.setdefault((shift.origin, shift.target), []).append(shift)
    moves = [
        c
        for c in sorted(found.cells, key=lambda c: -c.n)
        if c.origin != c.target and "absent" not in (found.places[c.origin].state, found.places[c.target].state)
    ]
    return [
        {
            "from": found.places[c.origin],
            "to": found.places[c.target],
            "n": c.n,
            "shifts": [{"it": s, "format": FORMATS[s.kind]} for s in by_move.get((c.origin, c.target), [])],
        }
        for c in moves[:MOVES_EXPLAINED]
    ]


def history_view(workspace: Workspace, profile_id: str) -> list[dict[str, Any]]:
    """Return the segments of a profile over time, by segmentation, for those with more than one date."""
    grouped: dict[str, dict[str, Any]] = {}
    for stay in workspace.segments.history(profile_id):
        group = grouped.setdefault(stay.segmentation, {"label": stay.segmentation_label, "stays": [], "dates": 0})
        group["stays"].append(stay)
        group["dates"] += stay.dates
    return [group for group in grouped.values() if group["dates"] > 1]
