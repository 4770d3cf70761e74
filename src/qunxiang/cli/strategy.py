"""``qunxiang strategy``: market, segments, targets, position and message as one chain (定位策略)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import Name, SegmentId, Why
from qunxiang.cli.page import Column, Page
from qunxiang.errors import UsageError
from qunxiang.i18n import Message
from qunxiang.model.strategy import LINKS, LinkName, PositioningStatement

group = typer.Typer()
Seen = Annotated[int | None, typer.Option("--seen-version", min=0, metavar="VERSION", help="cli.opt.seen_version")]


@group.command("list", help="cli.strategy.list")
def strategies(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.strategy.list(), _strategies)


@group.command("show", help="cli.strategy.show")
def show(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.strategy.show(name), _chain)


@group.command("set", help="cli.strategy.set")
def set_plan(
    ctx: typer.Context,
    name: Name,
    market: Annotated[str | None, typer.Option("--market", metavar="NAME", help="cli.strategy.opt.market")] = None,
    owner: Annotated[
        list[str] | None, typer.Option("--owner", metavar="LINK=PERSON", help="cli.strategy.opt.owner")
    ] = None,
    review: Annotated[
        datetime | None, typer.Option("--review", formats=["%Y-%m-%d"], help="cli.strategy.opt.review")
    ] = None,
    no_review: Annotated[bool, typer.Option("--no-review", help="cli.strategy.opt.no_review")] = False,
    why: Why = "",
    seen: Seen = None,
) -> None:
    call = begun(ctx)
    made = call.workspace.strategy.set(
        name,
        market=market,
        owners=_owners(owner or []),
        review_on=review.date() if review is not None else None,
        no_review=no_review,
        why=why,
        seen_version=seen,
    )
    call.answer(made, _chain)


@group.command("position", help="cli.strategy.position")
def position(ctx: typer.Context, name: Name, segment: SegmentId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.strategy.position(name, segment), _position)


@group.command("set-position", help="cli.strategy.set_position")
def set_position(
    ctx: typer.Context,
    name: Name,
    segment: SegmentId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.strategy.arg.statement")],
    rebind: Annotated[bool, typer.Option("--rebind", help="cli.strategy.opt.rebind")] = False,
    why: Why = "",
    seen: Seen = None,
) -> None:
    call = begun(ctx)
    wanted = yaml_document(file, PositioningStatement, segmentation=name, segment=segment)
    made = call.workspace.strategy.set_position(name, segment, wanted, rebind=rebind, why=why, seen_version=seen)
    call.answer(made, _position)


def _owners(words: list[str]) -> dict[str, str]:
    """Return owners by link from words such as ``targets=Li Wei``; ``targets=`` takes the owner away."""
    found = {}
    for word in words:
        link, equals, owner = word.partition("=")
        if not equals or not link.strip():
            raise UsageError("cli.usage.pair", option="--owner", word=word)
        found[link.strip()] = owner.strip()
    return found


def _strategies(page: Page, found: Any) -> None:
    columns = [Column("cli.col.name", lambda e: e.segmentation), Column("cli.col.label", lambda e: e.label)]
    columns += [Column(f"strategy.link.{link}", _status_of(link)) for link in LINKS]
    columns.append(Column("cli.strategy.col.next", lambda e: Message(f"strategy.link.{e.next}") if e.next else None))
    page.table(columns, found)


def _status_of(link: LinkName) -> Callable[[Any], Any]:
    return lambda entry: Message(f"strategy.status.{entry.links[link]}")


def _chain(page: Page, view: Any) -> None:
    columns = [
        Column("cli.strategy.col.link", lambda k: Message(f"strategy.link.{k.name}")),
        Column("cli.col.status", lambda k: Message(f"strategy.status.{k.status}")),
        Column("cli.strategy.col.says", lambda k: k.says),
        Column("cli.strategy.col.owner", lambda k: k.owner),
        Column("cli.col.author", lambda k: k.by),
        Column("cli.col.at", lambda k: k.at, "datetime"),
        Column("cli.strategy.col.missing", lambda k: _sentences(page, k.causes)),
    ]
    page.table(columns, view.links, title=Message("strategy.of", {"name": view.label}))
    parts = [(link, part) for link in view.links for part in link.parts]
    if parts:
        rows = [
            Column("cli.strategy.col.link", lambda p: Message(f"strategy.link.{p[0].name}")),
            Column("cli.col.segment", lambda p: p[1].place.label),
            Column("cli.col.status", lambda p: Message(f"strategy.status.{p[1].status}")),
            Column("cli.strategy.col.says", lambda p: p[1].says),
            Column("cli.strategy.col.owner", lambda p: p[1].owner or None),
            Column("cli.strategy.col.missing", lambda p: _sentences(page, p[1].causes)),
        ]
        page.table(rows, parts)
    if view.next is not None:
        page.say(Message("cli.strategy.next", {"link": Message(f"strategy.link.{view.next}")}))
    if view.review_due:
        page.say(Message("strategy.review_due", {"day": view.plan.review_on}))
    elif view.plan.review_on is not None:
        page.facts([("cli.target.col.review_on", view.plan.review_on, "date")])


def _sentences(page: Page, causes: Any) -> str | None:
    return ("" if page.lang == "zh" else " ").join(page.cell(c.text) for c in causes) or None


def _position(page: Page, view: Any) -> None:
    page.say(view.sentence)
    page.facts(
        [
            ("cli.col.status", Message(f"strategy.status.{view.status}"), "plain"),
            ("cli.strategy.col.owner", view.statement.owner or None, "plain"),
            ("cli.target.col.review_on", view.statement.review_on, "date"),
            ("cli.strategy.col.version", view.version, "count"),
        ]
    )
    reasons = [
        Column("positioning.field.reason", lambda r: r[0].text),
        Column("positioning.field.ground", lambda r: r[1].said),
        Column("cli.strategy.col.standing", lambda r: Message(f"brand.standing.{r[1].standing}")),
    ]
    if view.reasons:
        page.table(reasons, list(zip(view.statement.reasons, view.reasons, strict=True)))
    for finding in view.findings:
        page.say(finding.text)
