"""From what a person typed to a tree in normal form, with every refusal located.

Nothing of the typed text goes further than this tree: what is sent to an engine is written anew from checked nodes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp, tokenize
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from qunxiang.errors import RuleError
from qunxiang.sql.query import WRITTEN_IN
from qunxiang.sql.rule_types import (
    FUNCTIONS,
    MAX_BRACKETS,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_NODES,
    MAX_SIGNS,
    Names,
    TraitType,
)

_TOKENS = frozenset(
    {
        *(TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.DATE),
        *(TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA),
        *(TokenType.EQ, TokenType.NEQ, TokenType.GT, TokenType.GTE, TokenType.LT, TokenType.LTE),
        *(TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH),
        *(TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.IN, TokenType.BETWEEN, TokenType.LIKE, TokenType.IS),
        *(TokenType.NULL, TokenType.TRUE, TokenType.FALSE),
        *(TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.END),
    }
)
_SIGNS = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS})
_INSTEAD = {"&&": "and", "||": "or", "!": "not", "&": "and", "|": "or", "≥": ">=", "≤": "<=", "≠": "!=", "×": "*"}

# Typed with a Chinese input method: read as the sign that is meant, outside quotes; one character for one.
_WIDE = {
    "（": "(",
    "）": ")",
    "，": ",",
    "＞": ">",
    "＜": "<",
    "＝": "=",
    "＋": "+",
    "－": "-",
    "＊": "*",
    "／": "/",
    "　": " ",
}
_CURLY = "‘’“”"

MARK = "\ue000"
"""First character of the names that stand for forms beyond plain SQL; nobody can type it."""

# Exact classes and the arguments each may carry; a subclass or another argument is refused.
_ARGUMENTS: Mapping[type[exp.Expr], frozenset[str]] = {
    **{kind: frozenset({"this", "expression"}) for kind in (exp.And, exp.Or, exp.Add, exp.Sub, exp.Mul, exp.Div)},
    **{kind: frozenset({"this", "expression"}) for kind in (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)},
    **{kind: frozenset({"this", "expression"}) for kind in (exp.Is, exp.Contains, exp.StartsWith)},
    **{kind: frozenset({"this"}) for kind in (exp.Not, exp.Paren, exp.Neg, exp.Abs, exp.Lower, exp.Upper, exp.Length)},
    **{kind: frozenset({"this"}) for kind in (exp.Boolean, exp.Column)},
    exp.Like: frozenset({"this", "expression", "negate"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
    exp.Case: frozenset({"ifs", "default"}),
    exp.If: frozenset({"this", "true"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.DataType: frozenset({"this", "nested"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Null: frozenset(),
}


def read(text: str, traits: Mapping[str, TraitType]) -> exp.Expr:
    """Return the tree of `text` in normal form: no brackets, chains of and/or leaning left, names as the traits'.

    Raises
    ------
    RuleError
        When the text cannot be read, is too large, or uses what is not allowed; with its position.
    """
    return read_plain(plain_text(text), traits)


def read_plain(text: str, traits: Mapping[str, TraitType]) -> exp.Expr:
    """Return the tree of a text of :func:`plain_text`, whose forms beyond plain SQL may stand as marked names."""
    _check_tokens(text, traits)
    tree = _parse(text)
    for count, node in enumerate(tree.walk(), 1):
        if count > MAX_NODES:
            raise RuleError("rule.large", start=0, end=len(text) - 1, limit=MAX_NODES)
        _check_node(node, text, traits)
    normal = _normal(tree)
    if depth(normal) > MAX_DEPTH:
        raise RuleError("rule.deep", start=0, end=len(text) - 1, limit=MAX_DEPTH)
    return normal


def span(node: exp.Expr) -> dict[str, int]:
    """Return `start` and `end` (0-based, inclusive) of a node in the typed text.

    The parser does not place words such as true and null; the nearest placed part around them is returned, and nothing
    when there is none.
    """
    places = [n.meta for n in node.walk() if "start" in n.meta]
    if not places:
        return span(node.parent) if node.parent is not None else {}
    return {"start": min(p["start"] for p in places), "end": max(p["end"] for p in places)}


def depth(node: exp.Expr) -> int:
    """Return the depth of a tree; a chain of and, or of or, is one step deep however long."""
    deepest, todo = 0, [(node, 1)]
    while todo:
        current, level = todo.pop()
        deepest = max(deepest, level)
        for child in current.iter_expressions():
            chained = type(child) is type(current) and isinstance(child, exp.And | exp.Or)
            todo.append((child, level if chained else level + 1))
    return deepest


def nearest(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of `names` that look like `name`, best first."""
    by_case = {n.casefold(): n for n in names}
    found = difflib.get_close_matches(name.casefold(), by_case, n=3, cutoff=0.5)
    return tuple(by_case[f] for f in found)


