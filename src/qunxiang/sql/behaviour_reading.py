"""From the tokens of a behaviour to what it asks, every refusal located and saying what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from qunxiang.errors import RuleError
from qunxiang.i18n import Message
from qunxiang.model import Anchor, Behaviour, Measure, Metric, Span, Step, Window
from qunxiang.model.trait import TraitKind
from qunxiang.sql.metrics import NEEDS_COLUMN, NEEDS_NUMBER, NEEDS_TIME, ORDERED, TAKES_COLUMN
from qunxiang.sql.rule_reading import about_columns, nearest, read_plain, short
from qunxiang.sql.rule_text import rule_text
from qunxiang.sql.rule_types import Names, Rows, rule_type
from qunxiang.sql.rule_typing import check_rule, type_name

MOST_STEPS = 6
"""Steps that a sequence may have."""

_MOST = 36_500
_METRICS = {m.value: m for m in Metric if m not in (Metric.TREND, Metric.QUANTILE)}
_UNITS = {
    **{u: u + "s" for u in ("hour", "day", "week", "month", "year")},
    **{u + "s": u + "s" for u in ("hour", "day", "week", "month", "year")},
    "小时": "hours",
    "天": "days",
    "日": "days",
    "周": "weeks",
    "月": "months",
    "个月": "months",
    "年": "years",
}
_OPENERS = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1, TokenType.CASE: 1, TokenType.END: -1}


class Cursor:
    """A place in the tokens of a rule.

    Parameters
    ----------
    text
        The text the tokens were cut from.
    """

    def __init__(self, text: str, tokens: Sequence[Token], at: int) -> None:
        self.text = text
        self.tokens = tokens
        self.at = at

    @property
    def token(self) -> Token | None:
        """The token here; None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def word(self, ahead: int = 0) -> str:
        """Return the token here in lower case, as it is written; empty at the end."""
        place = self.at + ahead
        return self.written(self.tokens[place]).lower() if place < len(self.tokens) else ""

    def written(self, token: Token) -> str:
        """Return a token as it is written."""
        return self.text[token.start : token.end + 1]

    def take(self) -> Token:
        """Return the token here and go on."""
        token = self.tokens[self.at]
        self.at += 1
        return token

    def skip(self, word: str) -> bool:
        """Go on over `word` if it stands here."""
        if self.word() != word:
            return False
        self.at += 1
        return True

    def need(self, word: str) -> Token:
        """Return the token here, which must be `word`."""
        if self.word() != word:
            raise self.expected(word)
        return self.take()

    def name(self, wanted: str) -> tuple[str, dict[str, int]]:
        """Return the name here and its place."""
        token = self.token
        if token is None or not _is_name(token, self.written(token)):
            raise self.expected(Message(f"rule.wanted.{wanted}"))
        self.at += 1
        return token.text if token.token_type == TokenType.IDENTIFIER else self.written(token), _place(token)

    def number(self) -> tuple[int, dict[str, int]]:
        """Return the whole number here, from 0 to 36,500."""
        token = self.token
        if token is None or token.token_type != TokenType.NUMBER:
            raise self.expected(Message("rule.wanted.number"))
        self.at += 1
        if not token.text.isdecimal() or int(token.text) > _MOST:
            raise RuleError("rule.rows.number", **_place(token), found=short(token.text), most=_MOST)
        return int(token.text), _place(token)

    def unit(self, *allowed: str) -> str:
        """Return the unit of time here."""
        found = _UNITS.get(self.word())
        if found not in allowed:
            raise self.expected(", ".join(allowed))
        self.at += 1
        return found

    def expected(self, wanted: str | Message) -> RuleError:
        """Return the error that something else was expected here."""
        token = self.token
        if token is None:
            end = len(self.text) - 1
            return RuleError("rule.expected.end", start=end, end=end, wanted=wanted)
        return RuleError("rule.expected", **_place(token), wanted=wanted, found=short(self.written(token)))


def read_behaviour(cursor: Cursor, tables: Mapping[str, Rows]) -> tuple[Behaviour, TraitKind]:
    """Read a behaviour whose function's name stands at the cursor, which then stands behind its closing bracket.

    Returns
    -------
    tuple
        The behaviour with its conditions in canonical text, and the kind of its value.

    Raises
    ------
    RuleError
        With the place of what does not fit.
    """
    function = cursor.word()
    start = cursor.take()
    cursor.need("(")
    made = _sequence(cursor, tables) if function == "sequence" else _measured(cursor, tables, function, start)
    cursor.need(")")
    return made


