"""``qunxiang survey``: wide surveys, their questions and shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import LabelEn, Labelled, LabelZh, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import label as label_of
from qunxiang.cli.words import pairs
from qunxiang.i18n import Message
from qunxiang.statistics.intervals import Interval

group = typer.Typer()
SurveyName = Annotated[str, typer.Argument(metavar="SURVEY", help="cli.arg.survey")]
Wide = Annotated[Path, typer.Argument(metavar="FILE", help="cli.arg.wide")]
Respondent = Annotated[str | None, typer.Option("--respondent", metavar="COLUMN", help="cli.opt.respondent")]
Weight = Annotated[str | None, typer.Option("--weight", metavar="COLUMN", help="cli.opt.weight_column")]
LeftOut = Annotated[list[str] | None, typer.Option("--leave-out", metavar="COLUMN", help="cli.opt.left_out")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="cli.opt.encoding")]


@group.command("look", help="cli.survey.look")
def look(
    ctx: typer.Context,
    file: Wide,
    respondent: Respondent = None,
    weight: Weight = None,
    left_out: LeftOut = None,
    encoding: Encoding = None,
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"respondent": respondent, "weight": weight, "left_out": left_out or ()}
    call.answer(call.workspace.surveys.look(file, **how, encoding=encoding), _layout)


@group.command("load", help="cli.survey.load")
def load(
    ctx: typer.Context,
    name: SurveyName,
    file: Wide,
    respondent: Respondent = None,
    weight: Weight = None,
    person: Annotated[str | None, typer.Option("--person", metavar="COLUMN", help="cli.opt.person_column")] = None,
    left_out: LeftOut = None,
    text: Annotated[list[str] | None, typer.Option("--text", metavar="COLUMN=TEXT", help="cli.opt.wording")] = None,
    held_on: Annotated[str | None, typer.Option("--held-on", metavar="DATE", help="cli.opt.held_on")] = None,
    strata: Annotated[str | None, typer.Option("--strata", metavar="COLUMN", help="cli.opt.strata")] = None,
    clusters: Annotated[str | None, typer.Option("--clusters", metavar="COLUMN", help="cli.opt.clusters")] = None,
    encoding: Encoding = None,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"respondent": respondent, "weight": weight, "person": person, "held_on": held_on}
    how |= {"strata": strata, "clusters": clusters}
    how |= {"left_out": left_out or (), "texts": pairs(text or [], "--text"), "encoding": encoding, "why": why}
    with call.progress() as tell:
        made = call.workspace.surveys.load(name, file, **how, label=label_of(label, label_zh, label_en), progress=tell)
    call.answer(made, _loaded)


@group.command("list", help="cli.survey.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.surveys.list(), _surveys)


@group.command("show", help="cli.survey.show")
def show(ctx: typer.Context, name: SurveyName) -> None:
    call = begun(ctx)
    call.answer(call.workspace.surveys.show(name), _shares)


@group.command("map", help="cli.survey.map")
def map_(
    ctx: typer.Context,
    name: SurveyName,
    question: Annotated[list[str] | None, typer.Option("--question", "-i", help="cli.opt.map_question")] = None,
    unweighted: Annotated[bool, typer.Option("--unweighted", help="cli.opt.unweighted")] = False,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.surveys.map(name, questions=question or None, weighted=not unweighted), _map)


@group.command("change", help="cli.survey.change")
def change(
    ctx: typer.Context,
    name: SurveyName,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="cli.arg.question")],
    text: Annotated[str | None, typer.Option("--text", help="cli.opt.question_text")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="cli.opt.question_kind")] = None,
    level: Annotated[list[str] | None, typer.Option("--level", help="cli.opt.level")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"text": text, "kind": kind, "levels": level or None, "why": why}
    call.answer(call.workspace.surveys.change(name, question, **how), _questions)


def _layout(page: Page, found: Any) -> None:
    page.facts(
        [
            ("cli.col.respondent", found.respondent, "plain"),
            ("cli.col.weight", found.weight, "plain"),
            ("cli.col.rows", found.n_rows, "count"),
            ("cli.col.left_out", found.left_out, "plain"),
            ("cli.col.unknown_answers", found.unknown, "plain"),
        ]
    )
    _questions(page, found)


def _questions(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.question", lambda q: q.id),
        Column("cli.col.kind", lambda q: Message(f"page.surveys.kind.{q.kind}")),
        Column("cli.col.text", lambda q: q.text),
        Column("cli.col.levels", lambda q: " < ".join(q.levels) or None),
    ]
    page.table(columns, found.questions)


def _loaded(page: Page, made: Any) -> None:
    page.say(
        Message(
            "cli.survey.loaded",
            {
                "name": made.survey.id,
                "questions": len(made.survey.questions),
                "answers": made.answers.accepted,
                "unchanged": made.answers.unchanged,
                "rejected": made.answers.rejected,
            },
        )
    )


def _surveys(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.survey", lambda s: s.survey.id),
        Column("cli.col.label", lambda s: s.survey.label),
        Column("cli.col.respondents", lambda s: s.n_respondents, "count"),
        Column("cli.col.questions", lambda s: len(s.survey.questions), "count"),
        Column("cli.col.weighted", lambda s: s.survey.weighted),
        Column("cli.col.held_on", lambda s: s.survey.held_on, "date"),
    ]
    page.table(columns, found)


def _shares(page: Page, view: Any) -> None:
    page.facts(
        [
            ("cli.col.respondents", view.n_respondents, "count"),
            ("cli.col.n_effective", view.n_effective, "number"),
            ("cli.col.design_effect", view.design_effect, "number"),
        ]
    )
    columns = [
        Column("cli.col.question", lambda r: r[0].question.id),
        Column("cli.col.answer", lambda r: r[1].answer),
        Column("cli.col.n", lambda r: r[1].n, "count"),
        Column("cli.col.unweighted", lambda r: span(page, r[1].unweighted, "percent")),
        Column("cli.col.weighted", lambda r: span(page, r[1].weighted, "percent")),
    ]
    page.table(columns, [(question, answer) for question in view.questions for answer in question.answers])


def span(page: Page, found: Any, form: str) -> str | None:
    """Write an estimate with its interval; None where there is none."""
    if not isinstance(found, Interval):
        return None
    return f"{page.cell(found.estimate, form)} [{page.cell(found.low, form)}, {page.cell(found.high, form)}]"


def _map(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.question", lambda a: a.question),
        Column("cli.col.answer", lambda a: a.answer),
        Column("cli.col.n", lambda a: a.n, "count"),
        Column("cli.col.coordinates", lambda a: "  ".join(page.cell(v, "number") for v in a.coordinates[:3])),
        Column("cli.col.contributions", lambda a: "  ".join(page.cell(v, "percent") for v in a.contributions[:3])),
    ]
    page.table(columns, found.answers)
    page.facts([("cli.col.n", found.n_rows, "count")])
    page.table(
        [Column("cli.col.dimension", lambda d: d[0]), Column("cli.col.share", lambda d: d[1], "percent")],
        list(enumerate(found.shares, start=1)),
    )
