"""Writing tables: a version is published with a snapshot or never seen."""

from __future__ import annotations

from typing import Literal

from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.sql import Query
from qunxiang.tables import Contract


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
