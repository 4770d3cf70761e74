"""The contract as queries: read every row, name what breaks it, give it its key, compare it with what is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from sqlglot import exp

from qunxiang.intake.amounts import day_of
from qunxiang.intake.keys import CODES, DUST, REASONS, REPAIRS, REPEAT, derived, filled_by_ranges, joined, known
from qunxiang.intake.own_columns import is_own
from qunxiang.intake.plan import Plan
from qunxiang.intake.range_readings import exact_number, number_after, or_range, range_reading
from qunxiang.intake.readings import STEPS, Carrier, Names, Reading, Row, reading
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import BROKEN, ROW, Kind, Staged
from qunxiang.intake.words import any_total
from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.tables import Column, ColumnType, Contract

STATUS = "__status__"
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
_EXCERPT = 60  # characters of a value that a reason shows


@dataclass(frozen=True)
class _Read:
    """One contract column with its staged column's reading and the names of its steps."""

    column: Column
    kind: Kind
    names: Names
    reading: Reading

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
        a float next to 0 in the source).
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
        value: exp.Expr = literal(None) if read is None else column(read.reading.result)
        if c.name in ranged:
            value = exact_number(column(by_name[ranged[c.name]].reading.result), c)
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
    return Query(exp.select(*projections).from_(coded.subquery("told")))


def head_comparison(
    rows: Relation, head: Relation, contract: Contract, recognition: Recognition, system: str | None = None
) -> Query:
    """Find the accepted rows that are new, or differ from the head's row of the same key in a loaded column.

    A load that says its `system` loads that column, too.

    Returns
    -------
    Query
        One row per new or changed row: ``__row__``, ``__status__`` (``new`` or ``changed``).
    """
    on = _all([template(":l = :r", l=column(k, "r"), r=column(k, "h")) for k in contract.key])
    absent = template(":k IS NULL", k=column(contract.key[0], "h"))
    custom = {c.name for c in contract.columns if c.keyless}
    loaded = known(contract, recognition, system)
    compared = [n for n in loaded if n not in contract.key]
    if derived(contract, recognition):  # what is in the key cannot differ
        compared = [n for n in compared if n in custom or n not in recognition.mapping]
    if head.columns:  # the head may be older than a column of the contract
        compared = [n for n in compared if n in head.columns or n in custom]
    comes = {n: of_load(contract, recognition, n, head, "r") for n in compared}
    differs = [template(":l IS DISTINCT FROM :r", l=comes[n], r=of_head(contract, n, head)) for n in compared]
    status = template("CASE WHEN :absent THEN 'new' ELSE 'changed' END", absent=absent)
    tree = (
        exp.select(column(ROW, "r"), exp.alias_(status, STATUS, quoted=True))
        .from_(rows.table("r"))
        .join(head.table("h"), on=on, join_type="left")
        .where(template(":codes IS NULL AND NOT :repeat", codes=column(CODES, "r"), repeat=column(REPEAT, "r")))
        .where(reduce(exp.or_, differs, absent))
    )
    return Query(tree)


def of_head(contract: Contract, name: str, head: Relation) -> exp.Expr:
    """Return a column of the head (alias ``h``) in its type of today; NULL where the head is older than the column."""
    found = contract.column(name)
    if head.columns and name not in head.columns:
        return exp.cast(exp.null(), exp.DataType.build(found.type.sql if found else "VARCHAR", dialect="duckdb"))
    there = column(name, "h")
    if found is not None and found.keyless:  # its type may have been widened since, or be a custom column's
        return exp.cast(there, exp.DataType.build(found.type.sql, dialect="duckdb"))
    return there


def of_load(contract: Contract, recognition: Recognition, name: str, head: Relation, load: str) -> exp.Expr:
    """Return what a column of a known row (head's alias ``h``) is after a load (alias `load`).

    A range that holds the exact number which is there does not take it away, nor does a row that tells no range.
    """
    came, told = column(name, load), filled_by_ranges(contract, recognition).get(name)
    return came if told is None else number_after(came, column(told, load), of_head(contract, name, head))


def rejected(staged: Staged, rows: Relation, constants: dict[str, exp.Expr], *, by_content: bool = False) -> Query:
    """Return the rejected rows as the quarantine keeps them.

    Parameters
    ----------
    rows
        Rows as :func:`qunxiang.intake.keys.keyed` gives them.
    constants
        ``load_id``, ``table_name``, ``source``, ``loaded_at`` and ``fingerprint``; the last, with the table and the
        row's number, makes the row's id, so that a file loaded twice is quarantined once.
    by_content
        Take the row's content for its number, which the next reading of the source may change; equal rows of a load are
        told apart by their order.

    Returns
    -------
    Query
        One row per rejected source row, columns of ``tables.QUARANTINE``.
    """
    prefix = template(":a || '|' || :b || '|'", a=constants["table_name"], b=constants["fingerprint"])
    place: exp.Expr = template("CAST(:row AS VARCHAR)", row=column(ROW, "r"))
    if by_content:
        place = template(
            ":json || '|' || CAST(ROW_NUMBER() OVER (PARTITION BY :json ORDER BY :row) AS VARCHAR)",
            json=row_json(staged),
            row=column(ROW, "r"),
        )
    return select(
        """SELECT MD5(:prefix || :place) AS row_id, :load_id AS load_id, :table_name AS table_name,
                  :source AS source, :row AS row_number, :reasons AS reasons, :json AS row, :loaded_at AS loaded_at
           FROM staged__ AS s JOIN rows__ AS r ON :row = :staged_row
           WHERE NOT :codes IS NULL""",
        prefix=prefix,
        place=place,
        row=column(ROW, "r"),
        staged_row=column(ROW, "s"),
        load_id=constants["load_id"],
        table_name=constants["table_name"],
        source=constants["source"],
        reasons=column(REASONS, "r"),
        json=row_json(staged),
        loaded_at=constants["loaded_at"],
        staged=staged.relation,
        rows=rows,
        codes=column(CODES, "r"),
    )


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
    return [_Read(wanted, c.kind, names, _reading(contract, c, wanted, names, plan, row)) for wanted, c, names in found]


