"""Segments that rest on other segments: in which order they are computed, and that none rests on itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qunxiang.errors import RuleError
from qunxiang.model import Segmentation
from qunxiang.segmentation.assign import rules_of
from qunxiang.sql import Rule, TraitType


def rests_on(segmentation: Segmentation, types: Mapping[str, TraitType]) -> tuple[str, ...]:
    """Return the segmentations whose members the rules of a segmentation ask for, in order of appearance."""
    return _asked(rules_of(segmentation, types))


def rests_on_if_read(segmentation: Segmentation, types: Mapping[str, TraitType]) -> tuple[str, ...]:
    """Return :func:`rests_on`; nothing of rules over a trait or table that is there no longer."""
    try:
        return rests_on(segmentation, types)
    except RuleError:
        return ()


def _asked(rules: Mapping[str, Rule]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(of for rule in rules.values() for of, _ in rule.segments.values()))


def levels(
    segmentations: Sequence[Segmentation],
    types: Mapping[str, TraitType],
    *,
    rules: Mapping[str, Mapping[str, Rule]] | None = None,
) -> list[list[Segmentation]]:
    """Sort segmentations so that each level rests only on those before it, in the order given.

    What stands outside `segmentations` counts as known. `rules` are the checked rules by segmentation and segment where
    they were read before.

    Raises
    ------
    RuleError
        When some rest on each other in a circle; names the circle.
    """
    by_id = {s.id: s for s in segmentations}
    asked = {s.id: rests_on(s, types) if rules is None else _asked(rules[s.id]) for s in segmentations}
    on = {s.id: [name for name in asked[s.id] if name in by_id] for s in segmentations}
    level: dict[str, int] = {}
    for name in by_id:
        _place(name, on, (), level)
    return [[s for s in segmentations if level[s.id] == n] for n in range(max(level.values(), default=-1) + 1)]


def _place(name: str, on: Mapping[str, Sequence[str]], path: tuple[str, ...], level: dict[str, int]) -> int:
    if name in path:
        raise RuleError("rule.segment.circle", circle=" → ".join((*path[path.index(name) :], name)))
    if name not in level:
        below = [_place(other, on, (*path, name), level) for other in on[name]]
        level[name] = max(below, default=-1) + 1
    return level[name]
