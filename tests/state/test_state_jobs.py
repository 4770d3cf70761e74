"""Jobs and the audit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qunxiang.adapters.state import SqlState
from qunxiang.errors import ConflictError, UnknownNameError
from qunxiang.model import Actor, Role
from qunxiang.ports.state import Job

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ANNA = Actor(name="anna", role=Role.ANALYST, via="web")


def _add(state: SqlState, id: str, **more: str) -> Job:
    return state.add_job(id=id, use_case="refresh", arguments={"as_of": "2018-01-01"}, actor=ANNA, at=NOON, **more)


def _get(state: SqlState, id: str) -> Job:
    job = state.job(id)
    assert job is not None
    return job


def test_a_job_from_queue_to_end(state: SqlState) -> None:
    queued = _add(state, "a")
    assert (queued.status, queued.progress, queued.actor) == ("queued", 0, ANNA)
    assert queued.arguments == {"as_of": "2018-01-01"}
    assert (queued.created_at, queued.started_at, queued.ended_at, queued.heartbeat_at) == (NOON, None, None, None)

    started = NOON + timedelta(seconds=1)
    running = state.claim_job(at=started)
    assert running is not None
    assert (running.id, running.status, running.started_at, running.heartbeat_at) == ("a", "running", started, started)

    state.update_job("a", at=NOON + timedelta(seconds=2), progress=0.25, stage={"code": "job.traits"})
    state.update_job("a", at=NOON + timedelta(seconds=3), progress=0.5)
    half = _get(state, "a")
    assert (half.progress, half.stage) == (0.5, {"code": "job.traits"})
    assert half.heartbeat_at == NOON + timedelta(seconds=3)

    state.end_job("a", at=NOON + timedelta(seconds=4), status="done", result={"run": 7})
    done = _get(state, "a")
    assert (done.status, done.progress, done.result, done.error) == ("done", 1, {"run": 7}, None)
    assert done.ended_at == NOON + timedelta(seconds=4)


def test_the_oldest_queued_job_is_claimed_first(state: SqlState) -> None:
    for id in ("c", "a", "b"):
        _add(state, id)
    claimed = [state.claim_job(at=NOON) for _ in range(4)]
    assert [job.id if job else None for job in claimed] == ["c", "a", "b", None]
    assert [job.id for job in state.jobs()] == ["b", "a", "c"]
    assert [job.id for job in state.jobs(limit=1)] == ["b"]


def test_a_job_that_ended_stays_as_it_is(state: SqlState) -> None:
    _add(state, "a")
    state.end_job("a", at=NOON, status="failed", error={"code": "error.job.silent", "params": {}})
    before = _get(state, "a")
    state.end_job("a", at=NOON + timedelta(1), status="done", result={"run": 1})
    state.update_job("a", at=NOON + timedelta(1), progress=0.9)
    assert _get(state, "a") == before
    assert before.status == "failed"
    assert state.claim_job(at=NOON) is None


def test_a_job_done_before_it_could_be_cancelled_is_done(state: SqlState) -> None:
    for id in ("late", "in_time"):
        _add(state, id)
        state.end_job(id, at=NOON, status="cancelled")
    state.end_job("late", at=NOON + timedelta(1), status="done", result={"run": 1})
    state.end_job("in_time", at=NOON + timedelta(1), status="failed", error={"code": "error.job.silent", "params": {}})
    assert (_get(state, "late").status, _get(state, "late").result) == ("done", {"run": 1})
    assert _get(state, "in_time").status == "cancelled"


def test_jobs_without_heartbeat_are_failed_with_a_reason_and_can_be_retried(state: SqlState) -> None:
    for id in ("silent", "alive", "queued"):
        _add(state, id)
    state.claim_job(at=NOON)
    state.claim_job(at=NOON)
    state.update_job("alive", at=NOON + timedelta(seconds=1), progress=0.1)
    reason = {"code": "error.job.silent", "params": {}}
    now = NOON + timedelta(seconds=30)
    assert state.fail_silent_jobs(at=now, silent_seconds=30.5, error=reason) == []
    failed = state.fail_silent_jobs(at=now, silent_seconds=30, error=reason)
    assert [(job.id, job.status, job.error, job.ended_at) for job in failed] == [("silent", "failed", reason, now)]
    assert [_get(state, id).status for id in ("alive", "queued")] == ["running", "queued"]
    assert _add(state, "again", retry_of="silent").retry_of == "silent"


def test_wrong_calls_are_refused(state: SqlState) -> None:
    _add(state, "a")
    with pytest.raises(ConflictError) as conflict:
        _add(state, "a")
    assert conflict.value.code == "error.conflict.job"
    for call in (
        lambda: state.update_job("b", at=NOON, progress=0),
        lambda: state.end_job("b", at=NOON, status="done"),
    ):
        with pytest.raises(UnknownNameError) as unknown:
            call()
        assert unknown.value.render("en") == 'There is no job "b". The list of jobs shows those that exist.'
    for progress in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="0 to 1"):
            state.update_job("a", at=NOON, progress=progress)
    with pytest.raises(ValueError, match="running"):
        state.end_job("a", at=NOON, status="running")


def _record(state: SqlState, subject: str, use_case: str = "segments.define", **details: object) -> None:
    state.record(actor=ANNA, at=NOON, use_case=use_case, subject=subject, outcome="refused", details=details)


def test_the_audit_comes_newest_first_in_pages(state: SqlState) -> None:
    for n in range(5):
        _record(state, f"s{n}", use_case="export" if n % 2 else "segments.define", n=n)
    page = state.audit(limit=2)
    assert [e.subject for e in page] == ["s4", "s3"]
    assert [e.subject for e in state.audit(limit=2, before=page[-1].id)] == ["s2", "s1"]
    assert [e.subject for e in state.audit(use_case="export")] == ["s3", "s1"]
    entry = page[0]
    assert (entry.at, entry.actor, entry.role, entry.via) == (NOON, "anna", Role.ANALYST, "web")
    assert (entry.use_case, entry.outcome, entry.details) == ("segments.define", "refused", {"n": 4})


def test_the_audit_takes_hostile_subjects_and_odd_details(state: SqlState) -> None:
    _record(state, "a\0b\n" + "x" * 10_000, when=date(2027, 1, 1), share=float("nan"), half="\ud800", o=object)
    entry = state.audit()[0]
    assert len(entry.subject) == 200
    assert entry.subject.startswith("a�b�x")
    loop: dict[str, object] = {}
    loop["loop"] = loop
    _record(state, "loop", loop=loop)
    assert "unreadable" in state.audit()[0].details
    assert (entry.details["when"], entry.details["share"]) == ("2027-01-01", "nan")


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_audit(state: SqlState, statement: str) -> None:
    _record(state, "s")
    with pytest.raises(DBAPIError, match="only added to"), state._database.writing() as connection:
        connection.execute(text(statement))
    assert len(state.audit()) == 1


def test_nothing_is_written_while_no_job_is_silent(state: SqlState, monkeypatch: pytest.MonkeyPatch) -> None:
    _add(state, "a")
    state.claim_job(at=NOON)

    def refuse(*_: object) -> None:
        raise AssertionError("a look at the queue took the writer's lock")

    with monkeypatch.context() as watched:
        watched.setattr(state._database, "writing", refuse)
        assert state.fail_silent_jobs(at=NOON + timedelta(seconds=59), silent_seconds=60, error={"code": "x"}) == []
    silent = state.fail_silent_jobs(at=NOON + timedelta(seconds=60), silent_seconds=60, error={"code": "x"})
    assert [job.id for job in silent] == ["a"]
