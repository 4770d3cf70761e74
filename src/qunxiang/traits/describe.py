"""What a traits table holds: coverage, distribution, levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlglot import exp

from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.model import TraitDefinition, TraitSet
from qunxiang.sql import Query, Relation, column, literal, template
from qunxiang.sql.macros import quantile, union_all

"""Kinds of traits that have quartiles and a mean."""


def coverage_query(traits: Relation, trait_set: TraitSet) -> Query:
    """Say for each trait how many profiles it is known for and how its values lie.

    Returns
    -------
    Query
        One row per trait: `trait`, `n` (profiles), `known`, `coverage` (0..1, NULL without profiles), and for
        numeric kinds `minimum`, `lower_quartile`, `median`, `upper_quartile`, `maximum`, `mean` in the trait's unit
        (NULL for other kinds).

    Raises
    ------
    NothingYetError
        When the set has no traits.
    """
    return _union([_coverage_of(traits, t) for t in trait_set.traits])


def _coverage_of(traits: Relation, trait: TraitDefinition) -> exp.Expr:
    value = column(trait.id, "t")
    numeric = trait.is_numeric
    number: exp.Expr = exp.cast(value.copy(), "DOUBLE") if numeric else exp.cast(exp.null(), "DOUBLE")
    quartiles = {
        name: quantile(value, share) if numeric else number
        for name, share in (("lower", 0.25), ("middle", 0.5), ("upper", 0.75))
    }
    mean: exp.Expr = exp.Avg(this=number.copy())
    if trait.kind in ("money", "integer"):
        # an exact sum first, so that the mean does not depend on the order of rows
        mean = template(
            "CAST(SUM(CAST(:v AS DECIMAL(18, 2))) AS DOUBLE) / NULLIF(CAST(COUNT(:v) AS DOUBLE), 0)", v=value
        )
    return template(
        """SELECT CAST(:trait AS VARCHAR) AS trait,
          CAST(COUNT(*) AS BIGINT) AS n, CAST(COUNT(:value) AS BIGINT) AS known,
          CAST(COUNT(:value) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0) AS coverage,
          MIN(:number) AS minimum, :lower AS lower_quartile, :middle AS median, :upper AS upper_quartile,
          MAX(:number) AS maximum, :mean AS mean FROM traits__ AS t""",
        trait=trait.id,
        value=value,
        number=number,
        mean=mean,
        traits=traits,
        **quartiles,
    )


def levels_query(traits: Relation, trait_set: TraitSet, *, top: int = 20) -> Query | None:
    """Count the values of text and boolean traits.

    Returns
    -------
    Query or None
        One row per trait and level, the `top` most frequent of each: `trait`, `level` (text), `n`, `share` of the
        profiles whose value is known (0..1), `place` (1 most frequent, ties by name). None without such traits.
    """
    chosen = [t for t in trait_set.traits if t.kind in ("text", "boolean")]
    if not chosen:
        return None
    return _union(
        [
            template(
                """SELECT CAST(:trait AS VARCHAR) AS trait, level, n, share, place FROM (
                  SELECT level, n, CAST(n AS DOUBLE) / NULLIF(CAST(SUM(n) OVER () AS DOUBLE), 0) AS share,
                    ROW_NUMBER() OVER (ORDER BY n DESC, level) AS place
                  FROM (SELECT CAST(:value AS VARCHAR) AS level, CAST(COUNT(*) AS BIGINT) AS n
                    FROM traits__ AS t WHERE :value IS NOT NULL GROUP BY CAST(:value AS VARCHAR)) AS c) AS d
                WHERE place <= :top""",
                trait=t.id,
                value=column(t.id, "t"),
                traits=traits,
                top=top,
            )
            for t in chosen
        ]
    )


def histogram_query(
    traits: Relation,
    trait_set: TraitSet,
    trait_id: str,
    *,
    bins: int = 20,
    limits: tuple[float, float] | None = None,
) -> Query:
    """Count the values of a numeric trait in bins of equal width.

    Parameters
    ----------
    traits, trait_set, trait_id
        A traits table, its set and the trait.
    bins
        Number of bins, 1..200.
    limits
        Lowest and highest edge; values outside count in the first and last bin. The least and greatest value when
        None. When both edges are equal all values stand in bin 0.

    Returns
    -------
    Query
        One row per bin that holds a value: `bin` (0..bins-1), `low`, `high` (edges, trait's unit), `n`.

    Raises
    ------
    UnknownNameError
        When the set lacks the trait.
    SettingError
        When the trait is not numeric, or `bins` is out of range.
    """
    trait = trait_set.get(trait_id)
    if trait is None:
        raise UnknownNameError("error.trait.unknown", trait=trait_id, known=[t.id for t in trait_set.traits])
    if not trait.is_numeric:
        raise SettingError("error.trait.not_numeric", trait=trait_id, kind=trait.kind)
    if not 1 <= bins <= 200:
        raise SettingError("error.trait.bins", bins=bins)
    value = exp.cast(column(trait_id, "t"), "DOUBLE")
    low, high = (value, value) if limits is None else (literal(limits[0]), literal(limits[1]))
    tree = template(
        """SELECT bin, MIN(low + bin * width) AS low, MIN(low + (bin + 1) * width) AS high,
          CAST(COUNT(*) AS BIGINT) AS n
        FROM (SELECT e.low, e.width,
            CAST(CASE WHEN e.width > 0
              THEN GREATEST(0, LEAST(:last, FLOOR((:value - e.low) / NULLIF(e.width, 0)))) ELSE 0 END AS BIGINT) AS bin
          FROM traits__ AS t CROSS JOIN (
            SELECT edges.low, (edges.high - edges.low) / CAST(:bins AS DOUBLE) AS width
            FROM (SELECT MIN(CAST(:low AS DOUBLE)) AS low, MAX(CAST(:high AS DOUBLE)) AS high
              FROM traits__ AS t) AS edges) AS e
          WHERE :value IS NOT NULL) AS placed
        GROUP BY bin ORDER BY bin""",
        traits=traits,
        value=value,
        low=low,
        high=high,
        bins=bins,
        last=bins - 1,
    )
    return Query(cast(exp.Query, tree))


def _union(parts: Sequence[exp.Expr]) -> Query:
    if not parts:
        raise NothingYetError("error.trait.none")
    return union_all(parts)
