"""The tests by which a cell is told to be plain: written as its type is cast, so that a cast is as good as a reading.

A test is sufficient, not necessary. Most cells of a file are written alike, so a second, cheaper test is made for their
way of writing; it is meant for all rows at once, without choosing rows for one test by another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from string import ascii_lowercase

from sqlglot import exp

from qunxiang.intake.amounts import PLAIN_NUMBER, PLAIN_WHOLE
from qunxiang.intake.dates import DATE, MOMENT
from qunxiang.intake.plan import Plan, Role, role_of
from qunxiang.intake.readings import LONGEST_TEXT, truth
from qunxiang.intake.texts import MOBILE
from qunxiang.intake.words import TOTAL_LETTERS, nothing, nothing_words, total
from qunxiang.sql import template
from qunxiang.tables import Column, ColumnType

_LONGEST_NUMBER = 17
_CENTS = r"^-?\d{1,12}(?:\.\d{1,2})?$"
_LONGEST_CENTS = 15  # twelve digits, the point and two more
_USUAL = {
    ColumnType.MONEY: re.compile(r"-?\d+\.\d\d"),
    ColumnType.TIMESTAMP: re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
}
"""How an engine writes values of a type."""
_MOMENT_LENGTH = 19
_POSTCODE = "^[0-9]{6}$"
_WIDE = "[０-９Ａ-Ｚ]"
_WIDE_MARK = "\uff00"
_HAN = ("\u4e00", "\ua000")
_SPACES = ("\t", "\u00a0", "\u3000")
_BY_PATTERN = frozenset({Role.PHONE, Role.POSTCODE, Role.CURRENCY})


def cast_cell(x: exp.Expr, target: Column) -> exp.Expr:
    """Return a cell as its column's type, a moment as the clock on its wall; NULL where it is none."""
    match target.type:
        case ColumnType.TEXT:
            return x
        case ColumnType.BOOLEAN:
            return truth(x)
        case ColumnType.MONEY:
            return template("TRY_CAST(:x AS DECIMAL(18, 2))", x=x)
        case ColumnType.INTEGER:
            return template("TRY_CAST(:x AS BIGINT)", x=x)
        case ColumnType.NUMBER:
            return template("TRY_CAST(:x AS DOUBLE)", x=x)
        case ColumnType.DATE:
            return template("TRY_CAST(:x AS DATE)", x=x)
        case ColumnType.TIMESTAMP:
            return template("TRY_CAST(:x AS TIMESTAMP)", x=x)


