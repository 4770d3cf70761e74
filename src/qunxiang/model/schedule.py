"""Work that comes back: what is done, how often, and at which hour of the workspace's time zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import Field

from qunxiang.model.base import Frozen

ScheduledTask = Literal["refresh", "check"]
Frequency = Literal["daily", "weekly", "monthly"]
TASKS: tuple[ScheduledTask, ...] = get_args(ScheduledTask)
FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)


class Schedule(Frozen):
    """When a task is due: every day, on one weekday, or on one day of the month, at `hour` of the local clock.

    `weekday` counts from 0, Monday. In a month that is shorter than `day`, its last day counts.
    """

    task: ScheduledTask
    every: Frequency = "daily"
    hour: int = Field(default=3, ge=0, le=23)
    weekday: int = Field(default=0, ge=0, le=6)
    day: int = Field(default=1, ge=1, le=31)

    def due_between(self, after: datetime, until: datetime, time_zone: str) -> list[datetime]:
        """Return the moments at which it is due after `after` and not after `until`, oldest first, in UTC.

        An hour that the clock skips counts as the moment it is put forward; one that comes twice counts once, the first
        time.
        """
        zone = ZoneInfo(time_zone)
        day = after.astimezone(zone).date() - timedelta(days=1)
        last = until.astimezone(zone).date()
        found = []
        while day <= last:
            if self._falls_on(day):
                moment = datetime.combine(day, time(self.hour), zone).astimezone(ZoneInfo("UTC"))
                if after < moment <= until:
                    found.append(moment)
            day += timedelta(days=1)
        return found

    def next_after(self, moment: datetime, time_zone: str) -> datetime:
        """Return the first moment after `moment` at which it is due, in UTC."""
        return self.due_between(moment, moment + timedelta(days=63), time_zone)[0]

    def _falls_on(self, day: date) -> bool:
        if self.every == "weekly":
            return day.weekday() == self.weekday
        if self.every == "monthly":
            return day.day == min(self.day, monthrange(day.year, day.month)[1])
        return True
