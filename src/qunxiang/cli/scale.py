"""``qunxiang scale``: scales from survey items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.frames import checked_out
from qunxiang.cli.options import LabelEn, Labelled, LabelZh, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import label as label_of
from qunxiang.i18n import Message

group = typer.Typer()
ScaleName = Annotated[str, typer.Argument(metavar="SCALE", help="cli.arg.scale")]


@group.command("fit", help="cli.scale.fit")
def fit(
    ctx: typer.Context,
    name: ScaleName,
    survey: Annotated[str, typer.Option("--survey", metavar="SURVEY", help="cli.arg.survey")],
    question: Annotated[list[str] | None, typer.Option("--question", "-i", help="cli.opt.item")] = None,
    factors: Annotated[str, typer.Option("--factors", metavar="auto|N", help="cli.opt.factors")] = "auto",
    kind: Annotated[str, typer.Option("--kind", metavar="polychoric|pearson", help="cli.opt.corr")] = "polychoric",
    method: Annotated[str, typer.Option("--method", help="cli.opt.extraction")] = "minres",
    rotation: Annotated[str, typer.Option("--rotation", help="cli.opt.rotation")] = "oblimin",
    scoring: Annotated[str, typer.Option("--scoring", help="cli.opt.scoring")] = "regression",
    unweighted: Annotated[bool, typer.Option("--unweighted", help="cli.opt.unweighted")] = False,
    draws: Annotated[int, typer.Option("--draws", min=5, max=1000, help="cli.opt.draws")] = 50,
    seed: Annotated[int, typer.Option("--seed", min=0, help="cli.opt.seed")] = 0,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"questions": question or None, "kind": kind, "method": method, "rotation": rotation}
    how |= {"scoring": scoring, "weighted": not unweighted, "n_draws": draws, "seed": seed, "why": why}
    how |= {"n_factors": int(factors) if factors.isdecimal() else "auto"}
    with call.progress() as tell:
        made = call.workspace.scales.fit(name, survey, **how, label=label_of(label, label_zh, label_en), progress=tell)
    call.answer(made, _scale)


@group.command("list", help="cli.scale.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.scales.list(), _scales)


@group.command("show", help="cli.scale.show")
def show(ctx: typer.Context, name: ScaleName) -> None:
    call = begun(ctx)
    call.answer(call.workspace.scales.show(name), _scale)


@group.command("name", help="cli.scale.name")
def name_factor(
    ctx: typer.Context,
    name: ScaleName,
    factor: Annotated[str, typer.Argument(metavar="FACTOR", help="cli.arg.factor")],
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    made = call.workspace.scales.name(name, factor, label=label_of(label, label_zh, label_en), why=why)
    call.answer(made, _scale)


@group.command("scores", help="cli.scale.scores")
def scores(
    ctx: typer.Context,
    name: ScaleName,
    out: Annotated[Path | None, typer.Option("--out", help="cli.opt.frame_out")] = None,
) -> None:
    call = begun(ctx)
    target = None if out is None else checked_out(out)
    call.answer_frame(call.workspace.scales.scores(name), target)


@group.command("publish", help="cli.scale.publish")
def publish(ctx: typer.Context, name: ScaleName) -> None:
    call = begun(ctx)
    call.answer(
        call.workspace.scales.publish(name),
        lambda page, r: page.say(Message("cli.scale.published", {"name": name, "rows": r.accepted + r.unchanged})),
    )


def _scales(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.scale", lambda s: s.scale.id),
        Column("cli.col.label", lambda s: s.scale.label),
        Column("cli.col.survey", lambda s: s.scale.survey),
        Column("cli.col.factors", lambda s: len(s.scale.factors), "count"),
        Column("cli.col.version", lambda s: s.version, "count"),
    ]
    page.table(columns, found)


def _scale(page: Page, state: Any) -> None:
    scale = state.scale
    page.facts(
        [
            ("cli.col.n", scale.evidence.get("n_rows"), "count"),
            ("cli.col.n_effective", scale.evidence.get("n_effective"), "number"),
            ("cli.col.kmo", scale.evidence.get("kmo"), "number"),
        ]
    )
    alphas = dict(zip([f.id for f in scale.factors], scale.evidence.get("alpha", []), strict=False))
    factors = [
        Column("cli.col.factor", lambda f: f.id),
        Column("cli.col.label", lambda f: f.label),
        Column("cli.col.named_by", lambda f: f.named_by or None),
        Column("cli.col.items", lambda f: f.items),
        Column("cli.col.alpha", lambda f: (alphas.get(f.id) or [None])[0], "number"),
    ]
    page.table(factors, scale.factors)
    rows = list(zip(scale.items, scale.model.loadings, scale.evidence.get("communalities", []), strict=False))
    columns = [Column("cli.col.question", lambda r: r[0].question), Column("cli.col.text", lambda r: r[0].text)]
    columns += [Column("cli.col.communality", lambda r: r[2], "number")]
    columns += [Column("cli.col.loadings", lambda r: "  ".join(page.cell(v, "number") for v in r[1]))]
    page.table(columns, rows)
    for caution in scale.evidence.get("cautions", []):
        page.say(Message(f"page.scale.caution.{caution}"))
