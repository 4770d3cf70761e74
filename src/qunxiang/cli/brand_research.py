"""``qunxiang brand``: studies, strength and tracking of brands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from qunxiang.cli.brand import group
from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import LabelEn, Labelled, LabelZh, NeededWhy, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import label as label_of
from qunxiang.errors import UsageError
from qunxiang.i18n import Message
from qunxiang.model import Frozen
from qunxiang.model.brand_study import DIMENSIONS, BrandDimension, StudyQuestion

__all__ = ["group"]

Study = Annotated[str, typer.Argument(metavar="STUDY|SURVEY", help="cli.arg.brand_study")]
Own = Annotated[str | None, typer.Option("--own", metavar="BRAND", help="cli.opt.own_brand")]
NeededOwn = Annotated[str, typer.Option("--own", metavar="BRAND", help="cli.opt.own_brand")]
Brands = Annotated[list[str] | None, typer.Option("--brand", metavar="BRAND", help="cli.opt.brands")]
By = Annotated[str | None, typer.Option("--by", metavar="QUESTION", help="cli.opt.brand_by")]
Least = Annotated[int, typer.Option("--least", min=1, help="cli.opt.brand_least")]


class StudyQuestions(Frozen):
    """A YAML file of what questions say."""

    questions: tuple[StudyQuestion, ...]


@group.command("propose", help="cli.brand.propose")
def propose(
    ctx: typer.Context,
    survey: Annotated[str, typer.Argument(metavar="SURVEY", help="cli.arg.survey")],
    own: NeededOwn,
    brand: Brands = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.propose(survey, own, brands=brand or None), _study)


@group.command("define", help="cli.brand.define")
def define(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="STUDY", help="cli.arg.brand_study_name")],
    own: NeededOwn,
    survey: Annotated[str | None, typer.Option("--survey", metavar="SURVEY", help="cli.opt.brand_survey")] = None,
    brand: Brands = None,
    file: Annotated[Path | None, typer.Option("--questions", metavar="FILE", help="cli.opt.brand_questions")] = None,
    by: By = None,
    market: Annotated[str | None, typer.Option("--market", metavar="MARKET", help="cli.opt.brand_market")] = None,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
    seen: Annotated[
        int | None, typer.Option("--seen-version", min=0, metavar="VERSION", help="cli.opt.seen_version")
    ] = None,
) -> None:
    call = begun(ctx)
    questions = None if file is None else yaml_document(file, StudyQuestions).questions
    made = call.workspace.brand.define(
        name,
        own,
        survey=survey,
        brands=brand or None,
        questions=questions,
        segments=by,
        market=market,
        label=label_of(label, label_zh, label_en),
        why=why,
        seen_version=seen,
    )
    call.answer(made, _study)


@group.command("studies", help="cli.brand.studies")
def studies(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.studies(), _studies)


@group.command("score", help="cli.brand.score")
def score(ctx: typer.Context, name: Study, own: Own = None, by: By = None, least: Least = 30) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.score(name, own=own, by=by, least=least), _score)


@group.command("judge", help="cli.brand.judge")
def judge(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="STUDY", help="cli.arg.brand_study_name")],
    brand: Annotated[str, typer.Option("--brand", metavar="BRAND", help="cli.opt.judged_brand")],
    dimension: Annotated[str, typer.Option("--dimension", metavar="|".join(DIMENSIONS), help="cli.opt.dimension")],
    value: Annotated[float, typer.Option("--value", help="cli.opt.judgement")],
    why: NeededWhy,
) -> None:
    if dimension not in get_args(BrandDimension):
        raise UsageError("error.study.dimension", dimension=dimension[:40], known=list(DIMENSIONS))
    call = begun(ctx)
    of = cast(BrandDimension, dimension)
    call.answer(call.workspace.brand.judge(name, brand=brand, dimension=of, value=value, why=why), _judgement)


@group.command("tracking", help="cli.brand.tracking")
def tracking(
    ctx: typer.Context,
    name: Study,
    own: Own = None,
    wave: Annotated[list[str] | None, typer.Option("--wave", metavar="SURVEY", help="cli.opt.brand_wave")] = None,
    by: By = None,
    panel: Annotated[bool, typer.Option("--panel", help="cli.opt.brand_panel")] = False,
    least: Least = 30,
) -> None:
    call = begun(ctx)
    found = call.workspace.brand.tracking(name, own=own, waves=wave or None, by=by, panel=panel, least=least)
    call.answer(found, _tracking)


def dimension_word(name: str) -> Message:
    """Name a dimension of strength, or a stage of the funnel."""
    return Message(f"study.role.{name}")


def interval(page: Page, low: Any, high: Any, form: str) -> str | None:
    """Write an interval; None where there is none."""
    return None if low is None or high is None else f"{page.cell(low, form)} – {page.cell(high, form)}"


def _study(page: Page, found: Any) -> None:
    study = found.study
    page.facts(
        [
            ("cli.col.label", study.label, "plain"),
            ("cli.col.survey", study.survey, "plain"),
            ("study.col.own_brand", study.own, "plain"),
            ("study.col.brands", study.brands, "plain"),
            ("cli.col.segments", study.segments or study.market, "plain"),
        ]
    )
    columns = [
        Column("cli.col.question", lambda q: q.question),
        Column("study.col.says", lambda q: dimension_word(q.role)),
        Column("study.col.brand", lambda q: q.brand),
        Column("study.col.attribute", lambda q: q.attribute),
        Column("study.col.counts_as_yes", lambda q: q.yes),
    ]
    page.table(columns, study.questions)


def _studies(page: Page, found: Any) -> None:
    columns = [
        Column("study.col.study", lambda s: s.study.id),
        Column("cli.col.label", lambda s: s.study.label),
        Column("cli.col.survey", lambda s: s.study.survey),
        Column("study.col.own_brand", lambda s: s.study.own),
        Column("study.col.brands", lambda s: len(s.study.brands), "count"),
        Column("cli.col.questions", lambda s: len(s.study.questions), "count"),
        Column("study.col.judgements", lambda s: s.n_judgements, "count"),
    ]
    page.table(columns, found)


def _score(page: Page, found: Any) -> None:
    for part in (found.overall, *found.segments):
        if part.segment is not None:
            page.heading(found.segment_labels[part.segment])
        columns = [
            Column("cli.col.dimension", lambda c: dimension_word(c.dimension)),
            Column("study.col.brand", lambda c: c.brand),
            Column("study.col.measured", lambda c: c.measured and c.measured.value, "number"),
            Column(
                "cli.col.interval", lambda c: c.measured and interval(page, c.measured.low, c.measured.high, "number")
            ),
            Column("cli.col.n", lambda c: c.measured and c.measured.n, "count"),
            Column("study.col.judged", lambda c: c.judged and c.judged.value, "number"),
            Column("cli.col.judged_by", lambda c: c.judged and _judges(page, c.judged)),
            Column(
                "study.col.disputed", lambda c: Message("study.disputed") if c.judged and c.judged.disputed else None
            ),
        ]
        known = [c for c in part.cells if c.measured or c.judged]
        page.table(columns, known)
        lacking = [d for d in DIMENSIONS if d not in {c.dimension for c in known}]
        if lacking:
            page.say(Message("cli.brand.unknown", {"dimensions": [dimension_word(d) for d in lacking]}))
        _differences(page, part)


def _judges(page: Page, judged: Any) -> str:
    return ", ".join(
        f"{name} {page.cell(value, 'number')}" for name, value in zip(judged.by, judged.values, strict=True)
    )


def _differences(page: Page, part: Any) -> None:
    columns = [
        Column("cli.col.dimension", lambda d: dimension_word(d.dimension)),
        Column("study.col.competitor", lambda d: d.competitor),
        Column("cli.col.origin", lambda d: Message(f"shell.kind.{d.origin}")),
        Column("study.col.difference", lambda d: d.difference, "signed"),
        Column("study.col.lowest_highest", lambda d: interval(page, d.low, d.high, "signed")),
        Column("cli.col.n", lambda d: d.n, "count"),
        Column("study.col.verdict", lambda d: Message(f"study.verdict.{d.verdict}")),
    ]
    page.table(columns, part.differences, title=Message("study.against", {"own": part.own}))
    if part.n_compared:
        page.say(Message("study.together", {"n": part.n_compared, "confidence": part.confidence}))


def _judgement(page: Page, made: Any) -> None:
    page.facts(
        [
            ("study.col.brand", made.brand, "plain"),
            ("cli.col.dimension", dimension_word(made.dimension), "plain"),
            ("study.col.judged", made.value, "number"),
            ("cli.col.by", made.by, "plain"),
            ("cli.col.why", made.why, "plain"),
        ]
    )


def _tracking(page: Page, found: Any) -> None:
    labels = found.segment_labels
    columns = [
        Column("study.col.brand", lambda s: s.brand),
        Column("cli.col.stage", lambda s: dimension_word(s.stage)),
        Column("cli.col.segment", lambda s: _segment(labels, s.segment)),
        Column("study.col.wave", lambda s: s.survey),
        Column("cli.col.held_on", lambda s: s.held_on, "date"),
        Column("cli.col.share", lambda s: s.share.value, "percent"),
        Column("cli.col.interval", lambda s: interval(page, s.share.low, s.share.high, "percent")),
        Column("cli.col.n", lambda s: s.share.n, "count"),
    ]
    page.table(columns, found.tracking.shares)
    steps = [
        Column("study.col.brand", lambda c: c.brand),
        Column("cli.col.step", lambda c: Message("study.step", _step(c))),
        Column("cli.col.segment", lambda c: _segment(labels, c.segment)),
        Column("study.col.wave", lambda c: c.survey),
        Column("cli.col.share", lambda c: c.share.value, "percent"),
        Column("cli.col.interval", lambda c: interval(page, c.share.low, c.share.high, "percent")),
        Column("cli.col.n", lambda c: c.share.n, "count"),
        Column("study.col.out_of_order", lambda c: c.n_out_of_order or None, "count"),
    ]
    page.table(steps, found.tracking.conversions, title=Message("study.conversions"))
    changes = [
        Column("study.col.brand", lambda c: c.brand),
        Column("cli.col.stage", lambda c: dimension_word(c.stage)),
        Column("cli.col.segment", lambda c: _segment(labels, c.segment)),
        Column("study.col.wave", lambda c: f"{c.before} → {c.after}"),
        Column("cli.col.change", lambda c: 100 * c.change, "signed"),
        Column("cli.col.interval", lambda c: interval(page, 100 * c.low, 100 * c.high, "signed")),
        Column("study.col.verdict", lambda c: Message("study.change_shown" if c.shown else "study.change_not_shown")),
    ]
    page.table(changes, found.tracking.changes, title=Message("study.changes"))
    if found.tracking.changes:
        page.say(Message("study.changes_sub", {"n": len(found.tracking.changes)}))
    for one in found.tracking.left_out:
        page.say(Message(f"study.left_out.{one.why}", {"survey": one.survey, "questions": list(one.questions)}))


def _segment(labels: Any, segment: str | None) -> Any:
    return Message("study.everybody") if segment is None else labels.get(segment, segment)


def _step(conversion: Any) -> dict[str, Message]:
    return {"first": dimension_word(conversion.from_stage), "second": dimension_word(conversion.to_stage)}
