"""How a staged value is read as a column type: cleaned text, tolerant forms, the value, and the code when it fails.

Every form is written so that all engines answer alike: explicit character lists instead of Unicode classes,
replacements of every occurrence, tolerant casts behind a check of the form.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from qunxiang.intake.staging import Kind
from qunxiang.sql import column, literal, template
from qunxiang.tables import Column, ColumnType

LONGEST_TEXT = 10_000
CENT_TOLERANCE = 1e-6  # currency units between a float and the cent it is read as

_BLANK = " \t\r\n\u3000\u00a0\ufeff"
_WIDE_NUMBER = "０１２３４５６７８９．，－＋"
_HALF_NUMBER = "0123456789.,-+"
_NUMBER = r"^[+-]?\s*(?:[¥￥$€£]|CNY|RMB)?\s*[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?\s*元?$"
_PLAIN_NUMBER = r"^-?\d+(?:\.\d+)?$"
_NOT_NUMBER = "[^0-9.eE+-]"
_WIDE_DATE = "０１２３４５６７８９－／：年月/时点分日秒"
_HALF_DATE = "0123456789--:---::: "  # the last character has no counterpart and is removed
_DATE = r"^\d{4}-\d{1,2}-\d{1,2}$"
_COMPACT = r"^(?:19|20)\d{6}$"
_MOMENT = r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?$"
_ZONED = r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)? ?(?:Z|[+-]\d{2}:?\d{2})$"
_AMBIGUOUS = r"^\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})(?:\D.*)?$"
_TRUE = ("true", "t", "yes", "y", "1", "是", "真", "有")
_FALSE = ("false", "f", "no", "n", "0", "否", "假", "无")
_LARGEST_FLOAT = 1.7976931348623157e308
_EXACT_INTEGERS = 9.0e15


@dataclass(frozen=True)
class Reading:
    """Expressions that read one source column as one contract column; each may use the one before by its name.

    `clean` reads the staged column, `form` the clean one (``t``), `value` both (``t``, ``n``), `code` all three
    (``t``, ``n``, ``v``) and is NULL when the value keeps the contract.
    """

    clean: exp.Expr
    form: exp.Expr
    value: exp.Expr
    code: exp.Expr


def reading(source: exp.Expr, kind: Kind, target: Column, names: tuple[str, str, str], time_zone: str) -> Reading:
    """Return how `source` of `kind` is read as `target`.

    Parameters
    ----------
    source
        The staged column.
    names
        Names under which the clean text, the form and the value stand in the following steps.
    time_zone
        IANA name of the zone in which moments without one are read.
    """
    t, n, v = (column(name) for name in names)
    clean = _clean(source, kind)
    form: exp.Expr = template("CAST(NULL AS VARCHAR)")
    if kind is Kind.TEXT:
        form = _form(t, target.type)
    value = _VALUES[target.type](t, n, kind, time_zone)
    return Reading(clean, form, value, _code(t, n, v, kind, target))


def _clean(source: exp.Expr, kind: Kind) -> exp.Expr:
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


def _form(t: exp.Expr, type_: ColumnType) -> exp.Expr:
    """Bring tolerated spellings into the one form that a cast reads; NULL when it is none of them."""
    if type_ in (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.MONEY):
        return template(
            """CASE WHEN REGEXP_MATCHES(:t, :plain) THEN :t
                    WHEN REGEXP_MATCHES(TRANSLATE(:t, :wide, :half), :number)
                    THEN REGEXP_REPLACE(TRANSLATE(:t, :wide, :half), :other, '', 'g') END""",
            t=t,
            plain=_PLAIN_NUMBER,
            wide=_WIDE_NUMBER,
            half=_HALF_NUMBER,
            number=_NUMBER,
            other=_NOT_NUMBER,
        )
    if type_ in (ColumnType.DATE, ColumnType.TIMESTAMP):
        return template(
            """CASE WHEN REGEXP_MATCHES(:t, :moment) THEN :t
                    WHEN REGEXP_MATCHES(:t, :compact)
                    THEN SUBSTR(:t, 1, 4) || '-' || SUBSTR(:t, 5, 2) || '-' || SUBSTR(:t, 7, 2)
                    ELSE TRIM(REPLACE(TRANSLATE(:t, :wide, :half), '  ', ' '), ': ') END""",
            t=t,
            moment=_MOMENT,
            compact=_COMPACT,
            wide=_WIDE_DATE,
            half=_HALF_DATE,
        )
    return template("CAST(NULL AS VARCHAR)")


def _text(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind is Kind.TEXT:
        return t.copy()
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
        lowered = template("LOWER(:t)", t=t)
        yes = exp.In(this=lowered.copy(), expressions=[literal(word) for word in _TRUE])
        no = exp.In(this=lowered.copy(), expressions=[literal(word) for word in _FALSE])
        return template("CASE WHEN :yes THEN TRUE WHEN :no THEN FALSE END", yes=yes, no=no)
    return template("CAST(NULL AS BOOLEAN)")


def _date(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind in (Kind.DATE, Kind.NAIVE):
        return template("CAST(:t AS DATE)", t=t)
    if kind is Kind.MOMENT:
        return template("CAST(:t AT TIME ZONE :zone AS DATE)", t=t, zone=time_zone)
    if kind is Kind.TEXT:
        return template(
            """CASE WHEN REGEXP_MATCHES(:n, :date) THEN TRY_CAST(:n AS DATE)
                    WHEN REGEXP_MATCHES(:n, :moment) THEN CAST(TRY_CAST(:n AS TIMESTAMP) AS DATE)
                    WHEN REGEXP_MATCHES(:n, :zoned)
                    THEN CAST(TRY_CAST(:n AS TIMESTAMPTZ) AT TIME ZONE :zone AS DATE) END""",
            n=n,
            date=_DATE,
            moment=_MOMENT,
            zoned=_ZONED,
            zone=time_zone,
        )
    return template("CAST(NULL AS DATE)")


def _timestamp(t: exp.Expr, n: exp.Expr, kind: Kind, time_zone: str) -> exp.Expr:
    if kind is Kind.MOMENT:
        return t.copy()
    if kind in (Kind.DATE, Kind.NAIVE):
        return in_utc(template("CAST(:t AS TIMESTAMP)", t=t), time_zone)
    if kind is Kind.TEXT:
        return template(
            """CASE WHEN REGEXP_MATCHES(:n, :moment) OR REGEXP_MATCHES(:n, :date) THEN :plain
                    WHEN REGEXP_MATCHES(:n, :zoned) THEN TRY_CAST(:n AS TIMESTAMPTZ) END""",
            n=n,
            moment=_MOMENT,
            date=_DATE,
            zoned=_ZONED,
            plain=in_utc(template("TRY_CAST(:n AS TIMESTAMP)", n=n), time_zone),
        )
    return template("CAST(NULL AS TIMESTAMPTZ)")


_VALUES = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.NUMBER: _number,
    ColumnType.MONEY: _money,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.DATE: _date,
    ColumnType.TIMESTAMP: _timestamp,
}


def in_utc(naive: exp.Expr, time_zone: str) -> exp.Expr:
    """Return the moment of a wall-clock time in `time_zone`."""
    if time_zone == "UTC":
        return template("CAST(:x AS TIMESTAMPTZ)", x=naive)
    # not AT TIME ZONE: from a wall clock it turns the other way round in Spark
    shifted = exp.ConvertTimezone(source_tz=literal(time_zone), target_tz=literal("UTC"), timestamp=naive.copy())
    return template("CAST(:x AS TIMESTAMPTZ)", x=shifted)


def _code(t: exp.Expr, n: exp.Expr, v: exp.Expr, kind: Kind, target: Column) -> exp.Expr:
    """Return the code of the first promise that the value breaks, or NULL."""
    case = exp.Case()
    if kind is Kind.TEXT:
        case = case.when(template("CONTAINS(:t, CHR(0))", t=t), literal("reject.nul"))
        case = case.when(template("LENGTH(:t) > :longest", t=t, longest=LONGEST_TEXT), literal("reject.too_long"))
    failed = template("NOT :t IS NULL AND :v IS NULL", t=t, v=v)
    case = case.when(failed, _type_code(t, n, kind, target.type))
    if target.required:
        case = case.when(template(":v IS NULL", v=v), literal("reject.required"))
    if target.minimum is not None:
        case = case.when(template(":v < :bound", v=v, bound=target.minimum), literal("reject.below"))
    if target.maximum is not None:
        case = case.when(template(":v > :bound", v=v, bound=target.maximum), literal("reject.above"))
    return case


def _type_code(t: exp.Expr, n: exp.Expr, kind: Kind, type_: ColumnType) -> exp.Expr:
    if type_ is ColumnType.MONEY and kind in (Kind.TEXT, Kind.FLOAT, Kind.INTEGER):
        number = n if kind is Kind.TEXT else t
        return template(
            """CASE WHEN TRY_CAST(:x AS DOUBLE) IS NULL THEN 'reject.money'
                    WHEN TRY_CAST(:x AS DECIMAL(18, 2)) IS NULL THEN 'reject.money.too_large'
                    ELSE 'reject.money.decimals' END""",
            x=number,
        )
    if type_ in (ColumnType.DATE, ColumnType.TIMESTAMP) and kind is Kind.TEXT:
        return template(
            "CASE WHEN REGEXP_MATCHES(:t, :ambiguous) THEN 'reject.date.ambiguous' ELSE :other END",
            t=t,
            ambiguous=_AMBIGUOUS,
            other=_TYPE_CODES[type_],
        )
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
