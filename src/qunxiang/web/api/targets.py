"""REST of target selection."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from qunxiang.errors import SettingError
from qunxiang.services.target_budget import BudgetView
from qunxiang.services.target_weights import Weighing
from qunxiang.services.targets import RankingView, TargetSelection
from qunxiang.targeting import Comparison, CriteriaSet, Judgement, Limits, NoCurve, Observation, ResponseCurve
from qunxiang.targeting.criteria import Side
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["targets"])


class NewCriteria(Body):
    """Criteria, weights and knock-outs of a segmentation."""

    criteria_set: CriteriaSet
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: the standard ones.")


class Comparisons(Body):
    """Pairwise comparisons of one side's criteria."""

    comparisons: list[Comparison] = Field(max_length=45)
    side: Side = "attractiveness"


class NewWeights(Body):
    """Points of 100 by criterion, or pairwise comparisons: one of the two."""

    points: dict[str, float] | None = None
    comparisons: list[Comparison] = Field(default=[], max_length=45)
    side: Side = "attractiveness"
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: the standard ones.")


class NewJudgement(Body):
    """What the caller thinks of a segment, 0 to 10, with the reason."""

    segment: str
    criterion: str = "strength"
    value: float = Field(ge=0, le=10)
    why: str


class NewCurve(Body):
    """A response curve entered by hand: margin over spend, workspace currency per period."""

    ceiling: Decimal = Field(gt=0)
    scale: Decimal = Field(gt=0)
    why: str
    shape: Literal["saturating", "s_curve"] = "saturating"
    steepness: float = Field(default=2.0, gt=1, le=10)
    ceiling_low: Decimal | None = None
    ceiling_high: Decimal | None = None


class PastSpend(Body):
    """Past spend and margin of a segment; without observations they are read from the tables of campaigns."""

    observations: list[Observation] | None = Field(default=None, max_length=10_000)
    margin_rate: Decimal | None = Field(default=None, gt=0, le=1)


class BudgetQuestion(Body):
    """A budget to split over segments."""

    total: Decimal | None = Field(default=None, gt=0)
    limits: dict[str, Limits] = Field(default={}, max_length=200)
    spend_all: bool = False
    seed: int = Field(default=0, ge=0)


class Choice(Body):
    """Which segments are targets, and why."""

    segments: list[str]
    why: str
    alternatives: dict[str, str] = Field(default={}, description="Segments not chosen, with the reason.")
    review_on: date | None = None
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: none.")


@router.get("/targets/{name}/criteria", operation_id="target.criteria", response_model=CriteriaSet)
def criteria(workspace: RestWorkspace, name: str) -> Response:
    """Criteria and knock-outs of a segmentation."""
    return answer(workspace.targets.criteria(name))


@router.put("/targets/{name}/criteria", operation_id="target.set_criteria", response_model=CriteriaSet)
def set_criteria(workspace: RestWorkspace, name: str, body: NewCriteria) -> Response:
    """Set criteria, weights and knock-outs."""
    return answer(workspace.targets.set_criteria(name, body.criteria_set, why=body.why, seen_version=body.seen_version))


@router.get("/target-library", operation_id="target.library", response_model=CriteriaSet)
def library(workspace: RestWorkspace) -> Response:
    """Criteria and knock-outs to choose from."""
    return answer(workspace.targets.library())


@router.post("/targets/{name}/comparisons", operation_id="target.compare", response_model=Weighing)
def compare(workspace: RestWorkspace, name: str, body: Comparisons) -> Response:
    """Weights that pairwise comparisons come to; nothing is stored."""
    return answer(workspace.targets.compare(name, body.comparisons, side=body.side))


@router.put("/targets/{name}/weights", operation_id="target.weigh", response_model=Weighing)
def weigh(workspace: RestWorkspace, name: str, body: NewWeights) -> Response:
    """Set the weights of one side from points of 100 or from pairwise comparisons."""
    return answer(workspace.targets.weigh(name, **dict(body)))


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
    return answer(workspace.targets.choose(name, **dict(body)))


@router.post("/targets/{name}/budget", operation_id="target.budget", response_model=BudgetView)
def budget(workspace: RestWorkspace, name: str, body: BudgetQuestion) -> Response:
    """Split a budget over segments so that margin less spend is largest; nothing is stored."""
    return answer(workspace.targets.budget(name, **dict(body)))


@router.put("/targets/{name}/curves/{segment}", operation_id="target.curve", response_model=ResponseCurve)
def curve(workspace: RestWorkspace, name: str, segment: str, body: NewCurve) -> Response:
    """Enter a segment's response curve."""
    return answer(workspace.targets.curve(name, segment=segment, **dict(body)))


@router.post("/targets/{name}/curves/{segment}/fit", operation_id="target.fit_curve", response_model=None)
def fit_curve(workspace: RestWorkspace, name: str, segment: str, body: PastSpend) -> Response:
    """Fit a segment's response curve to past spend and margin; says why where the data cannot support one."""
    found = workspace.targets.fit_curve(name, segment=segment, **dict(body))
    return answer(
        {"curve": None, "refused": found} if isinstance(found, NoCurve) else {"curve": found, "refused": None}
    )


@router.delete("/targets/{name}/curves/{segment}", operation_id="target.drop_curve", response_model=None)
def drop_curve(workspace: RestWorkspace, name: str, segment: str) -> Response:
    """Take a segment's response curve away."""
    workspace.targets.drop_curve(name, segment=segment)
    return answer(None)
