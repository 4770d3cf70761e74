"""Waiting for a job that a page started, and going on when it is done."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from qunxiang.i18n import Message, from_json
from qunxiang.web.auth import PageWorkspace, local_path
from qunxiang.web.pages.job_words import title
from qunxiang.web.rendering import show

router = APIRouter()
ACTIVE = {
    "segment.fit": "segments",
    "persona.build": "personas",
    "report": "reports",
    "market.report": "surveys",
    "value.fit": "value",
}


@router.get("/waiting/{job_id}")
def waiting(request: Request, workspace: PageWorkspace, job_id: str, then: str = "/") -> HTMLResponse:
    """Show a job's progress; the page goes on to `then` when it is done."""
    return _shown(request, workspace, job_id, then, "pages/waiting.html")


@router.get("/waiting/{job_id}/state")
def waiting_state(request: Request, workspace: PageWorkspace, job_id: str, then: str = "/") -> HTMLResponse:
    """Return the job as it stands, a part that replaces itself."""
    return _shown(request, workspace, job_id, then, "pages/waiting_state.html")


def _shown(request: Request, workspace: PageWorkspace, job_id: str, then: str, template: str) -> HTMLResponse:
    job = workspace.jobs.show(job_id)
    told = job.error if job.status == "failed" and job.error else job.stage
    return show(
        request,
        workspace,
        template,
        active=ACTIVE.get(job.use_case, "jobs"),
        page_title=Message("room.waiting.title"),
        job=job,
        then=local_path(then),
        message=from_json(told) if told else None,
        title=Message(f"room.waiting.{job.use_case}") if job.use_case in ACTIVE else title(job),
    )
