"""What the steps of a load hand on to one another."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlglot import exp

from qunxiang.i18n import Message
from qunxiang.intake import Plan, ReasonCount, Recognition, Staged, derived
from qunxiang.intake.custom import Keep
from qunxiang.model import Actor, NewDefinition, ReadingOptions
from qunxiang.ports.engine import Session, WrittenFile
from qunxiang.ports.source import SourceShape
from qunxiang.ports.state import Lease
from qunxiang.services.columns import KeptColumns
from qunxiang.services.house import House, Progress
from qunxiang.services.mappings import MappingState
from qunxiang.sql import Relation, literal
from qunxiang.tables import QUARANTINE, Contract


@dataclass(frozen=True)
class Counts:
    """Rows of a load by what became of them; `blanked` are those kept with values left empty, which `values` count."""

    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    blanked: int = 0
    values: tuple[ReasonCount, ...] = ()


@dataclass(frozen=True)
class Options:
    """What becomes of unknown columns, whose ids the source carries, how values are read, and what was saved."""

    keep: Keep
    types: Mapping[str, str]
    system: str | None
    reading: ReadingOptions
    saved: MappingState | None
    remember: bool


@dataclass(frozen=True)
class Loading:
    """A load under way: who loads what, where its files lie, and whom it tells.

    `contract` and `recognition` have the custom columns once `kept` is known. `otherwise` says that a database's rows
    from before its cursor, which stay as they are, were read in another way.
    """

    house: House
    actor: Actor
    contract: Contract
    load_id: str
    shape: SourceShape
    folder: Path
    recognition: Recognition
    options: Options
    tell: Progress
    stop: Callable[[], None]
    passed: Passing
    watched: Callable[[Session], AbstractContextManager[None]]
    lease: Lease
    started: float
    kept: KeptColumns | None = None
    documents: tuple[NewDefinition, ...] = ()
    otherwise: bool = False

    @property
    def head_version(self) -> int | None:
        """Version of the table that the load stands on; None when there is none yet."""
        return self._version(self.contract.name)

    @property
    def quarantine_version(self) -> int | None:
        """Version of the quarantine; None when there is none yet."""
        return self._version(QUARANTINE.name)

    @property
    def content_key(self) -> str | None:
        """Column of the key where rows get it from their content; None where the source has it."""
        return self.contract.key[0] if derived(self.contract, self.recognition) else None

    def _version(self, table: str) -> int | None:
        snapshot = self.house.state.head()
        return snapshot.tables.get(table) if snapshot else None


@dataclass(frozen=True)
class Read:
    """Rows of a load as the contract's columns, their keys settled among themselves.

    `odd` are those of `rows` that were read in full, of the rows of `staged`: all of them, or those that could not be
    read by casts, None when there is no such row; those that could lie in `files`. `total` counts the source's rows.
    """

    rows: Relation
    odd: Relation | None
    staged: Staged
    plan: Plan
    total: int
    files: tuple[WrittenFile, ...] = ()


@dataclass(frozen=True)
class Judged:
    """Rows of a load as relations in the session: read and keyed, rejected, new or changed, and the head they meet.

    `bad` has the rejected rows and those with values left empty.
    """

    read: Read
    bad: Relation | None
    came: Relation | None
    fresh: Relation | None
    head: Relation | None
    head_version: int | None
    counts: Counts


class Passing:
    """Counts the rows of a source as they pass, says how far the load has come, and stops it when it is asked to."""

    def __init__(self, shape: SourceShape, started: float, tell: Progress, stop: Callable[[], None]) -> None:
        self.rows = 0
        self._furthest = 0
        self._shape = shape
        self._started = started
        self._tell = tell
        self._stop = stop

    def __call__(self, rows: int) -> None:
        """Take the number of rows that passed since the source was last asked for them."""
        self.rows = rows
        self._stop()
        if rows <= self._furthest:  # another look at the source
            return
        self._furthest = rows
        expected = self._shape.rows
        share = min(rows / expected, 1.0) if expected else 0.5
        rate = rows / max(time.perf_counter() - self._started, 1e-9)
        self._tell(0.5 * share, Message("load.stage.read", {"source": self._shape.name, "rows": rows, "rate": rate}))


def speed(loading: Loading, rows: int) -> dict[str, Any]:
    """Return how long a load has taken, and its rows in a second, as the report has them."""
    seconds = time.perf_counter() - loading.started
    return {"seconds": round(seconds, 3), "rows_per_second": round(rows / max(seconds, 1e-9), 1)}


def constants(loading: Loading) -> dict[str, exp.Expr]:
    """Return what the quarantine keeps of a load, the same in every row."""
    return {
        "load_id": literal(loading.load_id),
        "table_name": literal(loading.contract.name),
        "source": literal(loading.shape.name),
        "fingerprint": literal(loading.shape.fingerprint),
        "loaded_at": literal(loading.house.clock.now()),
    }
