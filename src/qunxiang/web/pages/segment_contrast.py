"""The page that compares segments: profile plots, tests, mosaics, the separation plot and gorge plots."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from qunxiang.charts.spec import (
    Axis,
    Bar,
    BarChart,
    Cloud,
    CloudMap,
    Heatmap,
    HistogramChart,
    Mosaic,
    Reference,
)
from qunxiang.i18n import Message
from qunxiang.services.segment_contrast import BINS, Descriptor, SegmentContrast, Separation, TraitDifference
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.segments import summary_of
from qunxiang.web.pages.traits import FORMATS
from qunxiang.web.rendering import show

router = APIRouter()
PROFILE_TRAITS = 10
MOSAICS = 4
TESTS_SHOWN = 25


@router.get("/segments/{name}/contrast")
def contrast(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show how the segments differ."""
    found = workspace.segments.contrast(name)
    drawn = profile_traits(found)
    telling = [d for d in found.descriptors if d.effect > 0][:MOSAICS]
    return show(
        request,
        workspace,
        "pages/segments_contrast.html",
        active="segments",
        page_title=Message("room.contrast.title"),
        name=name,
        summary=summary_of(workspace, name),
        found=found,
        overview=_overview(found, drawn),
        profiles=[_profile(found, i, drawn) for i, s in enumerate(found.segments) if s.n],
        mosaics=[(d, _mosaic(found, d)) for d in telling],
        clouds=_clouds(found, found.separation) if found.separation else None,
        near=_near(found, found.separation) if found.separation else None,
        gorges=[_gorge(found, found.separation, i) for i, s in enumerate(found.segments) if s.n]
        if found.separation
        else [],
        tests=found.differences[:TESTS_SHOWN],
        more=max(0, len(found.differences) - TESTS_SHOWN),
        formats=FORMATS,
    )


def profile_traits(found: SegmentContrast) -> list[TraitDifference]:
    """Return what the profile plots show: the traits the segments were made of, then those that differ most."""
    own = [d for d in found.differences if d.defining]
    others = [d for d in found.differences if not d.defining]
    return [*own, *others][:PROFILE_TRAITS]


def _overview(found: SegmentContrast, drawn: list[TraitDifference]) -> Heatmap | None:
    there = [i for i, s in enumerate(found.segments) if s.n]
    if not drawn or not there:
        return None
    return Heatmap(
        title=Message("room.contrast.profile"),
        rows=tuple(d.label for d in drawn),
        columns=tuple(found.segments[i].label for i in there),
        values=tuple(tuple(d.standard[i] for i in there) for d in drawn),
        format="signed",
        diverging=True,
    )


def _profile(found: SegmentContrast, place: int, drawn: list[TraitDifference]) -> tuple[Any, BarChart]:
    segment = found.segments[place]
    values = [v for d in drawn for v in d.standard if v is not None]
    reach = max([1.0, *(abs(v) for v in values)])
    bars = tuple(Bar(name=d.label, value=d.standard[place], colour=segment.colour) for d in drawn)
    chart = BarChart(
        title=Message("room.contrast.profile_of", {"segment": segment.label}),
        axis=Axis(Message("room.contrast.off_axis"), "signed", low=-reach, high=reach),
        bars=bars,
        references=(Reference(0.0, Message("room.contrast.all")),),
    )
    return segment, chart


def _mosaic(found: SegmentContrast, descriptor: Descriptor) -> Mosaic:
    return Mosaic(
        title=descriptor.label,
        rows=tuple(s.label for s in found.segments),
        parts=descriptor.levels,
        counts=descriptor.counts,
        residuals=descriptor.residuals,
    )


def _clouds(found: SegmentContrast, separation: Separation) -> CloudMap:
    clouds = tuple(
        Cloud(
            name=segment.label,
            points=tuple((x, y) for x, y, s in separation.points if s == i),
            centre=separation.centers[i],
            outline=separation.outlines[i],
            n=segment.n,
            colour=segment.colour,
        )
        for i, segment in enumerate(found.segments)
    )
    links = tuple(
        (i, j, strength)
        for i, j in combinations(range(len(clouds)), 2)
        if (strength := (separation.near[i][j] + separation.near[j][i]) / 2) >= 0.05
    )
    return CloudMap(
        title=Message("room.contrast.separation"),
        x=Axis(Message("room.contrast.axis_1"), "number"),
        y=Axis(Message("room.contrast.axis_2"), "number"),
        clouds=clouds,
        links=links,
    )


def _near(found: SegmentContrast, separation: Separation) -> Heatmap:
    return Heatmap(
        empty="—",
        title=Message("room.contrast.near"),
        rows=tuple(s.label for s in found.segments),
        columns=tuple(s.label for s in found.segments),
        values=tuple(tuple(None if i == j else v for j, v in enumerate(row)) for i, row in enumerate(separation.near)),
    )


def _gorge(found: SegmentContrast, separation: Separation, place: int) -> tuple[Any, HistogramChart]:
    segment = found.segments[place]
    chart = HistogramChart(
        title=Message("room.contrast.gorge_of", {"segment": segment.label}),
        axis=Axis(Message(f"room.contrast.{separation.measure}"), "percent"),
        edges=tuple(i / BINS for i in range(BINS + 1)),
        counts=separation.likeness[place],
    )
    return segment, chart
