"""What a rule says of one profile whose trait values are at hand."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from qunxiang.sql.rule_forms import day_value, role_of
from qunxiang.sql.rule_reading import chain

Value = float | str | bool | date | None

_COMPARE: dict[type[exp.Expr], Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
}
_COUNT: dict[type[exp.Expr], Callable[[float, float], float | None]] = {
    exp.Add: operator.add,
    exp.Sub: operator.sub,
    exp.Mul: operator.mul,
    exp.Div: lambda a, b: a / b if b else None,
}


def evaluate(node: exp.Expr, values: Mapping[str, Any]) -> Value:
    """Return the value of a tree of a checked rule; None is unknown.

    Parameters
    ----------
    values
        Trait values of one profile by trait id, as they stand in a snapshot, with behaviour and memberships by their
        canonical texts and the date as ``as_of``; absent, None and NaN are unknown.
    """
    match node:
        case exp.And() | exp.Or():
            return _joined(node, values)
        case exp.Not():
            inner = evaluate(node.this, values)
            return None if inner is None else not inner
        case exp.Is():
            return _is(node, values)
        case exp.In():
            return _any_of(evaluate(node.this, values), [evaluate(v, values) for v in node.expressions])
        case exp.Case():
            return _case(node, values)
        case exp.Coalesce():
            found = (evaluate(n, values) for n in [node.this, *node.expressions])
            return next((v for v in found if v is not None), None)
        case exp.Column() if role_of(node) == "day":
            as_of = values.get("as_of")
            return day_value(node.name, as_of) if isinstance(as_of, date) else None
        case exp.Column():
            return known(values.get(node.name))
        case exp.Literal():
            return node.name if node.is_string else float(node.name)
        case exp.Boolean():
            return bool(node.this)
        case exp.Cast():
            return date.fromisoformat(node.this.name)
        case _:
            return _operation(node, values)


def known(value: Any) -> Value:
    """Return a trait value as rules compare it: numbers as float, NaN as unknown, times as their day."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    number = float(value) if not isinstance(value, Decimal) or value.is_finite() else math.nan
    return None if math.isnan(number) else number


def _operation(node: exp.Expr, values: Mapping[str, Any]) -> Value:
    if isinstance(node, exp.Between):
        above = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        below = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
        return evaluate(exp.And(this=above, expression=below), values)
    operands = [evaluate(node.this, values)]
    if node.args.get("expression") is not None:
        operands.append(evaluate(node.args["expression"], values))
    if any(v is None for v in operands):
        return None
    left: Any = operands[0]
    right: Any = operands[-1]
    kind = type(node)
    if kind in _COMPARE:
        return _COMPARE[kind](left, right)
    if kind in _COUNT:
        return _COUNT[kind](left, right)
    return _function(kind, left, right)


def _function(kind: type[exp.Expr], left: Any, right: Any) -> Value:
    calls: dict[type[exp.Expr], Callable[[], Value]] = {
        exp.Neg: lambda: -left,
        exp.Abs: lambda: abs(left),
        exp.Lower: lambda: left.lower(),
        exp.Upper: lambda: left.upper(),
        exp.Length: lambda: float(len(left)),
        exp.Contains: lambda: right in left,
        exp.StartsWith: lambda: left.startswith(right),
        exp.Like: lambda: _like(left, right),
    }
    return calls[kind]()


def _joined(node: exp.Expr, values: Mapping[str, Any]) -> bool | None:
    decides = isinstance(node, exp.Or)
    parts = [evaluate(part, values) for part in chain(node)]
    if any(part is decides for part in parts):
        return decides
    return None if any(part is None for part in parts) else not decides


def _is(node: exp.Is, values: Mapping[str, Any]) -> bool:
    value = evaluate(node.this, values)
    return value is None if isinstance(node.expression, exp.Null) else value is bool(node.expression.this)


def _any_of(value: Value, candidates: list[Value]) -> bool | None:
    return None if value is None else value in candidates


def _case(node: exp.Case, values: Mapping[str, Any]) -> Value:
    for branch in node.args["ifs"]:
        if evaluate(branch.this, values) is True:
            return evaluate(branch.args["true"], values)
    default = node.args.get("default")
    return None if default is None else evaluate(default, values)


def _like(text: str, pattern: str) -> bool:
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None
