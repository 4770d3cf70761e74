"""Traits of brands: the brand of most spend, and how loyal a customer is to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis

NO_BRAND = Label("截止日期前没有买过品牌已知的商品", "No product of a known brand bought up to the date")

TRAITS = frozenset({"main_brand", "main_brand_share", "brand_count", "brand_loyalty"})


def spend(order_lines: Relation, products: Relation, moment: Moment) -> Query:
    """Spend of ``counted`` orders: one row per profile, category ('' where unknown) and known brand with spend."""
    return select(
        """SELECT f.profile_id, COALESCE(p.category, '') AS category, p.brand,
          CAST(SUM(l.amount) AS DECIMAL(18, 2)) AS spend
        FROM order_lines__ AS l JOIN counted AS f ON f.order_id = l.order_id
        JOIN products__ AS p ON p.product_id = l.product_id
        WHERE l.ordered_at < :until AND p.brand IS NOT NULL
        GROUP BY f.profile_id, COALESCE(p.category, ''), p.brand HAVING SUM(l.amount) > 0""",
        order_lines=order_lines,
        products=products,
        until=moment.until,
    )


def main_brands() -> Query:
    """The brand of most spend: one row per profile, with that spend, all spend of known brands and their number."""
    return select(
        """SELECT profile_id, brand, spend, total, n_brands FROM (
          SELECT profile_id, brand, spend, SUM(spend) OVER (PARTITION BY profile_id) AS total,
            COUNT(*) OVER (PARTITION BY profile_id) AS n_brands,
            ROW_NUMBER() OVER (PARTITION BY profile_id ORDER BY spend DESC, brand) AS place
          FROM (SELECT profile_id, brand, CAST(SUM(spend) AS DECIMAL(18, 2)) AS spend FROM brand_spend
            GROUP BY profile_id, brand) AS b) AS ranked
        WHERE place = 1"""
    )


def requirements() -> Query:
    """What the main brand competes for: one row per profile with its spend in the categories of its main brand."""
    return select(
        """SELECT m.profile_id, m.brand, m.spend, m.total, m.n_brands, SUM(s.spend) AS required
        FROM main_brands AS m
        JOIN brand_spend AS k ON k.profile_id = m.profile_id AND k.brand = m.brand
        JOIN brand_spend AS s ON s.profile_id = k.profile_id AND s.category = k.category
        GROUP BY m.profile_id, m.brand, m.spend, m.total, m.n_brands"""
    )


EXPRESSIONS: dict[str, str] = {
    "main_brand": "br.brand",
    "main_brand_share": "CAST(br.spend AS DOUBLE) / NULLIF(CAST(br.total AS DOUBLE), 0)",
    "brand_count": "br.n_brands",
    "brand_loyalty": "CAST(br.spend AS DOUBLE) / NULLIF(CAST(br.required AS DOUBLE), 0)",
}
"""Trait id to its expression over ``br``."""


def parts(tables: Mapping[str, Relation], moment: Moment) -> list[tuple[str, Query, str | None]]:
    """Return name, query and alias of each part."""
    return [
        ("brand_spend", spend(tables["order_lines"], tables["products"], moment), None),
        ("main_brands", main_brands(), None),
        ("brands_by_profile", requirements(), "br"),
    ]


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits of brands, where products say theirs.

    `brand_loyalty` is the share of category requirements of one customer: what part of the needs in the categories of
    the main brand that brand meets.

    References
    ----------
    Uncles, M., Ehrenberg, A., Hammond, K. (1995). Patterns of buyer behavior. Marketing Science 14(3), G71-G78.
    """
    if "order_lines" not in basis.tables or not basis.has("products", "brand"):
        return []
    return [
        _trait(
            "main_brand",
            ("主要品牌", "Main brand"),
            "text",
            (
                "实付金额最多的品牌；并列时取名称在前者；品牌未知的商品不计",
                "Brand of most spend; of equals the first by name; products without a brand do not count",
            ),
            unit=w.LEVEL,
        ),
        _trait(
            "main_brand_share",
            ("主要品牌占比", "Share of main brand"),
            "share",
            (
                "主要品牌的实付金额占品牌已知商品实付金额的比例",
                "Spend on the main brand as a share of spend on products whose brand is known",
            ),
        ),
        _trait(
            "brand_count",
            ("购买品牌数", "Brands bought"),
            "integer",
            ("截止日期为止买过的不同品牌数", "Different brands bought up to the date"),
            unit=w.KINDS,
            family=Family.BEHAVIOURAL,
        ),
        _trait(
            "brand_loyalty",
            ("品牌忠诚度", "Brand loyalty"),
            "share",
            (
                "品类需求份额：在买过主要品牌的那些品类里，主要品牌的实付金额占品牌已知商品实付金额的比例",
                "Share of category requirements: of spend on known brands in the categories in which the main brand"
                " was bought, the part that went to the main brand",
            ),
            family=Family.BEHAVIOURAL,
        ),
    ]


def _trait(id_: str, names: tuple[str, str], kind: TraitKind, says: tuple[str, str], **rest: Any) -> TraitDefinition:
    body: dict[str, Any] = {"family": Family.SPENDING, "unit": w.SHARE, "source": ("order_lines", "products")} | rest
    return TraitDefinition.model_validate(
        {"id": id_, "label": Label(*names), "kind": kind, "definition": Label(*says), "when_missing": NO_BRAND} | body
    )
