"""``qunxiang target``: which segments to serve first (目标选择)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import Name, NeededWhy, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import numbers, pairs
from qunxiang.errors import UsageError
from qunxiang.i18n import Message
from qunxiang.targeting import Comparison
from qunxiang.targeting.criteria import Side

group = typer.Typer()
Pairs = Annotated[list[str], typer.Argument(metavar="A:B=TIMES...", help="cli.target.arg.comparisons")]
OfSide = Annotated[str, typer.Option("--side", metavar="attractiveness|strength", help="cli.target.opt.side")]
Seen = Annotated[int | None, typer.Option("--seen-version", min=0, metavar="VERSION", help="cli.opt.seen_version")]


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
    seen: Seen = None,
) -> None:
    call = begun(ctx)
    wanted = yaml_document(file, type(call.workspace.targets.criteria(name)))
    call.answer(call.workspace.targets.set_criteria(name, wanted, why=why, seen_version=seen), _criteria)


@group.command("library", help="cli.target.library")
def library(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.targets.library(), _criteria)


@group.command("compare", help="cli.target.compare")
def compare(ctx: typer.Context, name: Name, words: Pairs, side: OfSide = "attractiveness") -> None:
    call = begun(ctx)
    call.answer(call.workspace.targets.compare(name, _comparisons(words), side=_side(side)), _weighing)


@group.command("weigh", help="cli.target.weigh")
def weigh(
    ctx: typer.Context,
    name: Name,
    words: Annotated[list[str], typer.Argument(metavar="CRITERION=POINTS|A:B=TIMES...", help="cli.target.arg.points")],
    side: OfSide = "attractiveness",
    why: Why = "",
    seen: Seen = None,
) -> None:
    call = begun(ctx)
    if any(":" in word for word in words):
        made = call.workspace.targets.weigh(
            name, comparisons=_comparisons(words), side=_side(side), why=why, seen_version=seen
        )
    else:
        points = numbers(words, "POINTS")
        made = call.workspace.targets.weigh(name, points=points, side=_side(side), why=why, seen_version=seen)
    call.answer(made, _weighing)


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
    instead: Annotated[list[str] | None, typer.Option("--not", help="cli.target.opt.not_chosen")] = None,
    review: Annotated[
        datetime | None, typer.Option("--review", formats=["%Y-%m-%d"], help="cli.target.opt.review_on")
    ] = None,
    seen: Seen = None,
) -> None:
    call = begun(ctx)
    made = call.workspace.targets.choose(
        name,
        segments,
        why=why,
        alternatives=pairs(instead or [], "--not"),
        review_on=review.date() if review is not None else None,
        seen_version=seen,
    )
    call.answer(made, _selection)


@group.command("chosen", help="cli.target.chosen")
def chosen(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.targets.chosen(name), _selection)


def _comparisons(words: list[str]) -> list[Comparison]:
    """Return comparisons from words such as ``size:growth=3`` or ``size:growth=1/3``."""
    made = []
    for word, value in pairs(words, "A:B=TIMES").items():
        a, colon, b = word.partition(":")
        above, slash, below = value.partition("/")
        try:
            times = float(above) / float(below) if slash else float(above)
        except (ValueError, ZeroDivisionError) as error:
            raise UsageError("cli.usage.number", option="A:B=TIMES", name=word, value=value) from error
        if not colon or not 1 / 9.001 <= times <= 9.001:
            raise UsageError("cli.target.usage.comparison", word=f"{word}={value}")
        made.append(Comparison(a=a.strip(), b=b.strip(), times=times))
    return made


def _side(word: str) -> Side:
    for side in get_args(Side):
        if side == word:
            return cast(Side, side)
    raise UsageError("cli.target.usage.side", word=word)


def _weighing(page: Page, made: Any) -> None:
    columns = [Column("cli.col.criterion", lambda p: p[0]), Column("cli.target.col.points", lambda p: p[1], "number")]
    page.table(columns, list(made.points.items()))
    if made.consistency_ratio is None:
        return
    page.facts([("cli.target.col.consistency_ratio", made.consistency_ratio, "number")])
    if not made.consistent and made.worst is not None:
        page.say(Message("cli.target.inconsistent", made.worst.model_dump() | {"ratio": made.consistency_ratio}))


def _criteria(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.criterion", lambda c: c.id),
        Column("cli.col.label", lambda c: c.label),
        Column("cli.col.side", lambda c: Message(f"cli.side.{c.side}")),
        Column("cli.col.origin", lambda c: Message(f"cli.origin.{c.origin}")),
        Column("cli.col.weight", lambda c: c.weight, "number"),
        Column("cli.col.unit", lambda c: c.unit),
        Column("cli.target.col.direction", lambda c: Message(f"cli.target.direction.{c.direction}")),
        Column("cli.col.source", lambda c: c.source),
        Column("cli.target.col.owner", lambda c: c.owner or None),
        Column("cli.col.note", lambda c: c.note),
    ]
    page.table(columns, found.criteria)
    knockouts = [
        Column("cli.col.knockout", lambda k: k.label),
        Column("cli.col.origin", lambda k: Message(f"cli.origin.{k.origin}")),
        Column("cli.col.minimum", lambda k: page.cell(k.minimum, k.format)),
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
        Column("cli.target.col.from", lambda a: a.attractiveness_low, "number"),
        Column("cli.target.col.to", lambda a: a.attractiveness_high, "number"),
        Column("cli.col.strength", lambda a: a.strength, "number"),
        Column("cli.col.first_share", lambda a: a.first_share, "percent"),
        Column("cli.target.col.closeness", lambda a: a.closeness, "number"),
        Column("cli.target.col.topsis_rank", lambda a: a.topsis_rank, "count"),
    ]
    params = {"name": view.segmentation.label, "draws": view.ranking.n_draws, "spread": view.ranking.weight_spread}
    page.table(columns, view.ranking.ranked, title=Message("cli.target.ranking", params))
    cells = [
        Column("cli.col.segment", lambda c: labels.get(c[0].segment)),
        Column("cli.col.criterion", lambda c: criteria[c[1].criterion].label),
        Column("cli.col.origin", lambda c: Message(f"cli.origin.{criteria[c[1].criterion].origin}")),
        Column("cli.col.value", lambda c: page.cell(c[1].value, criteria[c[1].criterion].format)),
        Column("cli.target.col.from", lambda c: page.cell(c[1].low, criteria[c[1].criterion].format)),
        Column("cli.target.col.to", lambda c: page.cell(c[1].high, criteria[c[1].criterion].format)),
        Column("cli.col.score", lambda c: c[1].score, "number"),
        Column("cli.col.judged_by", lambda c: c[1].judged_by or None),
        Column("cli.target.col.disagreement", lambda c: c[1].disagreement, "number"),
    ]
    page.table(cells, [(a, c) for a in view.ranking.ranked for c in a.cells])
    firm = [Column("cli.col.label", lambda r: labels.get(r[0].segment))]
    for place, run in enumerate(view.ranking.robustness):
        firm.append(Column(f"cli.target.col.first_{run.varied}", _first(place), "percent"))
    by_segment = list(zip(*(run.segments for run in view.ranking.robustness), strict=True))
    page.table(firm, by_segment, title=Message("cli.target.firm"))
    out_of = [
        Column("cli.target.col.without", lambda o: criteria[o.criterion].label),
        Column("cli.target.col.first_then", lambda o: [labels.get(s) for s, r in o.ranks.items() if r == 1]),
        Column("cli.target.col.changed", lambda o: Message("cli.target.yes" if o.changed else "cli.target.no")),
    ]
    page.table(out_of, view.ranking.left_out)
    if view.ranking.knocked_out:
        out = [Column("cli.col.label", lambda a: labels.get(a.segment)), Column("cli.col.knockout", lambda a: a.failed)]
        page.table(out, view.ranking.knocked_out, title=Message("cli.target.knocked_out"))
    _selection(page, view.chosen)


def _first(place: int) -> Callable[[Any], Any]:
    return lambda runs: runs[place].first_share


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
            (
                "cli.target.col.not_chosen",
                [f"{s}: {reason}" for s, reason in found.alternatives.items()] or None,
                "plain",
            ),
            ("cli.target.col.review_on", found.review_on, "date"),
            ("cli.col.author", found.by, "plain"),
            ("cli.col.at", found.at, "datetime"),
        ]
    )
