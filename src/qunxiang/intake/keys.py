"""Keys of a load's rows: given or derived, and which rows repeat or contradict one another.

Almost every row of a file has a key of its own. So keys are counted first, and only the rows of a key that came twice
are numbered and compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from qunxiang.intake.recognition import Recognition
from qunxiang.intake.staging import ROW
from qunxiang.sql import Query, Relation, column, literal, template
from qunxiang.tables import Column, ColumnType, Contract

REASONS = "__reasons__"
CODES = "__codes__"
DUST = "__dust__"
REPAIRS = "__repairs__"
BLANKED = "__blanked__"
BLANKED_REASONS = "__blanked_reasons__"
UNREAD = "__unread__"
REPEAT = "__repeat__"
ORDINAL = "__ordinal__"
AGAIN = "__again__"
BLANKS = (BLANKED, BLANKED_REASONS)
"""Columns by which rows say which of their values were left empty; only those of a load that does so have them."""
CONFLICT = "__conflict__"


def hashed(
    rows: Query | Relation,
    contract: Contract,
    recognition: Recognition,
    system: str | None = None,
    *,
    blanks: bool = False,
) -> Query:
    """Give every row its key: the source's, or where it is derived the hash of the row's content.

    Custom columns and ranges have no part in a derived key, so that it stays when they come to be kept, or to be read.
    Another value that was left empty has one as it stands in the source, so that rows which differ in it stay apart.

    Parameters
    ----------
    rows
        Rows as :func:`qunxiang.intake.checks.checked` gives them.
    blanks
        Whether values were left empty; the rows say which.

    Returns
    -------
    Query
        The columns of `rows` that the load can know (see :func:`known`), and ``__repeat__``, which is false everywhere
        until :func:`settled`.
    """
    made: dict[str, exp.Expr] = {}
    names = known(contract, recognition, system)
    if derived(contract, recognition):
        unread = column(UNREAD) if blanks else None
        content = _hash([c for c in contract.columns if in_key(c, contract, names)], also=unread)
        made[contract.key[0]] = template("CASE WHEN :c IS NULL THEN :content END", c=column(CODES), content=content)
    projections = [column(ROW), *_projected(names, made, None), *map(column, (CODES, REASONS, REPAIRS, DUST))]
    projections += map(column, BLANKS if blanks else ())
    projections.append(exp.alias_(exp.false(), REPEAT, quoted=True))
    return Query(exp.select(*projections).from_(_from(rows, "r")))


def repeats(rows: Query | Relation, contract: Contract, recognition: Recognition, system: str | None = None) -> Query:
    """Find the rows that are not the only one of their key.

    Parameters
    ----------
    rows
        Rows as :func:`hashed` gives them.

    Returns
    -------
    Query
        One row per row that :func:`settled` changes: ``__row__``, its ``__ordinal__`` among the rows of its key,
        ``__again__`` (it equals an earlier row) and ``__conflict__`` (rows of its key differ in content).
    """
    keys = [column(k) for k in contract.key]
    twice = (
        exp.select(*(k.copy() for k in keys))
        .from_(_from(rows, "o"))
        .where(template(":codes IS NULL", codes=column(CODES)))
        .group_by(*(k.copy() for k in keys))
        .having(template("COUNT(*) > 1"))
    )
    names = known(contract, recognition, system)
    same = derived(contract, recognition)
    compared = [c for c in contract.columns if c.name in names and (c.keyless or not same)]
    unread = column(BLANKED_REASONS, "r") if same and has_blanks(rows) else None  # rows may differ in these alone
    content = _hash(compared, "r", also=unread) if compared else exp.cast(exp.null(), "VARCHAR")
    on = exp.and_(*(template(":l = :r", l=column(k, "r"), r=column(k, "t")) for k in contract.key))
    found = (
        exp.select(column(ROW, "r"), *(column(k, "r") for k in contract.key), exp.alias_(content, "content__"))
        .from_(_from(rows, "r"))
        .join(twice.subquery("t"), on=on, join_type="semi")
        .where(template(":codes IS NULL", codes=column(CODES, "r")))
    )
    numbered = exp.select(column(ROW), *_numbers(keys, same=same, repeats=contract.repeats)).from_(
        found.subquery("found")
    )
    conflict: exp.Expr = exp.false() if same else template("least__ <> most__")
    return Query(
        exp.select(
            column(ROW),
            column(ORDINAL),
            exp.alias_(exp.false() if same and contract.repeats else template("copy__ > 1"), AGAIN, quoted=True),
            exp.alias_(conflict, CONFLICT, quoted=True),
        )
        .from_(numbered.subquery("numbered"))
        .where(template(":n > 1 OR copy__ > 1 OR least__ <> most__", n=column(ORDINAL)))
    )


def _numbers(keys: list[exp.Column], *, same: bool, repeats: bool) -> list[exp.Expr]:
    """Number the rows of a key: their ordinal, which copy of their content they are, least and greatest content."""
    row = exp.Ordered(this=column(ROW))
    content = exp.Ordered(this=column("content__"), nulls_first=True)

    def over(what: exp.Expr, *order: exp.Ordered, also: tuple[exp.Column, ...] = ()) -> exp.Window:
        by = [*(k.copy() for k in keys), *also]
        return exp.Window(
            this=what, partition_by=by, order=exp.Order(expressions=[o.copy() for o in order]) if order else None
        )

    ranked = over(exp.DenseRank(), content) if same and not repeats else over(exp.RowNumber(), content, row)
    return [
        exp.alias_(ranked, ORDINAL, quoted=True),
        exp.alias_(over(exp.RowNumber(), row, also=(column("content__"),)), "copy__"),
        exp.alias_(over(exp.Min(this=column("content__"))), "least__"),
        exp.alias_(over(exp.Max(this=column("content__"))), "most__"),
    ]


def settled(
    rows: Query | Relation,
    again: Query | Relation,
    contract: Contract,
    recognition: Recognition,
    system: str | None = None,
) -> Query:
    """Settle what becomes of the rows that share a key.

    With a derived key equal rows count each, told apart by their ordinal from the second on, where the contract lets
    rows repeat; else they are one. Where the source carries the key, rows with one key and different content are all
    rejected (nobody can say which is right), equal ones counted once. The order of rows in a file does not matter.

    Parameters
    ----------
    rows, again
        Rows as :func:`hashed` and :func:`repeats` give them.

    Returns
    -------
    Query
        The columns of `rows`, ``__repeat__`` now saying whether the row equals an earlier one of this load.
    """
    name = contract.key[0]
    conflict = template("COALESCE(:c, FALSE)", c=column(CONFLICT, "a"))
    made: dict[str, exp.Expr] = {}
    if derived(contract, recognition):
        made[name] = template(
            "CASE WHEN :n > 1 THEN :key || '-' || CAST(:n AS VARCHAR) ELSE :key END",
            n=column(ORDINAL, "a"),
            key=column(name, "r"),
        )
    codes = template(
        "CASE WHEN :conflict THEN :code ELSE :codes END",
        conflict=conflict,
        code=f"reject.key.conflict:{name}",
        codes=column(CODES, "r"),
    )
    reasons = template(
        "CASE WHEN :conflict THEN :reason ELSE :reasons END",
        conflict=conflict,
        reason=f'[{{"code":"reject.key.conflict","column":"{name}"}}]',
        reasons=column(REASONS, "r"),
    )
    copy = template("COALESCE(:again AND NOT :conflict, FALSE)", again=column(AGAIN, "a"), conflict=conflict)
    projections = [
        column(ROW, "r"),
        *_projected(known(contract, recognition, system), made, "r"),
        exp.alias_(codes, CODES, quoted=True),
        exp.alias_(reasons, REASONS, quoted=True),
        column(REPAIRS, "r"),
        column(DUST, "r"),
        exp.alias_(copy, REPEAT, quoted=True),
        *(column(name, "r") for name in BLANKS if has_blanks(rows)),
    ]
    on = template(":l = :r", l=column(ROW, "r"), r=column(ROW, "a"))
    return Query(exp.select(*projections).from_(_from(rows, "r")).join(_from(again, "a"), on=on, join_type="left"))


def has_blanks(rows: Query | Relation) -> bool:
    """Whether rows say which of their values were left empty."""
    return isinstance(rows, Relation) and BLANKED in rows.columns


def keyed(rows: Query | Relation, contract: Contract, recognition: Recognition, system: str | None = None) -> Query:
    """Return rows as :func:`checked` gives them with keys and repeats settled, as one query."""
    first = hashed(rows, contract, recognition, system)
    again = repeats(first, contract, recognition, system)
    return settled(first, again, contract, recognition, system)


def derived(contract: Contract, recognition: Recognition) -> bool:
    """Say whether keys are made from the rows' content."""
    return contract.derived_key and contract.key[0] not in recognition.mapping


