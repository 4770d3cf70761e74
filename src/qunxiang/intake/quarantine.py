"""The quarantine's own queries: what stands in it now, and what becomes of rows that come back mended."""

from __future__ import annotations

from sqlglot import exp

from qunxiang.intake.checks import row_json
from qunxiang.intake.keys import CODES, REASONS
from qunxiang.intake.own_columns import is_link, is_own
from qunxiang.intake.staging import ROW, Staged
from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.tables import QUARANTINE

OPEN, MENDED, LEFT_OUT = "open", "mended", "left_out"
TOTAL = "reject.total"
"""Code of the reason of rows that are sums of others: set aside and counted, nothing to repair."""


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


def standing(quarantined: Relation, table: str) -> Query:
    """Count the quarantined rows of a table by source and by the load that first rejected them.

    Returns
    -------
    Query
        One row per source and load: `source`, `load_id`, `n_rows`, and `n_open`, of those the open ones that are no
        totals: a total is set aside and counted as nothing.
    """
    first = select(
        """SELECT a.row_id, a.load_id,
             ROW_NUMBER() OVER (PARTITION BY a.row_id ORDER BY a.loaded_at, a.load_id) AS place
           FROM q__ AS a""",
        q=whole(quarantined),
    )
    return select(
        """SELECT k.source, f.load_id, CAST(COUNT(*) AS BIGINT) AS n_rows,
             CAST(SUM(CASE WHEN k.fate = :open AND NOT k.reasons LIKE :total THEN 1 ELSE 0 END) AS BIGINT) AS n_open
           FROM known__ AS k JOIN first__ AS f ON f.row_id = k.row_id AND f.place = 1
           WHERE k.table_name = :table GROUP BY k.source, f.load_id""",
        known=current(quarantined),
        first=first,
        open=OPEN,
        total=f'%"code":"{TOTAL}"%',  # no value can hold this: its quotes are escaped
        table=table,
    )


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


def came_back(staged: Staged, rows: Relation) -> Query:
    """Return the rows that came back from the quarantine with what the contract says of them now.

    Returns
    -------
    Query
        One row per source row with a link: ``link``, ``came`` (its number), ``codes``, ``reasons``, ``row``, and
        ``empty``, whether it holds nothing: a row that could not be split has no cells in an export.
    """
    data = [column(c.physical, "s") for c in staged.columns if not is_own(c.name)]
    return select(
        """SELECT CAST(:link AS VARCHAR) AS link, :row AS came, :codes AS codes, :reasons AS reasons, :json AS row,
                  :empty AS empty
           FROM staged__ AS s JOIN rows__ AS r ON :row = :staged_row WHERE NOT :link IS NULL""",
        link=column(link_of(staged) or "", "s"),
        row=column(ROW, "r"),
        staged_row=column(ROW, "s"),
        codes=column(CODES, "r"),
        reasons=column(REASONS, "r"),
        json=row_json(staged),
        empty=exp.and_(exp.true(), *(template("NULLIF(CAST(:x AS VARCHAR), '') IS NULL", x=x) for x in data)),
        staged=staged.relation,
        rows=rows,
    )


def entries(
    bad: Relation | None,
    came: Relation | None,
    quarantined: Relation | None,
    constants: dict[str, exp.Expr],
    by: str,
) -> Query | None:
    """Return what a load adds to the quarantine; None when nothing can be.

    Rejected rows that it does not hold yet; and of the rows that came back those that are mended now, and those that
    are still bad with another reason or other values. A row that came back stays one row of the quarantine; one that
    came back empty stays as it was.

    Parameters
    ----------
    bad
        Rejected rows as :func:`qunxiang.intake.checks.rejected` gives them.
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
            "SELECT f.* FROM fresh__ AS f ANTI JOIN known__ AS k ON f.row_id = k.row_id", fresh=fresh, known=known
        )
    if came is None:
        return fresh
    linked = select(
        """SELECT k.*, c.came AS came__, c.codes AS codes__, c.reasons AS reasons__, c.row AS row__,
                  c.empty AS empty__,
                  ROW_NUMBER() OVER (PARTITION BY k.row_id ORDER BY c.codes NULLS LAST, c.came) AS first__
           FROM came__ AS c JOIN known__ AS k ON c.link = k.row_id AND k.table_name = :table_name""",
        came=came,
        known=known,
        table_name=constants["table_name"],
    )
    changed = select(
        """SELECT l.row_id, :load_id AS load_id, l.table_name, l.source, l.row_number,
                  COALESCE(l.reasons__, l.reasons) AS reasons, l.row__ AS row, :loaded_at AS loaded_at,
                  CASE WHEN l.codes__ IS NULL THEN :mended ELSE :open END AS fate, :by AS by,
                  CAST(NULL AS VARCHAR) AS why
           FROM linked__ AS l
           WHERE l.first__ = 1 AND l.fate <> :mended
             AND (l.codes__ IS NULL
                  OR l.fate = :open AND NOT l.empty__ AND (l.reasons__ <> l.reasons OR l.row__ <> l.row))""",
        load_id=constants["load_id"],
        loaded_at=constants["loaded_at"],
        mended=MENDED,
        open=OPEN,
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
    """Return the entries by which open rows are left out for good, with who said it and why."""
    return _in_order(
        select(
            """SELECT k.row_id, :load_id AS load_id, k.table_name, k.source, k.row_number, k.reasons, k.row,
                      :loaded_at AS loaded_at, :fate AS fate, :by AS by, :why AS why
               FROM known__ AS k WHERE k.table_name = :table_name AND k.fate = :open AND :among""",
            known=known,
            fate=LEFT_OUT,
            open=OPEN,
            among=exp.In(this=column("row_id", "k"), expressions=[literal(r) for r in rows]),
            **constants,
        ),
        "k",
    )


_SAID = ("row_id", "load_id", "table_name", "source", "row_number", "reasons", "row", "loaded_at")
"""What a rejection says; whoever it is of is open."""


def _in_order(rows: Query | Relation, alias: str) -> Query:
    """Return the quarantine's columns in order; what a rejection does not say is open."""
    projections = []
    for c in QUARANTINE.columns:
        value: exp.Expr = column(c.name, alias)
        if isinstance(rows, Relation) and c.name not in _SAID:
            value = literal(OPEN) if c.name == "fate" else template("CAST(NULL AS VARCHAR)")
        projections.append(exp.alias_(value, c.name, quoted=True))
    source = rows.table(alias) if isinstance(rows, Relation) else rows.tree.subquery(alias)
    return Query(exp.select(*projections).from_(source))
