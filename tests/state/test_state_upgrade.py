"""Making, opening and upgrading; what is refused."""

from __future__ import annotations

import inspect
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, Text, event, text
from sqlalchemy.exc import DBAPIError

from qunxiang.adapters.state import SqlState, snapshots, upgrade
from qunxiang.adapters.state.database import Database
from qunxiang.adapters.state.schema import REVISIONS, metadata
from qunxiang.errors import ConflictError, QunxiangError, SettingError, StorageError, WorkspaceError
from qunxiang.model import Actor, Role
from qunxiang.ports.state import NewSnapshot, State

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _migrate_and_break(connection: Connection) -> None:
    upgrade.migrate(connection)
    connection.execute(text("SELECT no_such_column"))


def _publish(state: SqlState, tables: dict[str, int]) -> None:
    state.publish(NewSnapshot(kind="load", tables=tables), actor=Actor.owner(), at=NOON)


def test_it_offers_what_the_port_asks_for() -> None:
    wanted = {name: method for name, method in vars(State).items() if inspect.isfunction(method) and name[0] != "_"}
    assert len(wanted) > 25
    for name, method in wanted.items():
        assert list(inspect.signature(getattr(SqlState, name)).parameters) == list(inspect.signature(method).parameters)


def test_migrations_make_what_the_tables_say(url: str) -> None:
    with _database(url) as database, database.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        other = MetaData()
        for table in metadata.sorted_tables:
            table.to_metadata(other)
        Table("users", other, Column("email", Text), extend_existing=True)
        assert [difference[0] for difference in compare_metadata(context, other)] == ["add_column"]


def test_the_revisions_known_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(upgrade.MIGRATIONS))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


def test_an_older_schema_is_upgraded_and_keeps_its_records(empty_url: str) -> None:
    with _database(empty_url) as database, database.writing() as connection:
        upgrade.migrate(connection, REVISIONS[0])
        new = NewSnapshot(kind="load", tables={"orders": 5})
        before = snapshots.add(connection, new, author="anna", at=NOON)
    with SqlState.open(empty_url) as state:
        assert state.head() == before
        assert state.add_user("anna", Role.ADMIN, at=NOON, password_hash=None).name == "anna"
    with _database(empty_url) as database, database.reading() as connection:
        assert upgrade.revision_of(connection) == REVISIONS[-1]


def test_several_open_an_older_schema_at_once(empty_url: str) -> None:
    with _database(empty_url) as database, database.writing() as connection:
        upgrade.migrate(connection, REVISIONS[0])
    start, failures = threading.Barrier(4), []

    def opened() -> None:
        start.wait()
        try:
            SqlState.open(empty_url).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=opened) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with SqlState.open(empty_url) as state:
        assert state.users() == []


def test_an_upgrade_that_breaks_off_leaves_the_old_schema(empty_url: str) -> None:
    with _database(empty_url) as database:
        with database.writing() as connection:
            upgrade.migrate(connection, REVISIONS[0])
        with pytest.raises(DBAPIError), database.writing() as connection:
            _migrate_and_break(connection)
        with database.reading() as connection:
            assert upgrade.revision_of(connection) == REVISIONS[0]
    SqlState.open(empty_url).close()


def test_a_newer_schema_is_refused_untouched(url: str, tmp_path: Path) -> None:
    with _database(url) as database, database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    try:
        with pytest.raises(WorkspaceError) as error:
            SqlState.open(url)
        assert error.value.code == "error.workspace.newer"
        assert (error.value.params["found"], error.value.params["known"]) == ("0999", REVISIONS[-1])
        assert "Nothing was changed" in error.value.render("en")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
        with pytest.raises(ConflictError):
            SqlState.create(url)
    finally:
        with _database(url) as database, database.writing() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{REVISIONS[-1]}'"))


def test_a_state_is_made_once_and_a_foreign_database_left_alone(empty_url: str) -> None:
    with _database(empty_url) as database, database.writing() as connection:
        connection.execute(text("CREATE TABLE invoices (n INTEGER)"))
    with pytest.raises(WorkspaceError) as foreign:
        SqlState.create(empty_url)
    assert foreign.value.code == "error.state.foreign"
    assert foreign.value.params["tables"] == ["invoices"]
    with pytest.raises(WorkspaceError) as missing:
        SqlState.open(empty_url)
    assert missing.value.code == "error.state.missing"
    with _database(empty_url) as database, database.writing() as connection:
        connection.execute(text("DROP TABLE invoices"))
    SqlState.create(empty_url).close()
    with pytest.raises(ConflictError) as twice:
        SqlState.create(empty_url)
    assert twice.value.code == "error.conflict.state"


