"""The moment a query speaks about: a day in the workspace's time zone, as instants an engine compares with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from qunxiang.sql.query import literal


@dataclass(frozen=True)
class Moment:
    """The end of a day.

    Parameters
    ----------
    as_of
        Last day that counts, in `time_zone`.
    time_zone
        IANA name such as ``Asia/Shanghai``.
    """

    as_of: date
    time_zone: str

    @property
    def until(self) -> exp.Expr:
        """First instant that no longer counts: midnight after `as_of`, in UTC."""
        return literal(self._midnight(self.as_of + timedelta(days=1)))

    def start(self, window_days: int) -> exp.Expr:
        """First instant of a window of `window_days` days of which `as_of` is the last."""
        return literal(self._midnight(self.as_of - timedelta(days=window_days - 1)))

    def first_day(self, window_days: int) -> date:
        """First day of that window."""
        return self.as_of - timedelta(days=window_days - 1)

    def midnight(self, day: date) -> exp.Expr:
        """First instant of a day."""
        return literal(self._midnight(day))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC)
