"""The contract as queries: read every row, name what breaks it, give it its key, compare it with what is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from qunxiang.intake.readings import Reading, reading
from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import BROKEN, ROW, Kind, Staged
from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.tables import Column, ColumnType, Contract

REASONS = "__reasons__"
CODES = "__codes__"
CONTENT = "__content__"
REPEAT = "__repeat__"
STATUS = "__status__"
DUST = "__dust__"
_EXCERPT = 60  # characters of a value that a reason shows


@dataclass(frozen=True)
class _Read:
    """One contract column with its staged column's reading and the names of its steps."""

    column: Column
    kind: Kind
    names: tuple[str, str, str, str]
    reading: Reading


def checked(staged: Staged, contract: Contract, recognition: Recognition, time_zone: str) -> Query:
    """Read every staged row as the contract's columns.

    Returns
    -------
    Query
        One row per staged row: ``__row__``, the contract's columns (those without a source are NULL), ``__codes__``
        (``code:column``, comma separated; NULL when the row keeps the contract), ``__reasons__`` (a JSON list) and
        ``__dust__`` (the amount is 0 in cents but was a float next to 0 in the source).
    """
    reads = _reads(staged, contract, recognition, time_zone)
    carried = [ROW, BROKEN]
    query: exp.Query = exp.select(*map(column, carried), *_named(reads, 0, "clean")).from_(staged.relation.table())
    for step, expression in ((1, "form"), (2, "value"), (3, "code")):
        kept = carried + [r.names[i] for r in reads for i in range(step)]
        query = exp.select(*map(column, kept), *_named(reads, step, expression)).from_(query.subquery(f"step{step}"))
    by_name = {r.column.name: r for r in reads}
    projections: list[exp.Expr] = [column(ROW)]
    for c in contract.columns:
        read = by_name.get(c.name)
        value: exp.Expr = literal(None) if read is None else column(read.names[2])
        typed = exp.cast(value, exp.DataType.build(c.type.sql, dialect="duckdb"))
        whole = template("CASE WHEN :broken IS NULL THEN :v END", broken=column(BROKEN), v=typed)
        projections.append(exp.alias_(whole, c.name, quoted=True))
    projections.append(exp.alias_(_codes(reads), CODES, quoted=True))
    projections.append(exp.alias_(_reasons(reads), REASONS, quoted=True))
    projections.append(exp.alias_(_dust(by_name.get("amount")), DUST, quoted=True))
    return Query(exp.select(*projections).from_(query.subquery("judged")))


def keyed(rows: Query | Relation, contract: Contract, recognition: Recognition) -> Query:
    """Give every row its key, and find rows that contradict or repeat one another within the load.

    Where the key is derived it is the hash of the row's content, with the ordinal among equal rows from the second on:
    the order of rows in a file does not matter. Where the source carries the key, rows with one key and different
    content are all rejected (nobody can say which is right), equal ones counted once.

    Parameters
    ----------
    rows
        Rows as :func:`checked` gives them.

    Returns
    -------
    Query
        The columns of :func:`checked` and ``__repeat__`` (the row equals an earlier one of this load).
    """
    hashed = select(
        "SELECT *, CASE WHEN :codes IS NULL THEN :content END AS :name FROM rows__ AS r",
        rows=rows,
        codes=column(CODES),
        content=_content(contract),
        name=exp.to_identifier(CONTENT, quoted=True),
    )
    if _derived(contract, recognition):
        return _with_derived_key(hashed, contract)
    return _with_conflicts(hashed, contract)


def _with_derived_key(hashed: Query, contract: Contract) -> Query:
    numbered = select(
        "SELECT *, ROW_NUMBER() OVER (PARTITION BY :content ORDER BY :row) AS ordinal__ FROM hashed__ AS h",
        hashed=hashed,
        content=column(CONTENT),
        row=column(ROW),
    )
    key = template(
        "CASE WHEN ordinal__ = 1 THEN :content ELSE :content || '-' || CAST(ordinal__ AS VARCHAR) END",
        content=column(CONTENT),
    )
    projections = [
        exp.alias_(key.copy(), c.name, quoted=True) if c.name == contract.key[0] else column(c.name)
        for c in contract.columns
    ]
    projections += [column(CODES), column(REASONS), column(DUST), exp.alias_(exp.false(), REPEAT, quoted=True)]
    return Query(exp.select(column(ROW), *projections).from_(numbered.tree.subquery("numbered")))


