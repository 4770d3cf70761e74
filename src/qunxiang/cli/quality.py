"""``qunxiang check`` and ``qunxiang quality``: how good the loaded data are, and what to repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from qunxiang.cli.call import begun
from qunxiang.cli.options import AsOf, Limit, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import pairs
from qunxiang.errors import GateError, SettingError
from qunxiang.i18n import Message
from qunxiang.quality.findings import DIMENSIONS
from qunxiang.quality.words import finding_message, finding_place, gate_message
from qunxiang.services.yaml_text import read_yaml
from qunxiang.tables import LOADED

group = typer.Typer()
Table = Annotated[str, typer.Argument(metavar="TABLE", help="cli.arg.table")]
ColumnName = Annotated[str, typer.Argument(metavar="COLUMN", help="cli.arg.column")]


def check(ctx: typer.Context, as_of: AsOf = None) -> None:
    call = begun(ctx)
    with call.progress() as tell:
        found = call.workspace.check(as_of, progress=tell)
    call.answer(found, _check)
    if not found.passed:
        raise GateError("cli.check.gate", gates=[gate_message(r.gate) for r in found.gates if r.failed])


@group.command("show", help="cli.quality.show")
def show(ctx: typer.Context) -> None:
    call = begun(ctx)
    found = call.workspace.quality.show()
    if found.stale:
        call.warn(Message("quality.stale"))
    call.answer(found, lambda page, state: _check(page, state.check))


@group.command("gates", help="cli.quality.gates")
def gates(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.quality.gates(), _gates)


@group.command("set-gates", help="cli.quality.set_gates")
def set_gates(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.arg.gates_file")],
    why: Why = "",
) -> None:
    call = begun(ctx)
    try:
        body = read_yaml(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError("error.quality.gates", reason=str(error)[:200]) from error
    listed = body["gates"] if isinstance(body, dict) and isinstance(body.get("gates"), list) else body
    if not isinstance(listed, list) or not all(isinstance(g, dict) for g in listed):
        raise SettingError("error.quality.gates", reason="gates: [{measure: …, at_most: …}]")
    stored = call.workspace.quality.set_gates(listed, why=why)
    call.answer(stored, lambda page, d: page.say(Message("cli.quality.gates_set", {"version": d.version})))


@group.command("examples", help="cli.quality.examples")
def examples(
    ctx: typer.Context,
    table: Table,
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="cli.arg.measure")],
    column: Annotated[str | None, typer.Option("--column", help="cli.arg.column")] = None,
    limit: Limit = 10,
) -> None:
    call = begun(ctx)
    call.answer_frame(call.workspace.quality.examples(table, measure, column, limit=limit), None)


@group.command("near", help="cli.quality.near")
def near(
    ctx: typer.Context,
    table: Annotated[str | None, typer.Argument(metavar="TABLE", help="cli.arg.table")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.quality.near(table), _near)


@group.command("repair", help="cli.quality.repair")
def repair(
    ctx: typer.Context,
    table: Table,
    column: ColumnName,
    values: Annotated[list[str] | None, typer.Option("--value", metavar="FROM=TO", help="cli.opt.repair")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    given = pairs(values, "--value") if values else None
    call.answer(call.workspace.quality.repair(table, column, given, why=why), _repairs)


@group.command("restore", help="cli.quality.restore")
def restore(
    ctx: typer.Context,
    table: Table,
    column: ColumnName,
    values: Annotated[list[str] | None, typer.Option("--value", metavar="FROM", help="cli.opt.restore")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    stored = call.workspace.quality.restore(table, column, values or (), why=why)
    call.answer(stored, lambda page, d: page.say(Message("cli.quality.restored", {"column": d.id})))


@group.command("repairs", help="cli.quality.repairs")
def repairs(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.quality.repairs(), _repairs)


def register(app: typer.Typer) -> None:
    """Add ``check`` to the root."""
    app.command("check", help="cli.check")(check)


def _check(page: Page, found: Any) -> None:
    page.say(Message("quality.as_of", {"as_of": found.as_of, "run": found.run}))
    columns = [
        Column("cli.col.table", lambda t: LOADED[t.table].label),
        Column("cli.col.rows", lambda t: t.rows, "count"),
        *(Column(f"quality.dimension.{d}", _status(d)) for d in DIMENSIONS),
    ]
    page.table(columns, found.tables)
    listed = sorted(
        (f for t in found.tables for f in t.findings if f.status != "good"),
        key=lambda f: (f.status != "failed", -f.value),
    )
    page.table(
        [
            Column("cli.col.where", finding_place),
            Column("cli.col.finding", finding_message),
            Column("cli.col.status", lambda f: Message(f"quality.status.{f.status}")),
        ],
        listed,
    )
    failed = [r for r in found.gates if r.failed]
    page.say(Message("quality.passed") if found.passed else Message("quality.failed", {"n": len(failed)}))


def _status(dimension: Any) -> Any:
    return lambda table: Message(f"quality.status.{table.status(dimension) or 'unchecked'}")


def _gates(page: Page, found: Any) -> None:
    page.table(
        [
            Column("cli.col.gate", gate_message),
            Column("cli.col.measure", lambda g: g.measure),
            Column("cli.col.table", lambda g: g.table),
            Column("cli.col.column", lambda g: g.column),
        ],
        found.gates,
    )


def _near(page: Page, found: Any) -> None:
    page.table(
        [
            Column("cli.col.table", lambda v: v.table),
            Column("cli.col.column", lambda v: v.column),
            Column("cli.col.value", lambda v: v.value),
            Column("cli.col.rows", lambda v: v.rows, "count"),
            Column("cli.col.like", lambda v: v.like),
            Column("cli.col.like_rows", lambda v: v.like_rows, "count"),
            Column("cli.col.against", lambda v: Message(f"quality.against.{v.against}")),
            Column("cli.col.rule", lambda v: Message(f"quality.rule.{v.rule}")),
        ],
        found,
    )


def _repairs(page: Page, found: Any) -> None:
    page.table(
        [
            Column("cli.col.name", lambda d: d.id),
            Column("cli.col.repairs", lambda d: [f"{a} → {b}" for a, b in d.body["values"].items()]),
            Column("cli.col.version", lambda d: d.version, "count"),
            Column("cli.col.author", lambda d: d.author),
            Column("cli.col.why", lambda d: d.why),
        ],
        found,
    )
