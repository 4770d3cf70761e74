"""Shapes of REST answers: records as JSON, frames as rows, Arrow or CSV, files as downloads, long work as jobs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import pyarrow as pa
from fastapi import Query
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from qunxiang.i18n import to_json
from qunxiang.ports.state import Job
from qunxiang.services.access import allowed, require
from qunxiang.services.csv_text import csv_bytes
from qunxiang.workspace import Workspace

ARROW = "application/vnd.apache.arrow.stream"
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}

Wait = Annotated[bool, Query(description="Do it now and answer with the result, instead of starting a job.")]
Limit = Annotated[int, Query(ge=1, le=10_000, description="Largest number of rows.")]
Offset = Annotated[int, Query(ge=0, description="Rows to leave out before the first.")]
ReaderLang = Annotated[str | None, Query(pattern="^(zh|en)$", description="zh or en; the workspace's by default.")]


class Body(BaseModel):
    """Base of request bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorBody(BaseModel):
    """What is wrong: code, sentence in the reader's language, and the parameters of the sentence."""

    code: str
    message: str
    params: dict[str, Any]


class ErrorAnswer(BaseModel):
    """Shape of every error."""

    error: ErrorBody


class Rows(BaseModel):
    """A page of a frame's rows."""

    rows: list[dict[str, Any]]
    total: int
    limit: int
    offset: int


def plain(value: Any) -> Any:
    """Return records, labels, messages and numbers as plain JSON values; the command line shapes alike."""
    return to_jsonable_python(value, inf_nan_mode="null", fallback=to_json)


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer with a record as JSON."""
    return JSONResponse(plain(value), status_code=status, headers=headers)


def frame_answer(request: Request, frame: pa.Table, name: str, *, limit: int, offset: int) -> Response:
    """Answer with a frame: a page of rows as JSON, or all of it as Arrow or CSV when the caller accepts that.

    CSV is UTF-8 with a byte order mark; a cell that a spreadsheet would take for a formula gets an apostrophe.
    """
    accepts = request.headers.get("accept", "")
    if ARROW in accepts:
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, frame.schema) as writer:
            writer.write_table(frame)
        return Response(sink.getvalue(), media_type=ARROW, headers=_named(f"{name}.arrows"))
    if "text/csv" in accepts:
        return Response(csv_bytes(frame), media_type=MEDIA_TYPES["csv"], headers=_named(f"{name}.csv"))
    page = {"rows": frame.slice(offset, limit).to_pylist(), "total": frame.num_rows, "limit": limit, "offset": offset}
    return answer(page)


def file_answer(path: Path, name: str) -> FileResponse:
    """Answer with a file as a download under a safe name."""
    kind = MEDIA_TYPES.get(path.suffix.lstrip("."), "application/octet-stream")
    return FileResponse(path, media_type=kind, headers=_named(name))


def content_answer(content: bytes, name: str) -> Response:
    """Answer with bytes as a download under a safe name; its ending gives the type."""
    kind = MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return Response(content, media_type=kind, headers=_named(name))


def _named(name: str) -> dict[str, str]:
    safe = safe_name(name)
    plain_name = re.sub(r"[^A-Za-z0-9._-]", "_", safe)
    return {"Content-Disposition": f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{quote(safe, safe='')}"}


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters or leading dots; at most 80 characters."""
    last = re.split(r"[/\\]", name)[-1]
    kept = re.sub(r"[^\w.()-]+", "_", last).lstrip(".")
    return kept[-80:].lstrip(".") or "file"


def required(workspace: Workspace, use_case: str, subject: str = "") -> None:
    """Refuse what the actor's role does not cover before any file is written; the refusal is in the audit.

    Raises
    ------
    NotAllowedError
        When the role does not cover the use case.
    """
    require(workspace.house, workspace.actor, use_case, subject)


def long_work(
    workspace: Workspace, use_case: str, arguments: dict[str, Any], *, wait: bool, now: Callable[[], Any]
) -> Response:
    """Start a job (202 with its address), or do the work now and answer with its result.

    It is done now with `wait`, and for roles that may do the work but start no jobs.
    """
    required(workspace, use_case, next((v for v in arguments.values() if isinstance(v, str)), ""))
    if at_once(workspace, wait):
        return answer(now())
    job = queued(workspace, use_case, **{k: v for k, v in arguments.items() if v is not None})
    return answer(job, 202, {"Location": f"/api/v1/jobs/{job.id}"})


def queued(workspace: Workspace, use_case: str, **arguments: Any) -> Job:
    """Start a job; a refusal stands in the audit under the use case that the job would call.

    Raises
    ------
    NotAllowedError
        When the role does not cover the use case, or jobs.
    """
    required(workspace, use_case, next((v for v in arguments.values() if isinstance(v, str)), ""))
    return workspace.jobs.start(use_case, **arguments)


def at_once(workspace: Workspace, wait: bool) -> bool:
    """Say whether long work is done now rather than as a job."""
    return wait or not allowed("job.start", workspace.actor.role)
