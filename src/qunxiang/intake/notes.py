"""Rules of a load that keep a row although it looks odd, with how often they applied."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from qunxiang.intake.keys import CODES, DUST, REPEAT, filled
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.report import Note
from qunxiang.sql import Query, Relation, column, template
from qunxiang.tables import Contract


def note_counts(
    rows: Relation, contract: Contract, recognition: Recognition, products: Relation | None
) -> Query | None:
    """Count the rows of a load that stated rules keep.

    Returns
    -------
    Query or None
        One row with a count per rule; None when no rule is about this table.
    """
    mapped = recognition.mapping
    counts: dict[str, exp.Expr] = {}
    if contract.name in ("order_lines", "orders"):
        counts["amount_zero"] = template("r.amount = 0 AND NOT :dust", dust=column(DUST, "r"))
        counts["amount_dust"] = template(":dust", dust=column(DUST, "r"))
        counts["amount_negative"] = template("r.amount < 0")
        nobody = "r.person_id IS NULL AND r.account_id IS NULL"
        carried = " AND ".join(f"r.{c} IS NULL" for c in _CARRIED if contract.column(c))
        counts["no_customer"] = template(f"{nobody} AND {carried}" if carried else nobody)
        if carried:
            counts["by_contact"] = template(f"{nobody} AND NOT ({carried})")
    if contract.name == "opportunities":
        nobody, named = "r.person_id IS NULL AND r.account_id IS NULL", "TRIM(r.account_name) <> ''"
        counts["no_customer"] = template(f"{nobody} AND NOT COALESCE({named}, FALSE)")
        counts["by_name"] = template(f"{nobody} AND {named}")
    if contract.name == "order_lines" and "quantity" in mapped:
        counts["quantity_zero"] = template("r.quantity = 0")
        counts["quantity_zero_amount"] = template("r.quantity = 0 AND (r.amount <> 0 OR :dust)", dust=column(DUST, "r"))
    if contract.name == "order_lines" and products is not None:
        counts["unknown_product"] = template("p.product_id IS NULL")
    if not counts:
        return None
    tree = exp.select(
        *(
            exp.alias_(
                template("CAST(COALESCE(SUM(CASE WHEN :c THEN 1 ELSE 0 END), 0) AS BIGINT)", c=condition),
                name,
            )
            for name, condition in counts.items()
        )
    ).from_(filled(rows, contract))
    if contract.name == "order_lines" and products is not None:
        ids = exp.select(column("product_id")).distinct().from_(products.table())
        tree = tree.join(ids.subquery("p"), on=template("r.product_id = p.product_id"), join_type="left")
    return Query(tree.where(_kept()))


def kept_rows(rows: Relation, contract: Contract) -> Query:
    """Return the rows of a load that are kept, with all columns of the contract."""
    return Query(exp.select("r.*").from_(filled(rows, contract)).where(_kept()))


def _kept() -> exp.Expr:
    return template(":codes IS NULL AND NOT :repeat", codes=column(CODES, "r"), repeat=column(REPEAT, "r"))


def notes(counts: Mapping[str, int]) -> tuple[Note, ...]:
    """Return a sentence for every rule that applied.

    `counts` are those of :func:`note_counts`; of order lines, `lines_alone` counts those without a customer whose order
    has none either.
    """
    found = []
    for name, code in _NOTES.items():
        if counts.get(name):
            params = {"rows": counts[name]}
            if name == "quantity_zero":
                params["with_amount"] = counts["quantity_zero_amount"]
            found.append(Note(code=code, params=params))
    return tuple(found)


_CARRIED = ("phone", "email", "username")
"""Columns by which matching finds the customer of a row that names none."""

_NOTES = {
    "amount_zero": "load.note.amount_zero",
    "amount_dust": "load.note.amount_dust",
    "amount_negative": "load.note.amount_negative",
    "quantity_zero": "load.note.quantity_zero",
    "no_customer": "load.note.no_customer",
    "lines_alone": "load.note.lines_alone",
    "by_contact": "load.note.by_contact",
    "by_name": "load.note.by_name",
    "unknown_product": "load.note.unknown_product",
}
