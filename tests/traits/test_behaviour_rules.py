"""Rules over behaviour: DuckDB's answer against a slow evaluator, and the two views of one tree."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from behaviour_by_hand import DAYS, RULES, ZONES, Person, Said, row_lists
from demo_tables import connect
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from own_by_hand import Row, day_of
from sqlglot import exp
from trait_world import World

from qunxiang.adapters.engines import compiles_for_spark, portability_faults
from qunxiang.sql import Query, Relation, from_tree, parse_rule, to_tree
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_types import TraitTypes
from qunxiang.tables import LOADED
from qunxiang.traits.behaviours import Sources, behaviour_query, rows_tables

TYPES = TraitTypes((), rows_tables(("events", "orders")))
TYPES.update({"n": "integer", "city": "text", "born": "date", "vip": "boolean"})
COLUMNS = {
    "events": ("event_id", "person_id", "occurred_at", "value", "channel", "event"),
    "orders": ("order_id", "person_id", "ordered_at", "amount", "channel"),
}
TRAITS = ("n", "city", "born", "vip")


@pytest.fixture(scope="module")
def connection() -> Any:
    made = connect()
    for table in ("events", "orders"):
        columns = ", ".join(f'"{c.name}" {c.type.sql}' for c in LOADED[table].columns)
        made.execute(f"CREATE TABLE {table} ({columns})")
    made.execute("CREATE TABLE traits (profile_id VARCHAR, as_of DATE, n BIGINT, city VARCHAR, born DATE, vip BOOLEAN)")
    yield made
    made.close()


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, list[Row]], dict[str, dict[str, Any]], date, str]:
    as_of, zone = draw(st.sampled_from(DAYS)), draw(st.sampled_from(ZONES))
    rows = {table: draw(row_lists(as_of, zone)) for table in ("events", "orders")}
    traits = {
        person: {
            "n": draw(st.sampled_from((None, 0, 3))),
            "city": draw(st.sampled_from((None, "上海", "b", ""))),
            "born": draw(st.sampled_from((None, as_of, as_of - timedelta(days=60)))),
            "vip": draw(st.sampled_from((None, True, False))),
        }
        for person in "abcd"
    }
    return rows, traits, as_of, zone


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    phases=(Phase.generate, Phase.shrink),
)
@given(made=worlds(), rules=st.lists(RULES, min_size=3, max_size=6))
def test_random_rules_take_whom_the_slow_evaluator_takes(
    connection: duckdb.DuckDBPyConnection, made: Any, rules: list[Said]
) -> None:
    rows, traits, as_of, zone = made
    read = [parse_rule(said.text, TYPES) for said in rules]
    for rule in read:  # the canonical text is the same rule
        again = parse_rule(rule.text, TYPES)
        assert (again.text, again.tree, again.behaviours) == (rule.text, rule.tree, rule.behaviours)
        shown = to_tree(rule)  # and so is what the builder shows of it
        back = from_tree(json.loads(json.dumps(shown)), TYPES)
        assert (back.text, back.tree, back.behaviours) == (rule.text, rule.tree, rule.behaviours)
        assert to_tree(back) == shown
    found = answers(connection, rows, traits, as_of, zone, read)
    for person in "abcd":
        mine = {
            table: [r for r in all_ if r.person == person and day_of(r, zone) <= as_of] for table, all_ in rows.items()
        }
        known = Person(mine, traits[person], as_of, zone)
        for place, said in enumerate(rules):
            assert found["P" + person][place] == (said.means(known) is True), (said.text, person, mine, as_of, zone)


def answers(
    connection: duckdb.DuckDBPyConnection, rows: Any, traits: Any, as_of: date, zone: str, rules: list[Any]
) -> dict[str, tuple[bool, ...]]:
    """Fill the tables and evaluate all rules in one query."""
    for table in ("events", "orders", "traits"):
        connection.execute(f"DELETE FROM {table}")
    for table, columns in COLUMNS.items():
        if rows[table]:
            values = [
                [f"r{i}", r.person, r.at, r.value, r.channel, r.event][: len(columns)]
                for i, r in enumerate(rows[table])
            ]
            marks = ", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * len(values))
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}", [v for row in values for v in row]
            )
    for person, values in traits.items():
        connection.execute(
            "INSERT INTO traits VALUES (?, ?, ?, ?, ?, ?)", ["P" + person, as_of, *(values[t] for t in TRAITS)]
        )
    world = World(connection, {"events": Relation("events"), "orders": Relation("orders")}, zone)
    world.resolve()
    behaviours = {text: b for rule in rules for text, b in rule.behaviours.items()}
    query = behaviour_query(Relation("traits"), TRAITS, behaviours, Sources(world.tables, Moment(as_of, zone)))
    picked = ", ".join(rule.predicate("w").sql("duckdb") for rule in rules)
    taken = connection.execute(f"SELECT profile_id, {picked} FROM ({query.sql()}) AS w").fetchall()
    return {profile: tuple(values) for profile, *values in taken}


EVERY_FORM = (
    "count(events where event = 'view', last 30 days) >= 3 and not exists(orders, after last(events))",
    "mean(orders.amount where channel is null, 90 to 31 days ago) > 1 or median(orders.amount) > 2",
    "distinct(events.event, before first(orders where amount > 1), last 3 months) > 1",
    "most_frequent(events.channel, last 1 year) = 'web' and share(events where event = 'view') > 0.5",
    "first(orders.ordered_at) >= as_of - 60 days and days_since_last(events) < 9 and n > 2",
    "sequence(events -> no orders -> events within 7 days -> no orders within 36 hours, last 1 year)",
)


def test_every_form_answers_alike_on_both_engines() -> None:
    rules = [parse_rule(text, TYPES) for text in EVERY_FORM]
    tables = {n: Relation(n) for n in ("events", "orders", "identities", "order_facts")}
    of = Sources(tables, Moment(date(2024, 3, 31), "Asia/Shanghai"))
    behaviours = {text: b for rule in rules for text, b in rule.behaviours.items()}
    query = behaviour_query(Relation("traits", TRAITS), TRAITS, behaviours, of)
    assert compiles_for_spark(query)
    assert portability_faults(query) == []
    for rule in rules:
        asked = Query(exp.select(exp.alias_(rule.predicate("t"), "holds")).from_("ruled AS t"))
        assert compiles_for_spark(asked)
        assert portability_faults(asked) == []
