"""Counts over a load's rows."""

from __future__ import annotations

from qunxiang.intake.blanks import holds_blanks
from qunxiang.intake.comparison import STATUS
from qunxiang.intake.fates import OPEN
from qunxiang.intake.keys import BLANKED, CODES, REPAIRS, REPEAT
from qunxiang.sql import Query, Relation, column, select


def count_rows(rows: Relation) -> Query:
    """Count a load's rows.

    Returns
    -------
    Query
        One row: `whole` (keep the contract and repeat no earlier row), `rejected`.
    """
    return select(
        """SELECT CAST(COALESCE(SUM(CASE WHEN :codes IS NULL AND NOT :repeat THEN 1 ELSE 0 END), 0) AS BIGINT) AS whole,
                  CAST(COALESCE(SUM(CASE WHEN NOT :codes IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS rejected
           FROM rows__""",
        codes=column(CODES),
        repeat=column(REPEAT),
        rows=rows,
    )


def count_status(fresh: Relation) -> Query:
    """Count new and changed rows: one row per `status` with its `rows`."""
    return select(
        "SELECT COUNT(*) AS rows, :status AS status FROM fresh__ GROUP BY :status", status=column(STATUS), fresh=fresh
    )


def count_reasons(rows: Relation) -> Query:
    """Count rejected rows by their reasons: one row per set of `codes` with its `rows`."""
    return select(
        "SELECT COUNT(*) AS rows, :codes AS codes FROM rows__ WHERE NOT :codes IS NULL GROUP BY :codes",
        codes=column(CODES),
        rows=rows,
    )


def count_repairs(rows: Relation) -> Query:
    """Count accepted rows by what was mended in them: one row per set of `repairs` with its `rows`."""
    return select(
        """SELECT COUNT(*) AS rows, :repairs AS repairs FROM rows__
           WHERE :codes IS NULL AND NOT :repairs IS NULL GROUP BY :repairs""",
        codes=column(CODES),
        repairs=column(REPAIRS),
        rows=rows,
    )


def count_blanked(rows: Relation, *, keyed: bool) -> Query:
    """Count the rows that are kept by their values that were left empty: per set of `codes` its `rows`.

    `keyed` says that rows have their keys from the source; else rows that are there already have none.
    """
    return select(
        "SELECT COUNT(*) AS rows, :blanked AS codes FROM rows__ AS r WHERE :holds GROUP BY :blanked",
        blanked=column(BLANKED, "r"),
        holds=holds_blanks("r", repeats=keyed),
        rows=rows,
    )


def rows_of(rejected: Relation, limit: int) -> Query:
    """Return the first rejected rows by their number in the source."""
    return select(
        """SELECT q.row_number, q.reasons, q.row FROM rejected__ AS q WHERE q.fate = :open
           ORDER BY q.row_number LIMIT :limit""",
        open=OPEN,
        rejected=rejected,
        limit=limit,
    )
