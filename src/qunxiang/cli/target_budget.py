"""``qunxiang target budget`` and the response curves behind it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import Name, NeededWhy
from qunxiang.cli.page import Column, Page
from qunxiang.cli.target import group
from qunxiang.cli.words import pairs
from qunxiang.errors import UsageError
from qunxiang.i18n import Message
from qunxiang.model import Frozen
from qunxiang.targeting import Limits, NoCurve, Observation

__all__ = ["group"]

OfSegment = Annotated[str, typer.Option("--segment", help="cli.opt.segment")]


class PastSpend(Frozen):
    """A YAML file of past spend and margin."""

    observations: tuple[Observation, ...]


@group.command("budget", help="cli.target.budget")
def budget(
    ctx: typer.Context,
    name: Name,
    total: Annotated[str | None, typer.Option("--total", help="cli.target.opt.total")] = None,
    least: Annotated[list[str] | None, typer.Option("--least", help="cli.target.opt.least")] = None,
    most: Annotated[list[str] | None, typer.Option("--most", help="cli.target.opt.most")] = None,
    spend_all: Annotated[bool, typer.Option("--spend-all", help="cli.target.opt.spend_all")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="cli.opt.seed")] = 0,
) -> None:
    call = begun(ctx)
    made = call.workspace.targets.budget(
        name,
        total=_money(total, "--total") if total is not None else None,
        limits=_limits(least or [], most or []),
        spend_all=spend_all,
        seed=seed,
    )
    call.answer(made, _budget)


@group.command("curve", help="cli.target.curve")
def curve(
    ctx: typer.Context,
    name: Name,
    segment: OfSegment,
    ceiling: Annotated[str, typer.Option("--ceiling", help="cli.target.opt.ceiling")],
    scale: Annotated[str, typer.Option("--scale", help="cli.target.opt.scale")],
    why: NeededWhy,
    between: Annotated[str | None, typer.Option("--between", metavar="LOW:HIGH", help="cli.target.opt.between")] = None,
    steepness: Annotated[float | None, typer.Option("--steepness", help="cli.target.opt.steepness")] = None,
) -> None:
    call = begun(ctx)
    low, _, high = (between or "").partition(":")
    shape: Literal["saturating", "s_curve"] = "saturating" if steepness is None else "s_curve"
    made = call.workspace.targets.curve(
        name,
        segment=segment,
        ceiling=_money(ceiling, "--ceiling"),
        scale=_money(scale, "--scale"),
        why=why,
        shape=shape,
        steepness=2.0 if steepness is None else steepness,
        ceiling_low=_money(low, "--between") if between else None,
        ceiling_high=_money(high, "--between") if between else None,
    )
    call.answer(made, _curve)


@group.command("fit-curve", help="cli.target.fit_curve")
def fit_curve(
    ctx: typer.Context,
    name: Name,
    segment: OfSegment,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="cli.target.arg.past")] = None,
    margin_rate: Annotated[str | None, typer.Option("--margin-rate", help="cli.target.opt.margin_rate")] = None,
) -> None:
    call = begun(ctx)
    seen = yaml_document(file, PastSpend).observations if file is not None else None
    rate = _money(margin_rate, "--margin-rate") if margin_rate is not None else None
    call.answer(call.workspace.targets.fit_curve(name, segment=segment, observations=seen, margin_rate=rate), _curve)


@group.command("drop-curve", help="cli.target.drop_curve")
def drop_curve(ctx: typer.Context, name: Name, segment: OfSegment) -> None:
    call = begun(ctx)
    call.workspace.targets.drop_curve(name, segment=segment)
    call.answer({"dropped": segment}, lambda page, _: page.say(Message("cli.target.dropped", {"segment": segment})))


def _money(text: str, option: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").strip())
    except InvalidOperation as error:
        raise UsageError("cli.usage.number", option=option, name=option, value=text) from error
    if not value.is_finite():
        raise UsageError("cli.usage.number", option=option, name=option, value=text)
    return value


def _limits(least: Sequence[str], most: Sequence[str]) -> dict[str, Limits]:
    low = {s: _money(v, "--least") for s, v in pairs(least, "--least").items()}
    high = {s: _money(v, "--most") for s, v in pairs(most, "--most").items()}
    return {s: Limits(least=low.get(s, Decimal(0)), most=high.get(s)) for s in {**low, **high}}


def _curve(page: Page, found: Any) -> None:
    if isinstance(found, NoCurve):
        page.say(found.reason)
        return
    _curves(page, [found])


def _curves(page: Page, curves: Sequence[Any]) -> None:
    columns = [
        Column("cli.col.segment", lambda c: c.segment),
        Column("cli.target.col.curve", lambda c: Message(f"targets.curve.{c.shape}")),
        Column("cli.target.col.ceiling", lambda c: c.ceiling, "money"),
        Column("cli.target.col.from", lambda c: c.ceiling_low, "money"),
        Column("cli.target.col.to", lambda c: c.ceiling_high, "money"),
        Column("cli.target.col.scale", lambda c: c.scale, "money"),
        Column("cli.col.origin", lambda c: Message(f"targets.curve.{c.origin}")),
        Column("cli.col.author", lambda c: c.by),
        Column("cli.col.why", lambda c: c.why or None),
    ]
    page.table(columns, curves, title=Message("cli.target.curves"))


def _budget(page: Page, view: Any) -> None:
    _curves(page, view.curves)
    if view.allocation is None:
        return
    made = view.allocation
    columns = [
        Column("cli.col.segment", lambda s: s.segment),
        Column("cli.target.col.spend", lambda s: s.spend, "money"),
        Column("cli.target.col.from", lambda s: s.spend_low, "money"),
        Column("cli.target.col.to", lambda s: s.spend_high, "money"),
        Column("cli.target.col.margin", lambda s: s.margin, "money"),
        Column("cli.target.col.net", lambda s: s.net, "money"),
        Column("cli.target.col.marginal", lambda s: s.marginal, "number"),
    ]
    page.table(columns, made.segments, title=Message("cli.target.split", {"total": made.total}))
    page.facts(
        [
            ("cli.target.col.spent", made.spent, "money"),
            ("cli.target.col.margin", made.margin, "money"),
            ("cli.target.col.net", made.net, "money"),
            ("cli.target.col.equal", made.equal_net, "money"),
            ("cli.target.col.next", made.next_unit, "number"),
        ]
    )
    totals = [
        Column("cli.target.col.total", lambda t: t.total, "money"),
        Column("cli.target.col.margin", lambda t: t.margin, "money"),
        Column("cli.target.col.net", lambda t: t.net, "money"),
        Column("cli.target.col.spends", lambda t: [f"{s} {v}" for s, v in t.spends.items()]),
    ]
    page.table(totals, made.totals, title=Message("cli.target.other_totals"))
    cases = [
        Column("cli.col.segment", lambda c: c.segment),
        Column("cli.target.col.factor", lambda c: c.factor, "percent"),
        Column("cli.target.col.regret", lambda c: c.regret, "money"),
        Column("cli.target.col.spends", lambda c: [f"{s} {v}" for s, v in c.spends.items()]),
    ]
    page.table(cases, made.curves, title=Message("cli.target.other_curves"))
    if view.left_out:
        page.say(Message("cli.target.budget_out", {"segments": list(view.left_out)}))
