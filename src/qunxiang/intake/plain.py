"""Rows that need no reading: every cell is written as its type is cast, so that a cast gives what a reading would.

A plain cell is judged by cheap tests. They are sufficient, not necessary: a row with any other cell is not plain and is
read in full by :func:`qunxiang.intake.checks.checked`. For a plain row that gives the same values, no code that it
breaks, and nothing mended; `tests/intake/test_plain.py` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

from sqlglot import exp

from qunxiang.intake.checks import of_system
from qunxiang.intake.dates import in_utc
from qunxiang.intake.keys import (
    BLANKS,
    CODES,
    DUST,
    REASONS,
    REPAIRS,
    REPEAT,
    content_hash,
    derived,
    has_blanks,
    in_key,
    known,
)
from qunxiang.intake.plain_cells import PlainCell, any_of, cast_cell
from qunxiang.intake.plan import Plan
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import BROKEN, ROW, Kind, Staged, StagedColumn
from qunxiang.sql import Query, Relation, column, literal, template
from qunxiang.tables import Column, ColumnType, Contract

_STILL_SINCE, _STILL_UNTIL = 1993, 2030
_READ = "{}__read"
"""Name of a column's cells once they are cast."""
_USUAL = "usual__"
"""Name of what says that a row is written as most are."""

Cell = Callable[[StagedColumn], exp.Expr]
"""The expression of a staged column's cell, NULL where it is empty."""
Cast = Callable[[exp.Expr, Column], exp.Expr]
"""The expression of a cell as its column's type, NULL where it is none."""


def from_text(carrier: StagedColumn) -> exp.Expr:
    """Return a cell of rows that give empty cells as NULL."""
    return column(carrier.physical)


def from_stream(carrier: StagedColumn) -> exp.Expr:
    """Return a cell of staged rows, which give empty cells as empty text."""
    return template("NULLIF(:x, '')", x=column(carrier.physical))


def _has_been_cast(x: exp.Expr, target: Column) -> exp.Expr:
    return x if target.type is ColumnType.TEXT else column(_READ.format(target.name))


