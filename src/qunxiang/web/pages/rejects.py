"""Rejected rows of a table: why, how many, as files to mend, and one row to mend in the browser."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import NothingYetError, QunxiangError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.intake.fates import BLANKED, LEFT_EMPTY, OPEN
from qunxiang.intake.own_columns import OWN_COLUMNS, ROW_ID, ROW_NUMBER
from qunxiang.intake.quarantine import TOTAL
from qunxiang.intake.reasons import Reason, reason_message
from qunxiang.services.rejects import RejectCount
from qunxiang.tables import LOADED, Contract
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, text_of, texts_of
from qunxiang.web.pages.days import local
from qunxiang.web.rendering import language, show
from qunxiang.workspace import Workspace

router = APIRouter()

ROWS_PER_PAGE = 50
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/data/rejects/{table}")
def rejects_page(
    request: Request,
    workspace: PageWorkspace,
    table: str,
    page: int = 1,
    reason: str = "",
    column: str = "",
    blanked: bool = False,
) -> HTMLResponse:
    """Show the rejected rows of a table, or those with values left empty: all, or those of one reason."""
    contract = _contract(table)
    (state,) = workspace.data.reject_counts(table)
    names, rows, total = [], [], 0
    with suppress(NothingYetError):
        only = {"reason": reason or None, "column": column or None}
        found = workspace.data.rejects(table, lang=language(request), **only, blanked=blanked)
        names, total = [n for n in found.column_names if n != ROW_ID], found.num_rows
        page = max(1, min(page, -(-total // ROWS_PER_PAGE)))
        rows = found.slice((page - 1) * ROWS_PER_PAGE, ROWS_PER_PAGE).to_pylist()
    kind = {"blanked": "1"} if blanked else {}
    chosen = {k: v for k, v in (("reason", reason), ("column", column)) if v}
    asked = kind | chosen
    return show(
        request,
        workspace,
        "pages/data_rejects.html",
        active="data",
        page_title=Message("page.rejects.blanked_of" if blanked else "page.data.rejects_of", {"table": contract.label}),
        table=contract,
        state=state,
        reasons=[_reason(contract, r, kind, chosen) for r in (state.blanked_values if blanked else state.reasons)],
        blanked=blanked,
        chosen=bool(chosen),
        totals=reason == TOTAL,
        totals_href=f"/data/rejects/{quote(table, safe='')}?{urlencode({'reason': TOTAL})}",
        query=f"?{urlencode(asked)}" if asked else "",
        pages=f"?{urlencode(asked)}&page={{page}}" if asked else "?page={page}",
        columns=[_reject_column(n) for n in names],
        rows=[
            {k: "—" if v is None else v for k, v in row.items()}
            | {"href": f"/data/rejects/{quote(table, safe='')}/rows/{row[ROW_ID]}"}
            for row in rows
        ],
        total=total,
        page=page,
        per_page=ROWS_PER_PAGE,
    )


@router.get("/data/rejects/{table}/{form}")
def rejects_file(
    request: Request,
    workspace: PageWorkspace,
    table: str,
    form: str,
    reason: str = "",
    column: str = "",
    blanked: bool = False,
) -> Response:
    """Hand out the rejected rows of a table, or those with values left empty, as CSV or XLSX."""
    if form not in _TYPES:
        raise UnknownNameError("error.contract.unknown_table", name=f"{table}/{form}"[:80], has=list(_TYPES))
    with tempfile.TemporaryDirectory(dir=workspace.settings.scratch) as folder:
        path = Path(folder) / f"rejects.{form}"
        only = {"reason": reason or None, "column": column or None}
        workspace.data.rejects(table, path, lang=language(request), **only, blanked=blanked)
        content = path.read_bytes()
    name = f"{'blanked' if blanked else 'rejects'}-{table}.{form}"
    return Response(content, media_type=_TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/data/rejects/{table}/rows/{row_id}")
def row_page(request: Request, workspace: PageWorkspace, table: str, row_id: str) -> HTMLResponse:
    """Show one quarantined row to mend it or to leave it out."""
    return _row_page(request, workspace, table, row_id)


@router.post("/data/rejects/{table}/rows/{row_id}")
def repair(request: Request, workspace: PageWorkspace, table: str, row_id: str, fields: Fields) -> Response:
    """Load the row with mended values; one that is still bad is shown again with its new reasons."""
    values = dict(zip(texts_of(fields, "column"), texts_of(fields, "value"), strict=False))
    report = workspace.data.repair_reject(table, row_id, dict(values))
    if report.rejected or report.blanked_rows:
        return _row_page(request, workspace, table, row_id, still_bad=True)
    return _back(request, workspace, table, row_id)


@router.post("/data/rejects/{table}/rows/{row_id}/left-out")
def leave_out(request: Request, workspace: PageWorkspace, table: str, row_id: str, fields: Fields) -> Response:
    """Leave the row out, because of what somebody says."""
    try:
        workspace.data.leave_out(table, [row_id], why=text_of(fields, "why"))
    except QunxiangError as error:
        if error.code != "error.quarantine.why":
            raise
        return _row_page(request, workspace, table, row_id, wrong=error.message)
    return _back(request, workspace, table, row_id)


def _back(request: Request, workspace: Workspace, table: str, row_id: str) -> Response:
    """Go back to the list on which a row stood before this."""
    fates = [entry["fate"] for entry in workspace.data.reject_history(table, row_id)]
    return gone_to(request, "data", "rejects", table, query="blanked=1" if BLANKED in fates[-2:] else "")


def _row_page(
    request: Request,
    workspace: Workspace,
    table: str,
    row_id: str,
    *,
    still_bad: bool = False,
    wrong: Message | None = None,
) -> HTMLResponse:
    contract = _contract(table)
    entries = workspace.data.reject_history(table, row_id)
    now = entries[-1]
    reasons = [Reason(r["code"], r.get("column"), r.get("value")) for r in now["reasons"]]
    raw = now["row"].get("__broken__")
    names = [n for n in now["row"] if n not in OWN_COLUMNS and n != "__broken__"] or list(contract.names)
    return show(
        request,
        workspace,
        "pages/data_reject.html",
        active="data",
        page_title=Message("page.rejects.row_of", {"row": now["row_number"], "source": now["source"]}),
        status=422 if still_bad or wrong else 200,
        table=contract,
        row_id=row_id,
        entry=now,
        open=now["fate"] in (OPEN, BLANKED),
        blanked=now["fate"] in (BLANKED, LEFT_EMPTY),
        still_bad=still_bad,
        wrong=wrong,
        raw=raw,
        reasons=[reason_message(r, contract) for r in reasons],
        total=any(r.code == TOTAL for r in reasons),
        values=[(name, _text(now["row"].get(name))) for name in names],
        history=[
            {
                "at": local(workspace, e["at"]),
                "by": e["by"] or "—",
                "fate": Message(f"quarantine.{e['fate']}"),
                "why": e["why"] or "—",
                "reasons": [
                    reason_message(Reason(r["code"], r.get("column"), r.get("value")), contract) for r in e["reasons"]
                ]
                if e["fate"] in (OPEN, BLANKED)
                else [],
            }
            for e in reversed(entries)
        ],
    )


def _contract(table: str) -> Contract:
    contract = LOADED.get(table)
    if contract is None:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    return contract


def _reason(contract: Contract, found: RejectCount, kind: dict[str, str], chosen: dict[str, str]) -> dict[str, Any]:
    wanted = {k: v for k, v in (("reason", found.code), ("column", found.column)) if v}
    return {
        "text": reason_message(Reason(found.code, found.column, None), contract),
        "rows": found.rows,
        "href": f"?{urlencode(kind | wanted)}",
        "here": wanted == chosen,
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _reject_column(name: str) -> dict[str, Any]:
    title = Message(f"page.data.{name}") if name.startswith("quarantine_") else name
    form = "count" if name == ROW_NUMBER else "plain"
    return {"key": name, "title": title, "format": form} | ({"href_key": "href"} if name == ROW_NUMBER else {})
