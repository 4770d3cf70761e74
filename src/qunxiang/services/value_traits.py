"""What the fitted lifetime value says of every customer as of a day, for the traits of a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qunxiang.i18n import Label, with_unit
from qunxiang.model.value import CustomerValue
from qunxiang.ports.engine import Session
from qunxiang.services.value_data import frozen_money, frozen_repeats, histories_until, value_query
from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.tables import ORDER_FACTS
from qunxiang.traits import CUSTOMER_VALUE, VALUE_COLUMNS
from qunxiang.valuation.histories import purchase_days

_UNITS = {
    "day": Label("天", "days"),
    "week": Label("周", "weeks"),
    "month": Label("个月", "months"),
    "year": Label("年", "years"),
}


def fit_in(bodies: Mapping[str, Any]) -> CustomerValue | None:
    """Return the fit among documents of the kind ``value`` (id to body), None without one."""
    return CustomerValue.model_validate(bodies["current"]) if "current" in bodies else None


def read_value(
    session: Session, tables: Mapping[str, Relation], moment: Moment, value: CustomerValue | None
) -> Relation | None:
    """Apply frozen parameters to the purchases up to a day; None without a fit or purchases.

    Returns
    -------
    Relation
        One row per customer: `profile_id` and :data:`qunxiang.traits.VALUE_COLUMNS`.
    """
    if value is None or ORDER_FACTS.name not in tables:
        return None
    session.materialise("days_of_value", purchase_days(tables[ORDER_FACTS.name], moment))
    until = histories_until(session, Relation("days_of_value"), moment.as_of, "histories_of_value")
    query = value_query(
        session,
        until,
        frozen_repeats(value.model, value.repeats),
        frozen_money(value.money),
        horizon_days=value.horizon_days,
        discount_rate=value.discount_rate,
        name="scores_of_value",
    )
    session.materialise(CUSTOMER_VALUE, query)
    return Relation(CUSTOMER_VALUE, ("profile_id", *VALUE_COLUMNS))


def horizon_label(value: CustomerValue) -> Label:
    """Return the horizon in words, such as 12 months."""
    number, unit = f"{value.horizon:g}", _UNITS[value.unit]
    return Label(with_unit(number, "plain", unit, "zh"), with_unit(number, "plain", unit, "en"))


def basis_label(value: CustomerValue) -> Label:
    """Return how money is counted: turnover, discounted at a rate or not."""
    if value.discount_rate == 0:
        return Label("按销售额计，未折现", "turnover, not discounted")
    rate = f"{100 * value.discount_rate:g}%"
    return Label(f"按销售额计，年折现率 {rate}", f"turnover, discounted at {rate} a year")
