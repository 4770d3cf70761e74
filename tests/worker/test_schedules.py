"""Schedules: when they are due, clocks that jump, what was missed, one job for each moment, real jobs by the worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil import rrule

from qunxiang.errors import NotAllowedError, SettingError, UnknownNameError
from qunxiang.model import Actor, Role
from qunxiang.model.schedule import Schedule
from qunxiang.services.house import silent
from qunxiang.services.schedules import start_due
from qunxiang.worker.dispatch import perform
from qunxiang.workspace import Workspace
from qunxiang.workspace.schedules import ScheduleGroup


class SetClock:
    """A clock that stands where it was set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def at(workspace: Workspace, moment: datetime) -> Workspace:
    """Set the clock of the workspace's schedules, and return it."""
    workspace.house = replace(workspace.house, clock=SetClock(moment))
    workspace.schedules = ScheduleGroup(workspace.house, workspace.actor)
    return workspace


START = datetime(2024, 3, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "rule"),
    [
        (Schedule(task="refresh", every="daily", hour=3), {"freq": rrule.DAILY}),
        (Schedule(task="refresh", every="weekly", hour=3, weekday=4), {"freq": rrule.WEEKLY, "byweekday": 4}),
        (Schedule(task="refresh", every="monthly", hour=3, day=15), {"freq": rrule.MONTHLY, "bymonthday": 15}),
    ],
)
def test_due_moments_are_those_of_the_calendar(schedule: Schedule, rule: dict[str, int]) -> None:
    until = START + timedelta(days=200)
    found = schedule.due_between(START, until, "UTC")
    wanted = rrule.rrule(dtstart=START.replace(hour=3, tzinfo=None), until=until.replace(tzinfo=None), **rule)
    assert [m.replace(tzinfo=None) for m in found] == [m for m in wanted if m > START.replace(tzinfo=None)]


def test_the_hour_is_that_of_the_time_zone_through_summer_time() -> None:
    schedule = Schedule(task="refresh", hour=6)
    found = schedule.due_between(datetime(2024, 3, 29, tzinfo=UTC), datetime(2024, 4, 2, tzinfo=UTC), "Europe/Berlin")
    assert [(m.day, m.hour) for m in found] == [(29, 5), (30, 5), (31, 4), (1, 4)]
    skipped = Schedule(task="refresh", hour=2)  # the clock goes from 2:00 to 3:00 on 31 March 2024
    jump = skipped.due_between(
        datetime(2024, 3, 31, tzinfo=UTC), datetime(2024, 3, 31, 12, tzinfo=UTC), "Europe/Berlin"
    )
    assert len(jump) == 1
    twice = skipped.due_between(
        datetime(2024, 10, 26, 12, tzinfo=UTC), datetime(2024, 10, 27, 12, tzinfo=UTC), "Europe/Berlin"
    )
    assert twice == [datetime(2024, 10, 27, 0, tzinfo=UTC)]  # 2:00 comes twice; the first counts
    shanghai = Schedule(task="refresh", hour=3).due_between(START, START + timedelta(days=1), "Asia/Shanghai")
    assert shanghai == [datetime(2024, 3, 1, 19, tzinfo=UTC)]


def test_the_last_day_of_a_short_month_counts() -> None:
    schedule = Schedule(task="check", every="monthly", day=31, hour=0)
    found = schedule.due_between(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC), "UTC")
    assert [m.date() for m in found] == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
    assert schedule.next_after(found[-1], "UTC").date() == date(2024, 5, 31)


def test_each_moment_is_taken_up_once_and_what_passed_before_is_missed(shop: Workspace) -> None:
    zone = shop.settings.time_zone
    ws = at(shop, START)
    ws.schedules.set("check", every="daily", hour=3)
    assert start_due(ws.house) == []
    first = ws.schedules.list()[0].next_at
    ws = at(shop, first + timedelta(hours=1))
    late = ws.schedules.list()[0]
    assert (late.late_since, late.last_due, late.n_missed) == (first, None, 0)
    assert start_due(ws.house) == ["check"]
    assert start_due(ws.house) == []
    state = ws.schedules.list()[0]
    assert (state.last_due, state.last_status, state.late_since) == (first, "queued", None)
    # while the job has not ended nothing more is queued
    ws = at(shop, first + timedelta(days=4, hours=1))
    assert start_due(ws.house) == []
    job = ws.house.state.claim_job(at=ws.house.clock.now())
    assert job is not None
    assert (job.use_case, job.actor.role, job.actor.name) == ("check", Role.ANALYST, "owner")
    assert perform(shop, job, silent)["passed"] in (True, False)
    ws.house.state.end_job(job.id, at=ws.house.clock.now(), status="done", result={})
    assert start_due(ws.house) == ["check"]
    state = ws.schedules.list()[0]
    assert state.last_due == first + timedelta(days=4)
    assert state.missed == tuple(first + timedelta(days=d) for d in (1, 2, 3))
    assert state.n_missed == 3
    assert zone == "Asia/Shanghai"
    # set anew it begins anew
    ws.schedules.set("check", every="monthly")
    assert ws.schedules.list()[0].n_missed == 0


def test_two_workers_never_take_up_the_same_moment(shop: Workspace) -> None:
    ws = at(shop, START)
    ws.schedules.set("refresh", hour=3)
    ws = at(shop, START + timedelta(days=2))
    with Workspace(shop.settings.folder) as other:
        second = replace(other.house, clock=SetClock(START + timedelta(days=2)))
        assert start_due(ws.house) + start_due(second) == ["refresh"]


def test_what_cannot_be_scheduled_is_refused(shop: Workspace) -> None:
    for how, code in (
        ({"task": "report"}, "task"),
        ({"task": "refresh", "every": "hourly"}, "every"),
        ({"task": "refresh", "hour": 24}, "hour"),
        ({"task": "refresh", "weekday": 7}, "weekday"),
        ({"task": "refresh", "day": 0}, "day"),
    ):
        with pytest.raises(SettingError) as error:
            shop.schedules.set(**how)  # type: ignore[arg-type]
        assert error.value.code == f"error.schedule.{code}"
    with pytest.raises(UnknownNameError):
        shop.schedules.remove("refresh")
    with pytest.raises(NotAllowedError):
        shop.acting_as(Actor(name="mia", role=Role.MARKETER)).schedules.set("refresh")
    shop.schedules.set("refresh")
    shop.schedules.remove("refresh")
    assert shop.schedules.list() == []
