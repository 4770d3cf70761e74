"""Lifetime value: fit it from purchases, judge it on those held out, show what customers are worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Message, to_json
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.value import DAYS_OF, CustomerValue, FittedParameters, ForecastError, HoldOutGroup, ValueEvidence
from qunxiang.model.value_cautions import (
    CUT_LEFT,
    LEAVING,
    NEVER_BACK,
    counts_all_alive,
    cut_at_the_left,
    hardly_identified,
)
from qunxiang.ports.engine import Session
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.value_data import (
    MOST_DAYS,
    arrays,
    checked_calibration_end,
    fitted_money,
    fitted_repeats,
    frozen_money,
    frozen_repeats,
    histories_until,
    materialised,
    purchases_up_to,
    span_of,
    value_query,
)
from qunxiang.services.value_groups import GroupNames, cohorts_of, errors_by_group, group_names, worth_by_group
from qunxiang.services.value_tracking import tracking_of
from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.valuation import frequency_value_correlation
from qunxiang.valuation.histories import grouped
from qunxiang.valuation.holdout import held_out, hold_out_error
from qunxiang.valuation.scoring import MODELS

KIND = "value"
"""Kind of the document that holds the fitted lifetime value."""
CURRENT = "current"
CLEAR_CORRELATION = 0.1
"""A correlation of purchases and money whose interval lies beyond this speaks against the money model."""


class ValueView(Frozen):
    """The fitted lifetime value; `in_force` when the traits of the newest refresh follow from this version."""

    value: CustomerValue
    version: int
    by: str
    at: datetime
    in_force: bool
    currency: str


@use_case("value.fit", roles=MAKERS, touches="change")
def fit(
    house: House,
    actor: Actor,
    *,
    model: str = "bg_nbd",
    horizon: float = 12.0,
    unit: str = "month",
    discount_rate: float = 0.0,
    as_of: date | None = None,
    calibration_end: date | None = None,
    why: str = "",
    progress: Progress = silent,
) -> ValueView:
    """Fit lifetime value to all purchases up to a day, judge it on those after the calibration, and store it.

    A purchase is a day on which a customer's orders come to more than 0. The next refresh writes each customer's
    probability of still buying, expected purchases and expected value as traits, with these parameters frozen.

    Parameters
    ----------
    model
        ``bg_nbd``, ``mbg_nbd`` or ``pareto_nbd``.
    horizon, unit
        Span that is looked ahead, in ``day``, ``week``, ``month`` (30.4375 days) or ``year`` (365.25 days).
    discount_rate
        Interest per year at which later money counts less, from 0 (not discounted) to 1.
    as_of
        Last day that counts; that of the newest refresh when None, today before the first.
    calibration_end
        Last day of the purchases from which the judged model is learned; the first three quarters of all weeks when
        None.

    Raises
    ------
    SettingError
        When a setting is not allowed, too few customers came back, or the data do not determine the model.
    NothingYetError
        Before customers were found, or without purchases.
    """
    _check(model, horizon, unit, discount_rate)
    with reading(house) as reader:
        today = house.clock.now().astimezone(ZoneInfo(house.settings.time_zone)).date()
        day = as_of or reader.snapshot.as_of or today
        progress(0.05, Message("progress.value.purchases"))
        days = purchases_up_to(reader, Moment(day, house.settings.time_zone))
        first, _ = span_of(reader.session, days)
        end = checked_calibration_end(calibration_end, first, day)
        names = group_names(house, reader, end)
        progress(0.2, Message("progress.value.calibration"))
        judged = _judged(reader.session, days, names, model, first=first, end=end, as_of=day)
        progress(0.6, Message("progress.value.all"))
        body = _whole(
            house, reader, days, names, judged, _Choices(model, horizon, unit, discount_rate, day, end, first)
        )

    def made(old: Definition | None) -> NewDefinition:
        return NewDefinition(kind=KIND, id=CURRENT, body=body.model_dump(mode="json"), why=why)

    return _view(house, change(house, actor, KIND, CURRENT, made))


@use_case("value.show", roles=EVERYONE)
def show(house: House, actor: Actor) -> ValueView:
    """Return the fitted lifetime value with its evidence.

    Raises
    ------
    NothingYetError
        Before one was fitted.
    """
    found = house.state.definition(KIND, CURRENT)
    if found is None or found.archived:
        raise NothingYetError("error.value.not_fitted")
    return _view(house, found)


def value_of(house: House) -> CustomerValue | None:
    """Return the fitted lifetime value, None before there is one."""
    found = house.state.definition(KIND, CURRENT)
    return None if found is None or found.archived else CustomerValue.model_validate(found.body)


@dataclass(frozen=True)
class _Choices:
    model: str
    horizon: float
    unit: str
    discount_rate: float
    as_of: date
    end: date
    first: date


@dataclass(frozen=True)
class _Judged:
    """The calibrated model and how it did on the hold-out."""

    repeats: FittedParameters
    money: FittedParameters | None
    parts: dict[str, Any]


def _check(model: str, horizon: float, unit: str, discount_rate: float) -> None:
    if model not in MODELS:
        raise SettingError("error.value.model", value=model[:40], known=list(MODELS))
    if unit not in DAYS_OF:
        raise SettingError("error.value.unit", value=unit[:40], known=list(DAYS_OF))
    if not 1 <= horizon * DAYS_OF[unit] <= MOST_DAYS:
        raise SettingError("error.value.horizon", value=horizon, unit=Message(f"value.unit.{unit}"))
    if not 0 <= discount_rate <= 1:
        raise SettingError("error.value.discount", value=discount_rate)


def _judged(
    session: Session, days: Relation, names: GroupNames, model: str, *, first: date, end: date, as_of: date
) -> _Judged:
    until = histories_until(session, days, end, "calibration_histories")
    groups = session.fetch(grouped(until))
    repeats = fitted_repeats(model, groups)
    money, _, _ = fitted_money(session, until)
    frozen = frozen_repeats(model, repeats)
    span = (as_of - end).days
    x, recency, age, n, after, squared = arrays(
        groups, "frequency", "recency", "age", "customers", "after", "after_squared"
    )
    expected = frozen.fitted().expected_future_purchases(span, x, recency, age)
    query = value_query(
        session, until, frozen, frozen_money(money), horizon_days=span, discount_rate=0, name="scored_calibration"
    )
    forecast = materialised(session, "calibration_value", query)
    error = hold_out_error(x, age, n, after, squared, expected, span_days=span)
    return _Judged(
        repeats,
        money,
        {
            "tracking": tracking_of(session, days, until, frozen.fitted(), first=first, end=end, as_of=as_of),
            "hold_out": tuple(HoldOutGroup(**vars(g)) for g in held_out(x, n, after, squared, expected)),
            "error": ForecastError(**{**vars(error), "actual": round(error.actual)}),
            "errors": errors_by_group(session, forecast, until, names),
            "members_as_of": names.as_of,
        },
    )


def _whole(
    house: House, reader: SnapshotReader, days: Relation, names: GroupNames, judged: _Judged, chosen: _Choices
) -> CustomerValue:
    session = reader.session
    until = histories_until(session, days, chosen.as_of, "all_histories")
    groups = session.fetch(grouped(until))
    repeats = fitted_repeats(chosen.model, groups)
    money, no_money, (n, mean) = fitted_money(session, until)
    correlation = frequency_value_correlation(n, mean) if len(n) >= 10 else None
    frozen, of_money = frozen_repeats(chosen.model, repeats), frozen_money(money)
    horizon_days = chosen.horizon * DAYS_OF[chosen.unit]
    query = value_query(session, until, frozen, of_money, horizon_days=horizon_days, discount_rate=chosen.discount_rate)
    worth = materialised(session, "worth_of_customers", query)
    x, customers = arrays(groups, "frequency", "customers")
    n_customers, repeaters = int(customers.sum()), int(customers[x > 0].sum())
    months = cohorts_of(session, days)
    cautions = list(_cautions(repeats, correlation, judged, chosen, names))
    if hardly_identified(chosen.model, repeats.intervals):
        cautions.append(LEAVING)
    if counts_all_alive(chosen.model, n_customers, repeaters):
        cautions.append(NEVER_BACK)
    if cut_at_the_left(months):
        cautions.append(CUT_LEFT)
    evidence = ValueEvidence(
        run=reader.snapshot.run,
        first_day=chosen.first,
        customers=n_customers,
        repeaters=repeaters,
        histories=groups.num_rows,
        correlation=correlation,
        no_money=None if no_money is None else to_json(no_money),
        cautions=tuple(cautions),
        worth=worth_by_group(session, worth, names, frozen, of_money),
        cohorts=months,
        **judged.parts,
    )
    return CustomerValue.model_validate(
        {
            "model": chosen.model,
            "horizon": chosen.horizon,
            "unit": chosen.unit,
            "discount_rate": chosen.discount_rate,
            "as_of": chosen.as_of,
            "calibration_end": chosen.end,
            "repeats": repeats,
            "money": money,
            "calibration": judged.repeats,
            "calibration_money": judged.money,
            "evidence": evidence,
        }
    )


def _cautions(
    repeats: FittedParameters, correlation: Any, judged: _Judged, chosen: _Choices, names: GroupNames
) -> tuple[str, ...]:
    found = []
    if correlation is not None and (correlation[1] > CLEAR_CORRELATION or correlation[2] < -CLEAR_CORRELATION):
        found.append("value.caution.correlation")
    error = judged.parts["error"]
    if error.error is not None and abs(error.error) > 0.1:
        found.append("value.caution.error")
    if error.rmse > error.rmse_as_before:
        found.append("value.caution.as_before")
    if repeats.covariance is None:
        found.append("value.caution.no_intervals")
    if chosen.horizon * DAYS_OF[chosen.unit] > 2 * (chosen.as_of - chosen.first).days:
        found.append("value.caution.far")
    if names.as_of is not None and names.as_of > chosen.end:
        found.append("value.caution.members_after")
    return tuple(found)


def _view(house: House, found: Definition) -> ValueView:
    head = house.head()
    in_force = head is not None and head.definitions.get(f"{KIND}/{CURRENT}") == found.version
    return ValueView(
        value=CustomerValue.model_validate(found.body),
        version=found.version,
        by=found.author,
        at=found.at,
        in_force=in_force,
        currency=house.settings.currency,
    )
