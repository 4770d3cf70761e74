"""REST of competitors: register, facts, strength by segment, deals won and lost."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from qunxiang.i18n import Label
from qunxiang.positioning.competitors import Fact, StrengthJudgement, Topic
from qunxiang.positioning.win_loss import WinLoss
from qunxiang.services.competitor_strength import StrengthView
from qunxiang.services.competitors import CompetitorState, Register
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["competitors"])
By = Literal["competitor", "segment", "industry", "owner", "product", "source"]


class NewCompetitor(Body):
    """A competitor; fields left out stay as they are."""

    label: Label | None = None
    positioning: Label | None = None
    note: str | None = Field(default=None, max_length=4000)
    aliases: list[str] | None = Field(default=None, max_length=50)
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: none.")


class NewFact(Body):
    """A fact with its source; without a date it is of today."""

    topic: Topic
    text: str = Field(min_length=1, max_length=4000)
    source: str = Field(min_length=1, max_length=500)
    stated_on: date | None = None
    expires_on: date | None = None
    url: str = Field(default="", max_length=2000)
    segment: str = Field(default="", max_length=200)


class NewStrength(Body):
    """How strong the caller judges a competitor in a segment, 0 to 10, with the reason."""

    segmentation: str
    segment: str
    value: float = Field(ge=0, le=10)
    why: str


@router.get("/competitors", operation_id="competitor.list", response_model=Register)
def register(workspace: RestWorkspace) -> Response:
    """Every competitor, and the matrix of facts by topic."""
    return answer(workspace.competitors.list())


@router.get("/competitors/{name}", operation_id="competitor.show", response_model=CompetitorState)
def show(workspace: RestWorkspace, name: str) -> Response:
    """A competitor with its facts."""
    return answer(workspace.competitors.show(name))


@router.put("/competitors/{name}", operation_id="competitor.add", response_model=CompetitorState)
def add(workspace: RestWorkspace, name: str, body: NewCompetitor) -> Response:
    """Register a competitor, or change what stands there."""
    return answer(workspace.competitors.add(name, **dict(body)))


@router.delete("/competitors/{name}", operation_id="competitor.remove", response_model=None)
def remove(workspace: RestWorkspace, name: str, why: str = "") -> Response:
    """Take a competitor out of the register."""
    workspace.competitors.remove(name, why=why)
    return answer(None)


@router.post("/competitors/{name}/facts", operation_id="competitor.fact", response_model=Fact)
def fact(workspace: RestWorkspace, name: str, body: NewFact) -> Response:
    """Enter a fact about a competitor."""
    return answer(workspace.competitors.fact(name, **dict(body)))


@router.delete("/competitors/{name}/facts/{fact}", operation_id="competitor.drop_fact", response_model=None)
def drop_fact(workspace: RestWorkspace, name: str, fact: str, why: str = "") -> Response:
    """Take back a fact that was entered."""
    workspace.competitors.drop_fact(name, fact, why=why)
    return answer(None)


@router.post("/competitors/{name}/judgements", operation_id="competitor.judge", response_model=StrengthJudgement)
def judge(workspace: RestWorkspace, name: str, body: NewStrength) -> Response:
    """Enter how strong the caller judges a competitor in a segment."""
    return answer(workspace.competitors.judge(name, **dict(body)))


@router.get("/competitor-strength/{segmentation}", operation_id="competitor.strength", response_model=StrengthView)
def strength(workspace: RestWorkspace, segmentation: str) -> Response:
    """Strength of every competitor by segment: judged, and beside it win rates."""
    return answer(workspace.competitors.strength(segmentation))


@router.get("/competitor-wins", operation_id="competitor.wins", response_model=WinLoss)
def wins(
    workspace: RestWorkspace,
    by: By = "competitor",
    segmentation: Annotated[str | None, Query(description="Needed with by=segment, and only there.")] = None,
    first: Annotated[date | None, Query(description="First day on which counted deals were closed.")] = None,
    last: Annotated[date | None, Query(description="Last day on which counted deals were closed.")] = None,
) -> Response:
    """Win rates by group, small groups shrunken towards the rate of all."""
    return answer(workspace.competitors.wins(by=by, segmentation=segmentation, first=first, last=last))
