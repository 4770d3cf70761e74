"""Workspaces for tests of the whole loop: the demo's, one of 300 households, and a tiny one of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from loop_data import LoopFiles, demo_subset, write_files

from demo_data import demo, demo_folder  # noqa: F401  fixtures
from postgres import postgres_server, postgres_url  # noqa: F401  fixtures


@pytest.fixture(scope="session")
def subset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo's tables of 300 households as Parquet files."""
    return demo_subset(tmp_path_factory.mktemp("subset"), households=300)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> LoopFiles:
    """Return files of a small shop, some of their rows broken."""
    return write_files(tmp_path_factory.mktemp("files"))