def plain_text(text: str) -> str:
    """Return a typed rule with the signs of a Chinese input method as the plain ones, each in its place.

    Raises
    ------
    RuleError
        When it is empty, too long, or has quotes, signs or characters that cannot stand in a rule.
    """
    if not text.strip():
        raise RuleError("rule.empty", start=0, end=max(0, len(text) - 1))
    if len(text) > MAX_CHARACTERS:
        raise RuleError("rule.long", start=MAX_CHARACTERS, end=len(text) - 1, limit=MAX_CHARACTERS, length=len(text))
    out, quote, opened = [], "", 0
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote, opened = character, place
        elif character in _CURLY:
            raise RuleError("rule.quotes", start=place, end=place)
        elif character in _INSTEAD and ord(character) > 127:
            raise RuleError("rule.operator", start=place, end=place, found=character, instead=_INSTEAD[character])
        else:
            character = _WIDE.get(character, character)
        if not character.isprintable() and character not in "\n\r\t":
            raise RuleError("rule.character", start=place, end=place, found=f"U+{ord(character):04X}")
        out.append(character)
    if quote:
        raise RuleError("rule.quote.open", start=opened, end=len(text) - 1)
    return "".join(out)


def _check_tokens(text: str, traits: Mapping[str, TraitType]) -> None:
    try:
        tokens = tokenize(text, read=WRITTEN_IN)
    except (SqlglotError, ValueError, RecursionError) as error:
        raise RuleError("rule.unreadable", start=0, end=len(text) - 1, near=short(text)) from error
    if not tokens:  # nothing but a comment
        raise RuleError("rule.comment", start=0, end=len(text) - 1)
    brackets = signs = 0
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        _check_token(token, following, text, traits)
        brackets += {TokenType.L_PAREN: 1, TokenType.CASE: 1, TokenType.R_PAREN: -1, TokenType.END: -1}.get(
            token.token_type, 0
        )
        signs = signs + 1 if token.token_type in _SIGNS else 0
        if brackets > MAX_BRACKETS or signs > MAX_SIGNS:
            raise RuleError("rule.deep", start=token.start, end=token.end, limit=MAX_DEPTH)
        if brackets < 0:
            raise RuleError("rule.bracket", start=token.start, end=token.end)
    if brackets > 0:
        raise RuleError("rule.bracket.open", start=0, end=len(text) - 1, missing=brackets)


def _check_token(token: Token, following: Token | None, text: str, traits: Mapping[str, TraitType]) -> None:
    place = {"start": token.start, "end": token.end}
    written = text[token.start : token.end + 1]
    if token.comments:
        raise RuleError("rule.comment", **place)
    called = following is not None and following.token_type == TokenType.L_PAREN
    if written in _INSTEAD:
        raise RuleError("rule.operator", **place, found=written, instead=_INSTEAD[written])
    fraction = written == "." and following is not None and following.token_type == TokenType.NUMBER  # as in .5
    if token.token_type not in _TOKENS and not fraction:
        _refuse_token(written, called, place, traits)
    if token.token_type == TokenType.STRING and not (written.startswith("'") and written.endswith("'")):
        raise RuleError("rule.quotes", **place)
    if token.token_type == TokenType.DATE and (following is None or following.token_type != TokenType.STRING):
        _refuse_token(written, called, place, traits)
    named = token.token_type in (TokenType.VAR, TokenType.IDENTIFIER)
    if named and called and written.lower() not in FUNCTIONS:
        raise RuleError("rule.function", **place, name=short(written), allowed=FUNCTIONS)


def _refuse_token(written: str, called: bool, place: dict[str, int], traits: Mapping[str, TraitType]) -> None:
    if called and written[:1].isalpha():
        raise RuleError("rule.function", **place, name=short(written), allowed=FUNCTIONS)
    if written in traits:
        raise RuleError("rule.trait.quote", **place, name=written)
    raise RuleError("rule.symbol", **place, found=short(written))


def _parse(text: str) -> exp.Expr:
    whole = {"start": 0, "end": len(text) - 1}
    try:
        trees = sqlglot.parse(text, read=WRITTEN_IN)
    except ParseError as error:
        place = _place(error, text) or whole
        near = short(text[place["start"] : place["end"] + 1])
        raise RuleError("rule.unreadable", **place, near=near) from error
    except (SqlglotError, RecursionError, ValueError) as error:
        raise RuleError("rule.unreadable", **whole, near=short(text)) from error
    if len(trees) != 1 or trees[0] is None:
        raise RuleError("rule.unreadable", **whole, near=short(text))
    return trees[0]


def _place(error: ParseError, text: str) -> dict[str, int] | None:
    found: dict[str, Any] = error.errors[0] if error.errors else {}
    highlight, line, col = found.get("highlight") or "", found.get("line"), found.get("col")
    if not highlight or not line or not col:
        return None
    lines = text.split("\n")
    end = sum(len(part) + 1 for part in lines[: line - 1]) + col - 1
    start = end - len(highlight) + 1
    return {"start": start, "end": end} if 0 <= start <= end < len(text) else None


