"""The demo's workspace for tests: built once per test session, for all workers together; read it, or copy it to write.

Import the fixtures in a ``conftest.py``: ``from demo_data import demo_folder, demo``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from built_once import built_once
from qunxiang import Workspace
from qunxiang.adapters.packs import RETAIL_NOTICE, retail_sources

AS_OF: Final = "2018-01-01"
LIFESTYLE: Final = (
    "basket_value",
    "interpurchase_days",
    "spend_share_grocery",
    "spend_share_drug_gm",
    "spend_share_fuel",
    "spend_share_produce",
    "spend_share_meat",
)
"""Traits of the fitted segmentation ``lifestyle``."""

SCHEMES: Final = ("rfm", "value_tier", "loyalty", "price_sensitivity")
RULE: Final = "recency_days > 30 and frequency >= 20"
"""Rule of the segmentation ``lapsing``."""


def build_demo(folder: Path) -> None:
    """Load, resolve, refresh, segment, rank, choose three targets and build their personas."""
    notice = (RETAIL_NOTICE.zh, RETAIL_NOTICE.en)
    with Workspace.create(folder, name="演示零售商", time_zone="UTC", currency="USD", notice=notice) as ws:
        for pack in retail_sources():
            ws.load(pack.table, pack.source, columns=pack.mapping)
        ws.resolve()
        ws.refresh(AS_OF)
        for scheme in SCHEMES:
            ws.segments.classify(scheme)
        ws.segments.define("lapsing", RULE)
        ws.segments.fit("lifestyle", traits=LIFESTYLE, n_pairs=15)
        best = ws.targets.rank("lifestyle").ranking.ranked[:3]
        ws.targets.choose("lifestyle", [a.segment for a in best], why="the three most attractive segments")
        ws.personas.build("lifestyle")


def copy_workspace(folder: Path, to: Path) -> Path:
    """Copy a workspace, so that a test may write; return the copy's folder."""
    shutil.copytree(folder, to)
    return to


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the demo's workspace; do not write to it."""
    return built_once(tmp_path_factory, "demo", build_demo)


@pytest.fixture(scope="session")
def demo(demo_folder: Path) -> Iterator[Workspace]:
    """Return the demo's workspace, opened for reading."""
    with Workspace(demo_folder) as workspace:
        yield workspace
