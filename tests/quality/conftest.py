"""A workspace with known faults: built once, copied for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_data import copy_workspace
from quality_world import FixedClock
from qunxiang import Workspace


@pytest.fixture
def workspace(faulty_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(copy_workspace(faulty_folder, tmp_path / "w"), clock=FixedClock()) as opened:
        yield opened
