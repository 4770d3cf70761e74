"""REST of data: overview, tables, loads, rejected rows, who is who, refresh."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import Response

from qunxiang.errors import SettingError
from qunxiang.intake import LoadReport
from qunxiang.model import Snapshot
from qunxiang.ports.state import Job
from qunxiang.services.overview import LoadState, Overview, ProfileView, TableState
from qunxiang.services.refresh import RefreshReport
from qunxiang.services.resolve import ResolveReport
from qunxiang.web.api.answers import Body, Limit, Offset, ReaderLang, Rows, Wait, answer, frame_answer, long_work
from qunxiang.web.api.uploads import drop_upload, save_upload
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["data"])


class Refresh(Body):
    """As of which day; today in the workspace's time zone by default."""

    as_of: date | None = None


@router.get("/overview", operation_id="overview", response_model=Overview)
def overview(workspace: RestWorkspace) -> Response:
    """Where the workspace stands."""
    return answer(workspace.overview())


@router.get("/tables", operation_id="data.tables", response_model=list[TableState])
def tables(workspace: RestWorkspace) -> Response:
    """Tables of the newest snapshot."""
    return answer(workspace.data.tables())


@router.get("/loads", operation_id="data.loads", response_model=list[LoadState])
def loads(workspace: RestWorkspace, limit: Limit = 50) -> Response:
    """Loads, newest first."""
    return answer(workspace.data.loads(limit=limit))


@router.get("/snapshots", operation_id="data.snapshots", response_model=list[Snapshot])
def snapshots(workspace: RestWorkspace, limit: Limit = 100) -> Response:
    """Snapshots, newest first."""
    return answer(workspace.data.snapshots(limit=limit))


@router.post("/tables/{table}/loads", operation_id="load", response_model=LoadReport | Job)
def load(
    workspace: RestWorkspace,
    table: str,
    file: Annotated[UploadFile, File(description="CSV, Parquet, Excel or JSON Lines.")],
    columns: Annotated[str, Form(description='Which source column fills which column: {"amount": "实付金额"}')] = "",
    sheet: Annotated[str | None, Form()] = None,
    encoding: Annotated[str | None, Form()] = None,
    dry_run: Annotated[bool, Form(description="Check only.")] = False,
    wait: Wait = False,
) -> Response:
    """Load a file into a table."""
    source = save_upload(workspace, file)
    chosen: dict[str, Any] = {
        "columns": mapping(columns),
        "sheet": sheet or None,
        "encoding": encoding or None,
        "dry_run": dry_run,
    }

    def now() -> LoadReport:
        try:
            return workspace.load(table, workspace.settings.folder / source, **chosen)
        finally:  # whoever waited has the file and no name of the upload
            drop_upload(workspace, source)

    return long_work(workspace, "load", {"table": table, "source": source, **chosen}, wait=wait, now=now)


def mapping(text: str) -> dict[str, str] | None:
    """Return the mapping of columns that a form sent as JSON.

    Raises
    ------
    SettingError
        When it is no JSON object of texts.
    """
    if not text.strip():
        return None
    try:
        found: Any = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise SettingError("error.web.json", field="columns", example='{"amount": "实付金额"}')
    return found


@router.get("/tables/{table}/rejects", operation_id="rejects", response_model=Rows)
def rejects(
    request: Request,
    workspace: RestWorkspace,
    table: str,
    load_id: Annotated[str | None, Query(description="Only the rows of one load.")] = None,
    lang: ReaderLang = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Rejected rows of a table with their reasons, as JSON, Arrow or CSV."""
    frame = workspace.data.rejects(table, lang=lang, load_id=load_id)
    return frame_answer(request, frame, f"rejects-{table}", limit=limit, offset=offset)


@router.post("/resolve", operation_id="resolve", response_model=ResolveReport | Job)
def resolve(workspace: RestWorkspace, wait: Wait = False) -> Response:
    """Find who is who."""
    return long_work(workspace, "resolve", {}, wait=wait, now=workspace.resolve)


@router.post("/refresh", operation_id="refresh", response_model=RefreshReport | Job)
def refresh(workspace: RestWorkspace, body: Refresh | None = None, wait: Wait = False) -> Response:
    """Compute traits and memberships as of a day."""
    day = None if body is None else body.as_of
    arguments = {} if day is None else {"as_of": day.isoformat()}
    return long_work(workspace, "refresh", arguments, wait=wait, now=lambda: workspace.refresh(day))


@router.get("/profiles/{profile_id}", operation_id="who", response_model=ProfileView)
def who(workspace: RestWorkspace, profile_id: str) -> Response:
    """What is known of one profile."""
    return answer(workspace.who(profile_id))
