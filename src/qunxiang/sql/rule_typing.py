"""Types of the parts of a rule: what may be compared with what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from sqlglot import exp

from qunxiang.errors import RuleError
from qunxiang.i18n import Message
from qunxiang.sql.rule_reading import span
from qunxiang.sql.rule_types import RuleType, TraitType, rule_type

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_rule(tree: exp.Expr, types: Mapping[str, TraitType]) -> None:
    """Check that every operand of a rule has a fitting type and the whole is a condition.

    Raises
    ------
    RuleError
        ``rule.type.…`` with the position of the operand that does not fit.
    """
    found = type_of(tree, types)
    if found != "boolean":
        raise RuleError("rule.type.condition", **span(tree), found=type_name(found))


def type_of(node: exp.Expr, types: Mapping[str, TraitType]) -> RuleType:
    """Return the type of an expression in normal form.

    Raises
    ------
    RuleError
        When an operand does not fit.
    """
    match node:
        case exp.Column():
            return rule_type(types[node.name])
        case exp.Boolean():
            return "boolean"
        case exp.Literal():
            return "text" if node.is_string else "number"
        case exp.Cast():
            return _day(node)
        case exp.Null():
            raise RuleError("rule.null", **span(node.parent or node))
        case exp.Neg() | exp.Abs():
            return _need(node.this, "number", types)
        case exp.Lower() | exp.Upper():
            return _need(node.this, "text", types)
        case exp.Length():
            _need(node.this, "text", types)
            return "number"
        case exp.Coalesce():
            return _same([node.this, *node.expressions], types)
        case exp.Case():
            return _case(node, types)
        case _ if isinstance(node, ARITHMETIC):
            _need(node.this, "number", types)
            return _need(node.expression, "number", types)
        case _:
            _condition(node, types)
            return "boolean"


def type_name(found: RuleType) -> Message:
    """Return the name of a type for a reader."""
    return Message(f"rule.type.name.{found}")


def _condition(node: exp.Expr, types: Mapping[str, TraitType]) -> None:
    match node:
        case exp.And() | exp.Or():
            _need(node.this, "boolean", types)
            _need(node.args["expression"], "boolean", types)
        case exp.Not():
            _need(node.this, "boolean", types)
        case exp.Is():
            if isinstance(node.expression, exp.Null):
                type_of(node.this, types)
            elif isinstance(node.expression, exp.Boolean):
                _need(node.this, "boolean", types)
            else:
                raise RuleError("rule.is", **span(node))
        case exp.In():
            _in(node, types)
        case exp.Between():
            found = _same([node.this, node.args["low"], node.args["high"]], types)
            if found == "boolean":
                raise RuleError("rule.type.order", **span(node))
        case exp.Like() | exp.Contains() | exp.StartsWith():
            _pattern(node, types)
        case _ if isinstance(node, COMPARISONS):
            found = _same([node.this, node.expression], types)
            if found == "boolean" and not isinstance(node, exp.EQ | exp.NEQ):
                raise RuleError("rule.type.order", **span(node))
        case _:
            raise RuleError("rule.form", **span(node), near=type(node).__name__)


def _in(node: exp.In, types: Mapping[str, TraitType]) -> None:
    if not node.expressions:
        raise RuleError("rule.in.empty", **span(node))
    for value in node.expressions:
        inner = value.this if isinstance(value, exp.Neg) else value
        if not isinstance(inner, exp.Literal | exp.Boolean | exp.Cast | exp.Null):
            raise RuleError("rule.in.values", **span(value))
    _same([node.this, *node.expressions], types)


def _pattern(node: exp.Like | exp.Contains | exp.StartsWith, types: Mapping[str, TraitType]) -> None:
    _need(node.this, "text", types)
    _need(node.expression, "text", types)
    if isinstance(node, exp.Like):
        if not node.expression.is_string:
            raise RuleError("rule.like.pattern", **span(node.expression))
        # engines read a backslash in a pattern differently
        if "\\" in node.expression.name:
            raise RuleError("rule.like.backslash", **span(node.expression))


def _case(node: exp.Case, types: Mapping[str, TraitType]) -> RuleType:
    results = []
    for branch in node.args["ifs"]:
        _need(branch.this, "boolean", types)
        results.append(branch.args["true"])
    if node.args.get("default") is not None:
        results.append(node.args["default"])
    return _same(results, types)


def _need(node: exp.Expr, wanted: RuleType, types: Mapping[str, TraitType]) -> RuleType:
    found = type_of(node, types)
    if found != wanted:
        raise RuleError("rule.type.operand", **span(node), found=type_name(found), wanted=type_name(wanted))
    return found


def _same(nodes: list[exp.Expr], types: Mapping[str, TraitType]) -> RuleType:
    first = type_of(nodes[0], types)
    for node in nodes[1:]:
        found = type_of(node, types)
        if found == first:
            continue
        code = "rule.type.date" if {found, first} == {"date", "text"} else "rule.type.mixed"
        raise RuleError(code, **span(node), found=type_name(found), wanted=type_name(first))
    return first


def _day(node: exp.Cast) -> RuleType:
    text = node.this.name
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        date.fromisoformat(text)
    except ValueError as error:
        raise RuleError("rule.date", **span(node), found=text[:40]) from error
    return "date"
