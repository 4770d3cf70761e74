"""Expressions over traits in the rule language: like a rule, but of any type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from qunxiang.errors import RuleError
from qunxiang.sql.rule_reading import read
from qunxiang.sql.rule_text import rule_text
from qunxiang.sql.rule_types import RuleType, TraitType
from qunxiang.sql.rule_typing import type_of
from qunxiang.sql.rules import compiled


@dataclass(frozen=True)
class Formula:
    """A checked expression.

    `text` is its canonical text, `type` the type of its values, `traits` the ids it uses in order of appearance. Made
    by :func:`parse_formula` only.
    """

    text: str
    type: RuleType
    traits: tuple[str, ...]
    tree: exp.Expr = field(compare=False, repr=False)
    types: Mapping[str, TraitType] = field(compare=False, repr=False)

    def node(self, table: str | None = None) -> exp.Expr:
        """Return the expression for the engines; unknown where a part of it is."""
        return compiled(self.tree, self.types, table)


def parse_formula(text: str, traits: Mapping[str, TraitType]) -> Formula:
    """Read an expression over traits.

    Raises
    ------
    RuleError
        With a message code and the position (0-based, end inclusive) of what is wrong.
    """
    try:
        tree = read(text, traits)
        found = type_of(tree, traits)
    except RuleError as error:
        if error.start is not None:
            error.within(text)
            raise
        raise RuleError(error.code, start=0, end=len(text) - 1, **error.params).within(text) from error
    names = tuple(dict.fromkeys(node.name for node in tree.find_all(exp.Column, bfs=False)))
    return Formula(rule_text(tree), found, names, tree, {n: traits[n] for n in names})
