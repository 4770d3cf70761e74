"""Orders with their profile: loaded orders, and orders derived from lines that have none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from sqlglot import exp

from qunxiang.errors import NothingYetError
from qunxiang.identity.buyers import BUYER
from qunxiang.sql import Query, Relation, column, select, template
from qunxiang.sql.macros import union_all
from qunxiang.sql.moment import Moment

_OF_LINES = """SELECT order_id, MIN(ordered_at) AS ordered_at,
  CAST(SUM(CAST(amount AS DECIMAL(18, 2))) AS DECIMAL(18, 2)) AS amount,
  MIN(person_id) AS person_id,
  MIN(CASE WHEN person_id IS NULL THEN account_id END) AS account_id,
  CASE WHEN MIN(person_id) <> MAX(person_id)
    OR MIN(CASE WHEN person_id IS NULL THEN account_id END) <> MAX(CASE WHEN person_id IS NULL THEN account_id END)
    OR (COUNT(person_id) > 0 AND COUNT(CASE WHEN person_id IS NULL THEN account_id END) > 0)
    THEN 1 ELSE 0 END AS disagrees
FROM order_lines__ AS l WHERE l.ordered_at < :until GROUP BY order_id"""

_LOADED_ALONE = """SELECT o.order_id, o.ordered_at, o.amount, o.person_id, o.account_id,
  0 AS derived, 0 AS disagrees
FROM orders__ AS o WHERE o.ordered_at < :until"""

_LINES_ALONE = """SELECT l.order_id, l.ordered_at, l.amount, l.person_id, l.account_id,
  1 AS derived, l.disagrees
FROM of_lines__ AS l"""

_BOTH = """SELECT COALESCE(o.order_id, l.order_id) AS order_id,
  CASE WHEN o.order_id IS NULL THEN l.ordered_at ELSE o.ordered_at END AS ordered_at,
  CASE WHEN o.order_id IS NULL THEN l.amount ELSE o.amount END AS amount,
  CASE WHEN :nameless THEN COALESCE(l.person_id, CASE WHEN l.account_id IS NULL THEN o.person_id END)
    ELSE o.person_id END AS person_id,
  CASE WHEN :nameless THEN l.account_id ELSE o.account_id END AS account_id,
  CASE WHEN o.order_id IS NULL THEN 1 ELSE 0 END AS derived,
  COALESCE(l.disagrees, 0) AS disagrees
