"""How a staged value is read as a column type: cleaned text, tolerant forms, the value, what was mended, what is wrong.

Every form is written so that all engines answer alike: explicit character lists instead of Unicode classes,
replacements of every occurrence, tolerant casts behind a check of the form. A plain value passes by a cheap test; what
costs is asked of the few that need it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from qunxiang.intake.amounts import (
    CONTRADICTION,
    converted,
    currency_code,
    currency_mark,
    currency_name,
    currency_of,
    number_form,
    repaired_number,
)
from qunxiang.intake.dates import (
    date_code,
    date_form,
    date_value,
    in_utc,
    moment_value,
    ordered_form,
    repaired_date,
    time_form,
)
from qunxiang.intake.plan import Plan, Role, role_of
from qunxiang.intake.staging import Kind
from qunxiang.intake.texts import text_code, text_form, text_repair, text_value
from qunxiang.intake.words import nothing
from qunxiang.sql import column, literal, template
from qunxiang.tables import Column, ColumnType

LONGEST_TEXT = 10_000
CENT_TOLERANCE = 1e-6  # currency units between a float and the cent it is read as

_BLANK = " \t\r\n\u3000\u00a0\ufeff"
_TRUE = ("true", "t", "yes", "y", "1", "是", "真", "有")
_FALSE = ("false", "f", "no", "n", "0", "否", "假", "无")
_LARGEST_FLOAT = 1.7976931348623157e308
_EXACT_INTEGERS = 9.0e15
_NUMBERS = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.MONEY)
_DATES = (ColumnType.DATE, ColumnType.TIMESTAMP)


@dataclass(frozen=True)
class Carrier:
    """A staged column as it is to be read: its expression, its kind, and its name in the source."""

    source: exp.Expr
    kind: Kind
    name: str


@dataclass(frozen=True)
class Row:
    """What other columns of the same row say, as names of earlier steps: its currency, its country, its day."""

    currency: exp.Expr | None = None
    country: exp.Expr | None = None
    day: exp.Expr | None = None


STEPS = ("clean", "form", "aside", "second", "value", "currency", "final")
"""Steps of a reading in order; each may use those before it by their names."""


@dataclass(frozen=True)
class Names:
    """Names of a reading's steps in the rows: their letters ``t n a m v c w``, then ``b`` (code) and ``r`` (repair)."""

    number: int

    def __getitem__(self, step: str) -> str:
        return f"{'tnamvcwbr'[(*STEPS, 'code', 'repair').index(step)]}{self.number}__"


@dataclass(frozen=True)
class Reading:
    """Expressions that read one source column as one contract column; a step that is None is not needed.

    `code` is NULL when the value keeps the contract, `repair` when nothing had to be mended or decided. `result` is
    the name of the step that holds the value.
    """

    clean: exp.Expr
    form: exp.Expr | None
    aside: exp.Expr | None
    second: exp.Expr | None
    value: exp.Expr
    currency: exp.Expr | None
    final: exp.Expr | None
    code: exp.Expr
    repair: exp.Expr | None
    result: str


def reading(carrier: Carrier, target: Column, names: Names, plan: Plan, row: Row) -> Reading:
    """Return how a source column is read as `target`."""
    kind, type_ = carrier.kind, target.type
    t, n, a, m, v, c, w = (column(names[step]) for step in STEPS)
    form = aside = second = final = None
    number = t
    if kind is Kind.TEXT:
        form = _form(t, carrier, target, plan, row)
        number = n
        if type_ in _DATES:
            aside = time_form(n)
            second = ordered_form(n, a, plan.orders.get(target.name), plan.last_short_year(target), plan.date_system)
            number = m
        elif type_ is ColumnType.MONEY:
            second = currency_mark(t, comma=target.name in plan.commas)
        elif type_ is ColumnType.TEXT and role_of(target) is Role.CURRENCY:
            second = currency_code(n)
    value = _value(t, number, m, kind, target, plan)
    currency = None
    if type_ is ColumnType.MONEY and (kind is Kind.TEXT or row.currency is not None or _foreign(plan)):
        currency = currency_of(m if kind is Kind.TEXT else None, row.currency, plan)
        final = converted(v, c, row.day, plan)
    if type_ is ColumnType.TEXT and role_of(target) is Role.CURRENCY:
        final = currency_name(v, plan)
    result = names["final"] if final is not None else names["value"]
    known = None if currency is None else c
    code = _code(t, number, v, w if final is not None else v, known, kind, target, plan)
    repair = _repair(t, n, m, v, known, kind, target, plan)
    clean = cleaned(carrier.source, kind)
    return Reading(clean, form, aside, second, value, currency, final, code, repair, result)


