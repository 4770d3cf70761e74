"""What a load's rows are beside those that the table has: new ones, changed ones, and what a changed row is then."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from qunxiang.intake.blanks import was_blanked
from qunxiang.intake.keys import CODES, REPEAT, derived, filled_by_ranges, has_blanks, known
from qunxiang.intake.range_readings import number_after
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import ROW
from qunxiang.sql import Query, Relation, column, template
from qunxiang.tables import Contract

STATUS = "__status__"


def head_comparison(
    rows: Relation,
    head: Relation,
    contract: Contract,
    recognition: Recognition,
    system: str | None = None,
    *,
    rekeyed: bool = False,
) -> Query:
    """Find the accepted rows that are new, or differ from the head's row of the same key in a loaded column.

    A load that says its `system` loads that column, too. A value that was left empty is no other than the head's.

    Parameters
    ----------
    rekeyed
        Whether rows have the keys of those that they mend, which their own content would not give.

    Returns
    -------
    Query
        One row per new or changed row: ``__row__``, ``__status__`` (``new`` or ``changed``).
    """
    on = exp.and_(*(template(":l = :r", l=column(k, "r"), r=column(k, "h")) for k in contract.key))
    absent = template(":k IS NULL", k=column(contract.key[0], "h"))
    custom = {c.name for c in contract.columns if c.keyless}
    loaded = known(contract, recognition, system)
    compared = [n for n in loaded if n not in contract.key]
    if derived(contract, recognition) and not rekeyed:  # what is in the key cannot differ
        compared = [n for n in compared if n in custom or n not in recognition.mapping]
    if head.columns:  # the head may be older than a column of the contract
        compared = [n for n in compared if n in head.columns or n in custom]
    comes = {n: of_load(contract, recognition, n, head, "r") for n in compared}
    differs = [template(":l IS DISTINCT FROM :r", l=comes[n], r=of_head(contract, n, head)) for n in compared]
    if has_blanks(rows):
        unread = [was_blanked(n, "r") for n in compared]
        differs = [template("(:d AND NOT :unread)", d=d, unread=u) for d, u in zip(differs, unread, strict=True)]
    status = template("CASE WHEN :absent THEN 'new' ELSE 'changed' END", absent=absent)
    tree = (
        exp.select(column(ROW, "r"), exp.alias_(status, STATUS, quoted=True))
        .from_(rows.table("r"))
        .join(head.table("h"), on=on, join_type="left")
        .where(template(":codes IS NULL AND NOT :repeat", codes=column(CODES, "r"), repeat=column(REPEAT, "r")))
        .where(reduce(exp.or_, differs, absent))
    )
    return Query(tree)


def of_head(contract: Contract, name: str, head: Relation) -> exp.Expr:
    """Return a column of the head (alias ``h``) in its type of today; NULL where the head is older than the column."""
    found = contract.column(name)
    if head.columns and name not in head.columns:
        return exp.cast(exp.null(), exp.DataType.build(found.type.sql if found else "VARCHAR", dialect="duckdb"))
    there = column(name, "h")
    if found is not None and found.keyless:  # its type may have been widened since, or be a custom column's
        return exp.cast(there, exp.DataType.build(found.type.sql, dialect="duckdb"))
    return there


def of_load(contract: Contract, recognition: Recognition, name: str, head: Relation, load: str) -> exp.Expr:
    """Return what a column of a known row (head's alias ``h``) is after a load (alias `load`).

    A range that holds the exact number which is there does not take it away, nor does a row that tells no range.
    """
    came, told = column(name, load), filled_by_ranges(contract, recognition).get(name)
    return came if told is None else number_after(came, column(told, load), of_head(contract, name, head))
