"""The page of lifetime value: what customers are worth, how well the model foretells, and the fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.charts.spec import Axis, Bar, BarChart, LineChart, Reference, Series
from qunxiang.errors import NothingYetError
from qunxiang.i18n import Message, from_json
from qunxiang.model.value import DAYS_OF, MONEY_PARAMETERS, PARAMETERS, CustomerValue, FittedParameters
from qunxiang.model.value_basis import DRIVERS, MEASURES, ValueSides, survivors_of
from qunxiang.model.value_cautions import said
from qunxiang.services.value import ValueView
from qunxiang.services.value_charts import hold_out_chart, tracking_chart
from qunxiang.services.value_groups import COHORT
from qunxiang.valuation.scoring import MODELS
from qunxiang.web.api.answers import queued
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, text_of
from qunxiang.web.pages.surveys import number_of
from qunxiang.web.rendering import show

router = APIRouter()
MOST_MONTHS = 24


@router.get("/value")
def value_page(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show the fitted lifetime value with its hold-out."""
    try:
        view: ValueView | None = workspace.value.show()
    except NothingYetError:
        view = None
    return show(
        request,
        workspace,
        "pages/value.html",
        active="value",
        page_title=Message("value.title"),
        view=view,
        models=[(name, Message(f"value.model.{name}")) for name in MODELS],
        units=[(name, Message(f"value.unit.{name}")) for name in DAYS_OF],
        currency=workspace.settings.currency,
        **({} if view is None else _shaped(view, workspace.settings.currency)),
    )


def _shaped(view: ValueView, currency: str) -> dict[str, Any]:
    value = view.value
    evidence = value.evidence
    return {
        "value": value,
        "evidence": evidence,
        "cautions": said(value),
        "everybody": next(g for g in evidence.worth if not g.scheme),
        "whole_error": next(g for g in evidence.errors if not g.scheme),
        "tracking": tracking_chart(value),
        "hold_out": hold_out_chart(value),
        "schemes": _schemes(value),
        "cohort_worth": cohort_chart(value, currency),
        "retention": _retention(value),
        "parameters": [
            *_parameters(value.repeats, PARAMETERS[value.model], Message(f"value.model.{value.model}")),
            *(
                _parameters(value.money, MONEY_PARAMETERS, Message("value.model.gamma_gamma"))
                if value.money is not None
                else ()
            ),
        ],
        "no_money": None if evidence.no_money is None else from_json(evidence.no_money),
    }


def _parameters(fitted: FittedParameters, names: Sequence[str], model: Message) -> list[dict[str, Any]]:
    return [
        {"model": model, "name": name, "estimate": fitted.params[name], "interval": fitted.intervals.get(name)}
        for name in names
    ]


def cohort_chart(value: CustomerValue, currency: str) -> BarChart | None:
    """Return the expected value per customer of each cohort in `currency`; None where money was not modelled."""
    bars = []
    for group in [g for g in value.evidence.worth if g.scheme == COHORT][-MOST_MONTHS:]:
        if group.value is None or not group.valued:
            continue
        low, high = group.value_low, group.value_high
        bars.append(
            Bar(
                name=group.label,
                value=float(group.value) / group.valued,
                low=None if low is None else float(low) / group.valued,
                high=None if high is None else float(high) / group.valued,
            )
        )
    if not bars:
        return None
    return BarChart(
        title=Message("value.cohort_worth"),
        axis=Axis(Message("value.axis.each", {"currency": currency}), "money", low=0),
        bars=tuple(bars),
    )


def _retention(value: CustomerValue) -> dict[str, Any]:
    """Return the share of each cohort that bought again, by months since the first purchase."""
    cohorts = value.evidence.cohorts[-MOST_MONTHS:]
    last = min(max((c.months_since[-1] for c in cohorts), default=0), MOST_MONTHS)
    rows = []
    for cohort in cohorts:
        buyers = dict(zip(cohort.months_since, cohort.buyers, strict=True))
        seen = (value.as_of.year - cohort.cohort.year) * 12 + value.as_of.month - cohort.cohort.month
        # the month of the last day is not over
        shares = [buyers.get(m, 0) / cohort.customers if m < seen else None for m in range(1, last + 1)]
        rows.append({"cohort": f"{cohort.cohort:%Y-%m}", "customers": cohort.customers, "shares": shares})
    return {"months": range(1, last + 1), "rows": rows}


def _schemes(value: CustomerValue) -> list[dict[str, Any]]:
    """Put errors and worth of the segments of each scheme side by side."""
    errors = {(g.scheme, g.part): g for g in value.evidence.errors}
    worth = [g for g in value.evidence.worth if g.scheme not in ("", COHORT)]
    total = next(g.value for g in value.evidence.worth if not g.scheme)
    return [
        {
            "label": (found := list(rows))[0].scheme_label,
            "id": scheme,
            "rows": [
                {
                    "worth": g,
                    "error": errors.get((g.scheme, g.part)),
                    "each": None if g.value is None or not g.valued else g.value / g.valued,
                    "share": None if g.value is None or not total else float(g.value / total),
                }
                for g in found
            ],
        }
        for scheme, rows in groupby(worth, key=lambda g: g.scheme)
    ]


