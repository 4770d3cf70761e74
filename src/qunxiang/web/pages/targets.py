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
from qunxiang.targeting import Assessment, CriteriaSet, Criterion
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, day_of, gone_to, number_of, seen_of, text_of, texts_of
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
        addable=_addable(workspace, stored),
        currency=workspace.settings.currency,
        **_shaped(view),
    )


def _addable(workspace: PageWorkspace, stored: CriteriaSet) -> list[tuple[str, list[Criterion]]]:
    """Criteria of the library that are not in use, by theme."""
    used = {c.id for c in stored.grounds}
    left = [c for c in workspace.targets.library().criteria if c.id not in used]
    themes = dict.fromkeys(str(c.theme) for c in left)
    return [(theme, [c for c in left if c.theme == theme]) for theme in themes]


def _weights(request: Request, criteria: CriteriaSet) -> dict[str, float]:
    """Return the weights in the address that differ from the stored ones."""
    wanted: dict[str, float] = {}
    for criterion in criteria.criteria:
        text = request.query_params.get(f"w_{criterion.id}", "")
        if text:
            value = number_of(text, criterion.label)
            if value != criterion.weight:
                wanted[criterion.id] = value
    return wanted


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
        "judged": [c for c in ranking.criteria.grounds if c.origin == "judged"],
        "names": {c.id: c.label for c in ranking.criteria.grounds},
        "firm": _firm(view, segments),
        "tally": {k.id: _tally(view, k.id) for k in ranking.criteria.knockouts},
        "points": {c.id: "; ".join(f"{x:g}:{y:g}" for x, y in c.points) for c in ranking.criteria.criteria},
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
        "conditions": {c.criterion: c for c in found.conditions},
        "out": [knockouts[k] for k in found.failed],
        "chosen": view.chosen is not None and found.segment in view.chosen.segments,
        "rank_then": view.chosen.ranks.get(found.segment) if view.chosen is not None else None,
    }


def _firm(view: RankingView, segments: Any) -> list[dict[str, Any]]:
    """Rank shares of every kind of draw by segment, in the order of the ranking."""
    runs = [{s.segment: s for s in run.segments} for run in view.ranking.robustness]
    return [
        {"segment": segments[a.segment], "runs": [run[a.segment] for run in runs]} for a in view.ranking.ranked if runs
    ]


def _tally(view: RankingView, knockout: str) -> dict[str, int]:
    """How many segments with customers meet a condition, fail it, or wait for a judgement."""
    peopled = {s.id for s in view.description.segments if s.profiles}
    asked = [a for a in view.ranking.assessments if a.segment in peopled]
    failed = sum(knockout in a.failed for a in asked)
    unjudged = sum(knockout in a.open for a in asked)
    return {"met": len(asked) - failed - unjudged, "failed": failed, "open": unjudged}


def _span(low: float | None, high: float | None) -> tuple[float, float] | None:
    return (low, high) if low is not None and high is not None and low < high else None


def _map(rows: list[dict[str, Any]]) -> BubbleMap:
    bubbles = tuple(
        Bubble(
            name=r["segment"].label,
            x=r["it"].strength,
            y=r["it"].attractiveness,
            x_interval=_span(r["it"].strength_low, r["it"].strength_high),
            y_interval=_span(r["it"].attractiveness_low, r["it"].attractiveness_high),
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
    same = [c.weight for c in changed] == [c.weight for c in stored.criteria]
    comparisons = stored.comparisons if same else ()
    new = stored.model_copy(update={"criteria": changed, "comparisons": comparisons})
    workspace.targets.set_criteria(name, new, why=text_of(fields, "why"), seen_version=seen_of(fields))
    return gone_to(request, "targets", name)


def _weight(text: str, criterion: Any) -> float:
    value = number_of(text, criterion.label) if text else float(criterion.weight)
    if not 0 <= value <= 1_000:
        raise SettingError("error.targets.weight_negative", criteria=[criterion.label])
    return value


@router.post("/targets/{name}/judge")
def judge(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Enter a judgement, 0 to 10, with its reason."""
    criterion = text_of(fields, "criterion") or "strength"
    value = number_of(text_of(fields, "value"), Label("分数", "score"))
    workspace.targets.judge(
        name, segment=text_of(fields, "segment"), value=value, why=text_of(fields, "why"), criterion=criterion
    )
    return gone_to(request, "targets", name, anchor="judge")


@router.post("/targets/{name}/choose")
def choose(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Record the targets with the reason."""
    segments = texts_of(fields, "segment")
    told = [key for key in fields if key.startswith("not_")]
    instead = {key[4:]: text_of(fields, key) for key in told if key[4:] not in segments}
    workspace.targets.choose(
        name,
        segments,
        why=text_of(fields, "why"),
        alternatives=instead,
        review_on=day_of(fields, "review_on"),
        seen_version=seen_of(fields),
    )
    return gone_to(request, "targets", name, anchor="decision")