def _reading(contract: Contract, carrier: Carrier, wanted: Column, names: Names, plan: Plan, row: Row) -> Reading:
    exact = None if wanted.range_of is None else contract.column(wanted.range_of)
    if exact is not None:
        return range_reading(carrier, exact.type, names, plan, row)
    read = reading(carrier, wanted, names, plan, row)
    if contract.ranges_of(wanted.name) is None or carrier.kind is not Kind.TEXT:
        return read
    return replace(read, code=or_range(read.code, column(names["clean"]), wanted.type))


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
    parts = [
        template("CASE WHEN NOT :b IS NULL THEN :b || :name END", b=r.of("code"), name=f":{r.column.name}")
        for r in reads
    ]
    parts += [
        template("CASE WHEN :none THEN :code END", none=none, code=f"reject.one_of:{name}")
        for name, none in nameless.items()
    ]
    return template(
        """CASE WHEN NOT :broken IS NULL THEN 'reject.broken:' WHEN :total THEN 'reject.total:'
                ELSE NULLIF(:parts, '') END""",
        broken=column(BROKEN),
        total=column(_TOTAL),
        parts=joined(",", parts),
    )


def _reasons(reads: list[_Read], nameless: dict[str, exp.Expr]) -> exp.Expr:
    parts = []
    for r in reads:
        text = template(
            """CASE WHEN NOT :b IS NULL THEN '{"code":"' || :b || :after || :value || '}' END""",
            b=r.of("code"),
            after=f'","column":"{r.column.name}"',
            value=_excerpt(r),
        )
        parts.append(text)
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
        template("CASE WHEN NOT :r IS NULL THEN :r || :name END", r=r.of("repair"), name=f":{r.column.name}")
        for r in reads
        if r.reading.repair is not None
    ]
    return template("NULLIF(:parts, '')", parts=joined(",", parts)) if parts else template("CAST(NULL AS VARCHAR)")


def _dust(amount: _Read | None) -> exp.Expr:
    if amount is None or amount.kind is not Kind.FLOAT:
        return exp.false()
    return template("COALESCE(:v = 0 AND :t <> 0, FALSE)", t=amount.of("clean"), v=amount.of("value"))


def _excerpt(read: _Read) -> exp.Expr:
    """Return the value as a JSON member; nothing for personal columns, whose values stay in the row alone."""
    if read.column.hidden:
        return literal("")
    value = template("SUBSTR(CAST(:t AS VARCHAR), 1, :n)", t=read.of("clean"), n=_EXCERPT)
    return template("""COALESCE(',"value":' || :json, '')""", json=_json_text(value))


def _json_text(text: exp.Expr) -> exp.Expr:
    """Write text as a JSON string; control characters other than tab and line ends become a space."""
    escaped = template("REPLACE(REPLACE(:x, :b, :bb), :q, :bq)", x=text, b="\\", bb="\\\\", q='"', bq='\\"')
    for number, letter in ((10, "n"), (13, "r"), (9, "t")):
        escaped = template("REPLACE(:x, CHR(:n), :escape)", x=escaped, n=number, escape=f"\\{letter}")
    return template("""'"' || REGEXP_REPLACE(:x, :control, ' ', 'g') || '"'""", x=escaped, control=r"[\x00-\x1f]")


def row_json(staged: Staged) -> exp.Expr:
    """Write a staged row (alias ``s``) as a JSON object under its source names."""
    members = []
    for c in staged.columns:
        if is_own(c.name):
            continue
        value = column(c.physical, "s")
        if c.kind is Kind.INTEGER:
            written = template("CAST(:x AS VARCHAR)", x=value)
        elif c.kind is Kind.FLOAT:
            written = template("CASE WHEN ABS(:x) < 1e300 THEN CAST(:x AS VARCHAR) END", x=value)
        elif c.kind is Kind.BOOLEAN:
            written = template("CASE WHEN :x THEN 'true' WHEN NOT :x THEN 'false' END", x=value)
        elif c.kind is Kind.TEXT:
            written = _json_text(value)
        else:
            written = _json_text(template("CAST(:x AS VARCHAR)", x=value))
        name = c.name.replace("\\", "\\\\").replace('"', '\\"')
        members.append(template(":name || COALESCE(:value, 'null')", name=f'"{name}":', value=written))
    return template(
        """CASE WHEN :broken IS NULL THEN '{' || :members || '}' ELSE '{"__broken__":' || :raw || '}' END""",
        broken=column(BROKEN, "s"),
        members=joined(",", members),
        raw=_json_text(column(BROKEN, "s")),
    )


def _all(conditions: list[exp.Expr]) -> exp.Expr:
    return reduce(exp.and_, conditions)
