"""Snapshots, definitions, leases, audit and jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NAME = sa.String(200)
_WORD = sa.String(20)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "snapshots",
        sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("as_of", sa.Date),
        sa.Column("definitions_hash", sa.Text),
        sa.Column("definitions", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text),
        sa.Column("parent", sa.Integer),
        sa.Column("tables", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "definitions",
        sa.Column("kind", _NAME, primary_key=True),
        sa.Column("id", _NAME, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("archived", sa.Boolean, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("holder", _NAME, nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    _make_audit()
    _make_jobs()


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", _NAME, nullable=False),
        sa.Column("role", _WORD, nullable=False),
        sa.Column("via", _WORD, nullable=False),
        sa.Column("use_case", _NAME, nullable=False),
        sa.Column("subject", _NAME, nullable=False),
        sa.Column("outcome", _WORD, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()"
    )


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("id", _NAME, nullable=False, unique=True),
        sa.Column("use_case", _NAME, nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("progress", sa.Float(53), nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("heartbeat_at", _MOMENT),
        sa.Column("retry_of", _NAME),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_status", "jobs", ["status", "number"])
