"""Taking the forms beyond plain SQL out of a rule's text, each in its place, so that positions stay those typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp, tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from qunxiang.errors import RuleError
from qunxiang.i18n import Message
from qunxiang.sql.behaviour_reading import Cursor, read_behaviour
from qunxiang.sql.behaviour_text import behaviour_text
from qunxiang.sql.query import WRITTEN_IN
from qunxiang.sql.rule_forms import Form
from qunxiang.sql.rule_reading import MARK, nearest, plain_text, read_plain, short
from qunxiang.sql.rule_text import name_text
from qunxiang.sql.rule_types import AS_OF, BEHAVIOURS, FUNCTIONS, IN_SEGMENT, TraitType, TraitTypes

_HAS = {"tags": "tags", "标签": "tags"}
"""What may stand before ``has``, and the table of tags it means."""


@dataclass
class Lifted:
    """A rule's text with a marked name of equal length in the place of each form."""

    text: str
    forms: dict[str, Form] = field(default_factory=dict)

    def put(self, form: Form, start: int, end: int) -> None:
        """Put a marked name in the place of a form, `end` inclusive."""
        name = (MARK + str(len(self.forms))).ljust(end - start + 1, "_")
        self.forms[name] = form
        self.text = self.text[:start] + name + self.text[end + 1 :]


def read_rule(text: str, traits: Mapping[str, TraitType]) -> tuple[exp.Expr, dict[str, Form]]:
    """Read a rule or expression with its forms.

    Returns
    -------
    tuple
        The tree in normal form, and the forms in it by canonical text, in order of appearance.

    Raises
    ------
    RuleError
        With the place of what cannot be read or is not allowed.
    """
    plain = plain_text(text)
    lifted = _lift(plain, traits) if isinstance(traits, TraitTypes) else Lifted(plain)
    try:
        tree = read_plain(lifted.text, traits)
    except RuleError as error:
        raise _told(error, plain, lifted, traits) from error
    forms: dict[str, Form] = {}
    for node in list(tree.find_all(exp.Column, bfs=False)):
        if node.name.startswith(MARK):
            form = lifted.forms[node.name]
            forms[form.name] = form
            made = form.node()
            made.meta.update({"line": 1, **_place_of(lifted.text, node.name)})
            made.this.meta.update(made.meta)
            tree = made if node is tree else tree
            node.replace(made)
    return tree, forms


def _place_of(text: str, name: str) -> dict[str, int]:
    start = text.index(name)
    return {"start": start, "end": start + len(name) - 1}


def _lift(plain: str, types: TraitTypes) -> Lifted:
    lifted = Lifted(plain)
    try:
        tokens = tokenize(plain, read=WRITTEN_IN)
    except (SqlglotError, ValueError, RecursionError):
        return lifted
    for token in tokens:
        if token.comments:
            raise RuleError("rule.comment", start=token.start, end=token.end)
    cursor = Cursor(plain, tokens, 0)
    while (here := cursor.token) is not None:
        form = _form(cursor, types, here)
        if form is None:
            cursor.at += 1
        else:
            end = tokens[cursor.at - 1].end
            _check_apart(plain, here.start, end)
            lifted.put(form, here.start, end)
    return lifted


def _check_apart(text: str, start: int, end: int) -> None:
    """Raise when a form sticks to a name or number before or behind it."""
    for place in (start - 1, end + 1):
        if 0 <= place < len(text) and (text[place].isalnum() or text[place] in "_$"):
            raise RuleError("rule.unreadable", start=place, end=place, near=short(text[place:]))


def _form(cursor: Cursor, types: TraitTypes, token: Token) -> Form | None:
    """Read the form at the cursor, which goes behind it; None, unmoved, when none begins here."""
    if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
        return None
    word, called = cursor.word(), cursor.word(1) == "("
    if word == AS_OF and AS_OF not in types and not called:
        return _day(cursor)
    if called and word == IN_SEGMENT:
        return _segment(cursor, types)
    if word in _HAS and cursor.word(1) == "has" and _HAS[word] not in types:
        return _has(cursor, types, _HAS[word])
    if not called or word not in BEHAVIOURS:
        return None
    if not types.tables:
        if types:
            raise RuleError("rule.rows.none", start=token.start, end=token.end, name=word)
        return None
    behaviour, kind = read_behaviour(cursor, types.tables)
    used = {name: types.tables[name] for name in behaviour.tables}
    return Form(behaviour_text(behaviour), kind, "behaviour", behaviour=behaviour, tables=used)


