"""The contract as a query: read every row, and name what breaks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from sqlglot import exp

from qunxiang.intake.amounts import day_of
from qunxiang.intake.blanks import may_be_blank
from qunxiang.intake.json_text import json_text
from qunxiang.intake.keys import (
    BLANKED,
    BLANKED_REASONS,
    CODES,
    DUST,
    REASONS,
    REPAIRS,
    UNREAD,
    filled_by_ranges,
    joined,
)
from qunxiang.intake.plan import Plan
from qunxiang.intake.range_readings import exact_number, or_range, range_reading
from qunxiang.intake.readings import STEPS, Carrier, Names, Reading, Row, reading
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import BROKEN, ROW, Kind, Staged
from qunxiang.intake.words import any_total
from qunxiang.sql import Query, column, literal, template
from qunxiang.tables import Column, ColumnType, Contract

_TOTAL = "total__"
SYSTEM_IDS = frozenset(
    {
        "person_id",
        "account_id",
        "order_id",
        "line_id",
        "opportunity_id",
        "event_id",
        "contact_id",
        "response_id",
        "cost_id",
        "answer_id",
        "verbatim_id",
        "tag_id",
        "report_id",
        "fact_id",
    }
)
"""Columns whose ids mean something within one source system only: of customers, and of records in all tables.

Products, campaigns, stores, surveys, and visits that nobody signed in to are the company's, whatever system names them.
"""
_NO_TEXT = template("CAST(NULL AS VARCHAR)")
_EXCERPT = 60  # characters of a value that a reason shows


@dataclass(frozen=True)
class _Read:
    """One contract column with its staged column's reading and the names of its steps.

    With `blank` a value that cannot be read is left empty, and its row is kept.
    """

    column: Column
    kind: Kind
    names: Names
    reading: Reading
    blank: bool

    def of(self, step: str) -> exp.Column:
        """Return a step's column."""
        return column(self.names[step])


def checked(
    staged: Staged, contract: Contract, recognition: Recognition, plan: Plan, system: str | None = None
) -> Query:
    """Read every staged row as the contract's columns.

    With `system`, the ids of ``SYSTEM_IDS`` are those of that source system: ``123`` becomes ``erp:123``, and the
    column ``system`` says so where the contract has one and the source does not fill it.

    Returns
    -------
    Query
        One row per staged row: ``__row__``, the contract's columns (those without a source are NULL), ``__codes__``
        (``code:column``, comma separated; NULL when the row keeps the contract), ``__reasons__`` (a JSON list),
        ``__repairs__`` (``repair:column`` likewise: what was mended) and ``__dust__`` (the amount is 0 in cents but was
        a float next to 0 in the source). Where the plan leaves values empty, also the columns of
        :mod:`qunxiang.intake.blanks`, and ``__unread__``: those of them that have a part in a derived
        key, as they stand in the source.
    """
    reads = _reads(staged, contract, recognition, plan)
    unmapped = _unread(staged, recognition)
    carried = [ROW, BROKEN, *unmapped]
    query: exp.Query = exp.select(*map(column, carried), *_named(reads, "clean")).from_(staged.relation.table())
    for step in (*STEPS[1:], "code"):
        named = _named(reads, step)
        if step == "code":
            named += _named(reads, "repair")
        query = exp.select(*map(column, carried + _there(reads, step)), *named).from_(query.subquery(f"{step}_of"))
    there = carried + _there(reads, None)
    summed = exp.alias_(_sums(reads, unmapped), _TOTAL, quoted=True)
    query = exp.select(*map(column, there), summed).from_(query.subquery("coded"))
    by_name = {r.column.name: r for r in reads}
    ranged = filled_by_ranges(contract, recognition)
    projections: list[exp.Expr] = [column(ROW)]
    for c in contract.columns:
        read = by_name.get(c.name)
        value: exp.Expr = literal(None) if read is None else _result(read)
        if c.name in ranged:
            value = exact_number(_result(by_name[ranged[c.name]]), c)
        if system is not None:
            value = of_system(c, value, system, mapped=read is not None)
        typed = exp.cast(value, exp.DataType.build(c.type.sql, dialect="duckdb"))
        whole = template("CASE WHEN :broken IS NULL THEN :v END", broken=column(BROKEN), v=typed)
        projections.append(exp.alias_(whole, c.name, quoted=True))
    nameless = _nameless(contract, by_name)
    # codes first, so that reasons are put into words for rejected rows alone
    coded = exp.select("*", exp.alias_(_codes(reads, nameless), CODES, quoted=True)).from_(query.subquery("judged"))
    told = _reasons(reads, nameless)
    reasons = template("CASE WHEN NOT :codes IS NULL THEN :told END", codes=column(CODES), told=told)
    projections.append(column(CODES))
    projections.append(exp.alias_(reasons, REASONS, quoted=True))
    projections.append(exp.alias_(_repairs(reads), REPAIRS, quoted=True))
    projections.append(exp.alias_(_dust(by_name.get("amount")), DUST, quoted=True))
    if plan.options.blanks:
        projections += _blanked([r for r in reads if r.blank])
    return Query(exp.select(*projections).from_(coded.subquery("told")))


