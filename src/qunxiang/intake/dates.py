"""Dates and moments as people write them: 2024年3月5日 下午3:05, 5/3/24, 20240305, a workbook's 45356."""

from __future__ import annotations

from sqlglot import exp

from qunxiang.model import DateOrder
from qunxiang.sql import template

DATE = r"^\d{4}-\d{1,2}-\d{1,2}$"
MOMENT = r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?$"
ZONED = (
    r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}"
    r"(?:(?::\d{2}(?:\.\d{1,9})?)? ?(?:Z|[+-]\d{2}:?\d{2})|:\d{2}(?:\.\d{1,9})?[+-]\d{2})$"
)
"""A moment with its distance from UTC; one of hours alone (+08, as databases write it) stands behind seconds only."""
UNORDERED = r"^\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})(?:\D.*)?$"
"""A date whose parts do not say which is the day."""
SERIAL = r"^[1-9]\d{4}(?:\.\d{1,12})?$"
"""A workbook's days since 1900 or 1904, with the time as a share of a day."""

_WIDE = "０１２３４５６７８９－／：年月/时点分日秒"
_HALF = "0123456789--:---::: "  # the last character has no counterpart and is removed
_READY = (
    r"^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?(?:[+-]\d{2})?)?)?"
    r"(?: ?(?:Z|[+-]\d{2}:?\d{2}))?$"
)
_COMPACT = r"^(?:19|20)\d{6}$"
_COMPACT_MOMENT = r"^(?:19|20)\d{12}$"
_PARTS = r"^(\d{1,2})[-.](\d{1,2})[-.](\d{4}|\d{2})(?:\D.*)?$"
_YEAR_FIRST = r"^(\d{4})[-.](\d{1,2})[-.](\d{1,2})(?:\D.*)?$"
_DAY_PART = r"^(?:\d{4}[-.]\d{1,2}[-.]\d{1,2}|\d{1,2}[-.]\d{1,2}[-.](?:\d{4}|\d{2}))"
_WEEKDAY = "(?:星期|周|礼拜)[一二三四五六日天]"
_AFTERNOON = "下午|晚上|傍晚|(?i:p\\.?m)"
_MORNING = "上午|凌晨|早上|早晨|清晨|(?i:a\\.?m)"
_CLOCK = r"(\d{1,2}):\d{2}"
_LAST_1900 = 73_050  # 2100-01-01
_SECONDS = 86_400


def date_form(t: exp.Expr) -> exp.Expr:
    """Bring a date's digits and separators into one form; its parts stay where they are."""
    return template(
        """CASE WHEN REGEXP_MATCHES(:t, :ready) THEN :t
                WHEN REGEXP_MATCHES(:t, :compact)
                THEN SUBSTR(:t, 1, 4) || '-' || SUBSTR(:t, 5, 2) || '-' || SUBSTR(:t, 7, 2)
                WHEN REGEXP_MATCHES(:t, :long)
                THEN SUBSTR(:t, 1, 4) || '-' || SUBSTR(:t, 5, 2) || '-' || SUBSTR(:t, 7, 2) || ' '
                     || SUBSTR(:t, 9, 2) || ':' || SUBSTR(:t, 11, 2) || ':' || SUBSTR(:t, 13, 2)
                ELSE TRIM(REPLACE(TRANSLATE(REGEXP_REPLACE(:t, :weekday, ' ', 'g'), :wide, :half), '  ', ' '), ': ')
                END""",
        t=t,
        ready=_READY,
        compact=_COMPACT,
        long=_COMPACT_MOMENT,
        weekday=_WEEKDAY,
        wide=_WIDE,
        half=_HALF,
    )


