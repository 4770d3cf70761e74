"""``qunxiang source``: databases kept under a name."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message, template

group = typer.Typer()
SourceName = Annotated[str, typer.Argument(metavar="NAME", help="cli.arg.source_name")]


@group.command("add", help="cli.source.add")
def add(
    ctx: typer.Context,
    name: SourceName,
    url: Annotated[str, typer.Argument(metavar="URL", help="cli.arg.source_url")],
    password: Annotated[bool, typer.Option("--password", help="cli.opt.source_password")] = False,
    variable: Annotated[
        str | None, typer.Option("--password-env", metavar="VARIABLE", help="cli.opt.source_variable")
    ] = None,
) -> None:
    call = begun(ctx)
    secret = _password(call.lang) if password else None
    call.answer(call.workspace.sources.add(name, url, password=secret, variable=variable), _one)


@group.command("list", help="cli.source.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.sources.list(), _sources)


@group.command("remove", help="cli.source.remove")
def remove(ctx: typer.Context, name: SourceName) -> None:
    call = begun(ctx)
    call.workspace.sources.remove(name)
    call.answer({"removed": name}, lambda page, _: page.say(Message("cli.source.removed", {"name": name})))


@group.command("tables", help="cli.source.tables")
def tables(ctx: typer.Context, name: SourceName) -> None:
    call = begun(ctx)
    call.answer(call.workspace.sources.tables(name), _tables)


def _password(lang: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass(template("cli.source.password", lang))


def _one(page: Page, found: Any) -> None:
    _sources(page, [found])


def _sources(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.name", lambda s: s.name),
        Column("cli.col.address", lambda s: s.url),
        Column("cli.col.password_from", lambda s: s.variable or Message(f"source.password.{s.password}")),
        Column("cli.col.author", lambda s: s.author),
    ]
    page.table(columns, found)
    cursors = [
        Column("cli.col.name", lambda c: c[0]),
        Column("cli.col.source", lambda c: c[1].of),
        Column("cli.col.table", lambda c: c[1].table),
        Column("cli.col.cursor", lambda c: c[1].cursor),
        Column("cli.col.value", lambda c: c[1].reached, "datetime"),
    ]
    reached = [(s.name, c) for s in found for c in s.cursors]
    if reached:
        page.table(cursors, reached, title=Message("cli.source.cursors"))


def _tables(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.source", lambda t: t.name),
        Column("cli.col.guess", lambda t: t.guess),
        Column("cli.col.columns", lambda t: [f"{c.name}→{c.fills}" if c.fills else c.name for c in t.columns]),
    ]
    page.table(columns, found)
