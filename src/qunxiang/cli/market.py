"""``qunxiang market``: segments of the people that a survey stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.frames import checked_out
from qunxiang.cli.options import LabelEn, Labelled, LabelZh, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.survey import span
from qunxiang.cli.words import label as label_of
from qunxiang.errors import UsageError
from qunxiang.i18n import Label, Message
from qunxiang.model.market import KnownMargins

group = typer.Typer()
MarketName = Annotated[str, typer.Argument(metavar="MARKET", help="cli.arg.market")]
SurveyName = Annotated[str, typer.Argument(metavar="SURVEY", help="cli.arg.survey")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="cli.opt.seed")]


@group.command("define", help="cli.market.define")
def define(
    ctx: typer.Context,
    name: MarketName,
    survey: SurveyName,
    population: Annotated[float, typer.Option("--population", help="cli.opt.population")],
    by: Annotated[str | None, typer.Option("--by", metavar="QUESTION", help="cli.opt.by")] = None,
    question: Annotated[list[str] | None, typer.Option("--question", "-i", help="cli.opt.cluster")] = None,
    segments: Annotated[str, typer.Option("--segments", metavar="auto|2..12", help="cli.opt.n_segments")] = "auto",
    money: Annotated[str | None, typer.Option("--money", metavar="QUESTION", help="cli.opt.money")] = None,
    seed: Seed = 0,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"question": by, "questions": question or None, "money": money, "seed": seed, "why": why}
    how["n_segments"] = int(segments) if segments.isdecimal() else "auto"
    shown = label_of(label, label_zh, label_en)
    with call.progress() as tell:
        made = call.workspace.market.define(name, survey, population, **how, label=shown, progress=tell)
    call.answer(made, _market)


@group.command("set-margins", help="cli.market.set_margins")
def set_margins(
    ctx: typer.Context,
    name: MarketName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.arg.margins")],
    why: Why = "",
) -> None:
    call = begun(ctx)
    known = yaml_document(file, KnownMargins)
    call.answer(call.workspace.market.set_margins(name, known.margins, bounds=known.bounds, why=why), _sizes)


@group.command("list", help="cli.market.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.market.list(), _markets)


@group.command("show", help="cli.market.show")
def show(ctx: typer.Context, name: MarketName, seed: Seed = 0) -> None:
    call = begun(ctx)
    call.answer(call.workspace.market.show(name, seed=seed), _sizes)


@group.command("growth", help="cli.market.growth")
def growth(
    ctx: typer.Context,
    name: MarketName,
    survey: SurveyName,
    years: Annotated[float | None, typer.Option("--years", help="cli.opt.years")] = None,
    population: Annotated[float | None, typer.Option("--population", help="cli.opt.population_then")] = None,
    panel: Annotated[bool, typer.Option("--panel", help="cli.opt.panel")] = False,
    seed: Seed = 0,
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"years": years, "population": population, "panel": panel, "seed": seed}
    call.answer(call.workspace.market.growth(name, survey, **how), _growth)


@group.command("type", help="cli.market.type")
def type_(
    ctx: typer.Context,
    name: MarketName,
    question: Annotated[list[str] | None, typer.Option("--question", "-i", help="cli.opt.candidate")] = None,
    take: Annotated[int | None, typer.Option("--take", min=1, max=20, help="cli.opt.take")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=20, help="cli.opt.most")] = 8,
    seed: Seed = 0,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"questions": question or None, "n_questions": take, "most_questions": most}
    call.answer(call.workspace.market.type(name, **how, seed=seed, why=why), _tool)


@group.command("place", help="cli.market.place")
def place(
    ctx: typer.Context,
    name: MarketName,
    survey: SurveyName,
    out: Annotated[Path | None, typer.Option("--out", help="cli.opt.frame_out")] = None,
) -> None:
    call = begun(ctx)
    target = None if out is None else checked_out(out)
    call.answer_frame(call.workspace.market.place(name, survey), target)


@group.command("publish", help="cli.market.publish")
def publish(
    ctx: typer.Context,
    name: MarketName,
    survey: SurveyName,
    segmentation: Annotated[str | None, typer.Option("--segmentation", help="cli.opt.market_segmentation")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.market.publish(name, survey, segmentation=segmentation, why=why), _placed)


@group.command("name", help="cli.market.name")
def name_segment(
    ctx: typer.Context,
    name: MarketName,
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="cli.arg.segment")],
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    shown = _needed(label_of(label, label_zh, label_en))
    call.answer(call.workspace.market.name(name, segment, shown, why=why), _market)


@group.command("report", help="cli.market.report")
def report(
    ctx: typer.Context,
    name: MarketName,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="cli.opt.report_out")],
    other: Annotated[str | None, typer.Option("--other", metavar="SURVEY", help="cli.opt.other_wave")] = None,
    years: Annotated[float | None, typer.Option("--years", help="cli.opt.years")] = None,
    population: Annotated[float | None, typer.Option("--population", help="cli.opt.population_then")] = None,
    panel: Annotated[bool, typer.Option("--panel", help="cli.opt.panel")] = False,
    places: Annotated[str | None, typer.Option("--places", metavar="QUESTION", help="cli.opt.places")] = None,
    customers: Annotated[str | None, typer.Option("--customers", metavar="SURVEY", help="cli.opt.customers")] = None,
    seed: Seed = 0,
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"other": other, "years": years, "population": population, "panel": panel}
    how |= {"places": places, "customers": customers, "seed": seed}
    with call.progress() as tell:
        file = call.workspace.market.report(name, out, lang=call.line.lang, **how, progress=tell)
    call.answer({"file": str(file)}, Page.wrote)


def _needed(label: Label | None) -> Label:
    if label is None:
        raise UsageError("cli.market.label_needed")
    return label


def _markets(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.market", lambda m: m.market.id),
        Column("cli.col.label", lambda m: m.market.label),
        Column("cli.col.survey", lambda m: m.market.survey),
        Column("cli.col.population", lambda m: m.market.population, "count"),
        Column("cli.col.segments", lambda m: len(m.market.segments), "count"),
    ]
    page.table(columns, found)


def _market(page: Page, state: Any) -> None:
    columns = [Column("cli.col.segment", lambda s: s.id), Column("cli.col.label", lambda s: s.label)]
    page.table(columns, state.market.segments)


def _sizes(page: Page, view: Any) -> None:
    size = view.size
    page.facts(
        [
            ("cli.col.n", size.n_rows, "count"),
            ("cli.col.n_effective", size.n_effective, "number"),
            ("cli.col.design_effect", size.design_effect, "number"),
            ("cli.col.no_segment", size.unknown, "percent"),
        ]
    )
    rows = list(zip(view.market.segments, size.segments, strict=True))
    columns = [
        Column("cli.col.label", lambda r: r[0].label),
        Column("cli.col.n", lambda r: r[1].n, "count"),
        Column("cli.col.unweighted", lambda r: r[1].unweighted_share, "percent"),
        Column("cli.col.weighted", lambda r: span(page, r[1].share, "percent")),
        Column("cli.col.people", lambda r: span(page, r[1].people, "count")),
        Column("cli.col.money", lambda r: span(page, r[1].money, "number")),
    ]
    page.table(columns, rows)


def _growth(page: Page, found: Any) -> None:
    params = {"before": found.before, "after": found.after, "years": found.years}
    rows = list(zip(found.market.segments, found.segments, strict=True))
    columns = [
        Column("cli.col.label", lambda r: r[0].label),
        Column("cli.col.growth", lambda r: span(page, r[1].people, "percent")),
        Column("cli.col.money_growth", lambda r: span(page, r[1].money, "percent")),
    ]
    page.table(columns, rows, title=Message("cli.market.growth_of", params))


def _tool(page: Page, state: Any) -> None:
    tool = state.market.tool
    columns = [
        Column("cli.col.n_questions", lambda s: s["n_questions"], "count"),
        Column("cli.col.question", lambda s: s["question"]),
        Column("cli.col.accuracy", lambda s: s["accuracy"], "percent"),
        Column("cli.col.kappa", lambda s: s["kappa"], "number"),
    ]
    page.table(columns, tool.steps)
    page.say(Message("cli.market.typed", {"n": len(tool.questions), "questions": list(tool.questions)}))


def _placed(page: Page, found: Any) -> None:
    page.facts(
        [
            ("cli.col.segmentation", found.report.segmentation.id, "plain"),
            ("cli.col.respondents", found.placed, "count"),
            ("cli.col.customers", found.known, "count"),
            ("cli.col.likely", found.likely, "percent"),
        ]
    )
    columns = [Column("cli.col.segment", lambda s: s[0]), Column("cli.col.profiles", lambda s: s[1], "count")]
    page.table(columns, found.report.sizes.items())
