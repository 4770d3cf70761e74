"""Queries as sqlglot trees: one language from the screen to any engine."""

from qunxiang.sql.query import Query, Relation, column, identifier, literal, select, template
from qunxiang.sql.rule_tree import from_tree, to_tree
from qunxiang.sql.rule_types import FUNCTIONS, TraitType, trait_types
from qunxiang.sql.rules import Rule, parse_rule
from qunxiang.sql.shape import cast_to_contract, contract_of

__all__ = [
    "FUNCTIONS",
    "Query",
    "Relation",
    "Rule",
    "TraitType",
    "cast_to_contract",
    "column",
    "contract_of",
    "from_tree",
    "identifier",
    "literal",
    "parse_rule",
    "select",
    "template",
    "to_tree",
    "trait_types",
]