def in_key(column: Column, contract: Contract, names: tuple[str, ...]) -> bool:
    """Say whether a column has a part in a derived key; `names` are those that a load knows."""
    return column.name in names and not column.keyless and column.name not in contract.key


def known(contract: Contract, recognition: Recognition, system: str | None = None) -> tuple[str, ...]:
    """Return the contract's columns that a load's rows can know: those with a source, the key, the source system.

    A column of ranges fills that of exact numbers, too, where the latter has no source.
    """
    said = {*recognition.mapping, *contract.key, *(("system",) if system is not None else ())}
    said |= set(filled_by_ranges(contract, recognition))
    return tuple(n for n in contract.names if n in said)


def filled_by_ranges(contract: Contract, recognition: Recognition) -> dict[str, str]:
    """Return the columns of exact numbers that a load fills from a column of ranges, with the latter's name."""
    mapped = (c for c in contract.columns if c.name in recognition.mapping)
    return {c.range_of: c.name for c in mapped if c.range_of is not None and c.range_of not in recognition.mapping}


def filled(rows: Relation, contract: Contract) -> exp.Expr:
    """Return a load's rows as ``r`` with all columns of the contract; those that no row knows are NULL."""
    if not rows.columns:
        return rows.table("r")
    unknown = [
        exp.alias_(exp.cast(exp.null(), exp.DataType.build(c.type.sql, dialect="duckdb")), c.name, quoted=True)
        for c in contract.columns
        if c.name not in rows.columns
    ]
    return exp.select("*", *unknown).from_(rows.table()).subquery("r")


