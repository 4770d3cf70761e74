"""What a version holds: appends, replaces, bases, orphans at the head, schemas, two writers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake_files import ORDERS, WIDER, Write, ids

from qunxiang.adapters.lake import DeltaLake
from qunxiang.errors import ConflictError, SettingError, StorageError, WorkspaceError
from qunxiang.ports.engine import WrittenFile
from qunxiang.tables import arrow_schema


def test_append_keeps_the_base_and_replace_does_not(lake: DeltaLake, write: Write) -> None:
    first = lake.commit(ORDERS, [write(lake, "a", "b")], mode="replace", base=None)
    second = lake.commit(ORDERS, [write(lake, "c")], mode="append", base=first)
    third = lake.commit(ORDERS, [write(lake, "d")], mode="replace", base=second)
    assert [ids(lake, v) for v in (first, second, third)] == [["a", "b"], ["a", "b", "c"], ["d"]]
    assert lake.at("orders", second).columns == ("id", "amount")
    assert DeltaLake(Path(lake.at("orders", 0).files[0]).parents[3]).at("orders", second) == lake.at("orders", second)


@pytest.mark.parametrize("orphan", ["append", "replace"])
def test_an_orphan_at_the_head_leaves_no_trace(lake: DeltaLake, write: Write, orphan: str) -> None:
    base = lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None)
    lake.commit(ORDERS, [write(lake, "orphan")], mode=orphan, base=base)  # type: ignore[arg-type]
    appended = lake.commit(ORDERS, [write(lake, "b")], mode="append", base=base)
    lake.commit(ORDERS, [write(lake, "orphan")], mode=orphan, base=appended)  # type: ignore[arg-type]
    replaced = lake.commit(ORDERS, [write(lake, "c")], mode="replace", base=appended)
    assert ids(lake, appended) == ["a", "b"]
    assert ids(lake, replaced) == ["c"]


def test_an_append_to_nothing_ignores_the_head(lake: DeltaLake, write: Write) -> None:
    lake.commit(ORDERS, [write(lake, "orphan")], mode="append", base=None)
    assert ids(lake, lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None)) == ["a"]


def test_a_replace_may_change_the_schema_and_old_versions_stay(lake: DeltaLake, write: Write) -> None:
    first = lake.commit(ORDERS, [write(lake, "a")], mode="replace", base=None)
    wider = lake.commit(WIDER, [write(lake, "b", contract=WIDER)], mode="replace", base=first)
    again = lake.commit(ORDERS, [write(lake, "c")], mode="append", base=first)
    assert lake.at("orders", wider).columns == ("id", "amount", "城市")
    assert (ids(lake, first), ids(lake, wider), ids(lake, again)) == (["a"], ["b"], ["a", "c"])
    with pytest.raises(StorageError, match=r"cannot be appended") as caught:
        lake.commit(ORDERS, [write(lake, "d")], mode="append", base=wider)
    assert caught.value.code == "error.lake.base_schema"


def test_an_empty_version_has_one_file_with_types(lake: DeltaLake, write: Write) -> None:
    empty = lake.commit(ORDERS, [], mode="replace", base=None)
    found = lake.at("orders", empty)
    assert (found.rows, len(found.files)) == (0, 1)
    assert pq.read_schema(found.files[0]).remove_metadata() == arrow_schema(ORDERS)
    none_new = write(lake)
    kept = lake.commit(ORDERS, [write(lake, "a"), none_new], mode="append", base=empty)
    assert ids(lake, kept) == ["a"]
    assert len(lake.at("orders", kept).files) == 1
    assert not none_new.path.exists()


class _Raced(DeltaLake):
    """A lake into which somebody else commits after the head was looked at."""

    def __init__(self, root: Path, other: threading.Event) -> None:
        super().__init__(root)
        self._looked, self.go = other, threading.Event()

    def _head(self, table: str):  # type: ignore[no-untyped-def]
        head = super()._head(table)
        self._looked.set()
        assert self.go.wait(60)
        return head


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("mine", ["append", "replace"])
@pytest.mark.parametrize("theirs", ["append", "replace"])
def test_of_two_writers_at_once_the_later_is_refused(
    lake: DeltaLake, write: Write, tmp_path: Path, exists: bool, mine: str, theirs: str
) -> None:
    base = lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None) if exists else None
    looked = threading.Event()
    raced = _Raced(tmp_path / "客户 数据" / "lake", looked)
    file, refused = write(lake, "mine"), []

    def commit() -> None:
        try:
            raced.commit(ORDERS, [file], mode=mine, base=base)  # type: ignore[arg-type]
        except ConflictError as error:
            refused.append(error)

    thread = threading.Thread(target=commit)
    thread.start()
    assert looked.wait(60)
    winner = lake.commit(ORDERS, [write(lake, "theirs")], mode=theirs, base=base)  # type: ignore[arg-type]
    raced.go.set()
    thread.join()
    assert [e.code for e in refused] == ["error.lake.conflict"]
    assert not file.path.exists()
    assert ids(lake, winner) == (["a", "theirs"] if exists and theirs == "append" else ["theirs"])
    with pytest.raises(WorkspaceError):
        lake.at("orders", winner + 1)


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from lake_files import ORDERS, write_file
from qunxiang.adapters.lake import DeltaLake
class Killed(DeltaLake):
    def _head(self, table):
        os.kill(os.getpid(), signal.SIGKILL)
lake = Killed(Path({root!r}))
lake.commit(ORDERS, [write_file(lake, "killed")], mode="append", base=0)
"""


