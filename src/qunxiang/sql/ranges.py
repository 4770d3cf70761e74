"""Ranges of numbers as tables keep them: ``50-99``, ``1000+`` (open above), ``0-49``, and ``85``, a single number."""

from __future__ import annotations

from sqlglot import exp

from qunxiang.sql.query import template

RANGE = r"^[0-9]{1,16}(?:\.[0-9]{1,2})?(?:\+|-[0-9]{1,16}(?:\.[0-9]{1,2})?)?$"
"""The form of a range; an open one begins at its number, one without a lower end at 0."""

EXACT = r"^[0-9.]+$"
"""The form of a range that is one number."""


def least(kept: exp.Expr) -> exp.Expr:
    """Return the lower end, DECIMAL; NULL when the text is no range."""
    return _end(kept, "^([0-9.]+)")


def most(kept: exp.Expr) -> exp.Expr:
    """Return the upper end, DECIMAL; NULL when the range is open above, or the text is none."""
    return _end(kept, "([0-9.]+)$")


def exact(kept: exp.Expr) -> exp.Expr:
    """Return the number of a range that is one, as text; NULL when it is wider."""
    return template("CASE WHEN REGEXP_MATCHES(:r, :form) THEN :r END", r=kept, form=EXACT)


def holds(kept: exp.Expr, number: exp.Expr) -> exp.Expr:
    """Return the condition that a number lies in a range, both ends included."""
    return template(
        "COALESCE(:n >= :least AND (CONTAINS(:r, '+') OR :n <= :most), FALSE)",
        n=number,
        r=kept,
        least=least(kept),
        most=most(kept),
    )


def _end(kept: exp.Expr, part: str) -> exp.Expr:
    return template(
        "CASE WHEN REGEXP_MATCHES(:r, :form) THEN TRY_CAST(REGEXP_EXTRACT(:r, :part, 1) AS DECIMAL(18, 2)) END",
        r=kept,
        form=RANGE,
        part=part,
    )
