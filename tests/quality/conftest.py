"""A workspace with known faults: built once, copied for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_data import copy_workspace
from quality_world import FixedClock, build
from qunxiang import Workspace


@pytest.fixture(scope="session")
def faulty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quality") / "w"
    build(folder)
    return folder


@pytest.fixture
def workspace(faulty_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(copy_workspace(faulty_folder, tmp_path / "w"), clock=FixedClock()) as opened:
        yield opened
