"""A rule as rows of a visual builder, and back, without loss.

A tree is a group ``{"op": "and" | "or", "rules": [...]}``, a negation ``{"op": "not", "rules": [one]}``, a row
``{"field": trait id, "operator": ..., "value": ...}``, or ``{"expression": text}`` for what rows cannot show. Dates are
``"2018-01-31"`` or ``"as_of - 60 days"``; the trait's kind says that they are dates. In the place of ``field`` a row
may have ``behaviour``, whose parts :mod:`qunxiang.sql.behaviour_tree` describes, or ``segment``, such as
``"loyalty.loyal"``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlglot import exp

from qunxiang.errors import RuleError
from qunxiang.i18n import Message
from qunxiang.sql.behaviour_text import behaviour_text
from qunxiang.sql.behaviour_tree import behaviour_of, behaviour_parts
from qunxiang.sql.rule_forms import DAY_TEXT, Form, role_of
from qunxiang.sql.rule_lifting import read_rule
from qunxiang.sql.rule_reading import chain, nearest, number_text
from qunxiang.sql.rule_text import SIGNS, name_text, rule_text
from qunxiang.sql.rule_types import IN_SEGMENT, MAX_BRACKETS, Rows, TraitType, TraitTypes, rule_type
from qunxiang.sql.rule_typing import type_name
from qunxiang.sql.rules import Rule, parse_rule

Tree = dict[str, Any]
Forms = Mapping[str, Form]

_LISTED = {"in": "in", "not_in": "not in"}
_RANGED = {"between": "between", "not_between": "not between"}
_LIKE = {"like": "like", "not_like": "not like"}
_CALLED = {"contains": "contains", "starts_with": "starts_with"}
_NOT_CALLED = {"not_contains": "contains", "not_starts_with": "starts_with"}
_ALONE = {"is_null": " is null", "is_not_null": " is not null", "is_true": "", "not_true": ""}

_ANY = ("=", "!=", "in", "not_in", "is_null", "is_not_null")
_ORDERED = (">", ">=", "<", "<=", "between", "not_between")
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "number": (*_ANY, *_ORDERED),
    "date": (*_ANY, *_ORDERED),
    "text": (*_ANY, *_ORDERED, *_CALLED, *_NOT_CALLED, *_LIKE),
    "boolean": (*_ANY, "is_true", "not_true"),
}
"""Operators of a row by the type of its trait."""


def to_tree(rule: Rule) -> Tree:
    """Return a rule as groups and rows; :func:`from_tree` gives an equal rule back."""
    return _tree(rule.tree, rule.forms)


def conditions(rule: Rule) -> dict[str, exp.Expr]:
    """Return the conditions of a rule by the path that their row has in :func:`to_tree`, such as ``1.2``."""
    return dict(_leaves(rule.tree, "1"))


def _leaves(node: exp.Expr, path: str) -> Iterator[tuple[str, exp.Expr]]:
    match node:
        case exp.And() | exp.Or():
            for place, part in enumerate(chain(node), 1):
                yield from _leaves(part, f"{path}.{place}")
        case exp.Not() if _row(node.this, {}, no=True) is None:
            yield from _leaves(node.this, f"{path}.1")
        case _:
            yield path, node


def from_tree(tree: Any, traits: Mapping[str, TraitType]) -> Rule:
    """Read a tree from outside.

    Parameters
    ----------
    tree
        JSON as described at the top of this module.

    Raises
    ------
    RuleError
        With `path` among the parameters: the places of the row from the top, such as ``1.2``; positions in the text
        belong to an ``expression`` leaf.
    """
    return parse_rule(_written(tree, traits, "1", 0), traits)


def _tree(node: exp.Expr, forms: Forms) -> Tree:
    match node:
        case exp.And() | exp.Or():
            op = "and" if isinstance(node, exp.And) else "or"
            return {"op": op, "rules": [_tree(part, forms) for part in chain(node)]}
        case exp.Not():
            return _row(node.this, forms, no=True) or {"op": "not", "rules": [_tree(node.this, forms)]}
        case _:
            return _row(node, forms) or {"expression": rule_text(node)}


def _row(node: exp.Expr, forms: Forms, *, no: bool = False) -> Tree | None:
    asked = node if isinstance(node, exp.Column) else node.args.get("this")
    if not isinstance(asked, exp.Column) or role_of(asked) == "day":
        return None
    row = _compared(node, no=no)
    form = forms.get(asked.name) if role_of(asked) is not None else None
    if row is None or form is None:
        return row
    return {**_asked(form), **{k: v for k, v in row.items() if k != "field"}}


def _asked(form: Form) -> Tree:
    if form.segment is not None:
        return {"segment": ".".join(part for part in form.segment if part is not None)}
    assert form.behaviour is not None
    return {"behaviour": behaviour_parts(form.behaviour, form.tables, _where_tree)}


def _where_tree(text: str, rows: Rows) -> Tree:
    return to_tree(parse_rule(text, rows.columns))


def _compared(node: exp.Expr, *, no: bool) -> Tree | None:
    if isinstance(node, exp.Column):
        return _condition(node, "not_true" if no else "is_true")
    field, prefix = node.this, "not_" if no else ""
    match node:
        case exp.Is() if isinstance(node.expression, exp.Null):
            return _condition(field, "is_not_null" if no else "is_null")
        case exp.In():
            return _condition(field, f"{prefix}in", [_value(v) for v in node.expressions])
        case exp.Between():
            ends = [node.args["low"], node.args["high"]]
            return _condition(field, f"{prefix}between", [_value(v) for v in ends]) if _plain(*ends) else None
        case exp.Like() | exp.Contains() | exp.StartsWith() if _plain(node.expression):
            name = {exp.Like: "like", exp.Contains: "contains", exp.StartsWith: "starts_with"}[type(node)]
            return _condition(field, prefix + name, _value(node.expression))
        case _ if type(node) in SIGNS and not no and _plain(node.expression):
            return _condition(field, SIGNS[type(node)], _value(node.expression))
        case _:
            return None


def _condition(field: exp.Expr, operator: str, value: Any = None) -> Tree:
    row = {"field": field.name, "operator": operator}
    return row if operator in _ALONE else {**row, "value": value}


def _plain(*nodes: exp.Expr) -> bool:
    inner = (n.this if isinstance(n, exp.Neg) else n for n in nodes)
    return all(isinstance(n, exp.Literal | exp.Boolean | exp.Cast) or role_of(n) == "day" for n in inner)


def _value(node: exp.Expr) -> str | int | float | bool:
    match node:
        case exp.Neg():
            return -_value(node.this)  # type: ignore[operator]
        case exp.Boolean():
            return bool(node.this)
        case exp.Cast():
            return str(node.this.name)
        case exp.Column():
            return node.name
        case exp.Literal() if not node.is_string:
            return float(node.name) if "." in node.name else int(node.name)
        case _:
            return str(node.name)


def _written(tree: Any, traits: Mapping[str, TraitType], path: str, level: int) -> str:
    if not isinstance(tree, Mapping) or level > MAX_BRACKETS:
        raise RuleError("rule.tree.shape", path=path)
    if "op" in tree:
        return _group(tree, traits, path, level)
    text = _leaf(tree, traits, path)
    try:
        return parse_rule(text, traits).text
    except RuleError as error:
        inside = "expression" in tree
        place = {"start": error.start, "end": error.end} if inside else {}
        raise RuleError(error.code, **place, **{**error.params, "path": path}) from error


def _group(tree: Mapping[str, Any], traits: Mapping[str, TraitType], path: str, level: int) -> str:
    op, rules = tree.get("op"), tree.get("rules")
    if op not in ("and", "or", "not") or not isinstance(rules, list):
        raise RuleError("rule.tree.shape", path=path)
    if not rules or (op == "not" and len(rules) != 1):
        raise RuleError("rule.tree.group", path=path)
    parts = [f"({_written(rule, traits, f'{path}.{place}', level + 1)})" for place, rule in enumerate(rules, 1)]
    return f"not {parts[0]}" if op == "not" else f" {op} ".join(parts)


def _leaf(tree: Mapping[str, Any], traits: Mapping[str, TraitType], path: str) -> str:
    if isinstance(tree.get("expression"), str):
        return str(tree["expression"])
    operator = tree.get("operator")
    if isinstance(operator, str) and ("behaviour" in tree or "segment" in tree):
        name, kind = _form_text(tree, traits, path)
        return _checked_row(name, name, operator, tree.get("value"), kind, path)
    field = tree.get("field")
    if not isinstance(field, str) or not isinstance(operator, str):
        raise RuleError("rule.tree.shape", path=path)
    if field not in traits:
        near = nearest(field, traits)
        if near:
            raise RuleError("rule.trait.unknown", path=path, name=field[:40], nearest=near)
        raise RuleError("rule.trait.none_near", path=path, name=field[:40], some=tuple(traits)[:8], n=len(traits))
    return _checked_row(name_text(field), field, operator, tree.get("value"), traits[field], path)


def _form_text(tree: Mapping[str, Any], traits: Mapping[str, TraitType], path: str) -> tuple[str, TraitType]:
    """Return the text of a row's behaviour or segment, and the kind of its value."""
    if "segment" in tree:
        named = str(tree["segment"]).split(".", 1)
        return f"{IN_SEGMENT}({'.'.join(name_text(part) for part in named)})", "boolean"
    tables = traits.tables if isinstance(traits, TraitTypes) else {}

    def text_of(where: Any, rows: Rows) -> str:
        return _written(where, rows.columns, path, 0)

    text = behaviour_text(behaviour_of(tree["behaviour"], tables, path, text_of))
    try:
        _, forms = read_rule(text, traits)
    except RuleError as error:
        raise RuleError(error.code, **{**error.params, "path": path}) from error
    return next(iter(forms.items()))[0], next(iter(forms.values())).kind


