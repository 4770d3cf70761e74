"""Statements that could be made about a segment: a trait is at least, at most or equal to something.

A candidate is a rule over one trait. Whether it becomes a claim is decided by counting (see
:mod:`qunxiang.personas.claims`); the same rule, typed on the segments page, gives the same count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlglot import exp

from qunxiang.model import SCORES, Frozen, TraitDefinition
from qunxiang.sql import Query, Relation, column, literal, template

Operator = Literal[">=", "<=", "="]
QUANTILES = (0.25, 0.5, 0.75)


class Candidate(Frozen):
    """One statement about one trait; `value` is a number for ``>=`` and ``<=``, a level for ``=``."""

    trait: str
    operator: Operator
    value: float | str | bool

    @property
    def rule(self) -> str:
        """The statement in the rule language."""
        shown = exp.Literal.string(self.value).sql("duckdb") if isinstance(self.value, str) else _number(self.value)
        name = exp.to_identifier(self.trait, quoted=not self.trait.isidentifier()).sql("duckdb")
        return f"{name} {self.operator} {shown}"

    def predicate(self) -> exp.Expr:
        """The statement as a tree over the traits table."""
        build = {">=": exp.GTE, "<=": exp.LTE, "=": exp.EQ}[self.operator]
        value = exp.Literal.number(_number(self.value)) if isinstance(self.value, float | int) else literal(self.value)
        if isinstance(self.value, bool):
            value = exp.Boolean(this=self.value)
        return build(this=column(self.trait), expression=value)


def _number(value: float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, ".10g") if abs(value) < 1e15 else repr(value)


def round_to_read(value: float) -> float:
    """Round to two significant digits, so that a threshold is a number that people say."""
    if value == 0 or not math.isfinite(value):
        return value
    digits = 1 - math.floor(math.log10(abs(value)))
    return round(value, digits)


def thresholds_query(traits: Relation, definitions: Sequence[TraitDefinition]) -> Query:
    """Quartiles of every numeric trait over all profiles.

    Returns
    -------
    Query
        One row with the columns ``<trait>__25``, ``<trait>__50``, ``<trait>__75``; null where nothing is known.
    """
    projections = []
    for trait in definitions:
        if trait.is_numeric:
            for q in QUANTILES:
                # the exact quantile node; WITHIN GROUP would be silently approximate elsewhere
                node = exp.Quantile(this=exp.cast(column(trait.id), "double"), quantile=exp.Literal.number(str(q)))
                projections.append(exp.alias_(node, f"{trait.id}__{round(q * 100)}", quoted=True))
    return Query(exp.select(*projections or [exp.alias_(exp.Literal.number(1), "none")]).from_(traits.table()))


def numeric_candidates(
    definitions: Sequence[TraitDefinition], quartiles: Mapping[str, float | None]
) -> tuple[Candidate, ...]:
    """Return "at least" and "at most" statements at the rounded quartiles of each numeric trait."""
    out: dict[Candidate, None] = {}
    for trait in definitions:
        if not trait.is_numeric or trait.sensitive or trait.id in SCORES:
            continue
        for q in QUANTILES:
            value = quartiles.get(f"{trait.id}__{round(q * 100)}")
            if value is None or math.isnan(value):
                continue
            threshold = round_to_read(float(value))
            if trait.kind == "integer":
                threshold = float(round(threshold))
            out[Candidate(trait=trait.id, operator=">=", value=threshold)] = None
            out[Candidate(trait=trait.id, operator="<=", value=threshold)] = None
    return tuple(out)


def text_candidates(
    definitions: Sequence[TraitDefinition], levels: Mapping[str, Sequence[str]]
) -> tuple[Candidate, ...]:
    """Return "is" statements for the levels (most frequent first) of each text trait, and for yes of boolean ones.

    Sensitive traits are left out; a statement about them needs the consent of the people it counts.
    """
    out = []
    for trait in definitions:
        if trait.sensitive:
            continue
        if trait.kind == "boolean":
            out.append(Candidate(trait=trait.id, operator="=", value=True))
        if trait.kind == "text":
            out.extend(Candidate(trait=trait.id, operator="=", value=v) for v in levels.get(trait.id, ()))
    return tuple(out)


_PER_TRAIT = {
    "n_known": "COUNT(:trait)",
    "spend_known": "SUM(CASE WHEN :trait IS NULL THEN 0 ELSE :spend END)",
    "square_known": "SUM(CASE WHEN :trait IS NULL THEN 0 ELSE :spend * :spend END)",
    "spend_unknown": "SUM(CASE WHEN :trait IS NULL THEN :spend ELSE 0 END)",
    "square_unknown": "SUM(CASE WHEN :trait IS NULL THEN :spend * :spend ELSE 0 END)",
}


def count_query(
    traits: Relation, memberships: Relation, segmentation: str, candidates: Sequence[Candidate], *, spend: str
) -> Query:
    """Count every candidate in every segment, in one pass over the profiles.

    Parameters
    ----------
    traits, memberships
        One row per profile; one row per segmentation and member.
    spend
        Money trait in which those with a known answer are compared with those without; unknown spend counts as 0.

    Returns
    -------
    Query
        One row per segment (null for profiles in none): `n`, for candidate number i `n_true__i`, and for each trait
        ``n_known__<trait>`` with sums and squares of spend. Read it with :func:`counts_of`.
    """
    amount = exp.Coalesce(this=exp.cast(column(spend, "t"), "double"), expressions=[exp.Literal.number(0)])
    projections: list[exp.Expr] = [exp.column("segment", table="m"), template("CAST(COUNT(*) AS DOUBLE) AS n")]
    for trait in dict.fromkeys(c.trait for c in candidates):
        nodes = {"trait": column(trait, "t"), "spend": amount}
        for name, text in _PER_TRAIT.items():
            part = template(text, **{key: node for key, node in nodes.items() if f":{key}" in text})
            projections.append(exp.alias_(exp.cast(part, "double"), f"{name}__{trait}", quoted=True))
    for i, candidate in enumerate(candidates):
        part = template("SUM(CASE WHEN :holds THEN 1 ELSE 0 END)", holds=candidate.predicate())
        projections.append(exp.alias_(exp.cast(part, "double"), f"n_true__{i}", quoted=True))
    joined = (
        exp.select(*projections)
        .from_(traits.table("t"))
        .join(
            exp.select("profile_id", "segment")
            .from_(memberships.table())
            .where(exp.EQ(this=column("segmentation"), expression=literal(segmentation)))
            .subquery("m"),
            on="t.profile_id = m.profile_id",
            join_type="left",
        )
        .group_by("m.segment")
    )
    return Query(joined)


def counts_of(row: Mapping[str, Any], candidates: Sequence[Candidate]) -> tuple[dict[str, float], ...]:
    """Read one row of :func:`count_query`: the fields of ``claims.Counts`` for every candidate."""
    return tuple(
        {"n": row["n"], "n_true": row[f"n_true__{i}"] or 0.0}
        | {name: row[f"{name}__{c.trait}"] or 0.0 for name in _PER_TRAIT}
        for i, c in enumerate(candidates)
    )
