"""Behaviour, days and segments in the rule language: what is read, what is refused and where, and no text does harm."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from qunxiang.errors import RuleError
from qunxiang.i18n import Label
from qunxiang.sql import Rule, from_tree, parse_rule, to_tree
from qunxiang.sql.rule_forms import day_value
from qunxiang.sql.rule_types import Names, Rows, TraitTypes

EVENTS = Rows(
    "events",
    Label("行为", "Events"),
    Names(
        {"event": "text", "page": "text", "value": "money", "at": "date", "phone": "text", "group": "text"},
        {"value": Label("金额", "Value")},
    ),
    {},
    frozenset({"phone"}),
    "instant",
)
ORDERS = Rows(
    "orders", Label("订单", "Orders"), Names({"amount": "money", "at": "date"}, {}), {}, frozenset(), "instant"
)
PERSONS = Rows("persons", Label("个人客户", "Persons"), Names({"city": "text"}, {}), {}, frozenset(), None)
VISITS = Rows("visits", Label("到店", "Visits"), Names({"store": "text"}, {}), {}, frozenset(), "day")
TAGS = Rows("tags", Label("标签", "Tags"), Names({"tag": "text", "removed_at": "date"}, {}), {}, frozenset(), "instant")
TYPES = TraitTypes(
    (), {r.name: r for r in (EVENTS, ORDERS, PERSONS, VISITS, TAGS)}, {"loyalty": ("loyal", "new"), "vip": ("vip",)}
)
TYPES.update({"n": "integer", "day": "date", "city": "text", "vip": "boolean"})


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("COUNT(events,last 30 day)>=3", "count(events, last 30 days) >= 3"),
        ("count( 行为 where event='a' , last 1 weeks )>1", "count(events where event = 'a', last 1 week) > 1"),
        ("sum(行为.金额) > 5", "sum(events.value) > 5"),
        ('count(events where "group" = \'a\') > 1', "count(events where group = 'a') > 1"),
        ("not exists(orders, after last(events where event = 'view'), last 3 months)",
         "not exists(orders, last 3 months, after last(events where event = 'view'))"),
        ("count(orders, 90 to 31 days ago) = 0",) * 2,
        ("first(orders.at) >= as_of-60 days and day < AS_OF", "first(orders.at) >= as_of - 60 days and day < as_of"),
        ("sequence(events where event='a'->no orders->events within 2 day->no events within 36 hours,last 1 year)",
         "sequence(events where event = 'a' -> no orders -> events within 2 days -> no events within 36 hours,"
         " last 1 year)"),
        ("in_segment(vip.vip) or not in_segment(loyalty.new)", "in_segment(vip) or not in_segment(loyalty.new)"),
        ("count(events) / n > 2 and abs(count(events) - n) < 3",) * 2,
        ("count(persons where city = '上海') > 0",) * 2,
        ("count(events where event = 'count(orders)') > 1",) * 2,
        ("tags has '关注价格' and n > 1",
         "exists(tags where tag = '关注价格' and removed_at is null) and n > 1"),
        ("not 标签 HAS ('it''s', 'b', 'b')",
         "not exists(tags where tag in ('it''s', 'b') and removed_at is null)"),
    ],
)  # fmt: skip
def test_forms_are_read_into_their_canonical_text(typed: str, canonical: str) -> None:
    rule = parse_rule(typed, TYPES)
    assert rule.text == canonical
    again = parse_rule(rule.text, TYPES)
    assert (again, again.tree) == (rule, rule.tree)
    back = from_tree(to_tree(rule), TYPES)
    assert (back, back.tree) == (rule, rule.tree)


@pytest.mark.parametrize(
    ("typed", "code", "marked"),
    [
        ("n > 1 and count(evnts) > 1", "rule.rows.table", "evnts"),
        ("count(qqqq) > 1", "rule.rows.table.none_near", "qqqq"),
        ("cuont(events) > 1", "rule.function.near", "cuont"),
        ("count(events where evnt = 'a') > 1", "rule.rows.column", "evnt"),
        ("count(events where event = 3) > 1", "rule.type.mixed", "3"),
        ("sum(events.valeu) > 1", "rule.rows.column", "valeu"),
        ("sum(events) > 1", "rule.rows.needs_column", "events"),
        ("sum(events.page) > 1", "rule.rows.column_type", "page"),
        ("count(events.page) > 1", "rule.rows.no_column", "page"),
        ("min(events.phone) > 1", "rule.rows.personal", "phone"),
        ("count(events where phone = '1') > 1", "rule.rows.personal", "phone = '1'"),
        ("share(events, last 3 days) > 1", "rule.rows.needs_where", "share"),
        ("count(events, last 3 moons) > 1", "rule.expected", "moons"),
        ("count(events, last 99999 days) > 1", "rule.rows.number", "99999"),
        ("count(events, last days) > 1", "rule.expected", "days"),
        ("count(events, 3 to 9 days ago) > 1", "rule.rows.window_order", "3"),
        ("count(events, last 3 days, last 4 days) > 1", "rule.rows.twice", "last"),
        ("count(events, after orders) > 1", "rule.expected", "orders"),
        ("count(persons, last 3 days) > 1", "rule.rows.undated", "last"),
        ("days_since_last(persons) > 1", "rule.rows.undated", "persons"),
        ("count(events", "rule.expected.end", "s"),
        ("count(events where) > 1", "rule.expected", ")"),
        ("count(events) > 'a'", "rule.type.mixed", "'a'"),
        ("count(events)", "rule.type.condition", "count(events)"),
        ("not count(events)", "rule.type.operand", "count(events)"),
        ("exists(events) > 1", "rule.type.mixed", "1"),
        ("sequence(events)", "rule.expected", ")"),
        ("sequence(no orders -> events)", "rule.rows.sequence_absent", "no"),
        ("sequence(events within 3 days -> orders)", "rule.rows.sequence_first", "within"),
        ("sequence(events -> no orders within 3 days -> events)", "rule.rows.sequence_between", "->"),
        ("sequence(events -> visits within 3 hours)", "rule.rows.hours", ")"),
        ("in_segment(loyal)", "rule.segment.unknown", "loyal"),
        ("in_segment(loyalty.lost)", "rule.segment.of", "lost"),
        ("day > as_of - 3 moons", "rule.expected", "moons"),
        ("day > as_of - 3", "rule.expected.end", "3"),
        ("count(events where event = 'a' -- x\n) > 1", "rule.comment", "'a'"),
        ("count((select 1)) > 1", "rule.expected", "("),
        ("count(events where event in (select 1)) > 1", "rule.symbol", "select"),
        ("count(events where read_text('x') = 'a') > 1", "rule.function", "read_text"),
        ("count(events; drop table x) > 1", "rule.expected", ";"),
        ("count(events where count(orders) > 1) > 1", "rule.function", "count"),
    ],
)
def test_a_refusal_marks_its_place_and_says_what_was_expected(typed: str, code: str, marked: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(typed, TYPES)
    error = caught.value
    assert error.code == code
    assert error.start is not None
    assert error.end is not None
    assert typed[error.start : error.end + 1] == marked
    assert error.render("zh") != error.render("en")


def test_without_loaded_tables_behaviour_is_refused() -> None:
    types = TraitTypes(())
    types["n"] = "integer"
    with pytest.raises(RuleError) as caught:
        parse_rule("n > 1 and count(events) > 3", types)
    assert (caught.value.code, caught.value.start) == ("rule.rows.none", 10)


def test_rows_of_the_builder() -> None:
    rule = parse_rule(
        "count(events where event = 'view' and value > 5, last 30 days) >= 3 and not exists(orders, after"
        " last(events)) and day >= as_of - 7 days and not in_segment(loyalty.new)",
        TYPES,
    )
    assert to_tree(rule) == {
        "op": "and",
        "rules": [
            {
                "behaviour": {
                    "function": "count",
                    "table": "events",
                    "where": {
                        "op": "and",
                        "rules": [
                            {"field": "event", "operator": "=", "value": "view"},
                            {"field": "value", "operator": ">", "value": 5},
                        ],
                    },
                    "window": {"last": 30, "unit": "days", "to_days": 0},
                },
                "operator": ">=",
                "value": 3,
            },
            {
                "behaviour": {"function": "exists", "table": "orders", "after": {"edge": "last", "table": "events"}},
                "operator": "not_true",
            },
            {"field": "day", "operator": ">=", "value": "as_of - 7 days"},
            {"segment": "loyalty.new", "operator": "not_true"},
        ],
    }


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"behaviour": {"function": "drop", "table": "events"}, "operator": "="}, "rule.tree.behaviour"),
        ({"behaviour": {"function": "count", "table": "x"}, "operator": ">", "value": 1}, "rule.tree.table"),
        ({"behaviour": {"function": "count"}, "operator": ">", "value": 1}, "rule.tree.table"),
        ({"behaviour": {"function": "sum", "table": "events"}, "operator": ">", "value": 1}, "rule.rows.needs_column"),
        ({"behaviour": {"function": "sequence", "steps": []}, "operator": "is_true"}, "rule.tree.behaviour"),
        ({"behaviour": {"function": "count", "table": "events", "window": {"last": -1}}, "operator": ">", "value": 1},
         "rule.tree.behaviour"),
        ({"behaviour": {"function": "count", "table": "events", "where": {"field": "event", "operator": ">>"}},
          "operator": ">", "value": 1}, "rule.tree.operator"),
        ({"behaviour": {"function": "count", "table": "events", "column": "a) or (1"}, "operator": ">", "value": 1},
         "rule.rows.column.none_near"),
        ({"behaviour": {"function": "count", "table": "events", "after": 3}, "operator": ">", "value": 1},
         "rule.tree.behaviour"),
        ({"behaviour": {"function": "count", "table": "events"}, "operator": "contains", "value": "a"},
         "rule.tree.operator"),
        ({"segment": "vip) or (true", "operator": "is_true"}, "rule.segment.none_near"),
        ({"field": "day", "operator": ">", "value": "as_of - 3 days or 1"}, "rule.date"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_by_its_path(row: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleError) as caught:
        from_tree({"op": "and", "rules": [{"expression": "vip"}, row]}, TYPES)
    assert (caught.value.code, caught.value.params["path"]) == (code, "1.2")
    assert caught.value.render("zh")


def test_days_move_by_the_calendar() -> None:
    day = date(2024, 3, 31)
    assert day_value("as_of - 1 month", day) == date(2024, 2, 29)
    assert day_value("as_of + 2 weeks", day) == date(2024, 4, 14)
    assert day_value("as_of - 1 year", date(2024, 2, 29)) == date(2023, 2, 28)
    assert day_value("as_of", day) == day


SEEDS = (
    "count(events where event = 'view' and page like '%pricing%', last 30 days) >= 3 and not exists(orders, after"
    " last(events where event = 'view'))",
    "sequence(events where event = 'a' -> events within 7 days -> no orders within 3 days, last 1 year) or n in (1, 2)",
    "sum(events.value where value between 1 and 9, 90 to 31 days ago) / n > 1 and first(orders.at) >= as_of - 2 weeks",
    "in_segment(loyalty.new) and case when vip then n else 0 end = 1 and city is not null",
)
PIECES = (
    *("(", ")", ",", ";", "'", '"', "--", "/*", "->", ".", "..", "*", "?", "$1", "\\", "\n", "\ue000", "\ue0000___"),
    *(
        "select 1",
        "drop table x",
        "read_csv('x')",
        "where",
        "last",
        "within",
        "no",
        "after",
        "as_of",
        "union",
        "over (",
    ),
    *(
        "count(",
        "exists(",
        "sequence(",
        "in_segment(",
        "events",
        "行为",
        "（",
        "＞",
        "99999999999999999999",
        "1e999",
        "null",
    ),
    *(
        "and",
        "or",
        "not",
        "in",
        "case",
        "end",
        "::int",
        "x -> x",
        "lambda",
        "columns(*)",
        "getenv('HOME')",
        "😀",
        "\x00",
    ),
)


def _read(text: str) -> tuple[Rule | None, RuleError | None]:
    try:
        return parse_rule(text, TYPES), None
    except RuleError as error:
        return None, error


def test_two_thousand_broken_texts_are_read_or_refused_at_a_place() -> None:
    chance = random.Random(4)
    read = refused = 0
    for _ in range(2_000):
        text = chance.choice(SEEDS)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text) + 1)
            cut = at + chance.choice((0, 0, 1, 3, 9))
            text = text[:at] + chance.choice(("", " ", chance.choice(PIECES))) + text[cut:]
        rule, error = _read(text)
        if error is not None:
            refused += 1
            assert error.start is not None, text
            assert error.end is not None, text
            assert 0 <= error.start <= error.end < max(1, len(text)), (text, error.code)
            assert error.render("zh"), text
            assert error.render("en"), text
            assert "\ue000" not in error.render("en") or "\ue000" in text, (text, error.code)
        if rule is not None:  # what is read is its canonical text, and asks only of what is there
            read += 1
            assert parse_rule(rule.text, TYPES).tree == rule.tree
            assert set(rule.traits) <= set(TYPES)
            assert all(set(b.tables) <= set(TYPES.tables) for b in rule.behaviours.values())
    assert refused > 1_000
    assert read > 20


@pytest.mark.parametrize(
    ("typed", "found"),
    [("n > 1 and tags has price", "price"), ("tags has ('a', 2)", "2"), ("tags has ()", ")")],
)
def test_a_tag_is_a_text_in_quotes(typed: str, found: str) -> None:
    with pytest.raises(RuleError, match="single quotes") as refused:
        parse_rule(typed, TYPES)
    assert refused.value.start is not None
    assert typed[refused.value.start : (refused.value.end or 0) + 1] == found


def test_tags_that_are_not_loaded_are_refused_where_they_are_asked_for() -> None:
    types = TraitTypes((), {"events": EVENTS}, {})
    types.update({"n": "integer"})
    with pytest.raises(RuleError) as refused:
        parse_rule("n > 1 and tags has 'a'", types)
    assert (refused.value.start, refused.value.end) == (10, 17)


def test_an_error_in_a_rule_of_several_lines_says_line_and_column() -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule("n > 1\nand city = '上海'\n  and nn > 2", TYPES)
    assert (refused.value.line, refused.value.column) == (3, 7)
    assert str(refused.value).startswith("Line 3, column 7: ")
    assert refused.value.render("zh").startswith("第 3 行第 7 列：")
    with pytest.raises(RuleError) as refused:
        parse_rule("nn > 2", TYPES)
    assert refused.value.line is None
    assert "line" not in str(refused.value).lower()
