"""The page of win and loss: win rates by group with intervals, reasons, and how the words of deals were read."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from qunxiang.charts.spec import Axis, Dot, DotChart, Reference
from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Message
from qunxiang.positioning.deals import DIMENSIONS
from qunxiang.positioning.win_loss import WinGroup, WinLoss
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()
MOST_DOTS = 60
"""Groups that the chart shows, those with most deals; the table has all."""
_SEGMENT = "segment:"


@router.get("/competitors/wins")
def wins_page(
    request: Request, workspace: PageWorkspace, by: str = "", first: str = "", last: str = ""
) -> HTMLResponse:
    """Compare win rates by what the reader chose; without a choice, by the first that deals say something about."""
    days = {"first": _day(first), "last": _day(last)}
    try:
        found: WinLoss | None = _found(workspace, by, days)
    except NothingYetError as error:
        if error.code != "error.wins.no_deals":
            raise
        found = None
    schemes = [(f"{_SEGMENT}{s.id}", Message("wins.by_segments", {"name": s.label})) for s in workspace.segments.list()]
    plain = [(name, Message(f"wins.by.{name}")) for name in DIMENSIONS if name != "segment"]
    chosen = "" if found is None else f"{_SEGMENT}{found.segmentation}" if found.segmentation else found.by
    return show(
        request,
        workspace,
        "pages/competitor_wins.html",
        active="competitors",
        page_title=Message("wins.title"),
        found=found,
        choices=[*plain, *schemes],
        chosen=chosen,
        first=first,
        last=last,
        chart=None if found is None else wins_chart(found),
        rows=[] if found is None else [*found.groups, *([found.not_stated] if found.not_stated else [])],
        lost=[] if found is None else [r for r in found.reasons if r.status == "lost"],
        won=[] if found is None else [r for r in found.reasons if r.status == "won"],
        most_dots=MOST_DOTS,
    )


def _found(workspace: Workspace, by: str, days: dict[str, Any]) -> WinLoss:
    if by.startswith(_SEGMENT):
        return workspace.competitors.wins(by="segment", segmentation=by.removeprefix(_SEGMENT), **days)
    if by:
        return workspace.competitors.wins(by=by, **days)
    found = workspace.competitors.wins(by="competitor", **days)
    for name in ("industry", "owner", "product", "source"):
        if found.groups:
            break
        other = workspace.competitors.wins(by=name, **days)
        found = other if other.groups else found
    return found


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingError("error.setting.date", value=text[:40]) from error


def wins_chart(found: WinLoss) -> DotChart | None:
    """Return the rates of groups with intervals, the best first; None without any."""
    rated = [g for g in found.groups if g.rate is not None]
    if not rated:
        return None
    largest = sorted(rated, key=lambda g: -g.closed)[:MOST_DOTS]
    kept = {g.key for g in largest}
    centre = found.centre if found.centre is not None else found.overall.rate
    line = () if centre is None else (Reference(centre, Message("wins.line", {"rate": centre})),)
    return DotChart(
        title=Message("wins.chart"),
        axis=Axis(Message("wins.rate"), "percent"),
        dots=tuple(_dot(g, shrunk=found.shrunk) for g in rated if g.key in kept),
        value_title=Message("wins.shrunken" if found.shrunk else "wins.rate"),
        raw_title=Message("wins.own"),
        n_title=Message("wins.closed"),
        faint_title=Message("wins.small"),
        references=line,
    )


def _dot(group: WinGroup, *, shrunk: bool) -> Dot:
    return Dot(
        name=group.label,
        value=group.shrunken if shrunk else group.rate,
        low=group.low,
        high=group.high,
        raw=group.rate if shrunk else None,
        n=group.closed,
        faint=group.small,
    )
