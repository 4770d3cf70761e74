"""Running the checks on a few rows in a plain DuckDB."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from qunxiang.adapters.sources import open_source
from qunxiang.intake import Plan, Recognition, Staged, checked, keyed, recognise, staged_schema
from qunxiang.sql import Query, Relation
from qunxiang.tables import LOADED, Contract


def staged_of(rows: Sequence[Mapping[str, Any]] | pa.Table) -> tuple[pa.Table, Staged]:
    """Stage rows as a load does."""
    source = open_source(rows)
    batches = list(source.batches())
    schema, columns = staged_schema(batches[0].schema)
    arrays = [
        pa.RecordBatch.from_arrays([c.cast(f.type) for c, f in zip(b.columns, schema, strict=True)], schema=schema)
        for b in batches
    ]
    return pa.Table.from_batches(arrays), Staged(Relation("staged"), columns)


def connect(**frames: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET GLOBAL timezone = 'UTC'")
    for name, frame in frames.items():
        connection.register(name, frame)
    return connection


def queries(
    table: str, rows: Sequence[Mapping[str, Any]] | pa.Table, plan: Plan | str = "Asia/Shanghai"
) -> tuple[pa.Table, Staged, Contract, Recognition, Query]:
    frame, staged = staged_of(rows)
    contract = LOADED[table]
    recognition = recognise(contract, [c.name for c in staged.columns])
    return (
        frame,
        staged,
        contract,
        recognition,
        checked(staged, contract, recognition, Plan(plan) if isinstance(plan, str) else plan),
    )


def run_checks(
    table: str, rows: Sequence[Mapping[str, Any]] | pa.Table, plan: Plan | str = "Asia/Shanghai"
) -> list[dict[str, Any]]:
    """Return the keyed rows in the source's order."""
    frame, _, contract, recognition, query = queries(table, rows, plan)
    with connect(staged=frame) as connection:
        found = connection.sql(keyed(query, contract, recognition).sql()).to_arrow_table()
    result: list[dict[str, Any]] = found.sort_by("__row__").to_pylist()
    return result
