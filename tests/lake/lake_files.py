"""Files written for a lake by hand, and reading them back."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

from qunxiang.adapters.lake import DeltaLake
from qunxiang.ports.engine import WrittenFile
from qunxiang.sql import contract_of
from qunxiang.tables import ColumnType, Contract, arrow_schema

ORDERS = contract_of("orders", {"id": ColumnType.TEXT, "amount": ColumnType.INTEGER})
WIDER = contract_of("orders", {"id": ColumnType.TEXT, "amount": ColumnType.INTEGER, "城市": ColumnType.TEXT})

Write = Callable[..., WrittenFile]


def write_file(lake: DeltaLake, *ids: str, contract: Contract = ORDERS) -> WrittenFile:
    """Write one file of rows (id, amount …) into a fresh folder of the table."""
    folder = lake.folder(contract.name)
    folder.mkdir(parents=True)
    path = folder / "part.parquet"
    columns = {"id": ids, "amount": range(len(ids)), "城市": ["上海"] * len(ids)}
    arrays = [pa.array(columns[f.name], f.type) for f in arrow_schema(contract)]
    pq.write_table(pa.table(arrays, schema=arrow_schema(contract)), path, store_schema=False)
    return WrittenFile(path=path, rows=len(ids), size_bytes=path.stat().st_size)


def ids(lake: DeltaLake, version: int, table: str = "orders") -> list[str]:
    """Read the ids of a version from its files alone."""
    found = lake.at(table, version)
    rows = [i for file in found.files for i in pq.read_table(file)["id"].to_pylist()]
    assert len(rows) == found.rows
    return sorted(rows)
