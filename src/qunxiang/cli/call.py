"""One command in its run: the workspace it opens, for whom it acts, and how it answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from qunxiang.cli.frames import write_frame
from qunxiang.cli.line import Line
from qunxiang.cli.page import Page, visible
from qunxiang.errors import NotAllowedError, UnknownNameError, UsageError
from qunxiang.i18n import Label, Message, render
from qunxiang.model import Actor
from qunxiang.services.house import Progress as Tell
from qunxiang.services.house import silent

if TYPE_CHECKING:
    from qunxiang.workspace import Workspace

T = TypeVar("T")


class Call:
    """What a command works with; the workspace is opened when it is first asked for."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.lang = line.reader
        self.parameters: Mapping[str, Any] = {}
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace that the line names, acting as the owner or as the user of ``--as``."""
        if self._workspace is None:
            from qunxiang.workspace import Workspace  # late, so that help does not wait for drivers

            self.enter(Workspace(self.line.workspace, actor=Actor.owner(via="cli")))
        assert self._workspace is not None
        return self._workspace

    def enter(self, workspace: Workspace) -> None:
        """Take an open workspace; its language is the reader's unless the line names one."""
        self._workspace = workspace
        self.lang = self.line.lang or workspace.settings.lang
        if self.line.user is not None:
            self._workspace = workspace.acting_as(_actor(workspace, self.line.user))

    @property
    def zone(self) -> tzinfo | None:
        """The time zone in which moments are shown: that of the workspace, None while none is open."""
        return None if self._workspace is None else ZoneInfo(self._workspace.settings.time_zone)

    def answer(self, value: T, show: Callable[[Page, T], None]) -> None:
        """Put an answer on stdout: as JSON with ``--json``, else as `show` shapes it."""
        page = Page(self.lang, self.zone)
        if self.line.json:
            page.document(value)
        else:
            show(page, value)

    def answer_frame(self, frame: pa.Table, out: Path | None) -> None:
        """Put a frame on stdout, or into a file and say so."""
        if out is None:
            self.answer(frame, Page.frame)
        else:
            done = write_frame(frame, out)
            self.answer({"file": str(out), "rows": frame.num_rows}, lambda page, _: page.say(done))

    def note(self, text: Message | Label | str) -> None:
        """Say something about the answer on stderr, unless ``--quiet``."""
        if not self.line.quiet:
            self._stderr().print(visible(render(text, self.lang, self.zone)))

    def warn(self, text: Message) -> None:
        """Say on stderr what a reader of the answer must know, even with ``--quiet``."""
        self._stderr().print(visible(render(text, self.lang, self.zone)), style="yellow")

    def confirm(self, question: Message) -> bool:
        """Ask on stderr; ``--yes`` answers. Without a terminal to ask on the answer is no.

        Raises
        ------
        UsageError
            When nobody can be asked.
        """
        if self.line.yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError("cli.confirm.nobody")
        self._stderr().print(f"{visible(render(question, self.lang, self.zone))} [y/N] ", end="")
        return sys.stdin.readline().strip().lower() in ("y", "yes", "是")

    @contextmanager
    def progress(self) -> Iterator[Tell]:
        """Give what long work tells its progress to: a bar on a terminal, one line per stage elsewhere."""
        if self.line.quiet:
            yield silent
        elif not sys.stderr.isatty():
            yield self._stages()
        else:
            with Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeElapsedColumn(),
                console=self._stderr(),
                transient=True,
            ) as bar:
                task = bar.add_task("", total=1.0)

                def tell(fraction: float, stage: Message) -> None:
                    bar.update(task, completed=fraction, description=visible(stage(self.lang)))

                yield tell

    def close(self) -> None:
        """Close the workspace when one was opened."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None

    def _stages(self) -> Tell:
        said: set[str] = set()

        def tell(fraction: float, stage: Message) -> None:
            # the first and the last of a stage's messages would differ only in counts: one line is enough for a log
            if stage.code not in said:
                said.add(stage.code)
                self._stderr().print(visible(stage(self.lang)))

        return tell

    def _stderr(self) -> Console:
        return Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def begun(ctx: typer.Context) -> Call:
    """Return the call of a command, and keep the command's parameters for what an error has to show."""
    call: Call = ctx.obj
    call.parameters = dict(ctx.params)
    return call


def _actor(workspace: Workspace, name: str) -> Actor:
    users = {user.name: user for user in workspace.users.list()}
    if name not in users:
        raise UnknownNameError("error.user.unknown", name=name, known=list(users))
    if users[name].disabled:
        raise NotAllowedError("cli.user.disabled", name=name)
    return Actor(name=name, role=users[name].role, via="cli")
