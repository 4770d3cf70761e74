"""Data: what is loaded, how it came, what was rejected, and the two steps that follow loading."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Message, from_json
from qunxiang.model import Snapshot
from qunxiang.services.access import allowed
from qunxiang.services.overview import LoadState
from qunxiang.tables import CONTRACTS, LOADED
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.days import default_day, local, newest_day
from qunxiang.web.rendering import language, show
from qunxiang.workspace import Workspace

router = APIRouter()

ROWS_PER_PAGE = 50
LOADS_SHOWN = 30
SNAPSHOTS_SHOWN = 20


@router.get("/data")
def data(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show tables, loads and snapshots."""
    return _data_page(request, workspace)


def _data_page(
    request: Request, workspace: Workspace, *, wrong: Message | None = None, asked: str = ""
) -> HTMLResponse:
    tables = workspace.data.tables()
    may_see_loads = allowed("data.loads", workspace.actor.role)
    loads = [load_view(workspace, load) for load in workspace.data.loads(limit=LOADS_SHOWN)] if may_see_loads else []
    snapshots = workspace.data.snapshots(limit=SNAPSHOTS_SHOWN)
    newest = newest_day(workspace)
    return show(
        request,
        workspace,
        "pages/data.html",
        active="data",
        page_title=Message("shell.nav.data"),
        status=200 if wrong is None else 422,
        loaded=[t for t in tables if t.loaded],
        made=[t for t in tables if not t.loaded],
        loads=loads,
        may_see_loads=may_see_loads,
        snapshots=[snapshot_view(workspace, s) for s in snapshots],
        resolved=any(t.name == "profiles" for t in tables),
        day=asked or default_day(workspace, newest).isoformat(),
        newest=newest,
        wrong=wrong,
    )


@router.get("/data/tables/{table}")
def table_page(request: Request, workspace: PageWorkspace, table: str) -> HTMLResponse:
    """Show the columns of one table."""
    contract = CONTRACTS.get(table)
    state = next((t for t in workspace.data.tables() if t.name == table), None)
    if contract is None:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(CONTRACTS))
    there = set(state.columns) if state is not None else set()
    columns = [
        {
            "name": c.name,
            "label": c.label,
            "type": Message(f"page.data.type.{c.type}"),
            "required": c.required,
            "personal": c.personal,
            "key": c.name in contract.key,
            "there": c.name in there,
        }
        for c in contract.columns
    ]
    known = {c.name for c in contract.columns}
    return show(
        request,
        workspace,
        "pages/data_table.html",
        active="data",
        page_title=contract.label,
        contract=contract,
        state=state,
        columns=columns,
        n_traits=len([name for name in there if name not in known]),
        loadable=table in LOADED,
    )


@router.get("/data/rejects/{table}")
def rejects_page(request: Request, workspace: PageWorkspace, table: str, page: int = 1) -> HTMLResponse:
    """Show the quarantined rows of a table."""
    contract = LOADED.get(table)
    if contract is None:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    names, rows, total = [], [], 0
    if any(t.name == "quarantine" for t in workspace.data.tables()):
        with suppress(NothingYetError):
            found = workspace.data.rejects(table, lang=language(request))
            names, total = found.column_names, found.num_rows
            page = max(1, min(page, -(-total // ROWS_PER_PAGE)))
            rows = found.slice((page - 1) * ROWS_PER_PAGE, ROWS_PER_PAGE).to_pylist()
    return show(
        request,
        workspace,
        "pages/data_rejects.html",
        active="data",
        page_title=Message("page.data.rejects_of", {"table": contract.label}),
        table=contract,
        columns=[_reject_column(n) for n in names],
        rows=[{k: "—" if v is None else v for k, v in row.items()} for row in rows],
        total=total,
        page=page,
        per_page=ROWS_PER_PAGE,
    )


@router.get("/data/rejects/{table}/csv")
def rejects_csv(request: Request, workspace: PageWorkspace, table: str) -> Response:
    """Hand out the quarantined rows of a table as CSV."""
    with tempfile.TemporaryDirectory(dir=workspace.settings.scratch) as folder:
        path = Path(folder) / "rejects.csv"
        workspace.data.rejects(table, path, lang=language(request))
        content = path.read_bytes()
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rejects-{table}.csv"'},
    )


@router.post("/data/resolve")
def resolve(workspace: PageWorkspace) -> Response:
    """Find who is who, as a job."""
    job = workspace.jobs.start("resolve")
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


@router.post("/data/refresh")
def refresh(request: Request, workspace: PageWorkspace, as_of: Annotated[str, Form()] = "") -> Response:
    """Compute traits and memberships as of a day, as a job."""
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        wrong = SettingError("error.setting.date", value=as_of[:40])
        return _data_page(request, workspace, wrong=wrong.message, asked=as_of[:40])
    job = workspace.jobs.start("refresh", as_of=day.isoformat())
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


def load_view(workspace: Workspace, load: LoadState) -> dict[str, Any]:
    """Return a load as the page shows it."""
    facts = load.facts
    contract = CONTRACTS.get(facts.get("table", ""))
    return {
        "at": local(workspace, load.at),
        "by": load.author,
        "table": facts.get("table", ""),
        "label": contract.label if contract is not None else facts.get("table", ""),
        "source": facts.get("source", ""),
        **{name: facts.get(name) for name in ("read", "accepted", "unchanged", "rejected", "seconds")},
        "notes": [from_json({"code": n["code"], "params": n["params"]}) for n in facts.get("notes", ())],
    }


def snapshot_view(workspace: Workspace, snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as the page shows it."""
    return {
        "run": snapshot.run,
        "at": local(workspace, snapshot.at),
        "by": snapshot.author,
        "as_of": snapshot.as_of,
        "what": Message(f"page.data.kind.{snapshot.kind}"),
        "facts": snapshot_words(snapshot),
    }


def snapshot_words(snapshot: Snapshot) -> list[Message]:
    """Return the counts of a snapshot as sentences."""
    facts = snapshot.facts
    wanted = {
        "load": ("accepted", "rejected"),
        "resolve": ("profiles",),
        "refresh": ("profiles", "traits", "changed"),
        "segment": ("changed",),
    }[snapshot.kind]
    words: list[Message] = []
    if snapshot.kind == "load" and facts.get("table") in CONTRACTS:
        words.append(Message("page.data.fact.table", {"table": CONTRACTS[facts["table"]].label}))
    if facts.get("segmentation"):
        words.append(Message("page.data.fact.segmentation", {"name": facts["segmentation"]}))
    words += [Message(f"page.data.fact.{n}", {"n": facts[n]}) for n in wanted if isinstance(facts.get(n), int)]
    return words


def _reject_column(name: str) -> dict[str, Any]:
    title = Message(f"page.data.{name}") if name.startswith("quarantine_") else name
    return {"key": name, "title": title, "format": "count" if name == "quarantine_row" else "plain"}
