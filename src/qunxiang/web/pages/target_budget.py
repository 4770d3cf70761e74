"""Page of the budget: response curves per segment, the best split, and what would change it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Literal

import numpy as np
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.charts.spec import Axis, Bar, BarChart, LineChart, Series
from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.services.target_budget import BudgetView
from qunxiang.targeting import Limits, NoCurve, Observation
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, number_of, text_of
from qunxiang.web.rendering import show

router = APIRouter()

MOST_ROWS = 1_000
"""Rows of past spend that the form takes."""

_POINTS = 21
_AMOUNT = Label("金额", "amount")


@router.get("/targets/{name}/budget")
def budget_page(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show curves and split the budget in the address (``total=100000&most_s1=40000``); nothing is stored."""
    asked = request.query_params
    total = _money(asked["total"]) if asked.get("total") else None
    stored = workspace.targets.budget(name)
    segments = {s.id: s for s in stored.segmentation.segments}
    limits = {
        s: Limits(
            least=(_money(asked[f"least_{s}"]) if asked.get(f"least_{s}") else Decimal(0)),
            most=_money(asked[f"most_{s}"]) if asked.get(f"most_{s}") else None,
        )
        for s in segments
        if asked.get(f"least_{s}") or asked.get(f"most_{s}")
    }
    view, refused = stored, None
    if total is not None and stored.curves:
        try:
            view = workspace.targets.budget(name, total=total, limits=limits, spend_all=bool(asked.get("spend_all")))
        except SettingError as error:
            refused = error.message
    return show(
        request,
        workspace,
        "pages/targets_budget.html",
        active="targets",
        page_title=Message("room.budget.of", {"name": view.segmentation.label}),
        name=name,
        view=view,
        refused=refused,
        asked=asked,
        labels=segments,
        colours={s.id: i for i, s in enumerate(view.segmentation.segments)},
        shapes=_curves_chart(view, total) if view.curves else None,
        split=_split_chart(view) if view.allocation is not None else None,
        currency=workspace.settings.currency,
    )


def _money(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").strip())
    except InvalidOperation as error:
        raise SettingError("room.error.number", name=_AMOUNT, value=text[:40]) from error
    if not value.is_finite() or abs(value) >= Decimal("1e15"):
        raise SettingError("room.error.number", name=_AMOUNT, value=text[:40])
    return value


def _curves_chart(view: BudgetView, total: Decimal | None) -> LineChart:
    """Margin over spend, one line per segment."""
    most = float(total) if total is not None else max(3 * float(c.scale) for c in view.curves)
    spends = np.linspace(0, most, _POINTS)
    order = [s.id for s in view.segmentation.segments]
    labels = {s.id: s.label for s in view.segmentation.segments}
    return LineChart(
        title=Message("room.budget.curves"),
        x_title=Message("room.budget.spend"),
        categories=tuple(f"{s:,.0f}" for s in spends),
        y=Axis(Message("room.budget.margin"), "money", low=0),
        series=tuple(
            Series(
                name=labels[c.segment],
                values=tuple(round(float(m), 2) for m in c.margin(spends)),
                colour=order.index(c.segment),
            )
            for c in view.curves
        ),
    )


def _split_chart(view: BudgetView) -> BarChart:
    assert view.allocation is not None
    order = [s.id for s in view.segmentation.segments]
    labels = {s.id: s.label for s in view.segmentation.segments}
    bars = tuple(
        Bar(
            name=labels[s.segment],
            value=float(s.spend),
            low=float(s.spend_low) if s.spend_low is not None else None,
            high=float(s.spend_high) if s.spend_high is not None else None,
            colour=order.index(s.segment),
        )
        for s in view.allocation.segments
    )
    return BarChart(
        title=Message("room.budget.split"), axis=Axis(Message("room.budget.spend"), "money", low=0), bars=bars
    )


@router.post("/targets/{name}/curve")
def enter(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Enter a response curve."""
    shape: Literal["saturating", "s_curve"] = "s_curve" if text_of(fields, "shape") == "s_curve" else "saturating"
    low, high = text_of(fields, "ceiling_low"), text_of(fields, "ceiling_high")
    steepness = text_of(fields, "steepness")
    workspace.targets.curve(
        name,
        segment=text_of(fields, "segment"),
        ceiling=_money(text_of(fields, "ceiling")),
        scale=_money(text_of(fields, "scale")),
        why=text_of(fields, "why"),
        shape=shape,
        steepness=number_of(steepness, _AMOUNT) if steepness else 2.0,
        ceiling_low=_money(low) if low else None,
        ceiling_high=_money(high) if high else None,
    )
    return gone_to(request, "targets", name, "budget")


@router.post("/targets/{name}/curve/fit")
def fit(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Fit a response curve to pasted rows of spend and margin, or to the tables of campaigns."""
    rate = text_of(fields, "margin_rate")
    pasted = text_of(fields, "rows", most=100_000)
    found = workspace.targets.fit_curve(
        name,
        segment=text_of(fields, "segment"),
        observations=_observations(pasted) if pasted else None,
        margin_rate=_money(rate) if rate else None,
    )
    if isinstance(found, NoCurve):
        raise SettingError(found.reason.code, **dict(found.reason.params))
    return gone_to(request, "targets", name, "budget")


def _observations(text: str) -> list[Observation]:
    """Return rows of spend and margin, parted by tab, comma, semicolon or space; a heading is passed over."""
    rows: list[Observation] = []
    for place, line in enumerate(line for line in text.splitlines() if line.strip()):
        words = [w for w in re.split(r"[\t;,，\s]+", line.strip()) if w]
        try:
            spend, margin = (_money(w) for w in words)
        except (SettingError, ValueError) as error:
            if place == 0:
                continue
            raise SettingError("room.budget.row", row=place + 1, value=line[:60]) from error
        if spend < 0 or len(rows) >= MOST_ROWS:
            raise SettingError("room.budget.row", row=place + 1, value=line[:60])
        rows.append(Observation(spend=spend, margin=margin))
    return rows


@router.post("/targets/{name}/curve/drop")
def drop(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Take a curve away."""
    workspace.targets.drop_curve(name, segment=text_of(fields, "segment"))
    return gone_to(request, "targets", name, "budget")
