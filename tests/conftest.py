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

PATIENCE_SECONDS = 30
"""How long a page may take to show what is expected of it: tests share their machine."""


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
