"""REST of data: overview, tables, loads, rejected rows, who is who, refresh."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from pydantic import ValidationError
from starlette.responses import Response

from qunxiang.errors import SettingError
from qunxiang.intake import LoadReport
from qunxiang.model import CustomColumn, Frozen, Snapshot
from qunxiang.ports.state import Job
from qunxiang.services.find import FoundCustomers
from qunxiang.services.mappings import MappingState
from qunxiang.services.overview import LoadState, Overview, ProfileView, TableState
from qunxiang.services.past import Every, PastReport
from qunxiang.services.preview import Preview
from qunxiang.services.refresh import RefreshReport
from qunxiang.services.rejects import RejectState
from qunxiang.services.resolve import ResolveReport
from qunxiang.web.api.answers import Body, Limit, Offset, ReaderLang, Rows, Wait, answer, frame_answer, long_work, plain
from qunxiang.web.api.uploads import drop_upload, save_upload
from qunxiang.web.auth import RestWorkspace
from qunxiang.workspace import Workspace
from qunxiang.workspace.options import reading_options
from qunxiang.workspace.sources import DatabaseQuestion

router = APIRouter(tags=["data"])


class Refresh(Body):
    """As of which day; today in the workspace's time zone by default."""

    as_of: date | None = None


class RefreshPast(Body):
    """Which past dates: the ends of all weeks, months or quarters from `first` to `last` (today by default)."""

    first: date
    last: date | None = None
    every: Every = "month"


class Mended(Body):
    """New text per source column; others stay as they are."""

    values: dict[str, str | None]


class Search(Body):
    """What to find: an id, a telephone, an e-mail, a WeChat id, part of a name or company."""

    text: str


class LeaveOut(Body):
    """Which rows, and why."""

    rows: list[str]
    why: str


class LeftOutRows(Frozen):
    """How many rows were left out."""

    rows: int


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
    file: Annotated[UploadFile | None, File(description="CSV, Parquet, Excel or JSON Lines.")] = None,
    database: Annotated[
        str,
        Form(description='Instead of a file, rows of a saved database: {"source": "shop", "table": "orders"}'),
    ] = "",
    columns: Annotated[str, Form(description='Which source column fills which column: {"amount": "实付金额"}')] = "",
    keep: Annotated[str, Form(description="Which other columns are kept: all, none, or a JSON list of names.")] = "",
    types: Annotated[str, Form(description='Types of kept columns: {"等级": "text"}')] = "",
    system: Annotated[str | None, Form(description="Source system whose ids these are.")] = None,
    reading: Annotated[
        str, Form(description='How values are read: {"dates": {"*": "dmy"}, "unreadable": "blank"}')
    ] = "",
    use_saved: Annotated[bool, Form(description="Use the mapping saved for files with these columns.")] = True,
    remember: Annotated[bool, Form(description="Save this mapping for the next file with these columns.")] = False,
    sheet: Annotated[str | None, Form()] = None,
    encoding: Annotated[str | None, Form()] = None,
    dry_run: Annotated[bool, Form(description="Check only.")] = False,
    wait: Wait = False,
) -> Response:
    """Load a file, or rows of a saved database, into a table."""
    chosen: dict[str, Any] = {
        "columns": mapping(columns),
        "keep": kept(keep),
        "types": mapping(types, "types"),
        "system": system,
        "reading": options(reading),
        "use_saved": use_saved,
        "remember": remember,
        "dry_run": dry_run,
    }
    if file is None or database.strip():
        return _load_database(workspace, table, database, chosen, wait=wait)
    source = save_upload(workspace, file)
    chosen |= {"sheet": sheet or None, "encoding": encoding or None}

    def now() -> LoadReport:
        try:
            return workspace.load(table, workspace.settings.folder / source, **chosen)
        finally:  # whoever waited has the file and no name of the upload
            drop_upload(workspace, source)

    return long_work(workspace, "load", {"table": table, "source": source, **chosen}, wait=wait, now=now)


def _load_database(workspace: Workspace, table: str, database: str, chosen: dict[str, Any], *, wait: bool) -> Response:
    try:
        asked = DatabaseQuestion.model_validate_json(database)
    except ValidationError as error:
        example = '{"source": "shop", "table": "orders", "cursor": "updated_at"}'
        raise SettingError("error.web.json", field="database", example=example) from error
    arguments = {"table": table, "database": asked.model_dump(exclude_defaults=True), **chosen}
    return long_work(workspace, "load", arguments, wait=wait, now=lambda: workspace.load(table, asked.rows(), **chosen))


@router.post("/preview", operation_id="preview", response_model=Preview)
def preview(
    workspace: RestWorkspace,
    file: Annotated[UploadFile, File(description="CSV, Parquet, Excel or JSON Lines.")],
    table: Annotated[str | None, Form(description="The best fitting one by default.")] = None,
    columns: Annotated[str, Form(description='Which source column fills which column: {"amount": "实付金额"}')] = "",
    sheet: Annotated[str | None, Form()] = None,
    encoding: Annotated[str | None, Form()] = None,
) -> Response:
    """What is recognised of a file, without loading it."""
    source = save_upload(workspace, file, use_case="preview")
    path = workspace.settings.folder / source
    try:
        found = workspace.preview(
            path, table or None, columns=mapping(columns), sheet=sheet or None, encoding=encoding or None
        )
    finally:
        drop_upload(workspace, source)
    return answer(found)


class Personal(Body):
    """Whether a custom column is personal."""

    personal: bool


@router.post("/tables/{table}/columns/{name}", operation_id="column.set", response_model=CustomColumn)
def set_column(workspace: RestWorkspace, table: str, name: str, body: Personal) -> Response:
    """Say whether a custom column is personal."""
    return answer(workspace.data.set_column(table, name, personal=body.personal))


