"""Migration between two dates: how many went from which segment to which, and what changed for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from qunxiang.sql import Query, Relation, column, literal, select, template

_PLACED = """
SELECT t.profile_id, m.segment FROM traits__ AS t
LEFT JOIN memberships__ AS m ON m.profile_id = t.profile_id AND m.segmentation = :name
"""
_PAIRED = """
SELECT COALESCE(b.profile_id, a.profile_id) AS profile_id,
  CASE WHEN b.profile_id IS NULL THEN FALSE ELSE TRUE END AS known_before,
  CASE WHEN a.profile_id IS NULL THEN FALSE ELSE TRUE END AS known_after,
  b.segment AS from_segment, a.segment AS to_segment
FROM before__ AS b FULL OUTER JOIN after__ AS a ON b.profile_id = a.profile_id
"""
_COUNTED = """
SELECT x.known_before, x.known_after, x.from_segment, x.to_segment, CAST(COUNT(*) AS BIGINT) AS n
FROM paired__ AS x GROUP BY x.known_before, x.known_after, x.from_segment, x.to_segment
"""


def paired(name: str, traits: tuple[Relation, Relation], memberships: tuple[Relation, Relation]) -> Query:
    """Put every profile's segment at two dates beside each other.

    Parameters
    ----------
    name
        Id of the segmentation.
    traits, memberships
        Tables of the earlier and of the later date: one row per profile (contract ``tables.TRAITS_KEY``), one row per
        segmentation and member profile (contract ``tables.MEMBERSHIPS``).

    Returns
    -------
    Query
        One row per profile of either date: `profile_id`, `known_before` and `known_after` (whether there was such a
        customer then), `from_segment` and `to_segment` (NULL: in no segment).
    """
    before, after = (
        select(_PLACED, traits=t, memberships=m, name=name) for t, m in zip(traits, memberships, strict=True)
    )
    return select(_PAIRED, before=before, after=after)


def matrix(pairs: Query) -> Query:
    """Count profiles of :func:`paired` by where they were and where they are.

    Returns
    -------
    Query
        One row per `known_before`, `known_after`, `from_segment`, `to_segment` that occur together, with their `n`.
    """
    return select(_COUNTED, paired=pairs)


def shifts(pairs: Query, traits: tuple[Relation, Relation], names: Sequence[str]) -> Query:
    """Sum up how traits changed between the dates, for every pair of segments.

    Parameters
    ----------
    pairs
        From :func:`paired`.
    traits
        Tables of the earlier and the later date that both have the columns `names`.
    names
        Numeric traits.

    Returns
    -------
    Query
        One row per `from_segment` and `to_segment` of profiles known at both dates. For the j-th trait, over profiles
        with a value at both dates: `n_j`, `before_j` and `after_j` (means), `change_j` (mean change), `spread_j` and
        `level_j` (standard deviations of the change and of the earlier value).
    """
    joined = select(
        "SELECT x.from_segment, x.to_segment FROM paired__ AS x"
        " JOIN before__ AS b ON b.profile_id = x.profile_id JOIN after__ AS a ON a.profile_id = x.profile_id",
        paired=pairs,
        before=traits[0],
        after=traits[1],
    )
    for j, name in enumerate(names):
        then, now = (exp.cast(column(name, side), "DOUBLE") for side in ("b", "a"))
        both = exp.and_(*(exp.Is(this=side.copy(), expression=exp.null()).not_() for side in (then, now)))
        for prefix, value in (("b", then), ("a", now)):
            joined.tree.select(exp.alias_(exp.Case().when(both.copy(), value.copy()), f"{prefix}{j}"), copy=False)
    out = select(
        "SELECT j.from_segment, j.to_segment FROM joined__ AS j GROUP BY j.from_segment, j.to_segment", joined=joined
    )
    for j in range(len(names)):
        old, new = column(f"b{j}", "j"), column(f"a{j}", "j")
        change = exp.Sub(this=new.copy(), expression=old.copy())
        parts: dict[str, exp.Expr] = {
            f"n_{j}": exp.cast(exp.Count(this=old.copy()), "BIGINT"),
            f"before_{j}": exp.Avg(this=old.copy()),
            f"after_{j}": exp.Avg(this=new.copy()),
            f"change_{j}": exp.Avg(this=change.copy()),
            f"spread_{j}": exp.StddevSamp(this=change.copy()),
            f"level_{j}": exp.StddevSamp(this=old.copy()),
        }
        for name, part in parts.items():
            out.tree.select(exp.alias_(part, name), copy=False)
    return out


def movers(
    pairs: Query,
    traits: tuple[Relation, Relation],
    names: Sequence[str],
    *,
    from_segment: str | None,
    to_segment: str | None,
) -> Query:
    """List who went from one segment to another, with the deciding traits at both dates.

    Returns
    -------
    Query
        One row per profile known at either date: `profile_id`, `from_segment`, `to_segment`, and for every trait of
        `names` the columns ``<trait>__before`` and ``<trait>__after``; sorted by profile. `from_segment` and
        `to_segment` None mean any; of those who stayed, only when both are given and equal.
    """
    out = select(
        "SELECT x.profile_id, x.from_segment, x.to_segment FROM paired__ AS x"
        " LEFT JOIN before__ AS b ON b.profile_id = x.profile_id LEFT JOIN after__ AS a ON a.profile_id = x.profile_id",
        paired=pairs,
        before=traits[0],
        after=traits[1],
    )
    for name in names:
        for side, end in (("b", "before"), ("a", "after")):
            out.tree.select(exp.alias_(column(name, side), f"{name}__{end}", quoted=True), copy=False)
    wanted = [
        exp.EQ(this=column(c, "x"), expression=literal(v))
        for c, v in (("from_segment", from_segment), ("to_segment", to_segment))
        if v is not None
    ]
    tree = out.tree.where(*wanted) if wanted else out.tree
    if from_segment is None or from_segment != to_segment:
        moved = template(
            "NOT (x.known_before AND x.known_after) OR COALESCE(x.from_segment, '') <> COALESCE(x.to_segment, '')"
        )
        tree = tree.where(moved)
    return Query(tree.order_by(column("profile_id", "x")))
