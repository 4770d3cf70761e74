"""Two walls: a query reads bound names alone, and DuckDB itself reaches nothing outside the workspace."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from sqlglot import exp, parse_one

from qunxiang.adapters.engines import DuckDBEngine
from qunxiang.errors import StorageError
from qunxiang.sql import Query

secret = "a Python variable that must not be readable as a table"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('{workspace}/inside.parquet')",
        "SELECT * FROM read_blob('{workspace}/state.db')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM '{workspace}/inside.parquet'",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM main.t",
        "SELECT 1 AS a WHERE EXISTS (SELECT 1 FROM sqlite_master)",
        "WITH c AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM c",
        "SELECT * FROM secret",
    ],
)
def test_a_query_reads_bound_names_alone(engine: DuckDBEngine, workspace: Path, sql: str) -> None:
    text = sql.replace("{workspace}", str(workspace).replace("'", "''"))
    tree = parse_one(text, read="duckdb")
    assert isinstance(tree, exp.Query)
    with engine.session() as session, pytest.raises(StorageError) as caught:
        session.fetch(Query(tree))
    assert caught.value.code == "error.storage.unbound"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_text('{workspace}/../outside.txt')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '{workspace}/../outside.csv'",
        "EXPORT DATABASE '{workspace}/../outside'",
        "ATTACH '{workspace}/../outside.db' AS outside",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET lock_configuration = false",
        "SET enable_external_access = true",
        "SET GLOBAL TimeZone = 'Asia/Shanghai'",
        "SET TimeZone = 'Asia/Shanghai'",
        "SET memory_limit = '100GB'",
        "SELECT * FROM secret",
    ],
)
def test_duckdb_itself_is_walled_in(engine: DuckDBEngine, workspace: Path, sql: str) -> None:
    (workspace.parent / "outside.txt").write_text("outside")
    before = set(workspace.parent.iterdir())
    with engine.session() as session, pytest.raises(duckdb.Error):
        session._cursor.execute(sql.replace("{workspace}", str(workspace).replace("'", "''"))).fetchall()
    assert set(workspace.parent.iterdir()) == before


def test_a_refused_file_is_told_as_such(engine: DuckDBEngine) -> None:
    with engine.session() as session, pytest.raises(StorageError) as caught:
        session._execute("SELECT * FROM read_text('/etc/passwd')")
    assert caught.value.code == "error.storage.sandbox"
