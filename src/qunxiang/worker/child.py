"""One job in a process of its own: does the work, tells progress and heartbeat, and stores how it ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from qunxiang.errors import NotAllowedError, QunxiangError, UnknownNameError
from qunxiang.i18n import Message, to_json
from qunxiang.model import Actor
from qunxiang.ports.state import Job, JobStatus
from qunxiang.worker.dispatch import perform
from qunxiang.worker.ends import error_json, stopped
from qunxiang.worker.leftovers import drop_upload
from qunxiang.workspace import Workspace

HEARTBEAT_SECONDS = 5.0
TELL_SECONDS = 0.2
PARENT_SECONDS = 1.0
GRACE_SECONDS = 10.0


class Stopped(BaseException):
    """The process was told to end; no ``except Exception`` of the work keeps it."""


def run_job(folder: Path, job_id: str) -> int:
    """Run one job and store its result or error; return 0 when it is done, 1 when it failed.

    Raises
    ------
    UnknownNameError
        When there is no such job.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker decides; Ctrl-C reaches the whole group
    parent = os.getppid()
    with Workspace(folder) as owned:
        job = owned.house.state.job(job_id)
        if job is None:
            raise UnknownNameError("error.job.unknown", job=job_id)
        watch = _Watch(owned, job, parent)
        status, result, error = _ended(lambda: perform(_for_actor(owned, job), job, watch.tell))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what follows is short and must be whole
        watch.end()
        at = owned.house.clock.now()
        owned.house.state.end_job(job.id, at=at, status=status, result=result, error=error)
        if status == "done":
            drop_upload(owned.settings.folder, job)
    return 0 if status == "done" else 1


def _for_actor(owned: Workspace, job: Job) -> Workspace:
    """Return the workspace for whoever started the job, in the role of today.

    Raises
    ------
    NotAllowedError
        When that is no enabled user any more; the audit has it.
    """
    actor = job.actor.model_copy(update={"via": "worker"})
    if job.actor == Actor.owner(job.actor.via) and job.actor.at_the_machine:
        return owned.acting_as(actor)
    user = owned.house.state.user(job.actor.name)
    if user is None or user.disabled:
        code = "error.job.actor_unknown" if user is None else "error.job.actor_disabled"
        owned.house.state.record(
            actor=actor,
            at=owned.house.clock.now(),
            use_case=job.use_case,
            subject=job.id,
            outcome="refused",
            details={"error": code},
        )
        raise NotAllowedError(code, name=job.actor.name)
    return owned.acting_as(actor.model_copy(update={"role": user.role}))


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _ended(work: Callable[[], dict[str, Any]]) -> tuple[JobStatus, dict[str, Any] | None, dict[str, Any] | None]:
    """Do the work and return how it ended: status, result, error."""
    try:
        return "done", work(), None
    except Stopped:
        return "failed", None, stopped()
    except Exception as error:
        if not isinstance(error, QunxiangError):
            print(f"job failed: {error_json(error)}", file=sys.stderr)  # noqa: T201
        return "failed", None, error_json(error)


class _Watch:
    """Progress at most five times a second, a heartbeat every five, and an eye on the worker and on the job.

    When the worker dies, nobody would end this process or write down how it ended: it tells itself to stop. So it does
    when the job was cancelled.
    """

    def __init__(self, workspace: Workspace, job: Job, parent: int) -> None:
        self._house = workspace.house
        self._job = job
        self._parent = parent
        self._progress = 0.0
        self._told_at = float("-inf")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()

    def tell(self, fraction: float, stage: Message) -> None:
        """Note progress; calls within a fifth of a second of the last are dropped."""
        self._progress = min(max(fraction, self._progress, 0.0), 1.0)
        now = time.monotonic()
        if now - self._told_at >= TELL_SECONDS or fraction >= 1:
            self._told_at = now
            self._note({"code": stage.code, "params": to_json(dict(stage.params))})

    def end(self) -> None:
        """Stop the heartbeat."""
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        last = time.monotonic()
        told_at: float | None = None
        while not self._done.wait(PARENT_SECONDS):
            now = time.monotonic()
            if told_at is None and (os.getppid() != self._parent or self._cancelled()):
                told_at = now
                os.kill(os.getpid(), signal.SIGTERM)
            elif told_at is not None and now - told_at > GRACE_SECONDS:
                os._exit(70)  # the work does not come back to Python; commits are whole or not there
            if now - last >= HEARTBEAT_SECONDS:
                last = now
                self._note(None)

    def _cancelled(self) -> bool:
        try:
            found = self._house.state.job(self._job.id)
        except QunxiangError:  # the next look tells
            return False
        return found is not None and found.status == "cancelled"

    def _note(self, stage: dict[str, Any] | None) -> None:
        try:
            at = self._house.clock.now()
            self._house.state.update_job(self._job.id, at=at, progress=self._progress, stage=stage)
        except QunxiangError as error:  # the next beat tries again; work goes on while the database is busy
            print(f"worker: {error.code}", file=sys.stderr)  # noqa: T201
