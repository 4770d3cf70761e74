"""Tables of the state.

A change here needs a new revision in ``migrations/versions`` and its name at the end of :data:`REVISIONS`; a test
compares the tables with what the migrations make.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

REVISIONS = ("0001", "0002")
"""Revisions this version knows, oldest first; the last is the one it writes."""

NAME_LENGTH = 200
"""Longest name of a document, user, lease or job, in characters."""


class Moment(TypeDecorator[datetime]):
    """A moment: aware in and out, always UTC; SQLite, which has no time zones, holds it as UTC text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the database holds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"moments of the state are aware, this one is not: {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the database holds into an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only in INTEGER columns

metadata = MetaData()

SNAPSHOTS = Table(
    "snapshots",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("as_of", Date),
    Column("definitions_hash", Text),
    Column("definitions", Text, nullable=False),
    Column("content_hash", Text),
    Column("parent", Integer),
    Column("tables", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("author", String(NAME_LENGTH), nullable=False),
    Column("at", Moment, nullable=False),
)

DEFINITIONS = Table(
    "definitions",
    metadata,
    Column("kind", String(NAME_LENGTH), primary_key=True),
    Column("id", String(NAME_LENGTH), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("author", String(NAME_LENGTH), nullable=False),
    Column("at", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Column("archived", Boolean, nullable=False),
)

LEASES = Table(
    "leases",
    metadata,
    Column("name", String(NAME_LENGTH), primary_key=True),
    Column("holder", String(NAME_LENGTH), nullable=False),
    Column("token", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

AUDIT = Table(
    "audit",
    metadata,
    Column("id", _ROW_NUMBER, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(NAME_LENGTH), nullable=False),
    Column("role", String(20), nullable=False),
    Column("via", String(20), nullable=False),
    Column("use_case", String(NAME_LENGTH), nullable=False),
    Column("subject", String(NAME_LENGTH), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("details", Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice
)

JOBS = Table(
    "jobs",
    metadata,
    Column("number", _ROW_NUMBER, primary_key=True),
    Column("id", String(NAME_LENGTH), nullable=False, unique=True),
    Column("use_case", String(NAME_LENGTH), nullable=False),
    Column("arguments", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("progress", Float(53), nullable=False),
    Column("stage", Text),
    Column("result", Text),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("heartbeat_at", Moment),
    Column("retry_of", String(NAME_LENGTH)),
    Index("ix_jobs_status", "status", "number"),
    sqlite_autoincrement=True,
)

USERS = Table(
    "users",
    metadata,
    Column("name", String(NAME_LENGTH), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

TOKENS = Table(
    "tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("user", String(NAME_LENGTH), ForeignKey("users.name", name="fk_tokens_user"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Index("ix_tokens_user", "user"),
)