@dataclass(frozen=True)
class PlainCell:
    """One cell of a row, as its text and as its cast.

    `marks` are those of ``qunxiang.ports.source.MARKS`` that occur in the file, `width` is the number of digits of
    codes that may have lost zeros. `samples` are a few values of the column; they change what is tried first, and no
    answer.
    """

    text: exp.Expr
    read: exp.Expr
    target: Column
    plan: Plan
    marks: frozenset[str]
    width: int | None
    samples: Sequence[str] = ()

    def test(self) -> exp.Expr:
        """Return the condition that the cell is plain."""
        good = self._bounded(self._text() if self.target.type is ColumnType.TEXT else self._typed())
        # conjunctions, not cases: as the condition of a query they look at ever fewer rows
        return good if self.target.required else exp.paren(exp.or_(template(":x IS NULL", x=self.text), good))

    def usual(self) -> exp.Expr | None:
        """Return a cheap condition that holds of plain cells alone, of most if most samples are written that way.

        None where the samples show no such way.
        """
        if self.target.type is ColumnType.TEXT and role_of(self.target) not in _BY_PATTERN:
            first = self._harmless()[0]
            if not first[0] <= self._begin < first[1]:
                return None
            good = reduce(exp.and_, [self._begins(first), *self._edges()])
        elif self.target.type in _USUAL and self._most(_USUAL[self.target.type]):
            good = self._bounded(self._as_written())
        else:
            return None
        if self.target.required:
            return good
        return template("COALESCE(:good, :x IS NULL)", good=good, x=self.text)

    def _most(self, form: re.Pattern[str]) -> bool:
        """Say whether more than half of the samples have a form."""
        given = [value for value in self.samples if value]
        return 2 * sum(form.fullmatch(value) is not None for value in given) > len(given)

    @property
    def _begin(self) -> str:
        """The character that most samples begin with, none without samples."""
        firsts = Counter(value[0] for value in self.samples if value).most_common(1)
        return firsts[0][0] if firsts else ""

    def _as_written(self) -> exp.Expr:
        """Say that a moment or amount stands as the engine would write it, which says that it is sound."""
        if self.target.type is ColumnType.TIMESTAMP:
            length = template("LENGTH(:x) = :n", x=self.text, n=_MOMENT_LENGTH)
        else:
            length = template("LENGTH(:x) <= :n", x=self.text, n=_LONGEST_CENTS)
        return template(":length AND CAST(:v AS VARCHAR) = :x", length=length, x=self.text, v=self.read)

    def _bounded(self, good: exp.Expr) -> exp.Expr:
        if self.target.minimum is not None:
            good = exp.and_(good, template(":v >= :bound", v=self.read, bound=self.target.minimum))
        if self.target.maximum is not None:
            good = exp.and_(good, template(":v <= :bound", v=self.read, bound=self.target.maximum))
        return good

    def _typed(self) -> exp.Expr:
        x, v = self.text, self.read
        match self.target.type:
            case ColumnType.INTEGER:
                return template("LENGTH(:x) <= :n AND REGEXP_MATCHES(:x, :p)", x=x, n=_LONGEST_NUMBER, p=PLAIN_WHOLE)
            case ColumnType.NUMBER:  # most are a quantity of one digit, which needs no pattern
                return template(
                    """(LENGTH(:x) = 1 AND :x >= '0' AND :x < ':'
                        OR LENGTH(:x) <= :n AND REGEXP_MATCHES(:x, :p))""",
                    x=x,
                    n=_LONGEST_NUMBER,
                    p=PLAIN_NUMBER,
                )
            case ColumnType.MONEY:  # the pattern alone would do, and takes longer
                return template(
                    "(:written OR REGEXP_MATCHES(:x, :p))", written=exp.paren(self._as_written()), x=x, p=_CENTS
                )
            case ColumnType.BOOLEAN:
                return template("NOT :v IS NULL", v=v)
            case ColumnType.DATE:
                return template("REGEXP_MATCHES(:x, :p) AND NOT :v IS NULL", x=x, p=DATE, v=v)
            case _:
                return template(
                    """(:written
                        OR NOT :v IS NULL AND (REGEXP_MATCHES(:x, :date) OR REGEXP_MATCHES(:x, :moment)))""",
                    written=exp.paren(self._as_written()),
                    x=x,
                    v=v,
                    date=DATE,
                    moment=MOMENT,
                )

    def _text(self) -> exp.Expr:
        x, role = self.text, role_of(self.target)
        if role is Role.PHONE:
            return template("REGEXP_MATCHES(:x, :p)", x=x, p=MOBILE)
        if role is Role.POSTCODE:
            return template("REGEXP_MATCHES(:x, :p)", x=x, p=_POSTCODE)
        if role is Role.CURRENCY:
            return template(":x = :own", x=x, own=self.plan.currency)
        # the characters up to "!" are blanks and controls
        return reduce(exp.and_, [template(":x >= '!'", x=x), *self._edges(), self._no_word(role)])

    def _edges(self) -> list[exp.Expr]:
        """Return what a text must keep besides beginning rightly: no blank at its end, no mark of a lost digit."""
        x = self.text
        tests = [template("NOT ENDS_WITH(:x, ' ') AND LENGTH(:x) <= :n", x=x, n=LONGEST_TEXT)]
        for space in _SPACES:
            if space in self.marks:
                tests.append(template("NOT STARTS_WITH(:x, :s) AND NOT ENDS_WITH(:x, :s)", x=x, s=space))
        if role_of(self.target) is Role.CODE:
            if "+" in self.marks:
                tests.append(template("NOT CONTAINS(:x, '+')", x=x))
            if _WIDE_MARK in self.marks:
                tests.append(template("NOT REGEXP_MATCHES(:x, :wide)", x=x, wide=_WIDE))
        if self.width is not None:
            tests.append(template("LENGTH(:x) >= :width", x=x, width=self.width))
        return tests

    def _no_word(self, role: Role | None) -> exp.Expr:
        """Say that a text is no word for "nothing" and no mark of a sum; of most texts their beginning says so."""
        quick = [self._begins(r) for r in self._harmless()]
        rest = template("NOT :nothing", nothing=exp.paren(nothing(self.text, role, self.plan)))
        if self._may_be_sum:
            rest = exp.and_(rest, template("NOT :total", total=exp.paren(total(self.text))))
        return any_of([*quick, rest])

    def _begins(self, between: tuple[str, str]) -> exp.Expr:
        return template("(:x >= :a AND :x < :b)", x=self.text, a=between[0], b=between[1])

    @property
    def _may_be_sum(self) -> bool:
        return role_of(self.target) is Role.CODE or self.target.name == "name"

    def _harmless(self) -> list[tuple[str, str]]:
        """Return from where to where texts lie that begin as no word for "nothing" and no mark of a sum does.

        The one that most samples lie in is the first.
        """
        sums = self._may_be_sum
        words = nothing_words(role_of(self.target), self.plan)
        firsts = {w[0] for w in words} | (set(TOTAL_LETTERS) if sums else set())
        # what begins with a digit is never looked at: see `text_value` and `text_code`
        ranges = [("0", ":")]
        for letters in (ascii_lowercase.upper(), ascii_lowercase):
            ranges.extend((a, chr(ord(b) + 1)) for a, b in _ranges(letters, firsts))
        if not sums and not any(_HAN[0] <= first < _HAN[1] for first in firsts):
            ranges.append(_HAN)
        begin = self._begin
        return sorted(ranges, key=lambda r: not r[0] <= begin < r[1])


def _ranges(letters: str, but: set[str]) -> list[tuple[str, str]]:
    """Return the runs of consecutive letters of which none is among `but` in lower case."""
    runs: list[tuple[str, str]] = []
    for letter in letters:
        if letter.lower() in but:
            continue
        if runs and ord(runs[-1][1]) + 1 == ord(letter):
            runs[-1] = (runs[-1][0], letter)
        else:
            runs.append((letter, letter))
    return runs


def any_of(conditions: list[exp.Expr]) -> exp.Expr:
    """Return the condition that one of some conditions holds."""
    return exp.paren(reduce(exp.or_, conditions))
