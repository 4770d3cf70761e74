"""The canonical text of a rule: what the rule language would have us write."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp, tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from qunxiang.sql.query import WRITTEN_IN
from qunxiang.sql.rule_reading import chain
from qunxiang.sql.rule_types import FUNCTIONS

_OR, _AND, _NOT, _TEST, _ADD, _MULTIPLY, _SIGN, _ATOM = range(1, 9)

SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_ARITHMETIC: dict[type[exp.Expr], tuple[str, int]] = {
    exp.Add: ("+", _ADD),
    exp.Sub: ("-", _ADD),
    exp.Mul: ("*", _MULTIPLY),
    exp.Div: ("/", _MULTIPLY),
}
_CALLS: dict[type[exp.Expr], str] = {
    exp.Abs: "abs",
    exp.Lower: "lower",
    exp.Upper: "upper",
    exp.Length: "length",
    exp.Contains: "contains",
    exp.StartsWith: "starts_with",
    exp.Coalesce: "coalesce",
}


def rule_text(node: exp.Expr, at_least: int = _OR) -> str:
    """Return the canonical text of a tree in normal form; reading it gives the same tree.

    `at_least` is the binding strength below which brackets are needed.
    """
    text, strength = _write(node)
    return f"({text})" if strength < at_least else text


@lru_cache(maxsize=4096)
def name_text(name: str) -> str:
    """Return a trait's id as a rule writes it: bare where it reads as one word, else in double quotes."""
    try:
        tokens = tokenize(name, read=WRITTEN_IN)
    except SqlglotError:
        tokens = []
    one_word = len(tokens) == 1 and tokens[0].token_type == TokenType.VAR and tokens[0].text == name
    if one_word and name.lower() not in FUNCTIONS and name.replace("_", "").isalnum():
        return name
    return '"' + name.replace('"', '""') + '"'


def _write(node: exp.Expr) -> tuple[str, int]:
    match node:
        case exp.Or():
            return " or ".join(rule_text(part, _AND) for part in chain(node)), _OR
        case exp.And():
            return " and ".join(rule_text(part, _NOT) for part in chain(node)), _AND
        case exp.Not():
            return _negated(node.this)
        case exp.Is() | exp.In() | exp.Between() | exp.Like():
            return _test(node, ""), _TEST
        case exp.Case():
            return _case(node), _ATOM
        case exp.Neg():
            return "-" + rule_text(node.this, _ATOM), _SIGN
        case exp.Column() if node.args.get("table") is not None:  # a form, named by its text
            return node.name, _ADD if node.name.startswith("as_of ") else _ATOM
        case exp.Column():
            return name_text(node.name), _ATOM
        case exp.Literal():
            return ("'" + node.name.replace("'", "''") + "'" if node.is_string else node.name), _ATOM
        case exp.Boolean():
            return ("true" if node.this else "false"), _ATOM
        case exp.Cast():
            return f"date '{node.this.name}'", _ATOM
        case _:
            return _operation(node)


def _operation(node: exp.Expr) -> tuple[str, int]:
    kind = type(node)
    if kind in SIGNS:
        return f"{rule_text(node.this, _ADD)} {SIGNS[kind]} {rule_text(node.args['expression'], _ADD)}", _TEST
    if kind in _ARITHMETIC:
        sign, strength = _ARITHMETIC[kind]
        return f"{rule_text(node.this, strength)} {sign} {rule_text(node.args['expression'], strength + 1)}", strength
    arguments = [node.this, *node.expressions]
    if node.args.get("expression") is not None:
        arguments.append(node.args["expression"])
    return f"{_CALLS[kind]}({', '.join(rule_text(a) for a in arguments)})", _ATOM


def _negated(inner: exp.Expr) -> tuple[str, int]:
    if isinstance(inner, exp.Is | exp.In | exp.Between | exp.Like):
        return _test(inner, "not "), _TEST
    return f"not {rule_text(inner, _ATOM)}", _NOT


def _test(node: exp.Expr, no: str) -> str:
    left = rule_text(node.this, _ADD)
    match node:
        case exp.Is():
            value = "null" if isinstance(node.expression, exp.Null) else rule_text(node.expression)
            return f"{left} is {no}{value}"
        case exp.In():
            return f"{left} {no}in ({', '.join(rule_text(v) for v in node.expressions)})"
        case exp.Between():
            return f"{left} {no}between {rule_text(node.args['low'], _ADD)} and {rule_text(node.args['high'], _ADD)}"
        case _:
            return f"{left} {no}like {rule_text(node.args['expression'], _ADD)}"


def _case(node: exp.Case) -> str:
    branches = " ".join(f"when {rule_text(b.this)} then {rule_text(b.args['true'])}" for b in node.args["ifs"])
    default = node.args.get("default")
    return f"case {branches}{f' else {rule_text(default)}' if default is not None else ''} end"