def _foreign(plan: Plan) -> bool:
    return plan.options.currency not in (None, plan.currency)


def cleaned(source: exp.Expr, kind: Kind) -> exp.Expr:
    """Return a staged cell without blanks at its ends; NULL when nothing is left."""
    if kind is Kind.TEXT:
        # trimming characters costs seven times what looking for them does, and few cells need it
        return template(
            "CASE WHEN REGEXP_MATCHES(:x, :edge) THEN NULLIF(TRIM(:x, :blank), '') WHEN :x <> '' THEN :x END",
            x=source,
            blank=_BLANK,
            edge=f"^[{_BLANK}]|[{_BLANK}]$",
        )
    if kind is Kind.FLOAT:
        return template("CASE WHEN NOT ISNAN(:x) THEN :x END", x=source)
    return source


def _form(t: exp.Expr, carrier: Carrier, target: Column, plan: Plan, row: Row) -> exp.Expr:
    """Bring tolerated spellings into the one form that a cast reads; NULL when it is none of them."""
    if target.type in _NUMBERS:
        return number_form(t, target.type, comma=target.name in plan.commas)
    if target.type in _DATES:
        return date_form(t)
    if target.type is ColumnType.TEXT:
        width = plan.options.width(target.name, carrier.name)
        return text_form(t, role_of(target), plan, width=width, country=row.country)
    return t.copy()


def _value(t: exp.Expr, n: exp.Expr, m: exp.Expr, kind: Kind, target: Column, plan: Plan) -> exp.Expr:
    type_ = target.type
    if type_ is ColumnType.TEXT and kind is Kind.TEXT:
        role = role_of(target)
        read = text_value(n, role, plan)
        return template("COALESCE(:m, :read)", m=m, read=read) if role is Role.CURRENCY else read
    if type_ is ColumnType.DATE and target.name in _YEARLY and kind in (Kind.INTEGER, Kind.TEXT):
        whole = date_value(n, plan.time_zone) if kind is Kind.TEXT else exp.cast(exp.null(), "DATE")
        return _year_value(t, whole)
    if type_ is ColumnType.DATE and kind is Kind.TEXT:
        return date_value(n, plan.time_zone)
    if type_ is ColumnType.TIMESTAMP and kind is Kind.TEXT:
        return moment_value(n, plan.time_zone)
    return _VALUES[type_](t, n, kind, plan.time_zone)


_YEARLY = frozenset({"founded_on"})
"""Dates of which sources often know the year alone."""


def _year_value(t: exp.Expr, whole: exp.Expr) -> exp.Expr:
    """Read a bare year as its first day: how old a company is does not hang on the month."""
    text = template("CAST(:t AS VARCHAR)", t=t)
    return template(
        "CASE WHEN REGEXP_MATCHES(:x, '^(1[0-9]|20)[0-9][0-9]年?$') THEN CAST(SUBSTR(:x, 1, 4) || '-01-01' AS DATE)"
        " ELSE :whole END",
        x=text,
        whole=whole,
    )


def as_text(t: exp.Expr, kind: Kind) -> exp.Expr:
    """Return a cell that is no text as text."""
    if kind is Kind.FLOAT:  # a column of whole numbers with gaps comes as floats; 123.0 is the id 123
        return template(
            """CASE WHEN :t = FLOOR(:t) AND ABS(:t) < :exact THEN CAST(TRY_CAST(FLOOR(:t) AS BIGINT) AS VARCHAR)
                    ELSE TRIM(TRAILING '0' FROM CAST(TRY_CAST(:t AS DECIMAL(38, 9)) AS VARCHAR)) END""",
            t=t,
            exact=_EXACT_INTEGERS,
        )
    if kind is Kind.MOMENT:
        return template("CAST(CAST(:t AS TIMESTAMP) AS VARCHAR)", t=t)
    return template("CAST(:t AS VARCHAR)", t=t)


