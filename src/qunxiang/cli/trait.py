"""``qunxiang trait``: segmentation variables (细分变量)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.frames import checked_out
from qunxiang.cli.options import LabelEn, Labelled, LabelZh, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import label as label_of
from qunxiang.model import Family

group = typer.Typer()
_FORMATS = {"money": "money", "share": "percent"}


@group.command("list", help="cli.trait.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.traits.list(), _traits)


@group.command("show", help="cli.trait.show")
def show(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="cli.arg.trait")]) -> None:
    call = begun(ctx)
    call.answer(call.workspace.traits.show(name), _trait)


@group.command("frame", help="cli.trait.frame")
def frame(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="cli.arg.traits")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="cli.opt.frame_out")] = None,
) -> None:
    call = begun(ctx)
    path = checked_out(out) if out is not None else None
    found = call.workspace.traits.frame(names or None)
    call.answer_frame(found, path)


@group.command("define", help="cli.trait.define")
def define(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="cli.arg.new_trait")],
    table: Annotated[str, typer.Option("--table", help="cli.opt.trait_table")],
    metric: Annotated[str, typer.Option("--metric", help="cli.opt.metric")],
    column: Annotated[str | None, typer.Option("--column", help="cli.opt.column")] = None,
    where: Annotated[str, typer.Option("--where", help="cli.opt.where")] = "",
    window_days: Annotated[int | None, typer.Option("--window-days", min=1, help="cli.opt.window_days")] = None,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    family: Annotated[Family, typer.Option("--family", help="cli.opt.family")] = Family.BEHAVIOURAL,
    why: Why = "",
) -> None:
    call = begun(ctx)
    measured: dict[str, Any] = {"table": table, "metric": metric, "column": column, "where": where, "family": family}
    shown = label_of(label, label_zh, label_en)
    made = call.workspace.traits.define(name, **measured, window_days=window_days, label=shown, why=why)
    call.answer(made, _defined)


def _traits(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.trait", lambda s: s.definition.id),
        Column("cli.col.label", lambda s: s.definition.label),
        Column("cli.col.family", lambda s: s.definition.family.value),
        Column("cli.col.known", lambda s: s.known, "count"),
        Column("cli.col.coverage", lambda s: s.coverage, "percent"),
        Column("cli.col.lower_quartile", lambda s: s.lower_quartile, "number"),
        Column("cli.col.median", lambda s: s.median, "number"),
        Column("cli.col.upper_quartile", lambda s: s.upper_quartile, "number"),
        Column("cli.col.unit", lambda s: s.definition.unit),
    ]
    page.table(columns, found)


def _trait(page: Page, found: Any) -> None:
    state, definition = found.state, found.state.definition
    form = _FORMATS.get(definition.kind, "number")
    page.heading(definition.label)
    page.facts(
        [
            ("cli.col.trait", definition.id, "plain"),
            ("cli.col.definition", definition.definition, "plain"),
            ("cli.col.unit", definition.unit, "plain"),
            ("cli.col.source", definition.source, "plain"),
            ("cli.col.when_missing", definition.when_missing, "plain"),
            ("cli.col.known", state.known, "count"),
            ("cli.col.coverage", state.coverage, "percent"),
            ("cli.col.minimum", state.minimum, form),
            ("cli.col.lower_quartile", state.lower_quartile, form),
            ("cli.col.median", state.median, form),
            ("cli.col.upper_quartile", state.upper_quartile, form),
            ("cli.col.maximum", state.maximum, form),
            ("cli.col.mean", state.mean, form),
        ]
    )
    if found.counts:
        columns = [
            Column("cli.col.from", lambda b: b[0], form),
            Column("cli.col.to", lambda b: b[1], form),
            Column("cli.col.profiles", lambda b: b[2], "count"),
        ]
        page.table(columns, zip(found.edges, found.edges[1:], found.counts, strict=False))
    if found.levels:
        page.table(
            [Column("cli.col.level", lambda b: b[0]), Column("cli.col.profiles", lambda b: b[1], "count")], found.levels
        )


def _defined(page: Page, made: Any) -> None:
    page.facts(
        [
            ("cli.col.trait", made.id, "plain"),
            ("cli.col.label", made.label, "plain"),
            ("cli.col.definition", made.definition, "plain"),
            ("cli.col.unit", made.unit, "plain"),
        ]
    )
