"""Users and the hashes of their one-time links, sessions and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from qunxiang.adapters.state.schema import TOKENS, USERS
from qunxiang.adapters.state.text import checked_name
from qunxiang.errors import ConflictError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Role
from qunxiang.ports.state import User

TokenKind = Literal["once", "session", "key"]

_NAME = Label("用户名", "user name")


def add(connection: Connection, name: str, role: Role, *, at: datetime, password_hash: str | None) -> User:
    """Add a user."""
    checked_name(name, _NAME)
    if one(connection, name) is not None:
        raise ConflictError("error.conflict.user", name=name)
    row = {"name": name, "role": str(role), "password_hash": password_hash, "disabled": False, "created_at": at}
    connection.execute(insert(USERS).values(row))
    return _known(connection, name)


def change(
    connection: Connection, name: str, *, role: Role | None, password_hash: str | None, disabled: bool | None
) -> User:
    """Change what is not None; disabling or a new password ends sessions, unspent one-time links and API keys.

    The last enabled admin can be neither disabled nor made something else.
    """
    _known(connection, name)
    if disabled or role not in (None, Role.ADMIN):
        admins = [user.name for user in everybody(connection) if user.role is Role.ADMIN and not user.disabled]
        if admins == [name]:
            raise ConflictError("error.user.last_admin", name=name)
    changes: dict[str, Any] = {"password_hash": password_hash, "disabled": disabled}
    changes["role"] = None if role is None else str(role)
    changes = {column: value for column, value in changes.items() if value is not None}
    if changes:
        connection.execute(update(USERS).where(USERS.c.name == name).values(changes))
    if disabled or password_hash is not None:
        connection.execute(delete(TOKENS).where(TOKENS.c.user == name))
    return _known(connection, name)


def one(connection: Connection, name: str) -> User | None:
    """Return a user."""
    row = connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def everybody(connection: Connection) -> list[User]:
    """Return all users by name."""
    return sorted((_user(row) for row in connection.execute(select(USERS))), key=lambda u: u.name)


def password_hash(connection: Connection, name: str) -> str | None:
    """Return the stored hash of an enabled user."""
    query = select(USERS.c.password_hash).where(USERS.c.name == name, USERS.c.disabled.is_(False))
    return connection.execute(query).scalar_one_or_none()


def add_token(
    connection: Connection, token_hash: str, *, kind: TokenKind, user: str, at: datetime, expires_at: datetime | None
) -> None:
    """Store the hash of a secret, and forget those that ran out."""
    _known(connection, user)
    connection.execute(delete(TOKENS).where(TOKENS.c.expires_at <= at))
    row = {"hash": token_hash, "kind": kind, "user": user, "created_at": at, "expires_at": expires_at}
    connection.execute(insert(TOKENS).values(row))


def user_of_token(connection: Connection, token_hash: str, *, kind: TokenKind, at: datetime) -> User | None:
    """Return the enabled user of a token that has not run out."""
    row = connection.execute(
        select(USERS)
        .join(TOKENS, TOKENS.c.user == USERS.c.name)
        .where(
            TOKENS.c.hash == token_hash,
            TOKENS.c.kind == kind,
            TOKENS.c.expires_at.is_(None) | (TOKENS.c.expires_at > at),
            USERS.c.disabled.is_(False),
        )
    ).one_or_none()
    return None if row is None else _user(row)


def drop_token(connection: Connection, token_hash: str) -> bool:
    """Forget a token; True when it was there, which among several callers only one sees."""
    return connection.execute(delete(TOKENS).where(TOKENS.c.hash == token_hash)).rowcount == 1


def drop_keys(connection: Connection, name: str) -> int:
    """Forget all API keys of a user; return how many there were."""
    _known(connection, name)
    return connection.execute(delete(TOKENS).where(TOKENS.c.user == name, TOKENS.c.kind == "key")).rowcount


def _known(connection: Connection, name: str) -> User:
    user = one(connection, name)
    if user is None:
        raise UnknownNameError("error.state.no_user", name=name, there=[u.name for u in everybody(connection)])
    return user


def _user(row: Row[Any]) -> User:
    return User(
        name=row.name,
        role=Role(row.role),
        has_password=row.password_hash is not None,
        disabled=row.disabled,
        created_at=row.created_at,
    )
