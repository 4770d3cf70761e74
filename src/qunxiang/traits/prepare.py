"""Questions asked of the loaded data before traits are listed: filled columns, categories, levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlglot import exp

from qunxiang.sql import Query, Relation, column, identifier, literal, template
from qunxiang.sql.macros import union_all
from qunxiang.sql.moment import Moment
from qunxiang.traits.basis import N_CATEGORIES, N_CHANNELS
from qunxiang.traits.firms import ACCOUNT_PARTS, INDUSTRIES, INDUSTRY_COLUMNS
from qunxiang.traits.people import ACCOUNT_COLUMNS, PERSON_COLUMNS, PLACE_COLUMNS, PLACES

OPTIONAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "persons": (*PERSON_COLUMNS, "birth_date"),
    "accounts": tuple(dict.fromkeys((*ACCOUNT_COLUMNS, *ACCOUNT_PARTS))),
    INDUSTRIES: INDUSTRY_COLUMNS,
    PLACES: PLACE_COLUMNS,
    "order_lines": ("discount", "coupon_discount", "quantity"),
    "products": ("category", "brand", "brand_type", "unit_cost"),
    "orders": ("channel",),
    "events": ("device",),
    "tags": ("person_id",),
}
"""Columns that may be empty and decide whether a trait is made."""


def filled_query(tables: Mapping[str, Relation]) -> Query | None:
    """Count the known values of the optional columns.

    Returns
    -------
    Query or None
        One row with a column ``table.column`` (BIGINT) for each optional column of the tables that are there; None
        when none of them has optional columns. Read it with :func:`filled_columns`.
    """
    parts: list[exp.Expr] = []
    projections: list[exp.Expr] = []
    for table, names in OPTIONAL_COLUMNS.items():
        if table not in tables:
            continue
        there = tables[table].columns  # the table may be older than a column
        names = tuple(n for n in names if not there or n in there)
        counts = [exp.alias_(exp.cast(exp.Count(this=column(n)), "BIGINT"), n, quoted=True) for n in names]
        if not counts:
            continue
        parts.append(exp.select(*counts).from_(tables[table].table("t")).subquery(f"of_{table}"))
        projections += [exp.alias_(column(n, f"of_{table}"), identifier(f"{table}.{n}"), quoted=True) for n in names]
    if not parts:
        return None
    tree = exp.select(*projections).from_(parts[0])
    for part in parts[1:]:
        tree = tree.join(part, join_type="cross")
    return Query(cast(exp.Query, tree))


def filled_columns(tables: Mapping[str, Relation], counts: Mapping[str, int]) -> dict[str, frozenset[str]]:
    """Turn the row of :func:`filled_query` into table name → columns with a value, for ``TraitBasis.tables``."""
    return {
        table: frozenset(n for n in OPTIONAL_COLUMNS.get(table, ()) if counts.get(f"{table}.{n}", 0) > 0)
        for table in tables
    }


def categories_query(
    tables: Mapping[str, Relation], *, moment: Moment, limit: int | None = N_CATEGORIES
) -> Query | None:
    """List product categories by spend up to a day.

    Returns
    -------
    Query or None
        One row per category with spend, largest first: `category`, `amount` (money), `lines`. None without lines or
        products.
    """
    if "order_lines" not in tables or "products" not in tables:
        return None
    tree = template(
        """SELECT p.category, CAST(SUM(l.amount) AS DECIMAL(18, 2)) AS amount, CAST(COUNT(*) AS BIGINT) AS lines
        FROM order_lines__ AS l JOIN products__ AS p ON p.product_id = l.product_id
        WHERE l.ordered_at < :until AND p.category IS NOT NULL
        GROUP BY p.category HAVING SUM(l.amount) > 0 ORDER BY amount DESC, p.category""",
        order_lines=tables["order_lines"],
        products=tables["products"],
        until=moment.until,
    )
    query = cast(exp.Query, tree)
    return Query(query if limit is None else query.limit(limit))


def channels_query(tables: Mapping[str, Relation], *, moment: Moment) -> Query | None:
    """List the channels of most orders up to a day.

    Returns
    -------
    Query or None
        One row per channel, that of most orders first, at most :data:`N_CHANNELS`: `channel`, `orders`. None without
        orders.
    """
    if "orders" not in tables:
        return None
    tree = template(
        """SELECT o.channel, CAST(COUNT(*) AS BIGINT) AS orders FROM orders__ AS o
        WHERE o.ordered_at < :until AND o.channel IS NOT NULL GROUP BY o.channel ORDER BY orders DESC, o.channel""",
        orders=tables["orders"],
        until=moment.until,
    )
    return Query(cast(exp.Query, tree).limit(N_CHANNELS))


def stated_levels_query(tables: Mapping[str, Relation], *, limit: int = 60) -> Query | None:
    """List the values of banded columns of ``persons``.

    Returns
    -------
    Query or None
        One row per trait and value: `trait`, `level`; at most `limit` values of a trait. None without persons.
    """
    if "persons" not in tables:
        return None
    parts = [
        template(
            """SELECT CAST(:trait AS VARCHAR) AS trait, level FROM (
              SELECT level, ROW_NUMBER() OVER (ORDER BY n DESC, level) AS place
              FROM (SELECT CAST(:value AS VARCHAR) AS level, COUNT(*) AS n FROM persons__ AS p
                WHERE :value IS NOT NULL GROUP BY CAST(:value AS VARCHAR)) AS c) AS d
            WHERE place <= :most""",
            trait=name,
            value=column(name, "p"),
            persons=tables["persons"],
            most=literal(limit),
        )
        for name, stated in PERSON_COLUMNS.items()
        if stated.ordered
    ]
    return union_all(parts)
