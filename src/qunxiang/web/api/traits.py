"""REST of traits."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition
from qunxiang.model.variable import PREVIEW_SAMPLE, variable_body
from qunxiang.services.trait_drift import DriftReport
from qunxiang.services.trait_own import VariablePreview
from qunxiang.services.trait_read import TraitDetail, TraitState
from qunxiang.web.api.answers import Body, Limit, Offset, Rows, answer, frame_answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["traits"])


class NewMeasure(Body):
    """A metric over a table's rows, with a filter and a window."""

    table: str
    metric: str
    column: str | None = None
    where: str = ""
    window_days: int | None = None
    window: dict[str, Any] | None = None
    quantile: float | None = None
    trend: str | None = None


class NewVariable(Body):
    """An own variable: a metric over a table's rows (over another), an expression over traits, or bands of a trait."""

    table: str | None = None
    metric: str | None = None
    column: str | None = None
    where: str = ""
    window_days: int | None = None
    window: dict[str, Any] | None = None
    quantile: float | None = None
    trend: str | None = None
    over: NewMeasure | None = None
    expression: str | None = None
    bands: dict[str, Any] | None = None
    missing: str = "natural"
    missing_value: float | None = None
    label: Label | None = None
    unit: Label | None = None
    definition: Label | None = None
    family: Family = Family.BEHAVIOURAL

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of ``Workspace.traits.define``."""
        given = {name: getattr(self, name) for name in NewVariable.model_fields}
        return given | {"over": self.over.model_dump() if self.over is not None else None}


class NewTrait(NewVariable):
    """An own variable and why it is made."""

    why: str = ""


class Previewed(NewVariable):
    """An own variable to look at before it is defined."""

    name: str = "preview_of_a_variable"
    as_of: date | None = None
    sample: int = PREVIEW_SAMPLE


@router.get("/traits", operation_id="trait.list", response_model=list[TraitState])
def traits(workspace: RestWorkspace) -> Response:
    """Every trait with coverage and quartiles."""
    return answer(workspace.traits.list())


@router.get("/trait-frame", operation_id="trait.frame", response_model=Rows)
def frame(
    request: Request,
    workspace: RestWorkspace,
    name: Annotated[list[str] | None, Query(description="Trait; may be repeated. All traits by default.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Traits of all profiles, one row per profile, as JSON, Arrow or CSV."""
    return frame_answer(request, workspace.traits.frame(name), "traits", limit=limit, offset=offset)


@router.get("/trait-drift", operation_id="trait.drift", response_model=DriftReport)
def drift(
    workspace: RestWorkspace,
    segmentation: Annotated[str | None, Query(description="Only the traits it goes by.")] = None,
    start: date | None = None,
    end: date | None = None,
) -> Response:
    """How the distribution of traits shifted between two dates."""
    return answer(workspace.traits.drift(segmentation, start, end))


@router.get("/traits/{name}", operation_id="trait.show", response_model=TraitDetail)
def trait(workspace: RestWorkspace, name: str) -> Response:
    """One trait with its distribution."""
    return answer(workspace.traits.show(name))


@router.put("/traits/{name}", operation_id="trait.define", response_model=TraitDefinition)
def define(workspace: RestWorkspace, name: str, body: NewTrait) -> Response:
    """Define a trait of one's own; it is computed from the next refresh on."""
    return answer(workspace.traits.define(name, **body.arguments(), why=body.why))


@router.delete("/traits/{name}", operation_id="trait.archive", status_code=204)
def archive(workspace: RestWorkspace, name: str, why: str = "") -> Response:
    """Take an own variable out of use; refused while something uses it."""
    workspace.traits.archive(name, why=why)
    return Response(status_code=204)


@router.post("/trait-previews", operation_id="trait.preview", response_model=VariablePreview)
def preview(workspace: RestWorkspace, body: Previewed) -> Response:
    """Compute a variable for a sample of profiles without storing it."""
    found = workspace.traits.preview(body.name, variable_body(**body.arguments()), as_of=body.as_of, sample=body.sample)
    return answer(found)
