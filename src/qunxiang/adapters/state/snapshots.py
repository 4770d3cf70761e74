"""Snapshots: one commit over all tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from qunxiang.adapters.state.schema import SNAPSHOTS
from qunxiang.adapters.state.text import from_text, to_text
from qunxiang.errors import ConflictError
from qunxiang.i18n import Label
from qunxiang.model import Snapshot, SnapshotKind
from qunxiang.ports.state import NewSnapshot

_SNAPSHOT = Label("快照", "snapshot")


def head(connection: Connection) -> Snapshot | None:
    """Return the newest snapshot."""
    found = newest(connection, None, 1)
    return found[0] if found else None


def one(connection: Connection, run: int) -> Snapshot | None:
    """Return one snapshot."""
    row = connection.execute(select(SNAPSHOTS).where(SNAPSHOTS.c.run == run)).one_or_none()
    return None if row is None else _snapshot(row)


def newest(connection: Connection, kind: SnapshotKind | None, limit: int) -> list[Snapshot]:
    """Return up to `limit` snapshots of a kind, newest first."""
    query = select(SNAPSHOTS).order_by(SNAPSHOTS.c.run.desc()).limit(limit)
    if kind is not None:
        query = query.where(SNAPSHOTS.c.kind == kind)
    return [_snapshot(row) for row in connection.execute(query)]


def add(connection: Connection, new: NewSnapshot, *, author: str, at: datetime) -> Snapshot:
    """Put `new` over the head; the caller keeps other publishers out until the commit."""
    before = head(connection)
    made = Snapshot(
        run=before.run + 1 if before else 1,
        kind=new.kind,
        as_of=_first(new.as_of, before.as_of if before else None),
        definitions_hash=_first(new.definitions_hash, before.definitions_hash if before else None),
        definitions=_first(new.definitions, before.definitions if before else {}),
        content_hash=_first(new.content_hash, before.content_hash if before else None),
        parent=before.run if before else None,
        tables={**(before.tables if before else {}), **new.tables},
        facts=new.facts,
        author=author,
        at=at,
    )
    row = made.model_dump()
    for column in ("definitions", "tables", "facts"):
        row[column] = to_text(row[column], _SNAPSHOT)
    connection.execute(insert(SNAPSHOTS).values(row))
    stored = one(connection, made.run)
    assert stored is not None
    return stored


def expect_head(connection: Connection, run: int) -> None:
    """Raise unless the newest snapshot is that of `run`."""
    found = head(connection)
    if found is None or found.run != run:
        raise ConflictError("error.conflict.head", expected=run, run=found.run if found is not None else 0)


def _first(new: Any, before: Any) -> Any:
    return before if new is None else new


def _snapshot(row: Row[Any]) -> Snapshot:
    fields = dict(row._mapping)
    for column in ("definitions", "tables", "facts"):
        fields[column] = from_text(fields[column])
    return Snapshot(**fields)
