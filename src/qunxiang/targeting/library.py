"""The library of criteria and knock-outs, and those that a new segmentation starts with."""

from __future__ import annotations

from qunxiang.i18n import Label
from qunxiang.targeting.criteria import CriteriaSet, Criterion, Knockout, Side, Theme

_ORDERS = Label("订单表，近 365 天", "orders of the last 365 days")
_CUSTOMERS = Label("客户档案与细分归属", "profiles and their segments")
_PEOPLE = Label("具名人员的判断", "judgement of named people")
_OF_TEN = Label("0–10 分，10 为最好", "0–10, 10 is best")

SIZE = Criterion(
    id="size",
    label=Label("规模", "Size"),
    side="attractiveness",
    origin="measured",
    measure="profile_share",
    weight=20,
    unit=Label("占客户比例", "share of customers"),
    format="percent",
    note=Label("细分的客户数占全部客户的比例。", "Customers in the segment as a share of all customers."),
    theme="size",
    source=_CUSTOMERS,
)
REVENUE = Criterion(
    id="revenue",
    label=Label("收入贡献", "Revenue"),
    side="attractiveness",
    origin="measured",
    measure="revenue_share",
    weight=25,
    unit=Label("占收入比例", "share of revenue"),
    format="percent",
    note=Label("近 365 天收入占全部收入的比例。", "Share of all revenue in the last 365 days."),
    theme="size",
    source=_ORDERS,
)
VALUE_PER_CUSTOMER = Criterion(
    id="value_per_customer",
    label=Label("人均收入", "Revenue per customer"),
    side="attractiveness",
    origin="measured",
    measure="revenue_per_profile",
    weight=30,
    unit=Label("每客户每年", "per customer and year"),
    format="money",
    note=Label("近 365 天收入除以客户数。", "Revenue of the last 365 days divided by customers."),
    theme="profitability",
    source=_ORDERS,
)
GROWTH = Criterion(
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
    theme="growth",
    source=_ORDERS,
)
ATTRACTIVENESS: tuple[Criterion, ...] = (SIZE, REVENUE, VALUE_PER_CUSTOMER, GROWTH)
"""Measured criteria that every workspace with orders can compute."""


def _judged(id_: str, label: Label, side: Side, theme: Theme, note: Label) -> Criterion:
    return Criterion(
        id=id_,
        label=label,
        side=side,
        origin="judged",
        weight=20,
        unit=_OF_TEN,
        low=0,
        high=10,
        note=note,
        theme=theme,
        source=_PEOPLE,
    )


STRENGTH = _judged(
    "strength",
    Label("竞争优势", "Strength"),
    "strength",
    "strength",
    Label(
        "本企业服务该细分的能力，相对主要竞争对手。",
        "How well the company can serve the segment, against its main competitors.",
    ),
).model_copy(update={"weight": 100.0})

