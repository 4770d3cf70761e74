"""Queries as sqlglot trees: one language from the screen to any engine."""

from qunxiang.sql.query import Query, Relation, column, identifier, literal, select, template
from qunxiang.sql.shape import cast_to_contract, contract_of

__all__ = [
    "Query",
    "Relation",
    "cast_to_contract",
    "column",
    "contract_of",
    "identifier",
    "literal",
    "select",
    "template",
]
