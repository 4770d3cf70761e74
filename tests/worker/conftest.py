"""The small shop, a copy per test, and workers that do not outlive their test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qunxiang.workspace import Workspace


@pytest.fixture
def shop(tiny_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Return a copy of the shop."""
    folder = tmp_path / "shop"
    shutil.copytree(tiny_folder, folder)
    with Workspace(folder) as workspace:
        yield workspace


@pytest.fixture
def start_worker(shop: Workspace) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start ``python -m qunxiang.worker`` on the shop."""
    started: list[subprocess.Popen[bytes]] = []
    source = str(Path(__file__).parents[2] / "src")

    def start(*options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "qunxiang.worker", "--workspace", str(shop.settings.folder), *options]
        environment = {**os.environ, "PYTHONPATH": source}
        started.append(subprocess.Popen(command, env=environment, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
