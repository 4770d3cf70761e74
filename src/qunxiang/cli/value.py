"""``qunxiang value``: what customers are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.files import yaml_document
from qunxiang.cli.options import AsOf, Name, ProfileId, Why
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message, from_json, with_unit
from qunxiang.model.value_basis import ValueBasis, survivors_of
from qunxiang.model.value_cautions import said

group = typer.Typer()


@group.command("fit", help="cli.value.fit")
def fit(
    ctx: typer.Context,
    model: Annotated[
        str, typer.Option("--model", metavar="bg_nbd|mbg_nbd|pareto_nbd", help="cli.opt.value_model")
    ] = "bg_nbd",
    horizon: Annotated[float, typer.Option("--horizon", help="cli.opt.horizon")] = 12.0,
    unit: Annotated[str, typer.Option("--unit", metavar="day|week|month|year", help="cli.opt.horizon_unit")] = "month",
    discount_rate: Annotated[float, typer.Option("--discount-rate", help="cli.opt.discount_rate")] = 0.0,
    as_of: AsOf = None,
    calibration_end: Annotated[
        str | None, typer.Option("--calibration-end", metavar="DATE", help="cli.opt.calibration_end")
    ] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"model": model, "horizon": horizon, "unit": unit, "discount_rate": discount_rate}
    with call.progress() as tell:
        made = call.workspace.value.fit(**how, as_of=as_of, calibration_end=calibration_end, why=why, progress=tell)
    call.answer(made, _view)


@group.command("show", help="cli.value.show")
def show(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.value.show(), _view)


@group.command("basis", help="cli.value.basis")
def basis(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.value.basis(), _basis)


@group.command("set-basis", help="cli.value.set_basis")
def set_basis(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.arg.value_basis")],
    why: Why = "",
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.value.set_basis(yaml_document(file, ValueBasis), why=why), _basis)


@group.command("compare", help="cli.value.compare")
def compare(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="cli.arg.segmentation")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.value.compare(name), _sides)


@group.command("customer", help="cli.value.customer")
def customer(ctx: typer.Context, profile_id: ProfileId) -> None:
    call = begun(ctx)
    call.answer(call.workspace.value.customer(profile_id), _customer)


@group.command("potential", help="cli.value.potential")
def potential(
    ctx: typer.Context,
    name: Name,
    quantile: Annotated[float, typer.Option("--quantile", help="cli.opt.value_quantile")] = 0.75,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.value.potential(name, quantile=quantile), _potential)


@group.command("contracts", help="cli.value.contracts")
def contracts(
    ctx: typer.Context,
    cohort: Annotated[list[str], typer.Option("--cohort", metavar="N,N,...", help="cli.opt.cohort")],
    ahead: Annotated[int, typer.Option("--ahead", min=1, max=120, help="cli.opt.ahead")] = 12,
    held_out: Annotated[int, typer.Option("--held-out", min=0, help="cli.opt.held_out")] = 0,
    discount_rate: Annotated[float, typer.Option("--discount-rate", help="cli.opt.period_rate")] = 0.1,
    margin: Annotated[float | None, typer.Option("--margin", help="cli.opt.renewal_margin")] = None,
) -> None:
    call = begun(ctx)
    how: dict[str, Any] = {"ahead": ahead, "held_out": held_out, "discount_rate": discount_rate, "margin": margin}
    call.answer(call.workspace.value.contracts([survivors_of(text) for text in cohort], **how), _contracts)


def _potential(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.segment", lambda g: g.label),
        Column("value.column.customers", lambda g: g.customers, "count"),
        Column("value.column.typical", lambda g: g.typical, "money"),
        Column("value.column.below", lambda g: g.below, "count"),
        Column("value.column.headroom", lambda g: g.headroom, "money"),
        Column("value.column.interval", lambda g: _pair(page, g.headroom_low, g.headroom_high)),
    ]
    page.table(columns, found.groups, title=Message("value.potential"))
    page.say(Message("value.potential_basis", {"quantile": found.quantile, "least": found.least}))


def _pair(page: Page, low: Any, high: Any) -> str | None:
    return None if low is None else f"{page.cell(low, 'money')}–{page.cell(high, 'money')}"


def _parameter(page: Page, value: float, ends: Any) -> str:
    return f"{page.cell(value, 'number')} ({_ends(page, ends) or '–'})"


def _contracts(page: Page, found: Any) -> None:
    page.facts(
        [
            ("value.fact.customers", found.customers, "count"),
            *(
                (
                    f"value.fact.{name}",
                    f"{page.cell(v, 'number')} ({_ends(page, found.intervals[name]) or '–'})",
                    "plain",
                )
                for name, v in found.params.items()
            ),
            ("value.fact.likelihood", found.log_likelihood, "number"),
            ("value.fact.renewals", found.renewals, "number"),
            ("value.fact.contract_value", found.value, "money"),
        ]
    )
    columns = [
        Column("value.column.period", lambda r: r.period, "count"),
        Column("value.column.survival", lambda r: r.survival, "percent"),
        Column("value.column.renews", lambda r: r.retention, "percent"),
        Column("value.column.kept", lambda r: r.actual, "count"),
        Column("value.column.kept_foretold", lambda r: r.expected, "count"),
    ]
    page.table(columns, found.path, title=Message("value.contracts"))


def _basis(page: Page, state: Any) -> None:
    found = state.basis
    page.facts(
        [
            ("value.fact.window", found.window_days, "count"),
            ("value.fact.margin_rate", found.margin_rate, "percent"),
            ("cli.col.version", state.version, "count"),
        ]
    )
    drivers = [
        Column("value.column.driver", lambda d: Message(f"value.driver.{d[0]}")),
        Column("value.column.cost_each", lambda d: d[1], "money"),
    ]
    page.table(drivers, found.drivers.items(), title=Message("value.drivers"))
    asked = [
        Column("value.column.measure", lambda m: Message(f"value.measure.{m[0]}")),
        Column("cli.col.survey", lambda m: m[1].survey),
        Column("cli.col.question", lambda m: m[1].question),
    ]
    page.table(asked, found.satisfaction.items(), title=Message("value.satisfaction"))


def _sides(page: Page, found: Any) -> None:
    page.say(Message("value.sides_basis", {"first": found.first_day, "last": found.as_of, "currency": found.currency}))
    groups = found.groups
    columns = [
        Column("cli.col.segmentation", lambda g: g.scheme_label),
        Column("cli.col.segment", lambda g: g.label),
        Column("value.column.customers", lambda g: g.customers, "count"),
        Column("value.column.revenue", lambda g: g.profit.revenue, "money"),
        Column("value.column.product_cost", lambda g: g.profit.product_cost, "money"),
        Column("value.column.cost_to_serve", lambda g: g.profit.cost_to_serve, "money"),
        Column("value.column.contribution", lambda g: g.profit.contribution, "money"),
        Column("value.column.margin_rate", lambda g: g.profit.margin_rate, "percent"),
    ]
    page.table(columns, groups, title=Message("value.profitability"))
    columns = [
        Column("cli.col.segment", lambda g: g.label),
        Column("value.column.repeat", lambda g: g.loyalty.repeat.estimate, "percent"),
        Column("value.column.retention", lambda g: g.loyalty.retention.estimate, "percent"),
        Column("value.column.tenure", lambda g: g.loyalty.tenure_days, "count"),
        Column("value.column.index", lambda g: g.loyalty.index, "number"),
        *(_score(i, m) for i, m in enumerate(found.basis.satisfaction)),
        Column("value.column.value", lambda g: g.expected_value, "money"),
    ]
    page.table(columns, groups, title=Message("value.loyalty"))


def _score(place: int, measure: str) -> Column:
    return Column(f"value.measure.{measure}", lambda g: g.satisfaction[place].estimate, "number")


def _customer(page: Page, found: Any) -> None:
    page.facts(
        [
            ("value.column.revenue", found.revenue, "money"),
            ("value.column.product_cost", found.product_cost, "money"),
            ("value.column.cost_to_serve", found.cost_to_serve, "money"),
            ("value.column.contribution", found.contribution, "money"),
            ("value.column.margin_rate", found.margin_rate, "percent"),
            ("value.fact.days_bought", found.purchases, "count"),
            ("value.column.tenure", found.tenure_days, "count"),
            *((f"value.measure.{m}", score, "number") for m, score in found.answers.items()),
            ("value.fact.probability", found.probability_alive, "percent"),
            ("value.column.value", found.expected_value, "money"),
        ]
    )


def _view(page: Page, view: Any) -> None:
    value, evidence = view.value, view.value.evidence
    everybody = next(g for g in evidence.worth if not g.scheme)
    horizon = with_unit(f"{value.horizon:g}", "plain", Message(f"value.unit.{value.unit}"), page.lang)
    page.facts(
        [
            ("value.fact.model", Message(f"value.model.{value.model}"), "plain"),
            ("value.fact.horizon", horizon, "plain"),
            ("value.fact.discount", value.discount_rate, "percent"),
            ("cli.col.as_of", value.as_of, "date"),
            ("value.fact.calibration_end", value.calibration_end, "date"),
            ("value.fact.customers", evidence.customers, "count"),
            ("value.fact.repeaters", evidence.repeaters, "count"),
            ("value.fact.likelihood", value.repeats.log_likelihood, "number"),
            ("value.fact.correlation", _span(page, evidence.correlation, "number"), "plain"),
            ("value.fact.error", evidence.error.error, "percent"),
            ("value.fact.worth", everybody.value, "money"),
        ]
    )
    parameters = [
        (name, fitted.params[name], fitted.intervals[name])
        for fitted in (value.repeats, value.money)
        if fitted is not None
        for name in fitted.params
    ]
    columns = [
        Column("value.column.parameter", lambda r: r[0]),
        Column("value.column.estimate", lambda r: r[1], "number"),
        Column("value.column.interval", lambda r: _ends(page, r[2])),
    ]
    page.table(columns, parameters, title=Message("value.parameters"))
    columns = [
        Column("value.column.repeats", lambda g: f"{g.least}" if g.least == g.most else f"{g.least}–{g.most}"),
        Column("value.column.customers", lambda g: g.customers, "count"),
        Column("value.column.actual", lambda g: g.actual, "number"),
        Column("value.column.expected", lambda g: g.expected, "number"),
    ]
    page.table(columns, evidence.hold_out, title=Message("value.hold_out"))
    columns = [
        Column("cli.col.segmentation", lambda g: g.scheme_label),
        Column("cli.col.segment", lambda g: g.label),
        Column("value.column.customers", lambda g: g.customers, "count"),
        Column("value.column.actual_total", lambda g: g.actual, "count"),
        Column("value.column.expected_total", lambda g: g.expected, "count"),
        Column("value.column.error", lambda g: g.error, "percent"),
        Column("value.column.value_error", lambda g: g.value_error, "percent"),
        Column("value.column.interval", lambda g: _share_ends(page, g.value_error_low, g.value_error_high)),
    ]
    page.table(columns, evidence.errors, title=Message("value.errors"))
    columns = [
        Column("cli.col.segmentation", lambda g: g.scheme_label),
        Column("cli.col.segment", lambda g: g.label),
        Column("value.column.customers", lambda g: g.customers, "count"),
        Column("value.column.alive", lambda g: g.alive, "count"),
        Column("value.column.purchases", lambda g: g.purchases, "count"),
        Column("value.column.value", lambda g: g.value, "money"),
        Column("value.column.interval", lambda g: _money_ends(page, g)),
    ]
    page.table(columns, evidence.worth, title=Message("value.worth"))
    if evidence.no_money is not None:
        page.say(Message("value.no_money", {"why": from_json(evidence.no_money)}))
    for caution in said(value):
        page.say(caution)
    if not view.in_force:
        page.say(Message("value.not_in_force"))


def _ends(page: Page, found: Any) -> str | None:
    return None if found is None else f"{page.cell(found[0], 'number')}–{page.cell(found[1], 'number')}"


def _share_ends(page: Page, low: float | None, high: float | None) -> str | None:
    return None if low is None else f"{page.cell(low, 'percent')} – {page.cell(high, 'percent')}"


def _money_ends(page: Page, group_: Any) -> str | None:
    if group_.value_low is None:
        return None
    return f"{page.cell(group_.value_low, 'money')}–{page.cell(group_.value_high, 'money')}"


def _span(page: Page, found: Any, form: str) -> str | None:
    if found is None:
        return None
    middle, low, high = (page.cell(v, form) for v in found)
    return f"{middle} ({low}–{high})"
