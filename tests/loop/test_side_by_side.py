"""Two people who change segments at the same moment do not undo each other's work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loop_data import LoopFiles

from qunxiang import Workspace
from qunxiang.model import Actor, Role


def test_segments_defined_at_the_same_moment_are_all_kept(files: LoopFiles, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws") as ws:
        ws.load("order_lines", files.lines)
        ws.resolve()
        ws.refresh("2024-06-01")
        ws.segments.classify("value_tier")
        people = [ws.acting_as(Actor(name=f"m{i}", role=Role.MARKETER)) for i in range(4)]

        def change(number: int) -> None:
            people[number].segments.define(f"own{number}", f"frequency > {number + 1}")
            people[number].segments.mark("value_tier", segment="strategic", profile_id=f"Pc00{number}", why="known")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(change, range(4)))
        sizes = {s.id: s for s in ws.segments.list()}
        assert all(sizes[f"own{i}"].segments[0].n == ws.segments.size(f"frequency > {i + 1}").n > 0 for i in range(4))
        strategic = ws.segments.members("value_tier", segment="strategic")["profile_id"].to_pylist()
        assert strategic == [f"Pc00{i}" for i in range(4)]
