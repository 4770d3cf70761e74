"""The ports a use case works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from qunxiang.firms import IndustryTable
from qunxiang.geography import PlaceTable
from qunxiang.i18n import Message
from qunxiang.model import Snapshot
from qunxiang.ports.clock import Clock
from qunxiang.ports.databases import Databases, Secrets
from qunxiang.ports.documents import Documents
from qunxiang.ports.engine import Engine
from qunxiang.ports.identity import Identity
from qunxiang.ports.lake import Lake
from qunxiang.ports.portraits import Portraits
from qunxiang.ports.state import State

UPLOADS = "uploads"
"""Folder of the workspace for files sent from afar: each lies in a folder of its own, under the name it came with."""


@dataclass(frozen=True)
class Settings:
    """Settings of a workspace.

    `time_zone` is an IANA name; naive moments in files are read in it and days begin in it. `currency` is the ISO code
    in which all amounts are; `lang` the language of new names. `folder` is the workspace's folder. `notice` is shown
    with the data where their provider asks for it. `id` is drawn when the workspace is made.
    """

    name: str
    folder: Path
    time_zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    lang: str = "zh"
    notice_zh: str = ""
    notice_en: str = ""
    id: str = ""

    @property
    def key(self) -> str:
        """What tells this workspace from every other: its copies have its id, its forerunners its folder."""
        return f"{self.id} {self.folder}"

    @property
    def scratch(self) -> Path:
        """Folder for files of unfinished work."""
        return self.folder / "tmp"


@dataclass(frozen=True)
class House:
    """All ports of one workspace, handed to every use case; `places` gives the shipped table of divisions."""

    engine: Engine
    lake: Lake
    state: State
    clock: Clock
    settings: Settings
    documents: Documents
    portraits: Portraits
    places: Callable[[], PlaceTable]
    industries: Callable[[], IndustryTable]
    identity: Identity
    databases: Databases
    secrets: Secrets
    held_at: Snapshot | None = None

    def today(self) -> date:
        """Return the day in the workspace's time zone."""
        return self.clock.now().astimezone(ZoneInfo(self.settings.time_zone)).date()

    def head(self) -> Snapshot | None:
        """Return the snapshot to read: the newest, or the one held to."""
        return self.held_at if self.held_at is not None else self.state.head()

    def held_to(self, snapshot: Snapshot) -> House:
        """Return the house for work that reads one snapshot throughout, whatever is published meanwhile."""
        return replace(self, held_at=snapshot)


class Progress(Protocol):
    """Told how far long work is: `fraction` 0..1 and what is being done."""

    def __call__(self, fraction: float, stage: Message) -> None:
        """Note progress; may raise to stop the work."""
        ...


def silent(fraction: float, stage: Message) -> None:
    """Take no note of progress."""
