"""Nearest centre of a fitted model as a query."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from sqlglot import exp

from qunxiang.model import CentreModel
from qunxiang.segmentation.prepared_sql import double, prepared
from qunxiang.sql import Query, Relation, column, select


def nearest_centre(traits: Relation, model: CentreModel, values: Sequence[exp.Expr]) -> Query:
    """Return one row per profile: `profile_id` and `given`, that of `values` at the place of its segment.

    The segment is that of the nearest centre, the first of equally near ones; a profile with an unknown trait has
    none, and NULL is given. Centres are compared by ½|c|² − x·c, which differs from half the squared distance by ½|x|²,
    the same for all of them, and takes half the work. x and c are taken from the middle of the centres, as
    ``kmeans.nearest`` takes them, so that centres far from zero lose no digits.
    """
    centres = np.asarray(model.centres, dtype=np.float64)
    middle = centres.mean(axis=0)
    ready = select("SELECT t.profile_id FROM traits__ AS t", traits=traits)
    for j, trait in enumerate(model.traits):
        value = prepared(column(trait, "t"), model, j)
        shifted = exp.Sub(this=exp.paren(value), expression=double(middle[j]))
        ready.tree.select(exp.alias_(shifted, f"x{j}"), copy=False)
    found = select("SELECT p.profile_id FROM prepared__ AS p", prepared=ready)
    for i, centre in enumerate(centres - middle):
        found.tree.select(exp.alias_(_compared(centre), f"d{i}"), copy=False)
    if model.places:
        found = _by_segment(found, model.places)
    names = [column(f"d{i}", "d") for i in range(max(model.segment_of) + 1)]
    case = exp.Case()
    for name, value in zip(names, values, strict=False):
        case = case.when(exp.EQ(this=name.copy(), expression=_least(names)), value.copy())
    return select("SELECT d.profile_id, :given AS given FROM compared__ AS d", given=case, compared=found)


def _compared(centre: np.ndarray) -> exp.Expr:
    """½|c|² − x·c; a coordinate of zero keeps its term, so that an unknown trait makes all unknown."""
    terms: list[exp.Expr] = [exp.Mul(this=column(f"x{j}", "p"), expression=double(c)) for j, c in enumerate(centre)]
    total = reduce(lambda a, b: exp.Add(this=a, expression=b), terms)
    return exp.Sub(this=double(float(centre @ centre) / 2), expression=exp.paren(total))


def _by_segment(compared: Query, places: Sequence[int]) -> Query:
    """Take the nearest centre of every segment."""
    nearest = select("SELECT c.profile_id FROM centres__ AS c", centres=compared)
    for segment in range(max(places) + 1):
        own = [column(f"d{i}", "c") for i, place in enumerate(places) if place == segment]
        # a segment without a centre has no members
        nearest.tree.select(
            exp.alias_(_least(own) if own else exp.cast(exp.null(), "DOUBLE"), f"d{segment}"), copy=False
        )
    return nearest


def _least(names: Sequence[exp.Expr]) -> exp.Expr:
    """Return the least of values; an unknown trait makes every distance, and so the least, unknown."""
    first, *others = [n.copy() for n in names]
    # with one there is nothing to compare
    return exp.Least(this=first, expressions=others) if others else first