def _integer(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind is Kind.INTEGER:
        return t.copy()
    if kind is Kind.FLOAT:
        return template(
            "CASE WHEN :t = FLOOR(:t) AND ABS(:t) < :exact THEN TRY_CAST(FLOOR(:t) AS BIGINT) END",
            t=t,
            exact=_EXACT_INTEGERS,
        )
    if kind is Kind.TEXT:
        return template(
            """CASE WHEN TRY_CAST(:n AS DECIMAL(38, 6)) = FLOOR(TRY_CAST(:n AS DECIMAL(38, 6)))
                    THEN TRY_CAST(FLOOR(TRY_CAST(:n AS DECIMAL(38, 6))) AS BIGINT) END""",
            n=n,
        )
    return template("CAST(NULL AS BIGINT)")


def _number(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind is Kind.INTEGER:
        return template("CAST(:t AS DOUBLE)", t=t)
    if kind in (Kind.FLOAT, Kind.TEXT):
        x = template("TRY_CAST(:n AS DOUBLE)", n=n) if kind is Kind.TEXT else t
        return template("CASE WHEN ABS(:x) <= :largest THEN :x END", x=x, largest=_LARGEST_FLOAT)
    return template("CAST(NULL AS DOUBLE)")


def _money(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind is Kind.INTEGER:
        return template("TRY_CAST(:t AS DECIMAL(18, 2))", t=t)
    if kind in (Kind.FLOAT, Kind.TEXT):
        # a float near a cent is that cent; the second term is the float's own precision at large amounts
        return template(
            """CASE WHEN ABS(CAST(TRY_CAST(:x AS DECIMAL(18, 2)) AS DOUBLE) - TRY_CAST(:x AS DOUBLE))
                         <= :cent + ABS(TRY_CAST(:x AS DOUBLE)) * 3e-16
                    THEN TRY_CAST(:x AS DECIMAL(18, 2)) END""",
            x=n if kind is Kind.TEXT else t,
            cent=CENT_TOLERANCE,
        )
    return template("CAST(NULL AS DECIMAL(18, 2))")


def _boolean(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind is Kind.BOOLEAN:
        return t.copy()
    if kind in (Kind.INTEGER, Kind.FLOAT):
        return template("CASE WHEN :t = 1 THEN TRUE WHEN :t = 0 THEN FALSE END", t=t)
    if kind is Kind.TEXT:
        return truth(t)
    return template("CAST(NULL AS BOOLEAN)")


def truth(text: exp.Expr) -> exp.Expr:
    """Read a word for yes or no; NULL when it is neither."""
    lowered = template("LOWER(:t)", t=text)
    yes = exp.In(this=lowered.copy(), expressions=[literal(word) for word in _TRUE])
    no = exp.In(this=lowered.copy(), expressions=[literal(word) for word in _FALSE])
    return template("CASE WHEN :yes THEN TRUE WHEN :no THEN FALSE END", yes=yes, no=no)


def _date(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind in (Kind.DATE, Kind.NAIVE):
        return template("CAST(:t AS DATE)", t=t)
    if kind is Kind.MOMENT:
        return template("CAST(:t AT TIME ZONE :zone AS DATE)", t=t, zone=time_zone)
    return template("CAST(NULL AS DATE)")


def _timestamp(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind is Kind.MOMENT:
        return t.copy()
    if kind in (Kind.DATE, Kind.NAIVE):
        return in_utc(template("CAST(:t AS TIMESTAMP)", t=t), time_zone)
    return template("CAST(NULL AS TIMESTAMPTZ)")


_VALUES = {
    ColumnType.TEXT: lambda t, _n, kind, _time_zone: as_text(t, kind),
    ColumnType.INTEGER: _integer,
    ColumnType.NUMBER: _number,
    ColumnType.MONEY: _money,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.DATE: _date,
    ColumnType.TIMESTAMP: _timestamp,
}


def _code(
    t: exp.Expr,
    n: exp.Expr,
    v: exp.Expr,
    w: exp.Expr,
    currency: exp.Expr | None,
    kind: Kind,
    target: Column,
    plan: Plan,
) -> exp.Expr:
    """Return the code of the first promise that the value breaks, or NULL."""
    case = exp.Case()
    if kind is Kind.TEXT:
        case = case.when(template("CONTAINS(:t, CHR(0))", t=t), literal("reject.nul"))
        case = case.when(template("CONTAINS(:t, CHR(65533))", t=t), literal("reject.encoding"))
        case = case.when(template("LENGTH(:t) > :longest", t=t, longest=LONGEST_TEXT), literal("reject.too_long"))
    failed = template("NOT :t IS NULL AND :v IS NULL", t=t, v=v)
    if kind is Kind.TEXT and target.type is ColumnType.TEXT:
        wrong = text_code(n, role_of(target), names=target.name == "name")
        if wrong.args.get("ifs"):
            case = case.when(template("NOT :wrong IS NULL", wrong=wrong), wrong.copy())
    else:
        if kind is Kind.TEXT:
            failed = exp.and_(failed, template("NOT :nothing", nothing=exp.paren(nothing(t, None, plan))))
        case = case.when(failed, _type_code(t, n, kind, target.type))
    if currency is not None:
        foreign = template(
            "CASE WHEN :c = :contradiction THEN 'reject.money.two_currencies' ELSE 'reject.money.currency' END",
            c=currency,
            contradiction=CONTRADICTION,
        )
        case = case.when(template("NOT :v IS NULL AND :w IS NULL", v=v, w=w), foreign)
    if target.required:
        case = case.when(template(":v IS NULL", v=v), literal("reject.required"))
    if target.minimum is not None:
        case = case.when(template(":v < :bound", v=w, bound=target.minimum), literal("reject.below"))
    if target.maximum is not None:
        case = case.when(template(":v > :bound", v=w, bound=target.maximum), literal("reject.above"))
    return case if case.args.get("ifs") else template("CAST(NULL AS VARCHAR)")


def _type_code(t: exp.Expr, n: exp.Expr, kind: Kind, type_: ColumnType) -> exp.Expr:
    if type_ is ColumnType.MONEY and kind in (Kind.TEXT, Kind.FLOAT, Kind.INTEGER):
        number = n if kind is Kind.TEXT else t
        return template(
            """CASE WHEN TRY_CAST(:x AS DOUBLE) IS NULL THEN 'reject.money'
                    WHEN TRY_CAST(:x AS DECIMAL(18, 2)) IS NULL THEN 'reject.money.too_large'
                    ELSE 'reject.money.decimals' END""",
            x=number,
        )
    if type_ in _DATES and kind is Kind.TEXT:
        return date_code(t, n, _TYPE_CODES[type_])
    return literal(_TYPE_CODES[type_])


_TYPE_CODES = {
    ColumnType.TEXT: "reject.text",
    ColumnType.INTEGER: "reject.integer",
    ColumnType.NUMBER: "reject.number",
    ColumnType.MONEY: "reject.money",
    ColumnType.BOOLEAN: "reject.boolean",
    ColumnType.DATE: "reject.date",
    ColumnType.TIMESTAMP: "reject.timestamp",
}


def _repair(
    t: exp.Expr,
    n: exp.Expr,
    m: exp.Expr,
    v: exp.Expr,
    currency: exp.Expr | None,
    kind: Kind,
    target: Column,
    plan: Plan,
) -> exp.Expr | None:
    """Return the name of what was mended in a sound value, or None where nothing can be."""
    foreign = None
    if currency is not None and plan.rates:
        foreign = template(
            "CASE WHEN NOT :v IS NULL AND :c <> :own THEN 'currency' END", v=v, c=currency, own=plan.currency
        )
    if kind is not Kind.TEXT:
        return foreign
    if target.type is ColumnType.TEXT:
        return text_repair(t, v, role_of(target), plan)
    if target.type in _DATES:
        mended = template("CASE WHEN :t <> :m THEN :date END", t=t, m=m, date=repaired_date(t, plan.date_system))
    elif target.type in _NUMBERS:
        mended = template("CASE WHEN :t <> :n THEN :number END", t=t, n=n, number=repaired_number(t))
    else:
        mended = exp.null()
    if foreign is not None:
        mended = template("COALESCE(:foreign, :mended)", foreign=foreign, mended=mended)
    return template(
        "CASE WHEN :v IS NULL THEN CASE WHEN NOT :t IS NULL THEN 'nothing' END ELSE :mended END",
        t=t,
        v=v,
        mended=mended,
    )