def test_kill_between_write_and_commit_changes_nothing(lake: DeltaLake, write: Write, tmp_path: Path) -> None:
    base = lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None)
    root = tmp_path / "客户 数据" / "lake"
    script = _KILLED.format(tests=str(Path(__file__).parent), root=str(root))
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert len(list(root.rglob("*.parquet"))) == 2, "the killed writer's file is on the disk"
    assert ids(lake, base) == ["a"]
    with pytest.raises(WorkspaceError):
        lake.at("orders", base + 1)
    assert ids(lake, lake.commit(ORDERS, [write(lake, "b")], mode="append", base=base)) == ["a", "b"]


@pytest.mark.parametrize("torn", ["", '{"commitInfo":{"timest'])
def test_a_commit_torn_by_a_loss_of_power_is_dropped(lake: DeltaLake, write: Write, torn: str) -> None:
    base = lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None)
    log = Path(lake.at("orders", base).files[0]).parents[2] / "_delta_log"
    (log / f"{base + 1:020}.json").write_text(torn)
    assert ids(lake, base) == ["a"]
    version = lake.commit(ORDERS, [write(lake, "b")], mode="append", base=base)
    assert (version, ids(lake, version)) == (base + 1, ["a", "b"])


def _drop(file: WrittenFile) -> WrittenFile:
    file.path.unlink()
    return file


def _cut(file: WrittenFile) -> WrittenFile:
    file.path.write_bytes(file.path.read_bytes()[:-20])
    return WrittenFile(file.path, file.rows, file.path.stat().st_size)


def _more_rows(file: WrittenFile) -> WrittenFile:
    return WrittenFile(file.path, file.rows + 1, file.size_bytes)


def _more_bytes(file: WrittenFile) -> WrittenFile:
    return WrittenFile(file.path, file.rows, file.size_bytes + 1)


def _other_type(file: WrittenFile) -> WrittenFile:
    pq.write_table(pa.table({"id": ["a"], "amount": [1.0]}), file.path)
    return WrittenFile(file.path, 1, file.path.stat().st_size)


def _not_null(file: WrittenFile) -> WrittenFile:
    schema = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("amount", pa.int64())])
    pq.write_table(pa.table({"id": ["a"], "amount": [1]}, schema=schema), file.path)
    return WrittenFile(file.path, 1, file.path.stat().st_size)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_drop, "error.lake.file_missing"),
        (_cut, "error.lake.file_damaged"),
        (_more_rows, "error.lake.file_changed"),
        (_more_bytes, "error.lake.file_changed"),
        (_other_type, "error.lake.schema"),
        (_not_null, "error.lake.schema"),
    ],
)
def test_a_file_that_is_not_what_was_said_is_refused(lake: DeltaLake, write: Write, spoil, code: str) -> None:  # type: ignore[no-untyped-def]
    base = lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None)
    good, bad = write(lake, "b"), spoil(write(lake, "c"))
    with pytest.raises(StorageError) as caught:
        lake.commit(ORDERS, [good, bad], mode="append", base=base)
    assert caught.value.code == code
    assert all(caught.value.render(lang) for lang in ("zh", "en"))
    assert not good.path.exists()
    with pytest.raises(WorkspaceError):
        lake.at("orders", base + 1)


def test_a_file_from_elsewhere_is_refused_and_left_alone(lake: DeltaLake, write: Write, tmp_path: Path) -> None:
    written = write(lake, "a")
    outside = tmp_path / "mine.parquet"
    outside.write_bytes(written.path.read_bytes())
    with pytest.raises(StorageError) as caught:
        lake.commit(ORDERS, [WrittenFile(outside, 1, written.size_bytes)], mode="append", base=None)
    assert caught.value.code == "error.lake.foreign_file"
    assert outside.exists()


@pytest.mark.parametrize(
    "name", ["../etc", "a/b", "", ".", "Orders", "a b", "订单", "a" * 64, "_delta_log", "x\n", "a%2f"]
)
def test_hostile_table_names_are_refused(lake: DeltaLake, name: str) -> None:
    for call in (lambda: lake.folder(name), lambda: lake.at(name, 0)):
        with pytest.raises(SettingError) as caught:
            call()
        assert caught.value.code == "error.lake.table_name"


def test_a_percent_sign_in_the_path_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="percent sign"):
        DeltaLake(tmp_path / "50%").folder("orders")


def test_a_version_whose_file_is_gone_is_said(lake: DeltaLake, write: Write) -> None:
    version = lake.commit(ORDERS, [write(lake, "a")], mode="append", base=None)
    Path(lake.at("orders", version).files[0]).unlink()
    for table, number in (("orders", version), ("orders", 7), ("orders", -1), ("never", 0)):
        with pytest.raises(WorkspaceError) as caught:
            lake.at(table, number)
        assert caught.value.code == "error.lake.version_gone"


def test_the_log_is_plain(lake: DeltaLake, write: Write) -> None:
    """Reader version 1, no partition columns, rows counted, every old version kept after a checkpoint."""
    version = None
    for i in range(52):
        version = lake.commit(ORDERS, [write(lake, f"{i}")], mode="append", base=version)
    log = Path(lake.at("orders", 0).files[0]).parents[2] / "_delta_log"
    assert list(log.glob("*.checkpoint.parquet"))
    actions = [json.loads(line) for path in sorted(log.glob("*.json")) for line in path.read_text().splitlines()]
    protocol = next(a["protocol"] for a in actions if "protocol" in a)
    assert protocol["minReaderVersion"] == 1
    assert next(a["metaData"] for a in actions if "metaData" in a)["partitionColumns"] == []
    assert {json.dumps(json.loads(a["add"]["stats"])) for a in actions if "add" in a} == {'{"numRecords": 1}'}
    fresh = DeltaLake(log.parents[1])
    assert [fresh.at("orders", v).rows for v in (0, 25, 51)] == [1, 26, 52]
