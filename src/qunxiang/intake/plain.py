"""Rows that need no reading: every cell is written as its type is cast, so that a cast gives what a reading would.

A plain cell is judged by one cheap test. It is sufficient, not necessary: a row with any other cell is not plain and is
read in full by :func:`qunxiang.intake.checks.checked`. For a plain row that gives the same values, no code that it
breaks, and nothing mended; `tests/intake/test_plain.py` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from string import ascii_lowercase
from zoneinfo import ZoneInfo

from sqlglot import exp

from qunxiang.intake.amounts import PLAIN_NUMBER, PLAIN_WHOLE
from qunxiang.intake.checks import of_system
from qunxiang.intake.dates import DATE, MOMENT, in_utc
from qunxiang.intake.keys import CODES, DUST, REASONS, REPAIRS, REPEAT, content_hash, derived, in_key, known
from qunxiang.intake.plan import Plan, Role, role_of
from qunxiang.intake.readings import LONGEST_TEXT, truth
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import BROKEN, ROW, Kind, Staged, StagedColumn
from qunxiang.intake.texts import MOBILE
from qunxiang.intake.words import TOTAL_LETTERS, nothing, nothing_words, total
from qunxiang.sql import Query, Relation, column, literal, template
from qunxiang.tables import Column, ColumnType, Contract

_LONGEST_NUMBER = 17
_CENTS = r"^-?\d{1,12}(?:\.\d{1,2})?$"
_POSTCODE = "^[0-9]{6}$"
_WIDE = "[０-９Ａ-Ｚ]"
_WIDE_MARK = "\uff00"
_HAN = ("\u4e00", "\ua000")
_STILL_SINCE, _STILL_UNTIL = 1993, 2030
_SPACES = ("\t", "\u00a0", "\u3000")

Cell = Callable[[StagedColumn], exp.Expr]
"""The expression of a staged column's cell, NULL where it is empty."""


def from_text(carrier: StagedColumn) -> exp.Expr:
    """Return a cell of rows that give empty cells as NULL."""
    return column(carrier.physical)


def from_stream(carrier: StagedColumn) -> exp.Expr:
    """Return a cell of staged rows, which give empty cells as empty text."""
    return template("NULLIF(:x, '')", x=column(carrier.physical))