def ordered_form(
    n: exp.Expr, time: exp.Expr, order: DateOrder | None, last_short_year: str, date_system: int | None
) -> exp.Expr:
    """Put a date's parts in order: year, month, day, and its hour in 24; what cannot be said stays as it is.

    A part above 12 says itself that it is the day; `order` says the rest. `time` is what :func:`time_form` gives.
    """
    ready = template("REGEXP_MATCHES(:n, :ready)", n=n, ready=_READY)
    case = exp.Case().when(ready, n.copy())
    case = case.when(
        template("REGEXP_MATCHES(:n, :parts)", n=n, parts=_PARTS),
        template("COALESCE(:day || :time, :n)", day=_unordered_day(n, order, last_short_year), time=time, n=n),
    )
    case = case.when(
        template("REGEXP_MATCHES(:n, :year_first)", n=n, year_first=_YEAR_FIRST),
        template("COALESCE(:day || :time, :n)", day=_day(n, _YEAR_FIRST, (1, 2, 3)), time=time, n=n),
    )
    if date_system is not None:
        case = case.when(template("REGEXP_MATCHES(:n, :serial)", n=n, serial=SERIAL), _serial(n, date_system))
    return case.else_(n.copy())


def _part(n: exp.Expr, pattern: str, group: int) -> exp.Expr:
    return template("REGEXP_EXTRACT(:n, :pattern, :group)", n=n, pattern=pattern, group=group)


def _day(n: exp.Expr, pattern: str, groups: tuple[int, int, int], last_short_year: str | None = None) -> exp.Expr:
    year, month, day = (_part(n, pattern, g) for g in groups)
    if last_short_year is not None:
        year = template(
            """CASE WHEN LENGTH(:y) = 4 THEN :y WHEN :y <= :last THEN '20' || :y ELSE '19' || :y END""",
            y=year,
            last=last_short_year,
        )
    return template("(:y || '-' || :m || '-' || :d)", y=year, m=month, d=day)


def _unordered_day(n: exp.Expr, order: DateOrder | None, last_short_year: str) -> exp.Expr:
    first, second = (template("TRY_CAST(:p AS DOUBLE)", p=_part(n, _PARTS, g)) for g in (1, 2))
    dmy = _day(n, _PARTS, (3, 2, 1), last_short_year)
    mdy = _day(n, _PARTS, (3, 1, 2), last_short_year)
    case = exp.Case()
    case = case.when(template(":a > 12 OR :a = :b", a=first, b=second), dmy)
    case = case.when(template(":b > 12", b=second), mdy)
    return case if order in (None, "reject") else case.else_((dmy if order == "dmy" else mdy).copy())


def time_form(n: exp.Expr) -> exp.Expr:
    """Return the time that follows a day, with a space before it and its hour in 24; '' when there is none.

    NULL for moments that are ready as they stand.
    """
    rest = template("TRIM(REGEXP_REPLACE(:n, :day, '', 'g'), 'T ')", n=n, day=_DAY_PART)
    hour = template("FLOOR(TRY_CAST(REGEXP_EXTRACT(:r, :clock, 1) AS DOUBLE))", r=rest, clock=_CLOCK)
    minutes = template("REGEXP_EXTRACT(:r, :clock, 1)", r=rest, clock=r"\d{1,2}(:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)")
    return template(
        """CASE WHEN REGEXP_MATCHES(:n, :ready) THEN NULL WHEN :r = '' THEN ''
                WHEN REGEXP_MATCHES(:r, :afternoon) AND :hour < 12
                THEN ' ' || CAST(CAST(:hour + 12 AS INTEGER) AS VARCHAR) || :minutes
                WHEN REGEXP_MATCHES(:r, :morning) AND :hour = 12 THEN ' 0' || :minutes
                WHEN REGEXP_MATCHES(:r, :marked) THEN ' ' || CAST(CAST(:hour AS INTEGER) AS VARCHAR) || :minutes
                ELSE ' ' || :r END""",
        n=n,
        ready=_READY,
        r=rest,
        hour=hour,
        minutes=minutes,
        afternoon=_AFTERNOON,
        morning=_MORNING,
        marked=rf"{_AFTERNOON}|{_MORNING}|中午",
    )


