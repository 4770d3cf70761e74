"""Forms of a rule beyond plain SQL: behaviour, days relative to the snapshot, membership in another segment.

In a tree each stands as a column, named by its canonical text, of a table named by its role; so types, comparisons and
the round trip to the builder treat it as they treat a trait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import md5
from typing import Literal

from sqlglot import exp

from qunxiang.model import Behaviour
from qunxiang.model.trait import TraitKind
from qunxiang.model.variable import months_before
from qunxiang.sql.query import column
from qunxiang.sql.rule_types import Rows

Role = Literal["behaviour", "day", "segment"]

DAY_TEXT = re.compile(r"as_of(?: ([+-]) (\d+) (day|week|month|year)s?)?")
"""A day relative to the snapshot, in canonical text."""


@dataclass(frozen=True)
class Form:
    """One form: its canonical text, the kind of its value, its role, and what it asks."""

    name: str
    kind: TraitKind
    role: Role
    behaviour: Behaviour | None = None
    segment: tuple[str, str | None] | None = None
    tables: Mapping[str, Rows] = field(default_factory=dict, compare=False, repr=False)

    def node(self) -> exp.Column:
        """Return the column that stands for the form in a tree."""
        return exp.Column(this=exp.to_identifier(self.name, quoted=True), table=exp.to_identifier(self.role))


def role_of(node: exp.Expr) -> Role | None:
    """Return the role of a column of a rule; None for a trait."""
    found = node.args.get("table") if isinstance(node, exp.Column) else None
    return found.name if found is not None else None


def stored_as(name: str) -> str:
    """Return the column in which the values of a behaviour or segment form stand beside the traits."""
    return "x" + md5(name.encode(), usedforsecurity=False).hexdigest()[:16]


def day_node(name: str, table: str | None) -> exp.Expr:
    """Return a day such as ``as_of - 60 days`` over the traits' own date."""
    as_of = column("as_of", table)
    sign, n, unit = _parts(name)
    if n == 0:
        return as_of
    span = exp.Interval(this=exp.Literal.string(str(n)), unit=exp.var(unit.upper()))
    moved = exp.Sub(this=as_of, expression=span) if sign == "-" else exp.Add(this=as_of, expression=span)
    return exp.cast(moved, "DATE")


def day_value(name: str, as_of: date) -> date:
    """Return the day that :func:`day_node` gives for a date."""
    sign, n, unit = _parts(name)
    n = -n if sign == "-" else n
    match unit:
        case "day" | "week":
            return as_of + timedelta(days=n * (7 if unit == "week" else 1))
        case _:
            return months_before(as_of, -n * (12 if unit == "year" else 1))


def _parts(name: str) -> tuple[str, int, str]:
    found = DAY_TEXT.fullmatch(name)
    assert found is not None
    sign, n, unit = found.groups()
    return sign or "+", int(n or 0), unit or "day"