@dataclass(frozen=True)
class PlainReading:
    """How the plain rows of a source are told and read.

    `marks` are those of ``qunxiang.ports.source.MARKS`` that occur in the file.
    """

    staged: Staged
    contract: Contract
    recognition: Recognition
    plan: Plan
    system: str | None
    marks: frozenset[str]

    @property
    def possible(self) -> bool:
        """Whether rows can be plain at all.

        They cannot where a mapped column is no text, where amounts are in another currency than the workspace's, or
        where decimal commas are said of one.
        """
        said = self.plan.options
        for target, source in self.recognition.mapping.items():
            known = self.contract.column(target)
            if known is None or self.staged.column(source).kind is not Kind.TEXT:
                return False
            foreign = said.currency not in (None, self.plan.currency)
            if known.type is ColumnType.MONEY and (foreign or said.comma(target, source)):
                return False
        return True

    def share(self, text: Relation, rows: int) -> Query:
        """Count the first rows of a text file and the plain ones of them: one row of ``n`` and ``plain``."""
        first = exp.select("*").from_(text.table()).limit(rows)
        plain = template(
            "CAST(COALESCE(SUM(CASE WHEN :c THEN 1 ELSE 0 END), 0) AS BIGINT)", c=self.condition(from_text)
        )
        tree = exp.select(exp.alias_(template("COUNT(*)"), "n"), exp.alias_(plain, "plain"))
        return Query(tree.from_(first.subquery("f")))

    def rows(self, text: Relation, doubled: Relation | None = None, *, numbered: bool = False) -> Query:
        """Return the plain rows of a text file, read by casts.

        Parameters
        ----------
        text
            Rows of the file; empty cells are NULL.
        doubled
            Hashes of keys, as ``h``; rows of such a key are left out.
        numbered
            Give every row a negative number of its own, which no row of the source has.

        Returns
        -------
        Query
            One row per plain row, columns of the contract, with ``__row__`` when `numbered`.
        """
        values = self._values(from_text)
        made = dict(zip(self.contract.key, self._keys(from_text), strict=False))
        projections = [exp.alias_(made.get(n, v), n, quoted=True) for n, v in values.items()]
        if numbered:
            number = exp.Neg(this=exp.Window(this=exp.RowNumber()))
            projections.append(exp.alias_(number, ROW, quoted=True))
        tree = exp.select(*projections).from_(text.table()).where(self.condition(from_text))
        if doubled is not None:
            tree = tree.where(template("NOT :h IN (SELECT h FROM d__)", h=self._hashed(from_text), d=doubled))
        return Query(tree)

    def odd(self, doubled: Relation | None = None) -> Query:
        """Return the staged rows that are not plain, broken ones among them, and those of a `doubled` key."""
        odd = template(
            "NOT :broken IS NULL OR NOT COALESCE(:plain, FALSE)",
            broken=column(BROKEN),
            plain=self.condition(from_stream),
        )
        if doubled is not None:
            again = template(":h IN (SELECT h FROM d__)", h=self._hashed(from_stream), d=doubled)
            odd = exp.or_(odd, again)
        return Query(exp.select("*").from_(self.staged.relation.table()).where(odd))

    def condition(self, cell: Cell) -> exp.Expr:
        """Return the condition that every mapped cell of a row is plain."""
        tests: list[exp.Expr] = []
        required = set()
        for target, source in self.recognition.mapping.items():
            known = self._column(target)
            if known.required:
                required.add(target)
            width = self.plan.options.width(target, source)
            tests.append(_test(cell(self.staged.column(source)), known, self.plan, self.marks, width))
        for group in self.contract.one_of:
            mapped = [n for n in group if n in self.recognition.mapping]
            if mapped and not required.intersection(mapped):
                cells = [cell(self.staged.column(self.recognition.mapping[n])) for n in mapped]
                tests.append(_any([template("NOT :x IS NULL", x=x) for x in cells]))
        return reduce(exp.and_, tests)

    def _column(self, name: str) -> Column:
        found = self.contract.column(name)
        if found is None:
            raise KeyError(name)
        # a source that carries the key carries it in every row
        return replace(found, required=True) if name in self.contract.key else found

    def _values(self, cell: Cell) -> dict[str, exp.Expr]:
        """Return every column of the contract in its type."""
        found: dict[str, exp.Expr] = {}
        for c in self.contract.columns:
            source = self.recognition.mapping.get(c.name)
            value = literal(None) if source is None else _value(cell(self.staged.column(source)), c, self.plan)
            if self.system is not None:
                value = of_system(c, value, self.system, mapped=source is not None)
            found[c.name] = exp.cast(value, exp.DataType.build(c.type.sql, dialect="duckdb"))
        return found

    def _keys(self, cell: Cell) -> list[exp.Expr]:
        values = self._values(cell)
        if not derived(self.contract, self.recognition):
            return [values[k] for k in self.contract.key]
        names = known(self.contract, self.recognition, self.system)
        parts = [c for c in self.contract.columns if in_key(c, self.contract, names)]
        return [content_hash({c.name: (values[c.name], c.type) for c in parts})]

    def _hashed(self, cell: Cell) -> exp.Expr:
        return key_hash(self._keys(cell))


def key_hash(keys: Sequence[exp.Expr]) -> exp.Expr:
    """Return a number that is equal for equal keys, and seldom for others."""
    return exp.Anonymous(this="HASH", expressions=[k.copy() for k in keys])


def key_hashes(rows: Relation, contract: Contract, *, judged: bool) -> Query:
    """Return :func:`key_hash` of every row as ``h``; of `judged` rows only of those that keep the contract."""
    tree = exp.select(exp.alias_(key_hash([column(k) for k in contract.key]), "h")).from_(rows.table())
    return Query(tree.where(template(":c IS NULL", c=column(CODES))) if judged else tree)


