"""The settings file of a workspace: ``workspace.yaml`` in its folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from qunxiang.errors import SettingError, WorkspaceError
from qunxiang.i18n import LANGUAGES
from qunxiang.services.house import Settings
from qunxiang.services.yaml_text import read_yaml

FORMAT: Final = 1
"""Format of the folder; a higher one was written by a newer version."""

FILE: Final = "workspace.yaml"
LEAST_MEMORY_MB: Final = 256
_KEYS = ("name", "time_zone", "currency", "lang", "notice_zh", "notice_en", "id")


def write_settings(settings: Settings, *, state: str | None) -> None:
    """Write the settings file whole or not at all; `state` is the URL of the state when it is not in the folder."""
    body: dict[str, Any] = {"format": FORMAT, **{key: getattr(settings, key) for key in _KEYS}}
    if state is not None:
        body["state"] = state
    settings.folder.mkdir(parents=True, exist_ok=True)
    unfinished = settings.folder / (FILE + ".new")
    unfinished.unlink(missing_ok=True)
    # the state's URL may hold a password, so nobody but the owner may read the file at any moment
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(yaml.safe_dump(body, allow_unicode=True, sort_keys=False))
    unfinished.replace(settings.folder / FILE)


def read_settings(folder: Path) -> tuple[Settings, str]:
    """Read the settings and the state's URL.

    Raises
    ------
    WorkspaceError
        When the folder is no workspace, its file is damaged, or a newer version wrote it.
    """
    path = folder / FILE
    if not path.is_file():
        raise WorkspaceError("error.workspace.none", folder=str(folder))
    try:
        body = read_yaml(path.read_text("utf-8"))
        version = int(body["format"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise WorkspaceError("error.workspace.damaged", file=str(path)) from error
    if version > FORMAT:
        raise WorkspaceError("error.workspace.newer_format", file=str(path), found=version, known=FORMAT)
    settings = Settings(
        folder=folder, **{key: str(body[key]) for key in _KEYS if key in body and body[key] is not None}
    )
    state = os.environ.get("QUNXIANG_STATE_URL") or body.get("state") or f"sqlite:///{folder / 'state.db'}"
    return checked(settings), str(state)


def checked(settings: Settings) -> Settings:
    """Return the settings when their time zone and language exist.

    Raises
    ------
    SettingError
        Otherwise.
    """
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingError("error.setting.time_zone", value=settings.time_zone) from error
    if settings.lang not in LANGUAGES:
        raise SettingError("error.setting.lang", value=settings.lang, known=list(LANGUAGES))
    if not (settings.currency.isalpha() and len(settings.currency) == 3):
        raise SettingError("error.setting.currency", value=settings.currency)
    return settings


def engine_memory_mb() -> int | None:
    """Return the megabytes of the data engine that QUNXIANG_MEMORY_MB asks for; None where it says nothing.

    Raises
    ------
    SettingError
        When it is no whole number of at least :data:`LEAST_MEMORY_MB`.
    """
    said = os.environ.get("QUNXIANG_MEMORY_MB", "").strip()
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and LEAST_MEMORY_MB <= int(said) < 10**9):
        raise SettingError("error.setting.memory", value=said, least=LEAST_MEMORY_MB)
    return int(said)
