"""Writing tables: one writer at a time, every version published or never seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from qunxiang.errors import ConflictError
from qunxiang.model import Actor
from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.sql import Query
from qunxiang.tables import Contract

LEASE_SECONDS = 30.0


@contextmanager
def leased(house: House, name: str, actor: Actor) -> Iterator[None]:
    """Hold a lease while the block runs, renewed by a thread.

    Raises
    ------
    ConflictError
        When somebody else holds it, or took it because this process stood still for too long.
    """
    lease = house.state.lease(name, holder=f"{actor.name} ({actor.via})", at=house.clock.now(), seconds=LEASE_SECONDS)
    stop = threading.Event()
    lost: list[ConflictError] = []

    def keep() -> None:
        while not stop.wait(LEASE_SECONDS / 3):
            try:
                lease.renew()
            except ConflictError as error:
                lost.append(error)
                return

    keeper = threading.Thread(target=keep, name=f"lease-{name}", daemon=True)
    keeper.start()
    try:
        yield
        if lost:
            raise lost[0]
    finally:
        stop.set()
        keeper.join()
        lease.release()


def write_table(
    house: House,
    session: Session,
    contract: Contract,
    query: Query,
    *,
    mode: Literal["append", "replace"] = "replace",
    base: int | None = None,
) -> int:
    """Run a query and commit its result as a new version of the contract's table; return the version.

    Nobody reads the version before a snapshot that names it is published.
    """
    files = session.write(query, house.lake.folder(contract.name), contract)
    return house.lake.commit(contract, files, mode=mode, base=base)
