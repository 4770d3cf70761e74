"""The library of criteria, and weights of criteria: a hundred points spread by hand, or pairwise comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.model import Actor, Frozen, NewDefinition
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.targets import stored_criteria
from qunxiang.targeting import KNOCKOUTS, LIBRARY, Comparison, CriteriaSet, Criterion, ahp
from qunxiang.targeting.criteria import Side

POINTS = 100.0
_ROUNDING = 0.01
MOST_COMPARED = 10
"""Criteria that can be compared pairwise: Saaty's random indices go no further."""


class WorstComparison(Frozen):
    """The comparison that fits the others least: `a` was said to matter `times` as much as `b`.

    `implied` is what all comparisons together come to.
    """

    a: str
    b: str
    times: float
    implied: float


class Weighing(Frozen):
    """Weights of one side, in points of 100 by criterion.

    `consistency_ratio` is None for weights given as points. Above 0.1 comparisons contradict each other too much
    (`consistent` is False): look at `worst` first.
    """

    side: Side
    points: dict[str, float]
    comparisons: tuple[Comparison, ...] = ()
    lambda_max: float | None = None
    consistency_index: float | None = None
    consistency_ratio: float | None = None
    consistent: bool = True
    worst: WorstComparison | None = None


@use_case("target.library", roles=EVERYONE)
def library(house: House, actor: Actor) -> CriteriaSet:
    """Return the criteria and knock-outs to choose from, with source, unit, direction and value function."""
    return CriteriaSet(criteria=LIBRARY, knockouts=KNOCKOUTS)


@use_case("target.compare", roles=EVERYONE)
def compare(
    house: House,
    actor: Actor,
    name: str,
    *,
    comparisons: Sequence[Comparison],
    side: Side = "attractiveness",
) -> Weighing:
    """Return the weights that pairwise comparisons come to, and how consistent they are; nothing is stored.

    Parameters
    ----------
    comparisons
        One for every pair of the side's criteria, in either direction.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or criterion.
    SettingError
        When a pair is missing or stands there twice, or there are fewer than two criteria or more than ten.
    """
    segmentation_named(house, name)
    return _compared(_of_side(stored_criteria(house, name), side), comparisons, side)


@use_case("target.weigh", roles=MAKERS, touches="change")
def weigh(
    house: House,
    actor: Actor,
    name: str,
    *,
    points: Mapping[str, float] | None = None,
    comparisons: Sequence[Comparison] = (),
    side: Side = "attractiveness",
    why: str = "",
    seen_version: int | None = None,
) -> Weighing:
    """Set the weights of one side's criteria from points of 100, or from pairwise comparisons.

    Comparisons that contradict each other are stored with their consistency ratio, not refused: the warning stays.

    Parameters
    ----------
    points
        By criterion id, of sum 100; criteria of the side that are not named get none.
    seen_version
        Version of the criteria that is replaced (0: the standard ones); None replaces whatever is there.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or criterion.
    SettingError
        When points do not sum to 100 or one is negative, when a pair is missing, or when both or neither are given.
    ConflictError
        When others changed the criteria since `seen_version`.
    """
    segmentation_named(house, name)
    if (points is None) == (not comparisons):
        raise SettingError("error.targets.points_or_pairs")
    rules = stored_criteria(house, name)
    mine = _of_side(rules, side)
    made = _pointed(mine, points, side) if points is not None else _compared(mine, comparisons, side)
    ids = {c.id for c in mine}
    kept = tuple(c for c in rules.comparisons if c.a not in ids and c.b not in ids)
    changed = CriteriaSet(
        criteria=tuple(
            c.model_copy(update={"weight": made.points[c.id]}) if c.side == side else c for c in rules.criteria
        ),
        knockouts=rules.knockouts,
        comparisons=(*kept, *made.comparisons),
    )
    new = NewDefinition(kind="criteria", id=name, body=changed.model_dump(mode="json"), why=why)
    change(house, actor, "criteria", name, lambda _: new, seen_version=seen_version)
    return made


def weighing_of(rules: CriteriaSet, side: Side = "attractiveness") -> Weighing | None:
    """Return how the stored weights came from comparisons; None when they were given, or criteria changed since."""
    mine = _of_side(rules, side)
    ids = {c.id for c in mine}
    comparisons = [c for c in rules.comparisons if c.a in ids and c.b in ids]
    if len(comparisons) != len(mine) * (len(mine) - 1) // 2 or not 2 <= len(mine) <= MOST_COMPARED:
        return None
    return _compared(mine, comparisons, side)


def _of_side(rules: CriteriaSet, side: Side) -> list[Criterion]:
    return [c for c in rules.criteria if c.side == side]


def _check_known(named: Sequence[str], criteria: Sequence[Criterion]) -> None:
    known = [c.id for c in criteria]
    if lacking := sorted(set(named) - set(known)):
        raise UnknownNameError("error.targets.unknown_criterion", lacking=lacking, known=known)


def _pointed(criteria: Sequence[Criterion], points: Mapping[str, float], side: Side) -> Weighing:
    _check_known(list(points), criteria)
    if bad := [c for c, value in points.items() if not value >= 0]:
        raise SettingError("error.targets.weight_negative", criteria=bad)
    total = sum(points.values())
    if not abs(total - POINTS) <= _ROUNDING:
        raise SettingError("error.targets.points_sum", total=total)
    return Weighing(side=side, points={c.id: float(points.get(c.id, 0.0)) for c in criteria})


def _compared(criteria: Sequence[Criterion], comparisons: Sequence[Comparison], side: Side) -> Weighing:
    ids = [c.id for c in criteria]
    if not 2 <= len(ids) <= MOST_COMPARED:
        raise SettingError("error.targets.ahp_shape", rows=len(ids), most=MOST_COMPARED)
    _check_known([n for c in comparisons for n in (c.a, c.b)], criteria)
    matrix = np.full((len(ids), len(ids)), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for c in comparisons:
        i, j = ids.index(c.a), ids.index(c.b)
        if i == j or not np.isnan(matrix[i, j]):
            raise SettingError("error.targets.pair_twice", a=c.a, b=c.b)
        matrix[i, j], matrix[j, i] = c.times, 1 / c.times
    if missing := [f"{ids[i]}:{ids[j]}" for i, j in combinations(range(len(ids)), 2) if np.isnan(matrix[i, j])]:
        raise SettingError("error.targets.pairs_missing", pairs=missing)
    found = ahp(matrix)
    worst = None
    if found.worst is not None:
        i, j = found.worst
        if matrix[i, j] < 1:
            i, j = j, i
        implied = float(found.weights[i] / found.weights[j])
        worst = WorstComparison(a=ids[i], b=ids[j], times=float(matrix[i, j]), implied=implied)
    return Weighing(
        side=side,
        points={name: round(float(w) * POINTS, 4) for name, w in zip(ids, found.weights, strict=True)},
        comparisons=tuple(comparisons),
        lambda_max=found.lambda_max,
        consistency_index=found.consistency_index,
        consistency_ratio=found.consistency_ratio,
        consistent=found.consistent,
        worst=worst,
    )