def joined(separator: str, parts: list[exp.Expr]) -> exp.Expr:
    """Join texts, leaving out unknown ones, alike in every engine."""
    return exp.ConcatWs(expressions=[literal(separator), *(p.copy() for p in parts)], safe=True, coalesce=True)


def _from(rows: Query | Relation, alias: str) -> exp.Expr:
    return rows.table(alias) if isinstance(rows, Relation) else rows.tree.subquery(alias)


def _projected(names: tuple[str, ...], made: dict[str, exp.Expr], table: str | None) -> list[exp.Expr]:
    return [exp.alias_(made[n].copy(), n, quoted=True) if n in made else column(n, table) for n in names]


def _hash(columns: Iterable[Column], table: str | None = None, also: exp.Expr | None = None) -> exp.Expr:
    return content_hash({c.name: (column(c.name, table), c.type) for c in columns}, also)


def content_hash(values: Mapping[str, tuple[exp.Expr, ColumnType]], also: exp.Expr | None = None) -> exp.Expr:
    """Return the hash of known values under their names, so that a column added later changes no key.

    `also` is a text that has a part in it where it is known.
    """
    parts = [template(":name || :v", name=f"{n}=", v=_canonical(v, type_)) for n, (v, type_) in values.items()]
    parts += [] if also is None else [also]
    return template("MD5(:parts)", parts=joined("\x1f", parts))


def _canonical(value: exp.Expr, type_: ColumnType) -> exp.Expr:
    """Write a value as every engine writes it."""
    if type_ is ColumnType.TEXT:
        return value
    if type_ is ColumnType.NUMBER:  # a float as text differs between engines, a decimal does not
        return template("COALESCE(CAST(TRY_CAST(:x AS DECIMAL(38, 9)) AS VARCHAR), CAST(:x AS VARCHAR))", x=value)
    if type_ is ColumnType.TIMESTAMP:
        return template("CAST(CAST(:x AS TIMESTAMP) AS VARCHAR)", x=value)
    return template("CAST(:x AS VARCHAR)", x=value)
