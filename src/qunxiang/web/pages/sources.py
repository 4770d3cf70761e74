"""Databases: save one under a name, see its tables, load from it as a job."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.errors import QunxiangError, SourceError
from qunxiang.i18n import Label, Message
from qunxiang.services.sources import SourceTable
from qunxiang.tables import LOADED
from qunxiang.web.api.answers import queued, required
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, path_of, text_of
from qunxiang.web.pages.load_columns import FIELD, first_choices, read_choices
from qunxiang.web.pages.load_mapping import Origin, mapping_page
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace
from qunxiang.workspace.sources import DatabaseQuestion

router = APIRouter()

_ASKED = ("table", "query", "cursor", "overlap", "restart")
"""Fields that say which rows are asked for."""


@router.get("/data/sources")
def sources(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show the saved databases."""
    return _sources(request, workspace)


@router.post("/data/sources")
def add(
    request: Request,
    workspace: PageWorkspace,
    name: Annotated[str, Form(max_length=100)],
    url: Annotated[str, Form(max_length=2_000)],
    password: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Save a database; what was typed comes back with an error, but no password and no address that may hold one."""
    try:
        made = workspace.sources.add(name.strip(), url.strip(), password=password or None)
    except QunxiangError as error:
        if error.http_status >= 500 or error.code == "error.access.role":
            raise
        return _sources(request, workspace, wrong=error.message, typed=name.strip())
    return RedirectResponse(path_of("data", "sources", made.name), status_code=303)


@router.post("/data/sources/{name}/remove")
def remove(workspace: PageWorkspace, name: str) -> Response:
    """Drop a saved database."""
    workspace.sources.remove(name)
    return RedirectResponse("/data/sources", status_code=303)


@router.get("/data/sources/{name}")
def tables(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show the tables of a database, and how to load one."""
    return _tables(request, workspace, name, {})


@router.post("/data/sources/{name}")
def load(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Show how the columns of a table or query are taken, try it, or load it as a job."""
    into, action = text_of(fields, "into"), text_of(fields, "action") or "load"
    required(workspace, "load", into)
    typed = {key: text_of(fields, key, most=20_000) for key in (*_ASKED, "into")}
    wrong = _wrong(typed)
    if wrong is not None:
        return _tables(request, workspace, name, typed, wrong=wrong)
    asked: dict[str, Any] = {"source": name, **{k: typed[k] for k in ("table", "query", "cursor") if typed[k]}}
    if typed["overlap"]:
        asked["overlap"] = int(typed["overlap"])
    if typed["restart"]:
        asked["restart"] = True
    said = text_of(fields, f"{FIELD}0") != "" or f"{FIELD}0" in fields
    if action == "load" and not said:
        job = queued(workspace, "load", table=into, database=asked)
        return RedirectResponse(f"/jobs/{job.id}", status_code=303)
    try:
        return _mapped(request, workspace, name, typed, asked, fields if said and action != "look" else None)
    except SourceError as error:
        return _tables(request, workspace, name, typed, wrong=error.message)


def _mapped(
    request: Request,
    workspace: Workspace,
    name: str,
    typed: dict[str, str],
    asked: dict[str, Any],
    fields: FormData | None,
) -> Response:
    """Show the columns of the rows that were asked for; with `fields` as the reader wants them, or load them so."""
    into, action = typed["into"], text_of(fields, "action") if fields is not None else "look"
    rows = DatabaseQuestion.model_validate(asked).rows()
    found = workspace.preview(rows, into)
    choices = first_choices(found)
    if fields is not None:
        choices = read_choices(fields, found.columns)
        found = workspace.preview(rows, into, columns=choices.mapping, exact=True, use_saved=False)
    if action == "load" and found.complete and not choices.twice:
        how = {**choices.arguments(), "remember": choices.remember}
        job = queued(workspace, "load", table=into, database=asked, **how)
        return RedirectResponse(f"/jobs/{job.id}", status_code=303)
    path = path_of("data", "sources", name)
    origin = Origin(
        name=found.source,
        action=path,
        hidden={key: typed[key] for key in _ASKED if typed[key]},
        into="into",
        method="post",
        back=(path, Message("page.sources.other_table")),
        load=partial(workspace.load, source=rows),
    )
    return mapping_page(request, workspace, origin, found, choices, dry_run=action == "check")


def _wrong(typed: dict[str, str]) -> Message | None:
    """Return what is missing or too much in a form; None when it can be tried."""
    if typed["into"] not in LOADED:
        return Message("page.sources.no_table")
    if bool(typed["table"]) == bool(typed["query"]):
        return Message("error.database.which")
    if typed["overlap"] and not (typed["overlap"].isascii() and typed["overlap"].isdigit()):
        return Message("error.database.overlap", {"value": typed["overlap"][:20]})
    return None


def _sources(request: Request, workspace: Workspace, *, wrong: Message | None = None, typed: str = "") -> HTMLResponse:
    found = workspace.sources.list()
    return show(
        request,
        workspace,
        "pages/sources.html",
        active="data",
        page_title=Message("page.sources.title"),
        status=200 if wrong is None else 422,
        sources=[{"state": s, "path": path_of("data", "sources", s.name)} for s in found],
        wrong=wrong,
        typed=typed,
    )


def _tables(
    request: Request, workspace: Workspace, name: str, typed: dict[str, str], *, wrong: Message | None = None
) -> HTMLResponse:
    unreachable: Message | None = None
    found: list[SourceTable] = []
    try:
        found = workspace.sources.tables(name)
    except QunxiangError as error:
        if error.http_status != 422:
            raise
        unreachable = error.message
    state = next(s for s in workspace.sources.list() if s.name == name)
    return show(
        request,
        workspace,
        "pages/sources_tables.html",
        active="data",
        page_title=name,
        status=200 if wrong is None else 422,
        source=state,
        path=path_of("data", "sources", name),
        tables=[_seen(t) for t in found],
        options=[("", Message("page.sources.by_query")), *((t.name, t.name) for t in found)],
        into=[("", Message("page.sources.choose")), *((key, c.label) for key, c in LOADED.items())],
        typed=typed,
        wrong=wrong,
        unreachable=unreachable,
    )


def _seen(table: SourceTable) -> dict[str, Any]:
    """Return a table of a database with the labels of the table it looks like and of the columns it fills."""
    contract = LOADED[table.guess] if table.guess else None
    known = {c.name: c.label for c in contract.columns} if contract is not None else {}
    return {
        "table": table,
        "guess": contract.label if contract is not None else None,
        "fills": {c.name: known.get(c.fills, Label.same(c.fills)) for c in table.columns if c.fills},
    }
