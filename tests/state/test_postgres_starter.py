"""The starter of PostgreSQL says what to install instead of skipping."""

from __future__ import annotations

from pathlib import Path

import pytest

from postgres import PostgresMissingError, PostgresServer, program


def test_missing_programs_are_named_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(PostgresMissingError, match=r"initdb.*apt-get install postgresql"):
        program("initdb", tmp_path, path=str(tmp_path))


def test_the_newest_installed_version_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert program("initdb", tmp_path) == str(tmp_path / "17" / "bin" / "initdb")


def test_it_listens_on_this_machine_alone(postgres_server: PostgresServer) -> None:
    assert postgres_server.url("x").startswith("postgresql://qx@127.0.0.1:")
    postgres_server.run("SELECT 1")
