"""The folder of further real data; without it a test says "not run: no extra data" in the summary."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def extra_data() -> Path:
    named = os.environ.get("QUNXIANG_EXTRA_DATA")
    if not named:
        pytest.skip("not run: no extra data")
    return Path(named)
