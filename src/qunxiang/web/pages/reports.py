"""The page of reports: write one as a job, download those written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.i18n import Label, Message, from_json
from qunxiang.ports.documents import ReportFormat
from qunxiang.ports.state import Job
from qunxiang.services.report import FORMATS
from qunxiang.web.api.answers import at_once, content_answer, queued, safe_name
from qunxiang.web.api.uploads import scratch_folder
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import gone_to
from qunxiang.web.rendering import show

router = APIRouter()


@router.get("/reports")
def report_page(request: Request, workspace: PageWorkspace, name: str = "") -> HTMLResponse:
    """Offer a report on each segmentation and list those written."""
    schemes = [s for s in workspace.segments.list() if s.assigned or s.changed_since]
    labels = {s.id: s.label for s in schemes}
    written = [written_report(j, labels) for j in workspace.jobs.list(limit=200) if j.use_case == "report"]
    chosen = name if name in labels else next((n for n in ("lifestyle", "rfm") if n in labels), "")
    return show(
        request,
        workspace,
        "pages/reports.html",
        active="reports",
        page_title=Message("room.reports.title"),
        schemes=schemes,
        written=written,
        chosen=chosen,
        formats=FORMATS,
    )


def written_report(job: Job, labels: dict[str, Label]) -> dict[str, Any]:
    """Return a report that a job wrote or writes, as pages list it."""
    arguments = job.arguments
    name = str(arguments.get("segmentation") or arguments.get("name") or "")
    told = job.error if job.status == "failed" else None
    return {
        "job": job,
        "name": name,
        "label": labels.get(name, Label.same(name)),
        "format": str(arguments.get("format", "")).upper(),
        "lang": str(arguments.get("lang", "")),
        "message": from_json(told) if told and "code" in told else None,
        "href": f"/api/v1/jobs/{job.id}/result" if job.status == "done" else None,
    }


@router.post("/reports")
def write_report(
    request: Request,
    workspace: PageWorkspace,
    segmentation: Annotated[str, Form(max_length=100)],
    format: Annotated[ReportFormat, Form()],
    lang: Annotated[Literal["zh", "en"], Form()],
) -> Response:
    """Queue a report and lead to the page that waits for it; a role that starts no jobs gets the file at once."""
    workspace.targets.chosen(segmentation)  # raises when there is no such segmentation
    if at_once(workspace, wait=False):
        name = f"{segmentation}.{format}"
        with scratch_folder(workspace) as folder:
            content = workspace.report(segmentation, folder / safe_name(name), lang=lang).read_bytes()
        return content_answer(content, name)
    job = queued(workspace, "report", segmentation=segmentation, format=format, lang=lang)
    return gone_to(request, "waiting", job.id, query="then=/reports")
