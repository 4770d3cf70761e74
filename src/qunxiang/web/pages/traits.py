"""Traits: what is known of customers, how values lie, and traits of one's own."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from qunxiang.charts.spec import Axis, Bar, BarChart, HistogramChart, Reference, ValueFormat
from qunxiang.errors import NothingYetError
from qunxiang.i18n import Label, Message
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.model.trait import SHARE_DIFFERENCE
from qunxiang.services.access import allowed
from qunxiang.services.trait_read import TraitDetail, TraitState
from qunxiang.tables import CONTRACTS
from qunxiang.traits import level_label
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.rendering import show

router = APIRouter()

FORMATS: dict[TraitKind, ValueFormat] = {
    "number": "number",
    "integer": "number",
    "money": "money",
    "share": "percent",
    "boolean": "percent",
    "text": "plain",
    "date": "plain",
}
"""How values of a kind are written."""


def format_of(definition: TraitDefinition) -> str:
    """Return how values of a trait are written."""
    return "points" if definition.unit == SHARE_DIFFERENCE else FORMATS[definition.kind]


LOW_COVERAGE = 0.6
"""Known for fewer of the customers than this, a trait is a poor ground for segments of all of them."""


@router.get("/traits")
def traits(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show every trait by family."""
    try:
        states = workspace.traits.list()
    except NothingYetError:
        states = []
    families = [
        {
            "key": family.value,
            "title": Message(f"page.traits.family.{family.value}"),
            "traits": [trait_row(s) for s in states if s.definition.family == family],
        }
        for family in Family
    ]
    return show(
        request,
        workspace,
        "pages/traits.html",
        active="traits",
        page_title=Message("shell.nav.traits"),
        families=[f for f in families if f["traits"]],
        n_traits=len(states),
        n=states[0].n if states else 0,
        defined=request.query_params.get("defined", "")[:80],
    )


@router.get("/traits/{name}")
def trait(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show one trait with its distribution."""
    detail = workspace.traits.show(name)
    return show(
        request,
        workspace,
        "pages/trait.html",
        active="traits",
        page_title=detail.state.definition.label,
        row=trait_row(detail.state),
        chart=distribution(detail),
        own=any(d.id == name for d in workspace.definitions.list("trait"))
        if allowed("definition.list", workspace.actor.role)
        else False,
    )


def trait_row(state: TraitState) -> dict[str, Any]:
    """Return a trait as the pages show it."""
    definition = state.definition
    return {
        "id": definition.id,
        "label": definition.label,
        "definition": definition.definition,
        "family": Message(f"page.traits.family.{definition.family.value}"),
        "kind": Message(f"page.traits.kind.{definition.kind}"),
        "unit": definition.unit,
        "format": format_of(definition),
        "n": state.n,
        "known": state.known,
        "coverage": state.coverage,
        "low_coverage": state.coverage < LOW_COVERAGE,
        "minimum": state.minimum,
        "lower": state.lower_quartile,
        "median": state.median,
        "upper": state.upper_quartile,
        "maximum": state.maximum,
        "mean": state.mean,
        "numeric": state.median is not None,
        "is_share": definition.kind == "boolean",
        "window": definition.window_days,
        "sources": [CONTRACTS[s].label if s in CONTRACTS else Label.same(s) for s in definition.source],
        "when_missing": definition.when_missing,
        "sensitive": definition.sensitive,
    }


def distribution(detail: TraitDetail) -> HistogramChart | BarChart | None:
    """Return how the values of a trait lie; None when no value is known."""
    state = detail.state
    definition = state.definition
    if detail.counts:
        title = Message("page.traits.axis", {"trait": definition.label, "unit": definition.unit})
        axis = Axis(title, FORMATS[definition.kind])
        marks = () if state.median is None else (Reference(state.median, Message("page.traits.median")),)
        return HistogramChart(definition.label, axis, detail.edges, detail.counts, marks)
    if detail.levels:
        bars = tuple(Bar(level_label(definition.id, level), n) for level, n in detail.levels)
        return BarChart(definition.label, Axis(Message("page.home.customers"), "count", low=0), bars)
    return None
