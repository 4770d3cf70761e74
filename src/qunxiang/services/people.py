"""Users, keys and the audit."""

from __future__ import annotations

from datetime import datetime

from qunxiang.errors import UnknownNameError
from qunxiang.model import Actor, Role
from qunxiang.ports.state import AuditEntry, User
from qunxiang.services.access import ADMIN, flush_reads, use_case
from qunxiang.services.house import House


@use_case("user.add", roles=ADMIN, touches="change")
def add_user(house: House, actor: Actor, name: str, *, role: Role, password_hash: str | None) -> User:
    """Add a user.

    Raises
    ------
    ConflictError
        When the name is taken.
    """
    return house.state.add_user(name, role, at=house.clock.now(), password_hash=password_hash)


@use_case("user.change", roles=ADMIN, touches="change")
def change_user(
    house: House,
    actor: Actor,
    name: str,
    *,
    role: Role | None = None,
    password_hash: str | None = None,
    disabled: bool | None = None,
) -> User:
    """Change a user's role, password or access. The last admin can be neither disabled nor made something else.

    A new password and disabling end the user's sessions, one-time links and API keys.

    Raises
    ------
    UnknownNameError
        When there is no such user.
    ConflictError
        When the workspace would be left without an admin.
    """
    _known(house, name)
    return house.state.change_user(name, role=role, password_hash=password_hash, disabled=disabled)


@use_case("user.list", roles=ADMIN)
def users(house: House, actor: Actor) -> list[User]:
    """Return all users."""
    return house.state.users()


@use_case("user.key", roles=ADMIN, touches="change")
def add_key(house: House, actor: Actor, name: str, *, key_hash: str, expires_at: datetime | None = None) -> None:
    """Store the hash of an API key with which programs act as a user.

    Raises
    ------
    UnknownNameError
        When there is no such user.
    """
    _known(house, name)
    house.state.add_token(key_hash, kind="key", user=name, at=house.clock.now(), expires_at=expires_at)


@use_case("user.revoke", roles=ADMIN, touches="change")
def revoke_keys(house: House, actor: Actor, name: str) -> int:
    """Forget all API keys of a user and return how many there were; none of them opens anything from now on.

    Raises
    ------
    UnknownNameError
        When there is no such user.
    """
    _known(house, name)
    return house.state.drop_keys(name)


@use_case("user.link", roles=ADMIN, touches="change")
def add_link(house: House, actor: Actor, name: str, *, link_hash: str, expires_at: datetime) -> None:
    """Store the hash of a link with which a user signs in once; the local owner becomes a user by it.

    Raises
    ------
    UnknownNameError
        When there is no such user.
    """
    owner = Actor.owner()
    if name == owner.name and house.state.user(name) is None:
        house.state.add_user(owner.name, owner.role, at=house.clock.now(), password_hash=None)
    _known(house, name)
    house.state.add_token(link_hash, kind="once", user=name, at=house.clock.now(), expires_at=expires_at)


@use_case("audit.list", roles=ADMIN)
def audit(
    house: House, actor: Actor, *, limit: int = 100, before: int | None = None, use_case: str | None = None
) -> list[AuditEntry]:
    """Return who did what, newest first; `before` is the id of the last entry of the page before."""
    flush_reads(house)
    return house.state.audit(limit=limit, before=before, use_case=use_case)


def _known(house: House, name: str) -> None:
    if house.state.user(name) is None:
        raise UnknownNameError("error.user.unknown", name=name, known=[u.name for u in house.state.users()])
