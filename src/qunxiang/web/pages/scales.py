"""Pages of scales: scree, loadings with item texts, reliability, names, scores."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from qunxiang.charts.spec import Axis, LineChart, Series
from qunxiang.i18n import Message
from qunxiang.model.scale import Scale
from qunxiang.services.csv_text import csv_bytes
from qunxiang.web.api.answers import content_answer
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of
from qunxiang.web.rendering import show

router = APIRouter()
SHOWN = 0.3
"""Loadings from here on are set in bold."""


@router.get("/scales/{name}")
def scale_page(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show a scale with everything that was measured."""
    state = workspace.scales.show(name)
    scale, evidence = state.scale, state.scale.evidence
    return show(
        request,
        workspace,
        "pages/scales_detail.html",
        active="surveys",
        page_title=scale.label,
        name=name,
        state=state,
        scale=scale,
        evidence=evidence,
        scree=_scree(evidence) if "parallel" in evidence else None,
        rows=_rows(scale),
        factors=_factors(scale),
        shown=SHOWN,
    )


def _scree(evidence: dict[str, Any]) -> LineChart:
    found = evidence["parallel"]["components"]
    return LineChart(
        title=Message("page.scale.scree"),
        x_title=Message("page.scale.component"),
        categories=tuple(str(i + 1) for i in range(len(found["observed"]))),
        y=Axis(Message("page.scale.eigenvalue"), "number", low=0),
        series=(
            Series(Message("page.scale.observed"), tuple(found["observed"]), colour=0),
            Series(Message("page.scale.chance"), tuple(found["chance"]), colour=1),
        ),
    )


def _rows(scale: Scale) -> list[dict[str, Any]]:
    """One row per item, those of a factor together, the highest first."""
    rows = []
    for i, item in enumerate(scale.items):
        own = next((j for j, f in enumerate(scale.factors) if item.question in f.items), None)
        rows.append(
            {
                "item": item,
                "factor": own,
                "loadings": scale.model.loadings[i],
                "communality": _of(scale, "communalities", i),
                "kmo": _of(scale, "kmo_items", i),
                "item_total": _of(scale, "item_total", i),
                "if_dropped": _of(scale, "if_dropped", i),
                "reversed": own is not None and item.question in scale.factors[own].reversed,
            }
        )
    return sorted(rows, key=_place)


def _place(row: dict[str, Any]) -> tuple[int, float]:
    own = row["factor"]
    return (99, 0.0) if own is None else (own, -abs(row["loadings"][own]))


def _factors(scale: Scale) -> list[dict[str, Any]]:
    return [
        {
            "it": factor,
            "alpha": _of(scale, "alpha", j),
            "omega": _of(scale, "omega_factor", j),
            "explained": _of(scale, "explained", j),
            "correlations": scale.model.factor_correlations[j],
        }
        for j, factor in enumerate(scale.factors)
    ]


def _of(scale: Scale, key: str, place: int) -> Any:
    values = scale.evidence.get(key) or []
    return values[place] if place < len(values) else None


@router.post("/scales/{name}/factors/{factor}")
def name_factor(request: Request, workspace: PageWorkspace, name: str, factor: str, fields: Fields) -> Response:
    """Confirm or change the name of a factor."""
    workspace.scales.name(name, factor, label=label_of(fields), why=text_of(fields, "why"))
    return gone_to(request, "scales", name, anchor="factors")


@router.get("/scales/{name}/scores.csv")
def scores(workspace: PageWorkspace, name: str) -> Response:
    """Hand out the scores as CSV."""
    return content_answer(csv_bytes(workspace.scales.scores(name)), f"{name}.csv")


@router.post("/scales/{name}/publish")
def publish(request: Request, workspace: PageWorkspace, name: str) -> Response:
    """Put the scores among the survey's answers."""
    workspace.scales.publish(name)
    return gone_to(request, "scales", name, query="published=1")
