"""Repairs of values: which value of a column is read as which other. The loaded table stays as it was loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator
from sqlglot import exp

from qunxiang.model import Frozen
from qunxiang.services.house import House
from qunxiang.sql import Query, Relation, column, literal, template

KIND = "value_map"
"""Kind of the documents that hold repairs, one per table and column: ``table.column``."""

Value = Annotated[str, Field(min_length=1, max_length=500)]


class ValueMap(Frozen):
    """Values of a text column that are read as others."""

    table: str
    column: str
    values: dict[Value, Value] = Field(min_length=1, max_length=2000)

    @model_validator(mode="after")
    def _single_step(self) -> ValueMap:
        for value, becomes in self.values.items():
            if value == becomes:
                raise ValueError(f"{value[:40]} would become itself")
            if becomes in self.values:
                raise ValueError(f"{value[:40]} would become {becomes[:40]}, which becomes another value itself")
        return self

    @property
    def id(self) -> str:
        """Id of the document."""
        return f"{self.table}.{self.column}"


def value_maps(house: House) -> dict[str, dict[str, dict[str, str]]]:
    """Return the repairs in force: table to column to value to the value it is read as."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for document in house.state.definitions(KIND):
        body = ValueMap.model_validate(document.body)
        found.setdefault(body.table, {})[body.column] = dict(body.values)
    return found


def mapped(relation: Relation, maps: Mapping[str, Mapping[str, str]]) -> Query:
    """Return the rows of a table with their values repaired."""
    projections: list[exp.Expr] = []
    for name in relation.columns:
        x = column(name, "t")
        if name not in maps:
            projections.append(exp.alias_(x, name, quoted=True))
            continue
        case = exp.Case(this=None)
        for value, becomes in sorted(maps[name].items()):
            case = case.when(template(":x = :v", x=x, v=value), literal(becomes))
        projections.append(exp.alias_(case.else_(x.copy()), name, quoted=True))
    return Query(exp.select(*projections).from_(relation.table("t")))
