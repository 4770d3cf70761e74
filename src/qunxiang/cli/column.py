"""``qunxiang column``: columns that a workspace keeps beside a table's own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.page import Page
from qunxiang.i18n import Message

group = typer.Typer()


@group.callback()
def columns() -> None:
    """Keep this a group, although it has one command."""


@group.command("set", help="cli.column.set")
def set_(
    ctx: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="cli.arg.table")],
    name: Annotated[str, typer.Argument(metavar="COLUMN", help="cli.arg.column_name")],
    personal: Annotated[bool, typer.Option("--personal/--not-personal", help="cli.opt.personal")],
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.set_column(table, name, personal=personal), _column)


def _column(page: Page, found: Any) -> None:
    code = "cli.column.personal" if found.personal else "cli.column.open"
    page.say(Message(code, {"name": found.name}))
