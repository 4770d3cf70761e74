"""Definitions: versioned documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select

from qunxiang.adapters.state.schema import DEFINITIONS
from qunxiang.adapters.state.text import checked_name, checked_text, from_text, to_text
from qunxiang.errors import ConflictError
from qunxiang.i18n import Label
from qunxiang.model import Definition, NewDefinition

_T = DEFINITIONS.c


def put(connection: Connection, new: NewDefinition, *, author: str, at: datetime) -> Definition:
    """Store the next version of a document; the caller keeps other writers of documents out until the commit."""
    kind = checked_name(new.kind, Label("文档类别", "document kind"))
    id = checked_name(new.id, Label("文档标识", "document id"))
    why = checked_text(new.why, Label("修改理由", "reason"))
    body = to_text(new.body, Label.same(f"{kind}/{id}"))
    latest = _latest(connection, kind, id)
    _guard(new, latest)
    if latest is not None and latest.body == body and latest.archived == new.archived:
        return _definition(latest)
    version = latest.version + 1 if latest else 1
    row = {
        "kind": kind,
        "id": id,
        "version": version,
        "body": body,
        "author": author,
        "at": at,
        "why": why,
        "archived": new.archived,
    }
    connection.execute(insert(DEFINITIONS).values(row))
    return _definition(connection.execute(_one(kind, id, version)).one())


def one(connection: Connection, kind: str, id: str, version: int | None) -> Definition | None:
    """Return a version of a document, the latest by default."""
    if version is None:
        row = _latest(connection, kind, id)
    else:
        row = connection.execute(_one(kind, id, version)).one_or_none()
    return None if row is None else _definition(row)


def latest(connection: Connection, kind: str | None, *, archived: bool) -> list[Definition]:
    """Return the latest version of every document, ordered by kind and id."""
    newest = select(_T.kind, _T.id, func.max(_T.version).label("version")).group_by(_T.kind, _T.id).subquery()
    query = select(DEFINITIONS).join(
        newest, and_(_T.kind == newest.c.kind, _T.id == newest.c.id, _T.version == newest.c.version)
    )
    if kind is not None:
        query = query.where(_T.kind == kind)
    if not archived:
        query = query.where(_T.archived.is_(False))
    # ordered here: databases order text by rules of their own
    return sorted((_definition(row) for row in connection.execute(query)), key=lambda d: (d.kind, d.id))


def history(connection: Connection, kind: str, id: str) -> list[Definition]:
    """Return all versions of a document, newest first."""
    query = select(DEFINITIONS).where(_T.kind == kind, _T.id == id).order_by(_T.version.desc())
    return [_definition(row) for row in connection.execute(query)]


def _guard(new: NewDefinition, latest: Row[Any] | None) -> None:
    if new.expected_version is None:
        return
    if latest is None:
        if new.expected_version != 0:
            raise ConflictError("error.conflict.no_document", kind=new.kind, id=new.id, expected=new.expected_version)
        return
    if new.expected_version == 0:
        raise ConflictError("error.conflict.exists", kind=new.kind, id=new.id, author=latest.author, at=latest.at)
    if new.expected_version != latest.version:
        raise ConflictError(
            "error.conflict.version",
            kind=new.kind,
            id=new.id,
            expected=new.expected_version,
            version=latest.version,
            author=latest.author,
            at=latest.at,
        )


def _latest(connection: Connection, kind: str, id: str) -> Row[Any] | None:
    query = select(DEFINITIONS).where(_T.kind == kind, _T.id == id).order_by(_T.version.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _one(kind: str, id: str, version: int) -> Any:
    return select(DEFINITIONS).where(_T.kind == kind, _T.id == id, _T.version == version)


def _definition(row: Row[Any]) -> Definition:
    fields = dict(row._mapping)
    return Definition(**{**fields, "body": from_text(fields["body"])})
