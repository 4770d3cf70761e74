"""``qunxiang trait``: segmentation variables (细分变量)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.frames import checked_out
from qunxiang.cli.options import AsOf, LabelEn, Labelled, LabelZh, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.variables import (
    BandsText,
    ColumnName,
    DefinitionText,
    Expression,
    MetricName,
    MissingRule,
    NewName,
    Over,
    QuantileShare,
    Spec,
    Table,
    TrendForm,
    UnitText,
    Where,
    WindowDays,
    WindowText,
    arguments_of,
)
from qunxiang.cli.words import label as label_of
from qunxiang.i18n import Message
from qunxiang.model import Family
from qunxiang.model.variable import PREVIEW_MOST, PREVIEW_SAMPLE, variable_body

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


@group.command("drift", help="cli.trait.drift")
def drift(
    ctx: typer.Context,
    segmentation: Annotated[str | None, typer.Argument(metavar="[NAME]", help="cli.arg.drift_of")] = None,
    start: Annotated[str | None, typer.Option("--start", metavar="DATE", help="cli.opt.start")] = None,
    end: Annotated[str | None, typer.Option("--end", metavar="DATE", help="cli.opt.end")] = None,
) -> None:
    call = begun(ctx)
    with call.progress() as tell:
        found = call.workspace.traits.drift(segmentation, start, end, progress=tell)
    call.answer(found, _drift)


def _drift(page: Page, found: Any) -> None:
    page.heading(Message("cli.trait.drift.between", {"start": found.start, "end": found.end}))
    columns = [
        Column("cli.col.trait", lambda d: d.trait),
        Column("cli.col.label", lambda d: d.label),
        Column("cli.col.psi", lambda d: d.psi, "number"),
        Column("cli.col.chance", lambda d: d.chance, "number"),
        Column("cli.col.unknown_before", lambda d: d.unknown_before, "percent"),
        Column("cli.col.unknown_after", lambda d: d.unknown_after, "percent"),
        Column("cli.col.reading", lambda d: Message(f"drift.level.{d.level}")),
    ]
    page.table(columns, found.traits)


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
    name: NewName,
    table: Table = None,
    metric: MetricName = None,
    column: ColumnName = None,
    where: Where = "",
    window_days: WindowDays = None,
    window: WindowText = None,
    quantile: QuantileShare = None,
    trend: TrendForm = None,
    over: Over = None,
    expression: Expression = None,
    bands: BandsText = None,
    missing: MissingRule = "natural",
    spec: Spec = None,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    unit: UnitText = None,
    definition: DefinitionText = None,
    family: Annotated[Family, typer.Option("--family", help="cli.opt.family")] = Family.BEHAVIOURAL,
    why: Why = "",
) -> None:
    call = begun(ctx)
    measured: dict[str, Any] = {"table": table, "metric": metric, "column": column, "where": where}
    measured |= {"window_days": window_days, "window": window, "quantile": quantile, "trend": trend, "over": over}
    rest = {"expression": expression, "bands": bands, "missing": missing, "unit": unit, "definition": definition}
    shown = label_of(label, label_zh, label_en)
    given = arguments_of(spec, {**measured, **rest, "family": family, "label": shown})
    call.answer(call.workspace.traits.define(name, **given, why=why), _defined)


@group.command("preview", help="cli.trait.preview")
def preview(
    ctx: typer.Context,
    name: NewName,
    table: Table = None,
    metric: MetricName = None,
    column: ColumnName = None,
    where: Where = "",
    window_days: WindowDays = None,
    window: WindowText = None,
    quantile: QuantileShare = None,
    trend: TrendForm = None,
    over: Over = None,
    expression: Expression = None,
    bands: BandsText = None,
    missing: MissingRule = "natural",
    spec: Spec = None,
    sample: Annotated[
        int, typer.Option("--sample", min=1, max=PREVIEW_MOST, help="cli.opt.preview_sample")
    ] = PREVIEW_SAMPLE,
    as_of: AsOf = None,
) -> None:
    call = begun(ctx)
    measured: dict[str, Any] = {"table": table, "metric": metric, "column": column, "where": where}
    measured |= {"window_days": window_days, "window": window, "quantile": quantile, "trend": trend, "over": over}
    given = arguments_of(spec, {**measured, "expression": expression, "bands": bands, "missing": missing})
    found = call.workspace.traits.preview(name, variable_body(**given), as_of=as_of, sample=sample)
    call.answer(found, _previewed)


@group.command("archive", help="cli.trait.archive")
def archive(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="cli.arg.trait")], why: Why = ""
) -> None:
    call = begun(ctx)
    call.workspace.traits.archive(name, why=why)
    call.answer({"archived": name}, _archived)


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


def _archived(page: Page, found: Any) -> None:
    page.facts([("cli.col.trait", found["archived"], "plain")])


def _previewed(page: Page, found: Any) -> None:
    page.facts(
        [
            ("cli.col.as_of", found.as_of, "plain"),
            ("cli.col.profiles", found.profiles, "count"),
            ("cli.col.sampled", found.sampled, "count"),
            ("cli.col.zeros", found.zeros, "count"),
            ("cli.col.examples", [str(v) for v in found.examples], "plain"),
        ]
    )
    _trait(page, found.detail)


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
