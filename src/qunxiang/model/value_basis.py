"""What people state about costs and satisfaction, and the view of profitability, loyalty, satisfaction and value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal

from pydantic import Field, model_validator

from qunxiang.errors import SettingError
from qunxiang.model.base import Frozen
from qunxiang.model.value import Part

Driver = Literal["order", "order_line", "return", "contact", "event"]
DRIVERS: Final[tuple[Driver, ...]] = ("order", "order_line", "return", "contact", "event")
Measured = Literal["nps", "csat", "ces"]
MEASURES: Final[tuple[Measured, ...]] = ("nps", "csat", "ces")
CostOrigin = Literal["measured", "stated", "unknown"]
WhaleOf = Literal["contribution", "margin", "revenue"]
TOP_OF: Final[dict[str, tuple[float, float]]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
"""Lowest and highest score of each scale."""


class SurveyScore(Frozen):
    """Where a measure of satisfaction is asked: a question whose scores lie on the measure's scale."""

    survey: str = Field(min_length=1, max_length=200)
    question: str = Field(min_length=1, max_length=200)


class ValueBasis(Frozen):
    """What people state so that profit and satisfaction can be computed; all of it may be left out.

    `window_days` are the days that count, the last being that of the snapshot. `drivers` are the costs of serving, in
    the workspace's currency, per order, order line, return, contact or event. `margin_rate` is the stated share of
    sales left after product cost; it counts only where products carry no unit cost. `satisfaction` says where NPS
    (0–10), CSAT (1–5) and CES (1–7) are asked.
    """

    window_days: int = Field(default=365, ge=30, le=3650)
    drivers: dict[Driver, Decimal] = Field(default_factory=dict)
    margin_rate: float | None = Field(default=None, gt=-1, lt=1)
    satisfaction: dict[Measured, SurveyScore] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _costs(self) -> ValueBasis:
        if any(not c.is_finite() or c < 0 for c in self.drivers.values()):
            raise ValueError("the cost of a driver must be 0 or more")
        return self


class Profitability(Frozen):
    """Money of a group in the window; None is unknown.

    `sales` are amounts above 0, `returns` those below (as a positive number), `revenue` their difference; `discounts`
    were given already and are not taken off again. `product_cost` is known only where `costed_share`, the share of line
    sales whose products have a known unit cost, is 1, or a margin rate was stated. `margin` is revenue less product
    cost, `contribution` is margin less the cost to serve.
    """

    buyers: int
    orders: int
    sales: Decimal
    returns: Decimal
    revenue: Decimal
    discounts: Decimal | None
    costed_share: float | None
    product_cost: Decimal | None
    cost_to_serve: Decimal | None
    by_driver: dict[Driver, Decimal]
    margin: Decimal | None
    margin_rate: float | None
    contribution: Decimal | None
    cost_origin: CostOrigin


class Rate(Frozen):
    """A share with its 95 % interval (Wilson) and base; the estimate is None without a base."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int


class Loyalty(Frozen):
    """Loyalty of a group.

    `repeat` is the share of buyers ever who bought on a second day; `retention` the share of those who bought in the
    earlier half of the window who bought in the later half too; `tenure_days` the mean days since the first purchase.
    `index` (0–100) is the mean of its parts: repeat, retention, and tenure as a share of the longest tenure of any
    customer, which does not depend on the groups that are compared.
    Share of wallet is unknown: what customers spend elsewhere is not in the data.
    """

    repeat: Rate
    retention: Rate
    tenure_days: float | None
    tenure_share: float | None
    index: float | None


class Satisfaction(Frozen):
    """One measure of a group: NPS (−100…100), CSAT (share of the two best answers), CES (mean); `n` people answered."""

    measure: Measured
    estimate: float | None
    low: float | None
    high: float | None
    n: int


class ValueGroup(Part):
    """The four sides of a group: profitability, loyalty, satisfaction, and expected value (None before a fit)."""

    customers: int
    profit: Profitability
    loyalty: Loyalty
    satisfaction: tuple[Satisfaction, ...]
    expected_value: Decimal | None
    expected_low: Decimal | None
    expected_high: Decimal | None


class WhaleCurve(Frozen):
    """Cumulated share of the total by customers, the most profitable first; it rises above 1 where others cost money.

    `of` says what is cumulated: the deepest figure that is known of everybody. `customers` and `shares` are shares from
    0 to 1; shares are None where the total is not above 0.
    """

    of: WhaleOf
    customers: tuple[float, ...]
    shares: tuple[float, ...] | None
    n: int


class ValueSides(Frozen):
    """Profitability, loyalty, satisfaction and expected value side by side, of all customers and of each segment."""

    as_of: date
    first_day: date
    basis: ValueBasis
    basis_version: int
    currency: str
    groups: tuple[ValueGroup, ...]
    whales: WhaleCurve


class CustomerSides(Frozen):
    """The four sides of one customer; None is unknown. `answers` are the customer's newest scores by measure."""

    profile_id: str
    as_of: date
    orders: int
    sales: Decimal
    returns: Decimal
    revenue: Decimal
    discounts: Decimal | None
    product_cost: Decimal | None
    cost_to_serve: Decimal | None
    margin: Decimal | None
    margin_rate: float | None
    contribution: Decimal | None
    purchases: int
    tenure_days: int | None
    came_back: bool | None
    answers: dict[Measured, float]
    probability_alive: float | None
    expected_value: Decimal | None
    expected_low: Decimal | None
    expected_high: Decimal | None
    currency: str


class PotentialGroup(Part):
    """Headroom of customers against those of the same group.

    `typical` is what the stated quantile of the group spends in a year, with the 95 % interval of that quantile;
    `below` customers spend less, and `headroom` is what they lack in all. None with too few customers to compare.
    """

    customers: int
    typical: Decimal | None
    typical_low: Decimal | None
    typical_high: Decimal | None
    below: int | None
    headroom: Decimal | None
    headroom_low: Decimal | None
    headroom_high: Decimal | None


class Potential(Frozen):
    """Headroom by group; like customers are the members of one segment, and `trait` is what they are compared by."""

    as_of: date
    trait: str
    quantile: float
    least: int
    currency: str
    groups: tuple[PotentialGroup, ...]


class Renewal(Frozen):
    """One renewal: survivors held out and foretold (None where none were), survival and retention by the fit."""

    period: int
    actual: float | None
    expected: float | None
    survival: float
    retention: float


class Contracts(Frozen):
    """Renewals of contracts by the shifted-beta-geometric model.

    `intervals` are at 95 %, None where the likelihood is flat. `renewals` are those still expected of a new customer,
    discounted per period; `value` is that times `margin` per renewal, None without one. `held_out` renewals of every
    cohort were left out of the fit that foretells them; the parameters are those of all.
    """

    customers: int
    params: dict[str, float]
    intervals: dict[str, tuple[float, float] | None]
    log_likelihood: float
    held_out: int
    path: tuple[Renewal, ...]
    discount_rate: float
    renewals: float
    margin: Decimal | None
    value: Decimal | None
    currency: str


def survivors_of(text: str) -> list[float]:
    """Read the survivors of a cohort as people write them: numbers with commas or spaces between them.

    Raises
    ------
    SettingError
        When one is no number.
    """
    try:
        return [float(number) for number in text.replace(",", " ").replace("，", " ").split()]
    except ValueError as error:
        raise SettingError("error.value.cohort_text", value=text[:80]) from error
