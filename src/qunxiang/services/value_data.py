"""Purchase histories of a snapshot, and models of them as stored parameters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from qunxiang.errors import NothingYetError, QunxiangError, SettingError
from qunxiang.i18n import Message
from qunxiang.identity import order_facts
from qunxiang.model.value import MONEY_PARAMETERS, PARAMETERS, CustomerValue, FittedParameters
from qunxiang.ports.engine import Session
from qunxiang.services.reading import SnapshotReader
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.tables import IDENTITIES
from qunxiang.valuation import GammaGamma
from qunxiang.valuation.histories import histories, money_of_repeaters, purchase_days
from qunxiang.valuation.scoring import (
    MODELS,
    FrozenMoney,
    FrozenRepeats,
    customer_value,
    scored_histories,
)

MOST_DAYS = 3653.0
"""Longest horizon that is looked ahead."""
DAYS_OF_CUSTOMERS = "purchase_days"
_SCORED = "scored_histories"
_HISTORY = ("frequency", "recency", "age")


def materialised(session: Session, name: str, query: Query, columns: tuple[str, ...] = ()) -> Relation:
    """Compute a query once and keep it in the session under `name`."""
    session.materialise(name, query)
    return Relation(name, columns)


def purchases_up_to(reader: SnapshotReader, moment: Moment) -> Relation:
    """Compute the purchase days of all customers up to a day from the loaded tables.

    Raises
    ------
    NothingYetError
        Before customers were found, or without orders.
    """
    tables = reader.relations("orders", "order_lines")
    if not tables:
        raise NothingYetError("error.value.no_orders")
    facts = order_facts(tables, reader.relation(IDENTITIES.name), moment=moment)
    reader.session.materialise("orders_up_to", facts)
    return materialised(reader.session, DAYS_OF_CUSTOMERS, purchase_days(Relation("orders_up_to"), moment))


def span_of(session: Session, days: Relation) -> tuple[date, date]:
    """Return the first and the last day with a purchase.

    Raises
    ------
    NothingYetError
        When there is none.
    """
    query = select("SELECT MIN(d.bought_on) AS first, MAX(d.bought_on) AS last FROM days__ AS d", days=days)
    found = session.fetch(query).to_pylist()[0]
    if found["first"] is None:
        raise NothingYetError("error.value.no_orders")
    return found["first"], found["last"]


def checked_calibration_end(end: date | None, first: date, as_of: date) -> date:
    """Return the end of calibration; None takes the first three quarters of the weeks up to `as_of`.

    Raises
    ------
    SettingError
        When it does not lie between the first purchase and `as_of`, or less than 4 weeks are there in all.
    """
    weeks = ((as_of - first).days + 1) // 7
    if weeks < 4:
        raise SettingError("error.value.too_short", first=first, as_of=as_of, weeks=weeks)
    chosen = end or first + timedelta(weeks=weeks * 3 // 4) - timedelta(days=1)
    if not first < chosen < as_of:
        raise SettingError("error.value.calibration_end", value=chosen, first=first, as_of=as_of)
    return chosen


def histories_until(session: Session, days: Relation, until: date, name: str) -> Relation:
    """Compute the histories of all customers who bought up to a day."""
    return materialised(session, name, histories(days, until))


def arrays(table: pa.Table, *names: str) -> list[Any]:
    """Return columns as arrays of float64."""
    return [np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=np.float64) for name in names]


def fitted_repeats(model: str, groups: pa.Table) -> FittedParameters:
    """Fit a model of repeat purchases to grouped histories."""
    x, recency, age, customers = arrays(groups, *_HISTORY, "customers")
    found = MODELS[model]().fit(x, recency, age, weights=customers)
    return FittedParameters(
        params=found.params_,
        intervals={name: found.interval(name) for name in found.names},
        covariance=_rows(found.covariance_of_logs),
        log_likelihood=found.log_likelihood_,
        n_customers=int(found.n_customers_),
    )


def fitted_money(session: Session, of_customers: Relation) -> tuple[FittedParameters | None, Message | None, Any]:
    """Fit the money per purchase of customers who came back; return it, why there is none, and the table behind it."""
    table = session.fetch(money_of_repeaters(of_customers))
    n, mean = arrays(table, "frequency", "mean_value")
    try:
        found = GammaGamma().fit(n, mean)
    except QunxiangError as error:
        return None, error.message, (n, mean)
    fitted = FittedParameters(
        params=found.params_,
        intervals={name: found.interval(name) for name in found.params_},
        covariance=_rows(found.covariance_of_logs),
        log_likelihood=found.log_likelihood_,
        n_customers=int(found.n_customers_),
    )
    return fitted, None, (n, mean)


def _rows(matrix: Any) -> tuple[tuple[float, ...], ...] | None:
    return None if matrix is None else tuple(tuple(float(v) for v in row) for row in matrix)


def frozen_repeats(model: str, fitted: FittedParameters) -> FrozenRepeats:
    """Return stored parameters as those of a model of repeat purchases."""
    covariance = None if fitted.covariance is None else np.array(fitted.covariance)
    return FrozenRepeats(model, dict(fitted.params), covariance)


def frozen_money(fitted: FittedParameters | None) -> FrozenMoney | None:
    """Return stored parameters as those of money per purchase; None stays None."""
    if fitted is None:
        return None
    covariance = None if fitted.covariance is None else np.array(fitted.covariance)
    p, q, v = (fitted.params[name] for name in ("p", "q", "v"))
    return FrozenMoney(p, q, v, covariance)


def value_query(
    session: Session,
    of_customers: Relation,
    repeats: FrozenRepeats,
    money: FrozenMoney | None,
    *,
    horizon_days: float,
    discount_rate: float,
    name: str = _SCORED,
) -> Query:
    """Score every different history once and return the query that gives each customer its score.

    `of_customers` holds histories; `name` is that of the scores in the session.
    """
    query = select(
        "SELECT DISTINCT h.frequency, h.recency, h.age FROM histories__ AS h ORDER BY h.frequency, h.recency, h.age",
        histories=of_customers,
    )
    x, recency, age = arrays(session.fetch(query), *_HISTORY)
    if not len(x):
        raise NothingYetError("error.value.no_orders")
    scored = scored_histories(repeats, x, recency, age, horizon_days=horizon_days, discount_rate=discount_rate)
    session.register(name, scored)
    return customer_value(of_customers, Relation(name, tuple(scored.column_names)), money)


def checked_value(value: CustomerValue) -> CustomerValue:
    """Return a fit from outside.

    Raises
    ------
    ValueError
        When its parameters are not those of its model, or its covariances do not fit them.
    """
    for fitted, names in (
        (value.repeats, PARAMETERS[value.model]),
        (value.calibration, PARAMETERS[value.model]),
        (value.money, MONEY_PARAMETERS),
        (value.calibration_money, MONEY_PARAMETERS),
    ):
        if fitted is None:
            continue
        if set(fitted.params) != set(names) or not all(np.isfinite(v) and v > 0 for v in fitted.params.values()):
            raise ValueError(f"the parameters must be {', '.join(names)}, each above 0")
        square = fitted.covariance
        if square is not None and (len(square) != len(names) or any(len(row) != len(names) for row in square)):
            raise ValueError("the covariance does not fit the parameters")
    if value.horizon_days > MOST_DAYS:
        raise ValueError("the horizon is too long")
    return value
