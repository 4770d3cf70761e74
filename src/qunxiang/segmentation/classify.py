"""From a ready-made scheme to a segmentation, and whether the result can be worked with."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.model import Segmentation
from qunxiang.segmentation.assign import count_where, rules_of, segment_of
from qunxiang.segmentation.scheme import Scheme
from qunxiang.segmentation.schemes import SCHEMES
from qunxiang.sql import Query, Relation, TraitType, column, literal, select
from qunxiang.statistics import natural_breaks

LARGE_ENOUGH = 30
"""Least profiles of a segment by convention; below it shares and means say little."""

OPERABLE = 0.8
"""Least share of profiles whose deciding traits are known."""


@dataclass(frozen=True)
class Check:
    """One demand on a segmentation: its name, whether it is met, and what was found."""

    name: str
    met: bool
    message: Message


def scheme(name: str) -> Scheme:
    """Return a ready-made scheme.

    Raises
    ------
    UnknownNameError
        When there is none of that name; says which there are.
    """
    if name not in SCHEMES:
        raise UnknownNameError("error.segmentation.scheme", name=name, allowed=tuple(SCHEMES))
    return SCHEMES[name]


def threshold_query(name: str, traits: Relation, overrides: Mapping[str, float] | None = None) -> Query | None:
    """Return the query that finds a scheme's thresholds from the data.

    Parameters
    ----------
    traits
        One row per profile. Its `columns`, when given, are checked against what the scheme needs.
    overrides
        Parameters set by hand; those that the query needs (such as a share of revenue) are taken from here.

    Returns
    -------
    Query or None
        One row with a DOUBLE column per parameter found from the data; NULL where the data cannot tell.

    Raises
    ------
    UnknownNameError
        When the scheme, one of its traits or a parameter does not exist.
    """
    chosen = scheme(name)
    if traits.columns:
        _check_traits(chosen, traits.columns)
    given = _given(chosen, overrides or {})
    return None if chosen.thresholds is None else chosen.thresholds(traits, given)


def break_query(name: str, parameter: str, traits: Relation, overrides: Mapping[str, float] | None = None) -> Query:
    """Return the query of the numbers that a threshold divides: one row per profile that counts, `value`.

    Raises
    ------
    UnknownNameError
        When the scheme or the threshold does not exist, or it cannot lie at a natural break.
    """
    chosen = scheme(name)
    able = {p.name: p.values for p in chosen.parameters if p.values is not None}
    if parameter not in able:
        raise UnknownNameError(
            "error.segmentation.break", scheme=chosen.label, name=parameter[:80], allowed=tuple(able)
        )
    if traits.columns:
        _check_traits(chosen, traits.columns)
    values = able[parameter]
    assert values is not None
    return values(traits, _given(chosen, overrides or {}))


def break_of(values: Sequence[float]) -> dict[str, float] | None:
    """Return where numbers fall into two classes (`at`, the upper end of the lower) and how well (`fit`, 0 to 1).

    None when all are equal.
    """
    ends, fit = natural_breaks(values, 2)
    return {"at": ends[0], "fit": fit} if ends else None


def build(
    name: str,
    thresholds: Mapping[str, float | None],
    overrides: Mapping[str, float] | None = None,
    *,
    traits: Collection[str] | None = None,
) -> Segmentation:
    """Write a scheme's segmentation.

    Parameters
    ----------
    thresholds
        The row that :func:`threshold_query` found.
    overrides
        Parameters set by hand; they go before `thresholds`.
    traits
        Ids of the traits at hand; None takes all that the scheme can use.

    Returns
    -------
    Segmentation
        With all parameters, rounded as the rules show them, in `parameters`.

    Raises
    ------
    SettingError
        When a parameter has no number.
    """
    chosen = scheme(name)
    at_hand = tuple(traits) if traits is not None else (*chosen.needs, *chosen.one_of)
    _check_traits(chosen, at_hand)
    values: dict[str, float | None] = {**thresholds, **_given(chosen, overrides or {})}
    final: dict[str, float] = {}
    for parameter in chosen.parameters:
        value = values.get(parameter.name)
        if value is None or not math.isfinite(value):
            raise SettingError("error.segmentation.threshold_value", scheme=chosen.label, name=parameter.name)
        final[parameter.name] = _rounded_up(float(value), parameter.decimals)
    return Segmentation(
        id=chosen.id,
        label=chosen.label,
        method="classification",
        segments=chosen.segments(final, at_hand),
        rest=chosen.rest,
        scheme=chosen.id,
        parameters=final,
    )


def validity_query(traits: Relation, segmentation: Segmentation, types: Mapping[str, TraitType]) -> Query:
    """Count what the validity checks ask.

    Returns
    -------
    Query
        One row, BIGINT: `profiles`; `unassigned`; `overlapping` (two rules hold at once); `known` (every trait that the
        rules or the model use has a value); `size_0`, `size_1`, … profiles per segment in order, by computation.
    """
    rules = list(rules_of(segmentation, types).values())
    used = list(dict.fromkeys(t for r in rules for t in r.traits))
    if segmentation.model is not None:
        used = list(segmentation.model.traits)
    holds: exp.Expr = literal(0)
    for rule in rules:
        holds = exp.Add(this=holds, expression=exp.Case().when(rule.predicate("t"), literal(1)).else_(literal(0)))
    known: exp.Expr = exp.true()
    for trait in used:
        known = exp.And(this=known, expression=exp.Not(this=exp.Is(this=column(trait, "t"), expression=exp.null())))
    rows = select(
        "SELECT s.segment, CAST(:holds AS BIGINT) AS n_rules, CASE WHEN :known THEN 1 ELSE 0 END AS known"
        " FROM traits__ AS t INNER JOIN found__ AS s ON t.profile_id = s.profile_id",
        traits=traits,
        found=segment_of(traits, segmentation, types),
        holds=holds,
        known=known,
    )
    query = select("SELECT COUNT(*) AS profiles FROM rows__ AS r", rows=rows)
    counts: dict[str, exp.Expr] = {
        "unassigned": exp.Is(this=column("segment", "r"), expression=exp.null()),
        "overlapping": exp.GT(this=column("n_rules", "r"), expression=literal(1)),
        "known": exp.EQ(this=column("known", "r"), expression=literal(1)),
    }
    for i, segment in enumerate(segmentation.segments):
        counts[f"size_{i}"] = exp.EQ(this=column("segment", "r"), expression=literal(segment.id))
    for name, condition in counts.items():
        query.tree.select(exp.alias_(count_where(condition), name), copy=False)
    return query


def validity(
    segmentation: Segmentation,
    counts: Mapping[str, Any],
    *,
    minimum: int = LARGE_ENOUGH,
    known_share: float = OPERABLE,
) -> tuple[Check, ...]:
    """Judge a segmentation by the row of :func:`validity_query`: exhaustive, exclusive, large enough, operable.

    Segments that people fill by hand may have any size.
    """
    profiles, unassigned, overlapping = (int(counts[k]) for k in ("profiles", "unassigned", "overlapping"))
    small = _small(segmentation, counts, minimum)
    share = int(counts["known"]) / profiles if profiles else None
    operable = share is not None and share >= known_share
    return (
        _check("exhaustive", unassigned == 0, {"profiles": profiles, "found": unassigned}),
        _check("exclusive", overlapping == 0, {"found": overlapping}),
        _check("large", not small, {"minimum": minimum, "segments": small}),
        _check("operable", operable, {"share": share, "minimum": known_share}),
    )


def _small(segmentation: Segmentation, counts: Mapping[str, Any], minimum: int) -> tuple[Label, ...]:
    """Return the segments below `minimum`; the one that takes the rest may be empty, which is good news."""
    found = []
    for i, segment in enumerate(segmentation.segments):
        size = int(counts[f"size_{i}"])
        excused = segment.by_hand or (segment.id == segmentation.rest and segment.rule is None)
        if size < minimum and not excused:
            found.append(segment.label)
    return tuple(found)


def _rounded_up(value: float, decimals: int) -> float:
    """Round so that the profile a threshold was taken from stays on the lower side of it."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_CEILING))


def _check(name: str, met: bool, params: dict[str, Any]) -> Check:
    return Check(name, met, Message(f"segment.check.{name}.{'yes' if met else 'no'}", params))


def _given(chosen: Scheme, overrides: Mapping[str, float]) -> dict[str, float]:
    names = [p.name for p in chosen.parameters]
    for name in overrides:
        if name not in names:
            raise UnknownNameError("error.segmentation.threshold", scheme=chosen.label, name=name, allowed=tuple(names))
    defaults = {p.name: p.default for p in chosen.parameters if p.default is not None}
    return {**defaults, **overrides}


def _check_traits(chosen: Scheme, at_hand: Collection[str]) -> None:
    lacking = [t for t in chosen.needs if t not in at_hand]
    if not lacking and chosen.one_of and not any(t in at_hand for t in chosen.one_of):
        lacking = [chosen.one_of[0]]
    if lacking:
        raise UnknownNameError("error.segmentation.scheme_traits", scheme=chosen.label, lacking=lacking)
