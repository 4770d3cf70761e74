"""A PostgreSQL server for tests: started once per test process on a free port, stopped and removed at its end.

Import the fixtures in a ``conftest.py``: ``from postgres import postgres_server, postgres_url``.
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

import psycopg
import pytest

from local_server import free_port

DEBIAN_FOLDER = Path("/usr/lib/postgresql")
MISSING = "These tests need PostgreSQL and found no {program}. Install it: apt-get install postgresql"
START_SECONDS = 120


class PostgresMissingError(Exception):
    """PostgreSQL's programs are not installed."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `port` on 127.0.0.1, superuser `qx` without password."""

    port: int

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://qx@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """Run a statement such as CREATE DATABASE, outside of any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def program(name: str, folder: Path = DEBIAN_FOLDER, path: str | None = None) -> str:
    """Return the path of one of the server's programs, newest version first, else from the search path.

    Raises
    ------
    PostgresMissingError
        When it is not installed; says what to install.
    """
    versions = sorted(folder.glob(f"*/bin/{name}"), key=lambda p: float(p.parts[-3]), reverse=True)
    found = str(versions[0]) if versions else shutil.which(name, path=path)
    if found is None:
        raise PostgresMissingError(MISSING.format(program=name))
    return found


def _as_somebody() -> list[str]:
    # the server refuses to run as root; and it shall not outlive a test process that is killed
    command = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        command += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    return command


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], PostgresServer]:
    """Start the server; another port is tried when somebody takes ours meanwhile."""
    for _ in range(5):
        server = PostgresServer(free_port())
        settings = [
            *("listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off", "max_connections=50"),
            *("full_page_writes=off", "synchronous_commit=off", "shared_buffers=32MB", "autovacuum=off"),
        ]
        command = [*_as_somebody(), program("postgres"), "-D", str(folder / "data"), "-p", str(server.port)]
        for setting in settings:
            command += ["-c", setting]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                psycopg.connect(server.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return process, server
        _stop(process)
    raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(2)  # fast shutdown: ends connections, does not wait for them
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return a running server."""
    try:
        initdb = program("initdb")
    except PostgresMissingError as error:
        pytest.fail(str(error), pytrace=False)
    folder = Path(tempfile.mkdtemp(prefix="qx-pg-"))  # not pytest's folder: the server's user must reach it
    process = None
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        command = [*_as_somebody(), initdb, "-D", str(folder / "data"), "-U", "qx", "-A", "trust", "-N"]
        made = subprocess.run(
            [*command, "-E", "UTF8", "--no-locale"], cwd=folder, capture_output=True, text=True, check=False
        )
        if made.returncode:
            pytest.fail(f"initdb failed:\n{made.stdout}{made.stderr}", pytrace=False)
        process, server = _start(folder)
        yield server
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the address of a fresh, empty database."""
    name = f"t{uuid.uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")