@dataclass(frozen=True)
class PlainReading:
    """How the plain rows of a source are told and read.

    `marks` are those of ``qunxiang.ports.source.MARKS`` that occur in the file. `samples` are a few values of each
    column of the source; how they begin is tried first, which changes no answer.
    """

    staged: Staged
    contract: Contract
    recognition: Recognition
    plan: Plan
    system: str | None
    marks: frozenset[str]
    samples: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def possible(self) -> bool:
        """Whether rows can be plain at all.

        They cannot where a mapped column is no text or holds ranges, where amounts are in another currency than the
        workspace's, or where decimal commas are said of one.
        """
        said = self.plan.options
        for target, source in self.recognition.mapping.items():
            known = self.contract.column(target)
            if known is None or known.range_of is not None or self.staged.column(source).kind is not Kind.TEXT:
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
        values = self._values(from_text, _has_been_cast)
        made = dict(zip(self.contract.key, self._keys(from_text, _has_been_cast), strict=False))
        projections = [exp.alias_(made.get(n, v), n, quoted=True) for n, v in values.items()]
        if numbered:
            number = exp.Neg(this=exp.Window(this=exp.RowNumber()))
            projections.append(exp.alias_(number, ROW, quoted=True))
        plain = self._plain(text)
        if doubled is None:
            return Query(exp.select(*projections).from_(plain))
        # keys of plain rows alone can be hashed, so these are found first
        hashed = self._hashed(from_text, _has_been_cast)
        unlike = template("NOT :h IN (SELECT h FROM d__)", h=hashed, d=doubled)
        return Query(exp.select(*projections).from_(plain).where(unlike))

    def _plain(self, text: Relation) -> exp.Expr:
        """Return the plain rows of a text file, each cell's cast beside it, which the tests and the values ask for.

        The usual tests together are a column, not a condition, so that they are made for all rows at once.
        """
        casts = [
            exp.alias_(cell.read, _READ.format(cell.target.name), quoted=True)
            for cell in self._cells(from_text, cast_cell)
            if cell.target.type is not ColumnType.TEXT
        ]
        cast = exp.select("*", *casts).from_(text.table()).subquery("c")
        usual, unusual, others = [], [], self._groups(from_text)
        for plain in self._cells(from_text, _has_been_cast):
            cheap = plain.usual()
            if cheap is None:
                others.append(plain.test())
            else:
                usual.append(cheap)
                unusual.append(plain.test())
        told = exp.select("*", exp.alias_(_all(usual), _USUAL)).from_(cast).subquery("u")
        tests = [exp.paren(exp.or_(column(_USUAL), _all(unusual))), *others]
        return exp.select("*").from_(told).where(_all(tests)).subquery("p")

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
        return _all([c.test() for c in self._cells(cell, cast_cell)] + self._groups(cell))

    def _cells(self, cell: Cell, cast: Cast) -> list[PlainCell]:
        """Return the mapped cells of a row."""
        found = []
        for target, source in self.recognition.mapping.items():
            wanted, x = self._column(target), cell(self.staged.column(source))
            width = self.plan.options.width(target, source)
            samples = self.samples.get(source, ())
            found.append(PlainCell(x, cast(x, wanted), wanted, self.plan, self.marks, width, samples))
        return found

    def _groups(self, cell: Cell) -> list[exp.Expr]:
        """Return the conditions that of columns of which one is asked for, one is there."""
        tests: list[exp.Expr] = []
        mapped = self.recognition.mapping
        required = {name for name in mapped if self._column(name).required}
        for group in self.contract.one_of:
            there = [n for n in group if n in mapped]
            if there and not required.intersection(there):
                cells = [cell(self.staged.column(mapped[n])) for n in there]
                tests.append(any_of([template("NOT :x IS NULL", x=x) for x in cells]))
        return tests

    def _column(self, name: str) -> Column:
        found = self.contract.column(name)
        if found is None:
            raise KeyError(name)
        # a source that carries the key carries it in every row
        return replace(found, required=True) if name in self.contract.key else found

    def _values(self, cell: Cell, cast: Cast = cast_cell) -> dict[str, exp.Expr]:
        """Return every column of the contract in its type."""
        found: dict[str, exp.Expr] = {}
        for c in self.contract.columns:
            source = self.recognition.mapping.get(c.name)
            value = literal(None) if source is None else _value(cast(cell(self.staged.column(source)), c), c, self.plan)
            if self.system is not None:
                value = of_system(c, value, self.system, mapped=source is not None)
            found[c.name] = exp.cast(value, exp.DataType.build(c.type.sql, dialect="duckdb"))
        return found

    def _keys(self, cell: Cell, cast: Cast = cast_cell) -> list[exp.Expr]:
        values = self._values(cell, cast)
        if not derived(self.contract, self.recognition):
            return [values[k] for k in self.contract.key]
        names = known(self.contract, self.recognition, self.system)
        parts = [c for c in self.contract.columns if in_key(c, self.contract, names)]
        return [content_hash({c.name: (values[c.name], c.type) for c in parts})]

    def _hashed(self, cell: Cell, cast: Cast = cast_cell) -> exp.Expr:
        return key_hash(self._keys(cell, cast))


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
    said |= dict.fromkeys(BLANKS, unsaid) if odd is not None and has_blanks(odd) else {}
    plain_rows = exp.select(
        exp.alias_(row, ROW, quoted=True),
        *map(column, names),
        *(exp.alias_(value.copy(), name, quoted=True) for name, value in said.items()),
    ).from_(plain.table())
    if odd is None:
        return Query(plain_rows)
    odd_rows = exp.select(*map(column, (ROW, *names, *said))).from_(odd.table())
    return Query(exp.union(plain_rows, odd_rows, distinct=False))


def _value(read: exp.Expr, target: Column, plan: Plan) -> exp.Expr:
    """Return a plain cell's value, given its cast."""
    return _moment(read, plan.time_zone) if target.type is ColumnType.TIMESTAMP else read


def _moment(naive: exp.Expr, time_zone: str) -> exp.Expr:
    """Return the moment of a wall-clock time; where the zone's clock stood still for long, without asking its rules.

    The functions are DuckDB's: an engine that splits text files itself must have them, as it must have ``HASH``.
    """
    moment = in_utc(naive, time_zone)
    ahead = _still(time_zone)
    if ahead is None:
        return moment
    return template(
        """CASE WHEN :t >= :since AND :t < :until THEN MAKE_TIMESTAMPTZ(EPOCH_US(:t) - :ahead) ELSE :moment END""",
        t=naive,
        since=exp.cast(exp.Literal.string(f"{_STILL_SINCE}-01-01"), "TIMESTAMP"),
        until=exp.cast(exp.Literal.string(f"{_STILL_UNTIL}-01-01"), "TIMESTAMP"),
        ahead=ahead // timedelta(microseconds=1),
        moment=moment,
    )


@lru_cache(maxsize=8)
def _still(time_zone: str) -> timedelta | None:
    """Return how far a zone is ahead of UTC whose clock was never changed between the two years."""
    zone = ZoneInfo(time_zone)
    # a day on either side, because the first and last hours of a year lie in another one elsewhere
    day, last = datetime(_STILL_SINCE - 1, 12, 30), datetime(_STILL_UNTIL, 1, 2)
    offsets = {zone.utcoffset(day + timedelta(days=n)) for n in range((last - day).days + 1)}
    found = offsets.pop()
    return None if offsets else found


def _all(conditions: list[exp.Expr]) -> exp.Expr:
    return exp.paren(reduce(exp.and_, conditions)) if conditions else exp.true()
