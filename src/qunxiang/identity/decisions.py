"""What people decided about records: the same, different, or later; the newest decision on a pair counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from qunxiang.model import Frozen

Verdict = Literal["same", "different", "later"]
Pair = tuple[str, str]


class IdentityDecision(Frozen):
    """Records on the `left` and on the `right` are the same, different, or to be looked at later.

    Records are named like the profile each would be alone: ``P`` and the person id, ``A`` and the account id.
    """

    decision: Verdict
    left: tuple[str, ...]
    right: tuple[str, ...]
    by: str
    at: str
    why: str = ""


class Decided(NamedTuple):
    """Pairs of record names by verdict."""

    same: frozenset[Pair]
    different: frozenset[Pair]
    later: frozenset[Pair]


def pair(one: str, other: str) -> Pair:
    """Return two record names in the order of the alphabet."""
    return (one, other) if one < other else (other, one)


def decided(decisions: Iterable[IdentityDecision]) -> Decided:
    """Return what counts of all decisions, of which the newest on a pair does."""
    verdict: dict[Pair, Verdict] = {}
    for one in sorted(decisions, key=lambda d: d.at):
        if one.decision == "same":  # a chain is enough to join all
            members = (*one.left, *one.right)
            pairs = [pair(members[0], m) for m in members[1:]]
        else:
            pairs = [pair(a, b) for a in one.left for b in one.right]
        for found in pairs:
            if found[0] != found[1]:
                verdict[found] = one.decision
    made: Mapping[Verdict, frozenset[Pair]] = {
        v: frozenset(p for p, found in verdict.items() if found == v) for v in ("same", "different", "later")
    }
    return Decided(made["same"], made["different"], made["later"])
