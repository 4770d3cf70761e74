"""Lifetime value: a fitted model of repeat purchases and of money, with its evidence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import Field

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen

RepeatModelName = Literal["bg_nbd", "mbg_nbd", "pareto_nbd"]
HorizonUnit = Literal["day", "week", "month", "year"]

DAYS_OF: Final[dict[str, float]] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
"""Days of each unit of a horizon."""

PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "bg_nbd": ("r", "alpha", "a", "b"),
    "mbg_nbd": ("r", "alpha", "a", "b"),
    "pareto_nbd": ("r", "alpha", "s", "beta"),
}
"""Parameters of each model of repeat purchases; times are in days."""

MONEY_PARAMETERS: Final = ("p", "q", "v")

Matrix = tuple[tuple[float, ...], ...]


class FittedParameters(Frozen):
    """Parameters by name, their 95 % intervals, and the covariance of their logarithms; None where unknown."""

    params: dict[str, float]
    intervals: dict[str, tuple[float, float] | None]
    covariance: Matrix | None
    log_likelihood: float
    n_customers: int


class Tracking(Frozen):
    """Repeat purchases per period, of customers whose first purchase lay in the calibration.

    `ends` are the last days of the periods of `period_days` days; `expected` is what the calibrated model expects.
    """

    period_days: int
    ends: tuple[date, ...]
    actual: tuple[int, ...]
    expected: tuple[float, ...]


class HoldOutGroup(Frozen):
    """Purchases after the end of calibration per customer, of those with `least` to `most` repeat purchases before it.

    `low` and `high`: the 95 % interval of the actual mean, None with fewer than 2 customers.
    """

    least: int
    most: int
    customers: int
    actual: float
    expected: float
    low: float | None
    high: float | None


class ForecastError(Frozen):
    """Errors of the forecast after the end of calibration, beside those of "everybody goes on as before".

    `error` is (expected − actual)/actual, None when nobody bought; `rmse` the root of the mean squared error per
    customer, in purchases.
    """

    customers: int
    actual: int
    expected: float
    error: float | None
    rmse: float
    as_before: float
    rmse_as_before: float


class Part(Frozen):
    """A segment of a scheme, or a cohort (`scheme` ``cohort``, `part` its month), or all customers (both empty)."""

    scheme: str
    part: str
    label: Label
    scheme_label: Label
    colour: int = 0


class GroupError(Part):
    """Purchases and money after the end of calibration in a group, as they were and as they were expected.

    `difference_low` and `difference_high`: the 95 % interval of expected − actual purchases per customer, None with
    fewer than 2 customers. Money is None where it was not modelled. `value_error_low` and `value_error_high`: the 95 %
    interval of `value_error` by the spread of expected − actual money between customers.
    """

    customers: int
    actual: int
    expected: float
    error: float | None
    difference: float
    difference_low: float | None
    difference_high: float | None
    actual_value: Decimal
    expected_value: Decimal | None
    value_error: float | None
    value_error_low: float | None = None
    value_error_high: float | None = None


class GroupWorth(Part):
    """What a group is worth within the horizon: customers, of them probably still buying, purchases, money.

    `value_low` and `value_high`: the 95 % interval of the expected total by the uncertainty of the parameters; None
    where it is unknown. `valued` customers have a known value.
    """

    customers: int
    alive: float
    purchases: float
    valued: int
    value: Decimal | None
    value_low: Decimal | None
    value_high: Decimal | None


class Cohort(Frozen):
    """Customers who first bought in the same month; buyers, purchases and money by months since then (from 0)."""

    cohort: date
    customers: int
    months_since: tuple[int, ...]
    buyers: tuple[int, ...]
    purchases: tuple[int, ...]
    amount: tuple[Decimal, ...]


class ValueEvidence(Frozen):
    """What a fit rests on and how well it foretells.

    `correlation` is Spearman's of repeat purchases and money per purchase with its 95 % interval; `no_money` says why
    money was not modelled. `cautions` are codes of texts. `members_as_of` is the day of the memberships by which errors
    are given: what happened in the hold-out may have decided them when it lies after the end of calibration.
    """

    run: int
    first_day: date
    customers: int
    repeaters: int
    histories: int
    correlation: tuple[float, float, float] | None
    no_money: dict[str, Any] | None
    cautions: tuple[str, ...]
    tracking: Tracking
    hold_out: tuple[HoldOutGroup, ...]
    error: ForecastError
    members_as_of: date | None
    errors: tuple[GroupError, ...]
    worth: tuple[GroupWorth, ...]
    cohorts: tuple[Cohort, ...]


class CustomerValue(Frozen):
    """A fitted lifetime value. Its parameters are frozen: a refresh applies them to purchases up to its own day.

    `horizon` counts `unit`; `discount_rate` is interest per year, 0 for none. `calibration` holds the parameters
    learned from purchases up to `calibration_end` alone, on which the hold-out in `evidence` rests; `repeats` and
    `money` those learned from all purchases up to `as_of`. `money` is None where money per purchase could not be
    modelled; the evidence then says why.
    """

    model: RepeatModelName
    horizon: float = Field(gt=0)
    unit: HorizonUnit
    discount_rate: float = Field(ge=0, le=1)
    as_of: date
    calibration_end: date
    repeats: FittedParameters
    money: FittedParameters | None
    calibration: FittedParameters
    calibration_money: FittedParameters | None
    evidence: ValueEvidence

    @property
    def horizon_days(self) -> float:
        """Length of the horizon in days; a month is a twelfth of 365.25."""
        return self.horizon * DAYS_OF[self.unit]
