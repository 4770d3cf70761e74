"""Users, sign-in, jobs and the audit."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from qunxiang.adapters.auth import Passwords, SignInThrottle, hash_secret, new_secret
from qunxiang.errors import SettingError, SignInError
from qunxiang.model import Actor, Role
from qunxiang.ports.state import AuditEntry, Job, User
from qunxiang.services import jobs as work
from qunxiang.services import people
from qunxiang.workspace.group import Group

SESSION_DAYS = 14
ONCE_MINUTES = 30

_NOBODY = Actor(name="–", role=Role.VIEWER, via="web")
"""Stands in the audit for somebody who did not come in and is not known."""

_PASSWORDS = Passwords()
_THROTTLE = SignInThrottle()
_ADDRESSES = SignInThrottle(attempts=50)
"""Against one address that tries many users or links."""


class UserGroup(Group):
    """Who may sign in, and signing in."""

    def add(self, name: str, role: Role | str, *, password: str | None = None) -> User:
        """Add a user; without a password the user signs in by a one-time link only."""
        hashed = _PASSWORDS.hash(password) if password is not None else None
        return people.add_user(self._house, self._actor, name, role=role_named(role), password_hash=hashed)

    def change(
        self,
        name: str,
        *,
        role: Role | str | None = None,
        password: str | None = None,
        disabled: bool | None = None,
    ) -> User:
        """Change a user's role, password or access."""
        hashed = _PASSWORDS.hash(password) if password is not None else None
        chosen = role_named(role) if role is not None else None
        return people.change_user(self._house, self._actor, name, role=chosen, password_hash=hashed, disabled=disabled)

    def list(self) -> list[User]:
        """Return all users."""
        return people.users(self._house, self._actor)

    def key(self, name: str) -> str:
        """Make an API key with which programs act as a user; it is shown once and stored as a hash."""
        secret, hashed = new_secret("key")
        people.add_key(self._house, self._actor, name, key_hash=hashed)
        return secret

    def revoke(self, name: str) -> int:
        """Forget all API keys of a user and return how many there were; programs that use them are out at once."""
        return people.revoke_keys(self._house, self._actor, name)

    def link(self, name: str | None = None) -> str:
        """Make the secret of a one-time link for a user (the local owner when None), valid for half an hour."""
        secret, hashed = new_secret("once")
        until = self._house.clock.now() + timedelta(minutes=ONCE_MINUTES)
        user = Actor.owner().name if name is None else name
        people.add_link(self._house, self._actor, user, link_hash=hashed, expires_at=until)
        return secret

    def enter(self, link: str, *, address: str = "") -> tuple[str, Actor]:
        """Spend a one-time link; return the secret of a new session and its actor.

        Raises
        ------
        SignInError
            When the link was used, has run out, or never was.
        """
        user = self._house.state.use_token(hash_secret(link), kind="once", at=self._house.clock.now())
        if user is None:
            _ADDRESSES.hit(address)
            self._note("sign_in", None, SignInError("error.signin.link"))
            raise SignInError("error.signin.link")
        return self._session(user)

    def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, Actor]:
        """Check a password; return the secret of a new session and its actor.

        Raises
        ------
        SignInError
            When name and password do not fit, or after too many tries.
        """
        _THROTTLE.hit(name, address)
        _ADDRESSES.hit(address)
        fits = _PASSWORDS.verify(password, self._house.state.password_hash(name))
        user = self._house.state.user(name)
        if user is None or not fits:
            self._note("sign_in", user, SignInError("error.signin.wrong"))
            raise SignInError("error.signin.wrong")
        _THROTTLE.forget(name, address)
        return self._session(user)

    def of_session(self, secret: str) -> Actor | None:
        """Return the actor of a session, or None when it has ended."""
        return self._of(secret, "session")

    def of_key(self, secret: str) -> Actor | None:
        """Return the actor of an API key, or None."""
        return self._of(secret, "key")

    def sign_out(self, secret: str) -> None:
        """End a session."""
        hashed = hash_secret(secret)
        user = self._house.state.use_token(hashed, kind="session", at=self._house.clock.now())
        self._house.state.drop_token(hashed)
        if user is not None:
            self._note("sign_out", user)

    def _note(self, what: str, user: User | None, error: SignInError | None = None) -> None:
        """Write a coming or going to the audit; whoever is no user stays nameless, what was typed may be a password."""
        actor = _NOBODY if user is None else Actor(name=user.name, role=user.role, via="web")
        self._house.state.record(
            actor=actor,
            at=self._house.clock.now(),
            use_case=what,
            subject="" if user is None else user.name,
            outcome="done" if error is None else "refused",
            details={} if error is None else {"error": error.code},
        )

    def _session(self, user: User) -> tuple[str, Actor]:
        secret, hashed = new_secret("session")
        at = self._house.clock.now()
        self._house.state.add_token(
            hashed, kind="session", user=user.name, at=at, expires_at=at + timedelta(days=SESSION_DAYS)
        )
        self._note("sign_in", user)
        return secret, Actor(name=user.name, role=user.role, via="web")

    def _of(self, secret: str, kind: str) -> Actor | None:
        user = self._house.state.use_token(
            hash_secret(secret), kind="session" if kind == "session" else "key", at=self._house.clock.now()
        )
        if user is None:
            return None
        return Actor(name=user.name, role=user.role, via="web" if kind == "session" else "rest")


class JobGroup(Group):
    """Long work that runs apart from the page that asked for it."""

    def start(self, use_case: str, /, **arguments: Any) -> Job:
        """Queue a use case, such as ``start("refresh", as_of="2018-01-01")``."""
        return work.start(self._house, self._actor, use_case, arguments=arguments)

    def list(self, *, limit: int = 50) -> list[Job]:
        """Return the newest jobs."""
        return work.jobs(self._house, self._actor, limit=limit)

    def show(self, job_id: str) -> Job:
        """Return one job."""
        return work.job(self._house, self._actor, job_id)

    def result(self, job_id: str) -> Path:
        """Return where the file lies that a job made, such as a report."""
        return work.result(self._house, self._actor, job_id)

    def cancel(self, job_id: str) -> Job:
        """Stop a job that is queued or running; see :func:`qunxiang.services.jobs.cancel`."""
        return work.cancel(self._house, self._actor, job_id)

    def retry(self, job_id: str) -> Job:
        """Queue a failed job once more."""
        return work.retry(self._house, self._actor, job_id)


class AuditGroup(Group):
    """Who did what."""

    def list(self, *, limit: int = 100, before: int | None = None, use_case: str | None = None) -> list[AuditEntry]:
        """Return audit entries, newest first."""
        return people.audit(self._house, self._actor, limit=limit, before=before, use_case=use_case)


def role_named(role: Role | str) -> Role:
    """Return the role of that name.

    Raises
    ------
    SettingError
        When there is none.
    """
    try:
        return Role(role)
    except ValueError as error:
        raise SettingError("error.setting.role", value=str(role), known=[r.value for r in Role]) from error