def _measured(cursor: Cursor, tables: Mapping[str, Rows], function: str, start: Token) -> tuple[Behaviour, TraitKind]:
    exists = function == "exists"
    metric = Metric.COUNT if exists else _METRICS[function]
    rows, place = _table(cursor, tables)
    name, kind = None, None
    if cursor.skip("."):
        name, kind = _column(cursor, rows, metric, function)
    elif metric in NEEDS_COLUMN:
        example = f"{function}({rows.name}.{next(iter(rows.open_columns), '')})"
        raise RuleError("rule.rows.needs_column", **place, function=function, example=example)
    where = _where(cursor, rows)
    if metric is Metric.SHARE and not where:
        raise RuleError("rule.rows.needs_where", **_place(start), function=function)
    if metric in NEEDS_TIME and rows.dated is None:
        raise RuleError("rule.rows.undated", **place, table=rows.name)
    window, moments = _options(cursor, tables, rows)
    measure = Measure(table=rows.name, metric=metric, column=name, where=where, window=window)
    behaviour = Behaviour(measure=measure, exists=exists, after=moments.get("after"), before=moments.get("before"))
    return behaviour, "boolean" if exists else kind_of(metric, kind)


def kind_of(metric: Metric, column: TraitKind | None) -> TraitKind:
    """Return the kind of a metric's values over a column of a kind."""
    match metric:
        case Metric.SHARE:
            return "share"
        case Metric.COUNT | Metric.DISTINCT | Metric.DAYS_SINCE_FIRST | Metric.DAYS_SINCE_LAST:
            return "integer"
        case Metric.MEAN | Metric.MEDIAN | Metric.QUANTILE:
            return "money" if column == "money" else "number"
        case _:
            return column or "integer"


def _table(cursor: Cursor, tables: Mapping[str, Rows]) -> tuple[Rows, dict[str, int]]:
    name, place = cursor.name("table")
    if name in tables:
        return tables[name], place
    key = _bare(name)
    alike = [r for r in tables.values() if key in (_bare(r.name), _bare(r.label.zh), _bare(r.label.en))]
    if len(alike) == 1:
        return alike[0], place
    near = nearest(name, [*tables, *(r.label.zh for r in tables.values())])
    code = "rule.rows.table" if near else "rule.rows.table.none_near"
    raise RuleError(code, **place, name=short(name), nearest=near, known=tuple(tables))


def _column(cursor: Cursor, rows: Rows, metric: Metric, function: str) -> tuple[str, TraitKind]:
    typed, place = cursor.name("column")
    name = _known(typed, rows.columns)
    if name is None:
        near = nearest(typed, rows.open_columns)
        code = "rule.rows.column" if near else "rule.rows.column.none_near"
        raise RuleError(code, **place, name=short(typed), table=rows.name, nearest=near, known=rows.open_columns)
    if name in rows.personal:
        raise RuleError("rule.rows.personal", **place, name=name)
    if metric not in TAKES_COLUMN or function == "exists":
        raise RuleError("rule.rows.no_column", **place, function=function, table=rows.name)
    kind = rows.columns[name]
    number = rule_type(kind) == "number"
    if (metric in NEEDS_NUMBER and not number) or (metric in ORDERED and not number and kind != "date"):
        found = type_name(rule_type(kind))
        raise RuleError("rule.rows.column_type", **place, function=function, name=name, found=found)
    return name, kind


def _known(typed: str, columns: Names) -> str | None:
    if typed in columns:
        return typed
    alike = [c for c in columns if c.casefold() == typed.casefold()] or list(columns.called(typed))
    return alike[0] if len(alike) == 1 else None


def _where(cursor: Cursor, rows: Rows, *stops: str) -> str:
    """Read ``where`` and the condition behind it up to a comma or bracket that closes; return its canonical text."""
    if not cursor.skip("where"):
        return ""
    first, depth = cursor.at, 0
    while (token := cursor.token) is not None:
        ends = token.token_type in (TokenType.COMMA, TokenType.R_PAREN) or cursor.word() in stops
        if depth == 0 and ends:
            break
        depth += _OPENERS.get(token.token_type, 0)
        cursor.at += 1
    if cursor.at == first:
        raise cursor.expected(Message("rule.wanted.condition"))
    start, end = cursor.tokens[first].start, cursor.tokens[cursor.at - 1].end
    try:
        tree = read_plain(cursor.text[start : end + 1], rows.columns)
        check_rule(tree, rows.columns)
        for column in tree.find_all(exp.Column):
            if column.name in rows.personal:
                raise RuleError("rule.rows.personal", start=0, end=end - start, name=column.name)
    except RuleError as error:
        inside = {
            "start": start + (error.start if error.start is not None else 0),
            "end": start + (error.end if error.end is not None else end - start),
        }
        said = about_columns(error, rows.name, rows.open_columns)
        raise RuleError(said.code, **inside, **{**said.params, "table": rows.name}) from error
    return rule_text(tree)


