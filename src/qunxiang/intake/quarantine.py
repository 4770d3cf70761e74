"""The quarantine's own queries: what stands in it now, and what becomes of rows that come back mended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from qunxiang.intake.blanks import holds_blanks
from qunxiang.intake.fates import BLANKED, LEFT_EMPTY, LEFT_OUT, MENDED, OPEN
from qunxiang.intake.json_text import row_json
from qunxiang.intake.keys import BLANKED_REASONS, CODES, DUST, REASONS, REPAIRS, REPEAT, has_blanks
from qunxiang.intake.own_columns import is_link, is_own
from qunxiang.intake.staging import ROW, Staged
from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.tables import QUARANTINE

TOTAL = "reject.total"
"""Code of the reason of rows that are sums of others: set aside and counted, nothing to repair."""


def rejected(
    staged: Staged,
    rows: Relation,
    constants: dict[str, exp.Expr],
    key: str | None = None,
    *,
    once: bool = False,
    by_content: bool = False,
) -> Query:
    """Return the rejected rows as the quarantine keeps them, and those with values that were left empty.

    Parameters
    ----------
    rows
        Rows as :func:`qunxiang.intake.keys.keyed` gives them; with those that were left empty where values were.
    constants
        ``load_id``, ``table_name``, ``source``, ``loaded_at`` and ``fingerprint``; the last, with the table and the
        row's number, makes the row's id, so that a file loaded twice is quarantined once.
    key
        Column whose value is kept of rows that are in the table, where their content alone gives it.
    once
        Whether equal rows are one: only the first of them is in the table, and told.
    by_content
        Take the row's content for its number, which the next reading of the source may change; equal rows of a load are
        told apart by their order.

    Returns
    -------
    Query
        One row per rejected source row, columns of ``tables.QUARANTINE`` without what people said.
    """
    prefix = template(":a || '|' || :b || '|'", a=constants["table_name"], b=constants["fingerprint"])
    place: exp.Expr = template("CAST(:row AS VARCHAR)", row=column(ROW, "r"))
    if by_content:
        place = template(
            ":json || '|' || CAST(ROW_NUMBER() OVER (PARTITION BY :json ORDER BY :row) AS VARCHAR)",
            json=row_json(staged),
            row=column(ROW, "r"),
        )
    blanks = has_blanks(rows)
    whole_row = template(":c IS NULL", c=column(CODES, "r"))
    wanted = holds_blanks("r", repeats=not once) if blanks else exp.false()
    named = template("CAST(NULL AS VARCHAR)") if key is None or not blanks else column(key, "r")
    return select(
        """SELECT MD5(:prefix || :place) AS row_id, :load_id AS load_id, :table_name AS table_name,
                  :source AS source, :row AS row_number, COALESCE(:reasons, :said) AS reasons, :json AS row,
                  :loaded_at AS loaded_at, CASE WHEN :kept THEN :blanked ELSE :open END AS fate,
                  CASE WHEN :kept THEN :named END AS key
           FROM staged__ AS s JOIN rows__ AS r ON :row = :staged_row
           WHERE NOT :kept OR :wanted""",
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
        said=_left_empty(rows),
        kept=whole_row,
        wanted=wanted,
        named=named,
        blanked=BLANKED,
        open=OPEN,
    )


def _left_empty(rows: Relation) -> exp.Expr:
    """Return why values of a load's row (alias ``r``) were left empty; NULL in loads that leave none."""
    return column(BLANKED_REASONS, "r") if has_blanks(rows) else template("CAST(NULL AS VARCHAR)")


def current(quarantined: Relation) -> Query:
    """Return the newest entry of every quarantined row.

    Returns
    -------
    Query
        One row per `row_id`, columns of ``tables.QUARANTINE``.
    """
    numbered = select(
        """SELECT *, ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY loaded_at DESC, load_id DESC) AS age__
           FROM q__ AS a""",
        q=whole(quarantined),
    )
    return select("SELECT n.* FROM numbered__ AS n WHERE n.age__ = 1", numbered=numbered)


