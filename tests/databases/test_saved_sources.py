"""Sources kept under a name: their passwords stand nowhere else, and from afar only what is allowed is reached."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from mariadb import PASSWORD, MariadbServer
from qunxiang import Workspace
from qunxiang.errors import ContractError, NotAllowedError, SettingError, SourceError, UnknownNameError
from qunxiang.model import Actor, NewDefinition, Role
from qunxiang.services.cursors import CURSOR

SECRET = "hunter2-长密码"


def orders(folder: Path, rows: int = 3) -> str:
    file = folder / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS orders (order_id, person_id, ordered_at, amount, seq INTEGER)")
        for i in range(rows):
            connection.execute("INSERT INTO orders VALUES (?, 'p', '2024-05-01', 1.5, ?)", (f"o{i}", i))
    connection.close()
    return f"sqlite:///{file}"


def written(ws: Workspace) -> str:
    """Return everything that the workspace's folder holds outside the secrets, as text."""
    folder = ws.settings.folder
    files = [p for p in folder.rglob("*") if p.is_file() and "secrets" not in p.relative_to(folder).parts]
    return "".join(p.read_bytes().decode("utf-8", "replace") for p in files)


def test_a_password_stands_nowhere_but_in_its_file(
    ws: Workspace, mariadb_server: MariadbServer, mariadb_database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"mysql://qx:{SECRET}@127.0.0.1:{mariadb_server.port}/{mariadb_database}"
    made = ws.sources.add("shop", url)
    assert made.url == f"mysql://qx@127.0.0.1:{mariadb_server.port}/{mariadb_database}"
    assert made.password == "kept"
    rows = ws.sources.rows(url, table="t")
    for call in (lambda: ws.sources.tables("shop"), lambda: ws.load("orders", rows)):
        with pytest.raises(SourceError, match="Access denied") as found:
            call()
        assert SECRET not in str(found.value) + repr(found.value) + json.dumps(found.value.params)
    said = capfd.readouterr()
    shown = repr(rows) + repr(made) + repr(ws.sources.list()) + repr(ws.audit.list()) + said.out + said.err
    assert SECRET not in shown + written(ws)
    (kept,) = (ws.settings.folder / "secrets").iterdir()
    assert kept.read_text("utf-8") == SECRET
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    ws.sources.add("shop", made.url, password=PASSWORD)
    assert ws.sources.tables("shop") == []
    ws.sources.remove("shop")
    assert list((ws.settings.folder / "secrets").iterdir()) == []
    with pytest.raises(UnknownNameError):
        ws.sources.tables("shop")


def test_a_changed_address_does_not_take_the_password_along(ws: Workspace) -> None:
    ws.sources.add("shop", f"postgresql://a:{SECRET}@db.example/shop")
    ws.sources.add("shop", "postgresql://a@elsewhere.example/shop")
    assert ws.sources.list()[0].password == "none"
    assert list((ws.settings.folder / "secrets").iterdir()) == []


def test_a_password_from_the_environment(
    ws: Workspace, mariadb_server: MariadbServer, mariadb_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws.sources.add("shop", mariadb_server.url(mariadb_database), variable="QUNXIANG_PASSWORD_SHOP")
    with pytest.raises(SourceError, match="QUNXIANG_PASSWORD_SHOP"):
        ws.sources.tables("shop")
    monkeypatch.setenv("QUNXIANG_PASSWORD_SHOP", PASSWORD)
    assert ws.sources.tables("shop") == []
    with pytest.raises(SettingError):
        ws.sources.add("shop", mariadb_server.url(mariadb_database), variable="HOME")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/b",
        "file:///etc/passwd",
        "postgresql://h/d?service=x",
        "postgresql://h/d?passfile=/etc/passwd",
        "postgresql:///d?host=/tmp",
        "mysql://h/d?unix_socket=/tmp/x",
        "mysql://h/d?read_default_file=/etc/my.cnf",
        f"postgresql://u:{SECRET}/@h/d",
        "mysql://h:port/d",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=rwc",
    ],
)
def test_addresses_that_are_refused_are_not_repeated(ws: Workspace, url: str) -> None:
    with pytest.raises(SourceError) as found:
        ws.sources.add("x", url)
    assert url not in str(found.value) or url == "sqlite:///"
    assert SECRET not in str(found.value)


