"""REST of places: reading stated places, the table of divisions, and what a workspace changes in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from qunxiang.geography.table import AddedPlace
from qunxiang.model import Definition
from qunxiang.services.places import PlaceFound, PlaceState
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["places"])


class Changes(Body):
    """Changes to lay over the table: tiers by city, regions by province, further names, added places."""

    tiers: dict[str, str] = Field(default_factory=dict)
    regions: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    added: tuple[AddedPlace, ...] = ()
    replace: bool = False
    why: str = ""


@router.get("/places", operation_id="place.list", response_model=PlaceState)
def places(
    workspace: RestWorkspace, within: Annotated[str | None, Query(description="A province or region.")] = None
) -> Response:
    """The table of places in force."""
    return answer(workspace.places.list(within))


@router.get("/places/find", operation_id="place.find", response_model=list[PlaceFound])
def find(workspace: RestWorkspace, text: Annotated[list[str], Query(max_length=200)]) -> Response:
    """What places are read as: names, codes of GB/T 2260, addresses."""
    return answer(workspace.places.find(*text))


@router.put("/places", operation_id="place.change", response_model=Definition)
def change(workspace: RestWorkspace, body: Changes) -> Response:
    """Lay changes over the shipped table."""
    return answer(
        workspace.places.change(
            tiers=body.tiers,
            regions=body.regions,
            names=body.names,
            added=[a.model_dump() for a in body.added],
            replace=body.replace,
            why=body.why,
        )
    )