def all_rows(
    plain: Relation,
    odd: Relation | None,
    contract: Contract,
    recognition: Recognition,
    system: str | None,
    *,
    numbered: bool,
) -> Query:
    """Return plain rows and those that were read in full as one, columns as :func:`qunxiang.intake.keys.hashed`."""
    names = known(contract, recognition, system)
    row = column(ROW) if numbered else template("CAST(NULL AS BIGINT)")
    unsaid = template("CAST(NULL AS VARCHAR)")
    said = {CODES: unsaid, REASONS: unsaid, REPAIRS: unsaid, DUST: exp.false(), REPEAT: exp.false()}
    plain_rows = exp.select(
        exp.alias_(row, ROW, quoted=True),
        *map(column, names),
        *(exp.alias_(value.copy(), name, quoted=True) for name, value in said.items()),
    ).from_(plain.table())
    if odd is None:
        return Query(plain_rows)
    odd_rows = exp.select(*map(column, (ROW, *names, *said))).from_(odd.table())
    return Query(exp.union(plain_rows, odd_rows, distinct=False))


def _value(x: exp.Expr, target: Column, plan: Plan) -> exp.Expr:
    """Return a plain cell's value."""
    match target.type:
        case ColumnType.TEXT:
            return x
        case ColumnType.INTEGER:
            return template("TRY_CAST(:x AS BIGINT)", x=x)
        case ColumnType.NUMBER:
            return template("TRY_CAST(:x AS DOUBLE)", x=x)
        case ColumnType.MONEY:
            return template("TRY_CAST(:x AS DECIMAL(18, 2))", x=x)
        case ColumnType.BOOLEAN:
            return truth(x)
        case ColumnType.DATE:
            return template("TRY_CAST(:x AS DATE)", x=x)
        case ColumnType.TIMESTAMP:
            return _moment(x, plan.time_zone)


def _moment(x: exp.Expr, time_zone: str) -> exp.Expr:
    """Return the moment of a wall-clock time; where the zone's clock stood still for long, without asking its rules."""
    moment = in_utc(template("TRY_CAST(:x AS TIMESTAMP)", x=x), time_zone)
    offset = _still(time_zone)
    if offset is None:
        return moment
    return template(
        """CASE WHEN LENGTH(:x) = 19 AND :x >= :since AND :x < :until THEN TRY_CAST(:x || :offset AS TIMESTAMPTZ)
                ELSE :moment END""",
        x=x,
        since=f"{_STILL_SINCE}",
        until=f"{_STILL_UNTIL}",
        offset=offset,
        moment=moment,
    )


@lru_cache(maxsize=8)
def _still(time_zone: str) -> str | None:
    """Return the offset of a zone whose clock was never changed between the two years, such as ``+08:00``."""
    zone = ZoneInfo(time_zone)
    # a day on either side, because the first and last hours of a year lie in another one elsewhere
    day, last = datetime(_STILL_SINCE - 1, 12, 30), datetime(_STILL_UNTIL, 1, 2)
    offsets = {zone.utcoffset(day + timedelta(days=n)) for n in range((last - day).days + 1)}
    found = offsets.pop()
    if offsets or found is None or found.total_seconds() % 60:
        return None
    sign, minutes = "-" if found < timedelta(0) else "+", int(abs(found).total_seconds()) // 60
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def _test(x: exp.Expr, target: Column, plan: Plan, marks: frozenset[str], width: int | None) -> exp.Expr:
    value = _value(x, target, plan)
    match target.type:
        case ColumnType.TEXT:
            good = _text_test(x, target, plan, marks, width)
        case ColumnType.INTEGER:
            good = template("LENGTH(:x) <= :n AND REGEXP_MATCHES(:x, :p)", x=x, n=_LONGEST_NUMBER, p=PLAIN_WHOLE)
        case ColumnType.NUMBER:  # most are a quantity of one digit, which needs no pattern
            good = template(
                """(LENGTH(:x) = 1 AND :x >= '0' AND :x < ':'
                    OR LENGTH(:x) <= :n AND REGEXP_MATCHES(:x, :p))""",
                x=x,
                n=_LONGEST_NUMBER,
                p=PLAIN_NUMBER,
            )
        case ColumnType.MONEY:
            good = template("REGEXP_MATCHES(:x, :p)", x=x, p=_CENTS)
        case ColumnType.BOOLEAN:
            good = template("NOT :v IS NULL", v=value)
        case ColumnType.DATE:
            good = template("REGEXP_MATCHES(:x, :p) AND NOT :v IS NULL", x=x, p=DATE, v=value)
        case ColumnType.TIMESTAMP:
            # most moments are written as the engine writes them, which says both that they are sound and their form
            good = template(
                """(LENGTH(:x) = 19 AND CAST(TRY_CAST(:x AS TIMESTAMP) AS VARCHAR) = :x
                    OR NOT TRY_CAST(:x AS TIMESTAMP) IS NULL
                       AND (REGEXP_MATCHES(:x, :date) OR REGEXP_MATCHES(:x, :moment)))""",
                x=x,
                date=DATE,
                moment=MOMENT,
            )
    if target.minimum is not None:
        good = exp.and_(good, template(":v >= :bound", v=value, bound=target.minimum))
    if target.maximum is not None:
        good = exp.and_(good, template(":v <= :bound", v=value, bound=target.maximum))
    # conjunctions, not cases: as the condition of a query they look at ever fewer rows
    return good if target.required else exp.paren(exp.or_(template(":x IS NULL", x=x), good))


