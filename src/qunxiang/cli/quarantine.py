"""``qunxiang quarantine``: how many rows are rejected and why, mending one, leaving rows out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.page import Column, Page
from qunxiang.cli.root import Table, show_load
from qunxiang.cli.words import pairs
from qunxiang.i18n import Message
from qunxiang.intake.reasons import Reason, reason_message
from qunxiang.tables import LOADED

group = typer.Typer()
RowId = Annotated[str, typer.Argument(metavar="ROW", help="cli.arg.row")]


@group.command("counts", help="cli.quarantine.counts")
def counts(
    ctx: typer.Context,
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="cli.arg.table")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.reject_counts(table), _counts)


@group.command("repair", help="cli.quarantine.repair")
def repair(
    ctx: typer.Context,
    table: Table,
    row: RowId,
    values: Annotated[list[str] | None, typer.Option("--set", metavar="column=value", help="cli.opt.set_value")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.repair_reject(table, row, pairs(values or [], "--set")), show_load)


@group.command("leave-out", help="cli.quarantine.leave_out")
def leave_out(
    ctx: typer.Context,
    table: Table,
    rows: Annotated[list[str], typer.Argument(metavar="ROW...", help="cli.arg.row")],
    why: Annotated[str, typer.Option("--why", help="cli.opt.why")] = "",
) -> None:
    call = begun(ctx)
    n = call.workspace.data.leave_out(table, rows, why=why)
    call.answer({"rows": n}, lambda page, _: page.say(Message("cli.quarantine.left_out", {"rows": n})))


@group.command("history", help="cli.quarantine.history")
def history(ctx: typer.Context, table: Table, row: RowId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.data.reject_history(table, row), _history(table))


def _counts(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.table", lambda s: s.table),
        Column("cli.col.open", lambda s: s.open, "count"),
        Column("cli.col.mended", lambda s: s.mended, "count"),
        Column("cli.col.left_out", lambda s: s.left_out, "count"),
        Column("cli.col.totals", lambda s: s.totals, "count"),
        Column("cli.col.blanked", lambda s: s.blanked, "count"),
        Column("cli.col.left_empty", lambda s: s.left_empty, "count"),
    ]
    page.table(columns, found)
    reasons = [
        Column("cli.col.table", lambda r: r.table),
        Column("cli.col.reason", lambda r: reason_message(Reason(r.code, r.column, None), LOADED[r.table])),
        Column("cli.col.reject_code", lambda r: r.code),
        Column("cli.col.rows", lambda r: r.rows, "count"),
    ]
    page.table(reasons, [reason for state in found for reason in state.reasons])
    values = [reason for state in found for reason in state.blanked_values]
    if values:
        page.table([reasons[0], Column("cli.col.left_empty_why", reasons[1].value), *reasons[2:]], values)


def _history(table: str) -> Any:
    def show(page: Page, found: Any) -> None:
        columns = [
            Column("cli.col.at", lambda e: e["at"], "datetime"),
            Column("cli.col.by", lambda e: e["by"]),
            Column("cli.col.state", lambda e: Message(f"quarantine.{e['fate']}")),
            Column("cli.col.why", lambda e: e["why"]),
            Column("cli.col.row", lambda e: [f"{k}={v}" for k, v in e["row"].items()], "plain"),
        ]
        page.table(columns, found)

    return show
