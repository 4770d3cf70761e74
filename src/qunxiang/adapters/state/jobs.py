"""Jobs: a queue in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from qunxiang.adapters.state.schema import JOBS
from qunxiang.adapters.state.text import checked_name, from_text, from_text_or_none, to_text, to_text_or_none
from qunxiang.errors import ConflictError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor
from qunxiang.ports.state import Job, JobStatus

_T = JOBS.c
_JOB = Label("任务", "job")
_ENDS = ("done", "failed", "cancelled")


def add(
    connection: Connection,
    *,
    id: str,
    call: tuple[str, dict[str, Any]],
    actor: Actor,
    at: datetime,
    retry_of: str | None,
) -> Job:
    """Queue a job; `call` is the use case with its arguments."""
    use_case, arguments = call
    checked_name(id, Label("任务编号", "job id"))
    if one(connection, id) is not None:
        raise ConflictError("error.conflict.job", id=id)
    row = {
        "id": id,
        "use_case": checked_name(use_case, Label("操作", "use case")),
        "arguments": to_text(arguments, _JOB),
        "actor": to_text(actor.model_dump(mode="json"), _JOB),
        "status": "queued",
        "progress": 0.0,
        "created_at": at,
        "retry_of": retry_of,
    }
    connection.execute(insert(JOBS).values(row))
    return _known(connection, id)


def claim(connection: Connection, *, at: datetime) -> Job | None:
    """Mark the oldest queued job as running and return it."""
    # rows locked by another claim are stepped over on PostgreSQL; in SQLite the whole transaction is alone
    oldest = select(_T.number).where(_T.status == "queued").order_by(_T.number).limit(1)
    number = connection.execute(oldest.with_for_update(skip_locked=True)).scalar_one_or_none()
    if number is None:
        return None
    running = update(JOBS).where(_T.number == number).values(status="running", started_at=at, heartbeat_at=at)
    connection.execute(running)
    return _job(connection.execute(select(JOBS).where(_T.number == number)).one())


def note(connection: Connection, id: str, *, at: datetime, progress: float, stage: dict[str, Any] | None) -> None:
    """Note progress and heartbeat; a job that does not run stays as it is, `stage` None keeps the last one."""
    if not 0 <= progress <= 1:
        raise ValueError(f"progress is a share from 0 to 1, this one is {progress}")
    values: dict[str, Any] = {"heartbeat_at": at, "progress": progress}
    if stage is not None:
        values["stage"] = to_text(stage, _JOB)
    if connection.execute(update(JOBS).where(_T.id == id, _T.status == "running").values(values)).rowcount == 0:
        _known(connection, id)


def end(
    connection: Connection,
    id: str,
    *,
    at: datetime,
    status: JobStatus,
    outcome: tuple[dict[str, Any] | None, dict[str, Any] | None],
) -> None:
    """End a job; `outcome` is its result and its error.

    A job that has ended stays as it is, but one that was done before it could be cancelled is done.
    """
    if status not in _ENDS:
        raise ValueError(f"a job ends as one of {_ENDS}, not as {status!r}")
    result, error = outcome
    values: dict[str, Any] = {
        "status": status,
        "ended_at": at,
        "result": to_text_or_none(result, _JOB),
        "error": to_text_or_none(error, _JOB),
    }
    if status == "done":
        values["progress"] = 1.0
    ended = [e for e in _ENDS if not (status == "done" and e == "cancelled")]
    if connection.execute(update(JOBS).where(_T.id == id, _T.status.not_in(ended)).values(values)).rowcount == 0:
        _known(connection, id)


def fail_silent(connection: Connection, *, at: datetime, silent_seconds: float, error: dict[str, Any]) -> list[Job]:
    """Mark running jobs as failed whose last heartbeat is `silent_seconds` or more before `at`."""
    ids = list(connection.execute(_silent(at, silent_seconds).with_for_update()).scalars())
    for id in ids:
        end(connection, id, at=at, status="failed", outcome=(None, error))
    return [_known(connection, id) for id in ids]


def silent(connection: Connection, *, at: datetime, silent_seconds: float) -> bool:
    """Say whether a running job has its last heartbeat `silent_seconds` or more before `at`."""
    return connection.execute(_silent(at, silent_seconds).limit(1)).first() is not None


def _silent(at: datetime, silent_seconds: float) -> Select[str]:
    last = func.coalesce(_T.heartbeat_at, _T.started_at, _T.created_at, type_=_T.created_at.type)
    quiet = last <= at - timedelta(seconds=silent_seconds)
    return select(_T.id).where(_T.status == "running", quiet).order_by(_T.number)


def one(connection: Connection, id: str) -> Job | None:
    """Return a job."""
    row = connection.execute(select(JOBS).where(_T.id == id)).one_or_none()
    return None if row is None else _job(row)


def newest(connection: Connection, limit: int) -> list[Job]:
    """Return up to `limit` jobs, newest first."""
    return [_job(row) for row in connection.execute(select(JOBS).order_by(_T.number.desc()).limit(limit))]


def _known(connection: Connection, id: str) -> Job:
    job = one(connection, id)
    if job is None:
        raise UnknownNameError("error.state.no_job", id=id)
    return job


def _job(row: Row[Any]) -> Job:
    fields = dict(row._mapping)
    fields.pop("number")
    for column in ("stage", "result", "error"):
        fields[column] = from_text_or_none(fields[column])
    for column in ("arguments", "actor"):
        fields[column] = from_text(fields[column])
    return Job(**fields)
