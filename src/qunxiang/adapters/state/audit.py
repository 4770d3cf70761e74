"""The audit: who did what; entries are only ever added, which the database itself enforces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from qunxiang.adapters.state.schema import AUDIT
from qunxiang.adapters.state.text import from_text, tidied, to_text_of_anything
from qunxiang.model import Actor
from qunxiang.ports.state import AuditEntry


def add(
    connection: Connection,
    *,
    actor: Actor,
    at: datetime,
    what: tuple[str, str, str],
    details: Mapping[str, Any],
) -> None:
    """Add an entry; `what` is use case, subject and outcome. Nothing a caller passes keeps an entry from being made."""
    use_case, subject, outcome = what
    connection.execute(
        insert(AUDIT).values(
            at=at,
            actor=tidied(actor.name),
            role=str(actor.role),
            via=tidied(actor.via)[:20],
            use_case=tidied(use_case),
            subject=tidied(subject),
            outcome=outcome,
            details=to_text_of_anything(details),
        )
    )


def newest(connection: Connection, *, limit: int, before: int | None, use_case: str | None) -> list[AuditEntry]:
    """Return up to `limit` entries with a number under `before`, newest first."""
    query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT.c.id < before)
    if use_case is not None:
        query = query.where(AUDIT.c.use_case == use_case)
    rows = [dict(row._mapping) for row in connection.execute(query)]
    return [AuditEntry(**{**row, "details": from_text(row["details"])}) for row in rows]
