"""Loading a file: choose it, see what is recognised, try it, load it as a job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.adapters.sources import open_source
from qunxiang.errors import QunxiangError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.intake import LoadReport, Reason, reason_message, recognise
from qunxiang.ports.source import SourceShape
from qunxiang.tables import LOADED, Contract
from qunxiang.web.api.answers import required
from qunxiang.web.api.uploads import FOLDER, save_upload
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, text_of
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

ACCEPT = ".csv,.tsv,.txt,.xlsx,.xls,.ods,.parquet,.jsonl,.json"
ENCODINGS = (
    ("", Message("page.load.encoding_auto")),
    ("gb18030", "GBK / GB18030"),
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
)
_MAP = "map."
_NAME = re.compile(r"[0-9a-f]{32}-[^/\\\\]+")


@router.get("/data/load")
def choose(request: Request, workspace: PageWorkspace, table: str = "") -> HTMLResponse:
    """Ask for a file and a table."""
    return _choose(request, workspace, table=table)


def _choose(
    request: Request, workspace: Workspace, *, table: str = "", encoding: str = "", wrong: Message | None = None
) -> HTMLResponse:
    _allow(workspace)
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
    file: UploadFile,
    table: Annotated[str, Form()] = "",
    encoding: Annotated[str, Form()] = "",
) -> Response:
    """Keep the file and look at it."""
    _allow(workspace)
    if not file.filename:
        return _choose(request, workspace, table=table, wrong=Message("page.load.no_file"))
    name = save_upload(workspace, file).removeprefix(f"{FOLDER}/")
    try:
        shape = _shape(workspace, name, encoding)
    except QunxiangError as error:
        return _choose(request, workspace, table=table, encoding=encoding, wrong=error.message)
    chosen = table if table in LOADED else guess(shape)
    query = urlencode({"table": chosen, "encoding": encoding})
    return RedirectResponse(f"/data/load/{quote(name)}?{query}", status_code=303)


@router.get("/data/load/{name}")
def preview(request: Request, workspace: PageWorkspace, name: str, table: str, encoding: str = "") -> HTMLResponse:
    """Show what is recognised of a file."""
    _allow(workspace)
    return _preview(request, workspace, name, table, encoding, {})


@router.post("/data/load/{name}")
def adjust(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Try a mapping or load with it."""
    _allow(workspace)
    table, encoding = text_of(fields, "table"), text_of(fields, "encoding")
    mapping = {key.removeprefix(_MAP): text_of(fields, key) for key in fields if key.startswith(_MAP)}
    mapping = {column: source for column, source in mapping.items() if source}
    contract = _contract(table)
    if text_of(fields, "action") == "load":
        recognition = recognise(contract, _shape(workspace, name, encoding).columns, mapping)
        if not recognition.missing and not recognition.ambiguous:
            arguments: dict[str, Any] = {"table": table, "source": f"{FOLDER}/{name}", "columns": recognition.mapping}
            if encoding:
                arguments["encoding"] = encoding
            job = workspace.jobs.start("load", **arguments)
            return RedirectResponse(f"/jobs/{job.id}", status_code=303)
    return _preview(request, workspace, name, table, encoding, mapping, dry_run=text_of(fields, "action") == "check")


def _preview(
    request: Request,
    workspace: Workspace,
    name: str,
    table: str,
    encoding: str,
    mapping: Mapping[str, str],
    *,
    dry_run: bool = False,
) -> HTMLResponse:
    contract = _contract(table)
    shape = _shape(workspace, name, encoding)
    recognition = recognise(contract, shape.columns, mapping)
    complete = not recognition.missing and not recognition.ambiguous and bool(recognition.mapping)
    report: LoadReport | None = None
    wrong: Message | None = None
    if dry_run and complete:
        try:
            path = _path(workspace, name)
            report = workspace.load(table, path, columns=recognition.mapping, encoding=encoding or None, dry_run=True)
        except QunxiangError as error:
            wrong = error.message
    return show(
        request,
        workspace,
        "pages/load_preview.html",
        active="data",
        page_title=Message("page.load.preview"),
        name=name,
        shape=shape,
        file_name=shown_name(name),
        contract=contract,
        tables=[(key, c.label) for key, c in LOADED.items()],
        encoding=encoding,
        rows=[_row(contract, c.name, shape, recognition.mapping, recognition.ambiguous) for c in contract.columns],
        unmapped=[(column, shape.samples.get(column, ())) for column in recognition.unmapped],
        missing=[c.label for c in contract.columns if c.name in recognition.missing],
        ambiguous=[c.label for c in contract.columns if c.name in recognition.ambiguous],
        sources=[("", "—"), *((column, column) for column in shape.columns)],
        complete=complete,
        report=report,
        reasons=_reasons(report, contract) if report else [],
        sample=_sample(report, contract, shape) if report else [],
        wrong=wrong,
    )


def _row(
    contract: Contract,
    name: str,
    shape: SourceShape,
    mapping: Mapping[str, str],
    ambiguous: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    column = contract.column(name)
    assert column is not None
    source = mapping.get(name)
    return {
        "name": name,
        "field": _MAP + name,
        "label": column.label,
        "required": column.required,
        "personal": column.personal,
        "source": source,
        "choices": ambiguous.get(name, ()),
        "samples": shape.samples.get(source, ())[:3] if source else (),
    }


def _reasons(report: LoadReport, contract: Contract) -> list[dict[str, Any]]:
    """Return the reasons of rejection with their counts."""
    return [
        {"what": reason_message(Reason(reason.code, reason.column, None), contract), "rows": reason.rows}
        for reason in report.reasons
    ]


def _sample(report: LoadReport, contract: Contract, shape: SourceShape) -> list[dict[str, Any]]:
    """Return the sample of rejected rows with their reasons as sentences."""
    return [
        {
            "number": row.row_number,
            "reasons": [_reason(reason, contract) for reason in row.reasons],
            "cells": ["—" if row.row.get(c) is None else str(row.row[c]) for c in shape.columns],
        }
        for row in report.sample
    ]


def _reason(reason: Mapping[str, Any], contract: Contract) -> Message:
    return reason_message(Reason(reason["code"], reason.get("column"), reason.get("value")), contract)


def guess(shape: SourceShape) -> str:
    """Return the table whose required columns, then whose columns altogether, fit the file's best."""
    best: tuple[int, int, str] = (0, 0, next(iter(LOADED)))
    for name, contract in LOADED.items():
        found = recognise(contract, shape.columns)
        lacking = len(found.missing)
        recognised = len(found.mapping) + len(found.ambiguous)
        candidate = (-lacking, recognised, name)
        if recognised and (best[1] == 0 or candidate[:2] > best[:2]):
            best = candidate
    return best[2]


def shown_name(name: str) -> str:
    """Return the name under which people know an upload: what follows its id."""
    return name.partition("-")[2]


def _path(workspace: Workspace, name: str) -> Path:
    """Return where an upload lies.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    path = workspace.settings.folder / FOLDER / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UnknownNameError("page.load.gone")
    return path


def _shape(workspace: Workspace, name: str, encoding: str) -> SourceShape:
    return open_source(_path(workspace, name), encoding=encoding or None).shape()


def _contract(table: str) -> Contract:
    if table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    return LOADED[table]


def _allow(workspace: Workspace) -> None:
    """Refuse to look at a file for whom loading would refuse; the refusal is in the audit.

    Raises
    ------
    NotAllowedError
        When the role does not cover loading.
    """
    required(workspace, "load")
