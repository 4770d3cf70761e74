"""Values that cannot be read and are left empty: in which columns they may be, and what a row says of them.

A load that leaves values empty has two columns more in its rows: ``__blanked__`` (``code:column``, comma separated) and
``__blanked_reasons__`` (a JSON list), both NULL in rows of which every value was read and in rejected ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from qunxiang.intake.keys import BLANKED, CODES, REPEAT
from qunxiang.intake.plan import Role, role_of
from qunxiang.sql import column, template
from qunxiang.tables import Column, Contract


def may_be_blank(mapped: Sequence[Column], contract: Contract) -> frozenset[str]:
    """Return the columns of a load in which a value that cannot be read may be left empty: rows mean the same without.

    Keys, required columns, ids of other records and columns of which a row needs one may not; nor may the currency, by
    which amounts are read.

    Parameters
    ----------
    mapped
        Columns that the source fills, as the load requires them.
    """
    required = {c.name for c in mapped if c.required}
    needed = {name for group in contract.one_of if not required.intersection(group) for name in group}
    fixed = required | needed | set(contract.key)
    return frozenset(c.name for c in mapped if c.name not in fixed and not _refers(c))


def _refers(target: Column) -> bool:
    return target.name.endswith("_id") or role_of(target) is Role.CURRENCY


def holds_blanks(table: str, *, repeats: bool) -> exp.Expr:
    """Return the condition that a row is kept and has values that were left empty.

    Without `repeats` only rows that are not in the table already, as an earlier one of the load or mended, have them.
    """
    kept = template("(:codes IS NULL AND NOT :b IS NULL)", codes=column(CODES, table), b=column(BLANKED, table))
    return kept if repeats else exp.and_(kept, template("NOT :again", again=column(REPEAT, table)))


def was_blanked(name: str, table: str) -> exp.Expr:
    """Return the condition that a row left the value of a column empty."""
    return template("COALESCE(CONTAINS(:b || ',', :n), FALSE)", b=column(BLANKED, table), n=f":{name},")
