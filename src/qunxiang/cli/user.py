"""``qunxiang user`` and ``qunxiang audit``: who may do what, and who did."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Limit
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message, template
from qunxiang.services.access import ROLE_LABELS

group = typer.Typer()
audit = typer.Typer()
UserName = Annotated[str, typer.Argument(metavar="NAME", help="cli.arg.user")]
Password = Annotated[bool, typer.Option("--password", help="cli.opt.password")]


@group.command("add", help="cli.user.add")
def add(
    ctx: typer.Context,
    name: UserName,
    role: Annotated[str, typer.Option("--role", help="cli.opt.role")],
    password: Password = False,
) -> None:
    call = begun(ctx)
    secret = _password(call.lang) if password else None
    call.answer(call.workspace.users.add(name, role, password=secret), _user)


@group.command("change", help="cli.user.change")
def change(
    ctx: typer.Context,
    name: UserName,
    role: Annotated[str | None, typer.Option("--role", help="cli.opt.role")] = None,
    password: Password = False,
    disabled: Annotated[bool | None, typer.Option("--disable/--enable", help="cli.opt.disabled")] = None,
) -> None:
    call = begun(ctx)
    secret = _password(call.lang) if password else None
    call.answer(call.workspace.users.change(name, role=role, password=secret, disabled=disabled), _user)


@group.command("list", help="cli.user.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.users.list(), _users)


@group.command("key", help="cli.user.key")
def key(ctx: typer.Context, name: UserName) -> None:
    call = begun(ctx)
    call.answer({"key": call.workspace.users.key(name)}, _key)


@group.command("revoke", help="cli.user.revoke")
def revoke(ctx: typer.Context, name: UserName) -> None:
    call = begun(ctx)
    call.answer({"revoked": call.workspace.users.revoke(name)}, _revoked)


@group.command("link", help="cli.user.link")
def link(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="cli.arg.user")] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="cli.opt.port")] = 8765,
) -> None:
    call = begun(ctx)
    call.answer({"link": link_of(call.workspace.users.link(name), "127.0.0.1", port)}, _link)


@audit.command("list", help="cli.audit.list")
def audit_list(
    ctx: typer.Context,
    limit: Limit = 50,
    before: Annotated[int | None, typer.Option("--before", help="cli.opt.before")] = None,
    use_case: Annotated[str | None, typer.Option("--use-case", help="cli.opt.use_case")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.audit.list(limit=limit, before=before, use_case=use_case), _entries)


def link_of(secret: str, host: str, port: int) -> str:
    """Return the address that a one-time secret opens."""
    return f"http://{host}:{port}/enter?link={secret}"


def _password(lang: str) -> str:
    """Ask for a password without showing it; a program hands it over as one line on stdin, never on the line."""
    if sys.stdin.isatty():
        return getpass(template("cli.user.ask_password", lang) + " ", stream=sys.stderr)
    return sys.stdin.readline().rstrip("\n")


def _user(page: Page, found: Any) -> None:
    _users(page, [found])


def _users(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.name", lambda u: u.name),
        Column("cli.col.role", lambda u: ROLE_LABELS[u.role]),
        Column("cli.col.password", lambda u: u.has_password),
        Column("cli.col.disabled", lambda u: u.disabled),
        Column("cli.col.at", lambda u: u.created_at, "datetime"),
    ]
    page.table(columns, found)


def _key(page: Page, found: Any) -> None:
    page.say(found["key"])
    page.say(Message("cli.user.key_once"))


def _revoked(page: Page, found: Any) -> None:
    page.say(Message("cli.user.revoked", {"n": found["revoked"]}))


def _link(page: Page, found: Any) -> None:
    page.say(found["link"])


def _entries(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.number", lambda e: e.id, "plain"),
        Column("cli.col.at", lambda e: e.at, "datetime"),
        Column("cli.col.author", lambda e: e.actor),
        Column("cli.col.role", lambda e: ROLE_LABELS[e.role]),
        Column("cli.col.via", lambda e: e.via),
        Column("cli.col.use_case", lambda e: e.use_case),
        Column("cli.col.subject", lambda e: e.subject),
        Column("cli.col.outcome", lambda e: Message(f"cli.outcome.{e.outcome}")),
    ]
    page.table(columns, found)
