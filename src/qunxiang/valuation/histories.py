"""Purchase histories of customers as queries: days with a purchase, repeats, time observed, money."""

from __future__ import annotations

from datetime import date

from qunxiang.sql import Query, Relation, select
from qunxiang.sql.moment import Moment


def purchase_days(order_facts: Relation, moment: Moment) -> Query:
    """Put the orders of one customer and day together: one purchase.

    Parameters
    ----------
    order_facts
        Contract ``tables.ORDER_FACTS``.
    moment
        Last day that counts.

    Returns
    -------
    Query
        One row per customer and local day whose orders come to more than 0: `profile_id`, `bought_on`, `amount`, and
        `first_on`, the customer's first such day. Days that come to 0 or less (gifts, returns) are no purchase.
    """
    return select(
        """SELECT d.profile_id, d.bought_on, d.amount, MIN(d.bought_on) OVER (PARTITION BY d.profile_id) AS first_on
        FROM (SELECT l.profile_id, l.bought_on, SUM(l.amount) AS amount
          FROM (SELECT o.profile_id, o.amount, CAST(o.ordered_at AT TIME ZONE :tz AS DATE) AS bought_on
            FROM facts__ AS o WHERE o.ordered_at < :until) AS l
          GROUP BY l.profile_id, l.bought_on HAVING SUM(l.amount) > 0) AS d""",
        facts=order_facts,
        tz=moment.time_zone,
        until=moment.until,
    )


def histories(days: Relation, observed_until: date) -> Query:
    """Tell of every customer who bought up to a day what models of repeat purchases need, and what came after it.

    Parameters
    ----------
    days
        :func:`purchase_days`; purchases after `observed_until` count as what came after.
    observed_until
        Last day that is observed.

    Returns
    -------
    Query
        One row per customer: `profile_id`, `first_on`; `frequency` (repeat purchases), `recency` (days from first to
        last purchase) and `age` (days from first purchase to `observed_until`), BIGINT; `mean_value` (money per repeat
        purchase, DOUBLE, NULL without one), `repeat_value` (their sum, money); `purchases_after` (BIGINT),
        `value_after` (money).
    """
    return select(
        """SELECT p.profile_id, p.first_on, CAST(p.n - 1 AS BIGINT) AS frequency,
          CAST(DATE_DIFF('day', CAST(p.first_on AS DATE), CAST(p.last_on AS DATE)) AS BIGINT) AS recency,
          CAST(DATE_DIFF('day', CAST(p.first_on AS DATE), CAST(:end AS DATE)) AS BIGINT) AS age,
          CAST(p.spend AS DOUBLE) / NULLIF(CAST(p.n - 1 AS DOUBLE), 0) AS mean_value,
          CAST(p.spend AS DECIMAL(18, 2)) AS repeat_value,
          CAST(p.n_after AS BIGINT) AS purchases_after, CAST(p.spend_after AS DECIMAL(18, 2)) AS value_after
        FROM (SELECT d.profile_id, d.first_on,
            SUM(CASE WHEN d.bought_on <= :end THEN 1 ELSE 0 END) AS n,
            MAX(CASE WHEN d.bought_on <= :end THEN d.bought_on END) AS last_on,
            SUM(CASE WHEN d.bought_on > d.first_on AND d.bought_on <= :end THEN d.amount ELSE 0 END) AS spend,
            SUM(CASE WHEN d.bought_on > :end THEN 1 ELSE 0 END) AS n_after,
            SUM(CASE WHEN d.bought_on > :end THEN d.amount ELSE 0 END) AS spend_after
          FROM days__ AS d WHERE d.first_on <= :end GROUP BY d.profile_id, d.first_on) AS p""",
        days=days,
        end=observed_until,
    )


def grouped(of_customers: Relation) -> Query:
    """Count equal histories once, for their likelihood is equal too.

    Parameters
    ----------
    of_customers
        :func:`histories`.

    Returns
    -------
    Query
        One row per different history, sorted: `frequency`, `recency`, `age`, `customers`; `after` and `after_squared`,
        the sums of the purchases after the end of observation and of their squares.
    """
    return select(
        """SELECT h.frequency, h.recency, h.age, CAST(COUNT(*) AS BIGINT) AS customers,
          CAST(SUM(h.purchases_after) AS BIGINT) AS after,
          CAST(SUM(h.purchases_after * h.purchases_after) AS BIGINT) AS after_squared
        FROM histories__ AS h GROUP BY h.frequency, h.recency, h.age ORDER BY h.frequency, h.recency, h.age""",
        histories=of_customers,
    )


def money_of_repeaters(of_customers: Relation) -> Query:
    """Return one row per customer who came back, sorted: `frequency` and `mean_value` (:func:`histories`)."""
    return select(
        "SELECT h.frequency, h.mean_value FROM histories__ AS h WHERE h.frequency > 0"
        " ORDER BY h.frequency, h.mean_value",
        histories=of_customers,
    )


def repeats_by_age(days: Relation, enrolled_until: date) -> Query:
    """Count repeat purchases by day, of the customers who first bought up to a day.

    Returns
    -------
    Query
        One row per day with a repeat purchase, sorted: `bought_on`, `purchases`.
    """
    return select(
        """SELECT d.bought_on, CAST(COUNT(*) AS BIGINT) AS purchases FROM days__ AS d
        WHERE d.first_on <= :end AND d.bought_on > d.first_on GROUP BY d.bought_on ORDER BY d.bought_on""",
        days=days,
        end=enrolled_until,
    )


def first_days(of_customers: Relation) -> Query:
    """Return one row per first day, sorted: `first_on`, `customers`."""
    return select(
        "SELECT h.first_on, CAST(COUNT(*) AS BIGINT) AS customers FROM histories__ AS h"
        " GROUP BY h.first_on ORDER BY h.first_on",
        histories=of_customers,
    )


def cohorts(days: Relation) -> Query:
    """Follow the customers who first bought in the same month.

    Returns
    -------
    Query
        One row per month of the first purchase and months since then, sorted: `cohort` (first day of the month),
        `months_since`, `buyers` (customers who bought in that month), `purchases`, `amount` (money).
    """
    return select(
        """SELECT c.cohort, CAST((EXTRACT(YEAR FROM c.month) - EXTRACT(YEAR FROM c.cohort)) * 12
            + EXTRACT(MONTH FROM c.month) - EXTRACT(MONTH FROM c.cohort) AS BIGINT) AS months_since,
          CAST(COUNT(DISTINCT c.profile_id) AS BIGINT) AS buyers, CAST(COUNT(*) AS BIGINT) AS purchases,
          CAST(SUM(c.amount) AS DECIMAL(18, 2)) AS amount
        FROM (SELECT d.profile_id, d.amount, CAST(DATE_TRUNC('month', d.first_on) AS DATE) AS cohort,
            CAST(DATE_TRUNC('month', d.bought_on) AS DATE) AS month FROM days__ AS d) AS c
        GROUP BY c.cohort, c.month ORDER BY c.cohort, c.month""",
        days=days,
    )
