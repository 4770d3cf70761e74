"""Schedules on the page of settings: shown, set, removed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from qunxiang.errors import SettingError
from qunxiang.i18n import Message
from qunxiang.model.schedule import FREQUENCIES, TASKS
from qunxiang.services.schedules import ScheduleState
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, text_of
from qunxiang.web.pages.days import local
from qunxiang.workspace import Workspace

router = APIRouter()
STATUS_TONES = {"done": "good", "failed": "bad", "cancelled": "warn"}


def schedule_rows(workspace: Workspace) -> dict[str, Any]:
    """Return what the page of settings shows of schedules."""
    found = {s.schedule.task: s for s in workspace.schedules.list()}
    return {
        "schedules": [_row(workspace, s) for s in found.values()],
        "tasks": [(task, Message(f"schedule.task.{task}")) for task in TASKS],
        "frequencies": [(every, Message(f"schedule.every.{every}")) for every in FREQUENCIES],
        "hours": [(str(hour), f"{hour:02}:00") for hour in range(24)],
        "weekdays": [(str(i), Message(f"schedule.weekday.{i}")) for i in range(7)],
        "zone": workspace.settings.time_zone,
    }


def _row(workspace: Workspace, state: ScheduleState) -> dict[str, Any]:
    schedule = state.schedule
    params = {"hour": schedule.hour, "weekday": Message(f"schedule.weekday.{schedule.weekday}"), "day": schedule.day}
    return {
        "task": schedule.task,
        "title": Message(f"schedule.task.{schedule.task}"),
        "when": Message(f"schedule.when.{schedule.every}", params),
        "next": local(workspace, state.next_at),
        "last": local(workspace, state.last_due) if state.last_due else None,
        "job": state.last_job,
        "status": state.last_status,
        "tone": STATUS_TONES.get(state.last_status or "", "info"),
        "missed": [local(workspace, moment) for moment in state.missed],
        "n_missed": state.n_missed,
        "late": local(workspace, state.late_since) if state.late_since else None,
    }


@router.post("/settings/schedules")
def set_schedule(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Set the schedule of a task."""
    how = {name: _whole(text_of(fields, name) or default) for name, default in (("hour", "3"), ("weekday", "0"))}
    how["day"] = _whole(text_of(fields, "day") or "1")
    workspace.schedules.set(text_of(fields, "task"), every=text_of(fields, "every") or "daily", **how)  # type: ignore[arg-type]
    return gone_to(request, "settings", anchor="schedules")


@router.post("/settings/schedules/{task}/remove")
def remove(request: Request, workspace: PageWorkspace, task: str) -> Response:
    """Take a schedule out of use."""
    workspace.schedules.remove(task)
    return gone_to(request, "settings", anchor="schedules")


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise SettingError("room.error.whole_number")
    return int(text)
