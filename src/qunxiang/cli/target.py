"""``qunxiang target``: which segments to serve first (目标选择)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import Name, NeededWhy, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import numbers
from qunxiang.i18n import Message

group = typer.Typer()


@group.command("criteria", help="cli.target.criteria")
def criteria(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.targets.criteria(name), _criteria)


@group.command("set-criteria", help="cli.target.set_criteria")
def set_criteria(
    ctx: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.arg.criteria")],
    why: Why = "",
) -> None:
    call = begun(ctx)
    wanted = yaml_document(file, type(call.workspace.targets.criteria(name)))
    call.answer(call.workspace.targets.set_criteria(name, wanted, why=why), _criteria)


@group.command("rank", help="cli.target.rank")
def rank(
    ctx: typer.Context,
    name: Name,
    weight: Annotated[list[str] | None, typer.Option("--weight", help="cli.opt.weight")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="cli.opt.seed")] = 0,
) -> None:
    call = begun(ctx)
    weights = numbers(weight or [], "--weight")
    call.answer(call.workspace.targets.rank(name, weights=weights or None, seed=seed), _ranking)


@group.command("judge", help="cli.target.judge")
def judge(
    ctx: typer.Context,
    name: Name,
    segment: Annotated[str, typer.Option("--segment", help="cli.opt.segment")],
    value: Annotated[float, typer.Option("--value", help="cli.opt.judgement")],
    why: NeededWhy,
    criterion: Annotated[str, typer.Option("--criterion", help="cli.opt.criterion")] = "strength",
) -> None:
    call = begun(ctx)
    made = call.workspace.targets.judge(name, segment=segment, criterion=criterion, value=value, why=why)
    call.answer(made, _judgement)


@group.command("choose", help="cli.target.choose")
def choose(
    ctx: typer.Context,
    name: Name,
    segments: Annotated[list[str], typer.Argument(metavar="SEGMENT...", help="cli.arg.segments")],
    why: NeededWhy,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.targets.choose(name, segments, why=why), _selection)


@group.command("chosen", help="cli.target.chosen")
def chosen(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.targets.chosen(name), _selection)


def _criteria(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.criterion", lambda c: c.id),
        Column("cli.col.label", lambda c: c.label),
        Column("cli.col.side", lambda c: Message(f"cli.side.{c.side}")),
        Column("cli.col.origin", lambda c: Message(f"cli.origin.{c.origin}")),
        Column("cli.col.weight", lambda c: c.weight, "number"),
        Column("cli.col.unit", lambda c: c.unit),
        Column("cli.col.note", lambda c: c.note),
    ]
    page.table(columns, found.criteria)
    knockouts = [
        Column("cli.col.knockout", lambda k: k.label),
        Column("cli.col.minimum", lambda k: k.minimum, "number"),
        Column("cli.col.note", lambda k: k.note),
    ]
    page.table(knockouts, found.knockouts, title=Message("cli.target.knockouts"))


def _ranking(page: Page, view: Any) -> None:
    labels = {s.id: s.label for s in view.segmentation.segments}
    criteria = {c.id: c for c in view.ranking.criteria.criteria}
    columns = [
        Column("cli.col.rank", lambda a: a.rank, "count"),
        Column("cli.col.segment", lambda a: a.segment),
        Column("cli.col.label", lambda a: labels.get(a.segment)),
        Column("cli.col.attractiveness", lambda a: a.attractiveness, "number"),
        Column("cli.col.strength", lambda a: a.strength, "number"),
        Column("cli.col.first_share", lambda a: a.first_share, "percent"),
    ]
    params = {"name": view.segmentation.label, "draws": view.ranking.n_draws, "spread": view.ranking.weight_spread}
    page.table(columns, view.ranking.ranked, title=Message("cli.target.ranking", params))
    cells = [
        Column("cli.col.segment", lambda c: labels.get(c[0].segment)),
        Column("cli.col.criterion", lambda c: criteria[c[1].criterion].label),
        Column("cli.col.value", lambda c: page.cell(c[1].value, criteria[c[1].criterion].format)),
        Column("cli.col.score", lambda c: c[1].score, "number"),
        Column("cli.col.judged_by", lambda c: c[1].judged_by or None),
    ]
    page.table(cells, [(a, c) for a in view.ranking.ranked for c in a.cells])
    if view.ranking.knocked_out:
        out = [Column("cli.col.label", lambda a: labels.get(a.segment)), Column("cli.col.knockout", lambda a: a.failed)]
        page.table(out, view.ranking.knocked_out, title=Message("cli.target.knocked_out"))
    _selection(page, view.chosen)


def _judgement(page: Page, made: Any) -> None:
    params = {"segment": made.segment, "criterion": made.criterion, "value": made.value, "by": made.by}
    page.say(Message("cli.target.judged", params))


def _selection(page: Page, found: Any) -> None:
    if found is None:
        page.say(Message("cli.target.none_chosen"))
        return
    page.facts(
        [
            ("cli.col.targets", found.segments, "plain"),
            ("cli.col.why", found.why, "plain"),
            ("cli.col.author", found.by, "plain"),
            ("cli.col.at", found.at, "datetime"),
        ]
    )
