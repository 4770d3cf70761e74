"""Traits of order lines: baskets, promotion, brand, margin and spend by category."""

from __future__ import annotations

from typing import Any, cast

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind, TraitSet
from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.sql.macros import part_of
from qunxiang.sql.moment import Moment
from qunxiang.traits import words as w
from qunxiang.traits.basis import OTHER, TraitBasis, slugs

PRIVATE_LABELS = (
    "private",
    "private label",
    "private_label",
    "own brand",
    "own label",
    "store brand",
    "自有品牌",
    "自有",
    "商超自有品牌",
)
"""Values of ``products.brand_type``, lower-case, that mean a store's own brand."""

_WITH_PRODUCTS = """SELECT f.profile_id, p.category, COUNT(*) AS n_lines, SUM(l.amount) AS spend,
  SUM(COALESCE(l.discount, 0)) AS discount, SUM(COALESCE(l.coupon_discount, 0)) AS coupon,
  SUM(CASE WHEN p.brand_type IS NOT NULL THEN l.amount ELSE 0 END) AS brand_spend,
  SUM(CASE WHEN LOWER(p.brand_type) IN (:labels) THEN l.amount ELSE 0 END) AS private_spend,
  SUM(CASE WHEN p.unit_cost IS NOT NULL AND l.quantity IS NOT NULL THEN 1 ELSE 0 END) AS n_costed,
  SUM(CASE WHEN p.unit_cost IS NOT NULL AND l.quantity IS NOT NULL
    THEN l.amount - p.unit_cost * CAST(l.quantity AS DECIMAL(15, 3)) ELSE 0 END) AS margin
FROM order_lines__ AS l
JOIN counted AS f ON l.order_id = f.order_id
LEFT JOIN products__ AS p ON l.product_id = p.product_id
WHERE l.ordered_at < :until GROUP BY f.profile_id, p.category"""

_WITHOUT_PRODUCTS = """SELECT f.profile_id, CAST(NULL AS VARCHAR) AS category, COUNT(*) AS n_lines,
  SUM(l.amount) AS spend,
  SUM(COALESCE(l.discount, 0)) AS discount, SUM(COALESCE(l.coupon_discount, 0)) AS coupon,
  CAST(0 AS DECIMAL(18, 2)) AS brand_spend, CAST(0 AS DECIMAL(18, 2)) AS private_spend,
  0 AS n_costed, CAST(0 AS DECIMAL(18, 2)) AS margin
FROM order_lines__ AS l JOIN counted AS f ON l.order_id = f.order_id
WHERE l.ordered_at < :until GROUP BY f.profile_id"""


def by_category(order_lines: Relation, products: Relation | None, moment: Moment) -> Query:
    """Aggregate lines of ``counted`` orders: one row per profile and category (NULL when unknown)."""
    if products is None:
        return select(_WITHOUT_PRODUCTS, order_lines=order_lines, until=moment.until)
    tree = template(_WITH_PRODUCTS, order_lines=order_lines, products=products, until=moment.until, labels=exp.null())
    for node in tree.find_all(exp.In):
        node.set("expressions", [literal(label) for label in PRIVATE_LABELS])
    return Query(cast(exp.Query, tree))


def by_profile(categories: tuple[str, ...]) -> Query:
    """Aggregate ``lines_by_category``: one row per profile with lines; ``c_0`` … spend of each category.

    `positive` is the sum over the categories whose spend, returns deducted, is above 0.
    """
    tree = cast(
        exp.Select,
        template(
            """SELECT profile_id, SUM(n_lines) AS n_lines, SUM(spend) AS spend, SUM(discount) AS discount,
              SUM(coupon) AS coupon, SUM(brand_spend) AS brand_spend, SUM(private_spend) AS private_spend,
              SUM(n_costed) AS n_costed, SUM(margin) AS margin, COUNT(category) AS n_categories,
              SUM(CASE WHEN spend > 0 THEN spend ELSE 0 END) AS positive
            FROM lines_by_category GROUP BY profile_id"""
        ),
    )
    for i, category in enumerate(categories):
        spend = template("SUM(CASE WHEN category = :category THEN spend ELSE 0 END)", category=category)
        tree = tree.select(exp.alias_(spend, f"c_{i}"), copy=False)
    return Query(tree)


def top_category() -> Query:
    """The category of most spend per profile: one row per profile with spend in a known category."""
    return select(
        """SELECT profile_id, category, spend FROM (
          SELECT profile_id, category, spend,
            ROW_NUMBER() OVER (PARTITION BY profile_id ORDER BY spend DESC, category) AS place
          FROM lines_by_category WHERE category IS NOT NULL AND spend > 0) AS ranked
        WHERE place = 1"""
    )


