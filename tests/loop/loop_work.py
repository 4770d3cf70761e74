"""Load and refresh in processes of their own, to be killed: the command, a fresh interpreter, or a fork.

A fork of an interpreter that has imported all begins in milliseconds, so more kills fit into the time; a fresh
interpreter and the command are what a user starts. The command is a process group of its own and killed as one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from loop_data import AS_OF, LOADS

from qunxiang import Workspace
from qunxiang.services import holding

Work = Literal["load", "refresh"]
How = Literal["fork", "python", "command"]
LINES = dict(LOADS)["order_lines"]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["loop_work"])
_FRESH = """
    import sys, time
    from qunxiang import Workspace
    with Workspace(sys.argv[1]) as ws:
        print("begun", flush=True)
        begun = time.perf_counter()
        {call}
        print(time.perf_counter() - begun, flush=True)
"""
_CALLS: dict[Work, str] = {
    "load": f"ws.load('order_lines', sys.argv[2], columns={LINES!r})",
    "refresh": f"ws.refresh({AS_OF!r})",
}


def run(work: Work, folder: Path, source: Path, *, how: How = "fork") -> float:
    """Do the work in a process of its own, undisturbed; return how many seconds it took there.

    For the command these are the seconds from its start to its end, the imports included.
    """
    if how == "command":
        begun = time.perf_counter()
        done = subprocess.run(_line(work, folder, source), capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return time.perf_counter() - begun
    if how == "python":
        command = _command(work, folder, source)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return float(done.stdout.split()[-1])
    here, there = _FORKS.Pipe()
    process = _FORKS.Process(target=_work, args=(work, str(folder), str(source), there))
    process.start()
    there.close()
    assert here.recv() == "begun"
    seconds: float = here.recv()
    process.join(300)
    assert process.exitcode == 0
    return seconds


def kill(work: Work, folder: Path, source: Path, *, after: float, how: How = "fork") -> None:
    """Begin the work in a process of its own and kill it after so many seconds, with every process it started."""
    if how == "command":
        line = _line(work, folder, source)
        with subprocess.Popen(
            line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as command:
            time.sleep(after)
            if command.poll() is None:
                os.killpg(command.pid, signal.SIGKILL)
        return
    if how == "python":
        command = _command(work, folder, source)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as begun:
            assert begun.stdout is not None
            assert begun.stdout.readline() == "begun\n"
            time.sleep(after)
            os.kill(begun.pid, signal.SIGKILL)
        return
    here, there = _FORKS.Pipe()
    process = _FORKS.Process(target=_work, args=(work, str(folder), str(source), there))
    process.start()
    there.close()
    assert here.recv() == "begun"
    time.sleep(after)
    process.kill()
    process.join()


def _command(work: Work, folder: Path, source: Path) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(_FRESH).format(call=_CALLS[work]), str(folder), str(source)]


def _line(work: Work, folder: Path, source: Path) -> list[str]:
    words = ["refresh", "--as-of", AS_OF]
    if work == "load":
        words = ["load", "order_lines", str(source), *(w for k, v in LINES.items() for w in ("--map", f"{k}={v}"))]
    return [sys.executable, "-m", "qunxiang", *words, "-w", str(folder), "--quiet"]


def _work(work: Work, folder: str, source: str, tell: Connection) -> None:
    # leases as in the product, in a tenth of the time
    holding.LEASE_SECONDS, holding.RENEW_SECONDS, holding.PATIENCE_SECONDS = 1.2, 0.3, 4.0
    with Workspace(folder) as ws:
        tell.send("begun")
        begun = time.perf_counter()
        if work == "load":
            ws.load("order_lines", source, columns=LINES)
        else:
            ws.refresh(AS_OF)
        tell.send(time.perf_counter() - begun)
