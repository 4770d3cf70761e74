"""The web app in one process shows what a load and a refresh in another have published, without an error in between."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from loop_data import AS_OF, LOADS, demo_subset, load_subset
from loop_work import run

from local_server import free_port
from qunxiang import Workspace

START_SECONDS = 300


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a workspace in a process of its own; give the address."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "qunxiang.web.app:app_from_environment"]
    command += ["--port", str(port), "--log-level", "warning"]
    log = folder.parent / "app.log"
    with (
        log.open("w") as to,
        subprocess.Popen(
            command, env={**os.environ, "QUNXIANG_WORKSPACE": str(folder)}, stdout=to, stderr=to
        ) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/sign-in", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)
    assert "Traceback" not in log.read_text(), log.read_text()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            httpx.get(address, timeout=START_SECONDS)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the app did not start in {START_SECONDS} s: {log.read_text()}")


@dataclass
class Poller:
    """Asks the app again and again while work goes on elsewhere."""

    client: httpx.Client
    statuses: list[int] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def polling(self) -> Iterator[None]:
        thread = threading.Thread(target=self._poll)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()
            self._done.clear()

    def overview(self) -> dict[str, object]:
        answer = self.client.get("/api/v1/overview")
        self.statuses.append(answer.status_code)
        body: dict[str, object] = answer.json()
        snapshot = body["snapshot"]
        if isinstance(snapshot, dict):
            self.runs.append(snapshot["run"])
        return body

    def _poll(self) -> None:
        while not self._done.is_set():
            self.overview()
            for page in ("/", "/data", "/segments"):
                self.statuses.append(self.client.get(page).status_code)
            time.sleep(0.02)


def test_the_app_shows_what_another_process_publishes(tmp_path: Path) -> None:
    source = demo_subset(tmp_path, households=60)
    with Workspace.create(tmp_path / "ws", time_zone="UTC", currency="USD") as ws:
        load_subset(ws, source, only=("products", "persons"))
        lines = dict(LOADS)["order_lines"]
        ws.load("order_lines", source / "order_lines.parquet", columns=lines, dry_run=True)
        link = ws.users.link()
    with served(tmp_path / "ws") as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.get("/enter", params={"link": link}).status_code == 303
        poller = Poller(client)
        before = poller.overview()
        assert before["refreshed"] is None
        with poller.polling():
            run("load", tmp_path / "ws", source / "order_lines.parquet")
            with Workspace(tmp_path / "ws") as other:
                other.resolve()
            run("refresh", tmp_path / "ws", source)
        after = poller.overview()
    assert set(poller.statuses) == {200}
    assert len(poller.statuses) > 10
    assert poller.runs == sorted(poller.runs)
    assert len(set(poller.runs)) >= 3
    refreshed = after["refreshed"]
    assert isinstance(refreshed, dict)
    assert refreshed["as_of"] == AS_OF
    assert "order_lines" in {t["name"] for t in after["tables"]}  # type: ignore[attr-defined]
