"""Traits: what is known of customers, how values lie, and traits of one's own."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.charts.spec import Axis, Bar, BarChart, HistogramChart, Reference, ValueFormat
from qunxiang.errors import NothingYetError, QunxiangError, RuleError, SettingError, UsageError
from qunxiang.i18n import Label, Message
from qunxiang.model import Family, TraitKind
from qunxiang.services.access import allowed
from qunxiang.services.trait_read import TraitDetail, TraitState
from qunxiang.sql.metrics import Metric
from qunxiang.tables import CONTRACTS, ColumnType
from qunxiang.traits import level_label, own_columns
from qunxiang.traits.own import INSTANTS
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, label_of, text_of
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

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

_FAULTS = (
    ("window", "window_days"),
    ("trait.id", "name"),
    ("taken", "name"),
    ("metric", "metric"),
    ("column", "subject"),
    ("table", "subject"),
)

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


@router.get("/traits/new")
def new_trait(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Ask for a trait of one's own."""
    return _form(request, workspace, {"metric": "count", "family": Family.BEHAVIOURAL.value})


@router.post("/traits/new")
def define(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Define a trait, or show the form again with what is wrong."""
    names = ("name", "subject", "metric", "where", "window_days", "label_zh", "label_en", "family", "why")
    typed = {name: text_of(fields, name) for name in names}
    table, _, column = typed["subject"].partition(".")
    try:
        made = workspace.traits.define(
            typed["name"],
            table=table,
            metric=typed["metric"],
            column=column or None,
            where=typed["where"],
            window_days=_days(typed["window_days"]),
            label=label_of(fields),
            family=Family(typed["family"]) if typed["family"] in set(Family) else Family.BEHAVIOURAL,
            why=typed["why"],
        )
    except UsageError as error:
        return _form(request, workspace, typed, wrong=error)
    return RedirectResponse(f"/traits?defined={made.id}", status_code=303)


def _days(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise SettingError("page.traits.window_wrong", value=text[:40]) from error


def _form(
    request: Request, workspace: Workspace, typed: dict[str, str], *, wrong: QunxiangError | None = None
) -> HTMLResponse:
    there = {t.name for t in workspace.data.tables()}
    subjects = [
        {
            "table": CONTRACTS[table].label,
            "options": [
                (f"{table}.", Message("page.traits.rows_of", {"table": CONTRACTS[table].label})),
                *((f"{table}.{name}", _column_label(table, name, type_)) for name, type_ in own_columns(table).items()),
            ],
        }
        for table in INSTANTS
        if table in there or (table == "orders" and "order_lines" in there)
    ]
    return show(
        request,
        workspace,
        "pages/traits_new.html",
        active="traits",
        page_title=Message("page.traits.new"),
        status=200 if wrong is None else 422,
        typed=typed,
        subjects=subjects,
        metrics=[(m.value, Message(f"page.traits.metric.{m.value}")) for m in Metric],
        families=[(f.value, Message(f"page.traits.family.{f.value}")) for f in Family],
        field_at_fault=None if wrong is None else fault(wrong),
        wrong=None if wrong is None else wrong.message,
    )


def fault(error: QunxiangError) -> str:
    """Return the field of the form that an error is about; empty for the form as a whole."""
    if isinstance(error, RuleError):
        return "where"
    return next((name for part, name in _FAULTS if part in error.code), "")


def _column_label(table: str, name: str, type_: ColumnType) -> Message:
    column = CONTRACTS[table].column(name) or CONTRACTS["products"].column(name)
    label = column.label if column is not None else Label.same(name)
    return Message("page.traits.column_of", {"column": label, "type": Message(f"page.data.type.{type_}")})


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
        "format": FORMATS[definition.kind],
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
