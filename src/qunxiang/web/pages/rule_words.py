"""What every rule builder shows in the reader's language: operators by type, and words."""

from __future__ import annotations

from qunxiang.i18n import Message, render
from qunxiang.sql.rule_tree import OPERATORS

_CODES = {"=": "eq", "!=": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le"}
_WORDS = (
    *("all", "any", "not", "add_row", "add_group", "add_not", "remove", "combine", "field", "operator", "value"),
    *("add_behaviour", "add_segment", "behaviour", "segment", "function", "table", "column", "columns", "where"),
    *("window", "any_time", "last", "ago", "until", "days_ago", "unit", "moment", "whenever", "on_day", "before_date"),
    *("before", "step", "then", "then_not", "within", "add_step"),
    *("low", "high", "yes", "no", "search", "expression", "first_error", "choose", "several", "group", "row"),
)


def operators(lang: str) -> dict[str, list[dict[str, str]]]:
    """Return the operators of each type with their names."""
    return {
        kind: [{"id": o, "name": render(Message(f"room.rule.operator.{_CODES.get(o, o)}"), lang)} for o in allowed]
        for kind, allowed in OPERATORS.items()
    }


def words(lang: str) -> dict[str, str]:
    """Return the builder's words."""
    return {w: render(Message(f"room.rule.word.{w}"), lang) for w in _WORDS}