def _reads(staged: Staged, contract: Contract, recognition: Recognition, plan: Plan) -> list[_Read]:
    found: list[tuple[Column, Carrier, Names]] = []
    for i, (target, source) in enumerate(recognition.mapping.items()):
        wanted = contract.column(target)
        if wanted is None:
            raise KeyError(target)
        if target in contract.key and not wanted.required:  # a source that carries the key carries it in every row
            wanted = replace(wanted, required=True)
        carrier = staged.column(source)
        found.append((wanted, Carrier(column(carrier.physical), carrier.kind, source), Names(i)))
    row = _row(found, plan)
    blank = may_be_blank([wanted for wanted, _, _ in found], contract) if plan.options.blanks else frozenset()
    return [
        _Read(wanted, c.kind, names, _reading(contract, c, wanted, names, plan, row), wanted.name in blank)
        for wanted, c, names in found
    ]


def _reading(contract: Contract, carrier: Carrier, wanted: Column, names: Names, plan: Plan, row: Row) -> Reading:
    exact = None if wanted.range_of is None else contract.column(wanted.range_of)
    if exact is not None:
        return range_reading(carrier, exact.type, names, plan, row)
    read = reading(carrier, wanted, names, plan, row)
    if contract.ranges_of(wanted.name) is None or carrier.kind is not Kind.TEXT:
        return read
    return replace(read, code=or_range(read.code, column(names["clean"]), wanted.type))


def _result(read: _Read) -> exp.Expr:
    """Return a column's value, empty where it broke a promise and may be."""
    value = column(read.reading.result)
    return template("CASE WHEN :b IS NULL THEN :v END", b=read.of("code"), v=value) if read.blank else value


def _row(found: list[tuple[Column, Carrier, Names]], plan: Plan) -> Row:
    """Return what columns of a row say that others of it are read by."""
    names = {c.name: names for c, _, names in found}
    days = [(c, n) for c, _, n in found if c.type in (ColumnType.DATE, ColumnType.TIMESTAMP)]
    day = next((d for d in days if d[0].required), days[0] if days else None)
    return Row(
        currency=column(names["currency"]["value"]) if "currency" in names else None,
        country=column(names["country"]["clean"]) if "country" in names else None,
        day=None if day is None else day_of(column(day[1]["value"]), day[0].type, plan.time_zone),
    )


def _named(reads: Iterable[_Read], step: str) -> list[exp.Expr]:
    there = [(r, getattr(r.reading, step)) for r in reads]
    return [exp.alias_(e, r.names[step], quoted=True) for r, e in there if e is not None]


def _there(reads: Iterable[_Read], step: str | None) -> list[str]:
    """Return the names of all steps before `step`; of all there are when None."""
    order = (*STEPS, "code", "repair")
    before = order if step is None else order[: order.index(step)]
    return [r.names[s] for r in reads for s in before if getattr(r.reading, s) is not None]


def _unread(staged: Staged, recognition: Recognition) -> list[str]:
    """Return the text columns of a source that no column of the contract reads."""
    used = set(recognition.mapping.values())
    return [c.physical for c in staged.columns if c.kind is Kind.TEXT and c.name not in used]


def _sums(reads: list[_Read], unread: list[str]) -> exp.Expr:
    """Return whether a row that breaks its contract is the sum of others: one of its cells says 合计."""
    cells: list[exp.Expr] = [r.of("clean") for r in reads if r.kind is Kind.TEXT]
    cells += [column(name) for name in unread]
    if not cells:
        return exp.false()
    wrong = template(
        "NOT :b IS NULL", b=exp.Coalesce(this=reads[0].of("code"), expressions=[r.of("code") for r in reads[1:]])
    )
    return template("COALESCE(CASE WHEN :wrong THEN :says END, FALSE)", wrong=wrong, says=any_total(cells))


def of_system(target: Column, value: exp.Expr, system: str, *, mapped: bool) -> exp.Expr:
    """Return a column's value with the name of a load's source system before its ids, once."""
    if mapped and target.name in SYSTEM_IDS:
        return template(
            "CASE WHEN STRPOS(:v, :prefix) = 1 THEN :v ELSE :prefix || :v END", prefix=f"{system}:", v=value
        )
    if not mapped and target.name == "system":
        return literal(system)
    return value


def _nameless(contract: Contract, reads: dict[str, _Read]) -> dict[str, exp.Expr]:
    """Return, by first column, for every group of ``one_of`` the condition that a row knows none of its columns."""
    found: dict[str, exp.Expr] = {}
    for group in contract.one_of:
        mapped = [reads[name] for name in group if name in reads]
        if mapped and not any(r.column.required for r in mapped):
            found[group[0]] = _all([template(":v IS NULL", v=column(r.reading.result)) for r in mapped])
    return found


