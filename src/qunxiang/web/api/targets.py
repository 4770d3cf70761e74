"""REST of target selection."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from qunxiang.errors import SettingError
from qunxiang.services.targets import RankingView, TargetSelection
from qunxiang.targeting import CriteriaSet, Judgement
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["targets"])


class NewCriteria(Body):
    """Criteria, weights and knock-outs of a segmentation."""

    criteria_set: CriteriaSet
    why: str = ""


class NewJudgement(Body):
    """What the caller thinks of a segment, 0 to 10, with the reason."""

    segment: str
    criterion: str = "strength"
    value: float = Field(ge=0, le=10)
    why: str


class Choice(Body):
    """Which segments are targets, and why."""

    segments: list[str]
    why: str


@router.get("/targets/{name}/criteria", operation_id="target.criteria", response_model=CriteriaSet)
def criteria(workspace: RestWorkspace, name: str) -> Response:
    """Criteria and knock-outs of a segmentation."""
    return answer(workspace.targets.criteria(name))


@router.put("/targets/{name}/criteria", operation_id="target.set_criteria", response_model=CriteriaSet)
def set_criteria(workspace: RestWorkspace, name: str, body: NewCriteria) -> Response:
    """Set criteria, weights and knock-outs."""
    return answer(workspace.targets.set_criteria(name, body.criteria_set, why=body.why))


@router.get("/targets/{name}/ranking", operation_id="target.rank", response_model=RankingView)
def rank(
    workspace: RestWorkspace,
    name: str,
    weights: Annotated[str, Query(max_length=2000, description='Weights for this look: {"size": 3}')] = "",
    seed: int = 0,
) -> Response:
    """Rank segments by attractiveness."""
    return answer(workspace.targets.rank(name, weights=weights_of(weights), seed=seed))


def weights_of(text: str) -> dict[str, float] | None:
    """Return the weights that a query sent as JSON.

    Raises
    ------
    SettingError
        When they are no JSON object of numbers.
    """
    if not text.strip():
        return None
    try:
        return {str(k): float(v) for k, v in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise SettingError("error.web.json", field="weights", example='{"size": 3}') from error


@router.post("/targets/{name}/judgements", operation_id="target.judge", response_model=Judgement)
def judge(workspace: RestWorkspace, name: str, body: NewJudgement) -> Response:
    """Enter what the caller thinks of a segment."""
    return answer(workspace.targets.judge(name, **dict(body)))


@router.get("/targets/{name}", operation_id="target.chosen", response_model=TargetSelection | None)
def chosen(workspace: RestWorkspace, name: str) -> Response:
    """The decision in force; null before one was taken."""
    return answer(workspace.targets.chosen(name))


@router.put("/targets/{name}", operation_id="target.choose", response_model=TargetSelection)
def choose(workspace: RestWorkspace, name: str, body: Choice) -> Response:
    """Record which segments are targets and why."""
    return answer(workspace.targets.choose(name, body.segments, why=body.why))
