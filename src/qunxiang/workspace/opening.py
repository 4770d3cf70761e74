"""Joining services with adapters: a house for a folder."""

from __future__ import annotations

from pathlib import Path

from qunxiang.adapters.databases import SqlDatabases
from qunxiang.adapters.documents import TypstDocuments
from qunxiang.adapters.engines import DuckDBEngine
from qunxiang.adapters.identity import SplinkIdentity
from qunxiang.adapters.lake import DeltaLake
from qunxiang.adapters.packs.industries import shipped_industries
from qunxiang.adapters.packs.places import shipped_places
from qunxiang.adapters.portraits import DicebearPortraits
from qunxiang.adapters.secrets import FolderSecrets
from qunxiang.adapters.state import SqlState
from qunxiang.errors import WorkspaceError
from qunxiang.ports.clock import Clock, SystemClock
from qunxiang.services.house import House, Settings
from qunxiang.workspace.settings import FILE, checked, engine_memory_mb, read_settings, write_settings


def create_house(settings: Settings, *, state: str | None, clock: Clock | None = None) -> House:
    """Make a workspace in `settings.folder` and open it.

    Raises
    ------
    WorkspaceError
        When the folder holds a workspace already.
    SettingError
        When the time zone, language or currency does not exist.
    """
    if (settings.folder / FILE).exists():
        raise WorkspaceError("error.workspace.exists", folder=str(settings.folder))
    checked(settings)
    settings.folder.mkdir(parents=True, exist_ok=True)
    (settings.folder / "lake").mkdir(exist_ok=True)
    SqlState.create(state or f"sqlite:///{settings.folder / 'state.db'}").close()
    # the settings file comes last: without it the folder is no workspace, so a half-made one is never opened
    write_settings(settings, state=state)
    return open_house(settings.folder, clock=clock)


def open_house(folder: Path, *, clock: Clock | None = None) -> House:
    """Open the workspace in `folder`.

    Raises
    ------
    WorkspaceError
        When the folder is no workspace, is damaged, or was written by a newer version.
    SettingError
        When QUNXIANG_MEMORY_MB is no number of megabytes.
    """
    settings, state_url = read_settings(folder)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    return House(
        engine=DuckDBEngine(folder, memory_mb=engine_memory_mb()),
        lake=DeltaLake(folder / "lake"),
        state=SqlState.open(state_url),
        clock=clock or SystemClock(),
        settings=settings,
        documents=TypstDocuments(),
        portraits=DicebearPortraits(),
        places=shipped_places,
        industries=shipped_industries,
        identity=SplinkIdentity(temp_dir=settings.scratch / "matching"),
        databases=SqlDatabases(),
        secrets=FolderSecrets(folder / "secrets"),
    )
