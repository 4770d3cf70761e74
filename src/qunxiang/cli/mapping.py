"""``qunxiang mapping``: how files of one shape were mapped."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message
from qunxiang.services.mappings import how_read

group = typer.Typer()
Id = Annotated[str, typer.Argument(metavar="ID", help="cli.arg.mapping")]


@group.command("list", help="cli.mapping.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.mappings(), _mappings)


@group.command("show", help="cli.mapping.show")
def show(ctx: typer.Context, mapping: Id) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.mapping(mapping), _mapping)


@group.command("forget", help="cli.mapping.forget")
def forget(ctx: typer.Context, mapping: Id) -> None:
    call = begun(ctx)
    found = call.workspace.data.forget_mapping(mapping)
    call.answer(found, lambda page, gone: page.say(Message("cli.mapping.forgotten", {"id": gone.id})))


def _mappings(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.mapping", lambda m: m.id),
        Column("cli.col.table", lambda m: m.mapping.table),
        Column("cli.col.source", lambda m: ", ".join(m.mapping.source_columns)),
        Column("cli.col.author", lambda m: m.author),
        Column("cli.col.at", lambda m: m.at, "datetime"),
    ]
    page.table(columns, found)


def _mapping(page: Page, found: Any) -> None:
    body = found.mapping
    page.heading(Message("cli.load.title", {"source": found.id, "table": body.table}))
    said = [(code, list(words), "plain") for code, words in how_read(body)]
    page.facts([("cli.col.keep", _kept(body.keep), "plain"), ("cli.col.system", body.system, "plain"), *said])
    columns = [Column("cli.col.column", lambda c: c[0]), Column("cli.col.source", lambda c: c[1])]
    page.table(columns, list(body.columns.items()))


def _kept(keep: str | tuple[str, ...]) -> Message:
    return Message(f"mapping.keep.{keep if isinstance(keep, str) else 'these'}")
