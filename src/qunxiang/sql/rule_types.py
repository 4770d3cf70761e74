"""What a rule may be made of: types, functions, limits."""

from __future__ import annotations

from typing import Literal

from qunxiang.model import TraitSet
from qunxiang.model.trait import TraitKind

TraitType = TraitKind
"""Kind of a trait as a rule sees it."""

RuleType = Literal["number", "text", "boolean", "date"]
"""Type of an expression; integers, money and shares are numbers."""

FUNCTIONS: tuple[str, ...] = ("abs", "coalesce", "contains", "length", "lower", "starts_with", "upper")
"""Functions a rule may call, beside the forms case, in, between, like and is null."""

MAX_CHARACTERS = 2_000
MAX_NODES = 300
MAX_DEPTH = 20
MAX_BRACKETS = 40
MAX_SIGNS = 10  # not, + and - in a row
MAX_DIGITS = 15  # a float holds that many decimal digits without loss


def rule_type(kind: TraitType) -> RuleType:
    """Return the type that a trait of `kind` has in a rule."""
    match kind:
        case "text":
            return "text"
        case "boolean":
            return "boolean"
        case "date":
            return "date"
        case _:
            return "number"


def trait_types(traits: TraitSet) -> dict[str, TraitType]:
    """Return the kind of every trait by its id, as the rule functions take it."""
    return {trait.id: trait.kind for trait in traits.traits}
