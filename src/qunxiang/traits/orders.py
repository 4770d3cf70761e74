"""Traits of orders: recency, frequency, money, rhythm and time of purchase."""

from __future__ import annotations

from typing import Any

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis

YEAR_DAYS = 365
QUARTER_DAYS = 90
HALF_DAYS = 182
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
N_SCORES = 5

DAYPARTS = {
    "morning": (6, 12, "早间", "morning"),
    "afternoon": (12, 18, "午后", "afternoon"),
    "evening": (18, 22, "晚间", "evening"),
    "night": (22, 30, "深夜", "night"),
}
"""Part of the day to its first hour and the hour it ends before (hours over 24 are of the next day), and names."""


def facts(order_facts: Relation, moment: Moment) -> Query:
    """Orders that count: one row per order with its local day, weekday (1 Monday) and hour."""
    return select(
        """SELECT d.order_id, d.profile_id, d.amount, d.ordered_on, d.hour_of_day,
          DATE_DIFF('day', DATE '1900-01-01', CAST(d.ordered_on AS DATE)) % 7 + 1 AS weekday
        FROM (SELECT o.order_id, o.profile_id, o.amount,
            CAST(o.ordered_at AT TIME ZONE :tz AS DATE) AS ordered_on,
            EXTRACT(HOUR FROM o.ordered_at AT TIME ZONE :zone) AS hour_of_day
          FROM order_facts__ AS o WHERE o.ordered_at < :until) AS d""",
        order_facts=order_facts,
        tz=moment.time_zone,
        zone=moment.time_zone,
        until=moment.until,
    )


def by_profile(moment: Moment) -> Query:
    """Aggregate ``facts``: one row per profile that ever ordered."""
    return select(
        """SELECT profile_id, COUNT(*) AS n_orders, SUM(amount) AS spend,
          MIN(ordered_on) AS first_on, MAX(ordered_on) AS last_on,
          SUM(CASE WHEN ordered_on >= :quarter THEN 1 ELSE 0 END) AS n_quarter,
          SUM(CASE WHEN ordered_on >= :quarter2 THEN amount ELSE 0 END) AS spend_quarter,
          SUM(CASE WHEN ordered_on >= :year THEN 1 ELSE 0 END) AS n_year,
          SUM(CASE WHEN ordered_on >= :year2 THEN amount ELSE 0 END) AS spend_year,
          SUM(CASE WHEN ordered_on >= :half THEN amount ELSE 0 END) AS spend_second,
          SUM(CASE WHEN ordered_on >= :halves AND ordered_on < :half2 THEN amount ELSE 0 END) AS spend_first,
          SUM(CASE WHEN hour_of_day >= 6 AND hour_of_day < 12 THEN 1 ELSE 0 END) AS n_morning,
          SUM(CASE WHEN hour_of_day >= 12 AND hour_of_day < 18 THEN 1 ELSE 0 END) AS n_afternoon,
          SUM(CASE WHEN hour_of_day >= 18 AND hour_of_day < 22 THEN 1 ELSE 0 END) AS n_evening,
          SUM(CASE WHEN hour_of_day >= 22 OR hour_of_day < 6 THEN 1 ELSE 0 END) AS n_night,
          SUM(CASE WHEN weekday = 1 THEN 1 ELSE 0 END) AS n_1, SUM(CASE WHEN weekday = 2 THEN 1 ELSE 0 END) AS n_2,
          SUM(CASE WHEN weekday = 3 THEN 1 ELSE 0 END) AS n_3, SUM(CASE WHEN weekday = 4 THEN 1 ELSE 0 END) AS n_4,
          SUM(CASE WHEN weekday = 5 THEN 1 ELSE 0 END) AS n_5, SUM(CASE WHEN weekday = 6 THEN 1 ELSE 0 END) AS n_6,
          SUM(CASE WHEN weekday = 7 THEN 1 ELSE 0 END) AS n_7
        FROM facts GROUP BY profile_id""",
        quarter=moment.first_day(QUARTER_DAYS),
        quarter2=moment.first_day(QUARTER_DAYS),
        year=moment.first_day(YEAR_DAYS),
        year2=moment.first_day(YEAR_DAYS),
        half=moment.first_day(HALF_DAYS),
        half2=moment.first_day(HALF_DAYS),
        halves=moment.first_day(2 * HALF_DAYS),
    )


def scored() -> Query:
    """Add to ``orders_by_profile`` how many profiles are strictly worse, and how many there are."""
    # ranks, not ntile: equal customers must get equal scores whatever the order of rows
    return select(
        """SELECT b.*, COUNT(*) OVER () AS n_all,
          GREATEST(n_1, n_2, n_3, n_4, n_5, n_6, n_7) AS n_peak,
          RANK() OVER (ORDER BY last_on NULLS FIRST) - 1 AS n_less_recent,
          RANK() OVER (ORDER BY n_orders NULLS FIRST) - 1 AS n_less_frequent,
          RANK() OVER (ORDER BY spend NULLS FIRST) - 1 AS n_less_spend
        FROM orders_by_profile AS b"""
    )


