"""Holding a lease while work is done: taken with patience, renewed beside the work, given back at its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qunxiang.errors import ConflictError, QunxiangError
from qunxiang.model import Actor
from qunxiang.ports.engine import Session
from qunxiang.ports.state import Lease
from qunxiang.services.house import House

LEASE_SECONDS = 12.0  # after a crash, others wait this long
RENEW_SECONDS = 3.0
PATIENCE_SECONDS = LEASE_SECONDS + 3.0
_POLL_SECONDS = 0.25


class Held:
    """A lease held, with the thread that renews it."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._lost: ConflictError | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise when the lease was lost."""
        if self._lost is not None:
            raise self._lost

    def end(self) -> None:
        """Stop renewing and give the lease back."""
        self._ended.set()
        self._thread.join()
        self.lease.release()

    def _renew(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            try:
                self.lease.renew()
            except ConflictError as error:
                self._lost = error
                return
            except QunxiangError:  # a busy database is asked again; the lease outlives a few missed renewals
                continue

    @contextmanager
    def watching(self, session: Session, cancelled: Callable[[], bool] | None, what: str) -> Iterator[None]:
        """Interrupt the session's query when the work is cancelled or the lease lost, and say which."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_POLL_SECONDS):
                if self._lost is not None or (cancelled is not None and cancelled()):
                    session.interrupt()
                    return

        watcher = threading.Thread(target=watch, name="cancel", daemon=True)
        watcher.start()
        try:
            yield
        except QunxiangError as error:
            if error.code != "error.load.cancelled" and cancelled is not None and cancelled():
                raise QunxiangError("error.load.cancelled", table=what) from error
            if error is not self._lost:
                self.check()
            raise
        finally:
            done.set()
            watcher.join()


@contextmanager
def holding(house: House, name: str, actor: Actor) -> Iterator[Held]:
    """Hold the lease `name`; wait a little when somebody else does, for they may have died.

    Raises
    ------
    ConflictError
        When it is still held after that; says by whom.
    """
    held = Held(_taken(house, name, actor))
    try:
        yield held
    finally:
        held.end()


def _taken(house: House, name: str, actor: Actor) -> Lease:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return house.state.lease(
                name, holder=f"{actor.name} ({actor.via})", at=house.clock.now(), seconds=LEASE_SECONDS
            )
        except ConflictError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
