"""Port of the state: snapshots, definitions, leases, jobs, users and audit; all small, all transactional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, Protocol

from pydantic import Field

from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Role, Snapshot, SnapshotKind

JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]


class NewSnapshot(Frozen):
    """What a run publishes; tables it does not name keep their version."""

    kind: SnapshotKind
    tables: dict[str, int]
    as_of: date | None = None
    definitions_hash: str | None = None
    definitions: dict[str, int] | None = None
    content_hash: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)


class Job(Frozen):
    """One piece of long work: a use case with its arguments, run apart from the page that asked for it."""

    id: str
    use_case: str
    arguments: dict[str, Any]
    actor: Actor
    status: JobStatus
    progress: float
    stage: dict[str, Any] | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    heartbeat_at: datetime | None
    retry_of: str | None = None


class User(Frozen):
    """Someone who may sign in."""

    name: str
    role: Role
    has_password: bool
    disabled: bool
    created_at: datetime


class AuditEntry(Frozen):
    """Who did what, when, through which door, and how it ended (done, refused or failed)."""

    id: int
    at: datetime
    actor: str
    role: Role
    via: str
    use_case: str
    subject: str
    outcome: Literal["done", "refused", "failed"]
    details: dict[str, Any]


class Lease(Protocol):
    """A right to write, kept alive by renewal; lost when not renewed within its time to live.

    `name` is what is held, `token` proves who took it.
    """

    @property
    def name(self) -> str:
        """What is held."""
        ...

    @property
    def token(self) -> str:
        """Proof of holding it."""
        ...

    def renew(self) -> None:
        """Extend the lease; raises :class:`qunxiang.errors.ConflictError` when somebody else took it."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class State(Protocol):
    """The small records of a workspace. Every method is one transaction; `at` moments come from the caller."""

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
        """Store `definitions` and a snapshot on top of the head, in one transaction.

        The new snapshot's tables are the head's with those of `new` put over them; `as_of`, `definitions`,
        `definitions_hash` and `content_hash` are the head's where `new` has None. `expected_head` is the run that the
        new snapshot must follow; None follows any. `leases` must still be held in this very transaction: who lost one
        while it worked publishes nothing over what the next holder does.

        Raises
        ------
        qunxiang.errors.ConflictError
            When the head is another (``error.conflict.head``), a document is not at its expected version, or a lease
            is no longer held.
        """
        ...

    def head(self) -> Snapshot | None:
        """Return the newest snapshot."""
        ...

    def snapshot(self, run: int) -> Snapshot | None:
        """Return one snapshot."""
        ...

    def snapshots(self, kind: SnapshotKind | None = None, limit: int = 100) -> list[Snapshot]:
        """Return snapshots, newest first."""
        ...

    # definitions -----------------------------------------------------------------------------------------
    def put(self, definition: NewDefinition, *, author: str, at: datetime) -> Definition:
        """Store the next version of a document; an equal body makes no new version.

        Raises
        ------
        qunxiang.errors.ConflictError
            When `expected_version` is not the latest version.
        """
        ...

    def put_all(self, definitions: Iterable[NewDefinition], *, author: str, at: datetime) -> list[Definition]:
        """Store the next versions of several documents, all or none.

        Raises
        ------
        qunxiang.errors.ConflictError
            When one is not at its expected version.
        """
        ...

    def definition(self, kind: str, id: str, version: int | None = None) -> Definition | None:
        """Return a version of a document (the latest by default, archived ones included)."""
        ...

    def definitions(self, kind: str | None = None, *, archived: bool = False) -> list[Definition]:
        """Return the latest version of every document, ordered by kind and id; archived ones only when asked."""
        ...

    def history(self, kind: str, id: str) -> list[Definition]:
        """Return all versions of a document, newest first."""
        ...

    # leases ----------------------------------------------------------------------------------------------
    def lease(self, name: str, *, holder: str, at: datetime, seconds: float) -> Lease:
        """Take a lease.

        Raises
        ------
        qunxiang.errors.ConflictError
            When somebody else holds it; says who and since when.
        """
        ...

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
        ...

    def audit(self, *, limit: int = 100, before: int | None = None, use_case: str | None = None) -> list[AuditEntry]:
        """Return audit entries, newest first."""
        ...

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
        ...

    def claim_job(self, *, at: datetime) -> Job | None:
        """Mark the oldest queued job as running and return it; two callers never get the same one."""
        ...

    def update_job(self, id: str, *, at: datetime, progress: float, stage: dict[str, Any] | None = None) -> None:
        """Note progress (0..1) and heartbeat of a running job."""
        ...

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
        ...

    def fail_silent_jobs(self, *, at: datetime, silent_seconds: float, error: dict[str, Any]) -> list[Job]:
        """Mark running jobs without heartbeat for that long as failed, and return them."""
        ...

    def job(self, id: str) -> Job | None:
        """Return a job."""
        ...

    def jobs(self, *, limit: int = 50) -> list[Job]:
        """Return jobs, newest first."""
        ...

    # people ----------------------------------------------------------------------------------------------
    def add_user(self, name: str, role: Role, *, at: datetime, password_hash: str | None) -> User:
        """Add a user; raises :class:`qunxiang.errors.ConflictError` when the name exists."""
        ...

    def change_user(
        self, name: str, *, role: Role | None = None, password_hash: str | None = None, disabled: bool | None = None
    ) -> User:
        """Change a user; disabling or a new password ends the user's sessions, one-time links and API keys.

        Raises
        ------
        qunxiang.errors.ConflictError
            When no enabled admin would be left.
        """
        ...

    def user(self, name: str) -> User | None:
        """Return a user."""
        ...

    def users(self) -> list[User]:
        """Return all users by name."""
        ...

    def password_hash(self, name: str) -> str | None:
        """Return the stored hash of an enabled user."""
        ...

    def add_token(
        self,
        token_hash: str,
        *,
        kind: Literal["once", "session", "key"],
        user: str,
        at: datetime,
        expires_at: datetime | None,
    ) -> None:
        """Store the hash of a one-time link, session or API key."""
        ...

    def use_token(self, token_hash: str, *, kind: Literal["once", "session", "key"], at: datetime) -> User | None:
        """Return the enabled user of a valid token; a one-time link is spent by this."""
        ...

    def drop_token(self, token_hash: str) -> None:
        """Forget a token."""
        ...

    def drop_keys(self, user: str) -> int:
        """Forget all API keys of a user; return how many there were."""
        ...

    # loads -----------------------------------------------------------------------------------------------
    def loads(self, limit: int = 100) -> list[Snapshot]:
        """Return the snapshots of kind load, newest first; their facts hold the counts."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...
