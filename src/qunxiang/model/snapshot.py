"""One commit over all tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from qunxiang.model.base import Frozen

SnapshotKind = Literal["load", "resolve", "refresh", "segment", "quarantine", "past"]


class Snapshot(Frozen):
    """A state of the workspace: the version of every table, published in one transaction.

    `run` grows by one with each publication. `as_of` is the date of traits and memberships in it (None before the first
    refresh). `definitions` maps ``kind/id`` to the version that traits and memberships were computed with.
    `content_hash` is the hash over the sorted rows of traits and memberships. `facts` are counts and times of the run.
    """

    run: int
    kind: SnapshotKind
    as_of: date | None
    definitions_hash: str | None
    definitions: dict[str, int]
    content_hash: str | None
    parent: int | None
    tables: dict[str, int]
    facts: dict[str, Any]
    author: str
    at: datetime
