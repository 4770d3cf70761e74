"""Dates as people write them in Python."""

from __future__ import annotations

from datetime import date

from qunxiang.errors import SettingError


def day_of(value: str | date | None) -> date | None:
    """Return a date from ISO text or a date.

    Raises
    ------
    SettingError
        When the text is no date of the form 2018-01-01.
    """
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise SettingError("error.setting.date", value=value) from error