def _checked_row(name: str, field: str, operator: str, value: Any, kind: TraitType, path: str) -> str:
    allowed = OPERATORS[rule_type(kind)]
    if operator not in allowed:
        raise RuleError("rule.tree.operator", path=path, found=operator[:40], allowed=allowed)
    return _row_text(name, field, operator, value, kind, path)


def _row_text(name: str, field: str, operator: str, value: Any, kind: TraitType, path: str) -> str:
    if operator in _ALONE:
        return "not " * (operator == "not_true") + name + _ALONE[operator]
    if operator in _LISTED:
        if not isinstance(value, list) or not value:
            raise RuleError("rule.tree.value", path=path, field=field, wanted=Message("rule.tree.value.list"))
        return f"{name} {_LISTED[operator]} ({', '.join(_literal(v, kind, field, path) for v in value)})"
    if operator in _RANGED:
        if not isinstance(value, list) or len(value) != 2:
            raise RuleError("rule.tree.value", path=path, field=field, wanted=Message("rule.tree.value.pair"))
        low, high = (_literal(v, kind, field, path) for v in value)
        return f"{name} {_RANGED[operator]} {low} and {high}"
    text = _literal(value, kind, field, path)
    if operator in _CALLED:
        return f"{_CALLED[operator]}({name}, {text})"
    if operator in _NOT_CALLED:
        return f"not {_NOT_CALLED[operator]}({name}, {text})"
    return f"{name} {_LIKE.get(operator, operator)} {text}"


def _literal(value: Any, kind: TraitType, field: str, path: str) -> str:
    wanted = rule_type(kind)
    match wanted:
        case "boolean" if isinstance(value, bool):
            return "true" if value else "false"
        case "number" if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            text = number_text(Decimal(str(abs(value))))
            return f"-{text}" if value < 0 else text
        case "text" if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        case "date" if isinstance(value, str) and DAY_TEXT.fullmatch(value):
            return value
        case "date" if isinstance(value, str | date):
            return "date '" + str(value).replace("'", "''") + "'"
        case _:
            raise RuleError("rule.tree.value", path=path, field=field, wanted=type_name(wanted))
