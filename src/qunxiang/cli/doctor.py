"""``qunxiang doctor``: is everything there that the product needs, and what to do when not."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from typing import Any, Literal

import typer

from qunxiang.cli.call import Call, begun
from qunxiang.cli.page import Column, Page
from qunxiang.errors import QunxiangError
from qunxiang.i18n import Message

State = Literal["ok", "warn", "fail"]
_LITTLE = 2 * 1024**3
_FONTS = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")
_FIRST_YEAR = 2025
"""A clock that stands before this year was never set."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what, how it stands, and what was found or is to be done."""

    check: str
    state: State
    message: Message


def doctor(ctx: typer.Context) -> None:
    call = begun(ctx)
    found = [*_installation(), *_workspace(call), *_machine(call)]
    call.answer(found, _show)
    if any(f.state == "fail" for f in found):
        raise typer.Exit(1)


def _installation() -> Iterator[Finding]:
    running = ".".join(map(str, sys.version_info[:3]))
    state: State = "ok" if sys.version_info >= (3, 11) else "fail"
    yield Finding("python", state, Message(f"cli.doctor.python.{state}", {"version": running}))
    missing = [name for name in _packages() if _version(name) is None]
    if missing:
        yield Finding("packages", "fail", Message("cli.doctor.packages.fail", {"missing": missing}))
    else:
        yield Finding("packages", "ok", Message("cli.doctor.packages.ok", {"n": len(_packages())}))
    folder = files("qunxiang.adapters.documents").joinpath("fonts")
    lacking = [name for name in _FONTS if not folder.joinpath(name).is_file()]
    if lacking:
        yield Finding("fonts", "fail", Message("cli.doctor.fonts.fail", {"missing": lacking}))
    else:
        yield Finding("fonts", "ok", Message("cli.doctor.fonts.ok", {"n": len(_FONTS)}))


def _workspace(call: Call) -> Iterator[Finding]:
    """Open the workspace, its state and its lake; without a workspace that is a remark, not a fault."""
    for check, look in (("workspace", _opened), ("lake", _lake)):
        try:
            yield Finding(check, "ok", look(call))
        except QunxiangError as error:
            none = error.code == "error.workspace.none" and not call.line.named
            yield Finding(check, "warn" if none else "fail", error.message)
            return


def _opened(call: Call) -> Message:
    settings = call.workspace.settings
    return Message("cli.doctor.workspace.ok", {"name": settings.name, "folder": str(settings.folder)})


def _lake(call: Call) -> Message:
    tables = call.workspace.data.tables()
    return Message("cli.doctor.lake.ok", {"tables": len(tables), "rows": sum(t.rows for t in tables)})


def _machine(call: Call) -> Iterator[Finding]:
    folder = call.line.workspace.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    enough: State = "ok" if free >= _LITTLE else "warn"
    yield Finding("disk", enough, Message(f"cli.doctor.disk.{enough}", {"free": free / 1024**3}))
    now = datetime.now(UTC)
    newest = _newest(call)
    right: State = "ok" if now.year >= _FIRST_YEAR and (newest is None or newest <= now) else "warn"
    yield Finding("clock", right, Message(f"cli.doctor.clock.{right}", {"now": now}))


def _newest(call: Call) -> datetime | None:
    try:
        snapshot = call.workspace.snapshot
    except QunxiangError:
        return None
    return snapshot.at if snapshot is not None else None


def _packages() -> list[str]:
    """Names of the packages that the product requires."""
    try:
        wanted = requires("qunxiang") or []
    except PackageNotFoundError:  # run from its sources, not installed
        return []
    first = (w for w in wanted if "extra ==" not in w)
    return [re.split(r"[\s\[<>=!~;(]", w, maxsplit=1)[0] for w in first]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _show(page: Page, found: Any) -> None:
    mark: Callable[[Any], str] = lambda f: {"ok": "✓", "warn": "!", "fail": "✗"}[f.state]  # noqa: E731
    columns = [
        Column("cli.col.state", mark),
        Column("cli.col.check", lambda f: Message(f"cli.doctor.{f.check}")),
        Column("cli.col.finding", lambda f: f.message),
    ]
    page.table(columns, found)