def standing(quarantined: Relation, table: str, columns: Sequence[str] = ()) -> Query:
    """Count the quarantined rows of a table by source and by the load that first rejected them.

    Parameters
    ----------
    columns
        Columns of which values were left empty.

    Returns
    -------
    Query
        One row per source and load: `source`, `load_id`; `n_rejected`, the rows that it rejected; of all that it told
        of `n_open`, the open ones that are no totals (a total is set aside and counted as nothing). For the i-th column
        `n_kept_<i>`, the rows that it kept with that value left empty, and `n_blanked_<i>`, those that are so still.
    """
    first = select(
        """SELECT a.row_id, a.load_id, a.fate, a.reasons,
             ROW_NUMBER() OVER (PARTITION BY a.row_id ORDER BY a.loaded_at, a.load_id) AS place
           FROM q__ AS a""",
        q=whole(quarantined),
    )
    counts = {
        f"n_{what}_{i}": template(
            "CAST(SUM(CASE WHEN :fate = :blanked AND CONTAINS(:reasons, :name) THEN 1 ELSE 0 END) AS BIGINT)",
            fate=column("fate", entry),
            reasons=column("reasons", entry),
            name=f'"column":"{name}"',
            blanked=BLANKED,
        )
        for i, name in enumerate(columns)
        for what, entry in (("kept", "f"), ("blanked", "k"))
    }
    counted = select(
        """SELECT k.source, f.load_id,
             CAST(SUM(CASE WHEN f.fate = :blanked THEN 0 ELSE 1 END) AS BIGINT) AS n_rejected,
             CAST(SUM(CASE WHEN k.fate = :open AND NOT k.reasons LIKE :total THEN 1 ELSE 0 END) AS BIGINT) AS n_open
           FROM known__ AS k JOIN first__ AS f ON f.row_id = k.row_id AND f.place = 1
           WHERE k.table_name = :table GROUP BY k.source, f.load_id""",
        known=current(quarantined),
        first=first,
        open=OPEN,
        blanked=BLANKED,
        total=f'%"code":"{TOTAL}"%',  # no value can hold this: its quotes are escaped
        table=table,
    )
    return Query(counted.tree.select(*(exp.alias_(value, name) for name, value in counts.items()), copy=False))


def whole(quarantined: Relation) -> Query:
    """Return every entry of the quarantine with the columns of today."""
    there = quarantined.columns or QUARANTINE.names
    projections = []
    for c in QUARANTINE.columns:
        value: exp.Expr = column(c.name, "q")
        if c.name not in there:  # the quarantine was written before it had this column
            value = literal(OPEN) if c.name == "fate" else template("CAST(NULL AS VARCHAR)")
        projections.append(exp.alias_(value, c.name, quoted=True))
    return Query(exp.select(*projections).from_(quarantined.table("q")))


def link_of(staged: Staged) -> str | None:
    """Return the staged column that says which row of the quarantine a row is, or None."""
    return next((c.physical for c in staged.columns if is_link(c.name)), None)


def came_back(staged: Staged, rows: Relation, key: str | None = None) -> Query:
    """Return the rows that came back from the quarantine with what the contract says of them now.

    Parameters
    ----------
    key
        As of :func:`rejected`.

    Returns
    -------
    Query
        One row per source row with a link: ``link``, ``came`` (its number), ``fate``, ``reasons``, ``row``, ``key``,
        and ``empty``, whether it holds nothing: a row that could not be split has no cells in an export.
    """
    data = [column(c.physical, "s") for c in staged.columns if not is_own(c.name)]
    named = template("CAST(NULL AS VARCHAR)") if key is None else column(key, "r")
    return select(
        """SELECT CAST(:link AS VARCHAR) AS link, :row AS came, COALESCE(:reasons, :said) AS reasons, :json AS row,
             CASE WHEN NOT :codes IS NULL THEN :open WHEN NOT :said IS NULL THEN :blanked ELSE :mended END AS fate,
             CASE WHEN :codes IS NULL AND NOT :said IS NULL THEN :named END AS key, :empty AS empty
           FROM staged__ AS s JOIN rows__ AS r ON :row = :staged_row WHERE NOT :link IS NULL""",
        link=column(link_of(staged) or "", "s"),
        row=column(ROW, "r"),
        staged_row=column(ROW, "s"),
        codes=column(CODES, "r"),
        reasons=column(REASONS, "r"),
        said=_left_empty(rows),
        named=named,
        open=OPEN,
        blanked=BLANKED,
        mended=MENDED,
        json=row_json(staged),
        empty=exp.and_(exp.true(), *(template("NULLIF(CAST(:x AS VARCHAR), '') IS NULL", x=x) for x in data)),
        staged=staged.relation,
        rows=rows,
    )


