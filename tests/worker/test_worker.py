"""Jobs in real processes: done, failed, killed, stopped, orphaned, and run again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from qunxiang.errors import QunxiangError
from qunxiang.i18n import from_json
from qunxiang.model import Actor, Role
from qunxiang.ports.state import Job
from qunxiang.services.house import silent
from qunxiang.services.jobs import JOBS
from qunxiang.worker.dispatch import USE_CASES, perform
from qunxiang.worker.ends import error_json, exit_error
from qunxiang.worker.leftovers import sweep
from qunxiang.workspace import Workspace

Start = Callable[..., "subprocess.Popen[bytes]"]
LONG: dict[str, Any] = {"name": "long", "n_segments": "auto", "n_pairs": 500, "n_restarts": 200}
"""A fit that takes minutes."""


def until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Return what `condition` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come true in time")


def ended(shop: Workspace, job: Job) -> Job:
    return until(lambda: (j := shop.jobs.show(job.id)).status in ("done", "failed") and j)


def running(shop: Workspace, job: Job, stage: str = "progress.fit.stability") -> Job:
    return until(lambda: (j := shop.jobs.show(job.id)).stage is not None and j.stage["code"] == stage and j)


def child_of(worker: subprocess.Popen[bytes]) -> psutil.Process:
    return until(lambda: next(iter(psutil.Process(worker.pid).children()), None))


def test_jobs_are_done_one_after_another_with_their_actor(shop: Workspace, start_worker: Start) -> None:
    shop.users.add("mia", Role.MARKETER)
    marketer = shop.acting_as(Actor(name="mia", role=Role.MARKETER, via="web"))
    report = marketer.jobs.start("report", segmentation="kinds", format="html", lang="en")
    refresh = shop.jobs.start("refresh", as_of="2024-07-15")
    assert start_worker("--once").wait(300) == 0
    done = shop.jobs.show(report.id)
    assert (done.status, done.progress, done.error) == ("done", 1.0, None), done.error
    assert done.result == {"segmentation": "kinds", "format": "html", "file": "kinds.html"}
    assert (shop.settings.folder / "exports" / report.id / "kinds.html").read_bytes().startswith(b"<!")
    second = shop.jobs.show(refresh.id)
    assert second.result is not None
    assert second.result["as_of"] == "2024-07-15"
    assert done.ended_at is not None
    assert second.started_at is not None
    assert done.ended_at <= second.started_at
    entry = next(e for e in shop.audit.list(use_case="report"))
    assert (entry.actor, entry.role, entry.via, entry.outcome) == ("mia", Role.MARKETER, "worker", "done")


def test_a_job_that_cannot_succeed_says_why(shop: Workspace) -> None:
    far = shop.acting_as(Actor(name="ann", role=Role.ANALYST, via="rest"))
    secret = shop.settings.folder.parent / "secret.csv"
    secret.write_text("order_id\n1\n", "utf-8")
    upload = shop.settings.folder / "uploads"
    upload.mkdir()
    (upload / "link.csv").symlink_to(secret)
    cases = [
        (shop.jobs.start("report", segmentation="nix"), "error.segmentation.unknown"),
        (shop.jobs.start("refresh", as_of="soon"), "error.job.arguments"),
        (shop.jobs.start("segment.fit", name="x", n_pairs=0, extra=1), "error.job.arguments"),
        (far.jobs.start("load", table="orders", source=str(secret)), "error.job.source"),
        (far.jobs.start("load", table="orders", source="uploads/../../secret.csv"), "error.job.source"),
        (far.jobs.start("load", table="orders", source="uploads/link.csv"), "error.job.source"),
        (shop.jobs.start("load", table="orders", source=str(secret)), "error.contract.lacks"),
    ]
    for job, code in cases:
        with pytest.raises(QunxiangError) as told:
            perform(shop, job, silent)
        assert told.value.code == code
        for lang in ("zh", "en"):
            assert from_json(error_json(told.value))(lang)


def test_a_killed_child_is_failed_with_its_reason_and_can_be_run_again(shop: Workspace, start_worker: Start) -> None:
    before = shop.snapshot
    job = shop.jobs.start("segment.fit", **LONG)
    worker = start_worker()
    running(shop, job)
    child_of(worker).send_signal(signal.SIGKILL)
    found = ended(shop, job)
    assert found.status == "failed"
    assert found.error is not None
    assert found.error["code"] == "error.job.crashed"
    assert found.error["params"]["code_"] == -9
    assert "want of memory" in from_json(found.error)("en")
    assert "内存不足" in from_json(found.error)("zh")
    assert shop.snapshot == before
    assert worker.poll() is None  # the worker lives on
    short = shop.jobs.start("segment.fit", name="long", n_segments=2, n_pairs=2, n_restarts=2)
    assert ended(shop, short).status == "done"
    again = shop.jobs.retry(job.id)
    assert (again.retry_of, again.arguments) == (job.id, job.arguments)
    assert running(shop, again).status == "running"


def test_progress_grows_and_the_heart_beats(shop: Workspace, start_worker: Start) -> None:
    job = shop.jobs.start("segment.fit", **LONG)
    start_worker()
    first = running(shop, job)
    later = until(lambda: (j := shop.jobs.show(job.id)).heartbeat_at > first.heartbeat_at and j)
    assert 0 <= first.progress <= later.progress < 1


def test_a_worker_told_to_end_ends_its_job(shop: Workspace, start_worker: Start) -> None:
    job = shop.jobs.start("segment.fit", **LONG)
    worker = start_worker()
    running(shop, job)
    child = child_of(worker)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(120) == 0
    assert not child.is_running()
    found = shop.jobs.show(job.id)
    assert found.status == "failed"
    assert found.error is not None
    assert "told to stop" in from_json(found.error)("en")
    assert shop.jobs.retry(job.id).status == "queued"


def test_a_cancelled_job_stops_and_the_worker_goes_on(shop: Workspace, start_worker: Start) -> None:
    long, waiting = shop.jobs.start("segment.fit", **LONG), shop.jobs.start("segment.fit", **LONG)
    next_one = shop.jobs.start("refresh", as_of="2024-07-15")
    assert shop.jobs.cancel(waiting.id).status == "cancelled"
    start_worker()
    until(lambda: shop.jobs.show(long.id).status == "running")
    assert shop.jobs.cancel(long.id).status == "cancelled"
    assert until(
        lambda: shop.jobs.show(next_one.id).status == "done", 100
    )  # the process of the cancelled job is gone by then
    found = shop.jobs.show(long.id)
    assert (found.status, found.error) == ("cancelled", {"code": "error.job.cancelled", "params": {"name": "owner"}})
    assert shop.jobs.show(waiting.id).started_at is None
    assert "long" not in [s.id for s in shop.segments.list()]
    with pytest.raises(QunxiangError) as error:
        shop.jobs.cancel(next_one.id)
    assert error.value.code == "error.job.ended"
    assert shop.jobs.retry(long.id).status == "queued"


def test_a_child_whose_worker_died_stops(shop: Workspace, start_worker: Start) -> None:
    job = shop.jobs.start("segment.fit", **LONG)
    worker = start_worker()
    running(shop, job)
    child = child_of(worker)
    worker.kill()
    worker.wait()
    found = ended(shop, job)
    assert found.status == "failed"
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_job_of_a_viewer_is_refused_and_says_so(shop: Workspace, start_worker: Start) -> None:
    shop.users.add("vera", Role.ANALYST)
    then = Actor(name="vera", role=Role.ANALYST, via="rest")  # what she was when the job was queued
    at = shop.house.clock.now()
    for id in ("forged", "left", "unknown"):
        actor = then.model_copy(update={"name": "vera" if id == "forged" else id})
        shop.house.state.add_job(id=id, use_case="refresh", arguments={}, actor=actor, at=at)
    shop.users.add("left", Role.ANALYST)
    shop.users.change("left", disabled=True)
    shop.users.change("vera", role=Role.VIEWER)
    workers = [start_worker("--once"), start_worker("--once")]  # two share a queue
    assert [w.wait(300) for w in workers] == [0, 0]
    found = shop.jobs.show("forged")
    assert found.error is not None
    assert (found.status, found.error["code"]) == ("failed", "error.access.role")
    entries = shop.audit.list(use_case="refresh")
    assert {(e.actor, e.via, e.outcome) for e in entries if e.actor in ("vera", "left", "unknown")} == {
        (name, "worker", "refused") for name in ("vera", "left", "unknown")
    }
    assert next(e.role for e in entries if e.actor == "vera") is Role.VIEWER
    for id, code in (("left", "error.job.actor_disabled"), ("unknown", "error.job.actor_unknown")):
        ended_ = shop.jobs.show(id)
        assert ended_.error is not None
        assert (ended_.status, ended_.error["code"]) == ("failed", code)
        assert id in from_json(ended_.error)("zh")


def test_an_upload_goes_when_it_is_loaded_and_no_row_of_it_stands_in_a_job(
    shop: Workspace, start_worker: Start
) -> None:
    uploads = shop.settings.folder / "uploads"
    for name in ("tried", "loaded", "wrong"):
        (uploads / name).mkdir(parents=True)
    rows = "order_id,person_id,ordered_at,amount\nn1,p001,2024-06-01,12.50\nn2,p001,secret-day,1\n"
    (uploads / "tried" / "a.csv").write_text(rows, "utf-8")
    (uploads / "loaded" / "a.csv").write_text(rows, "utf-8")
    (uploads / "wrong" / "a.csv").write_text("a,b\n1,2\n", "utf-8")
    tried = shop.jobs.start("load", table="orders", source="uploads/tried/a.csv", dry_run=True)
    loaded = shop.jobs.start("load", table="orders", source="uploads/loaded/a.csv")
    wrong = shop.jobs.start("load", table="orders", source="uploads/wrong/a.csv")
    assert start_worker("--once").wait(300) == 0
    found = [shop.jobs.show(job.id) for job in (tried, loaded, wrong)]
    assert [job.status for job in found] == ["done", "done", "failed"]
    assert found[0].result is not None
    assert (found[0].result["rejected"], found[0].result["sample"]) == (1, [])
    assert "secret-day" not in str(found)
    assert sorted(path.name for path in uploads.iterdir()) == ["tried", "wrong"]


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    now = datetime(2027, 3, 8, 12, tzinfo=UTC)
    uploads, exports = tmp_path / "uploads", tmp_path / "exports"
    gone = (uploads / ("c" * 32), exports / ("a" * 32))
    kept = (uploads / ("d" * 32), exports / ("b" * 32))
    for folder in (*gone, *kept, exports / "own"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    old, fresh = (now - timedelta(days=7, seconds=1)).timestamp(), (now - timedelta(days=7)).timestamp()
    for path in (*gone, exports / "own"):
        os.utime(path, (old, old))
    for path in kept:
        os.utime(path, (fresh, fresh))
    sweep(tmp_path, now)
    assert [path.name for path in uploads.iterdir()] == ["d" * 32]
    assert sorted(path.name for path in exports.iterdir()) == ["b" * 32, "own"]
    sweep(tmp_path / "nothing", now)


def test_a_job_that_fell_silent_is_buried_and_can_be_run_again(shop: Workspace, start_worker: Start) -> None:
    job = shop.jobs.start("resolve")
    shop.house.state.claim_job(
        at=shop.house.clock.now() - timedelta(seconds=120)
    )  # its worker was lost with its machine
    assert start_worker("--once").wait(300) == 0
    state = shop.house.state.job(job.id)
    assert state is not None
    assert state.error is not None
    assert (state.status, state.error["code"]) == ("failed", "error.job.silent")
    assert shop.jobs.retry(job.id).status == "queued"


def test_every_use_case_that_may_be_a_job_can_be_performed() -> None:
    assert set(USE_CASES) == set(JOBS)


@pytest.mark.parametrize(("code", "words"), [(-11, "SIGSEGV"), (3, "without a word"), (-15, "told to stop")])
def test_reasons_of_an_end(code: int, words: str) -> None:
    assert words in from_json(exit_error(code))("en")


def test_a_fault_is_told_without_values() -> None:
    try:
        raise ValueError("王小明 13800000000")
    except ValueError as error:
        told = error_json(error)
    assert "ValueError" in from_json(told)("en")
    assert "13800000000" not in str(told)