def _with_conflicts(hashed: Query, contract: Contract) -> Query:
    good = exp.alias_(template(":codes IS NULL", codes=column(CODES)), "good__")
    keys = [*map(column, contract.key), column("good__")]
    window = {"partition_by": keys}
    ordered = exp.Order(expressions=[exp.Ordered(this=column(ROW))])
    inner = exp.select("*", good).from_(hashed.tree.subquery("hashed"))
    grouped = exp.select(
        "*",
        exp.alias_(exp.Window(this=exp.Min(this=column(CONTENT)), **_copies(window)), "least__"),
        exp.alias_(exp.Window(this=exp.Max(this=column(CONTENT)), **_copies(window)), "most__"),
        exp.alias_(exp.Window(this=exp.RowNumber(), order=ordered, **_copies(window)), "ordinal__"),
    ).from_(inner.subquery("sorted"))
    key_name = contract.key[0]
    conflict = template("good__ AND least__ <> most__")
    codes = template(
        "CASE WHEN :conflict THEN :code ELSE :codes END",
        conflict=conflict,
        code=f"reject.key.conflict:{key_name}",
        codes=column(CODES),
    )
    reasons = template(
        "CASE WHEN :conflict THEN :reason ELSE :reasons END",
        conflict=conflict,
        reason=f'[{{"code":"reject.key.conflict","column":"{key_name}"}}]',
        reasons=column(REASONS),
    )
    repeat = template("good__ AND least__ = most__ AND ordinal__ > 1")
    projections = [
        column(ROW),
        *map(column, contract.names),
        exp.alias_(codes, CODES, quoted=True),
        exp.alias_(reasons, REASONS, quoted=True),
        column(DUST),
        exp.alias_(repeat, REPEAT, quoted=True),
    ]
    return Query(exp.select(*projections).from_(grouped.subquery("grouped")))


def head_comparison(rows: Relation, head: Relation, contract: Contract, recognition: Recognition) -> Query:
    """Find the accepted rows that are new, or differ from the head's row of the same key in a loaded column.

    Returns
    -------
    Query
        One row per new or changed row: ``__row__``, ``__status__`` (``new`` or ``changed``).
    """
    on = _all([template(":l = :r", l=column(k, "r"), r=column(k, "h")) for k in contract.key])
    absent = template(":k IS NULL", k=column(contract.key[0], "h"))
    compared = [] if _derived(contract, recognition) else [n for n in recognition.mapping if n not in contract.key]
    if head.columns:  # the head may be older than a column of the contract
        compared = [n for n in compared if n in head.columns]
    differs = [template(":l IS DISTINCT FROM :r", l=column(n, "r"), r=column(n, "h")) for n in compared]
    status = template("CASE WHEN :absent THEN 'new' ELSE 'changed' END", absent=absent)
    tree = (
        exp.select(column(ROW, "r"), exp.alias_(status, STATUS, quoted=True))
        .from_(rows.table("r"))
        .join(head.table("h"), on=on, join_type="left")
        .where(template(":codes IS NULL AND NOT :repeat", codes=column(CODES, "r"), repeat=column(REPEAT, "r")))
        .where(reduce(exp.or_, differs, absent))
    )
    return Query(tree)


def rejected(staged: Staged, rows: Relation, constants: dict[str, exp.Expr]) -> Query:
    """Return the rejected rows as the quarantine keeps them.

    Parameters
    ----------
    rows
        Rows as :func:`keyed` gives them.
    constants
        ``load_id``, ``table_name``, ``source``, ``loaded_at`` and ``fingerprint``; the last, with the table and the
        row's number, makes the row's id, so that a file loaded twice is quarantined once.

    Returns
    -------
    Query
        One row per rejected source row, columns of ``tables.QUARANTINE``.
    """
    prefix = template(":a || '|' || :b || '|'", a=constants["table_name"], b=constants["fingerprint"])
    return select(
        """SELECT MD5(:prefix || CAST(:row AS VARCHAR)) AS row_id, :load_id AS load_id, :table_name AS table_name,
                  :source AS source, :row AS row_number, :reasons AS reasons, :json AS row, :loaded_at AS loaded_at
           FROM staged__ AS s JOIN rows__ AS r ON :row = :staged_row
           WHERE NOT :codes IS NULL""",
        prefix=prefix,
        row=column(ROW, "r"),
        staged_row=column(ROW, "s"),
        load_id=constants["load_id"],
        table_name=constants["table_name"],
        source=constants["source"],
        reasons=column(REASONS, "r"),
        json=_row_json(staged),
        loaded_at=constants["loaded_at"],
        staged=staged.relation,
        rows=rows,
        codes=column(CODES, "r"),
    )


def _derived(contract: Contract, recognition: Recognition) -> bool:
    return contract.derived_key and contract.key[0] not in recognition.mapping


def _reads(staged: Staged, contract: Contract, recognition: Recognition, time_zone: str) -> list[_Read]:
    reads = []
    for i, (target, source) in enumerate(recognition.mapping.items()):
        found = contract.column(target)
        if found is None:
            raise KeyError(target)
        if target in contract.key and not found.required:  # a source that carries the key carries it in every row
            found = Column(**{**found.__dict__, "required": True})
        carrier = staged.column(source)
        names = (f"t{i}__", f"n{i}__", f"v{i}__", f"b{i}__")
        steps = reading(column(carrier.physical), carrier.kind, found, names[:3], time_zone)
        reads.append(_Read(found, carrier.kind, names, steps))
    return reads


