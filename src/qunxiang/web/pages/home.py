"""Overview: where the workspace stands and what to do next."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from qunxiang.charts.spec import Axis, Bar, BarChart
from qunxiang.i18n import Message
from qunxiang.services.access import allowed
from qunxiang.services.overview import Overview
from qunxiang.services.segment_read import SegmentationSummary
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.job_words import job_view
from qunxiang.web.pages.persona_cards import persona_view
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

GUIDE = {
    "load": ("load", "/data/load", "load"),
    "resolve": ("resolve", "/data", "resolve"),
    "refresh": ("refresh", "/data", "refresh"),
    "segment": ("segment", "/segments", "segment.fit"),
    "rank": ("describe", "/targets", "target.rank"),
    "choose": ("rank", "/targets", "target.choose"),
    "portray": ("personas", "/personas", "persona.build"),
    "report": ("report", "/reports", "report"),
}
"""Step of the overview: its place in the guide, its page, and the use case that takes it."""

SPEND = "monetary_365d"
JOBS_SHOWN = 4
PERSONAS_SHOWN = 4


@router.get("/")
def home(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show where the workspace stands."""
    overview = workspace.overview()
    segmentations = workspace.segments.list() if overview.segmentations else []
    newest = max(segmentations, key=lambda s: s.at, default=None)
    people = workspace.personas.list()[:PERSONAS_SHOWN] if overview.personas else []
    newest_jobs = workspace.jobs.list(limit=JOBS_SHOWN)
    facts = overview.refreshed.facts if overview.refreshed is not None else {}
    return show(
        request,
        workspace,
        "pages/home.html",
        active="overview",
        page_title=Message("shell.nav.overview"),
        overview=overview,
        guide=guide_view(overview, workspace),
        revenue=revenue(workspace) if overview.refreshed is not None else None,
        newest=newest,
        fitted=fitted(workspace, segmentations),
        chart=None if newest is None or not newest.assigned else sizes_chart(newest),
        personas=[persona_view(workspace, p) for p in people],
        jobs=[job_view(workspace, job, {s.id: s.label for s in segmentations}) for job in newest_jobs],
        stale=bool(facts.get("stale")),
        newest_fact=date.fromisoformat(facts["newest_fact"]) if facts.get("newest_fact") else None,
    )


def guide_view(overview: Overview, workspace: Workspace) -> dict[str, Any]:
    """Return the stepper of the guide and the next step, which None says is none."""
    links = {GUIDE[step.name][0]: GUIDE[step.name][1] for step in overview.steps}
    done = [GUIDE[step.name][0] for step in overview.steps if step.done]
    following = next((step.name for step in overview.steps if step.next), None)
    return {
        "links": links,
        "done": done,
        "current": None if following is None else GUIDE[following][0],
        "next": following,
        "href": None if following is None else GUIDE[following][1],
        "may": following is not None and allowed(GUIDE[following][2], workspace.actor.role),
    }


def revenue(workspace: Workspace) -> dict[str, Any] | None:
    """Return what all customers spent in the 365 days up to the snapshot's day; None when no orders tell."""
    state = next((s for s in workspace.traits.list() if s.definition.id == SPEND), None)
    if state is None or state.mean is None:
        return None
    return {"value": state.mean * state.known, "n": state.known}


def fitted(workspace: Workspace, segmentations: list[SegmentationSummary]) -> dict[str, Any] | None:
    """Return stability and verdict of the segmentation fitted last; None when none was."""
    found = max((s for s in segmentations if s.verdict is not None), key=lambda s: s.at, default=None)
    if found is None:
        return None
    evidence = workspace.segments.stability(found.id).evidence
    at = evidence["by_k"].get(str(len(found.segments)), {})
    return {
        "id": found.id,
        "label": found.label,
        "verdict": found.verdict,
        "n": evidence.get("n_pairs"),
        "ari": at.get("mean_ari"),
        "low": at.get("low"),
        "high": at.get("high"),
    }


def sizes_chart(newest: SegmentationSummary) -> BarChart:
    """Return the sizes of the segments of a segmentation."""
    bars = tuple(Bar(s.label, s.n, colour=s.colour) for s in newest.segments)
    return BarChart(newest.label, Axis(Message("page.home.customers"), "count", low=0), bars)
