"""Traits of what is chosen and when: price level within categories, change of discounts, next purchase by category."""

from __future__ import annotations

from typing import Any, Final

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.model.trait import SHARE_DIFFERENCE
from qunxiang.sql import Query, Relation, column, select
from qunxiang.sql.macros import quantile
from qunxiang.sql.moment import Moment
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis, slugs
from qunxiang.traits.lines import taken_off

LEAST_PURCHASE_DAYS: Final = 4
"""Days with a purchase in a category from which the next one is expected; fewer say too little of a rhythm."""

HALF_YEAR_DAYS: Final = 182
_SOURCE = ("order_lines", "products")
_PERCENTS = {"from": 0.25, "on": 0.5, "until": 0.75}


def priced(order_lines: Relation, products: Relation, moment: Moment) -> Query:
    """Return lines with a price: one row per order and category with amount and units, of all customers."""
    return select(
        """SELECT l.order_id, p.category, SUM(l.amount) AS amount,
          SUM(CAST(l.quantity AS DECIMAL(15, 3))) AS units
        FROM order_lines__ AS l JOIN products__ AS p ON p.product_id = l.product_id
        WHERE l.ordered_at < :until AND p.category IS NOT NULL AND l.amount > 0 AND l.quantity > 0
        GROUP BY l.order_id, p.category""",
        order_lines=order_lines,
        products=products,
        until=moment.until,
    )


def price_levels() -> Query:
    """Compare what a profile paid with what its units cost on average: one row per profile with priced lines."""
    # decimals, because a sum of floats depends on the order of rows
    return select(
        """SELECT f.profile_id, SUM(x.amount) AS paid, SUM(CAST(x.units AS DECIMAL(15, 3)) * m.price) AS usual
        FROM priced AS x JOIN counted AS f ON f.order_id = x.order_id
        JOIN (SELECT category,
            CAST(CAST(SUM(amount) AS DOUBLE) / NULLIF(CAST(SUM(units) AS DOUBLE), 0) AS DECIMAL(18, 9)) AS price
          FROM priced GROUP BY category) AS m ON m.category = x.category
        GROUP BY f.profile_id"""
    )


def discounts(order_lines: Relation, moment: Moment) -> Query:
    """Discounts and amounts paid of the last half year and the one before: one row per profile."""
    return select(
        """SELECT f.profile_id,
          SUM(CASE WHEN l.ordered_at >= :middle THEN COALESCE(l.discount, 0) ELSE 0 END) AS late,
          SUM(CASE WHEN l.ordered_at >= :middle THEN l.amount ELSE 0 END) AS late_paid,
          SUM(CASE WHEN l.ordered_at < :middle THEN COALESCE(l.discount, 0) ELSE 0 END) AS early,
          SUM(CASE WHEN l.ordered_at < :middle THEN l.amount ELSE 0 END) AS early_paid
        FROM order_lines__ AS l JOIN counted AS f ON f.order_id = l.order_id
        WHERE l.ordered_at < :until AND l.ordered_at >= :start GROUP BY f.profile_id""",
        order_lines=order_lines,
        middle=moment.start(HALF_YEAR_DAYS),
        start=moment.start(2 * HALF_YEAR_DAYS),
        until=moment.until,
    )


def rhythms(order_lines: Relation, products: Relation, moment: Moment) -> Query:
    """Return the rhythm of purchase: one row per profile and category with the last day and quartiles of the gaps."""
    gap = column("gap", "g")
    return select(
        """SELECT profile_id, category, MAX(day) AS last_on, COUNT(*) AS n_days,
          :from_ AS gap_from, :on_ AS gap_on, :until_ AS gap_until
        FROM (SELECT profile_id, category, day,
            DATE_DIFF('day', CAST(LAG(day) OVER (PARTITION BY profile_id, category ORDER BY day, profile_id) AS DATE),
              CAST(day AS DATE)) AS gap
          FROM (SELECT f.profile_id, p.category, CAST(l.ordered_at AT TIME ZONE :tz AS DATE) AS day
            FROM order_lines__ AS l JOIN counted AS f ON f.order_id = l.order_id
            JOIN products__ AS p ON p.product_id = l.product_id
            WHERE l.ordered_at < :until AND p.category IS NOT NULL AND l.amount > 0
            GROUP BY f.profile_id, p.category, CAST(l.ordered_at AT TIME ZONE :tz AS DATE)) AS d) AS g
        GROUP BY profile_id, category""",
        from_=quantile(gap, _PERCENTS["from"]),
        on_=quantile(gap, _PERCENTS["on"]),
        until_=quantile(gap, _PERCENTS["until"]),
        order_lines=order_lines,
        products=products,
        tz=moment.time_zone,
        until=moment.until,
    )


