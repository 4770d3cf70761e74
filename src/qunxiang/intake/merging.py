"""Putting a load's rows into the table: rows to append, or the whole table when loaded rows change some."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from qunxiang.intake.blanks import was_blanked
from qunxiang.intake.comparison import STATUS, of_head, of_load
from qunxiang.intake.keys import BLANKED, CODES, REPEAT, filled, has_blanks, known
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import ROW
from qunxiang.sql import Query, Relation, column, template
from qunxiang.tables import Contract


def new_rows(rows: Relation, contract: Contract, fresh: Relation | None) -> Query:
    """Return the rows to append: all accepted ones, or those that `fresh` (see `head_comparison`) calls new.

    Returns
    -------
    Query
        One row per new row, columns of `contract`.
    """
    tree = exp.select(*(column(n, "r") for n in contract.names)).from_(filled(rows, contract))
    if fresh is not None:
        on = template(":a = :b", a=column(ROW, "r"), b=column(ROW, "f"))
        tree = tree.join(fresh.table("f"), on=on).where(template(":s = 'new'", s=column(STATUS, "f")))
        return Query(tree)
    return Query(
        tree.where(template(":codes IS NULL AND NOT :repeat", codes=column(CODES, "r"), repeat=column(REPEAT, "r")))
    )


def replacement(
    rows: Relation,
    fresh: Relation,
    head: Relation,
    contract: Contract,
    recognition: Recognition,
    system: str | None = None,
) -> Query:
    """Return the table's next content when some rows changed.

    A changed row takes the loaded columns from the load (see :func:`qunxiang.intake.keys.known`: those with a source,
    the key, the source system) and keeps the others as they were; so it does with values that were left empty.

    Returns
    -------
    Query
        One row per key, columns of `contract`.
    """
    keys = _and([template(":a = :b", a=column(k, "h"), b=column(k, "c")) for k in contract.key])
    blanks = has_blanks(rows)
    fresh_rows = (
        exp.select(*(column(n, "r") for n in (*contract.names, *((BLANKED,) if blanks else ()))))
        .from_(filled(rows, contract))
        .join(fresh.table("f"), on=template(":a = :b", a=column(ROW, "r"), b=column(ROW, "f")))
    )
    kept = (
        exp.select(*(_of_head(contract, n, head) for n in contract.names))
        .from_(head.table("h"))
        .join(fresh_rows.copy().subquery("c"), on=keys, join_type="anti")
    )
    loaded = set(known(contract, recognition, system))
    merged = (
        exp.select(
            *(
                _loaded(contract, recognition, n, head, blanks) if n in loaded else _of_head(contract, n, head)
                for n in contract.names
            )
        )
        .from_(fresh_rows.copy().subquery("c"))
        .join(head.table("h"), on=keys.copy(), join_type="left")
    )
    return Query(exp.union(kept, merged, distinct=False))


def _of_head(contract: Contract, name: str, head: Relation) -> exp.Expr:
    return exp.alias_(of_head(contract, name, head), name, quoted=True)


def _loaded(contract: Contract, recognition: Recognition, name: str, head: Relation, blanks: bool) -> exp.Expr:
    value = of_load(contract, recognition, name, head, "c")
    if blanks and name not in contract.key:
        there = of_head(contract, name, head)
        value = template(
            "CASE WHEN :unread THEN :there ELSE :v END", unread=was_blanked(name, "c"), there=there, v=value
        )
    return exp.alias_(value, name, quoted=True)


def _and(conditions: list[exp.Expr]) -> exp.Expr:
    return reduce(exp.and_, conditions)
