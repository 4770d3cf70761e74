"""Profit, loyalty and answers of customers as queries: what they paid, cost, and said in a window."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from qunxiang.model.value_basis import Driver
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.moment import Moment

COUNTS = {
    "order": "n_orders",
    "order_line": "n_lines",
    "return": "n_returns",
    "contact": "n_contacts",
    "event": "n_events",
}
"""Column of :func:`profits` that counts each driver."""

WHALE_PARTS = 20


def order_money(facts: Relation, moment: Moment, window_days: int) -> Query:
    """Add up the orders of a window: one row per customer with `n_orders`, `n_returns`, `sales`, `returns`."""
    return select(
        """SELECT o.profile_id, COUNT(*) AS n_orders, SUM(CASE WHEN o.amount < 0 THEN 1 ELSE 0 END) AS n_returns,
          CAST(SUM(CASE WHEN o.amount > 0 THEN o.amount ELSE 0 END) AS DECIMAL(18, 2)) AS sales,
          CAST(SUM(CASE WHEN o.amount < 0 THEN 0 - o.amount ELSE 0 END) AS DECIMAL(18, 2)) AS returns
        FROM facts__ AS o WHERE o.ordered_at >= :start AND o.ordered_at < :until GROUP BY o.profile_id""",
        facts=facts,
        start=moment.start(window_days),
        until=moment.until,
    )


def line_money(facts: Relation, lines: Relation, products: Relation | None, moment: Moment, window_days: int) -> Query:
    """Add up the order lines of a window.

    Returns
    -------
    Query
        One row per customer: `n_lines`, `discounts` (NULL where none is stated), `line_sales`, `costed_sales` (of lines
        whose quantity and unit cost are known), `cost` (of these).
    """
    cost = "p.unit_cost" if products is not None and "unit_cost" in products.columns else "CAST(NULL AS DECIMAL(18, 2))"
    join = "LEFT JOIN products__ AS p ON p.product_id = l.product_id" if products is not None else ""
    there = lines.columns
    given = [f"l.{name}" for name in ("discount", "coupon_discount") if name in there]
    discount = " + ".join(f"COALESCE({name}, 0)" for name in given) or "CAST(0 AS DECIMAL(18, 2))"
    known = f"COUNT({given[0]}) > 0" if given else "FALSE"
    quantity = "l.quantity" if "quantity" in there else "CAST(NULL AS DOUBLE)"
    text = f"""SELECT f.profile_id, COUNT(*) AS n_lines,
          CASE WHEN {known} THEN CAST(SUM({discount}) AS DECIMAL(18, 2)) END AS discounts,
          CAST(SUM(l.amount) AS DECIMAL(18, 2)) AS line_sales,
          CAST(SUM(CASE WHEN {quantity} IS NULL OR {cost} IS NULL THEN 0 ELSE l.amount END) AS DECIMAL(18, 2))
            AS costed_sales,
          SUM(CASE WHEN {quantity} IS NULL OR {cost} IS NULL THEN 1 ELSE 0 END) AS n_uncosted,
          CAST(SUM(CAST({quantity} AS DOUBLE) * CAST({cost} AS DOUBLE)) AS DECIMAL(18, 2)) AS cost
        FROM lines__ AS l JOIN facts__ AS f ON f.order_id = l.order_id {join}
        WHERE f.ordered_at >= :start AND f.ordered_at < :until GROUP BY f.profile_id"""  # noqa: S608 - names of contracts
    tables: dict[str, Relation] = {"lines": lines, "facts": facts}
    if products is not None:
        tables["products"] = products
    return select(text, **tables, start=moment.start(window_days), until=moment.until)


def dated_rows(rows: Relation, identities: Relation, dated: str, moment: Moment, window_days: int) -> Query:
    """Count the contacts or events of a window: one row per person's profile with `n`; `dated` is their column."""
    text = f"""SELECT i.profile_id, COUNT(*) AS n FROM rows__ AS r
        JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = r.person_id
        WHERE r.{dated} >= :start AND r.{dated} < :until GROUP BY i.profile_id"""  # noqa: S608 - a name of a contract
    return select(text, rows=rows, identities=identities, start=moment.start(window_days), until=moment.until)


