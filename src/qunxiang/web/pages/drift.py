"""Pages of drift: how every trait, or every trait of a segmentation, shifted between two dates."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from qunxiang.charts.spec import Axis, Bar, BarChart
from qunxiang.errors import NothingYetError
from qunxiang.i18n import Message
from qunxiang.services.points import points
from qunxiang.services.trait_drift import DriftReport, TraitDrift
from qunxiang.traits import level_label
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.migration import day
from qunxiang.web.pages.segments import summary_of
from qunxiang.web.pages.traits import FORMATS
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()
Day = Annotated[str, Query(max_length=20)]
TONES = {"drifted": "bad", "shifted": "warn", "chance": "info", "steady": "good", "unknown": "info"}
DRAWN = 6
"""Traits drawn as charts: the first in the table, the largest shifts."""


@router.get("/drift")
def overall(request: Request, workspace: PageWorkspace, start: Day = "", end: Day = "") -> HTMLResponse:
    """Show the drift of all traits."""
    return _page(request, workspace, None, start, end)


@router.get("/segments/{name}/drift")
def of_segmentation(
    request: Request, workspace: PageWorkspace, name: str, start: Day = "", end: Day = ""
) -> HTMLResponse:
    """Show the drift of the traits that a segmentation goes by."""
    return _page(request, workspace, name, start, end)


def _page(request: Request, workspace: Workspace, name: str | None, start: str, end: str) -> HTMLResponse:
    found: DriftReport | None = None
    wrong: Message | None = None
    try:
        found = workspace.traits.drift(name, day(start), day(end))
    except NothingYetError as error:
        wrong = error.message
    return show(
        request,
        workspace,
        "pages/drift.html",
        active="traits" if name is None else "segments",
        page_title=Message("drift.title"),
        name=name,
        summary=summary_of(workspace, name) if name is not None else None,
        dates=[p.as_of for p in points(workspace.house)],
        found=found,
        wrong=wrong,
        tones=TONES,
        counts={level: sum(t.level == level for t in found.traits) for level in TONES} if found else {},
        charts=[(t, _chart(t)) for t in found.traits[:DRAWN] if t.bins and t.level in ("drifted", "shifted")]
        if found
        else [],
    )


def _chart(drift: TraitDrift) -> BarChart:
    bars = tuple(Bar(_bin(drift, b), b.after, base=b.before) for b in drift.bins)
    return BarChart(
        Message("drift.chart", {"label": drift.label, "unit": drift.unit}),
        Axis(Message("drift.share"), "percent", 0.0),
        bars,
        Message("drift.before"),
    )


def _bin(drift: TraitDrift, found: Any) -> Any:
    if found.text is not None:
        return level_label(drift.trait, found.text)
    fmt = FORMATS[drift.kind]
    if found.value is not None:
        return Message(f"drift.bin.value.{fmt}", {"value": found.value})
    if found.low is None and found.high is None:
        return Message("drift.bin.other")
    side = "below" if found.low is None else "above" if found.high is None else "between"
    return Message(f"drift.bin.{side}.{fmt}", {"low": found.low, "high": found.high})
