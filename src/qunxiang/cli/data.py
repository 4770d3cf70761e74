"""``qunxiang data``: what is loaded."""

from __future__ import annotations

from typing import Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Limit
from qunxiang.cli.page import Column, Page

group = typer.Typer()


@group.command("tables", help="cli.data.tables")
def tables(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.tables(), show_tables)


@group.command("loads", help="cli.data.loads")
def loads(ctx: typer.Context, limit: Limit = 50) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.loads(limit=limit), _loads)


@group.command("snapshots", help="cli.data.snapshots")
def snapshots(ctx: typer.Context, limit: Limit = 20) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.snapshots(limit=limit), _snapshots)


def show_tables(page: Page, found: Any) -> None:
    """Print tables with their rows and what a row is."""
    columns = [
        Column("cli.col.table", lambda t: t.name),
        Column("cli.col.label", lambda t: t.label),
        Column("cli.col.rows", lambda t: t.rows, "count"),
        Column("cli.col.grain", lambda t: t.grain),
    ]
    page.table(columns, found)


def _loads(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.run", lambda s: s.run, "count"),
        Column("cli.col.at", lambda s: s.at, "datetime"),
        Column("cli.col.author", lambda s: s.author),
        Column("cli.col.table", lambda s: s.facts.get("table")),
        Column("cli.col.source", lambda s: s.facts.get("source")),
        Column("cli.col.read", lambda s: s.facts.get("read"), "count"),
        Column("cli.col.accepted", lambda s: s.facts.get("accepted"), "count"),
        Column("cli.col.unchanged", lambda s: s.facts.get("unchanged"), "count"),
        Column("cli.col.rejected", lambda s: s.facts.get("rejected"), "count"),
    ]
    page.table(columns, found)


def _snapshots(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.run", lambda s: s.run, "count"),
        Column("cli.col.kind", lambda s: s.kind),
        Column("cli.col.as_of", lambda s: s.as_of, "date"),
        Column("cli.col.at", lambda s: s.at, "datetime"),
        Column("cli.col.author", lambda s: s.author),
        Column("cli.col.hash", lambda s: (s.content_hash or "")[:12]),
    ]
    page.table(columns, found)
