"""A load or refresh killed at any moment leaves the old snapshot or the new one, and doing it again completes it."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest
from loop_data import content_of, demo_subset, lake_files, load_subset
from loop_work import LINES, How, Work, kill, run

from demo_data import LIFESTYLE, copy_workspace
from qunxiang import Workspace
from qunxiang.services import holding


@dataclass(frozen=True)
class Case:
    """Work to be killed: the workspace before it, what it loads, and what an undisturbed run comes to."""

    work: Work
    before: Path
    source: Path
    old: dict[str, Any]
    new: dict[str, Any]
    seconds: float


def state_of(folder: Path) -> dict[str, Any]:
    """Return everything that a workspace shows: tables with their contents, and all definitions."""
    with Workspace(folder) as ws:
        snapshot = ws.snapshot
        assert snapshot is not None
        accidental = {"quarantine": ("load_id", "loaded_at"), "membership_changes": ("run",)}
        return {
            "tables": {t: content_of(ws, t, accidental.get(t, ())) for t in snapshot.tables},
            "definitions": {
                f"{d.kind}/{d.id}": json.dumps(d.body, sort_keys=True) for d in ws.house.state.definitions(None)
            },
            "as_of": snapshot.as_of,
            "hash": snapshot.content_hash,
        }


def rows(state: dict[str, Any]) -> dict[str, int]:
    return {table: n for table, (n, _) in state["tables"].items()}


def all_files(folder: Path) -> set[str]:
    return {str(p) for p in (folder / "lake").rglob("*.parquet") if "_delta_log" not in p.parts}


def named_files(folder: Path) -> set[str]:
    with Workspace(folder) as ws:
        assert ws.snapshot is not None
        return {f for table in ws.snapshot.tables for f in lake_files(ws, table)}


def survives(case: Case, folder: Path, *, after: float, how: How = "fork") -> Literal["old", "new"]:
    """Kill the work, look at what is left, do it again, and compare with the undisturbed run."""
    copy_workspace(case.before, folder)
    before = all_files(folder)
    kill(case.work, folder, case.source, after=after, how=how)
    left = state_of(folder)
    assert left in (case.old, case.new), f"neither old nor new after {after:.3f} s"
    orphans = all_files(folder) - before - named_files(folder)
    run(case.work, folder, case.source, how=how)
    again = state_of(folder)
    assert rows(again) == rows(case.new), f"killed after {after:.3f} s"
    assert again == case.new, f"killed after {after:.3f} s"
    assert not orphans & named_files(folder), "a file of the killed run is read"
    assert list((folder / "tmp").iterdir()) == [], "files of unfinished work are left"
    shutil.rmtree(folder)
    return "old" if left == case.old else "new"


def make_case(work: Work, before: Path, source: Path, folder: Path) -> Case:
    copy_workspace(before, folder)
    seconds = run(work, folder, source)
    case = Case(work, before, source, state_of(before), state_of(folder), seconds)
    shutil.rmtree(folder)
    assert case.old != case.new
    return case


def later_lines(lines: pd.DataFrame, *, known: int) -> pd.DataFrame:
    """Return lines to load on top of the first `known`: new, known, and some that break the contract."""
    later = lines.iloc[known - 500 :].copy()
    later["sales_value"] = later["sales_value"].astype(str)
    later.iloc[::400, later.columns.get_loc("sales_value")] = "free"
    return later


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a workspace with two thirds of the lines, resolved, refreshed and segmented, and a file with the rest."""
    folder = demo_subset(tmp_path_factory.mktemp("kills"), households=100)
    lines = pd.read_parquet(folder / "order_lines.parquet")
    known = len(lines) * 2 // 3
    lines.iloc[:known].to_parquet(folder / "order_lines.parquet")
    broken = lines.iloc[:30].assign(sales_value="free")
    broken.to_parquet(folder / "broken.parquet")
    later_lines(lines, known=known).to_parquet(folder / "later.parquet")
    with Workspace.create(folder / "ws", time_zone="UTC", currency="USD") as ws:
        load_subset(ws, folder)
        ws.load("order_lines", folder / "broken.parquet", columns={**LINES, "amount": "sales_value"})
        ws.refresh("2017-10-01")
        ws.segments.classify("rfm")
        ws.segments.fit("lifestyle", traits=LIFESTYLE, n_segments=3, n_pairs=2, n_restarts=3)
    return folder / "ws", folder / "later.parquet"


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest, prepared: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(request.param, *prepared, tmp_path_factory.mktemp(request.param) / "ws")


