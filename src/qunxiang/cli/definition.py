"""``qunxiang definition``, ``qunxiang export`` and ``qunxiang apply``: everything people decided, with its history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Why
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message
from qunxiang.services.access import require

group = typer.Typer()
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="cli.arg.folder")]


@group.command("list", help="cli.definition.list")
def list_(ctx: typer.Context, kind: Annotated[str | None, typer.Option("--kind", help="cli.opt.kind")] = None) -> None:
    call = begun(ctx)
    call.answer(call.workspace.definitions.list(kind), _documents)


@group.command("history", help="cli.definition.history")
def history(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="cli.arg.kind")],
    document: Annotated[str, typer.Argument(metavar="ID", help="cli.arg.document")],
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.definitions.history(kind, document), _documents)


@group.command("plan", help="cli.definition.plan")
def plan(ctx: typer.Context, folder: Folder) -> None:
    call = begun(ctx)
    call.answer(call.workspace.definitions.plan(folder), _steps)


def export(ctx: typer.Context, folder: Folder) -> None:
    call = begun(ctx)
    files = call.workspace.definitions.export(folder)
    call.answer({"files": [str(f) for f in files]}, lambda page, found: _exported(page, found, folder))


def apply(ctx: typer.Context, folder: Folder, why: Why = "") -> None:
    call = begun(ctx)
    require(call.workspace.house, call.workspace.actor, "definition.apply", str(folder))
    planned = call.workspace.definitions.plan(folder)
    for step in planned:
        call.note(Message("cli.definition.step", {"action": Message(f"cli.action.{step.action}"), **_named(step)}))
    n = sum(step.action != "unchanged" for step in planned)
    if n and not call.confirm(Message("cli.definition.confirm", {"n": n})):
        call.warn(Message("cli.definition.left"))
        raise typer.Exit(1)
    call.answer(call.workspace.definitions.apply(folder, why=why) if n else planned, _steps)


def register(app: typer.Typer) -> None:
    """Add ``export`` and ``apply`` to the root."""
    app.command("export", help="cli.export")(export)
    app.command("apply", help="cli.apply")(apply)


def _documents(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.kind", lambda d: d.kind),
        Column("cli.col.name", lambda d: d.id),
        Column("cli.col.version", lambda d: d.version, "count"),
        Column("cli.col.author", lambda d: d.author),
        Column("cli.col.at", lambda d: d.at, "datetime"),
        Column("cli.col.why", lambda d: d.why),
        Column("cli.col.archived", lambda d: d.archived),
    ]
    page.table(columns, found)


def _steps(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.kind", lambda s: s.kind),
        Column("cli.col.name", lambda s: s.id),
        Column("cli.col.action", lambda s: Message(f"cli.action.{s.action}")),
    ]
    page.table(columns, found)


def _exported(page: Page, found: Any, folder: Path) -> None:
    page.say(Message("cli.definition.exported", {"n": len(found["files"]), "folder": str(folder)}))


def _named(step: Any) -> dict[str, str]:
    return {"kind": step.kind, "id": step.id}
