"""REST of segments."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Segmentation
from qunxiang.model.segmentation import DEFAULT_STEPS, FitMethod
from qunxiang.ports.state import Job
from qunxiang.segmentation.classify import Check
from qunxiang.segmentation.why import Why
from qunxiang.services.segment_compare import FitComparison
from qunxiang.services.segment_contrast import SegmentContrast
from qunxiang.services.segment_describe import SegmentationDescription
from qunxiang.services.segment_history import Dated, Stay
from qunxiang.services.segment_migration import Migration
from qunxiang.services.segment_overlap import SegmentOverlap
from qunxiang.services.segment_publish import SegmentReport
from qunxiang.services.segment_read import Change, SegmentationSummary
from qunxiang.services.segment_scheme import SchemeView
from qunxiang.services.segment_size import RuleSize
from qunxiang.web.api.answers import Body, Limit, Offset, Rows, Wait, answer, frame_answer, long_work, plain
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["segments"])


class Grid(Body):
    """Two segmentations to cross."""

    rows: str
    columns: str
    label: Label | None = None
    why: str = ""


class NewSegment(Body):
    """A segment by a rule over traits."""

    rule: str
    label: Label | None = None
    note: Label | None = None
    why: str = ""


class Classification(Body):
    """Thresholds of a ready-made scheme; found from the data where none is given."""

    thresholds: dict[str, float] | None = None
    breaks: list[str] = Field(default=[], description="thresholds that lie at the natural break of the values")
    why: str = ""


class Fit(Body):
    """How to fit segments to traits."""

    traits: list[str] | None = None
    method: FitMethod = "kmeans"
    weight: str | None = None
    steps: list[str] = Field(default_factory=lambda: list(DEFAULT_STEPS))
    n_segments: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto"
    seed: int = 0
    n_pairs: int = Field(default=50, ge=2, le=1000)
    n_restarts: int = Field(default=10, ge=1, le=1000)
    label: Label | None = None
    why: str = ""


class Mark(Body):
    """A profile that people put into (or take out of) a segment."""

    segment: str
    profile_id: str
    why: str
    member: bool = True


class NewName(Body):
    """The name of a segment."""

    label: Label
    why: str = ""


@router.get("/segments", operation_id="segment.list", response_model=list[SegmentationSummary])
def segmentations(workspace: RestWorkspace) -> Response:
    """Every segmentation with the sizes of its segments."""
    return answer(workspace.segments.list())


@router.get("/segment-size", operation_id="segment.size", response_model=RuleSize)
def size(
    workspace: RestWorkspace,
    rule: Annotated[str, Query(max_length=10_000)],
    sample: Annotated[int | None, Query(ge=1, description="count among this many profiles only")] = None,
) -> Response:
    """How many profiles a rule takes, condition by condition, without defining anything."""
    return answer(workspace.segments.size(rule, sample=sample))


@router.get("/segment-overlap", operation_id="segment.overlap", response_model=SegmentOverlap)
def overlap(
    workspace: RestWorkspace,
    segments: Annotated[
        list[str] | None, Query(max_length=200, description="segmentations, or segments such as loyalty.loyal")
    ] = None,
) -> Response:
    """How many members segments share, pair by pair."""
    return answer(workspace.segments.overlap(*(segments or ())))


@router.put("/segments/{name}/grid", operation_id="segment.cross", response_model=SegmentReport)
def cross(workspace: RestWorkspace, name: str, grid: Grid) -> Response:
    """Cross two segmentations in a grid; each cell becomes a segment."""
    made = workspace.segments.cross(name, grid.rows, grid.columns, label=grid.label, why=grid.why)
    return answer(made)


@router.put("/segments/{name}", operation_id="segment.define", response_model=SegmentReport)
def define(workspace: RestWorkspace, name: str, body: NewSegment) -> Response:
    """Define a segment by a rule."""
    return answer(workspace.segments.define(name, **dict(body)))


@router.get("/classifications/{scheme}", operation_id="segment.scheme", response_model=SchemeView)
def scheme(
    workspace: RestWorkspace,
    scheme: str,
    threshold: Annotated[
        list[str] | None, Query(max_length=20, description="name=value, such as key_amount=500")
    ] = None,
    at_break: Annotated[
        list[str] | None, Query(alias="break", max_length=20, description="thresholds at their natural break")
    ] = None,
) -> Response:
    """What a ready-made scheme would make: thresholds and how they are found, rules, sizes; nothing changes."""
    return answer(workspace.segments.scheme(scheme, thresholds=_values(threshold or []), breaks=at_break or ()))


def _values(given: list[str]) -> dict[str, float]:
    found = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise SettingError("error.segmentation.threshold_text", value=text[:80]) from error
    return found


@router.put("/classifications/{scheme}", operation_id="segment.classify", response_model=SegmentReport)
def classify(workspace: RestWorkspace, scheme: str, body: Classification | None = None) -> Response:
    """Apply a ready-made scheme: rfm, value_tier, loyalty, price_sensitivity or need."""
    return answer(workspace.segments.classify(scheme, **dict(body or Classification())))


@router.post("/segments/{name}/fit", operation_id="segment.fit", response_model=SegmentReport | Job)
def fit(workspace: RestWorkspace, name: str, body: Fit | None = None, wait: Wait = False) -> Response:
    """Fit segments to traits."""
    how = dict(body or Fit())
    return long_work(
        workspace,
        "segment.fit",
        {"name": name, **plain(how)},
        wait=wait,
        now=lambda: workspace.segments.fit(name, **how),
    )


@router.post("/segments/{name}/marks", operation_id="segment.mark", response_model=SegmentReport)
def mark(workspace: RestWorkspace, name: str, body: Mark) -> Response:
    """Put a profile into a segment that people decide, or take it out."""
    return answer(workspace.segments.mark(name, **dict(body)))


@router.put("/segments/{name}/names/{segment}", operation_id="segment.rename", response_model=Segmentation)
def rename(workspace: RestWorkspace, name: str, segment: str, body: NewName) -> Response:
    """Confirm or change the name of a segment."""
    return answer(workspace.segments.rename(name, segment=segment, label=body.label, why=body.why))


@router.delete("/segments/{name}", operation_id="segment.archive", status_code=204)
def archive(workspace: RestWorkspace, name: str, why: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """Take a segmentation out of use; its history stays."""
    workspace.segments.archive(name, why=why)
    return Response(status_code=204)


@router.get("/segments/{name}/contrast", operation_id="segment.contrast", response_model=SegmentContrast)
def contrast(workspace: RestWorkspace, name: str) -> Response:
    """How all segments differ: tests over every trait, descriptors with residuals, how far apart they lie."""
    return answer(workspace.segments.contrast(name))


@router.get("/segments/{name}", operation_id="segment.describe", response_model=SegmentationDescription)
def describe(workspace: RestWorkspace, name: str) -> Response:
    """Every segment described: size, revenue, order values, growth, what marks it."""
    return answer(workspace.segments.describe(name))


@router.get("/segments/{name}/members", operation_id="segment.members", response_model=Rows)
def members(
    request: Request,
    workspace: RestWorkspace,
    name: str,
    segment: str | None = None,
    as_of: date | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Members, one row per profile, as JSON, Arrow or CSV."""
    frame = workspace.segments.members(name, segment=segment, as_of=as_of)
    return frame_answer(request, frame, f"members-{name}", limit=limit, offset=offset)


