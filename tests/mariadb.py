"""A MariaDB server for tests: started once per test process on a free port, stopped and removed at its end.

Import the fixtures in a ``conftest.py``: ``from mariadb import mariadb_server, mariadb_url``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
import pytest

from local_server import free_port

PACKAGES = "mariadb-server-core mariadb-client-core"
MISSING = f"These tests need MariaDB and found no {{program}}. Install it: apt-get install {PACKAGES}"
START_SECONDS = 120
USER, PASSWORD = "qx", "p@ss/w0rd '\"#"


class MariadbMissingError(Exception):
    """MariaDB's programs are not installed."""


@dataclass(frozen=True)
class MariadbServer:
    """A running server; `port` on 127.0.0.1, user `qx` with a password that is hard to write into an address."""

    port: int

    def connect(self, database: str | None = None, **options: Any) -> pymysql.Connection[Any]:
        """Return a connection that commits every statement."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            **options,
        )

    def url(self, database: str) -> str:
        """Return the address of a database, without the password."""
        return f"mariadb://{USER}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str | None = None) -> None:
        """Run a statement."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()


def program(name: str, path: str = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") -> str:
    """Return the path of one of the server's programs.

    Raises
    ------
    MariadbMissingError
        When it is not installed; says what to install.
    """
    found = shutil.which(name, path=path)
    if found is None:
        raise MariadbMissingError(MISSING.format(program=name))
    return found


def _as_somebody() -> list[str]:
    # the server refuses to run as root; and it shall not outlive a test process that is killed
    command = ["setpriv", "--pdeathsig", "TERM"]
    if os.geteuid() == 0:
        command += ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    return command


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], MariadbServer]:
    """Start the server; another port is tried when somebody takes ours meanwhile."""
    quoted = PASSWORD.replace("\\", "\\\\").replace("'", "''")
    first = folder / "first.sql"
    first.write_text(
        f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{quoted}';\n"
        f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n",
        "utf-8",
    )
    for _ in range(5):
        server = MariadbServer(free_port())
        command = [
            *(*_as_somebody(), program("mariadbd"), "--no-defaults", f"--datadir={folder / 'data'}"),
            *(f"--port={server.port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"),
            *(f"--pid-file={folder / 'pid'}", f"--init-file={first}", "--innodb-flush-log-at-trx-commit=0"),
            *("--innodb-buffer-pool-size=32M", "--skip-log-bin", "--character-set-server=utf8mb4"),
            *("--skip-name-resolve", "--default-time-zone=+08:00"),
        ]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                server.connect().close()
            except pymysql.MySQLError:
                time.sleep(0.05)
            else:
                return process, server
        _stop(process)
    raise RuntimeError(f"MariaDB did not start:\n{(folder / 'log').read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    """Return a running server."""
    try:
        install = program("mariadb-install-db")
    except MariadbMissingError as error:
        pytest.fail(str(error), pytrace=False)
    folder = Path(tempfile.mkdtemp(prefix="qx-maria-"))  # not pytest's folder: the server's user must reach it
    process = None
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        made = subprocess.run(
            [
                *(*_as_somebody(), install, "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db"),
                "--auth-root-authentication-method=normal",
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            pytest.fail(f"mariadb-install-db failed:\n{made.stdout}{made.stderr}", pytrace=False)
        process, server = _start(folder)
        yield server
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mariadb_database(mariadb_server: MariadbServer) -> Iterator[str]:
    """Return the name of a fresh, empty database."""
    name = f"t{uuid.uuid4().hex}"
    mariadb_server.run(f"CREATE DATABASE {name}")
    yield name
    mariadb_server.run(f"DROP DATABASE {name}")
