"""``qunxiang brand message``: message houses (信息屋)."""

from __future__ import annotations

from typing import Any

import typer

from qunxiang.cli.brand_ladder import (
    Document,
    Out,
    PlaceName,
    PlaceSegment,
    Rebind,
    Seen,
    findings,
    grounds_said,
)
from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import Why
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message
from qunxiang.model.message_house import MessageHouse

group = typer.Typer()


@group.command("list", help="cli.brand.message.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.message.list(), _entries)


@group.command("show", help="cli.brand.message.show")
def show(ctx: typer.Context, name: PlaceName = None, segment: PlaceSegment = None) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.message.show(name, segment), _message)


@group.command("set", help="cli.brand.message.set")
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
    wanted = yaml_document(file, MessageHouse)
    made = call.workspace.brand.message.set(name, segment, message=wanted, rebind=rebind, why=why, seen_version=seen)
    call.answer(made, _message)


@group.command("export", help="cli.brand.message.export")
def export(ctx: typer.Context, out: Out, name: PlaceName = None, segment: PlaceSegment = None) -> None:
    call = begun(ctx)
    file = call.workspace.brand.message.export(out, name, segment)
    call.answer({"file": str(file)}, Page.wrote)


def _entries(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.segmentation", lambda e: e.place.segmentation),
        Column("cli.col.segment", lambda e: e.place.segment),
        Column("cli.col.label", lambda e: e.place.label),
        Column("cli.brand.col.promise", lambda e: e.promise),
        Column("cli.brand.col.reasons", lambda e: e.reasons, "count"),
        Column("cli.brand.col.proofs", lambda e: e.proofs, "count"),
        Column("cli.brand.col.stale", lambda e: e.stale, "count"),
        Column("cli.brand.col.faults", lambda e: e.faults, "count"),
        Column("cli.col.author", lambda e: e.latest.author if e.latest else None),
    ]
    page.table(columns, found)


def _message(page: Page, view: Any) -> None:
    house = view.message
    page.heading(Message("cli.brand.message.of", {"place": view.place.label, "version": view.version}))
    page.facts(
        [
            ("cli.brand.col.promise", house.promise, "plain"),
            ("cli.brand.col.tone", house.tone, "plain"),
            ("cli.brand.col.use", list(house.use), "plain"),
            ("cli.brand.col.avoid", list(house.avoid), "plain"),
            ("cli.brand.col.owner", house.owner, "plain"),
            ("cli.brand.col.review_on", house.review_on or "", "date"),
        ]
    )
    rows = [
        (n, reason.text, proof, views[i] if proof is not None else None)
        for n, (reason, views) in enumerate(zip(house.reasons, view.proofs, strict=True), start=1)
        for i, proof in enumerate(reason.proofs or (None,))
    ]
    columns = [
        Column("cli.brand.col.number", lambda r: r[0], "count"),
        Column("cli.brand.col.reason", lambda r: r[1]),
        Column("cli.brand.col.proof", lambda r: r[2].text if r[2] is not None else None),
        Column("cli.brand.col.grounds", lambda r: grounds_said(page, [r[3]]) if r[3] is not None else None),
    ]
    page.table(columns, rows)
    channels = [
        Column("cli.brand.col.channel", lambda c: c.channel),
        Column("cli.brand.col.share", lambda c: c.share / 100, "percent"),
        Column("cli.col.note", lambda c: c.note),
    ]
    page.table(channels, house.channels, title=Message("cli.brand.channels"))
    findings(page, view.findings)