def _text_test(x: exp.Expr, target: Column, plan: Plan, marks: frozenset[str], width: int | None) -> exp.Expr:
    role = role_of(target)
    if role is Role.PHONE:
        return template("REGEXP_MATCHES(:x, :p)", x=x, p=MOBILE)
    if role is Role.POSTCODE:
        return template("REGEXP_MATCHES(:x, :p)", x=x, p=_POSTCODE)
    if role is Role.CURRENCY:
        return template(":x = :own", x=x, own=plan.currency)
    # the characters up to "!" are blanks and controls
    tests = [template(":x >= '!' AND NOT ENDS_WITH(:x, ' ') AND LENGTH(:x) <= :n", x=x, n=LONGEST_TEXT)]
    for space in _SPACES:
        if space in marks:
            tests.append(template("NOT STARTS_WITH(:x, :s) AND NOT ENDS_WITH(:x, :s)", x=x, s=space))
    if role is Role.CODE:
        if "+" in marks:
            tests.append(template("NOT CONTAINS(:x, '+')", x=x))
        if _WIDE_MARK in marks:
            tests.append(template("NOT REGEXP_MATCHES(:x, :wide)", x=x, wide=_WIDE))
    if width is not None:
        tests.append(template("LENGTH(:x) >= :width", x=x, width=width))
    tests.append(_no_word(x, role, plan, sums=role is Role.CODE or target.name == "name"))
    return reduce(exp.and_, tests)


def _no_word(x: exp.Expr, role: Role, plan: Plan, *, sums: bool) -> exp.Expr:
    """Return the condition that a text is no word for "nothing" and, with `sums`, no mark of a sum.

    Most values begin with a character that no such word begins with, and are not looked at further.
    """
    words = nothing_words(role, plan)
    firsts = {w[0] for w in words} | (set(TOTAL_LETTERS) if sums else set())
    # what begins with a digit is never looked at: see `text_value` and `text_code`
    quick = [template("(:x >= '0' AND :x < ':')", x=x)]
    for letters in (ascii_lowercase.upper(), ascii_lowercase):
        for a, b in _ranges(letters, firsts):
            quick.append(template("(:x >= :a AND :x < :b)", x=x, a=a, b=chr(ord(b) + 1)))
    if not sums and not any(_HAN[0] <= first < _HAN[1] for first in firsts):
        quick.append(template("(:x >= :a AND :x < :b)", x=x, a=_HAN[0], b=_HAN[1]))
    rest = template("NOT :nothing", nothing=exp.paren(nothing(x, role, plan)))
    if sums:
        rest = exp.and_(rest, template("NOT :total", total=exp.paren(total(x))))
    return _any([*quick, rest])


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


def _any(conditions: list[exp.Expr]) -> exp.Expr:
    return exp.paren(reduce(exp.or_, conditions))
