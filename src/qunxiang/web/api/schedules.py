"""REST of schedules: what the worker does by the clock."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from qunxiang.model.schedule import Frequency
from qunxiang.services.schedules import ScheduleState
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["schedules"])


class When(Body):
    """How often and at which hour of the workspace's time zone; `weekday` 0 is Monday."""

    every: Frequency = "daily"
    hour: int = Field(default=3, ge=0, le=23)
    weekday: int = Field(default=0, ge=0, le=6)
    day: int = Field(default=1, ge=1, le=31)
    why: str = ""


@router.get("/schedules", operation_id="schedule.list", response_model=list[ScheduleState])
def schedules(workspace: RestWorkspace) -> Response:
    """Every schedule: when it is due next, what came of the last time, what was missed."""
    return answer(workspace.schedules.list())


@router.put("/schedules/{task}", operation_id="schedule.set", response_model=ScheduleState)
def set_schedule(workspace: RestWorkspace, task: str, body: When | None = None) -> Response:
    """Let the worker refresh or check by the clock."""
    return answer(workspace.schedules.set(task, **dict(body or When())))


@router.delete("/schedules/{task}", operation_id="schedule.remove", status_code=204)
def remove(workspace: RestWorkspace, task: str, why: str = "") -> Response:
    """Take a schedule out of use."""
    workspace.schedules.remove(task, why=why)
    return Response(status_code=204)
