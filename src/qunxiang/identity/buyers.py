"""Rows that carry no id of a customer but what tells one: a telephone, an e-mail, a user name, a company's name.

A shop's guests, and the exports of marketplaces, have orders without a customer id. What such a row carries makes a
record of its own, a buyer: ``buyer:`` and the hash of it. Matching then joins buyers to persons, and to one another, by
the rules for identifiers. Deals of a CRM name their company only: ``named:`` and the hash of the name is a record of a
company, which matching joins to the accounts whose name is the same or resembles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlglot import exp

from qunxiang.sql import Query, Relation, column, literal, template
from qunxiang.sql.macros import union_all

BUYER = "buyer:"
"""How the ids of buyers begin; no source system has this name."""

CARRIED = ("phone", "email", "username")
"""Columns by which a row without a customer id names one."""

CARRIERS = ("orders", "campaign_contacts", "responses")
"""Loaded tables whose rows may name their customer in this way."""


NAMED = "named:"
"""How the ids of companies begin that are known by name only."""

NAMERS = {"opportunities": "account_name"}
"""Loaded tables whose rows may name their company by a column instead of its id."""


def read_as(table: str, relation: Relation) -> Query | None:
    """Return the rows of a table with buyers and named companies as their ids; None where they are read as loaded."""
    name = NAMERS.get(table)
    if name is not None and {name, "account_id"} <= set(relation.columns):
        return _with_named(relation, name)
    carries = carried(table, relation)
    return with_buyers(relation, carries) if carries else None


def _with_named(relation: Relation, name: str) -> Query:
    known = template("NULLIF(TRIM(REPLACE(:x, '\u3000', ' ')), '')", x=column(name, "t"))
    made = template(
        "CASE WHEN :id IS NULL AND NOT :known IS NULL THEN :prefix || MD5(:known) ELSE :id END",
        id=column("account_id", "t"),
        known=known,
        prefix=NAMED,
    )
    chosen = [exp.alias_(made if c == "account_id" else column(c, "t"), c, quoted=True) for c in relation.columns]
    return Query(exp.select(*chosen).from_(relation.table("t")))


def named_companies(tables: Mapping[str, Relation]) -> Query | None:
    """List the companies known by name only, of tables as :func:`read_as` gives them.

    Returns
    -------
    Query or None
        One row per company: `account_id`, `name`. None when no table can have any.
    """
    parts: list[exp.Expr] = [
        template(
            "SELECT t.account_id, :name AS name FROM t__ AS t WHERE t.account_id LIKE :beginning",
            name=column(name, "t"),
            t=tables[table],
            beginning=f"{NAMED}%",
        )
        for table, name in NAMERS.items()
        if table in tables and {name, "account_id"} <= set(tables[table].columns)
    ]
    if not parts:
        return None
    rows = union_all(parts).tree.subquery("n")
    least = exp.alias_(exp.Min(this=column("name")), "name")
    return Query(cast(exp.Query, exp.select(column("account_id"), least).from_(rows).group_by(column("account_id"))))


def carried(table: str, relation: Relation) -> tuple[str, ...]:
    """Return the columns of :data:`CARRIED` that a table has; none when the table does not name persons."""
    if table not in CARRIERS or "person_id" not in relation.columns:
        return ()
    return tuple(c for c in CARRIED if c in relation.columns)


def with_buyers(relation: Relation, carries: tuple[str, ...]) -> Query:
    """Return the rows of a table, those that name neither person nor company with their buyer as `person_id`."""
    values = {c: template("NULLIF(TRIM(REPLACE(LOWER(:x), '\u3000', ' ')), '')", x=column(c, "t")) for c in carries}
    known = exp.or_(*(exp.Not(this=exp.Is(this=v.copy(), expression=exp.Null())) for v in values.values()))
    nameless = [exp.Is(this=column("person_id", "t"), expression=exp.Null())]
    if "account_id" in relation.columns:
        nameless.append(exp.Is(this=column("account_id", "t"), expression=exp.Null()))
    parts = [template(":name || :v", name=f"{c}=", v=v) for c, v in values.items()]
    text = exp.ConcatWs(expressions=[literal("|"), *parts], safe=True, coalesce=True)
    buyer = template(
        "CASE WHEN :known AND :nameless THEN :prefix || MD5(:carried) ELSE :id END",
        known=exp.paren(known),
        nameless=exp.paren(exp.and_(*nameless)),
        prefix=BUYER,
        carried=text,
        id=column("person_id", "t"),
    )
    chosen = [exp.alias_(buyer if c == "person_id" else column(c, "t"), c, quoted=True) for c in relation.columns]
    return Query(exp.select(*chosen).from_(relation.table("t")))


def buyers(tables: Mapping[str, Relation]) -> Query | None:
    """List the buyers of tables read with :func:`with_buyers`.

    Returns
    -------
    Query or None
        One row per buyer: `person_id` and the columns of :data:`CARRIED`. None when no table can have any.
    """
    parts: list[exp.Expr] = []
    for name in CARRIERS:
        carries = carried(name, tables[name]) if name in tables else ()
        if not carries:
            continue
        unknown = exp.cast(exp.null(), "VARCHAR")
        chosen = [exp.alias_(column(c, "t") if c in carries else unknown.copy(), c, quoted=True) for c in CARRIED]
        named = template("t.person_id LIKE :beginning", beginning=f"{BUYER}%")
        parts.append(exp.select(column("person_id", "t"), *chosen).from_(tables[name].table("t")).where(named))
    if not parts:
        return None
    least = [exp.alias_(exp.Min(this=column(c)), c, quoted=True) for c in CARRIED]
    rows = union_all(parts).tree.subquery("b")
    return Query(cast(exp.Query, exp.select(column("person_id"), *least).from_(rows).group_by(column("person_id"))))
