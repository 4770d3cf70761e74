"""Data: what is loaded, how it came, what was rejected, and the two steps that follow loading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message, from_json
from qunxiang.intake.custom import extended
from qunxiang.model import Snapshot
from qunxiang.services.access import allowed
from qunxiang.services.overview import LoadState
from qunxiang.tables import CONTRACTS, LOADED
from qunxiang.web.api.answers import queued
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.days import default_day, local, newest_day
from qunxiang.web.rendering import show
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
    may_see_rejects = allowed("quarantine.counts", workspace.actor.role)
    refused = {x["table"] for x in loads if x["rejected"]} if may_see_rejects else set()
    fitted = any(s.facts.get("segmentation") for s in snapshots)
    names = {s.id: s.label for s in workspace.segments.list()} if fitted else {}
    newest = newest_day(workspace)
    rejects = {t: workspace.data.reject_counts(t)[0].open for t in refused}
    return show(
        request,
        workspace,
        "pages/data.html",
        active="data",
        page_title=Message("shell.nav.data"),
        status=200 if wrong is None else 422,
        loaded=sorted((t for t in tables if t.loaded), key=lambda t: not rejects.get(t.name)),
        made=[t for t in tables if not t.loaded],
        loads=loads,
        may_see_loads=may_see_loads,
        snapshots=[snapshot_view(workspace, s, names) for s in snapshots],
        rejects=rejects,
        resolved=any(t.name == "profiles" for t in tables),
        day=asked or default_day(workspace, newest).isoformat(),
        newest=newest,
        wrong=wrong,
    )


@router.post("/data/tables/{table}/columns/{name}")
def set_column(workspace: PageWorkspace, table: str, name: str, personal: Annotated[str, Form()] = "") -> Response:
    """Say whether a custom column is personal."""
    workspace.data.set_column(table, name, personal=personal == "1")
    return RedirectResponse(f"/data/tables/{quote(table)}", status_code=303)


@router.get("/data/tables/{table}")
def table_page(request: Request, workspace: PageWorkspace, table: str) -> HTMLResponse:
    """Show the columns of one table."""
    contract = CONTRACTS.get(table)
    state = next((t for t in workspace.data.tables() if t.name == table), None)
    if contract is None:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(CONTRACTS))
    there = set(state.columns) if state is not None else set()
    whole = contract if state is None else extended(contract, state.custom)
    columns = [
        {
            "name": c.name,
            "label": c.label,
            "type": Message(f"page.data.type.{c.type}"),
            "required": c.required,
            "personal": c.personal,
            "sensitive": c.sensitive,
            "custom": c.custom,
            "key": c.name in contract.key,
            "there": c.name in there,
        }
        for c in whole.columns
    ]
    known = {c.name for c in whole.columns}
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


@router.post("/data/resolve")
def resolve(workspace: PageWorkspace) -> Response:
    """Find who is who, as a job."""
    job = queued(workspace, "resolve")
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


@router.post("/data/refresh")
def refresh(request: Request, workspace: PageWorkspace, as_of: Annotated[str, Form()] = "") -> Response:
    """Compute traits and memberships as of a day, as a job."""
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        wrong = SettingError("error.setting.date", value=as_of[:40])
        return _data_page(request, workspace, wrong=wrong.message, asked=as_of[:40])
    job = queued(workspace, "refresh", as_of=day.isoformat())
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


def snapshot_view(workspace: Workspace, snapshot: Snapshot, names: Mapping[str, Label]) -> dict[str, Any]:
    """Return a snapshot as the page shows it; `names` are those of segmentations."""
    return {
        "run": snapshot.run,
        "at": local(workspace, snapshot.at),
        "by": snapshot.author,
        "as_of": snapshot.as_of,
        "what": Message(f"page.data.kind.{snapshot.kind}"),
        "facts": snapshot_words(snapshot, names),
    }


def snapshot_words(snapshot: Snapshot, names: Mapping[str, Label]) -> list[Message]:
    """Return the counts of a snapshot as sentences."""
    facts = snapshot.facts
    wanted = {
        "load": ("accepted", "rejected"),
        "resolve": ("profiles",),
        "refresh": ("profiles", "traits", "changed"),
        "past": ("profiles",),
        "segment": ("changed",),
        "quarantine": ("rows",),
    }[snapshot.kind]
    words: list[Message] = []
    if snapshot.kind in ("load", "quarantine") and facts.get("table") in CONTRACTS:
        words.append(Message("page.data.fact.table", {"table": CONTRACTS[facts["table"]].label}))
    if facts.get("segmentation"):
        name = names.get(facts["segmentation"], facts["segmentation"])
        words.append(Message("page.data.fact.segmentation", {"name": name}))
    words += [Message(f"page.data.fact.{n}", {"n": facts[n]}) for n in wanted if isinstance(facts.get(n), int)]
    return words
