"""``qunxiang brand ladder``: benefit ladders (品牌利益阶梯) and laddering interviews."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import LabelEn, Labelled, LabelZh, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import label as label_of
from qunxiang.cli.words import pairs
from qunxiang.i18n import Message
from qunxiang.model.ladder import Ladder

group = typer.Typer()
PlaceName = Annotated[str | None, typer.Argument(metavar="[NAME]", help="cli.brand.arg.name")]
PlaceSegment = Annotated[str | None, typer.Argument(metavar="[SEGMENT]", help="cli.brand.arg.segment")]
Of = Annotated[str | None, typer.Option("--name", metavar="NAME", help="cli.brand.arg.name")]
OfSegment = Annotated[str | None, typer.Option("--segment", metavar="SEGMENT", help="cli.brand.arg.segment")]
Document = Annotated[Path, typer.Argument(metavar="FILE", help="cli.brand.arg.file")]
Rebind = Annotated[bool, typer.Option("--rebind", help="cli.brand.opt.rebind")]
Seen = Annotated[int | None, typer.Option("--seen-version", min=0, metavar="VERSION", help="cli.opt.seen_version")]
Out = Annotated[Path, typer.Option("--out", metavar="FILE.(yaml|json)", help="cli.brand.opt.out")]
Study = Annotated[str, typer.Argument(metavar="STUDY", help="cli.brand.arg.study")]
GroupName = Annotated[str | None, typer.Option("--group", metavar="GROUP", help="cli.brand.opt.group")]
Cutoff = Annotated[int | None, typer.Option("--cutoff", min=1, metavar="N", help="cli.brand.opt.cutoff")]


class Count(StrEnum):
    """For what a link counts once."""

    RESPONDENT = "respondent"
    LADDER = "ladder"


class Links(StrEnum):
    """Which links measures and map rest on."""

    ALL = "all"
    DIRECT = "direct"


Counting = Annotated[Count, typer.Option("--count", help="cli.brand.opt.counting")]
Linking = Annotated[Links, typer.Option("--links", help="cli.brand.opt.linking")]


@group.command("list", help="cli.brand.ladder.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.ladder.list(), _entries)


@group.command("show", help="cli.brand.ladder.show")
def show(ctx: typer.Context, name: PlaceName = None, segment: PlaceSegment = None) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.ladder.show(name, segment), _ladder)


@group.command("set", help="cli.brand.ladder.set")
def set_(
    ctx: typer.Context,
    file: Document,
    name: PlaceName = None,
    segment: PlaceSegment = None,
    rebind: Rebind = False,
    why: Why = "",
    seen: Seen = None,
) -> None:
    call = begun(ctx)
    wanted = yaml_document(file, Ladder)
    made = call.workspace.brand.ladder.set(name, segment, ladder=wanted, rebind=rebind, why=why, seen_version=seen)
    call.answer(made, _ladder)


@group.command("confirm", help="cli.brand.ladder.confirm")
def confirm(
    ctx: typer.Context,
    name: PlaceName = None,
    segment: PlaceSegment = None,
    item: Annotated[list[str] | None, typer.Option("--item", metavar="ID", help="cli.brand.opt.item")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.ladder.confirm(name, segment, items=item or None, why=why), _ladder)


@group.command("export", help="cli.brand.ladder.export")
def export(ctx: typer.Context, out: Out, name: PlaceName = None, segment: PlaceSegment = None) -> None:
    call = begun(ctx)
    file = call.workspace.brand.ladder.export(out, name, segment)
    call.answer({"file": str(file)}, Page.wrote)


@group.command("import", help="cli.brand.ladder.import")
def import_(
    ctx: typer.Context,
    study: Study,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.brand.arg.interviews")],
    columns: Annotated[list[str] | None, typer.Option("--map", metavar="what=column", help="cli.brand.opt.map")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="cli.opt.sheet")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="cli.opt.encoding")] = None,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"columns": pairs(columns or [], "--map"), "sheet": sheet, "encoding": encoding, "why": why}
    made = call.workspace.brand.ladder.load(study, file, **how, label=label_of(label, label_zh, label_en))
    call.answer(made, _imported)


@group.command("studies", help="cli.brand.ladder.studies")
def studies(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.ladder.studies(), _studies)


@group.command("matrix", help="cli.brand.ladder.matrix")
def matrix(
    ctx: typer.Context,
    study: Study,
    group: GroupName = None,
    counting: Counting = Count.RESPONDENT,
    linking: Linking = Links.ALL,
    cutoff: Cutoff = None,
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"counting": counting.value, "linking": linking.value, "cutoff": cutoff}
    call.answer(call.workspace.brand.ladder.matrix(study, group=group, **how), _matrix)


@group.command("propose", help="cli.brand.ladder.propose")
def propose(
    ctx: typer.Context,
    study: Study,
    name: Of = None,
    segment: OfSegment = None,
    group: GroupName = None,
    counting: Counting = Count.RESPONDENT,
    linking: Linking = Links.ALL,
    cutoff: Cutoff = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"counting": counting.value, "linking": linking.value, "cutoff": cutoff, "why": why}
    call.answer(call.workspace.brand.ladder.propose(study, name, segment, group=group, **how), _proposed)


def _entries(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.segmentation", lambda e: e.place.segmentation),
        Column("cli.col.segment", lambda e: e.place.segment),
        Column("cli.col.label", lambda e: e.place.label),
        Column("cli.brand.col.items", lambda e: e.items, "count"),
        Column("cli.brand.col.links", lambda e: e.links, "count"),
        Column("cli.brand.col.proposed", lambda e: e.proposed, "count"),
        Column("cli.brand.col.faults", lambda e: e.faults, "count"),
        Column("cli.col.author", lambda e: e.latest.author if e.latest else None),
        Column("cli.col.at", lambda e: e.latest.at if e.latest else None, "datetime"),
    ]
    page.table(columns, found)


def _ladder(page: Page, view: Any) -> None:
    page.heading(Message("cli.brand.ladder.of", {"place": view.place.label, "version": view.version}))
    names = {i.id: i.text for i in view.ladder.items}
    items = [
        Column("cli.brand.col.id", lambda i: i.id),
        Column("cli.brand.col.level", lambda i: Message(f"brand.level.{i.level}")),
        Column("cli.col.label", lambda i: i.text),
        Column("cli.brand.col.proposed", lambda i: i.proposed),
        Column("cli.brand.col.grounds", lambda i: grounds_said(page, view.item_grounds[i.id])),
    ]
    page.table(items, view.ladder.items)
    links = [
        Column("cli.brand.col.lower", lambda k: names[k.lower]),
        Column("cli.brand.col.upper", lambda k: names[k.upper]),
        Column("cli.brand.col.proposed", lambda k: k.proposed),
        Column("cli.brand.col.grounds", lambda k: grounds_said(page, view.link_grounds[f"{k.lower}>{k.upper}"])),
    ]
    page.table(links, view.ladder.links, title=Message("cli.brand.links"))
    findings(page, view.findings)


def _proposed(page: Page, view: Any) -> None:
    _ladder(page, view)
    if any(finding.fault for finding in view.findings):
        page.say(Message("cli.brand.lower_cutoff"))


def grounds_said(page: Page, views: Any) -> list[Message]:
    """Return grounds in words, each with its figure, where there is one, and how it stands."""
    return [
        Message("cli.brand.ground", {"said": v.said, "standing": [*_figure(page, v.ground), _standing(v)]})
        for v in views
    ]


def _standing(view: Any) -> Message:
    return Message(f"brand.standing.{view.standing}")


def _figure(page: Page, ground: Any) -> list[Any]:
    """Return the figure that a ground was bound to, with its interval and number of people."""
    seen = ground.seen
    if seen is None or seen.value is None:
        return []
    form = {"profiles": "count", "revenue_per_profile": "money"}.get(ground.figure or "", "percent")
    value = page.cell(seen.value, form)
    if seen.low is not None and seen.high is not None:
        value += f" ({page.cell(seen.low, form)} – {page.cell(seen.high, form)})"
    return [value, *([] if seen.n is None else [Message("shell.n", {"n": seen.n})])]


def findings(page: Page, found: Any) -> None:
    """Print what a ladder or message house lacks, faults marked."""
    for finding in found:
        code = "cli.brand.fault" if finding.fault else "cli.brand.remark"
        page.say(Message(code, {"text": finding.text}))


def _imported(page: Page, report: Any) -> None:
    _studies(page, [report.study])
    page.facts(
        [
            ("cli.brand.col.accepted", report.accepted, "count"),
            ("cli.brand.col.refused", report.refused, "count"),
            ("cli.brand.col.without", report.n_without, "count"),
        ]
    )
    if report.examples:
        columns = [
            Column("cli.brand.col.respondent", lambda r: r.respondent),
            Column("cli.brand.col.ladder", lambda r: r.ladder),
            Column("cli.col.reason", lambda r: Message(f"ladder.refused.{r.why}")),
            Column("cli.col.value", lambda r: r.found),
        ]
        page.table(columns, report.examples)


def _studies(page: Page, found: Any) -> None:
    columns = [
        Column("cli.brand.col.study", lambda s: s.id),
        Column("cli.col.label", lambda s: s.label),
        Column("cli.brand.col.respondents", lambda s: s.respondents, "count"),
        Column("cli.brand.col.ladders", lambda s: s.ladders, "count"),
        Column("cli.brand.col.concepts", lambda s: s.concepts, "count"),
        Column("cli.brand.col.groups", lambda s: [f"{name} {n}" for name, n in s.groups.items()]),
        Column("cli.col.author", lambda s: s.author),
        Column("cli.col.at", lambda s: s.at, "datetime"),
    ]
    page.table(columns, found)


def _ranges(rows: Any) -> list[tuple[int, Any]]:
    """Return the first cutoff and the last row of every run of cutoffs that keep the same pairs."""
    found: list[tuple[int, Any]] = []
    for row in rows:
        if found and found[-1][1].pairs == row.pairs:  # a higher cutoff keeps some of the same pairs
            found[-1] = (found[-1][0], row)
        else:
            found.append((row.cutoff, row))
    return found


def _matrix(page: Page, view: Any) -> None:
    page.heading(Message("cli.brand.matrix", {"study": view.study.label, "n": view.n_respondents, "m": view.n_ladders}))
    page.say(Message(f"brand.counting.{view.counting}"))
    concepts = [
        Column("cli.brand.col.concept", lambda c: c.concept),
        Column("cli.brand.col.level", lambda c: Message(f"brand.level.{c.level}")),
        Column("cli.brand.col.mentions", lambda c: c.mentions, "count"),
        Column("cli.brand.col.out", lambda c: c.out, "count"),
        Column("cli.brand.col.into", lambda c: c.into, "count"),
        Column("cli.brand.col.abstractness", lambda c: c.abstractness, "number"),
        Column("cli.brand.col.centrality", lambda c: c.centrality, "number"),
        Column("cli.brand.col.prestige", lambda c: c.prestige, "number"),
    ]
    page.table(concepts, view.concepts)
    cutoffs = [
        Column("cli.brand.col.cutoff", lambda r: f"{r[0]}–{r[1].cutoff}" if r[0] < r[1].cutoff else str(r[0])),
        Column("cli.brand.col.pairs", lambda r: r[1].pairs, "count"),
        Column("cli.brand.col.share_of_pairs", lambda r: r[1].share_of_pairs, "percent"),
        Column("cli.brand.col.links", lambda r: r[1].links, "count"),
        Column("cli.brand.col.share_of_links", lambda r: r[1].share_of_links, "percent"),
        Column("cli.brand.col.concepts", lambda r: r[1].concepts, "count"),
    ]
    page.table(cutoffs, _ranges(view.cutoffs), title=Message("cli.brand.cutoffs", {"cutoff": view.recommended}))
    drawn = [
        Column("cli.brand.col.lower", lambda k: k.lower),
        Column("cli.brand.col.upper", lambda k: k.upper),
        Column("cli.brand.col.direct_indirect", lambda k: f"{k.direct}.{k.indirect:02}"),
    ]
    page.table(drawn, view.links, title=Message("cli.brand.drawn", {"cutoff": view.cutoff}))
    if view.set_aside:
        page.table(drawn, view.set_aside, title=Message("cli.brand.set_aside"))
