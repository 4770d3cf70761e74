"""Snapshots: one commit over tables and definitions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from qunxiang.adapters.state import SqlState
from qunxiang.errors import ConflictError, SettingError
from qunxiang.model import Actor, NewDefinition, Role
from qunxiang.ports.state import NewSnapshot

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ANNA = Actor(name="安娜", role=Role.ANALYST, via="web")


def test_a_new_state_has_no_snapshot(state: SqlState) -> None:
    assert state.head() is None
    assert state.snapshot(1) is None
    assert state.snapshots() == []


def test_tables_a_run_does_not_name_keep_their_version(state: SqlState) -> None:
    first = state.publish(
        NewSnapshot(kind="load", tables={"orders": 3, "persons": 1}, facts={"accepted": 12, "shares": [0.5]}),
        actor=ANNA,
        at=NOON,
    )
    second = state.publish(
        NewSnapshot(
            kind="refresh",
            tables={"traits": 1, "orders": 4},
            as_of=date(2017, 12, 31),
            definitions={"traits/rfm": 2},
            definitions_hash="d",
            content_hash="c",
        ),
        actor=Actor.owner(),
        at=NOON,
    )
    third = state.publish(NewSnapshot(kind="load", tables={"persons": 2}), actor=ANNA, at=NOON)

    assert (first.run, first.parent, first.author, first.at) == (1, None, "安娜", NOON)
    assert (first.as_of, first.definitions, first.facts) == (None, {}, {"accepted": 12, "shares": [0.5]})
    assert (second.run, second.parent) == (2, 1)
    assert second.tables == {"orders": 4, "persons": 1, "traits": 1}
    assert third.tables == {"orders": 4, "persons": 2, "traits": 1}
    assert (third.as_of, third.definitions) == (date(2017, 12, 31), {"traits/rfm": 2})
    assert (third.definitions_hash, third.content_hash, third.facts) == ("d", "c", {})
    assert state.head() == third
    assert state.snapshot(2) == second


def test_an_empty_mapping_of_definitions_is_not_unknown(state: SqlState) -> None:
    state.publish(NewSnapshot(kind="refresh", tables={}, definitions={"a/b": 1}), actor=ANNA, at=NOON)
    after = state.publish(NewSnapshot(kind="refresh", tables={}, definitions={}), actor=ANNA, at=NOON)
    assert after.definitions == {}


def test_snapshots_come_newest_first_by_kind(state: SqlState) -> None:
    for kind in ("load", "refresh", "load", "resolve", "load"):
        state.publish(NewSnapshot(kind=kind, tables={}), actor=ANNA, at=NOON)
    assert [s.run for s in state.snapshots()] == [5, 4, 3, 2, 1]
    assert [s.run for s in state.snapshots(limit=2)] == [5, 4]
    assert [s.run for s in state.loads()] == [5, 3, 1]
    assert [s.run for s in state.loads(1)] == [5]


def test_definitions_are_published_with_the_snapshot(state: SqlState) -> None:
    state.publish(
        NewSnapshot(kind="segment", tables={"memberships": 1}),
        actor=ANNA,
        at=NOON,
        definitions=[NewDefinition(kind="segmentation", id="lifestyle", body={"k": 4}, why="fitted")],
    )
    stored = state.definition("segmentation", "lifestyle")
    assert stored is not None
    assert (stored.version, stored.body, stored.author, stored.why) == (1, {"k": 4}, "安娜", "fitted")


def test_a_conflict_in_one_definition_publishes_nothing(state: SqlState) -> None:
    state.put(NewDefinition(kind="segment", id="b", body={}), author="x", at=NOON)
    new = [
        NewDefinition(kind="segment", id="a", body={"rule": "1 = 1"}),
        NewDefinition(kind="segment", id="b", body={"rule": "1 = 2"}, expected_version=0),
    ]
    with pytest.raises(ConflictError):
        state.publish(NewSnapshot(kind="segment", tables={"memberships": 9}), actor=ANNA, at=NOON, definitions=new)
    assert state.head() is None
    assert state.definition("segment", "a") is None


def test_facts_that_json_cannot_hold_publish_nothing(state: SqlState) -> None:
    for fact in (float("nan"), date(2027, 1, 1), {1, 2}):
        with pytest.raises(SettingError) as error:
            state.publish(NewSnapshot(kind="load", tables={}, facts={"x": fact}), actor=ANNA, at=NOON)
        assert error.value.code == "error.state.body_unfit"
    assert state.head() is None


def test_moments_are_utc_whatever_zone_they_came_in(state: SqlState) -> None:
    beijing = timezone(timedelta(hours=8))
    at = datetime(2027, 3, 1, 20, 30, 15, 123456, tzinfo=beijing)
    made = state.publish(NewSnapshot(kind="load", tables={}), actor=ANNA, at=at)
    assert made.at == at
    assert made.at.tzinfo is UTC
    assert made.at.isoformat() == "2027-03-01T12:30:15.123456+00:00"


def test_a_moment_without_zone_is_refused(state: SqlState) -> None:
    with pytest.raises(ValueError, match="not: 2027-03-01T12:00:00"):
        state.publish(NewSnapshot(kind="load", tables={}), actor=ANNA, at=NOON.replace(tzinfo=None))
