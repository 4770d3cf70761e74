"""REST of benefit ladders and laddering interviews."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from qunxiang.i18n import Label
from qunxiang.model.ladder import Ladder
from qunxiang.services.brand_ladder import LadderEntry, LadderView
from qunxiang.services.brand_laddering import LadderingReport, LadderingView, StudyEntry
from qunxiang.web.api.answers import Body, answer, content_answer
from qunxiang.web.api.data import mapping
from qunxiang.web.api.uploads import drop_upload, save_upload
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["brand"])
PlaceName = Annotated[str | None, Query(max_length=100, description="Segmentation; the whole market without one.")]
PlaceSegment = Annotated[str | None, Query(max_length=100, description="Segment of the segmentation.")]
Format = Annotated[Literal["yaml", "json"], Query(description="Format of the document.")]
OfGroup = Annotated[str | None, Query(max_length=200, description="Respondents of this group alone.")]
Counting = Annotated[Literal["respondent", "ladder"], Query(description="For what a link counts once.")]
Linking = Annotated[Literal["all", "direct"], Query(description="Which links measures and map rest on.")]
Cutoff = Annotated[int | None, Query(ge=1, description="Least links of a pair in the map; the recommended one.")]


class NewLadder(Body):
    """A benefit ladder; grounds are bound to what the data say now."""

    ladder: Ladder
    rebind: bool = Field(default=False, description="Take today's figures for grounds that stood there before, too.")
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: none.")


class Confirmed(Body):
    """Ids of proposed items to confirm; left out, all of them."""

    items: list[str] | None = Field(default=None, max_length=100)
    why: str = ""


class ProposalQuestion(Body):
    """From which links of a study a ladder is proposed."""

    group: str | None = None
    counting: Literal["respondent", "ladder"] = "respondent"
    linking: Literal["all", "direct"] = "all"
    cutoff: int | None = Field(default=None, ge=1)
    why: str = ""


@router.get("/brand/ladders", operation_id="brand.ladder.list", response_model=list[LadderEntry])
def ladder_list(workspace: RestWorkspace) -> Response:
    """The whole market and every segment with the state of its ladder."""
    return answer(workspace.brand.ladder.list())


@router.get("/brand/ladder", operation_id="brand.ladder.show", response_model=LadderView)
def ladder(workspace: RestWorkspace, name: PlaceName = None, segment: PlaceSegment = None) -> Response:
    """The benefit ladder of a segment, or of the whole market, with what it lacks."""
    return answer(workspace.brand.ladder.show(name, segment))


@router.put("/brand/ladder", operation_id="brand.ladder.set", response_model=LadderView)
def set_ladder(
    workspace: RestWorkspace, body: NewLadder, name: PlaceName = None, segment: PlaceSegment = None
) -> Response:
    """Store a benefit ladder."""
    return answer(workspace.brand.ladder.set(name, segment, **dict(body)))


@router.post("/brand/ladder/confirmed", operation_id="brand.ladder.confirm", response_model=LadderView)
def confirm(
    workspace: RestWorkspace, body: Confirmed, name: PlaceName = None, segment: PlaceSegment = None
) -> Response:
    """Confirm proposed items, or all."""
    return answer(workspace.brand.ladder.confirm(name, segment, items=body.items, why=body.why))


@router.get("/brand/ladder/document", operation_id="brand.ladder.export", response_model=None)
def ladder_document(
    workspace: RestWorkspace, name: PlaceName = None, segment: PlaceSegment = None, format: Format = "yaml"
) -> Response:
    """A benefit ladder as a YAML or JSON document."""
    content = workspace.brand.ladder.document(name, segment, format=format)
    return content_answer(content, f"ladder-{segment or 'market'}.{format}")


@router.get("/brand/laddering", operation_id="brand.ladder.studies", response_model=list[StudyEntry])
def studies(workspace: RestWorkspace) -> Response:
    """Every laddering study."""
    return answer(workspace.brand.ladder.studies())


@router.post("/brand/laddering/{study}", operation_id="brand.ladder.import", response_model=LadderingReport)
def import_study(
    workspace: RestWorkspace,
    study: str,
    file: Annotated[UploadFile, File(description="Coded interviews: one row per rung.")],
    columns: Annotated[str, Form(description='Columns by what they hold: {"concept": "编码"}')] = "",
    label: Annotated[str, Form(max_length=200, description="Name for people.")] = "",
    why: Annotated[str, Form()] = "",
) -> Response:
    """Import coded laddering interviews; ladders that cannot be used are left out with the reason."""
    wanted = mapping(columns, "columns")
    source = save_upload(workspace, file, use_case="brand.ladder.import")
    try:
        path = workspace.settings.folder / source
        shown = Label.same(label) if label.strip() else None
        return answer(workspace.brand.ladder.load(study, path, columns=wanted, label=shown, why=why))
    finally:
        drop_upload(workspace, source)


@router.get("/brand/laddering/{study}", operation_id="brand.ladder.matrix", response_model=LadderingView)
def matrix(
    workspace: RestWorkspace,
    study: str,
    group: OfGroup = None,
    counting: Counting = "respondent",
    linking: Linking = "all",
    cutoff: Cutoff = None,
) -> Response:
    """Implication matrix of a study with measures, cutoffs and the hierarchical value map."""
    return answer(workspace.brand.ladder.matrix(study, group=group, counting=counting, linking=linking, cutoff=cutoff))


@router.post("/brand/laddering/{study}/proposals", operation_id="brand.ladder.propose", response_model=LadderView)
def propose(
    workspace: RestWorkspace,
    study: str,
    body: ProposalQuestion,
    name: PlaceName = None,
    segment: PlaceSegment = None,
) -> Response:
    """Add what a study's map shows to the ladder of a place, marked as proposed."""
    return answer(workspace.brand.ladder.propose(study, name, segment, **dict(body)))
