"""Users, one-time links, sessions and API keys."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from qunxiang.adapters.auth import new_secret
from qunxiang.adapters.state import SqlState
from qunxiang.errors import ConflictError, UnknownNameError
from qunxiang.model import Role
from qunxiang.ports.state import User

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def anna(state: SqlState) -> User:
    return state.add_user("anna", Role.ANALYST, at=NOON, password_hash="h1")


def _token(state: SqlState, kind: str, user: str = "anna", expires_at: datetime | None = None) -> str:
    stored = new_secret(kind)[1]
    state.add_token(stored, kind=kind, user=user, at=NOON, expires_at=expires_at)
    return stored


def test_users_are_added_and_changed(state: SqlState, anna: User) -> None:
    assert anna == User(name="anna", role=Role.ANALYST, has_password=True, disabled=False, created_at=NOON)
    ben = state.add_user("Ben", Role.VIEWER, at=NOON, password_hash=None)
    assert not ben.has_password
    assert [user.name for user in state.users()] == ["Ben", "anna"]
    assert state.change_user("Ben", role=Role.ADMIN, password_hash="h2").role is Role.ADMIN
    assert state.password_hash("Ben") == "h2"
    assert state.change_user("Ben") == state.user("Ben")
    assert state.user("carl") is None
    assert state.password_hash("carl") is None


def test_a_name_is_given_once(state: SqlState, anna: User) -> None:
    with pytest.raises(ConflictError) as error:
        state.add_user("anna", Role.ADMIN, at=NOON, password_hash=None)
    assert error.value.code == "error.conflict.user"
    assert state.user("anna") == anna


def test_an_unknown_user_is_said_to_be_unknown(state: SqlState, anna: User) -> None:
    for call in (lambda: state.change_user("bob", disabled=True), lambda: _token(state, "key", "bob")):
        with pytest.raises(UnknownNameError) as error:
            call()
        assert error.value.render("en") == 'There is no user "bob". Users: anna.'


def test_a_one_time_link_works_once(state: SqlState, anna: User) -> None:
    token = _token(state, "once", expires_at=NOON + HOUR)
    assert state.use_token(token, kind="session", at=NOON) is None
    assert state.use_token(token, kind="once", at=NOON) == anna
    assert state.use_token(token, kind="once", at=NOON) is None


def test_sessions_and_keys_work_until_they_run_out_or_are_dropped(state: SqlState, anna: User) -> None:
    session, key = _token(state, "session", expires_at=NOON + HOUR), _token(state, "key")
    for _ in range(2):
        assert state.use_token(session, kind="session", at=NOON + HOUR - timedelta(microseconds=1)) == anna
        assert state.use_token(key, kind="key", at=NOON + 1000 * HOUR) == anna
    assert state.use_token(session, kind="session", at=NOON + HOUR) is None
    assert state.use_token(key, kind="session", at=NOON) is None
    state.drop_token(key)
    assert state.use_token(key, kind="key", at=NOON) is None


def test_a_one_time_link_that_ran_out_opens_nothing(state: SqlState, anna: User) -> None:
    token = _token(state, "once", expires_at=NOON + HOUR)
    assert state.use_token(token, kind="once", at=NOON + HOUR) is None


def test_disabling_ends_sessions_links_and_keys(state: SqlState, anna: User) -> None:
    tokens = {kind: _token(state, kind) for kind in ("once", "session", "key")}
    assert state.change_user("anna", disabled=True).disabled
    assert state.password_hash("anna") is None
    assert [state.use_token(t, kind=kind, at=NOON) for kind, t in tokens.items()] == [None, None, None]
    state.change_user("anna", disabled=False)
    assert state.password_hash("anna") == "h1"
    assert [state.use_token(t, kind=kind, at=NOON) for kind, t in tokens.items()] == [None, None, None]


def test_a_new_password_ends_sessions_of_that_user_alone(state: SqlState, anna: User) -> None:
    ben = state.add_user("ben", Role.VIEWER, at=NOON, password_hash="h")
    hers, his = _token(state, "session"), _token(state, "session", "ben")
    her_key, his_key = _token(state, "key"), _token(state, "key", "ben")
    state.change_user("anna", role=Role.ADMIN)
    assert state.use_token(hers, kind="session", at=NOON) is not None
    state.change_user("anna", password_hash="h2")
    assert state.use_token(hers, kind="session", at=NOON) is None
    assert state.use_token(his, kind="session", at=NOON) == ben
    assert state.use_token(her_key, kind="key", at=NOON) is None
    assert state.use_token(his_key, kind="key", at=NOON) == ben


def test_keys_of_one_user_are_dropped(state: SqlState, anna: User) -> None:
    ben = state.add_user("ben", Role.VIEWER, at=NOON, password_hash="h")
    hers, session = [_token(state, "key"), _token(state, "key")], _token(state, "session")
    his = _token(state, "key", "ben")
    assert state.drop_keys("anna") == 2
    assert [state.use_token(key, kind="key", at=NOON) for key in hers] == [None, None]
    assert state.use_token(session, kind="session", at=NOON) == anna
    assert state.use_token(his, kind="key", at=NOON) == ben
    assert state.drop_keys("anna") == 0


def test_two_admins_who_disable_each_other_leave_one(state: SqlState) -> None:
    for name in ("ann", "bob"):
        state.add_user(name, Role.ADMIN, at=NOON, password_hash=None)
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(state.change_user, name, disabled=True) for name in ("ann", "bob")]
        errors = [end.exception() for end in ends]
    assert [getattr(e, "code", None) for e in errors if e is not None] == ["error.user.last_admin"]
    assert [u.disabled for u in state.users()].count(False) == 1
    left = next(u.name for u in state.users() if not u.disabled)
    with pytest.raises(ConflictError):
        state.change_user(left, role=Role.ANALYST)
    assert state.change_user(left, role=Role.ADMIN).role is Role.ADMIN