def _named(reads: Iterable[_Read], step: int, expression: str) -> list[exp.Expr]:
    return [exp.alias_(getattr(r.reading, expression), r.names[step], quoted=True) for r in reads]


def _codes(reads: list[_Read]) -> exp.Expr:
    parts = [
        template("CASE WHEN NOT :b IS NULL THEN :b || :name END", b=column(r.names[3]), name=f":{r.column.name}")
        for r in reads
    ]
    return template(
        "CASE WHEN NOT :broken IS NULL THEN 'reject.broken:' ELSE NULLIF(:parts, '') END",
        broken=column(BROKEN),
        parts=_joined(",", parts),
    )


def _reasons(reads: list[_Read]) -> exp.Expr:
    parts = []
    for r in reads:
        text = template(
            """CASE WHEN NOT :b IS NULL THEN '{"code":"' || :b || :after || :value || '}' END""",
            b=column(r.names[3]),
            after=f'","column":"{r.column.name}"',
            value=_excerpt(r),
        )
        parts.append(text)
    return template(
        """CASE WHEN NOT :broken IS NULL THEN '[{"code":"reject.broken"}]'
                WHEN :parts <> '' THEN '[' || :parts || ']' END""",
        broken=column(BROKEN),
        parts=_joined(",", parts),
    )


def _dust(amount: _Read | None) -> exp.Expr:
    if amount is None or amount.kind is not Kind.FLOAT:
        return exp.false()
    t, _, v, _ = (column(name) for name in amount.names)
    return template("COALESCE(:v = 0 AND :t <> 0, FALSE)", t=t, v=v)


def _excerpt(read: _Read) -> exp.Expr:
    """Return the value as a JSON member; nothing for personal columns, whose values stay in the row alone."""
    if read.column.personal:
        return literal("")
    value = template("SUBSTR(CAST(:t AS VARCHAR), 1, :n)", t=column(read.names[0]), n=_EXCERPT)
    return template("""COALESCE(',"value":' || :json, '')""", json=_json_text(value))


def _json_text(text: exp.Expr) -> exp.Expr:
    """Write text as a JSON string; control characters other than tab and line ends become a space."""
    escaped = template("REPLACE(REPLACE(:x, :b, :bb), :q, :bq)", x=text, b="\\", bb="\\\\", q='"', bq='\\"')
    for number, letter in ((10, "n"), (13, "r"), (9, "t")):
        escaped = template("REPLACE(:x, CHR(:n), :escape)", x=escaped, n=number, escape=f"\\{letter}")
    return template("""'"' || REGEXP_REPLACE(:x, :control, ' ', 'g') || '"'""", x=escaped, control=r"[\x00-\x1f]")


def _row_json(staged: Staged) -> exp.Expr:
    """Write a staged row as a JSON object under its source names."""
    members = []
    for c in staged.columns:
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
        members=_joined(",", members),
        raw=_json_text(column(BROKEN, "s")),
    )


def _content(contract: Contract) -> exp.Expr:
    """Return the hash of a row's known values under their names, so that a column added later changes no key."""
    parts = []
    for c in contract.columns:
        if contract.derived_key and c.name in contract.key:
            continue
        parts.append(template(":name || :v", name=f"{c.name}=", v=_canonical(column(c.name), c.type)))
    return template("MD5(:parts)", parts=_joined("\x1f", parts))


def _canonical(value: exp.Expr, type_: ColumnType) -> exp.Expr:
    """Write a value as every engine writes it."""
    if type_ is ColumnType.TEXT:
        return value
    if type_ is ColumnType.NUMBER:  # a float as text differs between engines, a decimal does not
        return template("COALESCE(CAST(TRY_CAST(:x AS DECIMAL(38, 9)) AS VARCHAR), CAST(:x AS VARCHAR))", x=value)
    if type_ is ColumnType.TIMESTAMP:
        return template("CAST(CAST(:x AS TIMESTAMP) AS VARCHAR)", x=value)
    return template("CAST(:x AS VARCHAR)", x=value)


def _joined(separator: str, parts: list[exp.Expr]) -> exp.Expr:
    # skips NULL parts, in every engine
    return exp.ConcatWs(expressions=[literal(separator), *(p.copy() for p in parts)], safe=True, coalesce=True)


def _all(conditions: list[exp.Expr]) -> exp.Expr:
    return reduce(exp.and_, conditions)


def _copies(window: dict[str, list[exp.Column]]) -> dict[str, list[exp.Expr]]:
    return {name: [node.copy() for node in nodes] for name, nodes in window.items()}
