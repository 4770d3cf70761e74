"""The gallery on a local port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gallery import app

from local_server import serving_app


@pytest.fixture(scope="session")
def gallery_address() -> Iterator[str]:
    with serving_app(app()) as address:
        yield address
