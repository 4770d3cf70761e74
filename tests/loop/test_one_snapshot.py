"""A report reads one snapshot throughout, whatever is published while it is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loop_data import LoopFiles

from qunxiang import Workspace
from qunxiang.model import Actor
from qunxiang.services.report import gathered


class Hurrying:
    """A state in which another snapshot is published after the first look at the newest."""

    def __init__(self, state: Any, older: Any) -> None:
        self._state = state
        self._older = older

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def head(self) -> Any:
        found, self._older = self._older or self._state.head(), None
        return found


@pytest.fixture
def ws(files: LoopFiles, tmp_path: Path) -> Any:
    with Workspace.create(tmp_path / "ws") as made:
        for table, path in (("products", files.products), ("persons", files.persons), ("order_lines", files.lines)):
            made.load(table, path)
        made.resolve()
        made.refresh("2024-04-01")
        made.segments.classify("value_tier")
        yield made


def test_a_report_reads_one_snapshot_throughout(ws: Workspace, tmp_path: Path) -> None:
    older = ws.snapshot
    assert older is not None
    expected = gathered(ws.house, Actor.owner(), "value_tier")
    ws.traits.define("lines", table="order_lines", metric="count")
    ws.refresh("2024-06-01")
    hurried = replace(ws.house, state=Hurrying(ws.house.state, older))
    found = gathered(hurried, Actor.owner(), "value_tier")
    newest = gathered(ws.house, Actor.owner(), "value_tier")
    assert newest.found.run > older.run
    for part in ("found", "snapshot", "tables", "coverage", "checks", "changes", "ranking", "traits"):
        assert getattr(found, part) == getattr(expected, part), part
        if part not in ("checks",):
            assert getattr(found, part) != getattr(newest, part), part
    assert found.ranking is not None
    assert found.ranking.description == expected.found
