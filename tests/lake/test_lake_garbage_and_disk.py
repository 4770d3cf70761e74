"""Garbage collection, and a disk that is full."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_files import ORDERS, Write, ids

from qunxiang.adapters.lake import DeltaLake, delta
from qunxiang.errors import SettingError, StorageError, WorkspaceError


def _age(root: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    for path in [*root.rglob("*")]:
        os.utime(path, (then, then))


@pytest.fixture
def root(lake: DeltaLake, tmp_path: Path) -> Path:
    return tmp_path / "客户 数据" / "lake"


def test_only_old_files_that_no_kept_version_names_go(lake: DeltaLake, write: Write, root: Path) -> None:
    first = lake.commit(ORDERS, [write(lake, "a")], mode="replace", base=None)
    second = lake.commit(ORDERS, [write(lake, "b")], mode="replace", base=first)
    third = lake.commit(ORDERS, [write(lake, "c")], mode="append", base=second)
    old_orphan = write(lake, "old orphan")
    _age(root, 30)
    lake.commit(ORDERS, [write(lake, "young")], mode="replace", base=third)
    in_flight = write(lake, "in flight")
    assert lake.collect_garbage({"orders": [third]}, older_than_hours=24) == 2
    assert ids(lake, second) == ["b"], "its file is named by the kept version too"
    assert ids(lake, third) == ["b", "c"]
    assert in_flight.path.exists()
    assert not old_orphan.path.exists()
    assert not old_orphan.path.parent.exists()
    with pytest.raises(WorkspaceError):
        lake.at("orders", first)
    assert ids(lake, lake.commit(ORDERS, [write(lake, "d")], mode="append", base=third)) == ["b", "c", "d"]


def test_a_folder_that_is_still_written_is_spared_whole(lake: DeltaLake, write: Write, root: Path) -> None:
    started = write(lake, "first part of a long write")
    _age(root, 100)
    (started.path.parent / "growing.parquet").write_bytes(b"PAR1")
    assert lake.collect_garbage({}, older_than_hours=24) == 0
    assert started.path.exists()


def test_a_short_age_and_a_lost_version_stop_the_collection(lake: DeltaLake, write: Write, root: Path) -> None:
    orphan = write(lake, "orphan")
    _age(root, 100)
    with pytest.raises(SettingError):
        lake.collect_garbage({}, older_than_hours=0)
    with pytest.raises(WorkspaceError):
        lake.collect_garbage({"orders": [3]}, older_than_hours=24)
    assert orphan.path.exists()
    assert DeltaLake(root / "nowhere").collect_garbage({}, older_than_hours=24) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 kB where mounting is allowed; elsewhere the fault is made by hand in the test below."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(folder)], check=False, capture_output=True
        ).returncode
        == 0
    )
    yield folder
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def _fill(folder: Path) -> None:
    """Take every free byte, when the folder is a disk of its own."""
    if not folder.is_mount():
        return
    with (folder / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"0" * 4096)
        except OSError:
            return


def test_a_full_disk_commits_nothing_and_takes_the_files_back(
    small_disk: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = DeltaLake(small_disk / "lake")
    base = lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None)
    files = [write(lake, str(i)) for i in range(40)]
    _fill(small_disk)
    if not small_disk.is_mount():
        monkeypatch.setattr(delta, "_extend", _refuse)
    with pytest.raises(StorageError) as caught:
        lake.commit(ORDERS, files, mode="append", base=base)
    monkeypatch.undo()
    assert caught.value.code == "error.storage.full"
    assert str(small_disk) in caught.value.render("zh")
    assert not any(f.path.exists() for f in files)
    with pytest.raises(WorkspaceError):
        lake.at("orders", base + 1)
    assert ids(lake, base) == ["a"]
    (small_disk / "filler").unlink(missing_ok=True)
    assert ids(lake, lake.commit(ORDERS, [write(lake, "b")], mode="append", base=base)) == ["a", "b"]


def _refuse(*_: object) -> int:
    raise OSError(28, "No space left on device")