FROM orders__ AS o FULL JOIN of_lines__ AS l ON o.order_id = l.order_id
WHERE o.order_id IS NULL OR o.ordered_at < :until"""

# an order's lines may name the customer whom the order itself only gives a telephone of
_NAMELESS = "(o.person_id IS NULL OR o.person_id LIKE :beginning) AND o.account_id IS NULL"

_EVER = "TIMESTAMPTZ '9999-01-01 00:00:00+00'"


def order_facts(tables: Mapping[str, Relation], identities: Relation, *, moment: Moment | None = None) -> Query:
    """Return every order with its profile.

    A loaded order counts as it stands. Lines whose order was not loaded make one: the sum of their amounts at their
    earliest time. An order belongs to the person it names, else to the account; when the order names neither, to whom
    its lines name, else to the buyer whose telephone, e-mail or user name it carries. When lines of one order name
    several customers, the smallest identifier gets the whole order, so that it is counted once; :func:`order_issues`
    says how many there are. Orders that name nobody have no profile and are left out.

    Parameters
    ----------
    tables
        Loaded tables by name; ``orders``, ``order_lines`` or both.
    identities
        Contract ``tables.IDENTITIES``.
    moment
        Facts after this day are ignored; all count when None.

    Returns
    -------
    Query
        One row per order: contract ``tables.ORDER_FACTS``.

    Raises
    ------
    NothingYetError
        When neither table is there.
    """
    return select(
        """SELECT o.order_id, COALESCE(p.profile_id, a.profile_id) AS profile_id, o.ordered_at,
          CAST(o.amount AS DECIMAL(18, 2)) AS amount
        FROM owned__ AS o
        LEFT JOIN identities__ AS p ON p.id_type = 'person_id' AND p.id_value = o.person_id
        LEFT JOIN identities__ AS a ON a.id_type = 'account_id' AND a.id_value = o.account_id AND o.person_id IS NULL
        WHERE COALESCE(p.profile_id, a.profile_id) IS NOT NULL""",
        owned=_owned(tables, moment),
        identities=identities,
    )


def order_issues(tables: Mapping[str, Relation], *, moment: Moment | None = None) -> Query:
    """Count what was decided by rule when orders were put together.

    Returns
    -------
    Query
        One row: `orders`, `derived` (from lines alone), `without_customer` (left out), `disagreeing` (lines name
        several customers).

    Raises
    ------
    NothingYetError
        When neither orders nor lines are there.
    """
    return select(
        """SELECT CAST(COUNT(*) AS BIGINT) AS orders,
          CAST(COALESCE(SUM(derived), 0) AS BIGINT) AS derived,
          CAST(COALESCE(SUM(CASE WHEN person_id IS NULL AND account_id IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
            AS without_customer,
          CAST(COALESCE(SUM(disagrees), 0) AS BIGINT) AS disagreeing
        FROM owned__ AS o""",
        owned=_owned(tables, moment),
    )


def orders_with_customer(rows: Relation | Query, columns: Collection[str]) -> Query | None:
    """List the orders to which rows of orders or lines give a customer; rows as :func:`buyers.read_as` gives them.

    Returns
    -------
    Query or None
        One row per such row: `order_id`. None when `columns`, those of the rows, name nobody.
    """
    named = [column(c, "o") for c in ("person_id", "account_id") if c in columns]
    if not named:
        return None
    named_by = exp.or_(*(template("NOT :x IS NULL", x=c) for c in named))
    return select("SELECT o.order_id FROM rows__ AS o WHERE :named_by", rows=rows, named_by=named_by)


def lines_without_customer(lines: Relation | Query, columns: Collection[str], owned: Sequence[Query]) -> Query:
    """Return the order lines that count for no profile: they name no customer, and nothing gives their order one.

    Parameters
    ----------
    columns
        Columns of the lines.
    owned
        Orders that have a customer, as :func:`orders_with_customer` lists them: of orders, and of lines.

    Returns
    -------
    Query
        One row per line, with its columns.
    """
    named = [column(c, "l") for c in ("person_id", "account_id") if c in columns]
    nobody = exp.and_(exp.true(), *(template(":x IS NULL", x=c) for c in named))
    if not owned:
        return select("SELECT l.* FROM lines__ AS l WHERE :nobody", lines=lines, nobody=nobody)
    return select(
        "SELECT l.* FROM lines__ AS l ANTI JOIN owned__ AS k ON k.order_id = l.order_id WHERE :nobody",
        lines=lines,
        owned=union_all([q.tree for q in owned]),
        nobody=nobody,
    )


def _owned(tables: Mapping[str, Relation], moment: Moment | None) -> Query:
    """One row per order: order_id, ordered_at, amount, person_id, account_id, derived, disagrees (0 or 1)."""
    until = moment.until if moment else template(f"SELECT {_EVER}").expressions[0]
    orders, lines = tables.get("orders"), tables.get("order_lines")
    if lines is None:
        if orders is None:
            raise NothingYetError("error.identity.no_orders")
        return select(_LOADED_ALONE, orders=orders, until=until)
    of_lines = Query(cast(exp.Query, template(_OF_LINES, order_lines=lines, until=until)))
    if orders is None:
        return select(_LINES_ALONE, of_lines=of_lines)
    nameless = exp.paren(template(_NAMELESS, beginning=f"{BUYER}%"))
    return select(_BOTH, orders=orders, of_lines=of_lines, until=until, nameless=nameless)
