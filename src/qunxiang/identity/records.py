"""Source records of persons and companies as matching sees them, the oldest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlglot import exp

from qunxiang.identity.buyers import buyers, named_companies
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.query import column

Kind = Literal["person", "account"]

PREFIX: Mapping[Kind, str] = {"person": "P", "account": "A"}
"""First letter of the names of records and profiles."""

TABLE: Mapping[Kind, str] = {"person": "persons", "account": "accounts"}

READ: Mapping[Kind, tuple[str, ...]] = {
    "person": (
        "name", "given_name", "family_name", "phone", "phone_2", "email", "username", "unionid", "openid",
        "external_userid", "crm_id", "id_number", "birth_date", "address", "district", "city", "province", "postcode",
        "system",
    ),
    "account": (
        "name", "short_name", "credit_code", "crm_id", "phone", "website", "address", "district", "city", "province",
        "postcode", "system",
    ),
}  # fmt: skip
"""Columns that matching reads, where a table has them."""

_COMPANY = """SELECT c.person_id, MIN(a.name) AS company FROM contacts__ AS c
JOIN accounts__ AS a ON c.account_id = a.account_id GROUP BY c.person_id"""


def records(kind: Kind, tables: Mapping[str, Relation]) -> Query:
    """One row per row of ``persons`` or ``accounts``, the oldest first: `record_id` and the columns of :data:`READ`.

    Persons also have the `company` they work for, where ``contacts`` say so. The buyers that rows without a customer id
    tell of (:func:`qunxiang.identity.buyers.buyers`) are records of their own, and so
    are companies known by name only: :func:`carried_records`.
    """
    table = tables[TABLE[kind]]
    key = f"{kind}_id"
    chosen: list[exp.Expr] = [
        exp.alias_(exp.cast(column(c, "t"), "VARCHAR"), c) for c in READ[kind] if c in table.columns
    ]
    made = select(
        f"SELECT CAST(:prefix AS VARCHAR) || t.{key} AS record_id FROM x__ AS t",  # noqa: S608 - constants
        x=table,
        prefix=PREFIX[kind],
    )
    tree = made.tree
    assert isinstance(tree, exp.Select)
    tree = tree.select(*chosen, copy=False)
    if kind == "person" and {"contacts", "accounts"} <= set(tables):
        works = select(_COMPANY, contacts=tables["contacts"], accounts=tables["accounts"]).tree.subquery("w")
        tree = tree.select("w.company", copy=False).join(works, on="w.person_id = t.person_id", join_type="left")
    age = ["t.created_at NULLS LAST"] if "created_at" in table.columns else []
    return Query(tree.order_by(*age, f"LENGTH(t.{key})", f"t.{key}", copy=False))


def carried_records(kind: Kind, tables: Mapping[str, Relation]) -> Query | None:
    """One row per buyer or company known by name only, in the order of their ids; None where there can be none.

    `record_id`, and of persons `phone`, `email` and `username`, of companies `name`.
    """
    found = buyers(tables) if kind == "person" else named_companies(tables)
    if found is None:
        return None
    key, told = ("person_id", "b.phone, b.email, b.username") if kind == "person" else ("account_id", "b.name")
    return select(
        f"SELECT CAST(:prefix AS VARCHAR) || b.{key} AS record_id, {told} FROM found__ AS b ORDER BY b.{key}",  # noqa: S608 - constants
        found=found,
        prefix=PREFIX[kind],
    )
