"""Building a house of real adapters in a folder, and looking into its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from qunxiang.adapters.databases import SqlDatabases
from qunxiang.adapters.engines import DuckDBEngine
from qunxiang.adapters.lake import DeltaLake
from qunxiang.adapters.packs.industries import shipped_industries
from qunxiang.adapters.packs.places import shipped_places
from qunxiang.adapters.secrets import FolderSecrets
from qunxiang.adapters.state import SqlState
from qunxiang.model import Actor
from qunxiang.ports.documents import Documents
from qunxiang.ports.identity import Identity
from qunxiang.ports.portraits import Portraits
from qunxiang.services.house import House, Settings
from qunxiang.services.reading import reading
from qunxiang.sql import select

OWNER = Actor.owner()


@dataclass
class TickingClock:
    """Moves with the machine's clock, from a day of our own choice."""

    start: datetime
    begun: datetime

    def now(self) -> datetime:
        return self.start + (datetime.now(UTC) - self.begun)


@contextmanager
def house_in(folder: Path, *, at: datetime, time_zone: str = "Asia/Shanghai") -> Iterator[House]:
    clock = TickingClock(at, datetime.now(UTC))
    database = folder / "state.db"
    make = SqlState.open if database.exists() else SqlState.create
    with DuckDBEngine(folder, threads=2) as engine, make(database, clock=clock) as state:
        yield House(
            engine=engine,
            lake=DeltaLake(folder / "lake"),
            state=state,
            clock=clock,
            settings=Settings(name="test", folder=folder, time_zone=time_zone),
            documents=cast(Documents, None),
            portraits=cast(Portraits, None),
            places=shipped_places,
            industries=shipped_industries,
            identity=cast(Identity, None),
            databases=SqlDatabases(),
            secrets=FolderSecrets(folder / "secrets"),
        )


def rows_in(house: House, table: str) -> list[dict[str, Any]]:
    """Return all rows of a table as the newest snapshot has them."""
    return cast(list[dict[str, Any]], table_in(house, table).to_pylist())


def table_in(house: House, table: str) -> pa.Table:
    with reading(house) as reader:
        if not reader.has(table):
            return pa.table({})
        return reader.fetch(select("SELECT * FROM t__ AS t", t=reader.relation(table)))
