"""REST of brand studies: map, strength, judgements and tracking."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from qunxiang.i18n import Label
from qunxiang.model.brand_study import BrandDimension, BrandJudgement, StudyQuestion
from qunxiang.services.brand_strength import BrandScore
from qunxiang.services.brand_study import BrandStudyState
from qunxiang.services.brand_tracking import BrandTrack
from qunxiang.services.perceptual_map import BrandMap
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["brand"])
Own = Annotated[str | None, Query(max_length=80, description="The own brand, where a survey has no study.")]
By = Annotated[str | None, Query(max_length=60, description="Question whose answers are the segments.")]
Least = Annotated[int, Query(ge=1, description="People below which nothing is said or placed.")]


class NewStudy(Body):
    """Which question says what of which brand; `questions` left out are told from their wording."""

    own: str = Field(min_length=1, max_length=80)
    survey: str | None = None
    brands: list[str] | None = Field(default=None, max_length=40)
    questions: list[StudyQuestion] | None = Field(default=None, max_length=1000)
    segments: str | None = None
    market: str | None = None
    label: Label | None = None
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: none.")


class NewBrandJudgement(Body):
    """What the caller thinks of a brand on one dimension, 0 to 10, with the reason."""

    brand: str
    dimension: BrandDimension
    value: float = Field(ge=0, le=10)
    why: str


@router.get("/brand-studies", operation_id="brand.studies", response_model=list[BrandStudyState])
def studies(workspace: RestWorkspace) -> Response:
    """Every brand study."""
    return answer(workspace.brand.studies())


@router.get("/surveys/{name}/brands", operation_id="brand.propose", response_model=BrandStudyState)
def propose(
    workspace: RestWorkspace,
    name: str,
    own: Annotated[str, Query(max_length=80, description="The own brand, as the questions write it.")],
    brand: Annotated[list[str] | None, Query(max_length=40)] = None,
) -> Response:
    """Which questions of a survey ask about which brand, told by their wording."""
    return answer(workspace.brand.propose(name, own, brands=brand))


@router.put("/brand-studies/{name}", operation_id="brand.define", response_model=BrandStudyState)
def define(workspace: RestWorkspace, name: str, body: NewStudy) -> Response:
    """Store which question says what of which brand."""
    how = dict(body)
    return answer(workspace.brand.define(name, how.pop("own"), **how))


@router.get("/brand-studies/{name}/map", operation_id="competitor.map", response_model=BrandMap)
def brand_map(
    workspace: RestWorkspace,
    name: str,
    own: Own = None,
    by: By = None,
    least: Least = 30,
    n_draws: Annotated[int, Query(ge=0, le=5000)] = 500,
    seed: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Brands and attributes on few dimensions, with the quality of the map; of a study or a survey."""
    return answer(workspace.brand.map(name, own=own, by=by, least=least, n_draws=n_draws, seed=seed))


@router.get("/brand-studies/{name}/strength", operation_id="brand.score", response_model=BrandScore)
def score(workspace: RestWorkspace, name: str, own: Own = None, by: By = None, least: Least = 30) -> Response:
    """Strength on four dimensions, measured and judged, against competitors; of a study or a survey."""
    return answer(workspace.brand.score(name, own=own, by=by, least=least))


@router.post("/brand-studies/{name}/judgements", operation_id="brand.judge", response_model=BrandJudgement)
def judge(workspace: RestWorkspace, name: str, body: NewBrandJudgement) -> Response:
    """Enter what the caller thinks of a brand."""
    return answer(workspace.brand.judge(name, **dict(body)))


@router.get("/brand-studies/{name}/tracking", operation_id="brand.tracking", response_model=BrandTrack)
def tracking(
    workspace: RestWorkspace,
    name: str,
    own: Own = None,
    wave: Annotated[list[str] | None, Query(max_length=40, description="Surveys with the same questions.")] = None,
    by: By = None,
    panel: Annotated[bool, Query(description="The same people answered all waves.")] = False,
    least: Least = 30,
) -> Response:
    """Awareness, consideration and trust from wave to wave; of a study or a survey."""
    return answer(workspace.brand.tracking(name, own=own, waves=wave, by=by, panel=panel, least=least))