def _day(cursor: Cursor) -> Form:
    cursor.take()
    sign = cursor.word()
    signed = sign in ("+", "-") and cursor.at + 1 < len(cursor.tokens)
    if not signed or cursor.tokens[cursor.at + 1].token_type != TokenType.NUMBER:
        return Form(AS_OF, "date", "day")
    cursor.take()
    n, _ = cursor.number()
    unit = cursor.unit("days", "weeks", "months", "years")
    if n == 0:
        return Form(AS_OF, "date", "day")
    return Form(f"{AS_OF} {sign} {n} {unit if n != 1 else unit.removesuffix('s')}", "date", "day")


def _has(cursor: Cursor, types: TraitTypes, table: str) -> Form:
    """Read ``tags has 'a'`` or ``tags has ('a', 'b')``: somebody wears one of the tags now."""
    place = {"start": cursor.take().start, "end": cursor.take().end}
    several = cursor.skip("(")
    asked = [_text(cursor)]
    while several and cursor.skip(","):
        asked.append(_text(cursor))
    if several:
        cursor.need(")")
    quoted = ["'" + text.replace("'", "''") + "'" for text in dict.fromkeys(asked)]
    which = f"tag = {quoted[0]}" if len(quoted) == 1 else f"tag in ({', '.join(quoted)})"
    written = f"exists({table} where {which} and removed_at is null)"
    try:
        behaviour, kind = read_behaviour(Cursor(written, tokenize(written, read=WRITTEN_IN), 0), types.tables)
    except RuleError as error:  # such as a table that is not loaded
        raise RuleError(error.code, **place, **error.params) from error
    used = {name: types.tables[name] for name in behaviour.tables}
    return Form(behaviour_text(behaviour), kind, "behaviour", behaviour=behaviour, tables=used)


def _text(cursor: Cursor) -> str:
    token = cursor.token
    if token is None or token.token_type != TokenType.STRING:
        raise cursor.expected(Message("rule.wanted.text"))
    cursor.at += 1
    return str(token.text)


def _segment(cursor: Cursor, types: TraitTypes) -> Form:
    cursor.take()
    cursor.need("(")
    name, place = cursor.name("segment")
    if name not in types.segments:
        near = nearest(name, types.segments)
        code = "rule.segment.unknown" if near else "rule.segment.none_near"
        known = tuple(types.segments)[:8]
        raise RuleError(code, **place, name=short(name), nearest=near, known=known, n=len(types.segments))
    segment = None
    if cursor.skip("."):
        segment, place = cursor.name("segment")
        known = types.segments[name]
        if segment not in known:
            raise RuleError("rule.segment.of", **place, name=short(segment), segmentation=name, known=known)
    cursor.need(")")
    if types.segments[name] == (segment,):
        segment = None
    text = name_text(name) + (f".{name_text(segment)}" if segment is not None else "")
    return Form(f"{IN_SEGMENT}({text})", "boolean", "segment", segment=(name, segment))


def _told(error: RuleError, plain: str, lifted: Lifted, traits: Mapping[str, TraitType]) -> RuleError:
    """Return an error in the words of what was typed: no marked names, all functions there are."""
    params = dict(error.params)
    start, end = error.start, error.end
    code = error.code
    if start is not None and end is not None and any(MARK in v for v in params.values() if isinstance(v, str)):
        code, params = "rule.unreadable", {"near": short(plain[start : end + 1])}
    if code == "rule.function" and isinstance(traits, TraitTypes) and traits.tables:
        params["allowed"] = (*FUNCTIONS, *BEHAVIOURS, IN_SEGMENT)
    if code == "rule.function" and (near := nearest(str(params["name"]), params["allowed"])):
        code, params["nearest"] = "rule.function.near", near
    return RuleError(code, start=start, end=end, **params)


def columns_named(text: str, names: Mapping[str, TraitType] | frozenset[str]) -> tuple[str, ...]:
    """Return which of `names` a rule or expression uses, in order of appearance; none when it cannot be read."""
    known: Mapping[str, TraitType] = names if isinstance(names, Mapping) else dict.fromkeys(names, "number")
    try:
        tree, forms = read_rule(text, known)
    except RuleError:
        return ()
    return tuple(dict.fromkeys(n.name for n in tree.find_all(exp.Column, bfs=False) if n.name not in forms))