def orders_with_lines(order_lines: Relation, moment: Moment) -> Query:
    """Count the ``counted`` orders that have lines: one row per profile."""
    return select(
        """SELECT f.profile_id, COUNT(*) AS n_baskets FROM counted AS f
        JOIN (SELECT order_id FROM order_lines__ AS l WHERE l.ordered_at < :until GROUP BY order_id) AS l
          ON l.order_id = f.order_id
        GROUP BY f.profile_id""",
        order_lines=order_lines,
        until=moment.until,
    )


def _of(part: str, whole: str) -> str:
    return f"CAST({part} AS DOUBLE) / NULLIF(CAST({whole} AS DOUBLE), 0)"


def taken_off(reduction: str, amount: str) -> str:
    """Write the part of the undiscounted total that was taken off, in 0 … 1; a reduction below 0 counts as 0.

    Unknown where the amount is below 0 (more returned than bought) or there is nothing to divide by.
    """
    off = _above_zero(reduction)
    return f"CASE WHEN {amount} >= 0 THEN {_of(off, f'{amount} + {off}')} END"


def _above_zero(amount: str) -> str:
    return f"CASE WHEN {amount} > 0 THEN {amount} ELSE 0 END"


_MARGIN = "CASE WHEN l.n_costed > 0 THEN CAST(l.margin AS DECIMAL(18, 2)) END"

EXPRESSIONS: dict[str, str] = {
    "basket_lines": _of("l.n_lines", "b.n_baskets"),
    "discount_share": taken_off("l.discount", "l.spend"),
    "coupon_share": taken_off("l.coupon", "l.spend"),
    "private_label_share": part_of(column("private_spend", "l"), column("brand_spend", "l")).sql("duckdb"),
    "category_count": "CASE WHEN l.profile_id IS NOT NULL OR o.profile_id IS NULL THEN COALESCE(l.n_categories, 0) END",
    "top_category": "t.category",
    "top_category_share": _of("t.spend", "l.positive"),
}
"""Trait id to its expression over ``l`` (lines of the profile), ``b`` (baskets), ``t`` (top category), ``o``."""


SPEND = "COALESCE(o.spend, 0)"
"""Stands for margin where no costs are known."""


