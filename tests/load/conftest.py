"""A workspace in a temporary folder, with the real engine, lake and state."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from load_house import house_in

from demo_data import demo_folder  # noqa: F401  fixture
from qunxiang.services.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, at=datetime(2024, 3, 5, 8, 0, tzinfo=UTC)) as made:
        yield made
