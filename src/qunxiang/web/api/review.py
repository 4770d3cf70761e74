"""REST of who is who by hand."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from qunxiang.services.review import DecisionReport, ReviewQueue
from qunxiang.web.api.answers import Body, Limit, Offset, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["identity"])


class NewDecision(Body):
    """Two records are the same customer, different ones, or to be looked at later."""

    left: str = Field(max_length=400)
    right: str = Field(max_length=400)
    decision: Literal["same", "different", "later"]
    why: str = Field("", max_length=2000)


class Splitting(Body):
    """Records that are another customer than the rest of the profile, with the reason."""

    records: list[str] = Field(max_length=1000)
    why: str = Field(max_length=2000)


class Joining(Body):
    """The other profile that is the same customer, with the reason."""

    other: str = Field(max_length=400)
    why: str = Field(max_length=2000)


@router.get("/reviews", operation_id="review.list", response_model=ReviewQueue)
def reviews(workspace: RestWorkspace, limit: Limit = 50, offset: Offset = 0) -> Response:
    """Pairs of records that may be one customer."""
    return answer(workspace.review.list(limit=limit, offset=offset))


@router.post("/reviews", operation_id="review.decide", response_model=DecisionReport)
def decide(workspace: RestWorkspace, body: NewDecision) -> Response:
    """Decide on a pair of records; it counts from the next resolve on."""
    return answer(workspace.review.decide(body.left, body.right, body.decision, why=body.why))


@router.post("/profiles/{profile_id}/split", operation_id="split", response_model=DecisionReport)
def split(workspace: RestWorkspace, profile_id: str, body: Splitting) -> Response:
    """Take records out of a profile."""
    return answer(workspace.split(profile_id, body.records, why=body.why))


@router.post("/profiles/{profile_id}/join", operation_id="join", response_model=DecisionReport)
def join(workspace: RestWorkspace, profile_id: str, body: Joining) -> Response:
    """Say that two profiles are one customer."""
    return answer(workspace.join(profile_id, body.other, why=body.why))