def rekeyed(rows: Relation, staged: Staged, quarantined: Relation, table: str, key: str) -> Query:
    """Return rows whose keys their content makes; those that mend a row of the table have that row's key.

    Parameters
    ----------
    rows
        Rows as :func:`qunxiang.intake.keys.hashed` gives them, with their columns.
    key
        Column of the key.

    Returns
    -------
    Query
        The columns of `rows`.
    """
    linked = select(
        """SELECT k.key AS key, :row AS came, ROW_NUMBER() OVER (PARTITION BY k.row_id ORDER BY :row) AS first__
           FROM staged__ AS s JOIN known__ AS k ON CAST(:link AS VARCHAR) = k.row_id AND k.table_name = :table
           WHERE NOT k.key IS NULL""",
        row=column(ROW, "s"),
        link=column(link_of(staged) or "", "s"),
        staged=staged.relation,
        known=current(quarantined),
        table=table,
    )
    mended = exp.select("came", "key").from_(linked.tree.subquery("l")).where("l.first__ = 1")
    names = [ROW, *rows.columns, CODES, REASONS, REPAIRS, DUST, REPEAT]
    made = template("COALESCE(m.key, :own)", own=column(key, "r"))
    on = template("m.came = :row", row=column(ROW, "r"))
    return Query(
        exp.select(*(exp.alias_(made, n, quoted=True) if n == key else column(n, "r") for n in names))
        .from_(rows.table("r"))
        .join(mended.subquery("m"), on=on, join_type="left")
    )


def mended_before(rows: Relation, told: Query, quarantined: Relation) -> Query:
    """Return rows whose keys their content makes; those that were rejected before and came back are there already.

    A row that came back is in the table under the key of its content then, so that the same row as it stands in its
    source, with a value left empty, would be another one.

    Parameters
    ----------
    rows
        Rows as :func:`qunxiang.intake.keys.keyed` gives them, with their columns.
    told
        What the quarantine would be told of them, see :func:`rejected`.

    Returns
    -------
    Query
        The columns of `rows`, ``__repeat__`` being true of such rows, too.
    """
    mended = select(
        """SELECT t.row_number AS row_number FROM told__ AS t JOIN known__ AS k ON t.row_id = k.row_id
           WHERE t.fate = :blanked AND k.fate IN (:mended, :blanked, :empty) AND k.key IS DISTINCT FROM t.key""",
        told=told,
        known=current(quarantined),
        blanked=BLANKED,
        mended=MENDED,
        empty=LEFT_EMPTY,
    )
    there = template(":again OR NOT m.row_number IS NULL", again=column(REPEAT, "r"))
    names = [ROW, *rows.columns, CODES, REASONS, REPAIRS, DUST]
    return Query(
        exp.select(*(column(n, "r") for n in names), exp.alias_(there, REPEAT, quoted=True))
        .from_(rows.table("r"))
        .join(mended.tree.subquery("m"), on=template("m.row_number = :row", row=column(ROW, "r")), join_type="left")
    )


