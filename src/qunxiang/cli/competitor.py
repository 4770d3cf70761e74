"""``qunxiang competitor``: competitors, what is known of them, and deals won and lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import LabelEn, Labelled, LabelZh, Name, NeededWhy, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import label as label_of
from qunxiang.i18n import Message

group = typer.Typer()
Competitor = Annotated[str, typer.Argument(metavar="COMPETITOR", help="cli.arg.competitor")]


@group.command("add", help="cli.competitor.add")
def add(
    ctx: typer.Context,
    name: Competitor,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    positioning: Annotated[str | None, typer.Option("--positioning", help="cli.opt.positioning")] = None,
    positioning_zh: Annotated[str | None, typer.Option("--positioning-zh", help="cli.opt.positioning_zh")] = None,
    positioning_en: Annotated[str | None, typer.Option("--positioning-en", help="cli.opt.positioning_en")] = None,
    note: Annotated[str | None, typer.Option("--note", help="cli.opt.competitor_note")] = None,
    alias: Annotated[list[str] | None, typer.Option("--alias", help="cli.opt.competitor_alias")] = None,
    why: Why = "",
    seen: Annotated[
        int | None, typer.Option("--seen-version", min=0, metavar="VERSION", help="cli.opt.seen_version")
    ] = None,
) -> None:
    call = begun(ctx)
    made = call.workspace.competitors.add(
        name,
        label=label_of(label, label_zh, label_en),
        positioning=label_of(positioning, positioning_zh, positioning_en),
        note=note,
        aliases=alias,
        why=why,
        seen_version=seen,
    )
    call.answer(made, _competitor)


@group.command("list", help="cli.competitor.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.competitors.list(), _register)


@group.command("show", help="cli.competitor.show")
def show(ctx: typer.Context, name: Competitor) -> None:
    call = begun(ctx)
    call.answer(call.workspace.competitors.show(name), _competitor)


@group.command("remove", help="cli.competitor.remove")
def remove(ctx: typer.Context, name: Competitor, why: Why = "") -> None:
    call = begun(ctx)
    call.workspace.competitors.remove(name, why=why)
    call.answer({"removed": name}, lambda page, _: page.say(Message("cli.competitor.removed", {"name": name})))


@group.command("fact", help="cli.competitor.fact")
def fact(
    ctx: typer.Context,
    name: Competitor,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="cli.arg.fact")],
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="cli.opt.topic")],
    source: Annotated[str, typer.Option("--source", help="cli.opt.fact_source")],
    stated: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="cli.opt.stated_on")] = None,
    expires: Annotated[
        datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="cli.opt.expires_on")
    ] = None,
    url: Annotated[str, typer.Option("--url", help="cli.opt.fact_url")] = "",
    segment: Annotated[str, typer.Option("--segment", help="cli.opt.fact_segment")] = "",
) -> None:
    call = begun(ctx)
    made = call.workspace.competitors.fact(
        name,
        topic=topic,
        text=text,
        source=source,
        stated_on=None if stated is None else stated.date(),
        expires_on=None if expires is None else expires.date(),
        url=url,
        segment=segment,
    )
    call.answer(made, lambda page, found: _facts(page, [found]))


@group.command("drop-fact", help="cli.competitor.drop_fact")
def drop_fact(
    ctx: typer.Context,
    name: Competitor,
    fact: Annotated[str, typer.Argument(metavar="FACT", help="cli.arg.fact_id")],
    why: Why = "",
) -> None:
    call = begun(ctx)
    call.workspace.competitors.drop_fact(name, fact, why=why)
    call.answer({"dropped": fact}, lambda page, _: page.say(Message("cli.competitor.dropped", {"fact": fact})))


@group.command("judge", help="cli.competitor.judge")
def judge(
    ctx: typer.Context,
    name: Competitor,
    segmentation: Name,
    segment: Annotated[str, typer.Option("--segment", help="cli.opt.segment")],
    value: Annotated[float, typer.Option("--value", help="cli.opt.judgement")],
    why: NeededWhy,
) -> None:
    call = begun(ctx)
    made = call.workspace.competitors.judge(name, segmentation=segmentation, segment=segment, value=value, why=why)
    params = {"name": name, "segment": made.segment, "value": made.value, "by": made.by}
    call.answer(made, lambda page, _: page.say(Message("cli.competitor.judged", params)))


@group.command("strength", help="cli.competitor.strength")
def strength(ctx: typer.Context, segmentation: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.competitors.strength(segmentation), _strength)


@group.command("wins", help="cli.competitor.wins")
def wins(
    ctx: typer.Context,
    by: Annotated[
        str,
        typer.Option("--by", metavar="competitor|segment|industry|owner|product|source", help="cli.opt.wins_by"),
    ] = "competitor",
    segmentation: Annotated[str | None, typer.Option("--segmentation", help="cli.opt.wins_segmentation")] = None,
    first: Annotated[datetime | None, typer.Option("--first", formats=["%Y-%m-%d"], help="cli.opt.wins_first")] = None,
    last: Annotated[datetime | None, typer.Option("--last", formats=["%Y-%m-%d"], help="cli.opt.wins_last")] = None,
) -> None:
    call = begun(ctx)
    found = call.workspace.competitors.wins(
        by=by,
        segmentation=segmentation,
        first=None if first is None else first.date(),
        last=None if last is None else last.date(),
    )
    call.answer(found, _wins)


def _register(page: Page, found: Any) -> None:
    columns = [
        Column("cli.competitor.col.competitor", lambda c: c.competitor.id),
        Column("cli.col.label", lambda c: c.competitor.label),
        Column("cli.competitor.col.positioning", lambda c: c.competitor.positioning),
        Column("cli.competitor.col.facts", lambda c: len(c.facts), "count"),
        Column("cli.competitor.col.expired", lambda c: c.expired, "count"),
        Column("cli.competitor.col.soon", lambda c: c.soon, "count"),
    ]
    page.table(columns, found.competitors)
    labels = {c.competitor.id: c.competitor.label for c in found.competitors}
    _facts(page, [f for c in found.competitors for f in c.facts], labels)
    if found.unknown_names:
        page.say(Message("cli.competitor.unknown_names", {"names": list(found.unknown_names)}))


def _competitor(page: Page, state: Any) -> None:
    it = state.competitor
    page.facts(
        [
            ("cli.competitor.col.competitor", it.id, "plain"),
            ("cli.col.label", it.label, "plain"),
            ("cli.competitor.col.positioning", it.positioning, "plain"),
            ("cli.competitor.col.aliases", list(it.aliases) or None, "plain"),
            ("cli.col.note", it.note or None, "plain"),
        ]
    )
    _facts(page, state.facts)


def _facts(page: Page, facts: Sequence[Any], labels: Mapping[str, Any] | None = None) -> None:
    columns = [
        Column("cli.competitor.col.competitor", lambda f: (labels or {}).get(f.competitor, f.competitor)),
        Column("cli.competitor.col.topic", lambda f: Message(f"competitor.topic.{f.topic}")),
        Column("cli.competitor.col.fact", lambda f: f.text),
        Column("cli.col.source", lambda f: f.source),
        Column("cli.competitor.col.stated_on", lambda f: f.stated_on, "date"),
        Column("cli.competitor.col.expires_on", lambda f: f.expires_on, "date"),
        Column("cli.competitor.col.freshness", lambda f: Message(f"competitor.freshness.{f.freshness}")),
        Column("cli.col.author", lambda f: f.by),
        Column("cli.competitor.col.id", lambda f: f.id),
    ]
    page.table(columns, facts)


def _strength(page: Page, view: Any) -> None:
    labels = {s.id: s.label for s in view.segments}
    columns = [
        Column("cli.competitor.col.competitor", lambda r: r[0].competitor.label),
        Column("cli.col.segment", lambda r: labels[r[1]]),
        Column("cli.competitor.col.judged", lambda r: r[2].value, "number"),
        Column("cli.col.judged_by", lambda r: _said(page, r[2])),
        Column("cli.competitor.col.disagreement", lambda r: r[2].disagreement, "number"),
        Column("cli.competitor.col.measured_wins", lambda r: None if r[3] is None else _best(r[3]), "percent"),
        Column("cli.col.interval", lambda r: None if r[3] is None else _span(page, r[3])),
        Column("cli.competitor.col.closed", lambda r: None if r[3] is None else r[3].closed, "count"),
    ]
    page.table(columns, [(r, s.id, r.judged[s.id], r.measured.get(s.id)) for r in view.rows for s in view.segments])


def _said(page: Page, cell: Any) -> list[str] | None:
    pairs = zip(cell.judged_by, cell.judged_values, strict=True)
    return [f"{by} {page.cell(value, 'number')}" for by, value in pairs] or None


def _best(found: Any) -> float | None:
    rate: float | None = found.shrunken if found.shrunken is not None else found.rate
    return rate


def _span(page: Page, found: Any) -> str | None:
    if found.low is None:
        return None
    return f"{page.cell(found.low, 'percent')} – {page.cell(found.high, 'percent')}"


def _wins(page: Page, found: Any) -> None:
    whole = found.overall
    page.facts(
        [
            ("cli.competitor.col.won", whole.won, "count"),
            ("cli.competitor.col.lost", whole.lost, "count"),
            ("cli.competitor.col.win_rate", whole.rate, "percent"),
            ("cli.col.interval", _span(page, whole), "plain"),
            ("cli.competitor.col.open_deals", whole.open, "count"),
            ("cli.competitor.col.ended", whole.ended, "count"),
            ("cli.competitor.col.unclear", whole.unclear, "count"),
            ("cli.competitor.col.without_customer", whole.without_customer, "count"),
        ]
    )
    columns = [
        Column(f"wins.by.{found.by}", lambda g: g.label),
        Column("cli.competitor.col.won", lambda g: g.won, "count"),
        Column("cli.competitor.col.lost", lambda g: g.lost, "count"),
        Column("cli.competitor.col.open_deals", lambda g: g.open, "count"),
        Column("cli.competitor.col.own_rate", lambda g: g.rate, "percent"),
        Column("cli.competitor.col.shrunken_rate", lambda g: g.shrunken, "percent"),
        Column("cli.col.interval", lambda g: _span(page, g)),
        Column("cli.competitor.col.rate_by_value", lambda g: None if g.value is None else g.value.rate, "percent"),
        Column("cli.competitor.col.remark", _remark),
    ]
    shown = [*found.groups, *([found.not_stated] if found.not_stated is not None else [])]
    page.table(columns, shown)
    if found.refused is not None:
        page.say(found.refused)
    for caution in found.cautions:
        page.say(caution)
    given = [r for r in found.reasons if r.reason is not None]
    if given:
        why = [
            Column("cli.col.outcome", lambda r: Message(f"wins.status.{r.status}")),
            Column("cli.col.reason", lambda r: r.reason),
            Column("cli.competitor.col.closed", lambda r: r.n, "count"),
            Column("cli.col.share", lambda r: r.share, "percent"),
            Column("cli.col.interval", lambda r: _span(page, r)),
        ]
        page.table(why, given, title=Message("wins.reasons"))


def _remark(found: Any) -> Message | None:
    if found.too_few:
        return Message("wins.too_few")
    return Message("wins.small") if found.small else None
