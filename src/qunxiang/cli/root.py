"""The loop at the root of the command: init, load, resolve, refresh, who, report, and what runs the app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.data import show_tables
from qunxiang.cli.demo import demo
from qunxiang.cli.doctor import doctor
from qunxiang.cli.options import AsOf, Name, ProfileId
from qunxiang.cli.page import Column, Page
from qunxiang.cli.serve import serve
from qunxiang.cli.words import pairs
from qunxiang.i18n import Message
from qunxiang.intake.reasons import Reason, reason_message
from qunxiang.tables import LOADED

Table = Annotated[str, typer.Argument(metavar="TABLE", help="cli.arg.table")]


def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="cli.arg.workspace")],
    name: Annotated[str | None, typer.Option("--name", help="cli.opt.name")] = None,
    time_zone: Annotated[str, typer.Option("--time-zone", help="cli.opt.time_zone")] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option("--currency", help="cli.opt.currency")] = "CNY",
    state: Annotated[str | None, typer.Option("--state", metavar="URL", help="cli.opt.state")] = None,
) -> None:
    from qunxiang.workspace import Workspace  # late, so that help does not wait for drivers

    call = begun(ctx)
    chosen: dict[str, Any] = {"name": name, "lang": call.lang, "time_zone": time_zone, "currency": currency}
    call.enter(Workspace.create(folder, **chosen, state=state))
    call.answer(
        {"workspace": str(folder), **chosen},
        lambda page, _: page.say(Message("cli.init.done", {"folder": str(folder)})),
    )


def load(
    ctx: typer.Context,
    table: Table,
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="cli.arg.sources")],
    columns: Annotated[list[str] | None, typer.Option("--map", metavar="column=source", help="cli.opt.map")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="cli.opt.sheet")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="cli.opt.encoding")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="cli.opt.dry_run")] = False,
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"columns": pairs(columns or [], "--map"), "sheet": sheet, "encoding": encoding}
    reports = []
    for source in sources:
        with call.progress() as tell:
            reports.append(call.workspace.load(table, source, **how, dry_run=dry_run, progress=tell))
    call.answer(reports[0] if len(reports) == 1 else reports, _load)


def rejects(
    ctx: typer.Context,
    table: Table,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="cli.opt.rejects_out")] = None,
    load_id: Annotated[str | None, typer.Option("--load", metavar="ID", help="cli.opt.load_id")] = None,
) -> None:
    call = begun(ctx)
    found = call.workspace.data.rejects(table, out, lang=call.lang, load_id=load_id)
    if out is None:
        call.answer_frame(found, None)
    else:
        call.answer({"file": str(out), "rows": found.num_rows}, Page.wrote)


def resolve(ctx: typer.Context) -> None:
    call = begun(ctx)
    with call.progress() as tell:
        report = call.workspace.resolve(progress=tell)
    call.answer(report, _resolve)


def refresh(ctx: typer.Context, as_of: AsOf = None) -> None:
    call = begun(ctx)
    with call.progress() as tell:
        report = call.workspace.refresh(as_of, progress=tell)
    call.answer(report, _refresh)
    if report.stale:
        call.warn(Message("cli.refresh.stale", {"as_of": report.as_of, "newest": report.newest_fact}))


def who(ctx: typer.Context, profile_id: ProfileId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.who(profile_id), _who)


def overview(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.overview(), _overview)


def report(
    ctx: typer.Context,
    segmentation: Name,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="cli.opt.report_out")],
) -> None:
    call = begun(ctx)
    with call.progress() as tell:
        file = call.workspace.report(segmentation, out, lang=call.line.lang, progress=tell)
    call.answer({"file": str(file)}, Page.wrote)


def register(app: typer.Typer) -> None:
    """Add the commands of the loop to the root, in the order in which they are used."""
    for function in (demo, init, doctor, serve, load, rejects, resolve, who, refresh, overview, report):
        app.command(function.__name__, help=f"cli.{function.__name__}")(function)


def _load(page: Page, found: Any) -> None:
    for one in found if isinstance(found, list) else [found]:
        page.heading(Message("cli.load.title", {"source": one.source, "table": one.table}))
        facts = [(f"cli.col.{n}", getattr(one, n), "count") for n in ("read", "accepted", "unchanged", "rejected")]
        page.facts([*facts, ("cli.col.rate", one.rows_per_second, "count"), ("cli.col.seconds", one.seconds, "number")])
        for note in one.notes:
            page.say(Message(note.code, note.params))
        if one.unmapped:
            page.say(Message("cli.load.unmapped", {"columns": list(one.unmapped)}))
        if one.reasons:
            columns = [
                Column("cli.col.reason", lambda r: r[0]),
                Column("cli.col.column", lambda r: r[1].column),
                Column("cli.col.rows", lambda r: r[1].rows, "count"),
            ]
            page.table(
                columns, [(reason_message(Reason(r.code, r.column, None), LOADED[one.table]), r) for r in one.reasons]
            )
            page.say(Message("cli.load.rejects", {"table": one.table}))
        if one.dry_run:
            page.say(Message("cli.load.dry_run"))


_RESOLVED = (
    "profiles",
    "persons",
    "accounts",
    "identifiers",
    "orders",
    "orders_from_lines",
    "orders_without_customer",
    "orders_disagreeing",
)


def _resolve(page: Page, found: Any) -> None:
    page.facts((f"cli.col.{n}", getattr(found, n), "count") for n in _RESOLVED)


def _refresh(page: Page, found: Any) -> None:
    page.facts(
        [
            ("cli.col.as_of", found.as_of, "date"),
            ("cli.col.run", found.run, "count"),
            ("cli.col.profiles", found.profiles, "count"),
            ("cli.col.traits", found.traits, "count"),
            ("cli.col.segmentations", [f"{name} {n:,}" for name, n in found.segmentations.items()], "plain"),
            ("cli.col.changed", found.changed, "count"),
            ("cli.col.newest_fact", found.newest_fact, "date"),
            ("cli.col.hash", found.content_hash[:12], "plain"),
            ("cli.col.seconds", found.seconds, "number"),
        ]
    )


def _who(page: Page, found: Any) -> None:
    page.facts(
        [
            ("cli.col.profile", found.profile_id, "plain"),
            ("cli.col.kind", found.kind, "plain"),
            ("cli.col.first_seen", found.first_seen, "date"),
            ("cli.col.last_seen", found.last_seen, "date"),
            ("cli.col.identifiers", [f"{i['id_type']}={i['id_value']}" for i in found.identifiers], "plain"),
            ("cli.col.memberships", [f"{k}: {v}" for k, v in found.memberships.items()], "plain"),
        ]
    )
    columns = [Column("cli.col.name", lambda p: p[0]), Column("cli.col.value", lambda p: _value(page, p[1]))]
    page.table(columns, found.personal.items(), title=Message("cli.who.personal"))
    if found.masked:
        page.say(Message("cli.who.masked"))
    if found.traits:
        title = Message("cli.who.traits", {"as_of": found.as_of})
        page.table(columns, found.traits.items(), title=title)


def _overview(page: Page, found: Any) -> None:
    page.heading(found.name)
    page.say(found.notice)
    page.facts(
        [
            ("cli.col.as_of", found.refreshed.as_of if found.refreshed else None, "date"),
            ("cli.col.profiles", found.profiles, "count"),
            ("cli.col.segmentations", found.segmentations, "count"),
            ("cli.col.personas", found.personas, "count"),
        ]
    )
    show_tables(page, found.tables)
    steps = [
        Column("cli.col.step", lambda s: Message(f"cli.step.{s.name}")),
        Column("cli.col.done", lambda s: s.done),
        Column("cli.col.next", lambda s: Message(f"cli.next.{s.name}") if s.next else None),
    ]
    page.table(steps, found.steps)


def _value(page: Page, value: Any) -> str:
    return page.cell(value, "number" if isinstance(value, float) else "plain")
