"""Who belongs where: a segmentation over a table of traits as a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlglot import exp

from qunxiang.errors import UnknownNameError
from qunxiang.model import ClassModel, Segmentation
from qunxiang.segmentation.centres import nearest_centre
from qunxiang.segmentation.classes import most_probable
from qunxiang.sql import Query, Relation, Rule, TraitType, cast_to_contract, column, literal, parse_rule, select
from qunxiang.sql.rule_tree import conditions
from qunxiang.sql.rules import compiled
from qunxiang.tables.made import MEMBERSHIPS


def assignment(
    traits: Relation,
    segmentation: Segmentation,
    as_of: date,
    *,
    types: Mapping[str, TraitType],
    by_hand: Relation | None = None,
) -> Query:
    """Assign every profile to its segment.

    Parameters
    ----------
    traits
        One row per profile: contract ``tables.TRAITS_KEY`` and the traits the segmentation uses.
    as_of
        Date that the memberships are written with.
    types
        Kind of each trait by id.
    by_hand
        One row per (profile_id, segment) that people gave, to segments that are `by_hand`. It goes before the
        computed segment; without it the result is what is computed alone. Of several, the segment that stands first
        in the segmentation counts.

    Returns
    -------
    Query
        One row per member profile: contract ``tables.MEMBERSHIPS``. Rules are tried in order and the first that holds
        decides. With a model, a profile with an unknown trait is in no segment, and of equally near centres the first
        counts.

    Raises
    ------
    RuleError
        When a rule of the segmentation does not fit `types`.
    UnknownNameError
        When the model uses a trait that is not in `types`.
    """
    computed = segment_of(traits, segmentation, types)
    hand = None if by_hand is None else first_by_hand(by_hand, segmentation)
    if hand is None:
        tree = select("SELECT c.profile_id, c.segment FROM computed__ AS c", computed=computed)
    else:
        tree = select(
            "SELECT c.profile_id, COALESCE(h.segment, c.segment) AS segment FROM computed__ AS c"
            " LEFT JOIN hand__ AS h ON c.profile_id = h.profile_id",
            computed=computed,
            hand=hand,
        )
    rows = select(
        "SELECT CAST(:id AS VARCHAR) AS segmentation, m.profile_id, m.segment, CAST(:as_of AS DATE) AS as_of"
        " FROM found__ AS m WHERE NOT m.segment IS NULL",
        id=segmentation.id,
        as_of=as_of,
        found=tree,
    )
    return cast_to_contract(rows, MEMBERSHIPS)


def segment_of(traits: Relation, segmentation: Segmentation, types: Mapping[str, TraitType]) -> Query:
    """Return one row per profile: `profile_id` and the computed `segment`, NULL for none."""
    if segmentation.model is not None:
        ids = [literal(s.id) for s in segmentation.segments]
        return select(
            "SELECT m.profile_id, CAST(m.given AS VARCHAR) AS segment FROM modelled__ AS m",
            modelled=given_by_model(traits, segmentation, types, ids),
        )
    case = exp.Case()
    for segment_id, rule in rules_of(segmentation, types).items():
        case = case.when(rule.predicate("t"), literal(segment_id))
    rest = literal(segmentation.rest)
    chosen = case.else_(rest) if case.args.get("ifs") else rest
    return select(
        "SELECT t.profile_id, CAST(:segment AS VARCHAR) AS segment FROM traits__ AS t", traits=traits, segment=chosen
    )


def given_by_model(
    traits: Relation, segmentation: Segmentation, types: Mapping[str, TraitType], values: Sequence[exp.Expr]
) -> Query:
    """Return one row per profile: `profile_id` and `given`, that of `values` at the place of its segment.

    It is NULL for a profile in no segment.

    Raises
    ------
    UnknownNameError
        When the segmentation's model uses a trait that is not in `types`.
    """
    model = segmentation.model
    assert model is not None
    lacking = [t for t in model.traits if t not in types]
    if lacking:
        raise UnknownNameError("error.segmentation.model_traits", lacking=lacking, segmentation=segmentation.id)
    if isinstance(model, ClassModel):
        return most_probable(traits, model, types, values)
    return nearest_centre(traits, model, values)


def rules_of(segmentation: Segmentation, types: Mapping[str, TraitType]) -> dict[str, Rule]:
    """Return the checked rules by segment id, in the order in which they are tried; by-hand segments have none."""
    return {s.id: parse_rule(s.rule, types) for s in segmentation.segments if s.rule is not None and not s.by_hand}


def sizes(traits: Relation, rule: Rule) -> Query:
    """Count whom a rule takes, for the live size beside a rule that is being written.

    Returns
    -------
    Query
        One row: `profiles` (all), `matched` (for whom the rule holds), for each trait of the rule in order
        `unknown_0`, `unknown_1`, … (profiles without a value), and for each condition of ``rule_tree.conditions`` in
        order `holds_0`, … and `open_0`, … (profiles for whom it holds, and for whom that is unknown), all BIGINT.
    """
    counts = {"matched": rule.predicate("t")}
    counts |= {f"unknown_{i}": exp.Is(this=column(t, "t"), expression=exp.null()) for i, t in enumerate(rule.traits)}
    for i, node in enumerate(conditions(rule).values()):
        holds = compiled(node.copy(), rule.types, "t")
        counts[f"holds_{i}"] = exp.Coalesce(this=holds, expressions=[exp.false()])
        counts[f"open_{i}"] = exp.Is(this=exp.paren(holds.copy()), expression=exp.null())
    query = select("SELECT COUNT(*) AS profiles FROM traits__ AS t", traits=traits)
    for name, condition in counts.items():
        query.tree.select(exp.alias_(count_where(condition), name), copy=False)
    return query


def count_where(condition: exp.Expr) -> exp.Expr:
    """Return the number of rows for which a condition holds, 0 over no rows."""
    one = exp.Case().when(condition, exp.Literal.number(1)).else_(exp.Literal.number(0))
    return exp.cast(exp.Coalesce(this=exp.Sum(this=one), expressions=[exp.Literal.number(0)]), "BIGINT")


def first_by_hand(by_hand: Relation, segmentation: Segmentation) -> Query | None:
    """Return one row per profile that people placed: `profile_id`, `segment`; None without segments by hand."""
    order = [s.id for s in segmentation.segments if s.by_hand]
    if not order:
        return None
    place = exp.Case()
    for i, segment_id in enumerate(order):
        place = place.when(exp.EQ(this=column("segment", "g"), expression=literal(segment_id)), literal(i))
    return select(
        "SELECT r.profile_id, r.segment FROM ("
        " SELECT g.profile_id, g.segment, ROW_NUMBER() OVER (PARTITION BY g.profile_id ORDER BY :place, g.segment) AS n"
        " FROM hand__ AS g WHERE :known) AS r WHERE r.n = 1",
        hand=by_hand,
        place=place,
        known=exp.In(this=column("segment", "g"), expressions=[literal(s) for s in order]),
    )