def _score(worse: str) -> str:
    return f"FLOOR(CAST({N_SCORES} * o.{worse} AS DOUBLE) / NULLIF(CAST(o.n_all AS DOUBLE), 0)) + 1"


def _per_order(count: str) -> str:
    return f"CAST({count} AS DOUBLE) / NULLIF(CAST(o.n_orders AS DOUBLE), 0)"


def _days(start: str, end: str) -> str:
    return f"DATE_DIFF('day', CAST({start} AS DATE), CAST({end} AS DATE))"


EXPRESSIONS: dict[str, str] = {
    "recency_days": _days("o.last_on", ":as_of"),
    "frequency": "COALESCE(o.n_orders, 0)",
    "monetary": "COALESCE(o.spend, 0)",
    "r_score": _score("n_less_recent"),
    "f_score": _score("n_less_frequent"),
    "m_score": _score("n_less_spend"),
    "tenure_days": _days("o.first_on", ":as_of"),
    "interpurchase_days": f"CAST({_days('o.first_on', 'o.last_on')} AS DOUBLE)"
    " / NULLIF(CAST(o.n_orders - 1 AS DOUBLE), 0)",
    "basket_value": _per_order("o.spend"),
    "orders_90d": "COALESCE(o.n_quarter, 0)",
    "orders_365d": "COALESCE(o.n_year, 0)",
    "monetary_90d": "COALESCE(o.spend_quarter, 0)",
    "monetary_365d": "COALESCE(o.spend_year, 0)",
    "spend_first_half": "COALESCE(o.spend_first, 0)",
    "spend_second_half": "COALESCE(o.spend_second, 0)",
    "spend_trend": "CAST(o.spend_second - o.spend_first AS DOUBLE)"
    " / NULLIF(CAST(ABS(o.spend_second) + ABS(o.spend_first) AS DOUBLE), 0)",
    "weekend_share": _per_order("o.n_6 + o.n_7"),
    "morning_share": _per_order("o.n_morning"),
    "afternoon_share": _per_order("o.n_afternoon"),
    "evening_share": _per_order("o.n_evening"),
    "night_share": _per_order("o.n_night"),
    "peak_weekday": "CASE o.n_peak "
    + " ".join(f"WHEN o.n_{i} THEN '{day}'" for i, day in enumerate(WEEKDAYS, start=1))
    + " END",
}
"""Trait id to its expression over ``o``, the scored row of the profile (NULL columns when it never ordered)."""


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the order traits, none without orders."""
    if not basis.has_orders:
        return []
    return [*_rfm(basis), *_rhythm(basis), *_windows(basis), *_times(basis)]


def _source(basis: TraitBasis) -> tuple[str, ...]:
    return tuple(t for t in ("orders", "order_lines") if t in basis.tables)


def _trait(basis: TraitBasis, id_: str, names: tuple[str, str], kind: TraitKind, **rest: Any) -> TraitDefinition:
    body: dict[str, Any] = {"family": Family.BEHAVIOURAL, "when_missing": w.NO_ORDER, "source": _source(basis)} | rest
    zh, en = body.pop("says")
    return TraitDefinition.model_validate(
        {"id": id_, "label": Label(*names), "kind": kind, "definition": Label(zh, en), **body}
    )


def _rfm(basis: TraitBasis) -> list[TraitDefinition]:
    score_zh = "在有订单的客户中，{}严格差于该客户的比例每满 20% 加 1 分；数值相同的客户得分相同，各档人数可能不等"
    score_en = (
        "One point plus one for every full 20% of ordering customers who are strictly worse on {}; "
        "equal customers get equal scores, so bins may differ in size"
    )
    score = {"unit": w.SCORE, "levels": ()}
    zero = {"when_missing": w.NEVER_UNKNOWN}
    return [
        _trait(
            basis,
            "recency_days",
            ("最近一次消费距今", "Days since last order"),
            "integer",
            unit=w.DAYS,
            says=("最近一张订单的日期到截止日期的天数", "Days from the last order to the date of the snapshot"),
        ),
        _trait(
            basis,
            "frequency",
            ("消费次数", "Orders"),
            "integer",
            unit=w.ORDERS,
            says=("截止日期为止的全部订单数，含金额为 0 的订单", "All orders up to the date, also those of amount 0"),
            **zero,
        ),
        _trait(
            basis,
            "monetary",
            ("消费金额", "Spend"),
            "money",
            unit=basis.currency,
            family=Family.SPENDING,
            says=("截止日期为止全部订单的实付金额合计", "Sum of the amounts of all orders up to the date"),
            **zero,
        ),
        _trait(
            basis,
            "r_score",
            ("近度得分", "Recency score"),
            "integer",
            says=(score_zh.format("最近一次消费"), score_en.format("recency")),
            **score,
        ),
        _trait(
            basis,
            "f_score",
            ("频次得分", "Frequency score"),
            "integer",
            says=(score_zh.format("消费次数"), score_en.format("the number of orders")),
            **score,
        ),
        _trait(
            basis,
            "m_score",
            ("金额得分", "Monetary score"),
            "integer",
            family=Family.SPENDING,
            says=(score_zh.format("消费金额"), score_en.format("spend")),
            **score,
        ),
    ]


def _rhythm(basis: TraitBasis) -> list[TraitDefinition]:
    return [
        _trait(
            basis,
            "tenure_days",
            ("首次消费距今", "Days since first order"),
            "integer",
            unit=w.DAYS,
            says=("首张订单的日期到截止日期的天数", "Days from the first order to the date of the snapshot"),
        ),
        _trait(
            basis,
            "interpurchase_days",
            ("平均购买间隔", "Interpurchase time"),
            "number",
            unit=w.DAYS,
            when_missing=w.ONE_ORDER,
            says=(
                "首单到末单的天数除以（订单数 − 1）；同一天的多张订单各算一次",
                "Days from first to last order divided by orders − 1; several orders of one day count each",
            ),
        ),
        _trait(
            basis,
            "basket_value",
            ("客单价", "Basket value"),
            "money",
            unit=basis.currency,
            family=Family.SPENDING,
            says=("消费金额除以消费次数", "Spend divided by orders"),
        ),
    ]


def _windows(basis: TraitBasis) -> list[TraitDefinition]:
    made: list[TraitDefinition] = []
    for days in (QUARTER_DAYS, YEAR_DAYS):
        zh, en = f"含截止日期在内的 {days} 天", f"in the {days} days that end with the date"
        common = {"when_missing": w.NEVER_UNKNOWN, "window_days": days}
        names = (f"近 {days} 天消费次数", f"Orders, last {days} days")
        says = (f"{zh}的订单数", f"Orders {en}")
        made.append(_trait(basis, f"orders_{days}d", names, "integer", unit=w.ORDERS, says=says, **common))
        names = (f"近 {days} 天消费金额", f"Spend, last {days} days")
        common |= {"family": Family.SPENDING, "unit": basis.currency}
        says = (f"{zh}的实付金额合计", f"Sum of order amounts {en}")
        made.append(_trait(basis, f"monetary_{days}d", names, "money", says=says, **common))
    common = {"family": Family.SPENDING, "unit": basis.currency, "when_missing": w.NEVER_UNKNOWN}
    half, both = HALF_DAYS, 2 * HALF_DAYS
    return [
        *made,
        _trait(
            basis,
            "spend_first_half",
            ("前半年消费", "Spend, earlier half-year"),
            "money",
            window_days=both,
            says=(
                f"近 {both} 天中前 {half} 天的实付金额合计",
                f"Sum of order amounts in the first {half} of the last {both} days",
            ),
            **common,
        ),
        _trait(
            basis,
            "spend_second_half",
            ("后半年消费", "Spend, later half-year"),
            "money",
            window_days=half,
            says=(f"近 {half} 天的实付金额合计", f"Sum of order amounts in the last {half} days"),
            **common,
        ),
        _trait(
            basis,
            "spend_trend",
            ("消费趋势", "Spend trend"),
            "number",
            unit=w.INDEX,
            family=Family.SPENDING,
            window_days=both,
            when_missing=Label(f"近 {both} 天没有消费", f"No spend in the last {both} days"),
            says=(
                "（后半年 − 前半年）÷（|后半年| + |前半年|）：1 为只在后半年消费，−1 为只在前半年消费，0 为持平",
                "(later − earlier half-year) ÷ (|later| + |earlier|): "
                "1 all spend is recent, −1 all is old, 0 no change",
            ),
        ),
    ]


def _times(basis: TraitBasis) -> list[TraitDefinition]:
    made = [
        _trait(
            basis,
            "weekend_share",
            ("周末订单占比", "Weekend share"),
            "share",
            unit=w.SHARE,
            says=(
                "周六、周日订单数占全部订单数的比例（当地日期）",
                "Share of orders on a Saturday or Sunday (local)",
            ),
        )
    ]
    for part, (start, end, zh, en) in DAYPARTS.items():
        hours = f"{start:02}:00–{end % 24:02}:00"
        made.append(
            _trait(
                basis,
                f"{part}_share",
                (f"{zh}订单占比", f"{en.capitalize()} share"),
                "share",
                unit=w.SHARE,
                says=(
                    f"当地时间 {hours}（不含末点）的订单数占全部订单数的比例",
                    f"Share of orders at {hours} local time, end excluded",
                ),
            )
        )
    made.append(
        _trait(
            basis,
            "peak_weekday",
            ("最常购物日", "Usual shopping day"),
            "text",
            unit=w.LEVEL,
            levels=WEEKDAYS,
            says=(
                "订单数最多的星期几（当地日期）；并列时取一周中较早的一天",
                "Weekday with most orders, local date; of equal days the one earlier in the week",
            ),
        )
    )
    return made