LIBRARY: tuple[Criterion, ...] = (
    *ATTRACTIVENESS,
    Criterion(
        id="margin_per_customer",
        label=Label("人均毛利", "Margin per customer"),
        side="attractiveness",
        origin="measured",
        measure="margin_per_profile",
        weight=20,
        unit=Label("每客户，全部历史", "per customer, whole history"),
        format="money",
        note=Label(
            "毛利代理指标的均值，只算毛利已知的客户。",
            "Mean of the margin proxy over the customers whose margin is known.",
        ),
        theme="profitability",
        source=Label("变量 margin_proxy", "trait margin_proxy"),
    ),
    Criterion(
        id="reach",
        label=Label("可触达", "Reachability"),
        side="attractiveness",
        origin="measured",
        measure="active_share",
        weight=20,
        unit=Label("占该细分客户", "share of its customers"),
        format="percent",
        note=Label(
            "近 90 天有购买、因而能在购买场合触达的客户比例。",
            "Customers who bought in the last 90 days, and so can be met where they buy.",
        ),
        theme="reachability",
        source=_ORDERS,
    ),
    Criterion(
        id="lapse_risk",
        label=Label("流失风险", "Risk of lapse"),
        side="attractiveness",
        origin="measured",
        measure="lapsed_share",
        direction="cost",
        weight=20,
        unit=Label("占前半年的买家", "share of the first half's buyers"),
        format="percent",
        note=Label(
            "近 365 天中前半年买过、后半年没再买的客户比例；越低越好。",
            "Of those who bought in the first half of the last 365 days, the share who did not in the second; "
            "less is better.",
        ),
        theme="risk",
        source=_ORDERS,
    ),
    _judged(
        "competition",
        Label("竞争压力", "Competition"),
        "attractiveness",
        "competition",
        Label("10 分：几乎没有强对手；0 分：对手众多且强。", "10: hardly a strong rival; 0: many and strong ones."),
    ),
    _judged(
        "need_fit",
        Label("需求匹配", "Need fit"),
        "attractiveness",
        "need_fit",
        Label("该细分的需求与我们能提供的有多合。", "How well what the segment needs is what we can offer."),
    ),
    _judged(
        "strategic_fit",
        Label("战略契合", "Strategic fit"),
        "attractiveness",
        "strategic_fit",
        Label("与公司方向、品牌和资源的契合程度。", "How well it fits the company's direction, brand and means."),
    ),
    _judged(
        "outside_risk",
        Label("外部风险", "Outside risk"),
        "attractiveness",
        "risk",
        Label("10 分：政策、技术、供应风险很低。", "10: little risk from law, technology or supply."),
    ),
    STRENGTH,
    Criterion(
        id="repeat",
        label=Label("回购率", "Repeat rate"),
        side="strength",
        origin="measured",
        measure="repeat_share",
        weight=20,
        unit=Label("占近一年买家", "share of the year's buyers"),
        format="percent",
        note=Label(
            "近 365 天买家中下过两单及以上的比例：客户愿意再来，说明我们服务得好。",
            "Of the buyers of the last 365 days, those with two orders or more: they come back to us.",
        ),
        theme="strength",
        source=_ORDERS,
    ),
    _judged(
        "product_strength",
        Label("产品优势", "Product"),
        "strength",
        "strength",
        Label("产品与服务相对对手。", "Product and service against rivals."),
    ),
    _judged(
        "price_strength",
        Label("成本与价格优势", "Cost and price"),
        "strength",
        "strength",
        Label("能否以有利可图的价格胜过对手。", "Whether we can win at a price that pays."),
    ),
    _judged(
        "channel_strength",
        Label("渠道优势", "Channels"),
        "strength",
        "strength",
        Label("到达该细分的渠道相对对手。", "Our ways to reach the segment against rivals'."),
    ),
    _judged(
        "brand_strength",
        Label("品牌优势", "Brand"),
        "strength",
        "strength",
        Label("在该细分中的知名与信任相对对手。", "How known and trusted we are there against rivals."),
    ),
)
"""Criteria to choose from; every theme of attractiveness, and parts of strength."""

KNOCKOUTS: tuple[Knockout, ...] = (
    Knockout(
        id="measurable",
        label=Label("可衡量", "Measurable"),
        measure="known_share",
        minimum=0.2,
        format="percent",
        note=Label(
            "该细分客户的变量平均已知不到 20%，看不清他们是谁。",
            "On average less than 20% of their traits are known: they cannot be seen clearly.",
        ),
        unit=Label("变量已知的平均比例", "mean share of traits known"),
        source=Label("客户变量", "traits"),
    ),
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
        unit=Label("客户数", "customers"),
        source=_CUSTOMERS,
    ),
    Knockout(
        id="accessible",
        label=Label("可到达", "Accessible"),
        measure="active_share",
        minimum=0.1,
        format="percent",
        note=Label(
            "近 90 天有购买的客户不足 10%，难以触达。", "Less than 10% bought in the last 90 days: hard to reach."
        ),
        unit=Label("占该细分客户", "share of its customers"),
        source=_ORDERS,
    ),
    Knockout(
        id="differentiable",
        label=Label("可区分", "Differentiable"),
        measure="largest_effect",
        minimum=0.2,
        note=Label(
            "没有一个变量与其他客户相差 0.2 个标准差以上，不会有不同反应。",
            "No trait differs from the other customers' by 0.2 standard deviations or more: they would answer alike.",
        ),
        unit=Label("与其他客户最大的差异（标准差）", "largest difference from the rest, in standard deviations"),
        source=Label("客户变量", "traits"),
    ),
    Knockout(
        id="actionable",
        label=Label("可行动", "Actionable"),
        origin="judged",
        minimum=4,
        note=Label(
            "具名人员判断我们没有能为该细分制定并执行的方案（低于 4 分）。",
            "Named people say that we have no plan we could carry out for it (below 4 of 10).",
        ),
        unit=_OF_TEN,
        source=_PEOPLE,
    ),
)
"""The five conditions of a useful segment (Kotler & Keller): one of them judged, four measured."""


def default_criteria() -> CriteriaSet:
    """Return the criteria a new segmentation starts with: four measured, strength judged by hand, five knock-outs."""
    return CriteriaSet(criteria=(*ATTRACTIVENESS, STRENGTH), knockouts=KNOCKOUTS)
