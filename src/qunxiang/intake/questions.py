"""What a whole column decides: whether 5/3/24 is a day in March or in May, whether 1,5 is one and a half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from qunxiang.errors import QuestionError
from qunxiang.intake.dates import UNORDERED
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import Kind, Staged
from qunxiang.model import DateOrder, ReadingOptions
from qunxiang.sql import Query, column, template
from qunxiang.tables import ColumnType, Contract

SAMPLES = 3
_FIRST = r"^\s*(\d{1,2})[-/.]\d{1,2}[-/.]"
_SECOND = r"^\s*\d{1,2}[-/.](\d{1,2})[-/.]"
_COMMA_CENTS = r"^[^0-9]*(?:\d+|\d{1,3}(?:[. ]\d{3})+),\d{1,2}[^0-9]*$"
_POINT_CENTS = r"^[^0-9]*(?:\d+|\d{1,3}(?:,\d{3})+)\.\d{1,2}[^0-9]*$"
_THOUSAND = r"^[^0-9]*\d{1,3}[,.]\d{3}[^0-9]*$"


@dataclass(frozen=True)
class Open:
    """A column whose values may leave something open: its contract column and its column in the source."""

    target: str
    source: str
    physical: str
    dates: bool


def open_columns(staged: Staged, contract: Contract, recognition: Recognition) -> tuple[Open, ...]:
    """Return the text columns that are read as dates or money."""
    found = []
    for target, source in recognition.mapping.items():
        known, carrier = contract.column(target), staged.column(source)
        if known is None or carrier.kind is not Kind.TEXT:
            continue
        if known.type in (ColumnType.DATE, ColumnType.TIMESTAMP):
            found.append(Open(target, source, carrier.physical, dates=True))
        elif known.type is ColumnType.MONEY:
            found.append(Open(target, source, carrier.physical, dates=False))
    return tuple(found)


def evidence(staged: Staged, columns: tuple[Open, ...]) -> Query | None:
    """Count what values of the columns prove.

    Returns
    -------
    Query or None
        One row; per column ``i`` the counts ``one{i}`` (day first, or a comma before cents), ``two{i}`` (month first,
        or a point before cents), ``open{i}`` (neither) and ``least{i}`` (the least open value). None without columns.
    """
    if not columns:
        return None
    projections: list[exp.Expr] = []
    for i, c in enumerate(columns):
        for name, condition in zip(("one", "two", "open"), _date_tests(c) if c.dates else _comma_tests(c), strict=True):
            counted = template("CAST(COALESCE(SUM(CASE WHEN :c THEN 1 ELSE 0 END), 0) AS BIGINT)", c=condition)
            projections.append(exp.alias_(counted, f"{name}{i}"))
            if name == "open":
                least = template("MIN(CASE WHEN :c THEN :x END)", c=condition, x=column(c.physical))
                projections.append(exp.alias_(least, f"least{i}"))
    return Query(exp.select(*projections).from_(staged.relation.table()))


def _date_tests(c: Open) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
    x = column(c.physical)
    first = template("TRY_CAST(REGEXP_EXTRACT(:x, :p, 1) AS DOUBLE)", x=x, p=_FIRST)
    second = template("TRY_CAST(REGEXP_EXTRACT(:x, :p, 1) AS DOUBLE)", x=x, p=_SECOND)
    # few dates begin with one or two digits; the rest is not looked at
    form = template(
        "REGEXP_MATCHES(:x, :first) AND REGEXP_MATCHES(TRIM(:x, ' '), :form)", x=x, first=_FIRST, form=UNORDERED
    )
    tests = (
        template(":a > 12 AND :b <= 12", a=first, b=second),
        template(":b > 12 AND :a <= 12", a=first, b=second),
        template(":a <= 12 AND :b <= 12 AND :a <> :b", a=first, b=second),
    )
    day, month, undecided = (template("CASE WHEN :f THEN :test ELSE FALSE END", f=form, test=test) for test in tests)
    return day, month, undecided


def _comma_tests(c: Open) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
    x = column(c.physical)
    comma = template("CONTAINS(:x, ',')", x=x)
    return (
        template("CASE WHEN :comma THEN REGEXP_MATCHES(:x, :p) ELSE FALSE END", comma=comma, x=x, p=_COMMA_CENTS),
        template(
            "CASE WHEN :comma THEN REGEXP_MATCHES(:x, :p) ELSE CONTAINS(:x, '.') AND REGEXP_MATCHES(:x, :p) END",
            comma=comma,
            x=x,
            p=_POINT_CENTS,
        ),
        template("CASE WHEN :comma THEN REGEXP_MATCHES(:x, :p) ELSE FALSE END", comma=comma, x=x, p=_THOUSAND),
    )


def answers(
    columns: tuple[Open, ...], found: Mapping[str, object], options: ReadingOptions, table: str
) -> tuple[dict[str, DateOrder], frozenset[str]]:
    """Return the order of dates per contract column, and the columns with decimal commas.

    What people said goes first. Else a column decides for itself: a part above 12 proves which one is the day, cents
    behind a comma (and none behind a point) prove decimal commas.

    Raises
    ------
    QuestionError
        When a column holds values that nothing decides.
    """
    orders: dict[str, DateOrder] = {}
    commas: set[str] = set()
    for i, c in enumerate(columns):
        one, two, undecided = (int(str(found[f"{name}{i}"])) for name in ("one", "two", "open"))
        if c.dates:
            said = options.date_order(c.target, c.source)
            if said is not None:
                orders[c.target] = said
            elif one and not two:
                orders[c.target] = "dmy"
            elif two and not one:
                orders[c.target] = "mdy"
            elif undecided:
                raise QuestionError(
                    "error.reading.dates",
                    table=table,
                    column=c.source,
                    rows=undecided,
                    value=str(found[f"least{i}"])[:20],
                )
        elif options.comma(c.target, c.source):
            commas.add(c.target)
        elif one and not two:
            if undecided:
                raise QuestionError(
                    "error.reading.commas",
                    table=table,
                    column=c.source,
                    rows=undecided,
                    value=str(found[f"least{i}"])[:20],
                )
            commas.add(c.target)
    return orders, frozenset(commas)


def may_be_commas(columns: tuple[Open, ...], found: Mapping[str, object]) -> bool:
    """Say whether a column of amounts has commas before cents and, as far as was looked, no points."""
    return any(
        int(str(found[f"one{i}"])) > 0 and int(str(found[f"two{i}"])) == 0 for i, c in enumerate(columns) if not c.dates
    )
