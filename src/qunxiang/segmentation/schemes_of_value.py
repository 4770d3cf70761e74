"""Ready-made classifications by what customers are worth and whether they come back: RFM, value tiers, loyalty."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Segment
from qunxiang.segmentation.scheme import BY_CONVENTION, Parameter, Scheme, Thresholds, quantile, ruled, written
from qunxiang.sql import Query, Relation, column, literal, select

_AVERAGE = Label("全体客户得分的平均数", "the mean score of all customers")


_RFM = (
    (
        "important_value",
        "重要价值客户",
        "Champions",
        (1, 1, 1),
        ("近期买过、买得勤、花得多", "recent, frequent, high spend"),
    ),
    (
        "important_development",
        "重要发展客户",
        "High-value newcomers",
        (1, 0, 1),
        ("近期买过、花得多，但次数少", "recent, high spend, few orders"),
    ),
    (
        "important_keep",
        "重要保持客户",
        "Cannot lose them",
        (0, 1, 1),
        ("买得勤、花得多，但近期没来", "frequent, high spend, not recent"),
    ),
    (
        "important_win_back",
        "重要挽留客户",
        "High spenders at risk",
        (0, 0, 1),
        ("花得多，但次数少且近期没来", "high spend, few orders, not recent"),
    ),
    (
        "general_value",
        "一般价值客户",
        "Loyal small baskets",
        (1, 1, 0),
        ("近期买过、买得勤，但花得少", "recent, frequent, low spend"),
    ),
    (
        "general_development",
        "一般发展客户",
        "Recent and small",
        (1, 0, 0),
        ("近期买过，次数少、花得少", "recent, few orders, low spend"),
    ),
    (
        "general_keep",
        "一般保持客户",
        "Fading regulars",
        (0, 1, 0),
        ("曾经买得勤，花得少、近期没来", "frequent once, low spend, not recent"),
    ),
    (
        "general_win_back",
        "一般挽留客户",
        "Hibernating",
        (0, 0, 0),
        ("次数少、花得少且近期没来", "few orders, low spend, not recent"),
    ),
)


def _rfm_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    made = []
    for colour, (id_, zh, en, high, note) in enumerate(_RFM):
        sides = [
            f"{score} {'>' if side else '<='} {written(at[f'{score[0]}_average'])}"
            for score, side in zip(("r_score", "f_score", "m_score"), high, strict=True)
        ]
        made.append(ruled(id_, zh, en, " and ".join(sides), note, colour))
    nobody = ("截止日期前没有订单，无法评分", "no order up to the date, so no score")
    return (*made, ruled("no_orders", "未购客户", "No orders yet", None, nobody, len(made)))


def _rfm_thresholds(traits: Relation, at: Thresholds) -> Query:
    return select(
        "SELECT AVG(CAST(t.r_score AS DOUBLE)) AS r_average, AVG(CAST(t.f_score AS DOUBLE)) AS f_average,"
        " AVG(CAST(t.m_score AS DOUBLE)) AS m_average FROM traits__ AS t",
        traits=traits,
    )


RFM = Scheme(
    id="rfm",
    label=Label("RFM 客户分类", "RFM segments"),
    note=Label(
        "近度、频次、金额得分各与全体均分比较：高于均分为高，否则为低，组合成八类",
        "recency, frequency and monetary scores each against the average of all: above is high, else low",
    ),
    needs=("r_score", "f_score", "m_score"),
    parameters=(
        Parameter("r_average", Label("近度得分界线", "Line of the recency score"), decimals=4, how=_AVERAGE),
        Parameter("f_average", Label("频次得分界线", "Line of the frequency score"), decimals=4, how=_AVERAGE),
        Parameter("m_average", Label("金额得分界线", "Line of the monetary score"), decimals=4, how=_AVERAGE),
    ),
    rest="no_orders",
    segments=_rfm_segments,
    thresholds=_rfm_thresholds,
)


def _value_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    key, margin = written(at["key_amount"]), written(at["margin_at_most"])
    below = f"frequency > 0 and monetary_365d < {key}"
    strategic = Segment(
        id="strategic",
        label=Label("战略客户", "Strategic account"),
        note=Label("由负责人指定，不由数据计算", "named by people, not computed from data"),
        by_hand=True,
        colour=3,
    )
    return (
        ruled(
            "key",
            "大客户",
            "Key account",
            f"frequency > 0 and monetary_365d >= {key}",
            (
                "近 365 天消费最高、合计贡献约定收入占比的客户；只看收入，不看毛利",
                "the highest spenders of the last 365 days who together make the stated share of revenue;"
                " revenue alone",
            ),
            0,
        ),
        ruled(
            "profit",
            "利润客户",
            "Profit customer",
            f"{below} and margin_proxy > {margin}",
            ("其余客户中毛利参考值高于界线者", "of the others, those whose margin proxy is above the line"),
            1,
        ),
        ruled(
            "non_profit",
            "非利润客户",
            "Non-profit customer",
            f"{below} and margin_proxy <= {margin}",
            ("其余客户中毛利参考值不高于界线者", "of the others, those whose margin proxy is not above the line"),
            2,
        ),
        strategic,
        ruled(
            "unknown",
            "价值未知",
            "Value unknown",
            None,
            ("没有订单，或毛利未知", "no orders, or the margin is unknown"),
            4,
        ),
    )


def _value_thresholds(traits: Relation, at: Thresholds) -> Query:
    """Find the spend of the last profile needed, from the highest spender down, to reach the share of revenue."""
    return select(
        "SELECT CAST(MIN(r.spend) AS DOUBLE) AS key_amount FROM ("
        " SELECT t.monetary_365d AS spend, SUM(CAST(t.monetary_365d AS DECIMAL(18, 2))) OVER () AS total,"
        " SUM(CAST(t.monetary_365d AS DECIMAL(18, 2))) OVER (ORDER BY t.monetary_365d DESC NULLS LAST,"
        " t.profile_id NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS reached"
        " FROM traits__ AS t WHERE t.monetary_365d > 0) AS r"
        " WHERE CAST(r.reached - r.spend AS DOUBLE) < :share * CAST(r.total AS DOUBLE)",
        traits=traits,
        share=exp.cast(literal(at["revenue_share"]), "DOUBLE"),
    )


VALUE_TIER = Scheme(
    id="value_tier",
    label=Label("客户价值分层", "Value tiers"),
    note=Label(
        "大客户：按近 365 天消费从高到低，合计达到约定收入占比为止；"
        "其余按毛利参考值分为利润与非利润客户；战略客户由人指定",
        "key accounts: from the highest spender of the last 365 days down until the stated share of revenue is"
        " reached; the others by margin proxy; strategic accounts are named by people",
    ),
    needs=("frequency", "monetary_365d", "margin_proxy"),
    parameters=(
        Parameter(
            "revenue_share",
            Label("大客户的收入占比", "Revenue share of key accounts"),
            0.5,
            4,
            before=True,
            how=Label(
                "约定值（帕累托占比）：最高消费者合计贡献多少收入",
                "set by convention (Pareto share): how much of revenue the highest spenders make together",
            ),
        ),
        Parameter(
            "key_amount",
            Label("大客户的最低消费", "Least spend of a key account"),
            decimals=2,
            how=Label(
                "从最高消费者往下累加，达到上述占比时最后一位的消费额",
                "adding up from the highest spender, the spend of the last one needed to reach that share",
            ),
        ),
        Parameter(
            "margin_at_most",
            Label("非利润客户的毛利上限", "Margin line of non-profit"),
            0.0,
            2,
            how=Label("约定值：不赚钱即为非利润", "set by convention: no margin is no profit"),
        ),
    ),
    rest="unknown",
    segments=_value_segments,
    thresholds=_value_thresholds,
)


def _loyalty_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    orders, days = written(max(at["loyal_orders"], 2)), written(at["active_days"])
    return (
        ruled(
            "loyal",
            "忠诚客户",
            "Loyal",
            f"frequency >= {orders} and recency_days <= {days}",
            ("多次购买且仍在购买", "many orders and still buying"),
            0,
        ),
        ruled(
            "potential",
            "潜力客户",
            "Potential",
            f"frequency < {orders} and frequency >= 2 and recency_days <= {days}",
            ("已回购且仍在购买，次数尚少", "came back and still buying, few orders so far"),
            1,
        ),
        ruled(
            "lapsed",
            "沉睡客户",
            "Lapsed",
            f"frequency >= 2 and recency_days > {days}",
            ("曾经回购，已超过活跃期没有再来", "came back once, silent for longer than active customers are"),
            2,
        ),
        ruled("one_time", "一次性客户", "One-time", "frequency = 1", ("只下过一张订单", "one order only"), 3),
        ruled("no_orders", "未购客户", "No orders yet", None, ("截止日期前没有订单", "no order up to the date"), 4),
    )


def _loyalty_thresholds(traits: Relation, at: Thresholds) -> Query:
    return select(
        "SELECT o.value AS loyal_orders, CEIL(:factor * d.value) AS active_days FROM orders__ AS o"
        " CROSS JOIN days__ AS d",
        factor=exp.cast(literal(at["interval_factor"]), "DOUBLE"),
        orders=quantile(traits, column("frequency", "t"), 0.5, _repeat()),
        days=quantile(traits, column("interpurchase_days", "t"), 0.9, _repeat()),
    )


def _repeat() -> exp.Expr:
    return exp.GTE(this=column("frequency", "t"), expression=literal(2))


LOYALTY = Scheme(
    id="loyalty",
    label=Label("忠诚度分类", "Loyalty"),
    note=Label(
        "忠诚：订单数不低于回购客户的中位数；活跃期：九成回购客户平均购买间隔的上限乘以倍数",
        "loyal: at least the median orders of those who came back; active: the interval that nine in ten of"
        " them stay within, times a factor",
    ),
    needs=("frequency", "recency_days", "interpurchase_days"),
    parameters=(
        Parameter(
            "interval_factor",
            Label("购买间隔倍数", "Factor on the interval"),
            2.0,
            2,
            before=True,
            how=BY_CONVENTION,
        ),
        Parameter(
            "loyal_orders",
            Label("忠诚客户最少订单数", "Least orders of a loyal customer"),
            decimals=1,
            how=Label("回购客户订单数的中位数", "the median orders of those who came back"),
        ),
        Parameter(
            "active_days",
            Label("活跃期天数", "Days that count as active"),
            how=Label(
                "回购客户平均购买间隔的 90% 分位数，乘以倍数",
                "the 90 % quantile of the purchase interval of those who came back, times the factor",
            ),
        ),
    ),
    rest="no_orders",
    segments=_loyalty_segments,
    thresholds=_loyalty_thresholds,
)
