"""Ranges as people write them: 50-99人, 1000人以上, ＜50, 10,000+, 51 to 200 employees, 500-1000万元, US$1M–5M.

以上, 以下 and 以内 include their number, as the Civil Code has it (art. 1259); 不满, 不足 and 超过 do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from qunxiang.intake.amounts import CURRENCY
from qunxiang.sql import literal, template
from qunxiang.tables import ColumnType

_DASHES = "－–—―−‐‑～〜∼~"
_WIDE = f"０１２３４５６７８９，．＋＜＞＝￥＄≦≧⩽⩾\u3000\u00a0\t（）{_DASHES}"
_HALF = f"0123456789,.+<>=¥$≤≥≤≥   (){'-' * len(_DASHES)}"
_TIDY = str.maketrans(_WIDE, _HALF)

_AT_LEAST = "(?:>=|=>|≥|不少于|不低于|不小于|不下于|至少|最少|at least|from|min)"
_AT_MOST = "(?:<=|=<|≤|不超过|不多于|不大于|不高于|至多|最多|up to|at most|max)"
_ABOVE = "(?:>|超过|大于|多于|高于|over|above|more than|greater than)"
_BELOW = "(?:<|少于|不足|不到|不满|未满|小于|低于|under|below|less than|fewer than)"
_FRONT = f"(?:{_AT_LEAST}|{_AT_MOST}|{_ABOVE}|{_BELOW})"
_OR_MORE = r"(?:\+|[及或]?以上(?:\(含\))?|\(含\)以上|or more|or above|or over|and above|and over|and more|and up)"
_OR_LESS = r"(?:[及或]?以下(?:\(含\))?|\(含\)以下|以内|之内|or less|or fewer|or below|and below|and under)"
_BETWEEN = r"\s*(?:-{1,2}|to|至|到)\s*"
_GROUPED = "[0-9]{1,3}(?:,[0-9]{3}){1,5}"
_HEADS = r"\s*(?:名?员工|个人|人|名|位|employees?|people|persons?|staff)?"
_POWERS: tuple[tuple[str, int], ...] = (
    *(("万亿", 12), ("千亿", 11), ("百亿", 10), ("十亿", 9), ("亿", 8), ("千万", 7), ("百万", 6), ("十万", 5)),
    *(("万", 4), ("千", 3), ("million", 6), ("mn", 6), ("mm", 6), ("m", 6), ("billion", 9), ("bn", 9), ("b", 9)),
    *(("thousand", 3), ("k", 3), ("w", 4)),
)
"""Units and their powers of ten, each before those that it begins with."""
_UNIT = "(" + "|".join(word + (r"\b" if word.isascii() else "") for word, _ in _POWERS) + ")"
_HEAD_UNIT = r"(?:万|千|k\b|w\b)"
_MOST = 0.5
_LONGEST = 80  # characters of a range
_SPLIT = "~"  # between the two ends, which have none


@dataclass(frozen=True)
class RangeForm:
    """How ranges of one kind of number are written: patterns of two ends and of one, alike in Python and in SQL.

    Texts are small letters with plain digits, see :func:`tidied`. `whole` numbers are counted.
    """

    two: str
    one: str
    whole: bool

    @classmethod
    def of(cls, type_: ColumnType) -> RangeForm:
        """Return the form for the type of the exact numbers: whole numbers are heads, others amounts of money."""
        return HEADS if type_ is ColumnType.INTEGER else MONEY


def _form(amount: str, front: str, back: str, *, whole: bool) -> RangeForm:
    each = f"{front}(?:{amount}){back}"
    two = rf"^(?:约|大约|between |from )?\s*{each}{_BETWEEN}{each}(?:之间)?\s*$"
    one = rf"^{_FRONT}?\s*{each}\s*(?:{_OR_MORE}|{_OR_LESS})?{back}\s*$"
    return RangeForm(two, one, whole)


HEADS = _form(
    rf"(?:{_GROUPED}|[0-9]{{1,16}})(?:\s*{_HEAD_UNIT})?|[0-9]{{1,12}}\.[0-9]{{1,6}}\s*{_HEAD_UNIT}",
    "",
    _HEADS,
    whole=True,
)
"""Numbers of people; a decimal point only before a unit, because 1.000 may be a thousand."""
_MONEY_OF = CURRENCY.lower()
MONEY = _form(
    rf"(?:{_GROUPED}|[0-9]{{1,16}})(?:\.[0-9]{{1,6}})?(?:\s*{_UNIT})?",
    rf"{_MONEY_OF}?\s*",
    rf"\s*(?:元整?|块|圆)?\s*{_MONEY_OF}?",
    whole=False,
)
"""Amounts of money."""
_BOUNDED_BACK = f"{_OR_MORE}|{_OR_LESS}"


def has_ranges(values: Sequence[str], type_: ColumnType) -> bool:
    """Whether values are told as ranges: most are ranges or numbers, some ranges; `type_` is that of exact numbers."""
    wide, either = range_share(values, type_)
    return wide > 0 and either >= _MOST


def has_sizes(values: Sequence[str], type_: ColumnType) -> bool:
    """Whether most known values are ranges or numbers, or none is known."""
    return range_share(values, type_)[1] >= _MOST or not any(v.strip() for v in values)


def range_share(values: Sequence[str], type_: ColumnType) -> tuple[float, float]:
    """Return the share of the known values that are ranges, and that are ranges or numbers of the same kind."""
    form = RangeForm.of(type_)
    known = [tidied(v) for v in values if v.strip()]
    if not known:
        return 0.0, 0.0
    wide = [_is_wide(v, form) for v in known if len(v) <= _LONGEST]
    return sum(w is True for w in wide) / len(known), sum(w is not None for w in wide) / len(known)


def _is_wide(value: str, form: RangeForm) -> bool | None:
    """Return whether a value is a range, False for a number by itself, None when it is neither."""
    if re.match(form.two, value, re.ASCII):
        return True
    if re.match(form.one, value, re.ASCII) is None:
        return None
    return re.match(_FRONT, value) is not None or re.search(_BOUNDED_BACK, value) is not None


def tidied(value: str) -> str:
    """Return a value in small letters with plain digits, signs and dashes, as :func:`tidy` does in queries.

    Blanks in a row become one: where patterns may take any number of them in several places, searching would not end.
    """
    return re.sub(r"\s+", " ", value.translate(_TIDY).lower(), flags=re.ASCII).strip()


def tidy(text: exp.Expr) -> exp.Expr:
    """Return a text in small letters with plain digits, signs and dashes."""
    return template("LOWER(TRANSLATE(:t, :wide, :half))", t=text, wide=_WIDE, half=_HALF)


def bounds(n: exp.Expr, form: RangeForm) -> exp.Expr:
    """Return what a tidied text bounds: ``two`` ends, ``least``, ``most``, ``above``, ``below``, ``one`` number.

    NULL when it is no range and no number.
    """
    return template(
        """CASE WHEN LENGTH(:n) > :longest THEN NULL WHEN REGEXP_MATCHES(:n, :two) THEN 'two'
                WHEN REGEXP_MATCHES(:n, :one) THEN
                  CASE WHEN REGEXP_MATCHES(:n, :front) AND REGEXP_MATCHES(:n, :back) THEN NULL
                       WHEN REGEXP_MATCHES(:n, :least) THEN 'least' WHEN REGEXP_MATCHES(:n, :most) THEN 'most'
                       WHEN REGEXP_MATCHES(:n, :above) THEN 'above' WHEN REGEXP_MATCHES(:n, :below) THEN 'below'
                       ELSE 'one' END END""",
        n=n,
        longest=_LONGEST,
        two=form.two,
        one=form.one,
        front=f"^{_FRONT}",
        back=_BOUNDED_BACK,
        least=f"^{_AT_LEAST}|{_OR_MORE}",
        most=f"^{_AT_MOST}|{_OR_LESS}",
        above=f"^{_ABOVE}",
        below=f"^{_BELOW}",
    )


def ends(n: exp.Expr, bound: exp.Expr, form: RangeForm) -> exp.Expr:
    """Return both ends in plain digits with a mark between them, ``+`` for an open one; NULL when one is unknown."""
    first, last = (template("REGEXP_EXTRACT(:n, :p, 0)", n=n, p=p) for p in (r"[0-9].*$", r"[0-9][0-9.,]*[^0-9]*$"))
    step = literal(1 if form.whole else 0)
    low = template(
        """CASE WHEN :bound = 'two' THEN :low WHEN :bound IN ('most', 'below') THEN 0
                WHEN :bound = 'above' THEN :one + :step ELSE :one END""",
        bound=bound,
        low=_low_of_two(first, last, form),
        one=_number(first, first),
        step=step,
    )
    high = template(
        "CASE WHEN :bound = 'below' THEN :last - :step ELSE :last END",
        bound=bound,
        last=_number(last, last),
        step=step,
    )
    return template(
        """CASE WHEN NOT :bound IS NULL
                THEN :low || :split || CASE WHEN :bound IN ('least', 'above') THEN '+' ELSE :high END END""",
        bound=bound,
        low=_digits(low, whole=form.whole),
        split=_SPLIT,
        high=_digits(high, whole=form.whole),
    )


def end_of(both: exp.Expr, which: int) -> exp.Expr:
    """Return one of two ends: 0 the lower, 1 the upper."""
    return template("REGEXP_EXTRACT(:b, :p, 0)", b=both, p=f"[^{_SPLIT}]*$" if which else f"^[^{_SPLIT}]*")


def kept(both: exp.Expr) -> exp.Expr:
    """Return a range as tables keep it, from its two ends; NULL when they are the wrong way round."""
    low, high = end_of(both, 0), end_of(both, 1)
    return template(
        """CASE WHEN :high = '+' THEN :low || '+' WHEN :low = :high THEN :low
                WHEN TRY_CAST(:low AS DECIMAL(18, 2)) < TRY_CAST(:high AS DECIMAL(18, 2))
                THEN :low || '-' || :high END""",
        low=low,
        high=high,
    )


def _digits(number: exp.Expr, *, whole: bool) -> exp.Expr:
    """Return a number in plain digits; NULL when it is not whole, has more than two decimals, or is too large."""
    text = template("CAST(CAST(:x AS DECIMAL(38, 6)) AS VARCHAR)", x=number)
    if whole:
        return template("NULLIF(REGEXP_EXTRACT(:t, '^(-?[0-9]{1,15})[.]0+$', 1), '')", t=text)
    cents = template("REGEXP_EXTRACT(:t, '^([0-9]{1,16}[.][0-9]{2})0{4}$', 1)", t=text)
    return template("NULLIF(REGEXP_REPLACE(:cents, '[.]00$', '', 'g'), '')", cents=cents)


def _low_of_two(first: exp.Expr, last: exp.Expr, form: RangeForm) -> exp.Expr:
    """Return the lower end of a range with two: 500-1000万 is told in 万 at both ends.

    1000-1万人 is not; of money nobody can say whether 5000-1亿 is, so it is read so and found to be reversed.
    """
    own, shared = _number(first, first), _number(first, last)
    both = template(":first = '' AND :last <> ''", first=_unit(first), last=_unit(last))
    if form.whole:
        both = exp.and_(both, template(":shared <= :high", shared=shared, high=_number(last, last)))
    return template("CASE WHEN :both THEN :shared ELSE :own END", both=exp.paren(both), shared=shared, own=own)


def _unit(amount: exp.Expr) -> exp.Expr:
    return template("REGEXP_EXTRACT(:a, :p, 1)", a=amount, p=rf"^[0-9][0-9.,]*\s*{_UNIT}")


def _number(amount: exp.Expr, like: exp.Expr) -> exp.Expr:
    """Return the number that a text begins with, in the unit that stands behind it, or behind that of another text."""
    ifs = [exp.If(this=literal(word), true=literal(f"e{exponent}")) for word, exponent in _POWERS]
    return template(
        "TRY_CAST(REPLACE(REGEXP_EXTRACT(:a, '^[0-9.,]+', 0), ',', '') || :power AS DECIMAL(38, 6))",
        a=amount,
        power=exp.Case(this=_unit(like), ifs=ifs, default=literal("")),
    )
