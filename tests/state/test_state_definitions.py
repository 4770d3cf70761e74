"""Definitions: versions, guards and names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qunxiang.adapters.state import SqlState
from qunxiang.errors import ConflictError, SettingError
from qunxiang.model import Actor, NewDefinition, Role

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def _put(state: SqlState, body: dict[str, object], **more: object) -> int:
    new = NewDefinition(kind="segment", id="loyal", body=body, **more)
    return state.put(new, author="anna", at=NOON).version


def test_an_equal_body_makes_no_new_version(state: SqlState) -> None:
    assert _put(state, {"rule": "frequency > 3", "note": {"zh": "忠诚", "en": "loyal"}}) == 1
    assert _put(state, {"note": {"en": "loyal", "zh": "忠诚"}, "rule": "frequency > 3"}) == 1
    assert _put(state, {"rule": "frequency > 4"}) == 2
    assert _put(state, {"rule": "frequency > 3", "note": {"zh": "忠诚", "en": "loyal"}}) == 3
    assert [d.version for d in state.history("segment", "loyal")] == [3, 2, 1]


def test_an_older_version_is_still_there(state: SqlState) -> None:
    _put(state, {"n": 1}, why="first")
    _put(state, {"n": 2}, why="second")
    first, latest = state.definition("segment", "loyal", 1), state.definition("segment", "loyal")
    assert first is not None
    assert latest is not None
    assert (first.body, first.why, first.at, first.author) == ({"n": 1}, "first", NOON, "anna")
    assert (latest.body, latest.why) == ({"n": 2}, "second")
    assert state.definition("segment", "loyal", 3) is None
    assert state.definition("segment", "other") is None


def test_archived_documents_show_only_when_asked(state: SqlState) -> None:
    _put(state, {"n": 1})
    assert _put(state, {"n": 1}, archived=True) == 2
    assert state.definitions("segment") == []
    assert [d.archived for d in state.definitions("segment", archived=True)] == [True]
    archived = state.definition("segment", "loyal")
    assert archived is not None
    assert archived.archived
    assert _put(state, {"n": 1}) == 3
    assert len(state.definitions()) == 1


def test_documents_come_by_kind_and_id_in_the_order_of_characters(state: SqlState) -> None:
    for kind, id in [("b", "B"), ("a", "z"), ("b", "a"), ("a", "é"), ("a", "Z"), ("a", "中")]:
        state.put(NewDefinition(kind=kind, id=id, body={}), author="x", at=NOON)
    expected = [("a", "Z"), ("a", "z"), ("a", "é"), ("a", "中"), ("b", "B"), ("b", "a")]
    assert [(d.kind, d.id) for d in state.definitions()] == expected
    assert [d.id for d in state.definitions("b")] == ["B", "a"]


@pytest.mark.parametrize(
    ("versions", "expected", "code"),
    [
        (0, 1, "error.conflict.no_document"),
        (1, 0, "error.conflict.exists"),
        (2, 1, "error.conflict.version"),
        (2, 3, "error.conflict.version"),
    ],
)
def test_a_change_of_somebody_else_is_not_overwritten(state: SqlState, versions: int, expected: int, code: str) -> None:
    for n in range(versions):
        _put(state, {"n": n})
    with pytest.raises(ConflictError) as error:
        _put(state, {"n": 99}, expected_version=expected)
    assert error.value.code == code
    assert len(state.history("segment", "loyal")) == versions


def test_a_conflict_names_who_changed_it_and_when(state: SqlState) -> None:
    _put(state, {"n": 1}, expected_version=0)
    _put(state, {"n": 2}, expected_version=1)
    with pytest.raises(ConflictError) as error:
        _put(state, {"n": 3}, expected_version=1)
    assert error.value.render("en") == (
        'anna changed segment "loyal" to version 2 at 2027-03-01 12:00 UTC; your change is for version 1. '
        "Look at the latest version, then make your change again."
    )
    assert "第 2 版" in error.value.render("zh")


@pytest.mark.parametrize("name", ["o'brien\"; drop table users; --", "a\\b%_?:x", "群像 细分", "😀", "x" * 200])
def test_odd_names_are_names(state: SqlState, name: str) -> None:
    state.put(NewDefinition(kind=name, id=name, body={name: name}, why=name), author=name, at=NOON)
    state.add_user(name, Role.VIEWER, at=NOON, password_hash=None)
    state.add_job(id=name, use_case=name, arguments={name: name}, actor=_actor(name), at=NOON)
    state.lease(name, holder=name, at=NOON, seconds=5).release()
    stored = state.definition(name, name)
    user = state.user(name)
    job = state.job(name)
    assert stored is not None
    assert user is not None
    assert job is not None
    assert (stored.body, stored.why, stored.author, user.name) == ({name: name}, name, name, name)
    assert (job.arguments, job.actor.name) == ({name: name}, name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "error.state.name_empty"),
        ("  ", "error.state.name_empty"),
        ("a\0b", "error.state.name_characters"),
        ("a\nb", "error.state.name_characters"),
        (" a", "error.state.name_characters"),
        ("\ud800", "error.state.name_characters"),
        ("x" * 201, "error.state.name_long"),
        ("'" * 10_000, "error.state.name_long"),
    ],
)
def test_names_that_cannot_be_seen_or_are_too_long_are_refused(state: SqlState, name: str, code: str) -> None:
    calls = [
        lambda: state.put(NewDefinition(kind=name, id="a", body={}), author="x", at=NOON),
        lambda: state.put(NewDefinition(kind="a", id=name, body={}), author="x", at=NOON),
        lambda: state.add_user(name, Role.VIEWER, at=NOON, password_hash=None),
        lambda: state.add_job(id=name, use_case="load", arguments={}, actor=_actor("x"), at=NOON),
        lambda: state.lease(name, holder="x", at=NOON, seconds=5),
    ]
    for call in calls:
        with pytest.raises(SettingError) as error:
            call()
        assert error.value.code == code
        for lang in ("zh", "en"):
            sentence = error.value.render(lang)
            assert len(sentence) < 200
            sentence.encode()
            assert "\0" not in sentence
    assert state.users() == []
    assert state.definitions() == []


def test_a_reason_with_a_nul_or_without_end_is_refused(state: SqlState) -> None:
    for why in ("a\0b", "x" * 10_001):
        with pytest.raises(SettingError):
            _put(state, {}, why=why)
    assert _put(state, {}, why="第一行\n第二行") == 1


def test_bodies_keep_every_character(state: SqlState) -> None:
    body = {"nul": "a\0b", "half": "\ud83d", "quote": "'\"\\", "中": "文", "big": 2**70, "float": 0.1 + 0.2, "no": None}
    state.put(NewDefinition(kind="k", id="i", body=body), author="x", at=NOON + timedelta(microseconds=1))
    stored = state.definition("k", "i")
    assert stored is not None
    assert stored.body == body
    assert stored.at == NOON + timedelta(microseconds=1)


def _actor(name: str) -> Actor:
    return Actor(name=name, role=Role.ADMIN)
