"""Passwords, secrets and the brake on sign-in."""

from __future__ import annotations

import hashlib
import re
import time

import pytest

from qunxiang.adapters.auth import KEY_PREFIX, LONGEST, Passwords, SignInThrottle, hash_secret, new_secret
from qunxiang.errors import SettingError, SignInError

GOOD = "correct horse battery"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time of day, which stands still unless the test moves it."""
    told = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: told[0])
    return told


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


def test_a_password_is_stored_as_argon2id_with_its_own_salt(passwords: Passwords) -> None:
    first, second = passwords.hash(GOOD), passwords.hash(GOOD)
    assert first.startswith("$argon2id$v=19$")
    assert first != second
    assert passwords.verify(GOOD, first)
    assert passwords.verify(GOOD, second)
    assert not passwords.verify(GOOD + " ", first)
    assert not passwords.verify("", first)


def test_the_same_characters_from_another_keyboard_are_the_same_password(passwords: Passwords) -> None:
    assert passwords.verify("ｃaf\u0065\u0301 群像群像群像", passwords.hash("caf\u00e9 群像群像群像"))


def test_nobody_and_no_password_never_match(passwords: Passwords) -> None:
    assert not passwords.verify("nobody has this password", None)
    assert not passwords.verify("", None)
    assert not passwords.verify(GOOD, "not a hash")
    assert not passwords.verify("", "not a hash")


def test_an_unknown_user_costs_as_much_time_as_a_known_one(passwords: Passwords) -> None:
    stored = passwords.hash(GOOD)

    def fastest(against: str | None) -> float:
        times = []
        for _ in range(4):
            start = time.process_time()
            passwords.verify("wrong password", against)
            times.append(time.process_time() - start)
        return min(times)

    known, unknown = fastest(stored), fastest(None)
    assert 0.5 < unknown / known < 2


def test_too_short_and_too_long_passwords_are_refused(passwords: Passwords) -> None:
    with pytest.raises(SettingError) as short:
        passwords.hash("12345678901")
    assert short.value.code == "error.signin.password_short"
    assert "12" in short.value.render("zh")
    with pytest.raises(SettingError) as long:
        passwords.hash("x" * (LONGEST + 1))
    assert long.value.code == "error.signin.password_long"
    assert not passwords.verify("x" * 10_000_000, passwords.hash(GOOD))


@pytest.mark.parametrize("kind", ["once", "session", "key"])
def test_secrets_hold_256_bits_and_only_their_hash_is_stored(kind: str) -> None:
    pairs = [new_secret(kind) for _ in range(50)]
    assert len({secret for secret, _ in pairs}) == 50
    for secret, stored in pairs:
        assert secret.startswith(KEY_PREFIX) == (kind == "key")
        assert re.fullmatch(r"(qx_)?[A-Za-z0-9_-]{43}", secret)  # 43 characters of 6 bits hold 256
        assert stored == hash_secret(secret) == hashlib.sha256(secret.encode()).hexdigest()


def test_hashing_takes_whatever_a_browser_sends() -> None:
    assert len({hash_secret(text) for text in ("", "\0", "\ud800", "群像", "x" * 100_000)}) == 5


@pytest.mark.usefixtures("now")
def test_too_many_tries_are_stopped_for_their_key_alone() -> None:
    throttle = SignInThrottle(attempts=3, seconds=60)
    for _ in range(3):
        throttle.hit("anna", "10.0.0.1")
    with pytest.raises(SignInError) as error:
        throttle.hit("anna", "10.0.0.1")
    assert error.value.code == "error.signin.too_many"
    assert error.value.params["seconds"] == 60
    assert "Try again in" in error.value.render("en")
    throttle.hit("anna", "10.0.0.2")
    throttle.hit("anna1", "0.0.0.1")
    throttle.hit("ann", "a10.0.0.1")


def test_a_right_sign_in_forgets_the_tries() -> None:
    throttle = SignInThrottle(attempts=1, seconds=60)
    throttle.hit("anna", "10.0.0.1")
    throttle.forget("anna", "10.0.0.1")
    throttle.hit("anna", "10.0.0.1")


def test_tries_are_let_through_again_after_the_window(now: list[float]) -> None:
    throttle = SignInThrottle(attempts=2, seconds=60)
    throttle.hit("k")
    now[0] += 30
    throttle.hit("k")
    now[0] += 29
    with pytest.raises(SignInError) as error:
        throttle.hit("k")
    assert error.value.params["seconds"] == 1
    now[0] += 2
    throttle.hit("k")
    with pytest.raises(SignInError):
        throttle.hit("k")
