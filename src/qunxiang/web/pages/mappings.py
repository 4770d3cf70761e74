"""Saved mappings: how files of one shape are loaded, and forgetting one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.i18n import Message
from qunxiang.services.mappings import how_read
from qunxiang.tables import LOADED
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.rendering import show

router = APIRouter()


@router.get("/data/mappings")
def mappings(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show the saved mappings."""
    rows = []
    for state in workspace.data.mappings():
        contract = LOADED[state.mapping.table]
        labels = {c.name: c.label for c in contract.columns}
        pairs = [(source, labels[target]) for target, source in state.mapping.columns.items() if target in labels]
        how = [(Message(code), words) for code, words in how_read(state.mapping)]
        rows.append({"state": state, "table": contract.label, "pairs": pairs, "how": how})
    return show(
        request,
        workspace,
        "pages/mappings.html",
        active="data",
        page_title=Message("page.mappings.title"),
        rows=rows,
    )


@router.post("/data/mappings/{id}/forget")
def forget(workspace: PageWorkspace, id: str) -> Response:
    """Forget a saved mapping."""
    workspace.data.forget_mapping(id)
    return RedirectResponse("/data/mappings", status_code=303)
