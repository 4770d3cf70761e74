"""Rows of the visual builder and back."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qunxiang.errors import RuleError
from qunxiang.sql import from_tree, parse_rule, to_tree
from qunxiang.sql.rule_types import TraitType

TRAITS: dict[str, TraitType] = {"n": "integer", "x": "number", "city": "text", "vip": "boolean", "day": "date"}
ROWS: list[dict[str, Any]] = [
    {"n": n, "x": x, "city": city, "vip": vip, "day": day}
    for n, x, city, vip, day in [
        (0, 0.5, "ab", True, "2018-01-01"),
        (3, -1.25, "b", False, "2017-05-31"),
        (None, None, None, None, None),
        (7, None, "", True, None),
        (None, 2.0, "it's %", None, "2018-01-02"),
        (3, 0.5, "华东", None, "2018-01-01"),
    ]
]
_VALUES: dict[str, Any] = {
    "n": st.sampled_from([-1, 0, 3, 7]),
    "x": st.sampled_from([0.5, -1.25, 2, 0.00001]),
    "city": st.sampled_from(["ab", "b", "", "it's", "华东", "%"]),
    "vip": st.booleans(),
    "day": st.sampled_from(["2018-01-01", "2017-12-31"]),
}
_SIGNS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "between": lambda a, b: b[0] <= a <= b[1],
    "not_between": lambda a, b: not b[0] <= a <= b[1],
    "contains": lambda a, b: b in a,
    "not_contains": lambda a, b: b not in a,
    "starts_with": lambda a, b: a.startswith(b),
    "not_starts_with": lambda a, b: not a.startswith(b),
}


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(list(TRAITS)))
    operators = ["=", "!=", "in", "not_in", "is_null", "is_not_null"]
    operators += ["is_true"] if field == "vip" else [">", ">=", "<", "<=", "between", "not_between"]
    operators += ["contains", "not_contains", "starts_with", "not_starts_with"] if field == "city" else []
    operator = draw(st.sampled_from(operators))
    if operator.startswith("is_"):
        return {"field": field, "operator": operator}
    if operator.endswith("in"):
        return {
            "field": field,
            "operator": operator,
            "value": draw(st.lists(_VALUES[field], min_size=1, max_size=3)),
        }
    if operator.endswith("between"):
        return {
            "field": field,
            "operator": operator,
            "value": draw(st.lists(_VALUES[field], min_size=2, max_size=2)),
        }
    return {"field": field, "operator": operator, "value": draw(_VALUES[field])}


TREES = st.recursive(
    rows(),
    lambda inner: st.one_of(
        st.builds(
            lambda op, rules: {"op": op, "rules": rules},
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda rule: {"op": "not", "rules": [rule]}, inner),
    ),
    max_leaves=8,
)


def holds(tree: dict[str, Any], row: dict[str, Any]) -> bool | None:
    """Say slowly and plainly whether a tree holds for a row; None is unknown."""
    if "op" in tree:
        parts = [holds(rule, row) for rule in tree["rules"]]
        if tree["op"] == "not":
            return None if parts[0] is None else not parts[0]
        if tree["op"] == "and":
            return False if False in parts else (None if None in parts else True)
        return True if True in parts else (None if None in parts else False)
    value = row[tree["field"]]
    if tree["operator"] == "is_null":
        return value is None
    if tree["operator"] == "is_not_null":
        return value is not None
    if value is None:
        return None
    return bool(value) if tree["operator"] == "is_true" else _SIGNS[tree["operator"]](value, tree["value"])


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create table traits (place int, n bigint, x double, city varchar, vip boolean, day date)")
    con.executemany("insert into traits values (?,?,?,?,?,?)", [(i, *row.values()) for i, row in enumerate(ROWS)])
    return con


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TREES)
def test_trees_answer_as_the_slow_reference_and_survive_the_round_trip(
    con: duckdb.DuckDBPyConnection, tree: dict[str, Any]
) -> None:
    rule = from_tree(tree, TRAITS)
    found = con.execute(f"select {rule.predicate().sql('duckdb')} from traits order by place").fetchall()
    assert [f[0] for f in found] == [holds(tree, row) is True for row in ROWS]
    shown = to_tree(rule)
    again = from_tree(shown, TRAITS)
    assert again == rule
    assert again.tree == rule.tree
    assert to_tree(again) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "n + 1 > 3",
        "3 < n",
        "vip and (lower(city) = 'a' or n is null)",
        "not (x / n > 1)",
        "true",
        "city like 'a%' and city not like 'b%'",
        "day in (date '2018-01-01') or not vip",
        "x between n and 3",
    ],
)
def test_what_rows_cannot_show_is_kept_as_expression(typed: str) -> None:
    rule = parse_rule(typed, TRAITS)
    assert from_tree(to_tree(rule), TRAITS).tree == rule.tree


def test_rows_of_a_simple_rule() -> None:
    rule = parse_rule("n >= 3 and not contains(city, 'x') and n + 1 > 2", TRAITS)
    assert to_tree(rule) == {
        "op": "and",
        "rules": [
            {"field": "n", "operator": ">=", "value": 3},
            {"field": "city", "operator": "not_contains", "value": "x"},
            {"expression": "n + 1 > 2"},
        ],
    }


@pytest.mark.parametrize(
    ("tree", "code", "path"),
    [
        ([], "rule.tree.shape", "1"),
        ({"op": "xor", "rules": []}, "rule.tree.shape", "1"),
        ({"op": "and", "rules": []}, "rule.tree.group", "1"),
        ({"op": "not", "rules": [{"expression": "vip"}] * 2}, "rule.tree.group", "1"),
        ({"op": "and", "rules": [{"field": "m", "operator": "=", "value": 1}]}, "rule.trait.none_near", "1.1"),
        ({"field": "n", "operator": "contains", "value": "a"}, "rule.tree.operator", "1"),
        ({"field": "n", "operator": "= 1 or 1", "value": 1}, "rule.tree.operator", "1"),
        ({"field": "n", "operator": "=", "value": "1"}, "rule.tree.value", "1"),
        ({"field": "n", "operator": "=", "value": float("nan")}, "rule.tree.value", "1"),
        ({"field": "n", "operator": "in", "value": []}, "rule.tree.value", "1"),
        ({"field": "n", "operator": "between", "value": [1]}, "rule.tree.value", "1"),
        ({"field": "day", "operator": "=", "value": "1' or '1'='1"}, "rule.date", "1"),
        ({"op": "or", "rules": [{"expression": "vip"}, {"expression": "n; drop"}]}, "rule.symbol", "1.2"),
        ({"expression": "vip) or (vip"}, "rule.bracket", "1"),
    ],
)
def test_a_broken_row_is_named_by_its_path(tree: Any, code: str, path: str) -> None:
    with pytest.raises(RuleError) as caught:
        from_tree(tree, TRAITS)
    assert caught.value.code == code
    assert caught.value.params["path"] == path
    assert caught.value.render("zh")


def test_a_quote_in_a_value_stays_in_the_value(con: duckdb.DuckDBPyConnection) -> None:
    rule = from_tree({"field": "city", "operator": "=", "value": "' or true or city = '"}, TRAITS)
    assert con.execute(f"select count(*) from traits where {rule.predicate().sql('duckdb')}").fetchall() == [(0,)]
