"""Making the schema, and bringing an older one up to date."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from qunxiang.adapters.state.database import Database, Lock
from qunxiang.adapters.state.schema import REVISIONS
from qunxiang.errors import ConflictError, StorageError, WorkspaceError

MIGRATIONS = Path(__file__).parent / "migrations"


def make(database: Database) -> None:
    """Make the schema in a database that has none.

    Raises
    ------
    ConflictError
        When there is a state already.
    WorkspaceError
        When the database belongs to something else or is damaged.
    """
    if database.file is not None and not database.file.parent.is_dir():
        raise StorageError("error.state.no_folder", place=database.place, folder=str(database.file.parent))
    if database.file is not None:
        _own_alone(database.file)
    with database.reading() as connection:
        _refuse_others(database, connection, wanted=None)
    database.use_write_ahead_log()
    with database.writing(Lock.SCHEMA) as connection:
        _refuse_others(database, connection, wanted=None)
        migrate(connection)


def _own_alone(file: Path) -> None:
    """Make the file readable by its owner alone; its journals take its mode. A refusal is told by the first write."""
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def bring_up_to_date(database: Database) -> None:
    """Upgrade an older schema; nothing is touched when the schema is of a newer version.

    Raises
    ------
    WorkspaceError
        When there is no state, it is damaged, or a newer version wrote it.
    """
    if database.file is not None and not database.file.is_file():
        raise WorkspaceError("error.state.missing", place=database.place)
    with database.reading() as connection:
        if _known_revision(database, connection) == REVISIONS[-1]:
            return
    with database.writing(Lock.SCHEMA) as connection:
        if _known_revision(database, connection) != REVISIONS[-1]:  # somebody else may have been quicker
            migrate(connection)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision` inside the connection's transaction."""
    from alembic import command  # slow to import and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the schema; None when there is no schema of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _refuse_others(database: Database, connection: Connection, *, wanted: str | None) -> None:
    if revision_of(connection) != wanted:
        raise ConflictError("error.conflict.state", place=database.place)
    tables = sorted(inspect(connection).get_table_names())
    if tables:
        raise WorkspaceError("error.state.foreign", place=database.place, tables=tables[:5])


def _known_revision(database: Database, connection: Connection) -> str:
    revision = revision_of(connection)
    if revision is None:
        raise WorkspaceError("error.state.missing", place=database.place)
    if revision not in REVISIONS:
        raise WorkspaceError("error.workspace.newer", place=database.place, found=revision, known=REVISIONS[-1])
    return revision
