"""A lake under a path with Chinese and a space, and a writer of files for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_files import Write, write_file

from qunxiang.adapters.lake import DeltaLake


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    return DeltaLake(tmp_path / "客户 数据" / "lake")


@pytest.fixture
def write() -> Write:
    return write_file