@router.get("/mappings", operation_id="mapping.list", response_model=list[MappingState])
def mappings(workspace: RestWorkspace) -> Response:
    """Saved mappings of files."""
    return answer(workspace.data.mappings())


@router.get("/mappings/{id}", operation_id="mapping.show", response_model=MappingState)
def one_mapping(workspace: RestWorkspace, id: str) -> Response:
    """One saved mapping."""
    return answer(workspace.data.mapping(id))


@router.delete("/mappings/{id}", operation_id="mapping.forget", response_model=MappingState)
def forget_mapping(workspace: RestWorkspace, id: str) -> Response:
    """Forget a saved mapping: the next file of its shape is recognised anew."""
    return answer(workspace.data.forget_mapping(id))


def options(text: str) -> dict[str, Any] | None:
    """Return the reading options that a form sent as JSON.

    Raises
    ------
    SettingError
        When it is no JSON object.
    """
    found: dict[str, Any] | None = _sent(text, "reading", '{"dates": {"*": "dmy"}}', lambda v: isinstance(v, dict))
    if found is not None:
        reading_options(found)
    return found


def kept(text: str) -> str | list[str] | None:
    """Return which columns a form keeps: ``all``, ``none``, the names of a JSON list, or None when it does not say.

    Raises
    ------
    SettingError
        When it is none of these.
    """
    if text in ("all", "none"):
        return text
    found: list[str] | None = _sent(
        text, "keep", '["等级"]', lambda v: isinstance(v, list) and all(isinstance(one, str) for one in v)
    )
    return found


def mapping(text: str, field: str = "columns") -> dict[str, str] | None:
    """Return a mapping of columns that a form sent as JSON.

    Raises
    ------
    SettingError
        When it is no JSON object of texts.
    """
    found: dict[str, str] | None = _sent(
        text,
        field,
        '{"amount": "实付金额"}',
        lambda v: isinstance(v, dict) and all(isinstance(one, str) for one in v.values()),
    )
    return found


def _sent(text: str, field: str, example: str, fits: Callable[[Any], bool]) -> Any:
    """Return what a field of a form holds as JSON; None when it is empty."""
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not fits(found):
        raise SettingError("error.web.json", field=field, example=example)
    return found


@router.get("/tables/{table}/rejects", operation_id="rejects", response_model=Rows)
def rejects(
    request: Request,
    workspace: RestWorkspace,
    table: str,
    load_id: Annotated[str | None, Query(description="Only the rows of one load, by its id or its run.")] = None,
    reason: Annotated[str | None, Query(description="Only rows with this reason, such as reject.money.")] = None,
    column: Annotated[str | None, Query(description="Only rows with a reason about this column.")] = None,
    blanked: Annotated[bool, Query(description="Instead, rows of the table with values left empty.")] = False,
    lang: ReaderLang = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Rejected rows with their reasons (totals by reject.total), or rows with values left empty: JSON, Arrow or CSV."""
    only = {"load_id": load_id, "reason": reason, "column": column}
    frame = workspace.data.rejects(table, lang=lang, **only, blanked=blanked)
    name = f"{'blanked' if blanked else 'rejects'}-{table}"
    return frame_answer(request, frame, name, limit=limit, offset=offset)


@router.get("/quarantine", operation_id="quarantine.counts", response_model=list[RejectState])
def reject_counts(workspace: RestWorkspace, table: Annotated[str | None, Query()] = None) -> Response:
    """How many rows are in quarantine, by table, state and reason."""
    return answer(workspace.data.reject_counts(table))


@router.get("/tables/{table}/rejects/{row_id}", operation_id="quarantine.history", response_model=list[dict[str, Any]])
def reject_history(workspace: RestWorkspace, table: str, row_id: str) -> Response:
    """What became of one quarantined row."""
    return answer(workspace.data.reject_history(table, row_id))


@router.put("/tables/{table}/rejects/{row_id}", operation_id="quarantine.repair", response_model=LoadReport)
def repair_reject(workspace: RestWorkspace, table: str, row_id: str, body: Mended) -> Response:
    """Load one quarantined row with mended values."""
    return answer(workspace.data.repair_reject(table, row_id, body.values))


@router.post("/tables/{table}/left-out", operation_id="quarantine.leave_out", response_model=LeftOutRows)
def leave_out(workspace: RestWorkspace, table: str, body: LeaveOut) -> Response:
    """Leave quarantined rows out for good, with the reason."""
    return answer(LeftOutRows(rows=workspace.data.leave_out(table, body.rows, why=body.why)))


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


@router.post("/refresh/past", operation_id="refresh_past", response_model=PastReport | Job)
def refresh_past(workspace: RestWorkspace, body: RefreshPast, wait: Wait = False) -> Response:
    """Compute traits and memberships of past dates; the present stays as it is."""
    return long_work(
        workspace,
        "refresh_past",
        plain(dict(body)),
        wait=wait,
        now=lambda: workspace.refresh_past(body.first, body.last, every=body.every),
    )


@router.post("/profiles/search", operation_id="find", response_model=FoundCustomers)
def find(workspace: RestWorkspace, body: Search) -> Response:
    """Customers by id, telephone, e-mail, WeChat id, name or company; no log has what was searched."""
    return answer(workspace.find(body.text))


@router.get("/profiles/{profile_id}", operation_id="who", response_model=ProfileView)
def who(workspace: RestWorkspace, profile_id: str) -> Response:
    """What is known of one profile."""
    return answer(workspace.who(profile_id))