def loyalty_of(days: Relation, moment: Moment, window_days: int) -> Query:
    """Tell when customers bought: one row per customer that ever did.

    `days` are :func:`qunxiang.valuation.histories.purchase_days`. Columns: `n_days`, `tenure_days`, and `early`,
    `late`: 1 when there was a purchase in the earlier and the later half of the window, else 0.
    """
    middle = moment.first_day(window_days // 2)
    return select(
        """SELECT d.profile_id, CAST(COUNT(*) AS BIGINT) AS n_days,
          CAST(DATE_DIFF('day', CAST(MIN(d.first_on) AS DATE), CAST(:day AS DATE)) AS BIGINT) AS tenure_days,
          MAX(CASE WHEN d.bought_on >= :first AND d.bought_on < :middle THEN 1 ELSE 0 END) AS early,
          MAX(CASE WHEN d.bought_on >= :middle THEN 1 ELSE 0 END) AS late
        FROM days__ AS d GROUP BY d.profile_id""",
        days=days,
        day=moment.as_of,
        first=moment.first_day(window_days),
        middle=middle,
    )


def sides(
    profiles: Relation,
    parts: Mapping[str, Relation | None],
    drivers: Mapping[Driver, Decimal],
    margin_rate: float | None,
) -> Query:
    """Put what is known of every customer side by side.

    Parameters
    ----------
    profiles
        Contract ``tables.PROFILES``.
    parts
        ``orders`` (:func:`order_money`), ``lines`` (:func:`line_money`), ``contacts`` and ``events``
        (:func:`dated_rows`), ``loyalty`` (:func:`loyalty_of`); None where the data have no such table.
    drivers
        Cost per order, order line, return, contact and event.
    margin_rate
        Stated share of revenue left after product cost, for customers without measured cost.

    Returns
    -------
    Query
        One row per profile: counts, `sales`, `returns`, `revenue`, `discounts`, `line_sales`, `costed_sales`,
        `product_cost` (NULL where it is not known of every line and no rate was stated), `measured_cost` (1 when it is
        of lines), `cost_to_serve` (NULL without drivers) and one `serve_…` per driver, `margin`, `contribution`, and
        the columns of loyalty. Who bought nothing in the window has 0, not NULL.
    """
    nothing = select("SELECT CAST(NULL AS VARCHAR) AS profile_id WHERE FALSE")
    lines = parts.get("lines")
    serve = {name: f"serve_{name}" for name in drivers}
    columns = "".join(
        f", CAST(COALESCE(g.{COUNTS[name]}, 0) AS DOUBLE) * :{serve[name]} AS {serve[name]}" for name in drivers
    )
    total = " + ".join(f"h.{name}" for name in serve.values()) or "CAST(NULL AS DOUBLE)"
    of_lines = (
        "l.n_lines, l.discounts, l.line_sales, l.costed_sales, l.n_uncosted, l.cost"
        if lines is not None
        else "CAST(NULL AS BIGINT) AS n_lines, CAST(NULL AS DECIMAL(18, 2)) AS discounts,"
        " CAST(NULL AS DECIMAL(18, 2)) AS line_sales, CAST(NULL AS DECIMAL(18, 2)) AS costed_sales,"
        " CAST(NULL AS BIGINT) AS n_uncosted, CAST(NULL AS DECIMAL(18, 2)) AS cost"
    )
    contacts = "c.n" if parts.get("contacts") is not None else "CAST(NULL AS BIGINT)"
    events = "e.n" if parts.get("events") is not None else "CAST(NULL AS BIGINT)"
    gathered = select(
        f"""SELECT p.profile_id, COALESCE(o.n_orders, 0) AS n_orders, COALESCE(o.n_returns, 0) AS n_returns,
          COALESCE(o.sales, 0) AS sales, COALESCE(o.returns, 0) AS returns,
          COALESCE(o.sales, 0) - COALESCE(o.returns, 0) AS revenue, {of_lines},
          {contacts} AS n_contacts, {events} AS n_events, y.n_days, y.tenure_days, y.early, y.late
        FROM profiles__ AS p LEFT JOIN orders__ AS o ON o.profile_id = p.profile_id
        LEFT JOIN lines__ AS l ON l.profile_id = p.profile_id
        LEFT JOIN contacts__ AS c ON c.profile_id = p.profile_id
        LEFT JOIN events__ AS e ON e.profile_id = p.profile_id
        LEFT JOIN loyalty__ AS y ON y.profile_id = p.profile_id""",  # noqa: S608 - names of this module
        profiles=profiles,
        **{name: parts.get(name) or nothing for name in ("orders", "lines", "contacts", "events", "loyalty")},
    )
    costed = select(
        f"""SELECT g.*, CASE WHEN g.n_orders = 0 THEN CAST(0 AS DOUBLE)
            WHEN g.n_uncosted = 0 AND g.n_lines > 0 THEN CAST(g.cost AS DOUBLE)
            WHEN :stated THEN CAST(g.revenue AS DOUBLE) * (1 - CAST(:rate AS DOUBLE)) END AS product_cost,
          CASE WHEN g.n_uncosted = 0 AND g.n_lines > 0 THEN 1 ELSE 0 END AS measured_cost{columns}
        FROM gathered__ AS g""",  # noqa: S608 - names of this module
        gathered=gathered,
        stated=margin_rate is not None,
        rate=margin_rate or 0.0,
        **{serve[name]: float(cost) for name, cost in drivers.items()},
    )
    served = select(f"SELECT h.*, {total} AS cost_to_serve FROM costed__ AS h", costed=costed)  # noqa: S608
    return select(
        """SELECT k.*, CAST(k.revenue AS DOUBLE) - k.product_cost AS margin,
          CAST(k.revenue AS DOUBLE) - k.product_cost - k.cost_to_serve AS contribution
        FROM served__ AS k""",
        served=served,
    )


def side_totals(of_customers: Relation, groups: Relation, drivers: Mapping[Driver, Decimal]) -> Query:
    """Add up :func:`sides` by group (`profile_id`, `scheme`, `part`): one row per group, sorted."""
    serve = "".join(f", SUM(s.serve_{name}) AS serve_{name}" for name in drivers)
    text = f"""SELECT g.scheme, g.part, CAST(COUNT(*) AS BIGINT) AS customers,
          CAST(SUM(CASE WHEN s.n_orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS buyers,
          CAST(SUM(s.n_orders) AS BIGINT) AS orders, CAST(SUM(s.sales) AS DECIMAL(18, 2)) AS sales,
          CAST(SUM(s.returns) AS DECIMAL(18, 2)) AS returns, CAST(SUM(s.revenue) AS DECIMAL(18, 2)) AS revenue,
          CAST(SUM(s.discounts) AS DECIMAL(18, 2)) AS discounts,
          CAST(SUM(s.line_sales) AS DECIMAL(18, 2)) AS line_sales,
          CAST(SUM(s.costed_sales) AS DECIMAL(18, 2)) AS costed_sales,
          CAST(COUNT(*) - COUNT(s.product_cost) AS BIGINT) AS uncosted, SUM(s.product_cost) AS product_cost,
          CAST(SUM(s.measured_cost) AS BIGINT) AS measured, SUM(s.cost_to_serve) AS cost_to_serve,
          CAST(COUNT(s.n_days) AS BIGINT) AS ever,
          CAST(SUM(CASE WHEN s.n_days > 1 THEN 1 ELSE 0 END) AS BIGINT) AS repeaters,
          CAST(SUM(s.early) AS BIGINT) AS early, CAST(SUM(s.early * s.late) AS BIGINT) AS kept,
          AVG(CAST(s.tenure_days AS DOUBLE)) AS tenure_days{serve}
        FROM sides__ AS s JOIN groups__ AS g ON g.profile_id = s.profile_id
        GROUP BY g.scheme, g.part ORDER BY g.scheme, g.part"""  # noqa: S608 - names of this module
    return select(text, sides=of_customers, groups=groups)


def longest_tenure(of_customers: Relation) -> Query:
    """Return the longest tenure of any customer of :func:`sides` in days, whatever groups are compared: `longest`."""
    return select("SELECT MAX(s.tenure_days) AS longest FROM sides__ AS s", sides=of_customers)


def whale_parts(of_customers: Relation, measure: str) -> Query:
    """Cut the buyers of the window into :data:`WHALE_PARTS` parts, the most profitable first.

    `measure` is ``contribution``, ``margin`` or ``revenue``. One row per part, sorted: `place`, `customers`, `total`.
    """
    text = f"""SELECT r.place, CAST(COUNT(*) AS BIGINT) AS customers, SUM(r.worth) AS total
        FROM (SELECT CAST(s.{measure} AS DOUBLE) AS worth,
            NTILE({WHALE_PARTS}) OVER (ORDER BY s.{measure} DESC, s.profile_id) AS place
          FROM sides__ AS s WHERE s.n_orders > 0) AS r
        GROUP BY r.place ORDER BY r.place"""  # noqa: S608 - names of this module
    return select(text, sides=of_customers)


def answers_by_group(answers: Relation, identities: Relation, groups: Relation, survey: str, question: str) -> Query:
    """Count the scores of a question by group: one row per group and score, sorted: `scheme`, `part`, `score`, `n`.

    The newest answer of a customer counts; answers of people who are no known customer do not.
    """
    return select(
        """SELECT g.scheme, g.part, a.score, CAST(COUNT(*) AS BIGINT) AS n FROM newest__ AS a
        JOIN groups__ AS g ON g.profile_id = a.profile_id
        GROUP BY g.scheme, g.part, a.score ORDER BY g.scheme, g.part, a.score""",
        newest=newest_scores(answers, identities, survey, question),
        groups=groups,
    )


def newest_scores(answers: Relation, identities: Relation, survey: str, question: str) -> Query:
    """Return the newest score of every customer who answered a question: `profile_id`, `score`."""
    return select(
        """SELECT r.profile_id, r.score FROM (SELECT i.profile_id, CAST(a.score AS DOUBLE) AS score,
            ROW_NUMBER() OVER (PARTITION BY i.profile_id ORDER BY a.answered_at DESC, a.answer_id) AS place
          FROM answers__ AS a JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = a.person_id
          WHERE a.survey = :survey AND a.question = :question AND a.score IS NOT NULL) AS r
        WHERE r.place = 1""",
        answers=answers,
        identities=identities,
        survey=survey,
        question=question,
    )