def expected(categories: tuple[str, ...]) -> Query:
    """Return the expected next purchase days: one row per profile with a rhythm, ``n_0_on`` … of each category."""
    projections = ", ".join(
        f"MAX(CASE WHEN category = :c{i} AND n_days >= :least THEN {_day(part)} END) AS n_{i}_{part}"
        for i in range(len(categories))
        for part in _PERCENTS
    )
    names = {f"c{i}": category for i, category in enumerate(categories)}
    return select(
        f"SELECT profile_id, {projections} FROM rhythms GROUP BY profile_id",  # noqa: S608 - numbers and constants only
        least=LEAST_PURCHASE_DAYS,
        **names,
    )


def _day(part: str) -> str:
    # half a day more is a day later, in every engine
    return f"CAST(DATE_ADD(last_on, CAST(FLOOR(gap_{part} + 0.5) AS INT)) AS DATE)"


EXPRESSIONS: dict[str, str] = {
    "price_level": "CAST(pl.paid AS DOUBLE) / NULLIF(CAST(pl.usual AS DOUBLE), 0)",
    "discount_trend": f"{taken_off('dt.late', 'dt.late_paid')} - {taken_off('dt.early', 'dt.early_paid')}",
}
"""Trait id to its expression over ``pl`` (price levels) and ``dt`` (discounts)."""


def expressions(categories: tuple[str, ...]) -> dict[str, str]:
    """Return trait id to expression, the next purchases over ``nx`` among them."""
    days = {
        _next(slug, part): f"nx.n_{i}_{part}" for i, slug in enumerate(slugs(categories).values()) for part in _PERCENTS
    }
    return EXPRESSIONS | days


def _next(slug: str, part: str) -> str:
    return f"next_{slug}_{part}"


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits that the filled columns allow."""
    made: list[TraitDefinition] = []
    if basis.has("order_lines", "quantity") and basis.has("products", "category"):
        made.append(_price_level())
    if basis.has("order_lines", "discount"):
        made.append(_discount_trend())
    if "order_lines" in basis.tables and basis.has("products", "category"):
        for category, slug in slugs(basis.categories).items():
            made += [_next_purchase(category, _next(slug, part), part) for part in _PERCENTS]
    return made


def _trait(id_: str, names: tuple[str, str], kind: TraitKind, says: tuple[str, str], **rest: Any) -> TraitDefinition:
    body = {"family": Family.SPENDING, "source": _SOURCE, "when_missing": w.NO_SPEND, "unit": w.NONE} | rest
    return TraitDefinition.model_validate(
        {"id": id_, "label": Label(*names), "kind": kind, "definition": Label(*says), **body}
    )


def _price_level() -> TraitDefinition:
    says = (
        "实付金额 ÷ 同样数量按各品类全体客户平均单价计算的金额；1 为平均，1.2 表示比平均贵两成",
        "Amount paid ÷ what the same units would cost at the mean price of their categories over all customers: "
        "1 is average, 1.2 a fifth dearer",
    )
    missing = Label("没有品类、数量和金额都已知的明细", "No lines whose category, quantity and amount are known")
    return _trait(
        "price_level",
        ("价格水平", "Price level"),
        "number",
        says,
        when_missing=missing,
        unit=Label("倍", "times average"),
    )


def _discount_trend() -> TraitDefinition:
    says = (
        f"近 {HALF_YEAR_DAYS} 天的折扣占比减去再往前 {HALF_YEAR_DAYS} 天的折扣占比；正数表示更依赖折扣",
        f"Discount share of the last {HALF_YEAR_DAYS} days less that of the {HALF_YEAR_DAYS} days before; "
        "above 0 means more on discount than before",
    )
    missing = Label("两个半年中有一个没有消费", "No spend in one of the two half years")
    return _trait(
        "discount_trend",
        ("折扣占比变化", "Change of discount share"),
        "number",
        says,
        family=Family.PROMOTION,
        source=("order_lines",),
        when_missing=missing,
        window_days=2 * HALF_YEAR_DAYS,
        unit=SHARE_DIFFERENCE,
    )


_PARTS = {
    "from": ("最早", "earliest", "较短的四分之一间隔", "lower quartile of gaps"),
    "on": ("预计", "expected", "间隔的中位数", "median gap"),
    "until": ("最晚", "latest", "较长的四分之一间隔", "upper quartile of gaps"),
}


def _next_purchase(category: str, id_: str, part: str) -> TraitDefinition:
    zh, en, gap_zh, gap_en = _PARTS[part]
    says = (
        f"最近一次购买“{category}”的日期加上购买日之间{gap_zh}（天，四舍五入）；可能早于截止日期，即已逾期",
        f"Last day with a purchase in {category} plus the {gap_en} between such days (rounded to days); "
        "before the date of the snapshot it is overdue",
    )
    missing = Label(
        f"在该品类有购买的日子不足 {LEAST_PURCHASE_DAYS} 天",
        f"Fewer than {LEAST_PURCHASE_DAYS} days with a purchase in it",
    )
    names = (f"{category}下次购买：{zh}", f"Next purchase of {category}: {en}")
    return _trait(id_, names, "date", says, family=Family.BEHAVIOURAL, when_missing=missing, unit=Label("日期", "date"))
