"""Ready-made classifications: segments whose rules are written from a few thresholds.

Each scheme names its parameters. A parameter is found from the data by a query or has a value by convention; people may
set any of them by hand. Rules are written so that no profile fits two of them, and `rest` takes all others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Segment
from qunxiang.sql import Query, Relation, column, literal, select
from qunxiang.sql.rule_reading import number_text

Thresholds = Mapping[str, float]


NOTHING_SAID = Label("", "")


@dataclass(frozen=True)
class Parameter:
    """A threshold of a scheme: what it says, in words `how` it is found, and to how many decimals it is rounded up.

    `default` is None where it is found from the data. `before` marks a parameter that the query itself needs. `values`
    makes the query of the numbers that the threshold divides, one column `value`, where it may lie at their natural
    break: the upper end of the lower class.
    """

    name: str
    label: Label
    default: float | None = None
    decimals: int = 0
    before: bool = False
    values: Callable[[Relation, Thresholds], Query] | None = None
    how: Label = NOTHING_SAID


_AVERAGE = Label("全体客户得分的平均数", "the mean score of all customers")
_BY_CONVENTION = Label("约定值，可自行调整", "set by convention; change it as you see fit")
_ENOUGH_ORDERS = Label("约定值：订单太少时占比只是偶然", "set by convention: with fewer orders a share is chance")


@dataclass(frozen=True)
class Scheme:
    """A ready-made classification.

    `needs` are the traits it cannot do without; of `one_of` at least one must be there. `thresholds` makes the query of
    one row with a column per parameter that is found from the data, None when there is none. `segments` writes the
    segments from all parameters and the traits at hand.
    """

    id: str
    label: Label
    note: Label
    needs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    rest: str
    segments: Callable[[Thresholds, Collection[str]], tuple[Segment, ...]]
    thresholds: Callable[[Relation, Thresholds], Query] | None = None
    one_of: tuple[str, ...] = ()


def _text(value: float) -> str:
    text = number_text(Decimal(repr(abs(value))))
    return f"-{text}" if value < 0 else text


def _segment(id_: str, zh: str, en: str, rule: str | None, note: tuple[str, str], colour: int) -> Segment:
    return Segment(id=id_, label=Label(zh, en), rule=rule, note=Label(*note), colour=colour)


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
            f"{score} {'>' if side else '<='} {_text(at[f'{score[0]}_average'])}"
            for score, side in zip(("r_score", "f_score", "m_score"), high, strict=True)
        ]
        made.append(_segment(id_, zh, en, " and ".join(sides), note, colour))
    nobody = ("截止日期前没有订单，无法评分", "no order up to the date, so no score")
    return (*made, _segment("no_orders", "未购客户", "No orders yet", None, nobody, len(made)))


def _rfm_thresholds(traits: Relation, at: Thresholds) -> Query:
    return select(
        "SELECT AVG(CAST(t.r_score AS DOUBLE)) AS r_average, AVG(CAST(t.f_score AS DOUBLE)) AS f_average,"
        " AVG(CAST(t.m_score AS DOUBLE)) AS m_average FROM traits__ AS t",
        traits=traits,
    )


def _value_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    key, margin = _text(at["key_amount"]), _text(at["margin_at_most"])
    below = f"frequency > 0 and monetary_365d < {key}"
    strategic = Segment(
        id="strategic",
        label=Label("战略客户", "Strategic account"),
        note=Label("由负责人指定，不由数据计算", "named by people, not computed from data"),
        by_hand=True,
        colour=3,
    )
    return (
        _segment(
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
        _segment(
            "profit",
            "利润客户",
            "Profit customer",
            f"{below} and margin_proxy > {margin}",
            ("其余客户中毛利参考值高于界线者", "of the others, those whose margin proxy is above the line"),
            1,
        ),
        _segment(
            "non_profit",
            "非利润客户",
            "Non-profit customer",
            f"{below} and margin_proxy <= {margin}",
            ("其余客户中毛利参考值不高于界线者", "of the others, those whose margin proxy is not above the line"),
            2,
        ),
        strategic,
        _segment(
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


def _loyalty_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    orders, days = _text(max(at["loyal_orders"], 2)), _text(at["active_days"])
    return (
        _segment(
            "loyal",
            "忠诚客户",
            "Loyal",
            f"frequency >= {orders} and recency_days <= {days}",
            ("多次购买且仍在购买", "many orders and still buying"),
            0,
        ),
        _segment(
            "potential",
            "潜力客户",
            "Potential",
            f"frequency < {orders} and frequency >= 2 and recency_days <= {days}",
            ("已回购且仍在购买，次数尚少", "came back and still buying, few orders so far"),
            1,
        ),
        _segment(
            "lapsed",
            "沉睡客户",
            "Lapsed",
            f"frequency >= 2 and recency_days > {days}",
            ("曾经回购，已超过活跃期没有再来", "came back once, silent for longer than active customers are"),
            2,
        ),
        _segment("one_time", "一次性客户", "One-time", "frequency = 1", ("只下过一张订单", "one order only"), 3),
        _segment("no_orders", "未购客户", "No orders yet", None, ("截止日期前没有订单", "no order up to the date"), 4),
    )


def _loyalty_thresholds(traits: Relation, at: Thresholds) -> Query:
    return select(
        "SELECT o.value AS loyal_orders, CEIL(:factor * d.value) AS active_days FROM orders__ AS o"
        " CROSS JOIN days__ AS d",
        factor=exp.cast(literal(at["interval_factor"]), "DOUBLE"),
        orders=_quantile(traits, column("frequency", "t"), 0.5, _repeat()),
        days=_quantile(traits, column("interpurchase_days", "t"), 0.9, _repeat()),
    )


def _repeat() -> exp.Expr:
    return exp.GTE(this=column("frequency", "t"), expression=literal(2))


_PROMOTION = ("discount_share", "coupon_share")


def _promotion(traits: Collection[str]) -> str:
    return " + ".join(t for t in _PROMOTION if t in traits)


def _promotion_share(traits: Relation) -> exp.Expr:
    """Return the sum of the promotion shares that there are."""
    measures = [column(t, "t") for t in _PROMOTION if t in traits.columns or not traits.columns]
    share: exp.Expr = measures[0]
    for measure in measures[1:]:
        share = exp.Add(this=share, expression=measure)
    return share


def _enough(at: Thresholds) -> exp.Expr:
    """Return the condition of orders enough to judge by."""
    return exp.GTE(this=column("frequency", "t"), expression=literal(int(at["orders_at_least"])))


def _price_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    share, enough = _promotion(traits), f"frequency >= {_text(at['orders_at_least'])}"
    line = _text(at["share_above"])
    return (
        _segment(
            "sensitive",
            "价格敏感",
            "Price-sensitive",
            f"{enough} and {share} > {line}",
            ("折扣与用券占比高于界线", "discount and coupon share above the line"),
            0,
        ),
        _segment(
            "insensitive",
            "价格不敏感",
            "Not price-sensitive",
            f"{enough} and {share} <= {line}",
            ("折扣与用券占比不高于界线", "discount and coupon share not above the line"),
            1,
        ),
        _segment(
            "unknown",
            "暂无法判断",
            "Cannot be told yet",
            None,
            ("购买次数过少，或没有折扣记录", "too few orders, or no record of discounts"),
            2,
        ),
    )


def _promotion_values(traits: Relation, at: Thresholds) -> Query:
    """Promotion shares of those with enough orders."""
    return _values(traits, _promotion_share(traits), at)


def _level_values(traits: Relation, at: Thresholds) -> Query:
    """Price levels of those with enough orders."""
    return _values(traits, column("price_level", "t"), at)


def _values(traits: Relation, value: exp.Expr, at: Thresholds) -> Query:
    return select(
        "SELECT k.value FROM (SELECT CAST(:value AS DOUBLE) AS value FROM traits__ AS t WHERE :enough) AS k"
        " WHERE NOT k.value IS NULL",
        traits=traits,
        value=value,
        enough=_enough(at),
    )


def _price_thresholds(traits: Relation, at: Thresholds) -> Query:
    found = _quantile(traits, _promotion_share(traits), 0.5, _enough(at))
    return select("SELECT q.value AS share_above FROM found__ AS q", found=found)


def _need_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    share, enough = _promotion(traits), f"frequency >= {_text(at['orders_at_least'])}"
    promotion, price = _text(at["promotion_above"]), _text(at["price_above"])
    rest = f"{enough} and {share} <= {promotion}"
    return (
        _segment(
            "price_sensitive",
            "价格敏感",
            "Price-sensitive",
            f"{enough} and {share} > {promotion}",
            (
                "折扣与用券占比在前三分之一：等促销才买",
                "discounts and coupons among the highest third: buys on promotion",
            ),
            0,
        ),
        _segment(
            "emotional",
            "情感性需求",
            "Emotional need",
            f"{rest} and price_level > {price}",
            (
                "不靠促销，且在同类商品中选择更贵的：买的不只是功能",
                "without promotions, and of like articles the dearer ones: more than function is bought",
            ),
            1,
        ),
        _segment(
            "functional",
            "功能性需求",
            "Functional need",
            f"{rest} and price_level <= {price}",
            (
                "不靠促销，在同类商品中选择够用的：看重功能",
                "without promotions, and of like articles those that do: function is bought",
            ),
            2,
        ),
        _segment(
            "unknown",
            "暂无法判断",
            "Cannot be told yet",
            None,
            ("购买次数过少，或没有折扣或价格记录", "too few orders, or no record of discounts or prices"),
            3,
        ),
    )


def _need_thresholds(traits: Relation, at: Thresholds) -> Query:
    return select(
        "SELECT p.value AS promotion_above, l.value AS price_above FROM promotion__ AS p CROSS JOIN level__ AS l",
        promotion=_quantile(traits, _promotion_share(traits), 2 / 3, _enough(at)),
        level=_quantile(traits, column("price_level", "t"), 0.5, _enough(at)),
    )


def _quantile(traits: Relation, value: exp.Expr, share: float, where: exp.Expr) -> Query:
    """Exact quantile with linear interpolation, one row with `value`.

    Written out with row numbers: the engines' own functions differ in interpolation or turn approximate.
    """
    return select(
        "SELECT SUM(CASE WHEN r.n = FLOOR(r.place) THEN r.v * (1 - (r.place - FLOOR(r.place)))"
        " WHEN r.n = FLOOR(r.place) + 1 THEN r.v * (r.place - FLOOR(r.place)) END) AS value FROM ("
        " SELECT k.v, ROW_NUMBER() OVER (ORDER BY k.v NULLS LAST) AS n,"
        " CAST((COUNT(*) OVER () - 1) AS DOUBLE) * :share + 1 AS place FROM ("
        " SELECT CAST(:value AS DOUBLE) AS v FROM traits__ AS t WHERE :condition) AS k WHERE NOT k.v IS NULL) AS r",
        traits=traits,
        value=value,
        condition=where,
        share=exp.cast(literal(share), "DOUBLE"),
    )


SCHEMES: Mapping[str, Scheme] = {
    s.id: s
    for s in (
        Scheme(
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
        ),
        Scheme(
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
        ),
        Scheme(
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
                    how=_BY_CONVENTION,
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
        ),
        Scheme(
            id="price_sensitivity",
            label=Label("价格敏感度", "Price sensitivity"),
            note=Label(
                "折扣占比与用券占比之和，与订单足够多的客户的中位数比较",
                "discount share plus coupon share against the median of those with enough orders",
            ),
            needs=("frequency",),
            one_of=_PROMOTION,
            parameters=(
                Parameter(
                    "orders_at_least", Label("最少订单数", "Least orders"), 5.0, 0, before=True, how=_ENOUGH_ORDERS
                ),
                Parameter(
                    "share_above",
                    Label("折扣与用券占比界线", "Line of discount and coupon share"),
                    decimals=6,
                    values=_promotion_values,
                    how=Label(
                        "订单足够多的客户的中位数；也可取自然断点",
                        "the median of those with enough orders; or their natural break",
                    ),
                ),
            ),
            rest="unknown",
            segments=_price_segments,
            thresholds=_price_thresholds,
        ),
        Scheme(
            id="need",
            label=Label("需求分类", "Needs"),
            note=Label(
                "从购买行为推断：折扣与用券占比最高的三分之一为价格敏感；其余按同类商品中所选的价位分为情感性与功能性需求。"
                "行为只能提示需求，问卷回答更可靠",
                "read from purchases: the third with most discounts and coupons is price-sensitive; the others are"
                " divided by how dear the articles are that they choose among like ones. Behaviour only hints at needs;"
                " answers to questions tell more",
            ),
            needs=("frequency", "price_level"),
            one_of=_PROMOTION,
            parameters=(
                Parameter(
                    "orders_at_least", Label("最少订单数", "Least orders"), 5.0, 0, before=True, how=_ENOUGH_ORDERS
                ),
                Parameter(
                    "promotion_above",
                    Label("折扣与用券占比界线", "Line of discount and coupon share"),
                    decimals=6,
                    values=_promotion_values,
                    how=Label(
                        "订单足够多的客户的三分之二分位数；也可取自然断点",
                        "the two-thirds quantile of those with enough orders; or their natural break",
                    ),
                ),
                Parameter(
                    "price_above",
                    Label("价位界线（1 为同类平均）", "Line of the price level"),
                    decimals=6,
                    values=_level_values,
                    how=Label(
                        "订单足够多的客户的中位数；也可取自然断点",
                        "the median of those with enough orders; or their natural break",
                    ),
                ),
            ),
            rest="unknown",
            segments=_need_segments,
            thresholds=_need_thresholds,
        ),
    )
}
"""Ready-made classifications by id."""
