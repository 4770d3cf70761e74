"""The small shop with a survey, as one workspace for all tests of ladders and messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_data import copy_workspace
from panel import panel
from qunxiang.workspace import Workspace


@pytest.fixture(scope="session")
def shop(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Give the workspace; a test that writes takes a place of its own in it."""
    with Workspace(copy_workspace(tiny_folder, tmp_path_factory.mktemp("brand") / "shop")) as workspace:
        workspace.surveys.load("panel", panel())
        yield workspace
