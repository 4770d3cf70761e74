"""A workspace of a version that stored memberships one per row: read, added to, refreshed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from demo_data import copy_workspace
from qunxiang.model import Actor
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.reading import reading
from qunxiang.services.writing import write_table
from qunxiang.sql import select
from qunxiang.tables import MEMBERSHIPS
from qunxiang.workspace import Workspace

RULE = "frequency >= 2"


@pytest.fixture(scope="module")
def shops(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folders of a shop, and of the same as an old version left it."""
    folder = tmp_path_factory.mktemp("old")
    new, old = folder / "new", folder / "old"
    copy_workspace(tiny_folder, new)
    with Workspace(new) as workspace:
        workspace.segments.classify("loyalty")
    copy_workspace(new, old)
    with Workspace(old) as workspace:
        house, head = workspace.house, workspace.snapshot
        assert head is not None
        with reading(house) as reader:
            rows = select("SELECT * FROM members__ AS m", members=reader.relation(MEMBERSHIPS.name))
            version = write_table(house, reader.session, MEMBERSHIPS, rows)
        stored = NewSnapshot(
            kind="refresh", tables={MEMBERSHIPS.name: version}, as_of=head.as_of, definitions=head.definitions
        )
        house.state.publish(stored, actor=Actor.owner(), at=house.clock.now())
        assert house.lake.at(MEMBERSHIPS.name, version).columns == MEMBERSHIPS.names
    return new, old


def seen(workspace: Workspace) -> dict[str, Any]:
    """Return what a workspace shows of its members."""
    names = sorted(s.id for s in workspace.segments.list())
    members = {name: workspace.segments.members(name).to_pylist() for name in names}
    profiles = sorted({row["profile_id"] for rows in members.values() for row in rows})
    return {
        "members": members,
        "sizes": {s.id: {x.id: x.n for x in s.segments} for s in workspace.segments.list()},
        "profiles": {p: workspace.who(p).memberships for p in profiles},
        "overlap": workspace.segments.overlap().counts,
        "resting": workspace.segments.size("in_segment(loyalty)").n,
    }


def test_what_an_old_version_stored_is_read_as_before(shops: tuple[Path, Path]) -> None:
    with Workspace(shops[0]) as new, Workspace(shops[1]) as old:
        assert seen(old) == seen(new)
        assert seen(old)["resting"] > 0


def test_a_new_segment_and_a_refresh_bring_it_into_the_new_form(shops: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    copy_workspace(shops[1], old)
    copy_workspace(shops[0], new)
    with Workspace(old) as mended, Workspace(new) as known:
        for workspace in (mended, known):
            workspace.segments.define("again", RULE)
        assert seen(mended) == seen(known)
        assert mended.segments.changes("again") != []
        assert [(c.to_segment, c.n) for c in mended.segments.changes("again")] == [
            (c.to_segment, c.n) for c in known.segments.changes("again")
        ]
        # nobody else moved by the change of form
        run = mended.segments.changes("again")[0].run
        assert all(c.run != run for c in mended.segments.changes("loyalty"))
        day = known.snapshot.as_of if known.snapshot is not None else None
        hashes = [workspace.refresh(day).content_hash for workspace in (mended, known)]
        assert hashes[0] == hashes[1]
        assert seen(mended) == seen(known)


def test_a_refresh_alone_counts_changes_against_the_old_form(shops: tuple[Path, Path], tmp_path: Path) -> None:
    old = tmp_path / "old"
    copy_workspace(shops[1], old)
    with Workspace(old) as workspace:
        assert workspace.snapshot is not None
        assert workspace.refresh(workspace.snapshot.as_of).changed == 0
