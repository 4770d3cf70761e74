"""``qunxiang review``, ``split`` and ``join``: who is who, decided by people."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Limit, NeededWhy, ProfileId, Why
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message
from qunxiang.services.review import likelihood_words

group = typer.Typer()


@group.command("list", help="cli.review.list")
def queue(ctx: typer.Context, limit: Limit = 20) -> None:
    call = begun(ctx)
    call.answer(call.workspace.review.list(limit=limit), _queue)


@group.command("decide", help="cli.review.decide")
def decide(
    ctx: typer.Context,
    left: Annotated[str, typer.Argument(metavar="RECORD", help="cli.arg.record")],
    right: Annotated[str, typer.Argument(metavar="RECORD", help="cli.arg.record")],
    decision: Annotated[str, typer.Argument(metavar="same|different|later", help="cli.arg.decision")],
    why: Why = "",
) -> None:
    call = begun(ctx)
    chosen: Any = decision
    call.answer(call.workspace.review.decide(left, right, chosen, why=why), _decided)


def split(
    ctx: typer.Context,
    profile_id: ProfileId,
    records: Annotated[str, typer.Option("--records", metavar="RECORD,…", help="cli.opt.records")],
    why: NeededWhy,
) -> None:
    call = begun(ctx)
    chosen = [r.strip() for r in records.split(",") if r.strip()]
    call.answer(call.workspace.split(profile_id, chosen, why=why), _decided)


def join(
    ctx: typer.Context,
    profile_id: ProfileId,
    other: Annotated[str, typer.Argument(metavar="OTHER_ID", help="cli.arg.other_profile")],
    why: NeededWhy,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.join(profile_id, other, why=why), _decided)


def agreement(found: Any) -> Message:
    """Return one thing in which records agree or differ, in words."""
    words = {"thing": Message(f"identity.thing.{found.name}"), "level": Message(f"identity.level.{found.level}")}
    return Message("identity.agreement", words | {"weight": found.weight})


def _queue(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.record", lambda p: p.left.record_id),
        Column("cli.col.other_record", lambda p: p.right.record_id),
        Column("cli.col.reason", lambda p: Message(f"identity.reason.{p.reason}")),
        Column("cli.col.likelihood", likelihood_words),
        Column("cli.col.weight", lambda p: p.weight, "number"),
        Column("cli.col.evidence", lambda p: [agreement(a) for a in p.evidence]),
    ]
    page.table(columns, found.pairs)
    page.say(Message("cli.review.total", {"total": found.total, "shown": len(found.pairs)}))


def _decided(page: Page, found: Any) -> None:
    page.say(Message(f"cli.review.decided.{found.decision}", {"left": list(found.left), "right": list(found.right)}))
    if found.decision != "later":  # what is put off changes nothing
        page.say(Message("cli.review.next"))
