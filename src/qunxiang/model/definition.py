"""Versioned documents: everything people decide has a history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from qunxiang.model.base import Frozen


class NewDefinition(Frozen):
    """A document about to be stored as the next version of (`kind`, `id`).

    `expected_version` guards against overwriting somebody's change: 0 means "must not exist yet", None means no guard.
    """

    kind: str
    id: str
    body: dict[str, Any]
    why: str = ""
    expected_version: int | None = None
    archived: bool = False


class Definition(Frozen):
    """One version of a document. The latest version counts; an archived one is kept for history only."""

    kind: str
    id: str
    version: int
    body: dict[str, Any]
    author: str
    at: datetime
    why: str
    archived: bool = False
