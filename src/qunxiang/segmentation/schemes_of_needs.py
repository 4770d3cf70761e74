"""Ready-made classifications by what customers look for: price sensitivity and needs."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Segment
from qunxiang.segmentation.scheme import Parameter, Scheme, Thresholds, quantile, ruled, written
from qunxiang.sql import Query, Relation, column, literal, select

_ENOUGH_ORDERS = Label("约定值：订单太少时占比只是偶然", "set by convention: with fewer orders a share is chance")


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


def _price_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    share, enough = _promotion(traits), f"frequency >= {written(at['orders_at_least'])}"
    line = written(at["share_above"])
    return (
        ruled(
            "sensitive",
            "价格敏感",
            "Price-sensitive",
            f"{enough} and {share} > {line}",
            ("折扣与用券占比高于界线", "discount and coupon share above the line"),
            0,
        ),
        ruled(
            "insensitive",
            "价格不敏感",
            "Not price-sensitive",
            f"{enough} and {share} <= {line}",
            ("折扣与用券占比不高于界线", "discount and coupon share not above the line"),
            1,
        ),
        ruled(
            "unknown",
            "暂无法判断",
            "Cannot be told yet",
            None,
            ("购买次数过少，或没有折扣记录", "too few orders, or no record of discounts"),
            2,
        ),
    )


def _price_thresholds(traits: Relation, at: Thresholds) -> Query:
    found = quantile(traits, _promotion_share(traits), 0.5, _enough(at))
    return select("SELECT q.value AS share_above FROM found__ AS q", found=found)


PRICE_SENSITIVITY = Scheme(
    id="price_sensitivity",
    label=Label("价格敏感度", "Price sensitivity"),
    note=Label(
        "折扣占比与用券占比之和，与订单足够多的客户的中位数比较",
        "discount share plus coupon share against the median of those with enough orders",
    ),
    needs=("frequency",),
    one_of=_PROMOTION,
    parameters=(
        Parameter("orders_at_least", Label("最少订单数", "Least orders"), 5.0, 0, before=True, how=_ENOUGH_ORDERS),
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
)


def _need_segments(at: Thresholds, traits: Collection[str]) -> tuple[Segment, ...]:
    share, enough = _promotion(traits), f"frequency >= {written(at['orders_at_least'])}"
    promotion, price = written(at["promotion_above"]), written(at["price_above"])
    rest = f"{enough} and {share} <= {promotion}"
    return (
        ruled(
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
        ruled(
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
        ruled(
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
        ruled(
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
        promotion=quantile(traits, _promotion_share(traits), 2 / 3, _enough(at)),
        level=quantile(traits, column("price_level", "t"), 0.5, _enough(at)),
    )


NEED = Scheme(
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
        Parameter("orders_at_least", Label("最少订单数", "Least orders"), 5.0, 0, before=True, how=_ENOUGH_ORDERS),
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
)
