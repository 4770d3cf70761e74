"""A shop in which every call finds what it needs, with one user per role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pages_of import BAD_ROWS, CSV, LADDERS, UPLOAD, WIDE

from brand_world import brand_survey
from built_once import built_once
from demo_data import copy_workspace
from panel import panel
from qunxiang.model import Role
from qunxiang.services.csv_text import csv_bytes
from qunxiang.workspace import Workspace

DEALS = [{"opportunity_id": f"d{i}", "person_id": "p001", "stage": "Won", "owner": "ann"} for i in range(3)]


@pytest.fixture(scope="session", autouse=True)
def database_hosts() -> Iterator[None]:
    """Let people name one database host from afar."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUNXIANG_SOURCE_HOSTS", "db.example")
        yield


@pytest.fixture(scope="session")
def shop(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the shop; tests write to copies."""
    return built_once(tmp_path_factory, "doors-shop", lambda folder: _furnish(copy_workspace(tiny_folder, folder)))


def _furnish(folder: Path) -> None:
    with Workspace(folder) as workspace:
        workspace.load("orders", BAD_ROWS)
        workspace.load("opportunities", DEALS)
        workspace.competitors.add("spare_rival")
        workspace.competitors.fact("own", topic="other", text="first", source="known")
        workspace.segments.classify("value_tier")
        workspace.segments.define("spare", "frequency > 1")
        workspace.personas.build("kinds", segments=["s1"])
        for n in (2, 3):
            workspace.segments.fit("twice", traits=["basket_value"], n_segments=n, n_pairs=2, n_restarts=2)
        workspace.surveys.load("panel", panel())
        workspace.scales.fit("views", "panel", n_factors=2, kind="pearson", n_draws=5)
        workspace.market.define("people", "panel", 1000, question="city")
        workspace.market.type("people", most_questions=1)
        (folder / "ladders.csv").write_bytes(LADDERS)
        workspace.brand.ladder.load("talks", folder / "ladders.csv")
        workspace.surveys.load("brands", brand_survey(60), held_on="2024-06-01")
        workspace.brand.define("study", "Alpha", survey="brands", segments="region")
        workspace.value.fit()
        workspace.check()
        workspace.schedules.set("check", every="monthly")
        workspace.refresh_past("2024-06-30", "2024-06-30")
        workspace.users.add("new", Role.VIEWER)
        for role in Role:
            workspace.users.add(f"the-{role}", role)
    (folder / "uploads" / UPLOAD).mkdir(parents=True)
    (folder / "uploads" / UPLOAD / "orders.csv").write_bytes(CSV)
    (folder / "uploads" / WIDE).mkdir()
    (folder / "uploads" / WIDE / "panel.csv").write_bytes(csv_bytes(panel(12)))