@router.get("/segments/{name}/members/{profile_id}/why", operation_id="segment.why", response_model=Why)
def why(workspace: RestWorkspace, name: str, profile_id: str, as_of: date | None = None) -> Response:
    """Why a profile is where it is."""
    return answer(workspace.segments.why(name, profile_id, as_of=as_of))


@router.get("/segments/{name}/stability", operation_id="segment.stability", response_model=Segmentation)
def stability(workspace: RestWorkspace, name: str) -> Response:
    """How firmly fitted segments hold."""
    return answer(workspace.segments.stability(name))


@router.get("/segments/{name}/changes", operation_id="segment.changes", response_model=list[Change])
def changes(workspace: RestWorkspace, name: str, runs: Annotated[int, Query(ge=1, le=1000)] = 12) -> Response:
    """Who went where in the last runs."""
    return answer(workspace.segments.changes(name, runs=runs))


@router.get("/segments/{name}/dates", operation_id="segment.dates", response_model=list[Dated])
def dates(workspace: RestWorkspace, name: str) -> Response:
    """The dates for which it is known who belonged where."""
    return answer(workspace.segments.dates(name))


@router.get("/segments/{name}/comparison", operation_id="segment.compare", response_model=FitComparison)
def compare(
    workspace: RestWorkspace,
    name: str,
    before: Annotated[int | None, Query(ge=1, description="Version; the fit before by default.")] = None,
    after: Annotated[int | None, Query(ge=1, description="Version; the newest by default.")] = None,
) -> Response:
    """A fit compared with the one before: agreement, which segment goes on as which, who moves."""
    return answer(workspace.segments.compare(name, before, after))


@router.get("/segments/{name}/migration", operation_id="segment.migration", response_model=Migration)
def migration(workspace: RestWorkspace, name: str, start: date | None = None, end: date | None = None) -> Response:
    """Who went where between two dates, and what changed for them."""
    return answer(workspace.segments.migration(name, start, end))


@router.get("/segments/{name}/movers", operation_id="segment.movers", response_model=Rows)
def movers(
    request: Request,
    workspace: RestWorkspace,
    name: str,
    start: date | None = None,
    end: date | None = None,
    from_segment: str | None = None,
    to_segment: str | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Who moved between two dates, one row per profile, with the deciding traits before and after."""
    frame = workspace.segments.movers(name, start, end, from_segment=from_segment, to_segment=to_segment)
    return frame_answer(request, frame, f"movers-{name}", limit=limit, offset=offset)


@router.get("/profiles/{profile_id}/segments", operation_id="segment.history", response_model=list[Stay])
def history(workspace: RestWorkspace, profile_id: str, name: str | None = None) -> Response:
    """Where a profile was over time."""
    return answer(workspace.segments.history(profile_id, name=name))


@router.get("/segments/{name}/check", operation_id="segment.check", response_model=list[Check])
def check(workspace: RestWorkspace, name: str) -> Response:
    """Whether a segmentation is well divided, and led by needs and value."""
    return answer(workspace.segments.check(name))
