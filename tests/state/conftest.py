"""Every test of the state runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from postgres import PostgresServer, postgres_server, postgres_url  # noqa: F401  fixtures
from qunxiang.adapters.state import SqlState
from qunxiang.adapters.state.schema import metadata
from qunxiang.ports.clock import FixedClock

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state.db"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture(scope="session")
def shared_url(postgres_server: PostgresServer) -> str:  # noqa: F811
    """Return the address of a PostgreSQL database with a state that tests use one after the other."""
    postgres_server.run("CREATE DATABASE shared")
    SqlState.create(postgres_server.url("shared")).close()
    return postgres_server.url("shared")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a state without records."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/state.db"
        SqlState.create(address).close()
        return address
    address = request.getfixturevalue("shared_url")
    with psycopg.connect(address) as connection:
        connection.execute("SET session_replication_role = replica")  # lifts the guard of the audit
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE")
    return address


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at noon."""
    return FixedClock(NOON)


@pytest.fixture
def state(url: str, clock: FixedClock) -> Iterator[SqlState]:
    """Return a state without records."""
    with SqlState.open(url, clock=clock) as opened:
        yield opened
