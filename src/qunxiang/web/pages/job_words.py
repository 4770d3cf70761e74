"""Jobs in words: what they do, how far they are, why they failed, and where their result is."""

from __future__ import annotations

from typing import Any

from qunxiang.i18n import Message, from_json
from qunxiang.ports.state import Job
from qunxiang.tables import CONTRACTS
from qunxiang.web.pages.days import local
from qunxiang.workspace import Workspace

ALIVE = ("queued", "running")


def job_view(workspace: Workspace, job: Job) -> dict[str, Any]:
    """Return a job as the pages show it; texts are messages."""
    alive = job.status in ALIVE
    said = job.error if job.status == "failed" else job.stage if alive else None
    return {
        "id": job.id,
        "title": title(job),
        "status": job.status,
        "alive": alive,
        "share": job.progress if job.status == "running" else None,
        "message": from_json(said) if said and "code" in said else None,
        "href": f"/jobs/{job.id}",
        "poll": f"/jobs/{job.id}/progress",
        "by": job.actor.name,
        "at": local(workspace, job.created_at),
        "seconds": round((job.ended_at - job.started_at).total_seconds(), 1)
        if job.ended_at and job.started_at
        else None,
        "failed": job.status in ("failed", "cancelled"),
    }


def title(job: Job) -> Message:
    """Return what the job does, with its subject where it has one."""
    arguments = job.arguments
    table = CONTRACTS.get(str(arguments.get("table", "")))
    names = (arguments.get(key) for key in ("name", "segmentation", "scheme", "as_of"))
    subject = table.label if table is not None else next((str(name) for name in names if name), "")
    code = f"page.use_case.{job.use_case}"
    return Message("page.jobs.title_of", {"what": Message(code), "subject": subject}) if subject else Message(code)
