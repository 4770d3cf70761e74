"""Database servers, and an empty workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mariadb import mariadb_database, mariadb_server  # noqa: F401  fixtures
from postgres import postgres_server, postgres_url  # noqa: F401  fixtures
from qunxiang import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "ws", time_zone="Asia/Shanghai") as made:
        yield made
