"""What several processes do to one state at the same moment, and what a killed one leaves behind."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from qunxiang.adapters.state import SqlState
from qunxiang.adapters.state.database import Database
from qunxiang.errors import ConflictError
from qunxiang.model import Actor, NewDefinition
from qunxiang.ports.clock import FixedClock
from qunxiang.ports.state import NewSnapshot

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")
RUNS = 50
JOBS = 100
PATIENCE = 120
"""How many seconds a process may take to start: tests share their machine."""


def _publish_many(url: str, table: str, start: Any) -> None:
    with SqlState.open(url) as state:
        for version in range(1, RUNS + 1):
            start.wait()  # both publish at the same moment, every time
            document = NewDefinition(kind="counter", id="shared", body={"table": table, "version": version})
            state.publish(
                NewSnapshot(kind="load", tables={table: version}),
                actor=Actor.owner(),
                at=NOON,
                definitions=[document],
            )


def _claim_all(url: str, start: Any, answers: Any) -> None:
    claimed = []
    with SqlState.open(url) as state:
        start.wait()
        while (job := state.claim_job(at=NOON)) is not None:
            claimed.append(job.id)
    answers.put(claimed)


def _take_in_turns(url: str, holder: str, start: Any, answers: Any) -> None:
    taken, refused = 0, []
    with SqlState.open(url, clock=FixedClock(NOON)) as state:
        start.wait()
        while taken < 15:
            try:
                with state.lease("refresh", holder=holder, at=NOON, seconds=60):
                    before = state.head()
                    state.put(NewDefinition(kind="inside", id="x", body={"holder": holder}), author=holder, at=NOON)
                    found = state.definition("inside", "x")
                    assert found is not None
                    assert found.body == {"holder": holder}
                    assert state.head() == before
                    taken += 1
            except ConflictError as error:
                refused.append(error.params["holder"])
                time.sleep(0.001)
    answers.put((holder, taken, refused))


def _publish_until_killed(url: str) -> None:
    with SqlState.open(url) as state:
        while True:
            _publish_pair(state, None)


def _die_inside_publish(url: str) -> None:
    with SqlState.open(url) as state:
        _publish_pair(state, lambda: os.kill(os.getpid(), signal.SIGKILL))


def _publish_pair(state: SqlState, between: Callable[[], None] | None) -> None:
    """Publish a snapshot with two tables and two documents that all carry the number of the run."""
    head = state.head()
    run = head.run + 1 if head else 1

    def documents() -> Iterator[NewDefinition]:
        yield NewDefinition(kind="pair", id="a", body={"run": run})
        if between is not None:
            between()
        yield NewDefinition(kind="pair", id="b", body={"run": run})

    new = NewSnapshot(kind="refresh", tables={"traits": run, "memberships": run}, facts={"pad": "x" * 20_000})
    state.publish(new, actor=Actor.owner(), at=NOON, definitions=documents())


def _start(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    process = SPAWN.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def _finish(*processes: BaseProcess) -> None:
    for process in processes:
        process.join(PATIENCE)
        assert process.exitcode == 0
        process.close()


def test_two_publishers_never_lose_each_others_tables(url: str) -> None:
    start = SPAWN.Barrier(2, timeout=PATIENCE)
    _finish(*[_start(_publish_many, url, table, start) for table in ("orders", "persons")])
    with SqlState.open(url) as state:
        history = state.snapshots(limit=1000)[::-1]
        documents = state.history("counter", "shared")
    assert [snapshot.run for snapshot in history] == list(range(1, 2 * RUNS + 1))
    assert [snapshot.parent for snapshot in history] == [None, *range(1, 2 * RUNS)]
    assert history[-1].tables == {"orders": RUNS, "persons": RUNS}
    assert [document.version for document in documents] == list(range(2 * RUNS, 0, -1))
    for before, after in itertools.pairwise(history):
        grown = {table for table in after.tables if after.tables[table] != before.tables.get(table, 0)}
        assert len(grown) == 1
        assert all(after.tables[table] == before.tables.get(table, 0) + 1 for table in grown)


def test_no_job_is_claimed_twice(url: str) -> None:
    ids = [f"job-{n}" for n in range(JOBS)]
    with SqlState.open(url) as state:
        for id in ids:
            state.add_job(id=id, use_case="refresh", arguments={}, actor=Actor.owner(), at=NOON)
    start, answers = SPAWN.Barrier(2, timeout=PATIENCE), SPAWN.Queue()
    workers = [_start(_claim_all, url, start, answers) for _ in range(2)]
    claimed = [answers.get(timeout=PATIENCE) for _ in workers]
    _finish(*workers)
    assert sorted(claimed[0] + claimed[1]) == sorted(ids)
    for own in claimed:
        assert own == sorted(own, key=ids.index)  # oldest first


def test_one_holder_at_a_time(url: str) -> None:
    start, answers = SPAWN.Barrier(2, timeout=PATIENCE), SPAWN.Queue()
    workers = [_start(_take_in_turns, url, holder, start, answers) for holder in ("anna", "ben")]
    counts = [answers.get(timeout=PATIENCE) for _ in workers]
    _finish(*workers)
    assert [taken for _, taken, _ in counts] == [15, 15]
    assert all(holder not in refused for holder, _, refused in counts)


def test_the_lease_of_a_killed_process_runs_out(url: str) -> None:
    process = _start(_hold_and_die, url)
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
    with SqlState.open(url) as state:
        with pytest.raises(ConflictError) as error:
            state.lease("refresh", holder="ben", at=NOON + timedelta(seconds=59), seconds=60)
        assert error.value.params["holder"] == "anna"
        state.lease("refresh", holder="ben", at=NOON + timedelta(seconds=60), seconds=60)


def _hold_and_die(url: str) -> None:
    state = SqlState.open(url)
    state.lease("refresh", holder="anna", at=NOON, seconds=60)
    os.kill(os.getpid(), signal.SIGKILL)


def _is_whole(state: SqlState) -> int:
    """Assert that tables and documents are of one run, and return it (0 before the first)."""
    head = state.head()
    run = head.run if head else 0
    assert (head.tables if head else {}) == ({"traits": run, "memberships": run} if run else {})
    assert {d.id: d.body["run"] for d in state.definitions("pair")} == ({"a": run, "b": run} if run else {})
    return run


def test_killed_inside_publish_nothing_is_there(url: str) -> None:
    with SqlState.open(url) as state:
        _publish_pair(state, None)
    process = _start(_die_inside_publish, url)
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
    with SqlState.open(url) as state:
        assert _is_whole(state) == 1
        _publish_pair(state, None)
        assert _is_whole(state) == 2


def test_killed_at_any_moment_old_or_new_is_there_whole(url: str) -> None:
    runs = []
    for wait in (0.013, 0.037, 0.071):
        process = _start(_publish_until_killed, url)
        with SqlState.open(url) as state:
            before = state.head()
            while state.head() == before:  # until it publishes
                assert process.is_alive()
                time.sleep(0.005)
        time.sleep(wait)
        process.kill()
        process.join(PATIENCE)
        with SqlState.open(url) as state:
            runs.append(_is_whole(state))
            _publish_pair(state, None)
            assert _is_whole(state) == runs[-1] + 1
    assert runs == sorted(set(runs))


def test_several_make_one_state_and_one_succeeds(empty_url: str) -> None:
    start, answers = SPAWN.Barrier(2, timeout=PATIENCE), SPAWN.Queue()
    makers = [_start(_make, empty_url, start, answers) for _ in range(2)]
    assert sorted(answers.get(timeout=PATIENCE) for _ in makers) == ["error.conflict.state", "made"]
    _finish(*makers)
    with SqlState.open(empty_url) as state:
        assert state.head() is None


def test_several_turn_the_log_of_one_file_on_at_the_same_moment(tmp_path: Path) -> None:
    makers = 4
    with ThreadPoolExecutor(makers) as pool:
        for number in range(100):  # the clash is rare
            file, start = tmp_path / f"{number}.db", threading.Barrier(makers, timeout=PATIENCE)
            file.touch()
            for made in [pool.submit(_turn_log_on, file, start) for _ in range(makers)]:
                assert made.result() == "wal"


def _turn_log_on(file: Path, start: threading.Barrier) -> str:
    database = Database(file)
    try:
        with database.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        start.wait()
        database.use_write_ahead_log()
        with database.reading() as connection:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
    finally:
        database.close()


def _make(url: str, start: Any, answers: Any) -> None:
    start.wait()
    try:
        SqlState.create(url).close()
    except ConflictError as error:
        answers.put(error.code)
    else:
        answers.put("made")