def _serial(n: exp.Expr, date_system: int) -> exp.Expr:
    """Return the moment of a workbook's day number; NULL far outside of what a workbook dates."""
    # the count of 1900 takes that year for a leap year, so from March 1900 on its day 0 is 1899-12-30
    first = "1904-01-01" if date_system == 1904 else "1899-12-30"
    days = template("TRY_CAST(:n AS DECIMAL(18, 9))", n=n)
    return template(
        """CASE WHEN :days < :last THEN
             CAST(CAST(:first AS TIMESTAMP)
                  + CAST(FLOOR(:days) AS INTEGER) * INTERVAL '1' DAY
                  + CAST(ROUND((CAST(:days AS DOUBLE) - FLOOR(CAST(:days AS DOUBLE))) * :seconds) AS INTEGER)
                    * INTERVAL '1' SECOND AS VARCHAR) END""",
        days=days,
        last=_LAST_1900,
        first=first,
        seconds=_SECONDS,
    )


def date_value(n: exp.Expr, time_zone: str) -> exp.Expr:
    """Read the form of :func:`ordered_form` as a day."""
    return template(
        """CASE WHEN REGEXP_MATCHES(:n, :date) THEN TRY_CAST(:n AS DATE)
                WHEN REGEXP_MATCHES(:n, :moment) THEN CAST(TRY_CAST(:n AS TIMESTAMP) AS DATE)
                WHEN REGEXP_MATCHES(:n, :zoned)
                THEN CAST(TRY_CAST(:n AS TIMESTAMPTZ) AT TIME ZONE :zone AS DATE) END""",
        n=n,
        date=DATE,
        moment=MOMENT,
        zoned=ZONED,
        zone=time_zone,
    )


def moment_value(n: exp.Expr, time_zone: str) -> exp.Expr:
    """Read the form of :func:`ordered_form` as a moment."""
    return template(
        """CASE WHEN REGEXP_MATCHES(:n, :moment) OR REGEXP_MATCHES(:n, :date) THEN :plain
                WHEN REGEXP_MATCHES(:n, :zoned) THEN TRY_CAST(:n AS TIMESTAMPTZ) END""",
        n=n,
        moment=MOMENT,
        date=DATE,
        zoned=ZONED,
        plain=in_utc(template("TRY_CAST(:n AS TIMESTAMP)", n=n), time_zone),
    )


def has_time(n: exp.Expr) -> exp.Expr:
    """Return the condition that the form of :func:`ordered_form` tells a time of day; a bare midnight tells none."""
    return template(
        "REGEXP_MATCHES(:n, :time) AND NOT REGEXP_MATCHES(:n, :midnight)",
        n=n,
        time=r"\d[T ]\d{1,2}:\d{2}",
        midnight=r"[T ]0{1,2}:00(?::00(?:\.0+)?)?$",
    )


def repaired_date(t: exp.Expr, date_system: int | None) -> exp.Expr:
    """Return what had to be decided to read a date, or NULL."""
    case = exp.Case().when(template("REGEXP_MATCHES(:t, :form)", t=t, form=UNORDERED), exp.Literal.string("order"))
    if date_system is not None:
        case = case.when(template("REGEXP_MATCHES(:t, :form)", t=t, form=SERIAL), exp.Literal.string("serial"))
    return case


def date_code(t: exp.Expr, n: exp.Expr, other: str) -> exp.Expr:
    """Return why a text is no date."""
    return template(
        """CASE WHEN REGEXP_MATCHES(:t, :unordered) AND REGEXP_MATCHES(:n, :parts) THEN 'reject.date.ambiguous'
                WHEN REGEXP_MATCHES(:t, :serial) THEN 'reject.date.serial' ELSE :other END""",
        t=t,
        n=n,
        unordered=UNORDERED,
        parts=_PARTS,
        serial=SERIAL,
        other=other,
    )


def in_utc(naive: exp.Expr, time_zone: str) -> exp.Expr:
    """Return the moment of a wall-clock time in `time_zone`."""
    if time_zone == "UTC":
        return template("CAST(:x AS TIMESTAMPTZ)", x=naive)
    # not AT TIME ZONE: from a wall clock it turns the other way round in Spark
    shifted = exp.ConvertTimezone(
        source_tz=exp.Literal.string(time_zone), target_tz=exp.Literal.string("UTC"), timestamp=naive.copy()
    )
    return template("CAST(:x AS TIMESTAMPTZ)", x=shifted)
