"""Jobs: what runs, what is done, why something failed, and running it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.i18n import Label, Message, from_json
from qunxiang.ports.state import Job
from qunxiang.services.access import allowed
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.days import local
from qunxiang.web.pages.job_words import job_view, segmentation_names
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

JOBS_SHOWN = 100
COUNTS = (
    "read",
    "accepted",
    "unchanged",
    "rejected",
    "blanked_rows",
    "profiles",
    "traits",
    "changed",
    "segments",
    "personas",
)
NEXT = {
    "load": "/data",
    "resolve": "/data",
    "refresh": "/traits",
    "check": "/quality",
    "refresh_past": "/segments",
    "segment.fit": "/segments",
    "segment.classify": "/segments",
    "persona.build": "/personas",
    "report": "/reports",
    "survey.load": "/surveys",
    "scale.fit": "/scales",
    "market.define": "/markets",
    "market.type": "/markets",
    "market.report": "/markets",
}
"""Where to go on when a job is done."""


@router.get("/jobs")
def jobs(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show the newest jobs."""
    newest = workspace.jobs.list(limit=JOBS_SHOWN)
    names = segmentation_names(workspace, newest)
    found = [_with_retry(workspace, job, names) for job in newest]
    return show(
        request,
        workspace,
        "pages/jobs.html",
        active="jobs",
        page_title=Message("shell.nav.jobs"),
        alive=[job for job in found if job["alive"]],
        ended=[job for job in found if not job["alive"]],
    )


@router.get("/jobs/{job_id}")
def job(request: Request, workspace: PageWorkspace, job_id: str) -> HTMLResponse:
    """Show one job with its result."""
    found = workspace.jobs.show(job_id)
    return show(
        request,
        workspace,
        "pages/job.html",
        active="jobs",
        page_title=job_view(workspace, found)["title"],
        **_detail(workspace, found),
    )


@router.get("/jobs/{job_id}/panel")
def panel(request: Request, workspace: PageWorkspace, job_id: str) -> HTMLResponse:
    """Return a job as it stands: the part of its page that asks again until the job has ended."""
    detail = _detail(workspace, workspace.jobs.show(job_id))
    return show(request, workspace, "pages/job_panel.html", active="jobs", **detail)


@router.get("/jobs/{job_id}/progress")
def progress(request: Request, workspace: PageWorkspace, job_id: str) -> HTMLResponse:
    """Return a job as one line of a list, which asks again until the job has ended."""
    found = job_view(workspace, workspace.jobs.show(job_id))
    return show(request, workspace, "pages/job_line.html", active="jobs", job=found)


@router.post("/jobs/{job_id}/cancel")
def cancel(workspace: PageWorkspace, job_id: str) -> Response:
    """Stop a job, and show it."""
    found = workspace.jobs.cancel(job_id)
    return RedirectResponse(f"/jobs/{found.id}", status_code=303)


@router.post("/jobs/{job_id}/retry")
def retry(workspace: PageWorkspace, job_id: str) -> Response:
    """Run a failed job again."""
    again = workspace.jobs.retry(job_id)
    return RedirectResponse(f"/jobs/{again.id}", status_code=303)


def _with_retry(workspace: Workspace, job: Job, names: Mapping[str, Label] | None = None) -> dict[str, Any]:
    may = allowed("job.retry", workspace.actor.role) and allowed(job.use_case, workspace.actor.role)
    return {
        **job_view(workspace, job, names),
        "may_retry": may and job.status in ("failed", "cancelled"),
        "may_cancel": may and job.status in ("queued", "running"),
    }


def _detail(workspace: Workspace, job: Job) -> dict[str, Any]:
    result = job.result or {}
    result = {k: v for k, v in result.items() if k != "blanked_rows" or v}  # few loads leave values empty
    counts = [(Message(f"page.jobs.count.{n}"), result[n], "count") for n in COUNTS if isinstance(result.get(n), int)]
    name = str(job.arguments.get("name") or job.arguments.get("segmentation") or "")
    onward = NEXT.get(job.use_case, "/")
    if name and job.use_case.startswith(("segment.", "survey.", "scale.", "market.")):
        onward += "/" + quote(name, safe="")
    return {
        "job": _with_retry(workspace, job),
        "times": [
            (Message("page.jobs.created"), local(workspace, job.created_at), "datetime"),
            (Message("page.jobs.by"), job.actor.name, "plain"),
            *(((Message("page.jobs.ended"), local(workspace, job.ended_at), "datetime"),) if job.ended_at else ()),
        ],
        "counts": counts,
        "notes": [from_json(n) for n in result.get("notes", ()) if isinstance(n, dict) and "code" in n],
        "blanked": f"/data/rejects/{result['table']}?blanked=1"
        if result.get("blanked_rows") and result.get("table")
        else None,
        "rejects": f"/data/rejects/{result['table']}" if result.get("rejected") and result.get("table") else None,
        "file": f"/api/v1/jobs/{job.id}/result" if job.result and "file" in job.result else None,
        "onward": onward if job.status == "done" else None,
        "onward_text": Message(f"page.jobs.onward.{job.use_case}") if job.use_case in NEXT else None,
        "retry_of": f"/jobs/{job.retry_of}" if job.retry_of else None,
    }
