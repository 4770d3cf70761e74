"""``qunxiang find``: customers by what people know of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message


def find(ctx: typer.Context, text: Annotated[str, typer.Argument(metavar="TEXT", help="cli.arg.find")]) -> None:
    call = begun(ctx)
    call.answer(call.workspace.find(text), _found)


def _found(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.profile", lambda c: c.profile_id),
        Column("cli.col.name", lambda c: c.name),
        Column("cli.col.kind", lambda c: Message(f"page.profile.kind.{c.kind}")),
        Column("cli.col.found_by", lambda c: Message(f"find.by.{c.found_by}")),
        Column("cli.col.city", lambda c: c.city),
        Column("cli.col.companies", lambda c: list(c.companies)),
        Column("cli.col.systems", lambda c: list(c.systems)),
        Column("cli.col.records", lambda c: c.records, "count"),
    ]
    if found.customers:
        page.table(columns, found.customers)
    else:
        page.say(Message("find.nobody"))
    if found.more:
        page.say(Message("find.more", {"n": len(found.customers)}))
    if found.masked:
        page.say(Message("find.masked"))
