"""The rule language: a condition over traits and behaviour that says which profiles belong.

Unknown values: a comparison with an unknown value is neither true nor false, ``not`` of it neither, and a rule that is
not known to hold does not hold. So neither ``age > 30`` nor ``not age > 30`` takes a profile whose age is unknown; ask
for it with ``age is null``. Division by zero is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from qunxiang.errors import RuleError
from qunxiang.model import Behaviour
from qunxiang.sql.query import column
from qunxiang.sql.rule_forms import Form, day_node, role_of, stored_as
from qunxiang.sql.rule_lifting import read_rule
from qunxiang.sql.rule_text import rule_text
from qunxiang.sql.rule_types import TraitType
from qunxiang.sql.rule_typing import ARITHMETIC, COMPARISONS, check_rule, type_of


@dataclass(frozen=True)
class Rule:
    """A checked rule.

    `text` is its canonical text (reading it gives an equal rule), `tree` its tree in normal form, `traits` the ids it
    uses in order of appearance, `forms` what else it asks by canonical text: behaviour, days, other segments. `types`
    are the kinds of both. Made by :func:`parse_rule` only.
    """

    text: str
    traits: tuple[str, ...]
    tree: exp.Expr = field(compare=False, repr=False)
    types: Mapping[str, TraitType] = field(compare=False, repr=False)
    forms: Mapping[str, Form] = field(default_factory=dict, compare=False, repr=False)

    @property
    def behaviours(self) -> dict[str, Behaviour]:
        """Behaviour it asks, by canonical text."""
        return {name: f.behaviour for name, f in self.forms.items() if f.behaviour is not None}

    @property
    def segments(self) -> dict[str, tuple[str, str | None]]:
        """Segmentations and segments it asks membership of, by canonical text."""
        return {name: f.segment for name, f in self.forms.items() if f.segment is not None}

    def predicate(self, table: str | None = None) -> exp.Expr:
        """Return the rule as a condition that is true or false, never unknown.

        Parameters
        ----------
        table
            Alias of the traits table that its columns are qualified with. Behaviour and memberships stand in it under
            the names of ``rule_forms.stored_as``.
        """
        return exp.Coalesce(this=compiled(self.tree, self.types, table), expressions=[exp.false()])


def parse_rule(text: str, traits: Mapping[str, TraitType]) -> Rule:
    """Read a rule.

    Parameters
    ----------
    text
        A condition such as ``recency_days > 90 and frequency >= 3``: and, or, not, comparisons, in, between, like,
        is null, + - * /, case, and the functions of ``rule_types.FUNCTIONS``; dates as ``date '2018-01-01'``. With
        :class:`TraitTypes` also behaviour such as ``count(events where event = 'view', last 30 days) >= 3``, days such
        as ``as_of - 60 days``, and ``in_segment(loyalty.loyal)``.
    traits
        Kind of every trait that the rule may use, by id.

    Raises
    ------
    RuleError
        With a message code and the position (0-based, end inclusive) of what is wrong.
    """
    try:
        tree, forms = read_rule(text, traits)
        types = {**traits, **{name: form.kind for name, form in forms.items()}}
        check_rule(tree, types)
    except RuleError as error:
        if error.start is not None:
            error.within(text)
            raise
        raise RuleError(error.code, start=0, end=len(text) - 1, **error.params).within(text) from error
    names = tuple(dict.fromkeys(n.name for n in tree.find_all(exp.Column, bfs=False)))
    return Rule(
        text=rule_text(tree),
        traits=tuple(n for n in names if n not in forms),
        tree=tree,
        types={n: types[n] for n in names},
        forms=forms,
    )


def compiled(node: exp.Expr, types: Mapping[str, TraitType], table: str | None) -> exp.Expr:
    """Rewrite a tree for the engines: quoted columns, numbers as floats, divisors never zero."""
    if isinstance(node, exp.Column):
        match role_of(node):
            case None:
                return column(node.name, table)
            case "day":
                return day_node(node.name, table)
            case _:
                return column(stored_as(node.name), table)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return node.copy()
    operands = _operands(node)
    numeric = bool(operands) and type_of(operands[0], types) == "number"
    bare = numeric and isinstance(node, (*COMPARISONS, exp.Between, exp.In)) and _comparable(operands, types)
    out = node.copy()
    for key, value in node.args.items():
        if isinstance(value, list):
            out.set(key, [_part(v, types, table, as_float=numeric and not bare) for v in value])
        elif isinstance(value, exp.Expr) and not isinstance(node, exp.Cast):
            out.set(key, _part(value, types, table, as_float=numeric and not bare))
    if isinstance(out, exp.Div):
        out.set("expression", exp.Nullif(this=out.expression, expression=exp.Literal.number(0)))
    wrapped = isinstance(node, (*COMPARISONS, *ARITHMETIC, exp.And, exp.Or, exp.Not))
    return exp.paren(out, copy=False) if wrapped and node.parent is not None else out


def _part(node: exp.Expr, types: Mapping[str, TraitType], table: str | None, *, as_float: bool) -> exp.Expr:
    made = compiled(node, types, table)
    # one type for all numbers: engines differ in the digits of decimals and overflow on integers
    if as_float and isinstance(node, exp.Column) and types[node.name] in ("integer", "money"):
        return exp.cast(made, "DOUBLE")
    literal = isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal))
    if as_float and (literal or isinstance(node, exp.Length)):
        return exp.cast(made, "DOUBLE")
    return made


def _operands(node: exp.Expr) -> list[exp.Expr]:
    """Return the operands of one type: of a comparison, a sum, a coalesce, the results of a case."""
    match node:
        case exp.Between():
            return [node.this, node.args["low"], node.args["high"]]
        case exp.In() | exp.Coalesce():
            return [node.this, *node.expressions]
        case exp.Case():
            default = node.args.get("default")
            return [b.args["true"] for b in node.args["ifs"]] + ([default] if default is not None else [])
        case exp.If():
            return [node.args["true"]]
        case exp.Neg() | exp.Abs():
            return [node.this]
        case _ if isinstance(node, (*COMPARISONS, *ARITHMETIC)):
            return [node.this, node.expression]
        case _:
            return []


def _comparable(operands: list[exp.Expr], types: Mapping[str, TraitType]) -> bool:
    """Say whether a bare column meets literals of its own type, so that no cast is needed (and files are pruned)."""
    first, *rest = operands
    if not isinstance(first, exp.Column):
        return False
    decimals = {"integer": 0, "money": 2}.get(types[first.name], -1)
    literals = [n.this if isinstance(n, exp.Neg) else n for n in rest]
    return all(isinstance(n, exp.Literal) and len(n.name.partition(".")[2]) <= decimals for n in literals)
