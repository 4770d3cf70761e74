"""``qunxiang persona``: personas (画像) and what they rest on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Name, SegmentId, Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import label as label_of
from qunxiang.errors import SettingError
from qunxiang.i18n import Message

group = typer.Typer()


@group.command("build", help="cli.persona.build")
def build(
    ctx: typer.Context,
    name: Name,
    segments: Annotated[
        list[str] | None, typer.Argument(metavar="[SEGMENT]...", help="cli.arg.persona_segments")
    ] = None,
) -> None:
    call = begun(ctx)
    with call.progress() as tell:
        made = call.workspace.personas.build(name, segments=segments or None, progress=tell)
    call.answer(made, _personas)


@group.command("list", help="cli.persona.list")
def list_(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="cli.arg.segmentation")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.personas.list(name), _personas)


@group.command("show", help="cli.persona.show")
def show(ctx: typer.Context, name: Name, segment: SegmentId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.personas.show(name, segment), _persona)


@group.command("evidence", help="cli.persona.evidence")
def evidence(
    ctx: typer.Context,
    name: Name,
    segment: SegmentId,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="cli.arg.claim")],
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.personas.evidence(name, segment, claim), _evidence)


@group.command("assume", help="cli.persona.assume")
def assume(
    ctx: typer.Context,
    name: Name,
    segment: SegmentId,
    text: Annotated[str | None, typer.Option("--text", help="cli.opt.text")] = None,
    text_zh: Annotated[str | None, typer.Option("--text-zh", help="cli.opt.text_zh")] = None,
    text_en: Annotated[str | None, typer.Option("--text-en", help="cli.opt.text_en")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    said = label_of(text, text_zh, text_en)
    if said is None:
        raise SettingError("cli.text.missing")
    call.answer(call.workspace.personas.assume(name, segment, text=said, why=why), _persona)


@group.command("poster", help="cli.persona.poster")
def poster(
    ctx: typer.Context,
    name: Name,
    segment: SegmentId,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="cli.opt.poster_out")],
) -> None:
    call = begun(ctx)
    file = call.workspace.personas.poster(name, segment, out, lang=call.line.lang)
    call.answer({"file": str(file)}, Page.wrote)


def _personas(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.segmentation", lambda p: p.segmentation),
        Column("cli.col.segment", lambda p: p.segment),
        Column("cli.col.label", lambda p: p.segment_label),
        Column("cli.col.persona", lambda p: p.name),
        Column("cli.col.profiles", lambda p: p.n_members, "count"),
        Column("cli.col.revenue_share", lambda p: p.revenue_share, "percent"),
        Column("cli.col.claims", lambda p: len(p.claims), "count"),
        Column("cli.col.as_of", lambda p: p.as_of, "date"),
    ]
    page.table(columns, found)


def _persona(page: Page, found: Any) -> None:
    params = {"name": found.name, "segment": found.segment_label, "n": found.n_members, "of": found.n_profiles}
    page.heading(Message("cli.persona.title", params))
    page.say(Message("cli.persona.invented"))
    claims = [
        Column("cli.col.claim", lambda c: c.id),
        Column("cli.col.statement", lambda c: c.text),
        Column("cli.col.share", lambda c: c.evidence.share, "percent"),
        Column("cli.col.interval", lambda c: f"{c.evidence.low * 100:.1f}% … {c.evidence.high * 100:.1f}%"),
        Column("cli.col.base_share", lambda c: c.evidence.base_share, "percent"),
        Column("cli.col.known", lambda c: c.evidence.n_known, "count"),
        Column("cli.col.coverage", lambda c: c.evidence.coverage, "percent"),
    ]
    page.table(claims, found.claims)
    for claim in found.claims:
        for caution in claim.cautions:
            page.say(Message("cli.persona.caution", {"claim": claim.id, "caution": caution}))
    for assumption in found.assumptions:
        page.say(Message("cli.persona.assumed", {"text": assumption.text}))


def _evidence(page: Page, view: Any) -> None:
    found = view.claim.evidence
    page.heading(view.claim.text)
    page.facts(
        [
            ("cli.col.rule", found.rule, "plain"),
            ("cli.col.holds_for", found.n_true, "count"),
            ("cli.col.known", found.n_known, "count"),
            ("cli.col.profiles", found.n_segment, "count"),
            ("cli.col.share", found.share, "percent"),
            ("cli.col.interval", f"{found.low * 100:.1f}% … {found.high * 100:.1f}%", "plain"),
            ("cli.col.base_share", found.base_share, "percent"),
            ("cli.col.recounted", view.recounted_true, "count"),
            ("cli.col.agrees", view.agrees, "plain"),
        ]
    )
