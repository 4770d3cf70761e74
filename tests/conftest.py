"""What all rooms share: one Chromium per test process, small workspaces, fewer sweeps of Python's collector."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from built_once import built_once

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The product's modules are compiled once, not by each of the hundreds of processes that tests start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Threads of linear algebra that wait for each other burn what the other workers need.
for library in ("OMP", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

PATIENCE_SECONDS = 60
"""How long a page may take to show what is expected of it: tests share their machine."""

LONGEST_FIRST = (
    "loop/test_kills.py",
    "worker/test_worker.py",
    "databases/test_cursor_kills.py",
    "web_pages/test_surveys_walk.py",
    "cli/test_process.py",
    "docs/test_tutorial.py",
    "doors/test_cli_roles.py",
    "doors/test_web_roles.py",
    "loop/test_on_postgres.py",
    "loop/test_roles.py",
)
"""Files that take half a minute or more: begun first, so that no worker sits idle while another ends one of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest stays in the order of its folders, which share what they set up."""
    rank = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get("/".join(item.path.parts[-2:]), len(rank)))


def pytest_collection_finish() -> None:
    """Leave what is imported out of the collector's sweeps: each full one costs a third of a second with it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Give everything back to the collector."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless; Playwright allows one at a time."""
    chromium = shutil.which("chromium")
    assert chromium, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        yield running
        running.close()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the finished tiny shop; tests write to copies."""
    from tiny_shop import build

    return built_once(tmp_path_factory, "tiny-shop", build)


@pytest.fixture(scope="session")
def faulty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the company with known faults; tests write to copies."""
    from quality_world import build

    return built_once(tmp_path_factory, "faulty", build)
