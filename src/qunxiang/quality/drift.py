"""Drift of a table's last load against the rows before it: population stability index with its noise floor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from qunxiang.sql import Query, Relation, column, literal, select, template

BINS = 10
_LEAST = 1e-4  # share that stands for an empty bin, so that the logarithm exists


@dataclass(frozen=True)
class Drift:
    """The index between two distributions, what chance alone makes of it, and levels that came or went."""

    psi: float
    floor: float
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()


def drift_of(before: Mapping[str, int], after: Mapping[str, int]) -> Drift:
    """Compare counts per bin or level of n rows before with those of m rows after.

    The index is the sum of (p − q) ln(p / q) over bins; between two samples of one source it is about
    (bins − 1)(1/n + 1/m), which is the noise floor.
    """
    n, m = sum(before.values()), sum(after.values())
    levels = sorted(set(before) | set(after))
    psi = 0.0
    for level in levels:
        p = max(before.get(level, 0) / n, _LEAST) if n else _LEAST
        q = max(after.get(level, 0) / m, _LEAST) if m else _LEAST
        psi += (p - q) * math.log(p / q)
    floor = (len(levels) - 1) * (1 / n + 1 / m) if n and m else 0.0
    came = tuple(v for v in levels if not before.get(v))
    went = tuple(v for v in levels if not after.get(v))
    return Drift(psi, floor, came, went)


def numeric_drift_query(before: Relation, after: Relation, edges: Mapping[str, Sequence[float]]) -> Query:
    """Count both sides per bin between `edges` of every column: one row per side, columns ``<column>.<bin>``."""
    sides = []
    for name, relation in (("before", before), ("after", after)):
        projections: list[exp.Expr] = [exp.alias_(literal(name), "side", quoted=True)]
        for c, cuts in edges.items():
            x = exp.cast(column(c, "t"), "DOUBLE")
            bounds = [None, *cuts, None]
            for i, (low, high) in enumerate(pairwise(bounds)):
                held = [template(":x >= :v", x=x, v=low)] if low is not None else []
                held += [template(":x < :v", x=x, v=high)] if high is not None else []
                inside = exp.and_(template("NOT :x IS NULL", x=x), *held)
                counted = template("CAST(COALESCE(SUM(CASE WHEN :h THEN 1 ELSE 0 END), 0) AS BIGINT)", h=inside)
                projections.append(exp.alias_(counted, f"{c}.{i}", quoted=True))
        sides.append(exp.select(*projections).from_(relation.table("t")))
    return Query(exp.union(sides[0], sides[1], distinct=False))


def share_query(before: Relation, after: Relation, name: str, limit: int = 200) -> Query:
    """Count both sides per level of a text column: `side`, `level`, `n`; at most `limit` levels of each."""
    side = """SELECT CAST(:side AS VARCHAR) AS side, CAST(:x AS VARCHAR) AS level, CAST(COUNT(*) AS BIGINT) AS n
        FROM rows__ AS t WHERE NOT :x IS NULL GROUP BY :x ORDER BY n DESC, level LIMIT :most"""
    parts = [
        select(side, side=literal(label), x=column(name, "t"), rows=relation, most=literal(limit))
        for label, relation in (("before", before), ("after", after))
    ]
    return select("SELECT * FROM a__ AS a UNION ALL SELECT * FROM b__ AS b", a=parts[0], b=parts[1])
