"""Loading a file: choose it, see what is recognised, try it, load it as a job."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.errors import QunxiangError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.services.house import UPLOADS
from qunxiang.services.preview import Preview
from qunxiang.tables import LOADED
from qunxiang.web.api.answers import queued, required
from qunxiang.web.api.uploads import save_uploads
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, text_of
from qunxiang.web.pages.load_columns import Choices, first_choices, read_choices
from qunxiang.web.pages.load_mapping import Origin, mapping_page
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

ACCEPT = ".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,.parquet,.jsonl,.json,.zip,.gz"
ENCODINGS = (
    ("", Message("page.load.encoding_auto")),
    ("gb18030", "GBK / GB18030"),
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
)
_ID = re.compile(r"[0-9a-f]{32}")


@router.get("/data/load")
def choose(request: Request, workspace: PageWorkspace, table: str = "") -> HTMLResponse:
    """Ask for a file and a table."""
    return _choose(request, workspace, table=table)


def _choose(
    request: Request, workspace: Workspace, *, table: str = "", encoding: str = "", wrong: Message | None = None
) -> HTMLResponse:
    required(workspace, "load")
    options = [("", Message("page.load.guess")), *((name, c.label) for name, c in LOADED.items())]
    return show(
        request,
        workspace,
        "pages/load_choose.html",
        active="data",
        page_title=Message("page.data.load"),
        status=200 if wrong is None else 422,
        tables=options,
        table=table,
        encodings=ENCODINGS,
        encoding=encoding,
        accept=ACCEPT,
        wrong=wrong,
    )


@router.post("/data/load")
def upload(
    request: Request,
    workspace: PageWorkspace,
    file: list[UploadFile],
    table: Annotated[str, Form()] = "",
    encoding: Annotated[str, Form()] = "",
) -> Response:
    """Keep the files and look at the first."""
    required(workspace, "preview")
    if not file or not file[0].filename:
        return _choose(request, workspace, table=table, wrong=Message("page.load.no_file"))
    upload_id = save_uploads(workspace, file).split("/")[1]
    try:
        found = _look(workspace, upload_id, table if table in LOADED else None, encoding)
    except QunxiangError as error:
        return _choose(request, workspace, table=table, encoding=encoding, wrong=error.message)
    query = urlencode({"table": found.table, "encoding": encoding})
    return RedirectResponse(f"/data/load/{upload_id}?{query}", status_code=303)


@router.get("/data/load/{upload_id}")
def preview(
    request: Request, workspace: PageWorkspace, upload_id: str, table: str = "", encoding: str = ""
) -> HTMLResponse:
    """Show what is recognised of a file, as the table that fits best when none is named."""
    found = _look(workspace, upload_id, table or None, encoding)
    return mapping_page(request, workspace, _origin(workspace, upload_id, encoding), found, first_choices(found))


@router.post("/data/load/{upload_id}")
def adjust(request: Request, workspace: PageWorkspace, upload_id: str, fields: Fields) -> Response:
    """Try a mapping or load with it."""
    table, encoding = text_of(fields, "table"), text_of(fields, "encoding")
    action = text_of(fields, "action")
    if action == "load":
        required(workspace, "load", table)
    plain = _look(workspace, upload_id, table, encoding)
    choices = read_choices(fields, plain.columns)
    found = _look(workspace, upload_id, table, encoding, choices)
    if action == "load" and found.complete and not choices.twice:
        arguments = {
            "table": table,
            "source": f"{UPLOADS}/{upload_id}/{upload_path(workspace, upload_id).name}",
            **choices.arguments(),
            "remember": choices.remember,
        }
        if encoding:
            arguments["encoding"] = encoding
        job = queued(workspace, "load", **arguments)
        return RedirectResponse(f"/jobs/{job.id}", status_code=303)
    origin = _origin(workspace, upload_id, encoding)
    return mapping_page(request, workspace, origin, found, choices, dry_run=action == "check")


def _origin(workspace: Workspace, upload_id: str, encoding: str) -> Origin:
    path = upload_path(workspace, upload_id)
    return Origin(
        name=path.name,
        action=f"/data/load/{upload_id}",
        hidden={"encoding": encoding},
        into="table",
        method="get",
        back=("/data/load", Message("page.load.other_file")),
        load=partial(workspace.load, source=path, encoding=encoding or None),
    )


def upload_path(workspace: Workspace, upload_id: str) -> Path:
    """Return where an upload lies.

    Raises
    ------
    UnknownNameError
        When there is none with that id.
    """
    folder = workspace.settings.folder / UPLOADS / upload_id
    found = list(folder.glob("*")) if _ID.fullmatch(upload_id) else []
    if len(found) != 1:
        raise UnknownNameError("page.load.gone")
    return found[0]


def _look(
    workspace: Workspace, upload_id: str, table: str | None, encoding: str, choices: Choices | None = None
) -> Preview:
    said: dict[str, Any] = {} if choices is None else {"columns": choices.mapping, "exact": True, "use_saved": False}
    return workspace.preview(upload_path(workspace, upload_id), table, encoding=encoding or None, **said)
