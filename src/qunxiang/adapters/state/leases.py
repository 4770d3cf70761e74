"""Leases: rights to write that end by themselves when their holder falls silent."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, delete, insert, select, update

from qunxiang.adapters.state.database import Database, Lock
from qunxiang.adapters.state.schema import LEASES
from qunxiang.adapters.state.text import checked_name
from qunxiang.errors import ConflictError
from qunxiang.i18n import Label
from qunxiang.ports.clock import Clock


class SqlLease:
    """A lease held; also a context that gives it back at its end. Methods may be called from any thread.

    Attributes
    ----------
    name, holder
        What is held, and by whom.
    token
        Proof of having taken it.
    seconds
        Time to live after taking and after each renewal.
    """

    def __init__(self, database: Database, clock: Clock, *, name: str, holder: str, seconds: float, token: str) -> None:
        self.name = name
        self.holder = holder
        self.seconds = seconds
        self._database = database
        self._clock = clock
        self.token = token

    def renew(self) -> None:
        """Extend the lease by its time to live from now; one that ran out but that nobody took lives again.

        Raises
        ------
        ConflictError
            When somebody else took it, or it was given back.
        """
        expires_at = self._clock.now() + timedelta(seconds=self.seconds)
        with self._database.writing(Lock.LEASES) as connection:
            expect_held(connection, self.name, self.token)
            connection.execute(update(LEASES).where(LEASES.c.name == self.name).values(expires_at=expires_at))

    def release(self) -> None:
        """Give it back; does nothing when it is no longer ours."""
        with self._database.writing(Lock.LEASES) as connection:
            connection.execute(delete(LEASES).where(LEASES.c.name == self.name, LEASES.c.token == self.token))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def expect_held(connection: Connection, name: str, token: str) -> None:
    """Let a transaction go on only while the lease with this token is the one in force.

    Raises
    ------
    ConflictError
        When somebody else took it, or it was given back.
    """
    found = connection.execute(select(LEASES).where(LEASES.c.name == name)).one_or_none()
    if found is None:
        raise ConflictError("error.conflict.lease_ended", name=name)
    if found.token != token:
        raise ConflictError("error.conflict.lease_lost", name=name, holder=found.holder, since=found.since)


def take(connection: Connection, name: str, *, holder: str, at: datetime, seconds: float) -> str:
    """Write down that `holder` holds `name` until `at` + `seconds`, and return the token that proves it.

    Raises
    ------
    ConflictError
        When it is held and its time has not run out; a second lease for the same holder is refused alike, because two
        programs may act under one name.
    """
    checked_name(name, Label("租约名", "lease name"))
    checked_name(holder, Label("占用者", "holder"))
    held = connection.execute(select(LEASES).where(LEASES.c.name == name)).one_or_none()
    if held is not None and held.expires_at > at:
        raise ConflictError("error.conflict.lease", name=name, holder=held.holder, since=held.since)
    connection.execute(delete(LEASES).where(LEASES.c.name == name))
    token = secrets.token_hex(16)
    expires_at = at + timedelta(seconds=seconds)
    connection.execute(insert(LEASES).values(name=name, holder=holder, token=token, since=at, expires_at=expires_at))
    return token
