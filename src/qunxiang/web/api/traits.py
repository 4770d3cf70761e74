"""REST of traits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition
from qunxiang.services.trait_read import TraitDetail, TraitState
from qunxiang.web.api.answers import Body, Limit, Offset, Rows, answer, frame_answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["traits"])


class NewTrait(Body):
    """A trait of one's own: a metric over a table's rows, with a filter and a window."""

    table: str
    metric: str
    column: str | None = None
    where: str = ""
    window_days: int | None = None
    label: Label | None = None
    family: Family = Family.BEHAVIOURAL
    why: str = ""


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


@router.get("/traits/{name}", operation_id="trait.show", response_model=TraitDetail)
def trait(workspace: RestWorkspace, name: str) -> Response:
    """One trait with its distribution."""
    return answer(workspace.traits.show(name))


@router.put("/traits/{name}", operation_id="trait.define", response_model=TraitDefinition)
def define(workspace: RestWorkspace, name: str, body: NewTrait) -> Response:
    """Define a trait of one's own; it is computed from the next refresh on."""
    return answer(workspace.traits.define(name, **dict(body)))
