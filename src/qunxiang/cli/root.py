"""The loop at the root of the command: init, load, resolve, refresh, who, report, and what runs the app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.data import show_tables
from qunxiang.cli.demo import demo
from qunxiang.cli.doctor import doctor
from qunxiang.cli.find import find
from qunxiang.cli.options import AsOf, Name, Period, ProfileId
from qunxiang.cli.page import Column, Page
from qunxiang.cli.preview_page import show_preview
from qunxiang.cli.review import join, split
from qunxiang.cli.serve import serve
from qunxiang.cli.who_page import show_profile
from qunxiang.cli.words import names, pairs
from qunxiang.errors import UsageError
from qunxiang.i18n import Message
from qunxiang.intake.quarantine import TOTAL
from qunxiang.intake.reasons import Reason, reason_message
from qunxiang.model import ALL_COLUMNS
from qunxiang.ports.databases import DatabaseRows
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


def preview(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="cli.arg.source")],
    table: Annotated[str | None, typer.Option("--table", metavar="TABLE", help="cli.opt.preview_table")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", metavar="column=source", help="cli.opt.map")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="cli.opt.sheet")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="cli.opt.encoding")] = None,
) -> None:
    call = begun(ctx)
    given = pairs(columns or [], "--map")
    found = call.workspace.preview(source, table, columns=given, sheet=sheet, encoding=encoding)
    call.answer(found, lambda page, look: show_preview(page, look, given))


def load(
    ctx: typer.Context,
    table: Table,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE...]", help="cli.arg.sources")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", metavar="column=source", help="cli.opt.map")] = None,
    keep: Annotated[str | None, typer.Option("--keep", metavar="all|none|NAMES", help="cli.opt.keep")] = None,
    types: Annotated[list[str] | None, typer.Option("--type", metavar="column=type", help="cli.opt.type")] = None,
    system: Annotated[str | None, typer.Option("--system", metavar="NAME", help="cli.opt.system")] = None,
    dates: Annotated[list[str] | None, typer.Option("--dates", metavar="[COLUMN=]ORDER", help="cli.opt.dates")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="ISO", help="cli.opt.amounts_in")] = None,
    commas: Annotated[
        list[str] | None, typer.Option("--decimal-comma", metavar="COLUMN", help="cli.opt.decimal_comma")
    ] = None,
    nothing: Annotated[list[str] | None, typer.Option("--null", metavar="WORD", help="cli.opt.null")] = None,
    widths: Annotated[list[str] | None, typer.Option("--width", metavar="COLUMN=N", help="cli.opt.width")] = None,
    unreadable: Annotated[
        str | None, typer.Option("--unreadable", metavar="reject|blank", help="cli.opt.unreadable")
    ] = None,
    use_saved: Annotated[bool, typer.Option("--saved/--no-saved", help="cli.opt.saved")] = True,
    remember: Annotated[bool, typer.Option("--remember", help="cli.opt.remember")] = False,
    sheet: Annotated[str | None, typer.Option("--sheet", help="cli.opt.sheet")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="cli.opt.encoding")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="cli.opt.dry_run")] = False,
    saved: Annotated[str | None, typer.Option("--from", metavar="NAME", help="cli.opt.from")] = None,
    of: Annotated[str | None, typer.Option("--table", metavar="TABLE", help="cli.opt.source_table")] = None,
    query: Annotated[str | None, typer.Option("--query", metavar="SELECT", help="cli.opt.source_query")] = None,
    cursor: Annotated[str | None, typer.Option("--cursor", metavar="COLUMN", help="cli.opt.cursor")] = None,
    overlap: Annotated[int | None, typer.Option("--overlap", metavar="N", help="cli.opt.overlap")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="cli.opt.restart")] = False,
) -> None:
    call = begun(ctx)
    chosen = {"table": of, "query": query, "cursor": cursor, "overlap": overlap, "restart": restart}
    how: dict[str, Any] = {"columns": pairs(columns or [], "--map"), "sheet": sheet, "encoding": encoding}
    how |= {"keep": None if keep is None else names(keep), "types": pairs(types or [], "--type") or None}
    how |= {"system": system, "use_saved": use_saved, "remember": remember}
    reading = {
        "dates": pairs([word if "=" in word else f"{ALL_COLUMNS}={word}" for word in dates or []], "--dates"),
        "decimal_comma": commas or [],
        "currency": currency,
        "null_words": nothing or [],
        "widths": pairs(widths or [], "--width"),
        "unreadable": unreadable,
    }
    how["reading"] = {name: value for name, value in reading.items() if value} or None
    reports = []
    for source in _sources(sources or [], saved, chosen):
        with call.progress() as tell:
            reports.append(call.workspace.load(table, source, **how, dry_run=dry_run, progress=tell))
    call.answer(reports[0] if len(reports) == 1 else reports, show_load)
    if any(report.failed for report in reports):
        raise typer.Exit(1)


def _sources(sources: list[str], saved: str | None, chosen: dict[str, Any]) -> list[str | DatabaseRows]:
    """Return files as they are and databases as the rows that are asked of them."""
    if saved is not None:
        if sources:
            raise UsageError("cli.load.from_and_files")
        return [DatabaseRows(saved, **chosen)]
    if not sources:
        raise UsageError("cli.usage.missing", name="SOURCE...", path="qunxiang load")
    found: list[str | DatabaseRows] = [DatabaseRows(s, **chosen) if "://" in s else s for s in sources]
    if any(chosen.values()) and not all(isinstance(s, DatabaseRows) for s in found):
        raise UsageError("cli.load.options_of_databases")
    return found


def rejects(
    ctx: typer.Context,
    table: Table,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="cli.opt.rejects_out")] = None,
    load_id: Annotated[str | None, typer.Option("--load", metavar="ID", help="cli.opt.load_id")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="CODE", help="cli.opt.reject_reason")] = None,
    column: Annotated[str | None, typer.Option("--column", metavar="COLUMN", help="cli.opt.reject_column")] = None,
    blanked: Annotated[bool, typer.Option("--blanked", help="cli.opt.blanked")] = False,
) -> None:
    call = begun(ctx)
    only: dict[str, Any] = {"load_id": load_id, "reason": reason, "column": column, "blanked": blanked}
    found = call.workspace.data.rejects(table, out, lang=call.lang, **only)
    if reason != TOTAL and not blanked:
        (state,) = call.workspace.data.reject_counts(table)
        if state.totals:
            call.note(Message("cli.rejects.totals", {"table": table, "rows": state.totals}))
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


def refresh_past(
    ctx: typer.Context,
    first: Annotated[str, typer.Option("--first", metavar="DATE", help="cli.opt.first")],
    last: Annotated[str | None, typer.Option("--last", metavar="DATE", help="cli.opt.last")] = None,
    every: Annotated[Period, typer.Option("--every", help="cli.opt.every")] = Period.MONTH,
) -> None:
    call = begun(ctx)
    with call.progress() as tell:
        report = call.workspace.refresh_past(first, last, every=every.value, progress=tell)
    call.answer(report, _refresh_past)


def who(ctx: typer.Context, profile_id: ProfileId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.who(profile_id), show_profile)


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
    for function in (
        demo,
        init,
        doctor,
        serve,
        preview,
        load,
        rejects,
        resolve,
        find,
        who,
        split,
        join,
        refresh,
        refresh_past,
        overview,
        report,
    ):
        app.command(function.__name__.replace("_", "-"), help=f"cli.{function.__name__}")(function)


def show_load(page: Page, found: Any) -> None:
    """Print what loads did."""
    whole = found if isinstance(found, list) else [found]
    for one in [each for report in whole for each in (*report.parts, report)]:
        page.heading(Message("cli.load.title", {"source": one.source, "table": one.table}))
        facts = [(f"cli.col.{n}", getattr(one, n), "count") for n in ("read", "accepted", "unchanged", "rejected")]
        page.facts([*facts, ("cli.col.rate", one.rows_per_second, "count"), ("cli.col.seconds", one.seconds, "number")])
        for failed in one.failed:
            page.say(Message("cli.load.failed", {"source": failed.source, "why": Message(failed.code, failed.params)}))
        for note in (*one.found, *one.notes):
            page.say(Message(note.code, note.params))
        if one.custom:
            page.say(Message("cli.load.custom", {"columns": list(one.custom)}))
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
            if any(r.code != TOTAL for r in one.reasons):
                page.say(Message("cli.load.rejects", {"table": one.table}))
        if one.blanked:
            page.say(Message("cli.load.blanked", {"table": one.table, "rows": one.blanked_rows}))
        if one.dry_run and not one.parts:
            page.say(Message("cli.load.dry_run"))


_RESOLVED = (
    "profiles",
    "persons",
    "accounts",
    "merged",
    "to_review",
    "identifiers",
    "orders",
    "orders_from_lines",
    "orders_without_customer",
    "orders_disagreeing",
    "referred",
)


def _resolve(page: Page, found: Any) -> None:
    page.facts((f"cli.col.{n}", getattr(found, n), "count") for n in _RESOLVED)
    for note in found.notes:
        page.say(Message(note.code, note.params))
    if found.merged and not found.compared:
        page.say(Message("cli.resolve.identifiers_alone"))
    if found.to_review:
        page.say(Message("cli.resolve.review", {"pairs": found.to_review}))


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


def _refresh_past(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.as_of", lambda d: d[0], "date"),
        Column("cli.col.profiles", lambda d: d[1], "count"),
    ]
    page.table(columns, list(zip(found.dates, found.profiles, strict=True)))
    for lacking in found.lacking:
        params = {"as_of": lacking.as_of, "name": lacking.segmentation, "why": lacking.why}
        page.say(Message("cli.refresh_past.lacking", params))


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
