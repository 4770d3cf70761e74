"""The page of strength by segment: judged and measured side by side."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.i18n import Label, Message
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, number_of, text_of
from qunxiang.web.rendering import show

router = APIRouter()


@router.get("/competitors/strength")
def strength_page(request: Request, workspace: PageWorkspace, name: str = "", segmentation: str = "") -> HTMLResponse:
    """Show the strength of every competitor in the segments of a segmentation; the first one without a choice."""
    schemes = [(s.id, s.label) for s in workspace.segments.list()]
    chosen = name or segmentation or (schemes[0][0] if schemes else "")
    view = workspace.competitors.strength(chosen) if chosen else None
    return show(
        request,
        workspace,
        "pages/competitor_strength.html",
        active="competitors",
        page_title=Message("competitor.strength"),
        view=view,
        schemes=schemes,
        chosen=chosen,
        names={} if view is None else {r.competitor.id: r.competitor.label for r in view.rows},
        labels_of=[] if view is None else [(s.id, s.label) for s in view.segments],
        labels={} if view is None else {s.id: s for s in view.segments},
    )


@router.post("/competitors/strength")
def judge(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Enter a judgement, 0 to 10, with its reason."""
    name = text_of(fields, "segmentation")
    workspace.competitors.judge(
        text_of(fields, "competitor"),
        segmentation=name,
        segment=text_of(fields, "segment"),
        value=number_of(text_of(fields, "value"), Label("分数", "score")),
        why=text_of(fields, "why"),
    )
    return gone_to(request, "competitors", "strength", query=f"name={quote(name, safe='')}", anchor="strengths")
