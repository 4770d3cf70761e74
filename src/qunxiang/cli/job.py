"""``qunxiang job``: long work that the worker runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Limit
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import pairs
from qunxiang.i18n import from_json

group = typer.Typer()
JobId = Annotated[str, typer.Argument(metavar="JOB", help="cli.arg.job")]


@group.command("list", help="cli.job.list")
def list_(ctx: typer.Context, limit: Limit = 50) -> None:
    call = begun(ctx)
    call.answer(call.workspace.jobs.list(limit=limit), _jobs)


@group.command("show", help="cli.job.show")
def show(ctx: typer.Context, job: JobId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.jobs.show(job), _job)


@group.command("start", help="cli.job.start")
def start(
    ctx: typer.Context,
    use_case: Annotated[str, typer.Argument(metavar="USE_CASE", help="cli.arg.use_case")],
    argument: Annotated[list[str] | None, typer.Option("--argument", help="cli.opt.argument")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.jobs.start(use_case, **pairs(argument or [], "--argument")), _job)


@group.command("result", help="cli.job.result")
def result(
    ctx: typer.Context,
    job: JobId,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="cli.opt.result_out")],
) -> None:
    from qunxiang.workspace.files import written  # late, so that help does not wait for drivers

    call = begun(ctx)
    made = written(out, call.workspace.jobs.result(job).read_bytes())
    call.answer({"file": str(made)}, Page.wrote)


@group.command("cancel", help="cli.job.cancel")
def cancel(ctx: typer.Context, job: JobId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.jobs.cancel(job), _job)


@group.command("retry", help="cli.job.retry")
def retry(ctx: typer.Context, job: JobId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.jobs.retry(job), _job)


def _jobs(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.job", lambda j: j.id),
        Column("cli.col.use_case", lambda j: j.use_case),
        Column("cli.col.status", lambda j: j.status),
        Column("cli.col.progress", lambda j: j.progress, "percent"),
        Column("cli.col.author", lambda j: j.actor.name),
        Column("cli.col.at", lambda j: j.created_at, "datetime"),
    ]
    page.table(columns, found)


def _job(page: Page, found: Any) -> None:
    page.facts(
        [
            ("cli.col.job", found.id, "plain"),
            ("cli.col.use_case", found.use_case, "plain"),
            ("cli.col.status", found.status, "plain"),
            ("cli.col.progress", found.progress, "percent"),
            ("cli.col.stage", from_json(found.stage) if found.stage else None, "plain"),
            ("cli.col.author", found.actor.name, "plain"),
            ("cli.col.at", found.created_at, "datetime"),
            ("cli.col.error", from_json(found.error) if found.error else None, "plain"),
        ]
    )