def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as missing:
        SqlState.open(tmp_path / "state.db")
    assert missing.value.code == "error.state.missing"
    with pytest.raises(StorageError) as folder:
        SqlState.create(tmp_path / "no" / "state.db")
    assert folder.value.code == "error.state.no_folder"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"PK\x03\x04" * 2000, b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "state.db"
    file.write_bytes(content)
    for step in (SqlState.open, SqlState.create):
        with pytest.raises(WorkspaceError) as error:
            step(file)
        assert error.value.code == "error.state.damaged"
        assert str(file) in error.value.render("zh")
    assert file.read_bytes() == content


def test_a_file_cut_short_or_overwritten_is_said_to_be_damaged(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    with SqlState.create(whole) as state:
        for n in range(200):
            _publish(state, {f"table_{n}": n})
    content = whole.read_bytes()
    for name, damaged in {
        "cut.db": content[: len(content) // 3],
        "over.db": content[:4096] + b"\xa5" * (len(content) - 4096),
    }.items():
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(WorkspaceError) as error:
            SqlState.open(tmp_path / name).snapshots()
        assert error.value.code == "error.state.damaged"


def test_a_full_disk_is_said_and_leaves_the_old_head(tmp_path: Path) -> None:
    with SqlState.create(tmp_path / "state.db") as state:
        _publish(state, {"orders": 1})
    state = SqlState(tmp_path / "state.db")
    event.listen(state._database._engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=20").close())
    new = NewSnapshot(kind="load", tables={"orders": 2}, facts={"x": "y" * 200_000})
    with state, pytest.raises(StorageError) as error:
        state.publish(new, actor=Actor.owner(), at=NOON)
    assert error.value.code == "error.storage.full"
    assert error.value.params == {"folder": str(tmp_path)}
    with SqlState.open(tmp_path / "state.db") as state:
        head = state.head()
        assert head is not None
        assert (head.run, head.tables) == (1, {"orders": 1})


@pytest.mark.parametrize(
    ("condition", "kind", "code"),
    [
        ("53100", StorageError, "error.storage.full"),
        ("55P03", StorageError, "error.state.busy"),
        ("25006", StorageError, "error.state.refused"),
        ("57P01", StorageError, "error.state.unreachable"),
        ("XX001", WorkspaceError, "error.state.damaged"),
    ],
)
def test_failures_of_postgresql_are_told(shared_url: str, condition: str, kind: type[QunxiangError], code: str) -> None:
    with _database(shared_url) as database, pytest.raises(kind) as error, database.writing() as connection:
        connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{condition}'; END $$"))
    assert error.value.code == code


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StorageError) as error:
        SqlState.open("postgresql://anna:geheim@127.0.0.1:1/state")
    sentence = error.value.render("en")
    assert error.value.code == "error.state.unreachable"
    assert "anna:***@127.0.0.1:1/state" in sentence
    assert "geheim" not in sentence


def test_a_database_that_does_not_exist_is_named(shared_url: str) -> None:
    with pytest.raises(StorageError) as error:
        SqlState.open(shared_url.replace("/shared", "/nowhere"))
    assert "nowhere" in error.value.render("zh")


def test_another_writer_that_hangs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qunxiang.adapters.state.database.WAIT_SECONDS", 0.1)
    with SqlState.create(tmp_path / "state.db") as state:
        other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE").close()
        with pytest.raises(StorageError) as error:
            _publish(state, {"orders": 1})
        assert error.value.code == "error.state.busy"
        assert state.head() is None  # readers do not wait
        other.close()
        _publish(state, {"orders": 1})


@pytest.mark.parametrize(
    "url", ["mysql://u:geheim@h/d", "sqlite://", "sqlite:///:memory:", "oracle+x://h/d", "state.db"]
)
def test_addresses_of_other_databases_are_refused(url: str) -> None:
    with pytest.raises(SettingError) as error:
        SqlState.open(url)
    assert error.value.code in {"error.state.url_unfit", "error.state.url_unreadable"}
    assert "geheim" not in error.value.render("en")


def test_sqlite_is_set_up_to_survive_a_power_cut_and_to_read_beside_a_writer(tmp_path: Path) -> None:
    odd = tmp_path / "群像 a?b#c%20d'.db"
    SqlState.create(odd).close()
    assert odd.is_file()
    with SqlState.open(odd) as state, state._database.reading() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert values == ["wal", 2, 1, 30_000]
