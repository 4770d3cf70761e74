"""Long work as jobs: queued here, run by the worker, seen from every page."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from qunxiang.errors import ConflictError, NothingYetError, UnknownNameError
from qunxiang.model import Actor
from qunxiang.ports.state import Job
from qunxiang.services.access import EVERYONE, FRONT, USE_CASES, allowed, refusal, use_case
from qunxiang.services.house import House

JOBS = frozenset(
    {
        "load",
        "resolve",
        "refresh",
        "check",
        "refresh_past",
        "segment.fit",
        "segment.classify",
        "persona.build",
        "report",
        "survey.load",
        "scale.fit",
        "market.define",
        "market.type",
        "market.report",
        "value.fit",
    }
)
"""Use cases that may run as jobs."""

EXPORTS = "exports"
"""Folder of the workspace where a job's files lie, below the job's id."""

SILENT_SECONDS = 60.0
"""A running job that has not been heard of for so long has died."""


@use_case("job.start", roles=FRONT, touches="change")
def start(house: House, actor: Actor, name: str, *, arguments: dict[str, Any]) -> Job:
    """Queue a use case as a job for `actor`, who must be allowed to call it.

    Raises
    ------
    UnknownNameError
        When the use case cannot run as a job.
    NotAllowedError
        When the actor's role does not cover it.
    """
    _check(actor, name)
    return house.state.add_job(
        id=uuid.uuid4().hex, use_case=name, arguments=arguments, actor=actor, at=house.clock.now()
    )


@use_case("job.retry", roles=FRONT, touches="change")
def retry(house: House, actor: Actor, job_id: str) -> Job:
    """Queue a job that failed once more, with the same arguments.

    Raises
    ------
    UnknownNameError
        When there is no such job.
    ConflictError
        When it is still queued or running, or is done.
    """
    bury(house)
    old = _job(house, job_id)
    _check(actor, old.use_case)
    if old.status not in ("failed", "cancelled"):
        raise ConflictError("error.job.not_failed", job=job_id, status=old.status)
    return house.state.add_job(
        id=uuid.uuid4().hex,
        use_case=old.use_case,
        arguments=old.arguments,
        actor=actor,
        at=house.clock.now(),
        retry_of=old.id,
    )


@use_case("job.cancel", roles=FRONT, touches="change")
def cancel(house: House, actor: Actor, job_id: str) -> Job:
    """Stop a job that is queued or running.

    A running one stops within seconds, and what it had begun is left undone. If it was faster and is done by then, it
    says so.

    Raises
    ------
    UnknownNameError
        When there is no such job.
    NotAllowedError
        When the actor may not call the job's use case.
    ConflictError
        When it has ended.
    """
    bury(house)
    found = _job(house, job_id)
    _check(actor, found.use_case)
    if found.status not in ("queued", "running"):
        raise ConflictError("error.job.ended", job=job_id, status=found.status)
    said = {"code": "error.job.cancelled", "params": {"name": actor.name}}
    house.state.end_job(job_id, at=house.clock.now(), status="cancelled", error=said)
    return _job(house, job_id)


@use_case("job.list", roles=EVERYONE)
def jobs(house: House, actor: Actor, *, limit: int = 50) -> list[Job]:
    """Return the newest jobs; arguments and results only of use cases that the actor may call."""
    return [_seen(actor, found) for found in house.state.jobs(limit=limit)]


@use_case("job.show", roles=EVERYONE)
def job(house: House, actor: Actor, job_id: str) -> Job:
    """Return one job; its arguments and result only when the actor may call its use case.

    Raises
    ------
    UnknownNameError
        When there is no such job.
    """
    return _seen(actor, _job(house, job_id))


@use_case("job.result", roles=EVERYONE, touches="single")
def result(house: House, actor: Actor, job_id: str) -> Path:
    """Return where the file lies that a job made, such as a report.

    Raises
    ------
    UnknownNameError
        When there is no such job.
    NotAllowedError
        When the actor may not call the job's use case.
    NothingYetError
        When the job has made no file, or the file is gone by now.
    """
    found = _job(house, job_id)
    _check(actor, found.use_case)
    name = str((found.result or {}).get("file", ""))
    folder = (house.settings.folder / EXPORTS / found.id).resolve()
    path = (folder / name).resolve()
    if not name or path.parent != folder or not path.is_file():
        raise NothingYetError("error.job.no_result", job=job_id[:40], status=found.status)
    return path


def _seen(actor: Actor, found: Job) -> Job:
    """Return a job as `actor` may see it: arguments and result can tell of data that the role does not cover."""
    known = USE_CASES.get(found.use_case)
    if known is not None and actor.role in known.roles:
        return found
    return found.model_copy(update={"arguments": {}, "result": None})


def bury(house: House) -> None:
    """Mark running jobs as failed that have not been heard of for :data:`SILENT_SECONDS`; the worker calls it."""
    house.state.fail_silent_jobs(
        at=house.clock.now(),
        silent_seconds=SILENT_SECONDS,
        error={"code": "error.job.silent", "params": {"seconds": round(SILENT_SECONDS)}},
    )


def _job(house: House, job_id: str) -> Job:
    found = house.state.job(job_id)
    if found is None:
        raise UnknownNameError("error.job.unknown", job=job_id)
    return found


def _check(actor: Actor, name: str) -> None:
    if name not in JOBS:
        raise UnknownNameError("error.job.use_case", name=name, known=sorted(JOBS))
    if not allowed(name, actor.role):
        raise refusal(name, actor.role)
