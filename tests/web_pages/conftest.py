"""Servers of a copy of the demo and of an empty workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_site import Site, serving, working

from demo_data import copy_workspace, demo_folder
from qunxiang.workspace import Workspace

__all__ = ["demo_folder"]


@pytest.fixture(scope="session")
def site(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a copy of the demo, to which tests may add."""
    folder = copy_workspace(demo_folder, tmp_path_factory.mktemp("pages") / "demo")
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve an empty workspace with a worker."""
    folder = tmp_path_factory.mktemp("empty") / "shop"
    Workspace.create(folder, name="新店").close()
    with serving(folder) as running, working(folder):
        yield running