def expressions(trait_set: TraitSet) -> dict[str, str]:
    """Return the expressions of all line traits of `trait_set`, spend by category among them."""
    made = dict(EXPRESSIONS)
    margin = trait_set.get("margin_proxy")
    if margin is not None:
        # definition and expression must agree on whether costs are known: the definition's source says it
        made["margin_proxy"] = _MARGIN if "products" in margin.source else SPEND
    named = {slug: f"l.c_{i}" for i, slug in enumerate(slugs(trait_set.categories).values())}
    rest = " - ".join(["l.spend", *named.values()])
    for slug, spend in {**named, OTHER: f"({rest})"}.items():
        known = f"CASE WHEN l.profile_id IS NOT NULL THEN {spend} WHEN o.profile_id IS NULL THEN 0 END"
        made[f"spend_{slug}"] = known
    positive = {slug: _above_zero(spend) for slug, spend in named.items()}
    rest = " - ".join(["l.positive", *positive.values()])
    for slug, spend in {**positive, OTHER: f"({rest})"}.items():
        made[f"spend_share_{slug}"] = _of(spend, "l.positive")
    return made


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the line traits that the filled columns allow; without lines only what orders can stand in for."""
    if "order_lines" not in basis.tables:
        return [_spend_for_margin(basis, "orders")] if basis.has_orders else []
    made = [
        _trait(
            "basket_lines",
            ("每单商品行数", "Lines per basket"),
            "number",
            unit=w.LINES,
            says=("平均每张订单的明细行数（只计有明细的订单）", "Order lines per order, over orders that have lines"),
            when_missing=w.NO_LINES,
        ),
        *_promotion(basis),
        *_margin(basis),
    ]
    if basis.has("products", "brand_type"):
        made.append(_private_label())
    if basis.has("products", "category"):
        made += [*_category_breadth(), *_category_spend(basis)]
    return made


def _trait(id_: str, names: tuple[str, str], kind: TraitKind, **rest: Any) -> TraitDefinition:
    body: dict[str, Any] = {"family": Family.SPENDING, "unit": w.SHARE, "source": ("order_lines",)} | rest
    zh, en = body.pop("says")
    return TraitDefinition.model_validate(
        {"id": id_, "label": Label(*names), "kind": kind, "definition": Label(zh, en), "when_missing": w.NO_SPEND}
        | body
    )


def _promotion(basis: TraitBasis) -> list[TraitDefinition]:
    made = []
    if basis.has("order_lines", "discount"):
        made.append(
            _trait(
                "discount_share",
                ("折扣占比", "Discount share"),
                "share",
                family=Family.PROMOTION,
                says=(
                    "商家折扣 ÷（实付金额 + 商家折扣）：未打折总额中被减掉的比例",
                    "Store discounts ÷ (amount + store discounts): the part of the undiscounted total taken off",
                ),
            )
        )
    if basis.has("order_lines", "coupon_discount"):
        made.append(
            _trait(
                "coupon_share",
                ("用券占比", "Coupon share"),
                "share",
                family=Family.PROMOTION,
                says=(
                    "优惠券抵扣 ÷（实付金额 + 优惠券抵扣）",
                    "Coupon discounts ÷ (amount + coupon discounts)",
                ),
            )
        )
    return made


def _margin(basis: TraitBasis) -> list[TraitDefinition]:
    names, unit = ("毛利参考值", "Margin proxy"), basis.currency
    if basis.has("products", "unit_cost"):
        says = (
            "成本已知的明细：实付金额 − 单位成本 × 数量 的合计；成本未知的明细不计入",
            "Sum of amount − unit cost × quantity over lines whose cost is known; lines without a cost do not count",
        )
        missing = Label("所购商品的成本都未知", "No product bought has a known cost")
        source = ("order_lines", "products")
        return [_trait("margin_proxy", names, "money", unit=unit, says=says, source=source, when_missing=missing)]
    return [_spend_for_margin(basis, "order_lines")]


def _spend_for_margin(basis: TraitBasis, source: str) -> TraitDefinition:
    says = (
        "没有成本数据，无法计算毛利：以实付金额合计代替，等于消费金额",
        "There is no cost data, so no margin: the sum of amounts stands in for it and equals spend",
    )
    names, missing = ("毛利参考值", "Margin proxy"), w.NEVER_UNKNOWN
    return _trait(
        "margin_proxy", names, "money", unit=basis.currency, says=says, source=(source,), when_missing=missing
    )


def _private_label() -> TraitDefinition:
    return _trait(
        "private_label_share",
        ("自有品牌占比", "Private-label share"),
        "share",
        source=("order_lines", "products"),
        says=(
            "自有品牌商品的实付金额占品牌类型已知商品实付金额的比例",
            "Spend on the store's own brands as a share of spend on products whose brand type is known",
        ),
    )


_RETURNED = (
    "退货多于购买的品类按 0 计",
    "a category with more returned than bought counts as 0",
)


def _category_breadth() -> list[TraitDefinition]:
    source = ("order_lines", "products")
    return [
        _trait(
            "category_count",
            ("购买品类数", "Categories bought"),
            "integer",
            unit=w.KINDS,
            source=source,
            family=Family.BEHAVIOURAL,
            when_missing=w.NO_LINES,
            says=("截止日期为止出现在订单明细中的不同品类数", "Different categories in order lines up to the date"),
        ),
        _trait(
            "top_category",
            ("首选品类", "Top category"),
            "text",
            unit=w.LEVEL,
            source=source,
            says=(
                "实付金额最多的品类；并列时取名称在前者；品类未知的商品不计",
                "Category of most spend; of equals the first by name; products without a category do not count",
            ),
        ),
        _trait(
            "top_category_share",
            ("首选品类占比", "Share of top category"),
            "share",
            source=source,
            says=(
                f"首选品类占全部品类实付金额的比例；{_RETURNED[0]}",
                f"Spend in the top category as a share of spend in all; {_RETURNED[1]}",
            ),
        ),
    ]


def _category_spend(basis: TraitBasis) -> list[TraitDefinition]:
    source, made = ("order_lines", "products"), []
    names = {slug: (category, category) for category, slug in slugs(basis.categories).items()}
    for slug, (zh, en) in {**names, OTHER: ("其他品类", "other categories")}.items():
        rest = ("（含品类未知的商品）", " (products without a category included)") if slug == OTHER else ("", "")
        made.append(
            _trait(
                f"spend_{slug}",
                (f"{zh}消费", f"Spend: {en}"),
                "money",
                unit=basis.currency,
                source=source,
                when_missing=w.NO_LINES,
                says=(f"“{zh}”{rest[0]}的实付金额合计", f"Sum of line amounts in {en}{rest[1]}"),
            )
        )
    for slug, (zh, en) in {**names, OTHER: ("其他品类", "other categories")}.items():
        made.append(
            _trait(
                f"spend_share_{slug}",
                (f"{zh}消费占比", f"Spend share: {en}"),
                "share",
                source=source,
                says=(
                    f"“{zh}”占全部品类实付金额的比例；{_RETURNED[0]}",
                    f"Spend in {en} as a share of spend in all categories; {_RETURNED[1]}",
                ),
            )
        )
    return made
