"""Schedules: refreshes and checks that the worker starts by the clock, and what of them was missed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from qunxiang.errors import ConflictError, SettingError, UnknownNameError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Role
from qunxiang.model.schedule import FREQUENCIES, TASKS, Schedule
from qunxiang.services.access import ANALYSTS, EVERYONE, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House

KIND, RUNS = "schedule", "schedule_run"
"""Kinds of the documents that hold schedules, and what was started for them."""
LATE = timedelta(minutes=10)
"""A task that has not been started so long after it was due is said to be late: no worker is running."""
MISSED_TOLD = 10


class ScheduleState(Frozen):
    """A schedule with what came of it.

    `next_at` is when it is due next. `last_due` is the newest moment that was taken up, by `last_job`, which stands at
    `last_status`. `missed` are due moments that passed while no worker ran, the newest ten, oldest first; `n_missed`
    counts all since the schedule was set. `late_since` is the due moment that nobody has taken up yet.
    """

    schedule: Schedule
    version: int
    author: str
    at: datetime
    next_at: datetime
    last_due: datetime | None
    last_job: str | None
    last_status: str | None
    missed: tuple[datetime, ...]
    n_missed: int
    late_since: datetime | None


class ScheduleRun(Frozen):
    """The newest due moment that was taken up, by which job, and the moments missed since the schedule was set."""

    set_at: datetime
    due: datetime
    job: str
    missed: tuple[datetime, ...] = ()
    n_missed: int = 0


@use_case("schedule.set", roles=ANALYSTS, touches="change")
def set_schedule(
    house: House,
    actor: Actor,
    task: str,
    *,
    every: str = "daily",
    hour: int = 3,
    weekday: int = 0,
    day: int = 1,
    why: str = "",
) -> ScheduleState:
    """Let the worker do a task by the clock; a schedule of the same task is replaced.

    Parameters
    ----------
    task
        ``refresh`` (traits and memberships as of that day) or ``check`` (quality of the loaded tables).
    every
        ``daily``, ``weekly`` or ``monthly``.
    hour
        Hour of the workspace's time zone, 0 to 23.
    weekday
        For ``weekly``: 0 is Monday.
    day
        For ``monthly``: 1 to 31; the last day of a shorter month.

    Raises
    ------
    SettingError
        When one of them is out of range.
    """
    asked = checked_schedule(task=task, every=every, hour=hour, weekday=weekday, day=day)

    def made(old: Definition | None) -> NewDefinition:
        return NewDefinition(kind=KIND, id=task, body=asked.model_dump(mode="json"), why=why)

    return _state(house, change(house, actor, KIND, task, made))


def checked_schedule(*, task: str, every: str, hour: int, weekday: int, day: int) -> Schedule:
    """Return a schedule whose parts are in range.

    Raises
    ------
    SettingError
        When one is not; says which.
    """
    if task not in TASKS:
        raise SettingError("error.schedule.task", task=str(task)[:40], known=list(TASKS))
    if every not in FREQUENCIES:
        raise SettingError("error.schedule.every", every=str(every)[:40], known=list(FREQUENCIES))
    for name, value, low, high in (("hour", hour, 0, 23), ("weekday", weekday, 0, 6), ("day", day, 1, 31)):
        if not low <= value <= high:
            raise SettingError(f"error.schedule.{name}", value=value, low=low, high=high)
    return Schedule.model_validate({"task": task, "every": every, "hour": hour, "weekday": weekday, "day": day})


@use_case("schedule.remove", roles=ANALYSTS, touches="change")
def remove(house: House, actor: Actor, task: str, *, why: str = "") -> None:
    """Take a schedule out of use.

    Raises
    ------
    UnknownNameError
        When there is none for that task.
    """

    def made(old: Definition | None) -> NewDefinition:
        if old is None or old.archived:
            known = [d.id for d in house.state.definitions(KIND)]
            raise UnknownNameError("error.schedule.unknown", task=task[:40], known=known)
        return NewDefinition(kind=KIND, id=task, body=old.body, why=why, archived=True)

    change(house, actor, KIND, task, made)


@use_case("schedule.list", roles=EVERYONE)
def schedules(house: House, actor: Actor) -> list[ScheduleState]:
    """Return every schedule: when it is due next, what came of the last time, what was missed."""
    return [_state(house, d) for d in house.state.definitions(KIND)]


def start_due(house: House) -> list[str]:
    """Queue what is due and return the tasks queued; the worker calls it again and again.

    Of several due moments that passed only the newest is taken up, the others are noted as missed. Nothing is queued
    while the task's last job has not ended. Two workers never take up the same moment: the note of it is written first.
    """
    now = house.clock.now()
    begun: list[str] = []
    for definition in house.state.definitions(KIND):
        schedule = Schedule.model_validate(definition.body)
        run = _run_of(house, definition)
        due = schedule.due_between(_since(definition, run), now, house.settings.time_zone)
        if not due or _busy(house, run):
            continue
        before = run[0] if run is not None and run[0].set_at == definition.at else None
        missed = (*(before.missed if before else ()), *due[:-1])
        job = uuid.uuid4().hex
        note = ScheduleRun(
            set_at=definition.at,
            due=due[-1],
            job=job,
            missed=missed[-MISSED_TOLD:],
            n_missed=(before.n_missed if before else 0) + len(due) - 1,
        )
        new = NewDefinition(
            kind=RUNS,
            id=schedule.task,
            body=note.model_dump(mode="json"),
            expected_version=run[1] if run is not None else 0,
        )
        try:
            house.state.put(new, author="schedule", at=now)
        except ConflictError:  # another worker was faster
            continue
        # whoever may set a schedule is an analyst at least; the job may do no more than that
        actor = Actor(name=definition.author, role=Role.ANALYST, via="worker")
        house.state.add_job(id=job, use_case=schedule.task, arguments={}, actor=actor, at=now)
        begun.append(schedule.task)
    return begun


def _run_of(house: House, definition: Definition) -> tuple[ScheduleRun, int] | None:
    found = house.state.definition(RUNS, definition.id)
    return None if found is None else (ScheduleRun.model_validate(found.body), found.version)


def _since(definition: Definition, run: tuple[ScheduleRun, int] | None) -> datetime:
    return definition.at if run is None else max(definition.at, run[0].due)


def _busy(house: House, run: tuple[ScheduleRun, int] | None) -> bool:
    job = house.state.job(run[0].job) if run is not None else None
    return job is not None and job.status in ("queued", "running")


def _state(house: House, definition: Definition) -> ScheduleState:
    schedule = Schedule.model_validate(definition.body)
    now = house.clock.now()
    run = _run_of(house, definition)
    due = schedule.due_between(_since(definition, run), now, house.settings.time_zone)
    told = run[0] if run is not None and run[0].set_at == definition.at else None
    job = house.state.job(told.job) if told is not None else None
    late = due[-1] if due and now - due[-1] > LATE and not _busy(house, run) else None
    missed = (*(told.missed if told else ()), *due[:-1])
    return ScheduleState(
        schedule=schedule,
        version=definition.version,
        author=definition.author,
        at=definition.at,
        next_at=schedule.next_after(now, house.settings.time_zone),
        last_due=told.due if told else None,
        last_job=told.job if told else None,
        last_status=job.status if job is not None else None,
        missed=missed[-MISSED_TOLD:],
        n_missed=(told.n_missed if told else 0) + len(due[:-1]),
        late_since=late,
    )
