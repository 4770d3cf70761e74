"""Most probable class of a fitted mixture as a query."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce

from sqlglot import exp

from qunxiang.model import AnswerColumn, ClassModel, NumberColumns
from qunxiang.segmentation.prepared_sql import double, prepared
from qunxiang.sql import Query, Relation, TraitType, column, literal, select

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def most_probable(
    traits: Relation, model: ClassModel, types: Mapping[str, TraitType], values: Sequence[exp.Expr]
) -> Query:
    """Return one row per profile: `profile_id` and `given`, that of `values` at the place of its most probable class.

    It is NULL when nothing is known. Of equally probable classes the first counts.
    """
    densities = log_densities(traits, model, types)
    names = [column(f"l{i}", "d") for i in range(len(model.log_shares))]
    # with one class GREATEST has nothing to compare
    most = names[0] if len(names) == 1 else exp.Greatest(this=names[0], expressions=names[1:])
    case = exp.Case()
    for name, value in zip(names, values, strict=False):
        case = case.when(exp.EQ(this=name.copy(), expression=most.copy()), value.copy())
    return select("SELECT d.profile_id, :given AS given FROM densities__ AS d", given=case, densities=densities)


def log_densities(traits: Relation, model: ClassModel, types: Mapping[str, TraitType]) -> Query:
    """Return one row per profile: `profile_id` and `l0`, `l1`, …, log share plus log-density of every class.

    The probability of class i is exp(lᵢ) / Σ exp(lⱼ). All are NULL for a profile of which nothing is known.
    """
    ready = select("SELECT t.profile_id FROM traits__ AS t", traits=traits)
    known: list[exp.Expr] = []
    if model.numbers is not None:
        for j, trait in enumerate(model.numbers.traits):
            ready.tree.select(exp.alias_(prepared(column(trait, "t"), model.numbers, j), f"x{j}"), copy=False)
            known.append(_is_known(column(f"x{j}", "p")))
    for j, answer in enumerate(model.answers):
        kind = types[answer.trait]
        ready.tree.select(exp.alias_(_place(answer, kind), f"a{j}"), copy=False)
        known.append(_is_known(column(f"a{j}", "p")))
    any_known = reduce(lambda a, b: exp.Or(this=a, expression=b), known)
    densities = select("SELECT p.profile_id FROM prepared__ AS p", prepared=ready)
    for i, share in enumerate(model.log_shares):
        terms = [double(share)]
        if model.numbers is not None:
            terms += _number_terms(model.numbers, i)
        terms += [_answer_term(answer, i, j) for j, answer in enumerate(model.answers)]
        total = reduce(lambda a, b: exp.Add(this=a, expression=b), terms)
        density = exp.Case().when(exp.paren(any_known.copy()), total)
        densities.tree.select(exp.alias_(density, f"l{i}"), copy=False)
    return densities


def _is_known(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value, expression=exp.null()))


def _place(answer: AnswerColumn, kind: TraitType) -> exp.Expr:
    """Place of the answer among the levels; the place after the last for any other, NULL for none."""
    value = column(answer.trait, "t")
    case = exp.Case()
    for place, level in enumerate(answer.levels):
        if isinstance(level, str):
            same = exp.EQ(this=exp.cast(value.copy(), "VARCHAR"), expression=literal(level))
        else:
            same = exp.EQ(this=exp.cast(value.copy(), "DOUBLE"), expression=double(level))
        case = case.when(same, exp.Literal.number(place))
    if answer.other:
        case = case.when(_is_known(value), exp.Literal.number(len(answer.levels)))
    return case


def _answer_term(answer: AnswerColumn, i: int, j: int) -> exp.Expr:
    case = exp.Case()
    for place, share in enumerate(answer.log_shares[i]):
        case = case.when(exp.EQ(this=column(f"a{j}", "p"), expression=exp.Literal.number(place)), double(share))
    return case.else_(double(0.0))


def _number_terms(numbers: NumberColumns, i: int) -> list[exp.Expr]:
    """One term per trait; where traits stand alone an unknown one adds nothing, else it makes the density unknown."""
    terms: list[exp.Expr] = []
    for j, row in enumerate(numbers.factors[i]):
        parts: list[exp.Expr] = []
        for m, factor in enumerate(row):
            if factor:
                off = exp.paren(exp.Sub(this=column(f"x{m}", "p"), expression=double(numbers.means[i][m])))
                parts.append(exp.Mul(this=off, expression=double(factor)))
        z = exp.paren(reduce(lambda a, b: exp.Add(this=a, expression=b), parts))
        half = exp.Mul(this=double(0.5), expression=exp.Mul(this=z, expression=z.copy()))
        constant = math.log(row[j]) - _HALF_LOG_2PI
        term: exp.Expr = exp.paren(exp.Sub(this=double(constant), expression=exp.paren(half)))
        if numbers.independent:
            term = exp.Coalesce(this=term, expressions=[double(0.0)])
        terms.append(term)
    return terms
