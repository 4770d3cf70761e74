"""Criteria (评价标准) of attractiveness and strength, and knock-outs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from qunxiang.i18n import Label
from qunxiang.model import Frozen

Side = Literal["attractiveness", "strength"]
ValueFormat = Literal["count", "number", "money", "percent"]


class Criterion(Frozen):
    """One ground for choosing a segment.

    `origin` says where its value comes from: ``measured`` (computed from tables as `measure`) or ``judged`` (entered by
    a named person on a scale of 0 to 10). `weight` counts relative to the other weights of the same side. With
    ``benefit`` more is better, with ``cost`` less. `low` and `high` are the values that score 0 and 10; None takes the
    smallest and largest among the segments that are compared.
    """

    id: str
    label: Label
    side: Side
    origin: Literal["measured", "judged"]
    weight: float = Field(ge=0, allow_inf_nan=False)
    unit: Label
    direction: Literal["benefit", "cost"] = "benefit"
    measure: str | None = None
    format: ValueFormat = "number"
    low: float | None = None
    high: float | None = None
    note: Label = Label("", "")

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        # without a measure no segment could ever be scored, and the whole ranking would be empty
        if self.origin == "measured" and not self.measure:
            raise ValueError("a measured criterion needs its measure")
        return self


class Knockout(Frozen):
    """A condition that a segment must meet to be ranked at all: its `measure` must be at least `minimum`."""

    id: str
    label: Label
    measure: str
    minimum: float
    format: ValueFormat = "number"
    note: Label = Label("", "")


class CriteriaSet(Frozen):
    """The criteria and knock-outs of one segmentation."""

    criteria: tuple[Criterion, ...]
    knockouts: tuple[Knockout, ...] = ()


class Measure(Frozen):
    """A measured value of a segment with its interval; None where the data cannot say. `n` is what it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None


class Judgement(Frozen):
    """What a named person thinks of a segment on one criterion, from 0 (worst) to 10 (best)."""

    criterion: str
    segment: str
    value: float = Field(ge=0, le=10, allow_inf_nan=False)
    by: str
    at: datetime
    why: str


ATTRACTIVENESS: tuple[Criterion, ...] = (
    Criterion(
        id="size",
        label=Label("规模", "Size"),
        side="attractiveness",
        origin="measured",
        measure="profile_share",
        weight=20,
        unit=Label("占客户比例", "share of customers"),
        format="percent",
        note=Label("细分的客户数占全部客户的比例。", "Customers in the segment as a share of all customers."),
    ),
    Criterion(
        id="revenue",
        label=Label("收入贡献", "Revenue"),
        side="attractiveness",
        origin="measured",
        measure="revenue_share",
        weight=25,
        unit=Label("占收入比例", "share of revenue"),
        format="percent",
        note=Label("近 365 天收入占全部收入的比例。", "Share of all revenue in the last 365 days."),
    ),
    Criterion(
        id="value_per_customer",
        label=Label("人均收入", "Revenue per customer"),
        side="attractiveness",
        origin="measured",
        measure="revenue_per_profile",
        weight=30,
        unit=Label("每客户每年", "per customer and year"),
        format="money",
        note=Label("近 365 天收入除以客户数。", "Revenue of the last 365 days divided by customers."),
    ),
    Criterion(
        id="growth",
        label=Label("增长", "Growth"),
        side="attractiveness",
        origin="measured",
        measure="growth",
        weight=25,
        unit=Label("后半年比前半年", "second half against first half"),
        format="percent",
        note=Label(
            "近 365 天的后一半收入比前一半的变化。按期末归属分组，增长里含有归属本身的影响。",
            "Revenue in the second half of the last 365 days against the first. Customers are grouped by their segment "
            "at the end, so part of the growth is the grouping itself.",
        ),
    ),
)
"""Measured criteria that every workspace with orders can compute."""

STRENGTH = Criterion(
    id="strength",
    label=Label("竞争优势", "Strength"),
    side="strength",
    origin="judged",
    weight=100,
    unit=Label("0–10 分，由具名人员判断", "0–10, judged by a named person"),
    low=0,
    high=10,
    note=Label(
        "本企业服务该细分的能力，相对主要竞争对手。",
        "How well the company can serve the segment, against its main competitors.",
    ),
)

KNOCKOUTS: tuple[Knockout, ...] = (
    Knockout(
        id="substantial",
        label=Label("足够大", "Substantial"),
        measure="profiles",
        minimum=30,
        format="count",
        note=Label(
            "客户少于 30 位，数字不可靠，也难以单独服务。",
            "Fewer than 30 customers: figures are shaky and separate service does not pay.",
        ),
    ),
    Knockout(
        id="active",
        label=Label("仍在购买", "Active"),
        measure="active_share",
        minimum=0.1,
        format="percent",
        note=Label(
            "近 90 天有购买的客户不足 10%，难以触达。", "Less than 10% bought in the last 90 days: hard to reach."
        ),
    ),
)


def default_criteria() -> CriteriaSet:
    """Return the criteria a new segmentation starts with: four measured, strength judged by hand, two knock-outs."""
    return CriteriaSet(criteria=(*ATTRACTIVENESS, STRENGTH), knockouts=KNOCKOUTS)