def test_from_afar_only_what_is_allowed(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = orders(tmp_path)
    analyst = ws.acting_as(Actor(name="a", role=Role.ANALYST, via="web"))
    admin = ws.acting_as(Actor(name="b", role=Role.ADMIN, via="rest"))
    for somebody in (analyst, admin):
        with pytest.raises(NotAllowedError, match="QUNXIANG_SOURCE_FOLDERS"):
            somebody.sources.add("shop", url)
        with pytest.raises(NotAllowedError):
            somebody.load("orders", ws.sources.rows(url, table="orders"))
        with pytest.raises(NotAllowedError):
            somebody.sources.add("shop", "postgresql://h/d", variable="QUNXIANG_PASSWORD_X")
    with pytest.raises(NotAllowedError, match="QUNXIANG_SOURCE_HOSTS"):
        analyst.sources.add("inside", "postgresql://169.254.169.254/x")
    admin.sources.add("inside", "postgresql://db.example/x")
    monkeypatch.setenv("QUNXIANG_SOURCE_HOSTS", "other.example, DB.example")
    analyst.sources.add("inside", "postgresql://db.example/x")
    monkeypatch.setenv("QUNXIANG_SOURCE_FOLDERS", str(tmp_path))
    analyst.sources.add("shop", url)
    assert analyst.load("orders", ws.sources.rows("shop", table="orders")).accepted == 3


def test_the_workspace_s_own_files_are_no_source(ws: Workspace) -> None:
    with pytest.raises(NotAllowedError):
        ws.sources.add("self", f"sqlite:///{ws.settings.folder}/state.db")
    with pytest.raises(NotAllowedError):
        ws.load("orders", ws.sources.rows(f"sqlite:///{ws.settings.folder}/state.db", table="users"))


def test_a_cursor_goes_on_where_it_was(ws: Workspace, tmp_path: Path) -> None:
    url = orders(tmp_path)
    ws.sources.add("shop", url)
    rows = ws.sources.rows("shop", table="orders", cursor="seq", overlap=0)
    assert ws.load("orders", rows, dry_run=True).read == 3
    assert ws.load("orders", rows).read == 3, "a check alone moves no cursor"
    assert ws.load("orders", rows).read == 1, "the greatest value is read again"
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("UPDATE orders SET amount = 9, seq = 7 WHERE order_id = 'o0'")
        connection.execute("INSERT INTO orders VALUES ('late', 'p', '2024-05-02', 2, 1)")
        connection.execute("INSERT INTO orders VALUES ('o9', 'p', '2024-05-02', 2, NULL)")
    connection.close()
    report = ws.load("orders", rows)
    assert (report.read, report.new, report.changed) == (3, 1, 1)
    assert ws.load("orders", ws.sources.rows("shop", table="orders", cursor="seq", overlap=6)).new == 1
    (cursor,) = ws.sources.list()[0].cursors
    assert (cursor.of, cursor.cursor, cursor.value) == ("orders", "seq", "7")
    again = ws.load("orders", ws.sources.rows("shop", table="orders", cursor="seq", restart=True))
    assert (again.read, again.accepted) == (5, 0)


def test_a_rejected_row_that_a_cursor_reads_again_is_kept_once(ws: Workspace, tmp_path: Path) -> None:
    ws.sources.add("shop", orders(tmp_path))
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("INSERT INTO orders VALUES ('bad', 'p', 'someday', 2, 3)")
        connection.execute("INSERT INTO orders VALUES ('bad', 'p', 'someday', 2, 3)")
    connection.close()
    for number, table in enumerate(("orders", "ORDERS")):
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute(f"INSERT INTO orders VALUES ('n{number}', 'p', '2024-05-02', 2, {4 + number})")
        connection.close()
        report = ws.load("orders", ws.sources.rows("shop", table=table, cursor="seq", overlap=3 * number))
        assert (report.new, report.rejected) == (4 if number == 0 else 1, 2)
    assert ws.data.reject_counts("orders")[0].open == 2, "two rows, however often they are read"
    assert ws.load("orders", ws.sources.rows("shop", table="orders")).rejected == 2, "all rows, as every night"
    assert ws.data.reject_counts("orders")[0].open == 2
    first = ws.data.rejects("orders")["quarantine_id"][0].as_py()
    ws.data.repair_reject("orders", first, {"ordered_at": "2024-05-01"})
    assert ws.load("orders", ws.sources.rows("shop", table="orders", cursor="seq", restart=True)).rejected == 2
    (state,) = ws.data.reject_counts("orders")
    assert (state.open, state.mended) == (1, 1)


def test_a_table_keeps_one_cursor_however_it_is_typed(ws: Workspace, tmp_path: Path) -> None:
    url = orders(tmp_path)
    ws.sources.add("shop", url)
    for value, table in ((0, "main.Orders"), (1, "other.orders"), (2, "ORDERS")):  # as earlier versions stored them
        key = hashlib.sha256("\x1f".join((url, table, "", "seq")).encode()).hexdigest()[:32]
        body = {"table": "orders", "source": "shop", "of": table, "cursor": "seq", "form": "integer"}
        stored = NewDefinition(kind=CURSOR, id=f"orders:{key}", body=body | {"value": str(value)})
        ws.house.state.put(stored, author="a", at=ws.house.clock.now())
    for table, cursor in (("orders", "SEQ"), ('main."ORDERS"', "seq")):
        rows = ws.sources.rows("shop", table=table, cursor=cursor, overlap=0)
        assert ws.load("orders", rows).read == 1, "on from the newest of them"
        cursors = {(c.of, c.cursor, c.value) for c in ws.sources.list()[0].cursors}
        assert cursors == {("orders", "seq", "2"), ("other.orders", "seq", "1")}


def test_a_cursor_load_in_another_way_says_that_earlier_rows_stay(ws: Workspace, tmp_path: Path) -> None:
    ws.sources.add("shop", orders(tmp_path))

    def noted(**how: Any) -> bool:
        restart = how.pop("restart", False)
        rows = ws.sources.rows("shop", table="orders", cursor="seq", overlap=0, restart=restart)
        return "load.note.read_otherwise" in {n.code for n in ws.load("orders", rows, **how).notes}

    ways: list[dict[str, Any]] = [{"keep": "none"}, {"system": "till"}, {"columns": {"channel": "seq"}}]
    ways.append({"reading": {"dates": {"*": "dmy"}}})
    assert not noted(), "nothing was read before"
    assert [noted(**way, dry_run=True) for way in ways] == [True] * 4
    assert not noted(columns={"amount": "amount"}), "the same way, said in words"
    assert [noted(**ways[0], restart=again) for again in (True, False)] == [False, False]
    assert [noted(), noted()] == [True, False], "said once: the way is now this one"
    (stored,) = ws.house.state.definitions(CURSOR)
    body = {name: value for name, value in stored.body.items() if name != "way"}
    ws.house.state.put(NewDefinition(kind=CURSOR, id=stored.id, body=body), author="a", at=ws.house.clock.now())
    assert not noted(keep="none"), "a cursor of an earlier version does not know how its rows were read"


def test_rows_of_a_database_are_kept_with_values_left_empty(ws: Workspace, tmp_path: Path) -> None:
    """What a cursor reads again stays as it is; a way that leaves values empty is another way of reading."""
    path = tmp_path / "crm.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE people (person_id TEXT, birth_date TEXT, seq INTEGER)")
        made.executemany("INSERT INTO people VALUES (?, ?, ?)", [("1", "1990-01-01", 1), ("2", "问王姐", 2)])
    ws.sources.add("crm", f"sqlite:///{path}")
    rows = ws.sources.rows("crm", table="people", cursor="seq", overlap=5)
    assert ws.load("persons", rows).rejected == 1
    report = ws.load("persons", rows, reading={"unreadable": "blank"})
    assert (report.new, report.unchanged, report.rejected, report.blanked_rows) == (1, 1, 0, 1)
    assert "load.note.read_otherwise" in {n.code for n in report.notes}
    again = ws.load("persons", rows, reading={"unreadable": "blank"})
    assert (again.accepted, again.unchanged, again.blanked_rows) == (0, 2, 1)
    (state,) = ws.data.reject_counts("persons")
    (found,) = ws.data.rejects("persons", blanked=True).to_pylist()
    assert (state.blanked, found["birth_date"]) == (1, "问王姐")