def _options(cursor: Cursor, tables: Mapping[str, Rows], rows: Rows) -> tuple[Window | None, dict[str, Anchor]]:
    window, moments = None, dict[str, Anchor]()
    while cursor.skip(","):
        token = cursor.token
        word = cursor.word()
        is_moment = word in ("after", "before")
        if token is not None and (word in moments if is_moment else window is not None):
            raise RuleError("rule.rows.twice", **_place(token), part=short(cursor.written(token)))
        if token is not None and rows.dated is None:
            raise RuleError("rule.rows.undated", **_place(token), table=rows.name)
        if is_moment:
            moments[word] = _anchor(cursor, tables)
        else:
            window = _window(cursor)
    return window, moments


def _window(cursor: Cursor) -> Window:
    if cursor.skip("last"):
        n, place = cursor.number()
        unit = cursor.unit("days", "weeks", "months", "years")
        if n == 0 or n * {"days": 1, "weeks": 7, "months": 31, "years": 366}[unit] > _MOST:
            raise RuleError("rule.rows.number", **place, found=str(n), most=_MOST)
        return Window(last=n, unit=unit)  # type: ignore[arg-type]
    token = cursor.token
    if token is None or token.token_type != TokenType.NUMBER:
        raise cursor.expected(Message("rule.wanted.window"))
    far, place = cursor.number()
    cursor.need("to")
    near, _ = cursor.number()
    cursor.unit("days")
    cursor.need("ago")
    if near > far:
        raise RuleError("rule.rows.window_order", **place, far=far, near=near)
    return Window(from_days=far, to_days=near)


def _anchor(cursor: Cursor, tables: Mapping[str, Rows]) -> Anchor:
    cursor.take()
    edge = cursor.word()
    if edge not in ("first", "last"):
        raise cursor.expected("first(…), last(…)")
    cursor.take()
    cursor.need("(")
    rows, place = _table(cursor, tables)
    if rows.dated is None:
        raise RuleError("rule.rows.undated", **place, table=rows.name)
    where = _where(cursor, rows)
    cursor.need(")")
    return Anchor(edge=edge, table=rows.name, where=where)  # type: ignore[arg-type]


def _sequence(cursor: Cursor, tables: Mapping[str, Rows]) -> tuple[Behaviour, TraitKind]:
    steps: list[Step] = []
    while True:
        token = cursor.token
        step = _step(cursor, tables, first=not steps)
        if token is not None and step.absent and (not steps or steps[-1].absent):
            raise RuleError("rule.rows.sequence_absent", **_place(token))
        steps.append(step)
        if len(steps) > MOST_STEPS and token is not None:
            raise RuleError("rule.rows.sequence_long", **_place(token), most=MOST_STEPS)
        arrow = cursor.token
        if not cursor.skip("->"):
            break
        if step.absent and step.within is not None and arrow is not None:
            raise RuleError("rule.rows.sequence_between", **_place(arrow))
    if len(steps) < 2:
        raise cursor.expected("->")
    window = None
    if cursor.skip(","):
        window = _window(cursor)
    hourly = [s for s in steps if s.within is not None and s.within.unit == "hours"]
    if hourly and (daily := next((s.table for s in steps if tables[s.table].dated == "day"), None)):
        token = cursor.tokens[min(cursor.at, len(cursor.tokens) - 1)]
        raise RuleError("rule.rows.hours", **_place(token), table=daily)
    return Behaviour(steps=tuple(steps), window=window), "boolean"


def _step(cursor: Cursor, tables: Mapping[str, Rows], *, first: bool) -> Step:
    absent = cursor.word() == "no" and cursor.word(1) not in ("where", "within", "->", ",", ")", "")
    if absent:
        cursor.take()
    rows, place = _table(cursor, tables)
    if rows.dated is None:
        raise RuleError("rule.rows.undated", **place, table=rows.name)
    where = _where(cursor, rows, "->", "within")
    within = None
    token = cursor.token
    if token is not None and cursor.skip("within"):
        if first:
            raise RuleError("rule.rows.sequence_first", **_place(token))
        n, place = cursor.number()
        unit = cursor.unit("hours", "days", "weeks")
        if n == 0:
            raise RuleError("rule.rows.number", **place, found="0", most=_MOST)
        within = Span(n=n, unit=unit)  # type: ignore[arg-type]
    return Step(table=rows.name, where=where, absent=absent, within=within)


def _is_name(token: Token, written: str) -> bool:
    if token.token_type == TokenType.IDENTIFIER:
        return True
    return token.token_type not in (TokenType.STRING, TokenType.NUMBER) and written[:1].isidentifier()


def _place(token: Token) -> dict[str, int]:
    return {"start": token.start, "end": token.end}


def _bare(name: str) -> str:
    return "".join(name.casefold().split())
