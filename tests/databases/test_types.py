"""Values keep their types and every digit, from each database; what has no place in a type is quarantined whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from mariadb import PASSWORD, MariadbServer
from qunxiang import Workspace
from qunxiang.adapters.databases import SqlDatabases
from qunxiang.adapters.databases.sql_databases import _batches
from qunxiang.adapters.databases.values import Column
from qunxiang.ports.databases import DatabaseRows, Form

MOMENT = datetime(2024, 2, 29, 15, 59, 59, 123456, tzinfo=UTC)
HUGE = "12345678901234567890123456.000000000001"


def read(url: str, password: str | None = None, **asked: Any) -> pa.Table:
    databases = SqlDatabases()
    address, inside = databases.address(url)
    source = databases.rows(address, password or inside, DatabaseRows("db", **asked))
    return pa.Table.from_batches(list(source.batches()))


def plain(table: pa.Table) -> dict[str, list[Any]]:
    return {k: v for k, v in table.to_pydict().items() if not k.startswith("__")}


def test_postgres(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop")
        connection.execute("""CREATE TABLE shop."T 1" (i bigint, n numeric, f double precision, b boolean, d date,
            ts timestamp, tz timestamptz, j jsonb, u uuid, a int[], t text, m money, raw bytea)""")
        connection.execute(
            f"""INSERT INTO shop."T 1" VALUES (9223372036854775807, {HUGE}, 0.1, true, '2024-02-29',
            '2024-02-29 23:59:59.123456', '2024-02-29 23:59:59.123456+08', '{{"城": "上海"}}',
            '00000000-0000-0000-0000-000000000001', '{{1,2}}', '𠮷 “x”', 1, '\\x00ff')"""
        )
        connection.execute('INSERT INTO shop."T 1" DEFAULT VALUES')
    found = read(postgres_url, table="shop.T 1")
    assert plain(found.slice(0, 1)) == {
        "i": [9223372036854775807],
        "n": [HUGE],
        "f": [0.1],
        "b": [True],
        "d": [date(2024, 2, 29)],
        "ts": [datetime(2024, 2, 29, 23, 59, 59, 123456)],
        "tz": [MOMENT],
        "j": ['{"城": "上海"}'],
        "u": ["00000000-0000-0000-0000-000000000001"],
        "a": ["{1,2}"],
        "t": ["𠮷 “x”"],
        "m": ["$1.00"],
        "raw": ["\\x00ff"],
    }
    assert all(v == [None] for v in plain(found.slice(1)).values())
    assert found.schema.field("tz").type == pa.timestamp("us", tz="UTC")


def test_postgres_values_beyond_a_type_are_broken_rows(postgres_url: str) -> None:
    query = "SELECT * FROM (VALUES (1, date '2024-01-01'), (2, 'infinity'), (3, '0044-03-15 BC'), (4, NULL)) AS v(i, d)"
    found = read(postgres_url, query=query)
    assert found["__row__"].to_pylist() == [1, 2, 3, 4]
    assert found["i"].to_pylist() == [1, None, None, 4]
    assert found["__broken__"].to_pylist() == [
        None,
        '{"i": "2", "d": "infinity"}',
        '{"i": "3", "d": "0044-03-15 BC"}',
        None,
    ]


def test_mariadb(mariadb_server: MariadbServer, mariadb_database: str) -> None:
    mariadb_server.run(
        """CREATE TABLE t (i bigint, n decimal(38, 12), f double, b boolean, bit1 bit(1), d date, ts datetime(6),
        tz timestamp(6) NULL, j json, u bigint unsigned, t text, y year)""",
        mariadb_database,
    )
    mariadb_server.run(
        f"""INSERT INTO t VALUES (-9223372036854775808, {HUGE}, 0.1, true, b'1', '2024-02-29',
        '2024-02-29 23:59:59.123456', '2024-02-29 23:59:59.123456', '{{"城": "上海"}}', 18446744073709551615,
        '𠮷 “x” \\\\ %', 2024)""",
        mariadb_database,
    )
    mariadb_server.run("SET sql_mode = ''; ", mariadb_database)
    found = read(mariadb_server.url(mariadb_database), PASSWORD, table="t")
    assert found["__broken__"].to_pylist() == [None]
    assert plain(found) == {
        "i": [-9223372036854775808],
        "n": [HUGE],
        "f": [0.1],
        "b": [1],
        "bit1": [True],
        "d": [date(2024, 2, 29)],
        "ts": [datetime(2024, 2, 29, 23, 59, 59, 123456)],
        "tz": [MOMENT],  # the server stands in +08:00
        "j": ['{"城": "上海"}'],
        "u": ["18446744073709551615"],
        "t": ["𠮷 “x” \\ %"],
        "y": [2024],
    }
    like = read(mariadb_server.url(mariadb_database), PASSWORD, query="SELECT t FROM t WHERE t LIKE '%\\\\%'  # x")
    assert like.num_rows == 0 or like["t"].to_pylist() == ["𠮷 “x” \\ %"]


def test_a_table_has_the_name_that_its_database_lists(
    postgres_url: str, mariadb_server: MariadbServer, mariadb_database: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute('CREATE SCHEMA shop CREATE TABLE t (seen int) CREATE TABLE "T" (seen int)')
        connection.execute("CREATE TABLE public.t (seen int)")
    mariadb_server.run("CREATE TABLE t (seen int)", mariadb_database)
    names = {
        "t": "public.t",
        "public.t": "public.t",
        '"public"."t"': "public.t",
        "shop.t": "shop.t",
        "shop.T": "shop.T",
    }
    asked = [(postgres_url, None, typed, name) for typed, name in names.items()]
    for typed in ("t", f"{mariadb_database}.t", "`t`"):
        asked.append((mariadb_server.url(mariadb_database), PASSWORD, typed, "t"))
    databases = SqlDatabases()
    for url, password, typed, name in asked:
        rows = DatabaseRows("db", table=typed, cursor="SEEN")
        assert databases.named(databases.address(url)[0], password, rows) == replace(rows, table=name, cursor="seen")


def test_mariadb_zero_day_is_unknown(mariadb_server: MariadbServer, mariadb_database: str) -> None:
    mariadb_server.run("CREATE TABLE z (i int, d date, ts datetime)", mariadb_database)
    connection = mariadb_server.connect(mariadb_database, init_command="SET sql_mode = ''")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO z VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2024-00-00', NULL)")
    connection.close()
    found = read(mariadb_server.url(mariadb_database), PASSWORD, table="z")
    assert found["d"].to_pylist() == found["ts"].to_pylist() == [None, None]
    assert found["__broken__"].to_pylist() == [None, '{"i": "2", "d": "2024-00-00", "ts": null}']


def test_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a b.db") as connection:
        connection.execute("CREATE TABLE t (i, f, mixed, t, none)")
        connection.execute("INSERT INTO t VALUES (9223372036854775807, 0.1, 5, '上海', NULL)")
        connection.execute("INSERT INTO t VALUES (1, 2.5, 'x', 'b', NULL)")
    connection.close()
    found = read(f"sqlite:///{tmp_path}/a%20b.db", table="t")
    assert plain(found) == {
        "i": [9223372036854775807, 1],
        "f": [0.1, 2.5],
        "mixed": ["5", "x"],
        "t": ["上海", "b"],
        "none": [None, None],
    }


def test_batches_stay_small_however_heavy_a_row_is() -> None:
    weights: list[int] = []

    def rows() -> Iterator[tuple[str, ...]]:
        for _ in range(300):
            yield ("x" * 1_000_000,)

    left = rows()

    def fetch(size: int) -> list[tuple[str, ...]]:
        found = list(islice(left, size))
        weights.append(sum(len(r[0]) for r in found))
        return found

    batches = list(_batches((Column("t", Form.TEXT),), fetch))
    assert sum(b.num_rows for b in batches) == 300
    assert max(weights[1:]) <= 8 * 1024 * 1024, "after the first look a fetch keeps to its size"
    assert max(b.nbytes for b in batches[1:]) <= 40 * 1024 * 1024


def test_a_load_keeps_cents_and_zones(ws: Workspace, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE o (order_id int, person_id text, ordered_at timestamp, amount numeric(20, 2))")
        connection.execute("INSERT INTO o VALUES (1, 'a', '2024-05-01 00:30', 90071992547409.93), (2, 'b', NULL, 1)")
    report = ws.load("orders", ws.sources.rows(postgres_url, table="o"))
    assert (report.read, report.accepted, report.rejected) == (2, 1, 1)
    assert postgres_url not in report.source or "@" in report.source
    again = ws.load("orders", ws.sources.rows(postgres_url, table="o"))
    assert (again.accepted, again.unchanged, again.rejected) == (0, 1, 1)
    assert ws.data.rejects("orders").num_rows == 1, "a row that is rejected again is kept once"