def test_equal_rows_of_a_database_of_which_one_was_mended_are_each_in_the_table_once(
    ws: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "crm.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE lines (order_id TEXT, product_id TEXT, ordered_at TEXT, quantity TEXT, amount TEXT)")
        made.executemany("INSERT INTO lines VALUES ('1', 'P', '2024-01-01', ?, '5')", [("many",), ("2",), ("many",)])
    made.close()
    ws.sources.add("crm", f"sqlite:///{path}")
    rows = ws.sources.rows("crm", table="lines")
    assert ws.load("order_lines", rows).rejected == 2
    first = ws.data.rejects("order_lines")["quarantine_id"][0].as_py()
    assert ws.data.repair_reject("order_lines", first, {"quantity": "3"}).new == 1
    report = ws.load("order_lines", rows, reading={"unreadable": "blank"})
    assert (report.new, report.unchanged, report.blanked_rows) == (1, 2, 1)
    (state,) = ws.data.reject_counts("order_lines")
    assert (state.open, state.mended, state.blanked) == (0, 1, 1)
    assert ws.load("order_lines", rows, reading={"unreadable": "blank"}).accepted == 0


def test_a_cursor_needs_something_to_know_rows_by(ws: Workspace, tmp_path: Path) -> None:
    url = orders(tmp_path)
    with pytest.raises(ContractError, match="line_id"):
        ws.load(
            "order_lines",
            ws.sources.rows(
                url,
                query="SELECT order_id, seq AS s, 'x' AS product_id, amount, ordered_at, person_id FROM orders",
                cursor="s",
            ),
        )
    with pytest.raises(SourceError, match="nothing"):
        ws.load("orders", ws.sources.rows(url, table="orders", cursor="nothing"))


def test_tables_with_a_guess(ws: Workspace, tmp_path: Path) -> None:
    ws.sources.add("shop", orders(tmp_path))
    (found,) = ws.sources.tables("shop")
    assert (found.name, found.guess) == ("orders", "orders")
    assert {c.name: c.fills for c in found.columns}["amount"] == "amount"
