"""Reads are noted in batches: none is lost, and each batch says when its last one was."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qunxiang.errors import StorageError, UnknownNameError
from qunxiang.workspace import Workspace

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


class Hands:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def shop(tmp_path: Path, clock: Hands) -> Any:
    with Workspace.create(tmp_path / "shop", clock=clock) as workspace:
        yield workspace


def _reads(shop: Workspace) -> list[tuple[datetime, int]]:
    return [(e.at, e.details["times"]) for e in shop.house.state.audit(use_case="job.list")]


def test_reads_wait_a_minute_and_bear_the_time_of_the_last(shop: Workspace, clock: Hands) -> None:
    shop.jobs.list()
    clock.at = NOON + timedelta(seconds=59)
    shop.jobs.list()
    assert _reads(shop) == []
    clock.at = NOON + timedelta(seconds=60)
    shop.segments.list()
    assert _reads(shop) == [(NOON + timedelta(seconds=59), 2)]


def test_a_read_that_fails_is_noted_with_its_error(shop: Workspace, clock: Hands) -> None:
    for _ in range(2):
        with pytest.raises(UnknownNameError):
            shop.jobs.show("nothing")
    shop.jobs.list()
    clock.at = NOON + timedelta(seconds=60)
    shop.jobs.list()
    noted = {(e.use_case, e.outcome): e for e in shop.house.state.audit()}
    failed = noted["job.show", "failed"]
    assert failed.subject == "nothing"
    assert failed.details == {"times": 2, "error": "error.job.unknown"}
    assert noted["job.list", "done"].details == {"times": 2}


def test_reads_that_could_not_be_written_wait(shop: Workspace, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> None:
        raise StorageError("error.storage.full", folder="x")

    shop.jobs.list()
    with monkeypatch.context() as broken:
        broken.setattr(shop.house.state, "record", full)
        clock.at = NOON + timedelta(seconds=90)
        with pytest.raises(StorageError):
            shop.jobs.list()
    shop.audit.list()
    assert _reads(shop) == [(NOON + timedelta(seconds=90), 2)]


def test_reads_are_written_when_the_workspace_closes(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "other") as first:
        first.jobs.list()
    with Workspace(tmp_path / "other") as again:
        assert [times for _, times in _reads(again)] == [1]


def test_only_the_owner_of_the_machine_account_reads_settings_and_state(shop: Workspace) -> None:
    for name in ("workspace.yaml", "state.db"):
        assert stat.S_IMODE((shop.settings.folder / name).stat().st_mode) == 0o600
