"""REST of personas and reports."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from qunxiang.i18n import Label
from qunxiang.personas import Persona
from qunxiang.ports.documents import ReportFormat
from qunxiang.ports.state import Job
from qunxiang.services.personas import EvidenceView
from qunxiang.web.api.answers import Body, ReaderLang, Wait, answer, at_once, content_answer, long_work, required
from qunxiang.web.api.uploads import scratch_folder
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["personas"])


class Build(Body):
    """For which segments; the chosen targets by default."""

    segments: list[str] | None = None


class NewAssumption(Body):
    """A statement that no data prove."""

    text: Label
    why: str = ""


class NewReport(Body):
    """Which segmentation to report on, and how."""

    segmentation: str
    format: ReportFormat = "pdf"
    lang: Literal["zh", "en"] | None = None


@router.post("/personas/{name}/build", operation_id="persona.build", response_model=list[Persona] | Job)
def build(workspace: RestWorkspace, name: str, body: Build | None = None, wait: Wait = False) -> Response:
    """Build a persona for each chosen target."""
    segments = None if body is None else body.segments
    return long_work(
        workspace,
        "persona.build",
        {"name": name, "segments": segments},
        wait=wait,
        now=lambda: workspace.personas.build(name, segments=segments),
    )


@router.get("/personas", operation_id="persona.list", response_model=list[Persona])
def personas(workspace: RestWorkspace, segmentation: str | None = None) -> Response:
    """Personas of a segmentation, or all."""
    return answer(workspace.personas.list(segmentation))


@router.get("/personas/{name}/{segment}", operation_id="persona.show", response_model=Persona)
def persona(workspace: RestWorkspace, name: str, segment: str) -> Response:
    """The persona of a segment."""
    return answer(workspace.personas.show(name, segment))


@router.get(
    "/personas/{name}/{segment}/claims/{claim_id}", operation_id="persona.evidence", response_model=EvidenceView
)
def evidence(workspace: RestWorkspace, name: str, segment: str, claim_id: str) -> Response:
    """A claim with its evidence counted anew."""
    return answer(workspace.personas.evidence(name, segment, claim_id))


@router.post("/personas/{name}/{segment}/assumptions", operation_id="persona.assume", response_model=Persona)
def assume(workspace: RestWorkspace, name: str, segment: str, body: NewAssumption) -> Response:
    """Add a statement that no data prove."""
    return answer(workspace.personas.assume(name, segment, text=body.text, why=body.why))


@router.get("/personas/{name}/{segment}/poster", operation_id="persona.poster", response_class=Response)
def poster(
    workspace: RestWorkspace,
    name: str,
    segment: str,
    format: Annotated[Literal["pdf", "png", "html"], Query()] = "pdf",
    lang: ReaderLang = None,
) -> Response:
    """The A4 poster as PDF, PNG or HTML."""
    required(workspace, "persona.poster", name)
    with scratch_folder(workspace) as folder:
        path = workspace.personas.poster(name, segment, folder / f"poster.{format}", lang=lang)
        return content_answer(path.read_bytes(), f"{name}-{segment}.{format}")


@router.post("/reports", operation_id="report", response_model=Job)
def report(workspace: RestWorkspace, body: NewReport, wait: Wait = False) -> Response:
    """The description report of a segmentation; a job whose result is the file, or with `wait` the file itself."""
    required(workspace, "report", body.segmentation)
    if not at_once(workspace, wait):
        arguments = {"segmentation": body.segmentation, "format": body.format, "lang": body.lang}
        return long_work(workspace, "report", arguments, wait=False, now=lambda: None)
    with scratch_folder(workspace) as folder:
        path = workspace.report(body.segmentation, folder / f"report.{body.format}", lang=body.lang)
        return content_answer(path.read_bytes(), f"{body.segmentation}.{body.format}")
