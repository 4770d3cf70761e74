"""``qunxiang schedule``: what the worker does by the clock."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Why
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message

group = typer.Typer()
Task = Annotated[str, typer.Argument(metavar="refresh|check", help="cli.arg.task")]


@group.command("list", help="cli.schedule.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.schedules.list(), _schedules)


@group.command("set", help="cli.schedule.set")
def set_(
    ctx: typer.Context,
    task: Task,
    every: Annotated[str, typer.Option("--every", metavar="daily|weekly|monthly", help="cli.opt.how_often")] = "daily",
    hour: Annotated[int, typer.Option("--hour", min=0, max=23, help="cli.opt.hour")] = 3,
    weekday: Annotated[int, typer.Option("--weekday", min=0, max=6, help="cli.opt.weekday")] = 0,
    day: Annotated[int, typer.Option("--day", min=1, max=31, help="cli.opt.day")] = 1,
    why: Why = "",
) -> None:
    call = begun(ctx)
    made = call.workspace.schedules.set(task, every=every, hour=hour, weekday=weekday, day=day, why=why)
    call.answer(made, lambda page, found: _schedules(page, [found]))


@group.command("remove", help="cli.schedule.remove")
def remove(ctx: typer.Context, task: Task, why: Why = "") -> None:
    call = begun(ctx)
    call.workspace.schedules.remove(task, why=why)
    call.answer({"removed": task}, lambda page, found: page.say(Message("cli.schedule.removed", {"task": task})))


def _schedules(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.task", lambda s: Message(f"schedule.task.{s.schedule.task}")),
        Column("cli.col.every", lambda s: when(s.schedule)),
        Column("cli.col.next_at", lambda s: s.next_at, "datetime"),
        Column("cli.col.last_due", lambda s: s.last_due, "datetime"),
        Column("cli.col.status", lambda s: s.last_status or ""),
        Column("cli.col.missed", lambda s: s.n_missed, "count"),
        Column("cli.col.late_since", lambda s: s.late_since, "datetime"),
    ]
    page.table(columns, found)


def when(schedule: Any) -> Message:
    """Say when a schedule is due, such as "Monday at 3:00"."""
    weekday = Message(f"schedule.weekday.{schedule.weekday}")
    return Message(f"schedule.when.{schedule.every}", {"hour": schedule.hour, "weekday": weekday, "day": schedule.day})