def _check_node(node: exp.Expr, text: str, traits: Mapping[str, TraitType]) -> None:
    place = span(node) or {"start": 0, "end": len(text) - 1}
    allowed = _ARGUMENTS.get(type(node))
    given = {key for key, value in node.args.items() if value not in (None, False, [])}
    if allowed is None or not given <= allowed:
        near = short(text[place["start"] : place["end"] + 1])
        if isinstance(node, exp.Alias):
            raise RuleError("rule.unreadable", **place, near=near)
        raise RuleError("rule.form", **place, near=near)
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        raise RuleError("rule.function", **place, name="if", allowed=FUNCTIONS)
    if isinstance(node, exp.Column):
        _name(node, place, traits)
    if isinstance(node, exp.Literal) and not node.is_string:
        node.set("this", _number(node.this, place))
    if isinstance(node, exp.Cast) and not (node.to.this == exp.DType.DATE and node.this.is_string):
        raise RuleError("rule.form", **place, near=short(text[place["start"] : place["end"] + 1]))


def _name(node: exp.Column, place: dict[str, int], traits: Mapping[str, TraitType]) -> None:
    name = node.name
    if name.startswith(MARK):
        return
    if name not in traits:
        alike = [t for t in traits if t.casefold() == name.casefold()]
        if not alike and isinstance(traits, Names):
            alike = list(traits.called(name))
            if len(alike) > 1:
                raise RuleError("rule.trait.ambiguous", **place, name=short(name), traits=tuple(alike))
        if len(alike) != 1:
            if _stands_for_text(node, traits):
                raise RuleError("rule.value.quote", **place, name=short(name), quoted=_quoted(name))
            near = nearest(name, traits)
            if near:
                raise RuleError("rule.trait.unknown", **place, name=short(name), nearest=near)
            raise RuleError("rule.trait.none_near", **place, name=short(name), some=tuple(traits)[:8], n=len(traits))
        name = alike[0]
    node.this.set("this", name)
    node.this.set("quoted", True)


def _stands_for_text(node: exp.Column, traits: Mapping[str, TraitType]) -> bool:
    """Say whether a name is compared with a trait of texts, where a value belongs: ``channel = web``."""
    parent = node.parent
    if not isinstance(parent, exp.EQ | exp.NEQ | exp.In | exp.Like) or parent.this is node:
        return False
    return isinstance(parent.this, exp.Column) and traits.get(parent.this.name) == "text"


def _quoted(text: str) -> str:
    return "'" + short(text).replace("'", "''") + "'"


def about_columns(error: RuleError, table: str, known: Sequence[str]) -> RuleError:
    """Return what a rule over a table's rows says of a name it does not know: columns of `known`, no traits.

    `known` are those that a rule may use; any other error is returned as it is.
    """
    if error.code not in ("rule.trait.unknown", "rule.trait.none_near"):
        return error
    name, place = str(error.params["name"]), {k: error.params[k] for k in ("path",) if k in error.params}
    near = nearest(name, known)
    said = {"name": name, "table": table, **place}
    found = (
        RuleError("rule.rows.column", start=error.start, end=error.end, nearest=near, **said)
        if near
        else RuleError("rule.rows.column.none_near", start=error.start, end=error.end, known=tuple(known), **said)
    )
    found.line, found.column = error.line, error.column
    return found


def _number(text: str, place: dict[str, int]) -> str:
    value = Decimal(text)
    plain = number_text(value)
    if len(value.normalize().as_tuple().digits) > MAX_DIGITS or len(plain) > MAX_DIGITS + 2:
        raise RuleError("rule.number.long", **place, limit=MAX_DIGITS)
    return plain


def number_text(value: Decimal) -> str:
    """Return a number without exponent and without trailing zeros."""
    plain = format(value, "f")
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain.lstrip("0")) or "0"


def _normal(node: exp.Expr) -> exp.Expr:
    """Take brackets out, write ``not like`` as not of like, and ``a and (b and c)`` as ``(a and b) and c``."""
    if isinstance(node, exp.Paren):
        return _normal(node.this)
    for key, value in list(node.args.items()):
        if isinstance(value, exp.Expr):
            node.set(key, _normal(value))
        elif isinstance(value, list):
            node.set(key, [_normal(v) if isinstance(v, exp.Expr) else v for v in value])
    if isinstance(node, exp.Like) and node.args.get("negate"):
        return exp.Not(this=exp.Like(this=node.this, expression=node.expression))
    if not isinstance(node, exp.And | exp.Or):
        return node
    first, *rest = chain(node)
    for part in rest:
        first = type(node)(this=first, expression=part)
    return first


def chain(node: exp.Expr) -> list[exp.Expr]:
    """Return the parts of a chain of and (or of or) in order."""
    kind, parts, todo = type(node), [], [node]
    while todo:
        current = todo.pop()
        if type(current) is kind:
            todo += [current.args["expression"], current.this]
        else:
            parts.append(current)
    return parts


def short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
