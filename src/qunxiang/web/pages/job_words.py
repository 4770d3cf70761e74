"""Jobs in words: what they do, how far they are, why they failed, and where their result is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from qunxiang.errors import NotAllowedError, NothingYetError
from qunxiang.i18n import Label, Message, from_json
from qunxiang.ports.state import Job
from qunxiang.tables import CONTRACTS
from qunxiang.web.pages.days import local
from qunxiang.web.pages.load_columns import page_words
from qunxiang.workspace import Workspace

ALIVE = ("queued", "running")


def segmentation_names(workspace: Workspace, jobs: Iterable[Job]) -> dict[str, Label]:
    """Return the names for people of the segmentations that jobs are about; none when no job is about one."""
    if not any(job.arguments.get(key) for job in jobs for key in ("name", "segmentation")):
        return {}
    with suppress(NothingYetError, NotAllowedError):
        return {s.id: s.label for s in workspace.segments.list()}
    return {}


def job_view(workspace: Workspace, job: Job, names: Mapping[str, Label] | None = None) -> dict[str, Any]:
    """Return a job as the pages show it; texts are messages. `names` are those of segmentations, where known."""
    if names is None:
        names = segmentation_names(workspace, [job])
    alive = job.status in ALIVE
    said = job.error if job.status in ("failed", "cancelled") else job.stage if alive else None
    return {
        "id": job.id,
        "title": title(job, names),
        "status": job.status,
        "alive": alive,
        "share": job.progress if job.status == "running" else None,
        "message": _message(said),
        "href": f"/jobs/{job.id}",
        "poll": f"/jobs/{job.id}/progress",
        "by": job.actor.name,
        "at": local(workspace, job.created_at),
        "seconds": round((job.ended_at - job.started_at).total_seconds(), 1)
        if job.ended_at and job.started_at
        else None,
        "failed": job.status in ("failed", "cancelled"),
    }


def _message(said: Mapping[str, Any] | None) -> Label | Message | None:
    read = from_json(said) if said and "code" in said else None
    return page_words(read) if isinstance(read, Message) else read


def title(job: Job, segmentations: Mapping[str, Label] | None = None) -> Message:
    """Return what the job does, with its subject where it has one."""
    arguments = job.arguments
    table = CONTRACTS.get(str(arguments.get("table", "")))
    said = next((str(arguments[key]) for key in ("name", "segmentation", "scheme") if arguments.get(key)), "")
    known = segmentations or {}
    subject = table.label if table is not None else known.get(said, said) or _day(arguments.get("as_of"))
    code = f"page.use_case.{job.use_case}"
    return Message("page.jobs.title_of", {"what": Message(code), "subject": subject}) if subject else Message(code)


def _day(text: Any) -> date | str:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return ""
