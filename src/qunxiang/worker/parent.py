"""The worker: takes queued jobs one after another and runs each in a process of its own.

A job that is killed, runs out of memory or breaks an extension takes its process with it, not the worker: the worker
sees how the process ended and writes that down.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from qunxiang.errors import ConflictError, QunxiangError, StorageError
from qunxiang.model import Actor
from qunxiang.ports.state import Job
from qunxiang.services.cleaning import collect_unpublished
from qunxiang.services.jobs import bury
from qunxiang.services.schedules import start_due
from qunxiang.worker.ends import exit_error, stopped
from qunxiang.worker.leftovers import sweep
from qunxiang.workspace import Workspace

BURY_SECONDS = 15.0
SWEEP_SECONDS = 3600.0
GRACE_SECONDS = 10.0
"""How long a job may take to end itself after the worker was told to end."""


class Worker:
    """Runs the jobs of one workspace, one at a time.

    Parameters
    ----------
    folder
        Folder of the workspace.
    poll_seconds
        Seconds between looks at an empty queue.
    """

    def __init__(self, folder: Path, *, poll_seconds: float = 0.5) -> None:
        self._folder = folder.absolute()
        self._poll_seconds = poll_seconds
        self._stop = threading.Event()

    def run(self, *, once: bool = False) -> int:
        """Run jobs until SIGTERM or SIGINT, or with `once` until the queue is empty; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)
        with Workspace(self._folder, actor=Actor.owner(via="worker")) as workspace:
            buried = swept = float("-inf")
            while not self._stop.is_set():
                if time.monotonic() - buried > BURY_SECONDS:
                    self._bury(workspace)
                    self._start_due(workspace)
                    buried = time.monotonic()
                if time.monotonic() - swept > SWEEP_SECONDS:
                    sweep(self._folder, workspace.house.clock.now())
                    with suppress(QunxiangError):  # clearing up may wait; jobs may not
                        collect_unpublished(workspace.house)
                    swept = time.monotonic()
                job = self._claimed(workspace)
                if job is not None:
                    self._run(workspace, job)
                elif once:
                    break
                else:
                    self._stop.wait(self._poll_seconds)
        return 0

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _bury(self, workspace: Workspace) -> None:
        """Mark jobs as failed whose worker died without a word."""
        try:
            bury(workspace.house)
        except (ConflictError, StorageError) as error:  # as with claiming: the next round tries again
            print(f"worker: {error.code}", file=sys.stderr)  # noqa: T201

    def _start_due(self, workspace: Workspace) -> None:
        """Queue what is due by the clock."""
        try:
            start_due(workspace.house)
        except (ConflictError, StorageError) as error:  # the next round tries again
            print(f"worker: {error.code}", file=sys.stderr)  # noqa: T201

    def _claimed(self, workspace: Workspace) -> Job | None:
        try:
            return workspace.house.state.claim_job(at=workspace.house.clock.now())
        except (ConflictError, StorageError) as error:  # the database is busy or away for a moment; the queue waits
            print(f"worker: {error.code}", file=sys.stderr)  # noqa: T201
            self._stop.wait(self._poll_seconds)
            return None

    def _run(self, workspace: Workspace, job: Job) -> None:
        command = [sys.executable, "-m", "qunxiang.worker", "--workspace", str(self._folder), "--job", job.id]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
        told = False
        while True:
            try:
                code = child.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                if self._stop.is_set() and not told:
                    child.terminate()
                    told, deadline = True, time.monotonic() + GRACE_SECONDS
                if told and time.monotonic() > deadline:
                    child.kill()
        # a job that has ended stays as it is, so this speaks only for a process that left no word
        state, at = workspace.house.state, workspace.house.clock.now()
        state.end_job(job.id, at=at, status="failed", error=stopped() if told else exit_error(code))
