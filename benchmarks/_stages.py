"""Where the time of a use case goes: engine, lake and the stages it reports, in elapsed and in processor seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from qunxiang.i18n import Message
from qunxiang.ports.engine import Session, WrittenFile
from qunxiang.services.house import House, Progress
from qunxiang.sql import Query
from qunxiang.tables import Contract

STAGES = {
    "progress.refresh.traits": "build the queries",
    "progress.refresh.memberships": "memberships",
    "progress.refresh.hash": "hash",
    "progress.publish": "publish",
}
"""What a message of a refresh's progress begins."""


class Stopwatch:
    """Seconds by stage, each moment counted for one stage alone: the innermost that runs.

    Processor seconds are of the whole process, the engine's threads among them; other processes do not count.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self._running = ["else"]
        self._since = (time.perf_counter(), time.process_time())

    def _note(self) -> None:
        now = (time.perf_counter(), time.process_time())
        elapsed, busy = self.seconds.get(self._running[-1], (0.0, 0.0))
        self.seconds[self._running[-1]] = (elapsed + now[0] - self._since[0], busy + now[1] - self._since[1])
        self._since = now

    def begin(self, stage: str) -> None:
        """Count for `stage` what is not inside another one from now on."""
        self._note()
        self._running[0] = stage

    @contextmanager
    def inside(self, stage: str) -> Iterator[None]:
        """Count for `stage` while the block runs."""
        self._note()
        self._running.append(stage)
        try:
            yield
        finally:
            self._note()
            self._running.pop()

    def stop(self) -> dict[str, tuple[float, float]]:
        """Return elapsed and processor seconds of every stage."""
        self._note()
        return self.seconds


class _Passing:
    """Passes everything on to what it wraps."""

    def __init__(self, inner: Any, watch: Stopwatch) -> None:
        self._inner, self._watch = inner, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Engine(_Passing):
    @contextmanager
    def session(self) -> Iterator[Session]:
        with self._inner.session() as session:
            yield _Session(session, self._watch)


class _Session(_Passing):
    def fetch(self, query: Query) -> Any:
        hashing = self._watch._running[0] == "hash"
        with self._watch.inside("read for the hash" if hashing else "ask about the data"):
            return self._inner.fetch(query)

    def materialise(self, name: str, query: Query) -> int:
        with self._watch.inside(f"compute {name}"):
            return self._inner.materialise(name, query)

    def write(self, query: Query, folder: Path, contract: Contract) -> tuple[WrittenFile, ...]:
        with self._watch.inside(f"run and write {contract.name}"):
            return self._inner.write(query, folder, contract)


class _Lake(_Passing):
    def commit(self, *given: Any, **how: Any) -> int:
        with self._watch.inside("commit"):
            return self._inner.commit(*given, **how)


def watched(house: House) -> tuple[House, Progress, Stopwatch]:
    """Return the house with its engine and lake timed, and what tells the stopwatch of a use case's progress."""
    watch = Stopwatch()

    def progress(fraction: float, stage: Message) -> None:
        watch.begin(STAGES.get(stage.code, stage.code))

    timed: Any = {"engine": _Engine(house.engine, watch), "lake": _Lake(house.lake, watch)}
    return replace(house, **timed), progress, watch
