"""An engine and a lake in one workspace, whose path has what paths of people have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qunxiang.adapters.engines import DuckDBEngine
from qunxiang.adapters.lake import DeltaLake


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "群像 [2027] year=1 it's*?"
    folder.mkdir()
    return folder


@pytest.fixture
def engine(workspace: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(workspace, memory_mb=400) as engine:
        yield engine


@pytest.fixture
def lake(workspace: Path) -> DeltaLake:
    return DeltaLake(workspace / "lake")
