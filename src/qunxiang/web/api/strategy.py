"""REST of strategies: the chain from market to message, and positioning statements."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from qunxiang.model.strategy import LinkName, PositioningStatement
from qunxiang.services.strategy import StrategyEntry, StrategyView
from qunxiang.services.strategy_position import PositionView
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["strategy"])


class NewPlan(Body):
    """The market that a segmentation divides, owners of links, and the day to look again; what is null stays."""

    market: str | None = Field(default=None, description="Name of the market; an empty text takes it away.")
    owners: dict[LinkName, str] = Field(default={}, description="Person by link; an empty text takes one away.")
    review_on: date | None = None
    no_review: bool = False
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: none.")


class NewStatement(Body):
    """A positioning statement; `rebind` takes the figures of today for evidence that stood there before."""

    statement: PositioningStatement
    rebind: bool = False
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: none.")


@router.get("/strategies", operation_id="strategy.list", response_model=list[StrategyEntry])
def strategies(workspace: RestWorkspace) -> Response:
    """Every segmentation with the state of its chain."""
    return answer(workspace.strategy.list())


@router.get("/strategies/{name}", operation_id="strategy.show", response_model=StrategyView)
def show(workspace: RestWorkspace, name: str) -> Response:
    """The chain of a segmentation from market to message."""
    return answer(workspace.strategy.show(name))


@router.put("/strategies/{name}", operation_id="strategy.set", response_model=StrategyView)
def set_plan(workspace: RestWorkspace, name: str, body: NewPlan) -> Response:
    """Name the market, the owners of links and the day to look again."""
    return answer(workspace.strategy.set(name, **dict(body)))


@router.get("/strategies/{name}/positions/{segment}", operation_id="strategy.position", response_model=PositionView)
def position(workspace: RestWorkspace, name: str, segment: str) -> Response:
    """The positioning statement of a segment, with what it lacks."""
    return answer(workspace.strategy.position(name, segment))


@router.put("/strategies/{name}/positions/{segment}", operation_id="strategy.set_position", response_model=PositionView)
def set_position(workspace: RestWorkspace, name: str, segment: str, body: NewStatement) -> Response:
    """Store the positioning statement of a segment, as a draft or decided."""
    return answer(workspace.strategy.set_position(name, segment, **dict(body)))
