"""The whole loop with the state on PostgreSQL comes to the same as with the state in the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loop_data import LoopFiles
from loop_steps import export_and_plan, whole_loop

from qunxiang import Workspace


def test_the_loop_comes_to_the_same_on_both_states(files: LoopFiles, tmp_path: Path, postgres_url: str) -> None:
    with Workspace.create(tmp_path / "team", state=postgres_url) as team:
        found = whole_loop(team, files)
        actions = export_and_plan(team, tmp_path / "out")
        assert team.audit.list(limit=5)
        team.close()
    assert not (tmp_path / "team" / "state.db").exists()
    with Workspace(tmp_path / "team") as opened:
        assert opened.snapshot is not None
        assert opened.snapshot.content_hash == found["again"].content_hash
        assert {s.id for s in opened.segments.list()} >= {"rfm", "lifestyle", "lapsing"}
    assert set(actions) == {"unchanged"}
    with Workspace.create(tmp_path / "alone") as alone:
        same = whole_loop(alone, files)
    assert same["again"].content_hash == found["again"].content_hash
    assert same["claims"] == found["claims"] > 0
    assert same["who"].traits == found["who"].traits
    _counts_hold(found, files)


def _counts_hold(found: dict[str, Any], files: LoopFiles) -> None:
    lines = found["order_lines"]
    assert (lines.read, lines.rejected) == (files.read, files.rejected)
    assert lines.read == lines.accepted + lines.unchanged + lines.rejected
    assert found["rejects"] == files.rejected
    assert found["resolve"].profiles == found["refresh"].profiles == found["as_of"] == 160
    assert found["again"].changed > 0
    assert all(step.done for step in found["overview"].steps)