def _codes(reads: list[_Read], nameless: dict[str, exp.Expr]) -> exp.Expr:
    missing = [
        template("CASE WHEN :none THEN :code END", none=none, code=f"reject.one_of:{name}")
        for name, none in nameless.items()
    ]
    said = template("NULLIF(:parts, '')", parts=joined(",", _coded(reads) + missing))
    if any(r.blank for r in reads):  # a row that is rejected all the same says everything that is wrong with it
        hard = _coded([r for r in reads if not r.blank]) + missing
        said = template("CASE WHEN :hard <> '' THEN :said END", hard=joined(",", hard), said=said) if hard else _NO_TEXT
    return template(
        """CASE WHEN NOT :broken IS NULL THEN 'reject.broken:' WHEN :total THEN 'reject.total:' ELSE :said END""",
        broken=column(BROKEN),
        total=column(_TOTAL),
        said=said,
    )


def _coded(reads: list[_Read]) -> list[exp.Expr]:
    return [
        template("CASE WHEN NOT :b IS NULL THEN :b || :name END", b=r.of("code"), name=f":{r.column.name}")
        for r in reads
    ]


def _blanked(reads: list[_Read]) -> list[exp.Expr]:
    """Return what a row that is kept says of its values that were left empty: codes, reasons, and the values."""
    if not reads:
        return [exp.alias_(_NO_TEXT.copy(), name, quoted=True) for name in (BLANKED, BLANKED_REASONS, UNREAD)]
    clean = [
        template(
            "CASE WHEN NOT :b IS NULL THEN :name || CAST(:t AS VARCHAR) END",
            b=r.of("code"),
            name=f"?{r.column.name}=",
            t=r.of("clean"),
        )
        for r in reads
        if not r.column.keyless
    ]
    reasons = template("'[' || NULLIF(:told, '') || ']'", told=joined(",", _told(reads)))
    said = {
        BLANKED: template("NULLIF(:codes, '')", codes=joined(",", _coded(reads))),
        BLANKED_REASONS: reasons,
        UNREAD: template("NULLIF(:clean, '')", clean=joined("\x1f", clean)) if clean else _NO_TEXT,
    }
    return [
        exp.alias_(template("CASE WHEN :codes IS NULL THEN :v END", codes=column(CODES), v=v), name, quoted=True)
        for name, v in said.items()
    ]


def _told(reads: list[_Read]) -> list[exp.Expr]:
    """Return what is wrong with each column's value as a JSON object; NULL when nothing is."""
    return [
        template(
            """CASE WHEN NOT :b IS NULL THEN '{"code":"' || :b || :after || :value || '}' END""",
            b=r.of("code"),
            after=f'","column":"{r.column.name}"',
            value=_excerpt(r),
        )
        for r in reads
    ]


def _reasons(reads: list[_Read], nameless: dict[str, exp.Expr]) -> exp.Expr:
    parts = _told(reads)
    for name, none in nameless.items():
        reason = f'{{"code":"reject.one_of","column":"{name}"}}'
        parts.append(template("CASE WHEN :none THEN :reason END", none=none, reason=reason))
    return template(
        """CASE WHEN NOT :broken IS NULL THEN '[{"code":"reject.broken"}]'
                WHEN :total THEN '[{"code":"reject.total"}]' WHEN :parts <> '' THEN '[' || :parts || ']' END""",
        broken=column(BROKEN),
        total=column(_TOTAL),
        parts=joined(",", parts),
    )


def _repairs(reads: list[_Read]) -> exp.Expr:
    parts = [
        template("CASE WHEN NOT :r IS NULL THEN :r || :name END", r=_mended(r), name=f":{r.column.name}")
        for r in reads
        if r.reading.repair is not None
    ]
    return template("NULLIF(:parts, '')", parts=joined(",", parts)) if parts else template("CAST(NULL AS VARCHAR)")


def _mended(read: _Read) -> exp.Expr:
    """Return what was mended in a column's value; nothing where it was left empty."""
    repair = read.of("repair")
    return template("CASE WHEN :b IS NULL THEN :r END", b=read.of("code"), r=repair) if read.blank else repair


def _dust(amount: _Read | None) -> exp.Expr:
    if amount is None or amount.kind is not Kind.FLOAT:
        return exp.false()
    return template("COALESCE(:v = 0 AND :t <> 0, FALSE)", t=amount.of("clean"), v=amount.of("value"))


def _excerpt(read: _Read) -> exp.Expr:
    """Return the value as a JSON member; nothing for personal columns, whose values stay in the row alone."""
    if read.column.hidden:
        return literal("")
    value = template("SUBSTR(CAST(:t AS VARCHAR), 1, :n)", t=read.of("clean"), n=_EXCERPT)
    return template("""COALESCE(',"value":' || :json, '')""", json=json_text(value))


def _all(conditions: list[exp.Expr]) -> exp.Expr:
    return reduce(exp.and_, conditions)
