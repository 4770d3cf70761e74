"""The small shop with a survey, as one workspace for all tests of ladders and messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panel import panel
from qunxiang.workspace import Workspace
from tiny_shop import build


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Give the workspace; a test that writes takes a place of its own in it."""
    folder: Path = tmp_path_factory.mktemp("brand") / "shop"
    build(folder)
    with Workspace(folder) as workspace:
        workspace.surveys.load("panel", panel())
        yield workspace
