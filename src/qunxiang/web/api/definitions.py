"""REST of definitions: lists, history, and YAML files as a ZIP archive."""

from __future__ import annotations

import io
import zipfile
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import Response

from qunxiang.model import Definition
from qunxiang.services.definitions import Step
from qunxiang.web.api.answers import answer, content_answer, required
from qunxiang.web.api.uploads import scratch_folder, unpacked
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["definitions"])
Archive = Annotated[UploadFile, File(description="ZIP archive of YAML files, as the export gives it.")]


@router.get("/definitions", operation_id="definition.list", response_model=list[Definition])
def definitions(workspace: RestWorkspace, kind: str | None = None) -> Response:
    """Newest version of every document."""
    return answer(workspace.definitions.list(kind))


@router.get("/definitions/{kind}/{id}/history", operation_id="definition.history", response_model=list[Definition])
def history(workspace: RestWorkspace, kind: str, id: str) -> Response:
    """All versions of a document, newest first."""
    return answer(workspace.definitions.history(kind, id))


@router.get("/definitions/export", operation_id="definition.export", response_class=Response)
def export(workspace: RestWorkspace) -> Response:
    """Every document as YAML, in a ZIP archive."""
    required(workspace, "definition.export")
    packed = io.BytesIO()
    with scratch_folder(workspace) as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in workspace.definitions.export(folder):
            archive.write(path, path.relative_to(folder).as_posix())
    return content_answer(packed.getvalue(), "definitions.zip")


@router.post("/definitions/plan", operation_id="definition.plan", response_model=list[Step])
def plan(workspace: RestWorkspace, file: Archive) -> Response:
    """What applying an archive would do."""
    required(workspace, "definition.plan")
    with unpacked(workspace, file) as folder:
        return answer(workspace.definitions.plan(folder))


@router.post("/definitions/apply", operation_id="definition.apply", response_model=list[Step])
def apply(workspace: RestWorkspace, file: Archive, why: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Store the documents of an archive as their next versions."""
    required(workspace, "definition.apply")
    with unpacked(workspace, file) as folder:
        return answer(workspace.definitions.apply(folder, why=why))
