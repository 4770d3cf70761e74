"""Days and moments as the workspace's people see them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from qunxiang.workspace import Workspace

STALE_DAYS = 90
"""Data that ended so many days ago have ended; a refresh then takes their last day."""


def local(workspace: Workspace, at: datetime) -> datetime:
    """Return a moment in the workspace's time zone."""
    return at.astimezone(ZoneInfo(workspace.settings.time_zone))


def newest_day(workspace: Workspace) -> date | None:
    """Return the day of the newest fact that a refresh saw; None before the first."""
    refreshed = workspace.overview().refreshed
    said = refreshed.facts.get("newest_fact") if refreshed is not None else None
    return date.fromisoformat(str(said)[:10]) if said else None


def default_day(workspace: Workspace, newest: date | None) -> date:
    """Return the day to refresh to: today, or that of the newest fact when the data have long ended."""
    today = local(workspace, workspace.house.clock.now()).date()
    return newest if newest is not None and (today - newest).days > STALE_DAYS else today