@router.get("/value/sides")
def sides_page(request: Request, workspace: PageWorkspace, name: str = "", potential: str = "") -> HTMLResponse:
    """Show profitability, loyalty, satisfaction and expected value side by side."""
    found = workspace.value.compare(name or None)
    questions = [
        (f"{s.survey.id}|{q.id}", f"{s.survey.id} · {q.id}")
        for s in workspace.surveys.list()
        for q in s.survey.questions
    ]
    return show(
        request,
        workspace,
        "pages/value_sides.html",
        active="value",
        page_title=Message("value.sides"),
        found=found,
        whole=next(g for g in found.groups if not g.scheme),
        schemes=[list(rows) for scheme, rows in groupby(found.groups, key=lambda g: g.scheme) if scheme],
        whales=_whales(found),
        schemes_known=[(s.id, s.label) for s in workspace.segments.list() if s.assigned],
        potential=workspace.value.potential(potential) if potential else None,
        potential_of=potential,
        drivers=DRIVERS,
        measures=MEASURES,
        questions=[("", Message("value.none_chosen")), *questions],
    )


def _whales(found: ValueSides) -> LineChart | None:
    curve = found.whales
    if curve.shares is None or not curve.n:
        return None
    return LineChart(
        title=Message("value.whales"),
        x_title=Message("value.whales_x"),
        categories=("0%", *(f"{100 * p:.0f}%" for p in curve.customers)),
        y=Axis(Message("value.whales_y"), "percent", low=0),
        series=(Series(Message(f"value.of.{curve.of}"), (0.0, *curve.shares), colour=0),),
        references=(Reference(1.0, "100%"),),
    )


@router.post("/value/basis")
def save_basis(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Store what is stated about costs and satisfaction."""
    body: dict[str, Any] = {"drivers": {}, "satisfaction": {}}
    for driver in DRIVERS:
        if text := text_of(fields, f"cost_{driver}"):
            body["drivers"][driver] = str(number_of(text, Message(f"value.driver.{driver}")))
    for measure in MEASURES:
        survey, _, question = text_of(fields, f"ask_{measure}", most=500).partition("|")
        if survey and question:
            body["satisfaction"][measure] = {"survey": survey, "question": question}
    if text := text_of(fields, "margin"):
        body["margin_rate"] = number_of(text, Message("value.fact.margin_percent")) / 100
    if text := text_of(fields, "window"):
        body["window_days"] = int(number_of(text, Message("value.fact.window")))
    workspace.value.set_basis(body, why=text_of(fields, "why"))
    return gone_to(request, "value", "sides")


@router.get("/value/contracts")
def contracts_page(
    request: Request,
    workspace: PageWorkspace,
    cohorts: str = "",
    ahead: str = "",
    held_out: str = "",
    rate: str = "",
    margin: str = "",
) -> HTMLResponse:
    """Foretell renewals of contracts from cohorts that are typed in; nothing is stored."""
    found = None
    if cohorts.strip():
        found = workspace.value.contracts(
            [survivors_of(line) for line in cohorts[:20_000].splitlines() if line.strip()],
            ahead=int(number_of(ahead, Message("value.ahead"))) if ahead.strip() else 12,
            held_out=int(number_of(held_out, Message("value.held_out"))) if held_out.strip() else 0,
            discount_rate=number_of(rate, Message("value.period_rate")) / 100 if rate.strip() else 0.1,
            margin=number_of(margin, Message("value.renewal_margin")) if margin.strip() else None,
        )
    return show(
        request,
        workspace,
        "pages/value_contracts.html",
        active="value",
        page_title=Message("value.contracts_title"),
        found=found,
        typed={"cohorts": cohorts, "ahead": ahead, "held_out": held_out, "rate": rate, "margin": margin},
    )


@router.get("/value/customers/{profile_id}")
def customer_page(request: Request, workspace: PageWorkspace, profile_id: str) -> HTMLResponse:
    """Show the four sides of one customer."""
    return show(
        request,
        workspace,
        "pages/value_customer.html",
        active="value",
        page_title=Message("value.customer_of", {"profile": profile_id}),
        found=workspace.value.customer(profile_id),
        currency=workspace.settings.currency,
        drawer=True,
    )


@router.post("/value/fit")
def fit(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Queue the fit and lead to the page that waits for it."""
    said: dict[str, Any] = {
        "model": text_of(fields, "model"),
        "unit": text_of(fields, "unit"),
        "calibration_end": text_of(fields, "calibration_end"),
        "as_of": text_of(fields, "as_of"),
        "why": text_of(fields, "why"),
    }
    given = {key: text for key, text in said.items() if text}
    if horizon := text_of(fields, "horizon"):
        given["horizon"] = number_of(horizon, Message("value.fact.horizon"))
    if rate := text_of(fields, "discount_rate"):
        given["discount_rate"] = number_of(rate, Message("value.fact.discount")) / 100
    job = queued(workspace, "value.fit", **given)
    return gone_to(request, "waiting", job.id, query="then=/value")
