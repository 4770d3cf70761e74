"""The perceptual map: biplot, quality of the map, ideal points."""

# The module's name sorts before that of the register, so that "map" is no name of a competitor.

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from qunxiang.charts.spec import Axis, Biplot, PlanePoint
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.positioning.map_points import Ellipse, IdealPoint, MapPoint, Unplaced
from qunxiang.services.perceptual_map import BrandMap
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.brand_strength import study_choices
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

_CORNERS = 48


@router.get("/competitors/map")
def map_page(
    request: Request,
    workspace: PageWorkspace,
    study: Annotated[str, Query(max_length=100)] = "",
    own: Annotated[str, Query(max_length=80)] = "",
    by: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """Show brands and attributes of a study, or of a survey whose questions name brands."""
    choices = study_choices(workspace)
    name = study or (choices[0][0] if choices else "")
    found, wrong = None, None
    if name:
        try:
            found = workspace.brand.map(name, own=own or None, by=by or None)
        except (SettingError, UnknownNameError) as error:
            wrong = error.message
    return show(
        request,
        workspace,
        "pages/competitor_map.html",
        active="competitors",
        page_title=Message("study.map"),
        status=200,
        study=name,
        own=own,
        by=by,
        choices=choices,
        questions=_questions(workspace, found),
        wrong=wrong,
        **(_shaped(found) if found else {"found": None}),
    )


def _questions(workspace: Workspace, found: BrandMap | None) -> list[tuple[str, Message | str]]:
    """Return the questions by whose answers people can be divided."""
    survey = found.study.survey if found else None
    asked = next((s.survey.questions for s in workspace.surveys.list() if s.survey.id == survey), ())
    about = {q.question for q in found.study.questions} if found else set()
    fit = [q for q in asked if q.kind in ("single", "ordered") and q.id not in about]
    return [
        ("", Message("study.by_study")),
        *((q.id, f"{q.id} · {q.text[:50]}" if q.text != q.id else q.id) for q in fit),
    ]


def _shaped(found: BrandMap) -> dict[str, Any]:
    made = found.map
    return {
        "found": found,
        "chart": _chart(found) if len(made.inertias) >= 2 else None,
        "dimensions": list(zip(range(1, 10), made.inertias, made.shares, strict=False)),
        "unplaced": [Message(f"study.unplaced.{u.kind}", _few(found, u)) for u in made.unplaced],
        "poor": [name_of(p) for p in (*made.brands, *made.attributes) if p.poor],
        "ideals": [(_whose(found, ideal.segment), ideal) for ideal in made.ideals],
        "views": [(found.segment_labels[v.segment], v) for v in made.by_segment],
        "name_of": name_of,
    }


def name_of(point: MapPoint) -> str:
    """Name a point; a rated attribute says which of its ends it is."""
    return f"{point.name} ({'−' if point.pole == '-' else '+'})" if point.pole else point.name


def _whose(found: BrandMap, segment: str | None) -> Label | Message:
    return Message("study.everybody") if segment is None else found.segment_labels[segment]


def _few(found: BrandMap, one: Unplaced) -> dict[str, Any]:
    return {"name": one.name, "n": one.n, "needed": one.needed, "segment": _whose(found, one.segment)}


def _chart(found: BrandMap) -> Biplot:
    made = found.map
    points = [_brand(p, own=p.name == found.study.own) for p in made.brands]
    colours = {segment: i for i, segment in enumerate(found.segment_labels)}
    points += [
        PlanePoint(
            Message("study.ideal_of", {"whose": _whose(found, ideal.segment)}),
            ideal.coordinates[0],
            ideal.coordinates[1],
            "ideal",
            note=_note(ideal),
            faint=ideal.poor,
            ring=ring_of(ideal.region),
            colour=None if ideal.segment is None else colours[ideal.segment],
        )
        for ideal in made.ideals
        if ideal.segment is not None or len(made.ideals) == 1
    ]
    points += [
        PlanePoint(name_of(p), p.coordinates[0], p.coordinates[1], "attribute", note=_note(p), faint=p.poor)
        for p in made.attributes
    ]
    axes = [Axis(Message("study.axis", {"n": i + 1, "share": made.shares[i]}), "number") for i in range(2)]
    return Biplot(Message("study.map"), axes[0], axes[1], tuple(points))


def _brand(point: MapPoint, *, own: bool) -> PlanePoint:
    kind: Any = "own" if own else "brand"
    x, y = point.coordinates[:2]
    return PlanePoint(point.name, x, y, kind, note=_note(point), faint=point.poor, ring=ring_of(point.region))


def _note(point: MapPoint | IdealPoint) -> Message:
    return Message("study.point_note", {"n": point.n, "quality": point.quality})


def ring_of(region: Ellipse | None) -> tuple[tuple[float, float], ...]:
    """Return the outline of a region; nothing where it has no extent."""
    if region is None or region.major <= 0:
        return ()
    cosine, sine = math.cos(region.angle), math.sin(region.angle)
    turns = [2 * math.pi * i / _CORNERS for i in range(_CORNERS)]
    along = [(region.major * math.cos(t), region.minor * math.sin(t)) for t in turns]
    return tuple((region.x + a * cosine - b * sine, region.y + a * sine + b * cosine) for a, b in along)
