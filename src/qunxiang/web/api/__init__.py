"""REST: every use case as a resource below ``/api/v1``; the operation id is the name of the use case."""

from fastapi import APIRouter

from qunxiang.web.api import (
    brand_ladder,
    brand_message,
    brand_research,
    competitors,
    data,
    definitions,
    personas,
    places,
    quality,
    review,
    schedules,
    segments,
    sources,
    strategy,
    surveys,
    targets,
    traits,
    value,
    work,
)
from qunxiang.web.api.answers import ErrorAnswer

router = APIRouter(
    prefix="/api/v1",
    responses={status: {"model": ErrorAnswer} for status in (401, 403, 404, 409, 422)},
)
for part in (
    data,
    sources,
    surveys,
    traits,
    segments,
    value,
    targets,
    brand_ladder,
    brand_message,
    brand_research,
    competitors,
    personas,
    strategy,
    places,
    quality,
    review,
    definitions,
    schedules,
    work,
):
    router.include_router(part.router)
