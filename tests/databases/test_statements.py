"""Only a single SELECT that reads is sent, and it runs where nothing can be written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from test_types import read

from mariadb import PASSWORD, MariadbServer
from qunxiang.adapters.databases.statement import selected, since, single_select
from qunxiang.errors import SourceError
from qunxiang.ports.databases import DatabaseRows, Form, Position

REFUSED = (
    "",
    "DELETE FROM t",
    "UPDATE t SET a = 1",
    "SELECT 1; DROP TABLE t",
    "SELECT * INTO u FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t FOR SHARE",
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
    "INSERT INTO t SELECT 1",
    "CREATE TABLE u AS SELECT 1",
    "DROP TABLE t",
    "EXPLAIN ANALYZE DELETE FROM t",
    "COPY t TO '/tmp/x'",
    "SET ROLE postgres",
    "CALL p()",
    "SELECT pg_sleep(100)",
    "SELECT PG_CATALOG.pg_read_file('/etc/passwd')",
    "SELECT \"pg_read_file\"('/etc/passwd')",
    "SELECT dblink_exec('x', 'y')",
    "SELECT nextval('s')",
    "SELECT set_config('a', 'b', false)",
    "SELECT query_to_xml_and_xmlschema('DELETE FROM t RETURNING *', true, true, '')",
    "SELECT * FROM crosstab('SELECT 1')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_file_write('a', 'b', false)",
    "SELECT $1",
    "BEGIN",
    "SELECT (",
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "SELECT '" + "x" * 100_001 + "'",
)
MYSQL_REFUSED = (
    "SELECT * FROM t INTO OUTFILE '/tmp/x'",
    "SELECT LOAD_FILE('/etc/passwd')",
    "SELECT SLEEP(100)",
    "SELECT GET_LOCK('a', 1)",
    "SELECT @a := 1",
    "SELECT * FROM t LOCK IN SHARE MODE",
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t",
)


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_only_read_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        single_select(text, "postgres")


@pytest.mark.parametrize("text", MYSQL_REFUSED)
def test_what_does_not_only_read_is_refused_for_mysql(text: str) -> None:
    with pytest.raises(SourceError):
        single_select(text, "mysql")


def test_comments_are_not_sent() -> None:
    sent = single_select("SELECT /*!50000 SLEEP(3), */ a /* b */ FROM t -- c", "mysql").sql("mysql")
    assert sent == "SELECT a FROM t"


def test_a_query_without_end_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qunxiang.adapters.databases.sqlite.STATEMENT_SECONDS", 0.2)
    sqlite3.connect(tmp_path / "x.db").close()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(SourceError, match="interrupted"):
        read(f"sqlite:///{tmp_path / 'x.db'}", query=endless)


def test_names_stay_names() -> None:
    sent = selected(DatabaseRows("s", table='x"; DROP TABLE t; --'), "postgres").sql("postgres")
    assert sent == 'SELECT * FROM "x""; DROP TABLE t; --"'
    with pytest.raises(SourceError):
        selected(DatabaseRows("s"), "postgres")
    with pytest.raises(SourceError):
        selected(DatabaseRows("s", table="t", query="SELECT 1"), "postgres")


@pytest.mark.parametrize(
    ("form", "value", "overlap", "scheme", "start"),
    [
        (Form.INTEGER, "5000", None, "postgresql", "4000"),
        (Form.INTEGER, "5", 10, "postgresql", "-5"),
        (Form.DECIMAL, "10.5", 1, "mysql", "9.5"),
        (Form.DATE, "2024-03-01", None, "mysql", "'2024-02-29'"),
        (Form.MOMENT, "2024-03-01 00:00:00.000001+00:00", None, "mysql", "'2024-02-29 23:55:00.000001'"),
        (Form.TEXT, "it's", None, "sqlite", "'it''s' COLLATE BINARY"),
    ],
)
def test_where_a_load_begins(form: Form, value: str, overlap: int | None, scheme: str, start: str) -> None:
    query = selected(DatabaseRows("s", table="t"), "mysql")
    dialect = {"postgresql": "postgres"}.get(scheme, scheme)
    sent = since(query, "c", Position(form, value), overlap, scheme).sql(dialect)
    column = "`c`" if dialect == "mysql" else '"c"'
    assert sent.endswith(f"WHERE {column} >= {start} OR {column} IS NULL")


def test_databases_refuse_what_slips_through(
    postgres_url: str, mariadb_server: MariadbServer, mariadb_database: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int)")
        connection.execute("CREATE FUNCTION sly() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING a'")
    with pytest.raises(SourceError, match="read-only"):
        read(postgres_url, query="SELECT sly() AS a")
    mariadb_server.run("CREATE TABLE t (a int)", mariadb_database)
    mariadb_server.run(
        "CREATE FUNCTION sly() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO t VALUES (1); RETURN 1; END",
        mariadb_database,
    )
    with pytest.raises(SourceError, match=r"READ ONLY|1792"):
        read(mariadb_server.url(mariadb_database), PASSWORD, query="SELECT sly() AS a")
    file = tmp_path / "s.db"
    sqlite3.connect(file).close()
    for query in ("SELECT load_extension('x')", "SELECT * FROM pragma_database_list"):
        with pytest.raises(SourceError):
            read(f"sqlite:///{file}", query=query)
    for url, password in ((postgres_url, None), (mariadb_server.url(mariadb_database), PASSWORD)):
        assert read(url, password, table="t").num_rows == 0


def test_errors_say_what_is_wrong_and_no_value(postgres_url: str) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        read(postgres_url, table="nothing")
    with pytest.raises(SourceError) as found:
        read(postgres_url, query="SELECT CAST(a AS int) FROM (VALUES ('13800138000x')) AS v(a)")
    assert "13800138000" not in str(found.value)