both = pytest.mark.parametrize("case", ["load", "refresh"], indirect=True)


@both
def test_two_kills_spread_over_the_work(case: Case, tmp_path: Path) -> None:
    chance = random.Random(case.work)
    after = case.seconds * chance.random() / 2
    while (left := survives(case, tmp_path / "ws", after=after)) == "new" and after > 0.01:
        after /= 2  # the machine may be less busy than when the work was timed
    assert left == "old"
    survives(case, tmp_path / "ws", after=case.seconds * (1 + chance.random()) / 2)


@both
def test_a_kill_of_the_command(case: Case, tmp_path: Path) -> None:
    chance = random.Random(f"command {case.work}")
    copy_workspace(case.before, tmp_path / "whole")
    seconds = run(case.work, tmp_path / "whole", case.source, how="command")
    assert state_of(tmp_path / "whole") == case.new
    survives(case, tmp_path / "ws", after=seconds * (1 + 2 * chance.random()) / 3, how="command")


@both
def test_a_second_run_waits_for_the_lease_of_a_dead_one(case: Case, tmp_path: Path) -> None:
    copy_workspace(case.before, tmp_path / "ws")
    kill(case.work, tmp_path / "ws", case.source, after=case.seconds / 3, how="python")
    seconds = run(case.work, tmp_path / "ws", case.source, how="python")
    assert seconds < holding.PATIENCE_SECONDS + 3 * case.seconds + 5
    assert state_of(tmp_path / "ws") == case.new


@pytest.fixture(scope="module")
def demo_case(request: pytest.FixtureRequest, demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return work on the whole demo: a second file of lines to load, or the refresh after it."""
    folder = tmp_path_factory.mktemp("demo_kills")
    copy_workspace(demo_folder, folder / "ws")
    with Workspace(folder / "ws") as ws:
        first = pd.read_parquet(lake_files(ws, "order_lines")[0]).head(200_000)
    first = first.assign(line_id="again-" + first["line_id"], order_id="again-" + first["order_id"])
    source_names = first.drop(columns=["account_id", "channel"]).rename(columns=LINES)
    source_names.to_parquet(folder / "later.parquet")
    if request.param == "refresh":
        with Workspace(folder / "ws") as ws:
            ws.load("order_lines", folder / "later.parquet")
    return make_case(request.param, folder / "ws", folder / "later.parquet", folder / "done")


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("demo_case", ["load", "refresh"], indirect=True)
def test_twenty_kills_on_the_demo(demo_case: Case, tmp_path: Path) -> None:
    chance = random.Random(f"demo {demo_case.work}")
    left = [
        survives(demo_case, tmp_path / "ws", after=1.1 * demo_case.seconds * chance.random(), how="python")
        for _ in range(20)
    ]
    assert "old" in left


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("demo_case", ["load", "refresh"], indirect=True)
def test_twenty_kills_of_the_command_on_the_demo(demo_case: Case, tmp_path: Path) -> None:
    chance = random.Random(f"command on the demo {demo_case.work}")
    copy_workspace(demo_case.before, tmp_path / "whole")
    seconds = run(demo_case.work, tmp_path / "whole", demo_case.source, how="command")
    shutil.rmtree(tmp_path / "whole")
    left = [
        survives(demo_case, tmp_path / "ws", after=1.05 * seconds * chance.random(), how="command") for _ in range(20)
    ]
    assert "old" in left
