"""Schedules: what the worker does by the clock."""

from __future__ import annotations

from qunxiang.services import schedules as services
from qunxiang.services.schedules import ScheduleState
from qunxiang.workspace.group import Group


class ScheduleGroup(Group):
    """Refreshes and checks by the clock (定时)."""

    def list(self) -> list[ScheduleState]:
        """Return every schedule: when it is due next, what came of the last time, what was missed."""
        return services.schedules(self._house, self._actor)

    def set(
        self, task: str, *, every: str = "daily", hour: int = 3, weekday: int = 0, day: int = 1, why: str = ""
    ) -> ScheduleState:
        """Let the worker do a task by the clock; see :func:`qunxiang.services.schedules.set_schedule`."""
        return services.set_schedule(
            self._house, self._actor, task, every=every, hour=hour, weekday=weekday, day=day, why=why
        )

    def remove(self, task: str, *, why: str = "") -> None:
        """Take a schedule out of use."""
        services.remove(self._house, self._actor, task, why=why)
