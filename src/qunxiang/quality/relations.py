"""What belongs together across tables: rows that name something which the other table lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from qunxiang.quality.conditions import Condition
from qunxiang.sql import Query, Relation, column, literal, select, template


@dataclass(frozen=True)
class Relationship:
    """`column` of `table` names a row of `target` by `key`."""

    table: str
    column: str
    target: str
    key: str

    @property
    def measure(self) -> str:
        """Name of the measure."""
        return f"without_{self.target}"


RELATIONS = (
    Relationship("order_lines", "order_id", "orders", "order_id"),
    Relationship("order_lines", "product_id", "products", "product_id"),
    Relationship("orders", "account_id", "accounts", "account_id"),
    Relationship("order_lines", "account_id", "accounts", "account_id"),
    Relationship("contacts", "person_id", "persons", "person_id"),
    Relationship("contacts", "account_id", "accounts", "account_id"),
    Relationship("opportunities", "account_id", "accounts", "account_id"),
    Relationship("opportunities", "product_id", "products", "product_id"),
    Relationship("events", "product_id", "products", "product_id"),
    Relationship("responses", "campaign_id", "campaign_contacts", "campaign_id"),
    Relationship("survey_answers", "question", "survey_questions", "question"),
    Relationship("verbatims", "product_id", "products", "product_id"),
)
"""Persons are not looked up: their table may describe only some customers, and the others are customers too."""

LOOSE: dict[str, tuple[str, ...]] = {
    "orders": ("person_id", "account_id"),
    "order_lines": ("person_id", "account_id"),
    "opportunities": ("person_id", "account_id", "account_name"),
    "survey_answers": ("person_id", "account_id", "respondent"),
    "tags": ("person_id", "account_id", "opportunity_id"),
}
"""Tables whose rows should name a customer in one of these columns."""


def unrelated(table: str, present: frozenset[str]) -> Condition | None:
    """Return the condition that a row names no customer at all."""
    columns = [c for c in LOOSE.get(table, ()) if c in present]
    if not columns:
        return None
    holds = exp.and_(*(template(":x IS NULL", x=column(c, "t")) for c in columns))
    return Condition("orphans", "no_customer", None, holds, exp.true(), {"columns": columns})


def orphan_query(tables: Mapping[str, Relation], table: str) -> Query | None:
    """Count, per relationship of a table whose target is there, the rows that name what the target lacks.

    Returns
    -------
    Query or None
        One row: ``r<i>`` rows and ``o<i>`` rows that name something, by place in :data:`RELATIONS`.
    """
    projections: list[exp.Expr] = []
    tree: exp.Select = exp.select().from_(tables[table].table("t"))
    for i, r in _checkable(tables, table):
        x = _stated(r)
        there = column("key", f"x{i}")
        orphan = template(
            "CAST(COUNT(CASE WHEN NOT :x IS NULL AND :there IS NULL THEN 1 END) AS BIGINT)", x=x, there=there
        )
        named = template("CAST(COUNT(:x) AS BIGINT)", x=x)
        projections += [exp.alias_(orphan, f"r{i}", quoted=True), exp.alias_(named, f"o{i}", quoted=True)]
        keys = select("SELECT DISTINCT :k AS key FROM target__ AS g", k=column(r.key, "g"), target=tables[r.target])
        on = exp.EQ(this=column("key", f"x{i}"), expression=x)
        tree = tree.join(keys.tree.subquery(f"x{i}"), on=on, join_type="left")
    return Query(tree.select(*projections)) if projections else None


def orphan_rows(tables: Mapping[str, Relation], relationship: Relationship, limit: int) -> Query:
    """Return rows that name what the target lacks."""
    return select(
        """SELECT t.* FROM rows__ AS t LEFT JOIN (SELECT DISTINCT :key AS key FROM target__ AS g) AS x ON x.key = :x
        WHERE NOT :x IS NULL AND x.key IS NULL ORDER BY :x, :first LIMIT :most""",
        first=column(tables[relationship.table].columns[0], "t"),
        rows=tables[relationship.table],
        target=tables[relationship.target],
        key=column(relationship.key, "g"),
        x=_stated(relationship),
        most=literal(limit),
    )


def _stated(relationship: Relationship) -> exp.Expr:
    """Return the id that a row states; the ids made for companies known by name only state nothing."""
    x = column(relationship.column, "t")
    if relationship.target != "accounts":
        return x
    return template("CASE WHEN :x LIKE :made THEN NULL ELSE :x END", x=x, made="named:%")


def _checkable(tables: Mapping[str, Relation], table: str) -> list[tuple[int, Relationship]]:
    return [
        (i, r)
        for i, r in enumerate(RELATIONS)
        if r.table == table
        and r.target in tables
        and r.column in tables[table].columns
        and r.key in tables[r.target].columns
    ]
