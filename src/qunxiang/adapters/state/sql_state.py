"""The state port on one database: every method is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from qunxiang.adapters.state import audit, definitions, jobs, leases, people, snapshots, upgrade
from qunxiang.adapters.state.database import Database, Lock
from qunxiang.adapters.state.leases import SqlLease, expect_held
from qunxiang.adapters.state.people import TokenKind
from qunxiang.model import Actor, Definition, NewDefinition, Role, Snapshot, SnapshotKind
from qunxiang.ports.clock import Clock, SystemClock
from qunxiang.ports.state import AuditEntry, Job, JobStatus, Lease, NewSnapshot, User


class SqlState:
    """State in SQLite (a file) or PostgreSQL (a database); implements :class:`qunxiang.ports.state.State`.

    Use :meth:`create` or :meth:`open`; the constructor alone looks at nothing. An instance may be shared by threads,
    not by forked processes. It is a context that closes itself.

    Parameters
    ----------
    url
        ``sqlite:///path``, ``postgresql://user:password@host/database``, or the path of a SQLite file.
    clock
        Tells leases the moment of a renewal; every other moment comes from the caller.
    """

    def __init__(self, url: str | Path, *, clock: Clock | None = None) -> None:
        self._database = Database(url)
        self._clock = clock or SystemClock()

    @classmethod
    def create(cls, url: str | Path, *, clock: Clock | None = None) -> Self:
        """Make a new state, empty.

        Raises
        ------
        qunxiang.errors.ConflictError
            When there is one already.
        qunxiang.errors.WorkspaceError
            When the database holds tables of something else, or is damaged.
        qunxiang.errors.StorageError
            When the place cannot be written or reached.
        """
        return cls(url, clock=clock)._with(upgrade.make)

    @classmethod
    def open(cls, url: str | Path, *, clock: Clock | None = None) -> Self:
        """Open a state and bring an older schema up to date.

        Raises
        ------
        qunxiang.errors.WorkspaceError
            When there is none, it is damaged, or a newer version wrote it; nothing is touched then.
        qunxiang.errors.StorageError
            When the place cannot be written or reached.
        """
        return cls(url, clock=clock)._with(upgrade.bring_up_to_date)

    def _with(self, step: Any) -> Self:
        try:
            step(self._database)
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Close connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SqlState({self._database.place!r})"

    # snapshots -------------------------------------------------------------------------------------------
    def publish(
        self,
        new: NewSnapshot,
        *,
        actor: Actor,
        at: datetime,
        definitions: Iterable[NewDefinition] = (),
        expected_head: int | None = None,
        leases: Iterable[Lease] = (),
    ) -> Snapshot:
        """Store `definitions` and a snapshot on top of the head, in one transaction, while `leases` are held."""
        fences = tuple(leases)
        locks = (Lock.SNAPSHOTS, Lock.DEFINITIONS, *((Lock.LEASES,) if fences else ()))
        with self._database.writing(*locks) as connection:
            for lease in fences:
                expect_held(connection, lease.name, lease.token)
            if expected_head is not None:
                snapshots.expect_head(connection, expected_head)
            _put_all(connection, definitions, author=actor.name, at=at)
            return snapshots.add(connection, new, author=actor.name, at=at)

    def head(self) -> Snapshot | None:
        """Return the newest snapshot."""
        with self._database.reading() as connection:
            return snapshots.head(connection)

    def snapshot(self, run: int) -> Snapshot | None:
        """Return one snapshot."""
        with self._database.reading() as connection:
            return snapshots.one(connection, run)

    def snapshots(self, kind: SnapshotKind | None = None, limit: int = 100) -> list[Snapshot]:
        """Return snapshots, newest first."""
        with self._database.reading() as connection:
            return snapshots.newest(connection, kind, limit)

    def loads(self, limit: int = 100) -> list[Snapshot]:
        """Return the snapshots of kind load, newest first."""
        return self.snapshots("load", limit)

    # definitions -----------------------------------------------------------------------------------------
    def put(self, definition: NewDefinition, *, author: str, at: datetime) -> Definition:
        """Store the next version of a document; an equal body makes no new version."""
        with self._database.writing(Lock.DEFINITIONS) as connection:
            return definitions.put(connection, definition, author=author, at=at)

    def put_all(self, definitions: Iterable[NewDefinition], *, author: str, at: datetime) -> list[Definition]:
        """Store the next versions of several documents, all or none."""
        with self._database.writing(Lock.DEFINITIONS) as connection:
            return _put_all(connection, definitions, author=author, at=at)

    def definition(self, kind: str, id: str, version: int | None = None) -> Definition | None:
        """Return a version of a document, the latest by default."""
        with self._database.reading() as connection:
            return definitions.one(connection, kind, id, version)

    def definitions(self, kind: str | None = None, *, archived: bool = False) -> list[Definition]:
        """Return the latest version of every document, ordered by kind and id; archived ones only when asked."""
        with self._database.reading() as connection:
            return definitions.latest(connection, kind, archived=archived)

    def history(self, kind: str, id: str) -> list[Definition]:
        """Return all versions of a document, newest first."""
        with self._database.reading() as connection:
            return definitions.history(connection, kind, id)

    # leases ----------------------------------------------------------------------------------------------
    def lease(self, name: str, *, holder: str, at: datetime, seconds: float) -> SqlLease:
        """Take a lease for `seconds` from `at`; one that ran out may be taken by anybody."""
        with self._database.writing(Lock.LEASES) as connection:
            token = leases.take(connection, name, holder=holder, at=at, seconds=seconds)
        return SqlLease(self._database, self._clock, name=name, holder=holder, seconds=seconds, token=token)

    # audit -----------------------------------------------------------------------------------------------
    def record(
        self,
        *,
        actor: Actor,
        at: datetime,
        use_case: str,
        subject: str,
        outcome: Literal["done", "refused", "failed"],
        details: Mapping[str, Any],
    ) -> None:
        """Add an audit entry."""
        with self._database.writing() as connection:
            audit.add(connection, actor=actor, at=at, what=(use_case, subject, outcome), details=details)

    def audit(self, *, limit: int = 100, before: int | None = None, use_case: str | None = None) -> list[AuditEntry]:
        """Return audit entries, newest first; `before` is the number of the last one seen."""
        with self._database.reading() as connection:
            return audit.newest(connection, limit=limit, before=before, use_case=use_case)

    # jobs ------------------------------------------------------------------------------------------------
    def add_job(
        self,
        *,
        id: str,
        use_case: str,
        arguments: dict[str, Any],
        actor: Actor,
        at: datetime,
        retry_of: str | None = None,
    ) -> Job:
        """Queue a job."""
        with self._database.writing() as connection:
            return jobs.add(connection, id=id, call=(use_case, arguments), actor=actor, at=at, retry_of=retry_of)

    def claim_job(self, *, at: datetime) -> Job | None:
        """Mark the oldest queued job as running and return it."""
        with self._database.writing() as connection:
            return jobs.claim(connection, at=at)

    def update_job(self, id: str, *, at: datetime, progress: float, stage: dict[str, Any] | None = None) -> None:
        """Note progress (0..1) and heartbeat of a running job; `stage` None keeps the last one."""
        with self._database.writing() as connection:
            jobs.note(connection, id, at=at, progress=progress, stage=stage)

    def end_job(
        self,
        id: str,
        *,
        at: datetime,
        status: JobStatus,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
    ) -> None:
        """End a job as done, failed or cancelled; one that has ended stays so, but a cancelled one that was done is."""
        with self._database.writing() as connection:
            jobs.end(connection, id, at=at, status=status, outcome=(result, error))

    def fail_silent_jobs(self, *, at: datetime, silent_seconds: float, error: dict[str, Any]) -> list[Job]:
        """Mark running jobs without heartbeat for that long as failed, and return them; nothing is written for none."""
        with self._database.reading() as connection:
            if not jobs.silent(connection, at=at, silent_seconds=silent_seconds):
                return []
        with self._database.writing() as connection:
            return jobs.fail_silent(connection, at=at, silent_seconds=silent_seconds, error=error)

    def job(self, id: str) -> Job | None:
        """Return a job."""
        with self._database.reading() as connection:
            return jobs.one(connection, id)

    def jobs(self, *, limit: int = 50) -> list[Job]:
        """Return jobs, newest first."""
        with self._database.reading() as connection:
            return jobs.newest(connection, limit)

    # people ----------------------------------------------------------------------------------------------
    def add_user(self, name: str, role: Role, *, at: datetime, password_hash: str | None) -> User:
        """Add a user."""
        with self._database.writing(Lock.PEOPLE) as connection:
            return people.add(connection, name, role, at=at, password_hash=password_hash)

    def change_user(
        self, name: str, *, role: Role | None = None, password_hash: str | None = None, disabled: bool | None = None
    ) -> User:
        """Change a user; disabling or a new password ends the user's sessions, one-time links and API keys."""
        with self._database.writing(Lock.PEOPLE) as connection:
            return people.change(connection, name, role=role, password_hash=password_hash, disabled=disabled)

    def user(self, name: str) -> User | None:
        """Return a user."""
        with self._database.reading() as connection:
            return people.one(connection, name)

    def users(self) -> list[User]:
        """Return all users by name."""
        with self._database.reading() as connection:
            return people.everybody(connection)

    def password_hash(self, name: str) -> str | None:
        """Return the stored hash of an enabled user."""
        with self._database.reading() as connection:
            return people.password_hash(connection, name)

    def add_token(
        self, token_hash: str, *, kind: TokenKind, user: str, at: datetime, expires_at: datetime | None
    ) -> None:
        """Store the hash of a one-time link, session or API key; the user must exist."""
        with self._database.writing(Lock.PEOPLE) as connection:
            people.add_token(connection, token_hash, kind=kind, user=user, at=at, expires_at=expires_at)

    def use_token(self, token_hash: str, *, kind: TokenKind, at: datetime) -> User | None:
        """Return the enabled user of a valid token; a one-time link is spent by this."""
        if kind != "once":
            with self._database.reading() as connection:
                return people.user_of_token(connection, token_hash, kind=kind, at=at)
        with self._database.writing() as connection:
            user = people.user_of_token(connection, token_hash, kind=kind, at=at)
            return user if user is not None and people.drop_token(connection, token_hash) else None

    def drop_token(self, token_hash: str) -> None:
        """Forget a token."""
        with self._database.writing() as connection:
            people.drop_token(connection, token_hash)

    def drop_keys(self, user: str) -> int:
        """Forget all API keys of a user; return how many there were."""
        with self._database.writing(Lock.PEOPLE) as connection:
            return people.drop_keys(connection, user)


def _put_all(connection: Any, new: Iterable[NewDefinition], *, author: str, at: datetime) -> list[Definition]:
    return [definitions.put(connection, definition, author=author, at=at) for definition in new]
