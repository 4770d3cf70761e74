"""The ports a use case works with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qunxiang.i18n import Message
from qunxiang.ports.clock import Clock
from qunxiang.ports.documents import Documents
from qunxiang.ports.engine import Engine
from qunxiang.ports.lake import Lake
from qunxiang.ports.portraits import Portraits
from qunxiang.ports.state import State


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
    """All ports of one workspace, handed to every use case."""

    engine: Engine
    lake: Lake
    state: State
    clock: Clock
    settings: Settings
    documents: Documents
    portraits: Portraits


class Progress(Protocol):
    """Told how far long work is: `fraction` 0..1 and what is being done."""

    def __call__(self, fraction: float, stage: Message) -> None:
        """Note progress; may raise to stop the work."""
        ...


def silent(fraction: float, stage: Message) -> None:
    """Take no note of progress."""
