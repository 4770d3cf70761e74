"""Pages of target selection: criteria and weights, the ranking, the map, judgements and the decision."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.charts.spec import Axis, Bubble, BubbleMap
from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.services.targets import RankingView
from qunxiang.targeting import Assessment, CriteriaSet
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, text_of, texts_of
from qunxiang.web.rendering import is_fragment, show

router = APIRouter()
MIDDLE = 5.0
"""Middle of the scales from 0 to 10, where the map's quadrants meet."""


@router.get("/targets")
def target_list(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Let the reader choose the segmentation, and show what was decided."""
    found = [s for s in workspace.segments.list() if s.assigned or s.changed_since]
    return show(
        request,
        workspace,
        "pages/targets.html",
        active="targets",
        page_title=Message("room.targets.title"),
        segmentations=[(s, workspace.targets.chosen(s.id)) for s in found],
    )


@router.get("/targets/{name}")
def target_page(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Rank the segments; weights in the address (``w_size=20``) hold for this look only."""
    stored = workspace.targets.criteria(name)
    weights = _weights(request, stored)
    view = workspace.targets.rank(name, weights=weights or None)
    return show(
        request,
        workspace,
        "pages/targets_ranking.html" if is_fragment(request) else "pages/targets_detail.html",
        active="targets",
        page_title=Message("room.targets.of", {"name": view.segmentation.label}),
        name=name,
        view=view,
        tried=bool(weights),
        currency=workspace.settings.currency,
        **_shaped(view),
    )


def _weights(request: Request, criteria: CriteriaSet) -> dict[str, float]:
    """Return the weights in the address that differ from the stored ones."""
    wanted: dict[str, float] = {}
    for criterion in criteria.criteria:
        text = request.query_params.get(f"w_{criterion.id}", "")
        if text:
            value = _number(text, criterion.label)
            if value != criterion.weight:
                wanted[criterion.id] = value
    return wanted


def _number(text: str, name: Label) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SettingError("room.error.number", name=name, value=text[:40]) from error


def _shaped(view: RankingView) -> dict[str, Any]:
    ranking = view.ranking
    segments = {s.id: s for s in view.description.segments if s.id is not None}
    rows = [_row(view, segments[a.segment], a) for a in ranking.assessments]
    placed = [r for r in rows if r["it"].attractiveness is not None and r["it"].strength is not None and not r["out"]]
    return {
        "rows": [r for r in rows if not r["out"]],
        "out": [r for r in rows if r["out"]],
        "unplaced": [r for r in rows if not r["out"] and r["it"].strength is None],
        "criteria": ranking.criteria,
        "sides": _sides(ranking.criteria),
        "judged": [c for c in ranking.criteria.criteria if c.origin == "judged"],
        "chart": _map(placed) if placed else None,
        "chosen": view.chosen,
        "labels": segments,
        "judgements": sorted(view.judgements, key=lambda j: j.at, reverse=True),
        "draws": ranking.n_draws,
        "spread": ranking.weight_spread,
    }


def _sides(criteria: CriteriaSet) -> list[tuple[str, list[Any], float]]:
    """Criteria by side with the sum of their weights."""
    sides = []
    for side in ("attractiveness", "strength"):
        found = [c for c in criteria.criteria if c.side == side]
        if found:
            sides.append((side, found, sum(c.weight for c in found)))
    return sides


def _row(view: RankingView, segment: Any, found: Assessment) -> dict[str, Any]:
    knockouts = {k.id: k for k in view.ranking.criteria.knockouts}
    return {
        "it": found,
        "segment": segment,
        "cells": {c.criterion: c for c in found.cells},
        "out": [knockouts[k] for k in found.failed],
        "chosen": view.chosen is not None and found.segment in view.chosen.segments,
        "rank_then": view.chosen.ranks.get(found.segment) if view.chosen is not None else None,
    }


def _map(rows: list[dict[str, Any]]) -> BubbleMap:
    bubbles = tuple(
        Bubble(
            name=r["segment"].label,
            x=r["it"].strength,
            y=r["it"].attractiveness,
            size=r["segment"].profiles,
            colour=r["segment"].colour,
        )
        for r in rows
    )
    return BubbleMap(
        title=Message("room.targets.map"),
        x=Axis(Message("room.targets.strength"), "number", low=0, high=10),
        y=Axis(Message("room.targets.attractiveness"), "number", low=0, high=10),
        bubbles=bubbles,
        size_title=Message("room.column.customers"),
        highlight=(MIDDLE, MIDDLE),
        highlight_title=Message("room.targets.invest"),
    )


@router.post("/targets/{name}/criteria")
def save_weights(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Store the weights of the criteria."""
    stored = workspace.targets.criteria(name)
    changed = tuple(c.model_copy(update={"weight": _weight(text_of(fields, f"w_{c.id}"), c)}) for c in stored.criteria)
    workspace.targets.set_criteria(name, stored.model_copy(update={"criteria": changed}), why=text_of(fields, "why"))
    return gone_to(request, "targets", name)


def _weight(text: str, criterion: Any) -> float:
    value = _number(text, criterion.label) if text else float(criterion.weight)
    if not 0 <= value <= 1_000:
        raise SettingError("error.targets.weight_negative", criteria=[criterion.label])
    return value


@router.post("/targets/{name}/judge")
def judge(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Enter a judgement, 0 to 10, with its reason."""
    criterion = text_of(fields, "criterion") or "strength"
    value = _number(text_of(fields, "value"), Label("分数", "score"))
    workspace.targets.judge(
        name, segment=text_of(fields, "segment"), value=value, why=text_of(fields, "why"), criterion=criterion
    )
    return gone_to(request, "targets", name, anchor="judge")


@router.post("/targets/{name}/choose")
def choose(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Record the targets with the reason."""
    workspace.targets.choose(name, texts_of(fields, "segment"), why=text_of(fields, "why"))
    return gone_to(request, "targets", name, anchor="decision")