def entries(
    bad: Relation | None,
    came: Relation | None,
    quarantined: Relation | None,
    constants: dict[str, exp.Expr],
    by: str,
) -> Query | None:
    """Return what a load adds to the quarantine; None when nothing can be.

    Rejected rows and those with values left empty that it does not hold yet, or held as rejected; and of the rows that
    came back those that are mended now, and those that are still bad with another reason or other values. A row that
    came back stays one row of the quarantine; one that is in its table with empty values is so still when it comes back
    with something else wrong; one that came back empty stays as it was.

    Parameters
    ----------
    bad
        Rejected rows as :func:`rejected` gives them.
    came
        Rows as :func:`came_back` gives them.
    quarantined
        The quarantine; None when there is none yet.
    constants
        ``load_id``, ``table_name`` and ``loaded_at``.
    """
    fresh = None if bad is None else _in_order(bad, "f")
    if quarantined is None:
        return fresh
    known = current(quarantined)
    if fresh is not None:
        fresh = select(
            """SELECT f.* FROM fresh__ AS f LEFT JOIN known__ AS k ON f.row_id = k.row_id
               WHERE k.row_id IS NULL OR f.fate = :blanked AND k.fate IN (:open, :out)""",
            fresh=fresh,
            known=known,
            blanked=BLANKED,
            open=OPEN,
            out=LEFT_OUT,
        )
    if came is None:
        return fresh
    linked = select(
        """SELECT k.*, c.came AS came__, c.fate AS fate__, c.reasons AS reasons__, c.row AS row__, c.key AS key__,
                  c.empty AS empty__, ROW_NUMBER() OVER (PARTITION BY k.row_id ORDER BY :place, c.came) AS first__
           FROM came__ AS c JOIN known__ AS k ON c.link = k.row_id AND k.table_name = :table_name""",
        place=template("CASE c.fate WHEN :open THEN 0 WHEN :blanked THEN 1 ELSE 2 END", open=OPEN, blanked=BLANKED),
        came=came,
        known=known,
        table_name=constants["table_name"],
    )
    changed = select(
        """SELECT l.row_id, :load_id AS load_id, l.table_name, l.source, l.row_number,
                  COALESCE(l.reasons__, l.reasons) AS reasons, l.row__ AS row, :loaded_at AS loaded_at,
                  CASE WHEN l.fate__ = :open THEN l.fate ELSE l.fate__ END AS fate, :by AS by,
                  CAST(NULL AS VARCHAR) AS why,
                  COALESCE(l.key, l.key__) AS key
           FROM linked__ AS l
           WHERE l.first__ = 1 AND l.fate <> :mended
             AND (l.fate__ = :mended OR l.fate__ = :blanked AND l.fate IN (:open, :out)
                  OR l.fate IN (:open, :blanked) AND NOT l.empty__
                     AND (l.reasons__ <> l.reasons OR l.row__ <> l.row))""",
        load_id=constants["load_id"],
        loaded_at=constants["loaded_at"],
        mended=MENDED,
        open=OPEN,
        blanked=BLANKED,
        out=LEFT_OUT,
        by=by,
        linked=linked,
    )
    if fresh is None:
        return _in_order(changed, "b")
    new = select(
        "SELECT n.* FROM new__ AS n ANTI JOIN linked__ AS c ON n.row_number = c.came__", new=fresh, linked=linked
    )
    return Query(exp.union(_in_order(new, "a").tree, _in_order(changed, "b").tree, distinct=False))


def left_out(known: Query, rows: tuple[str, ...], constants: dict[str, exp.Expr]) -> Query:
    """Return the entries by which open rows are left out for good, with who said it and why.

    Of rows that are in their table the empty values are left so for good.
    """
    return _in_order(
        select(
            """SELECT k.row_id, :load_id AS load_id, k.table_name, k.source, k.row_number, k.reasons, k.row,
                      :loaded_at AS loaded_at, CASE WHEN k.fate = :open THEN :out ELSE :empty END AS fate,
                      :by AS by, :why AS why, k.key
               FROM known__ AS k WHERE k.table_name = :table_name AND k.fate IN (:open, :blanked) AND :among""",
            known=known,
            out=LEFT_OUT,
            empty=LEFT_EMPTY,
            open=OPEN,
            blanked=BLANKED,
            among=exp.In(this=column("row_id", "k"), expressions=[literal(r) for r in rows]),
            **constants,
        ),
        "k",
    )


_SAID = ("row_id", "load_id", "table_name", "source", "row_number", "reasons", "row", "loaded_at", "fate", "key")
"""What a rejection says."""


def _in_order(rows: Query | Relation, alias: str) -> Query:
    """Return the quarantine's columns in order; what a rejection does not say is unknown."""
    projections = []
    for c in QUARANTINE.columns:
        value: exp.Expr = column(c.name, alias)
        if isinstance(rows, Relation) and c.name not in _SAID:
            value = template("CAST(NULL AS VARCHAR)")
        projections.append(exp.alias_(value, c.name, quoted=True))
    source = rows.table(alias) if isinstance(rows, Relation) else rows.tree.subquery(alias)
    return Query(exp.select(*projections).from_(source))
