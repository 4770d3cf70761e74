"""Loading what a person means by one word: each file by itself, told as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qunxiang.adapters.sources import open_source
from qunxiang.adapters.sources.gathering import gathered, is_many, named
from qunxiang.errors import QunxiangError
from qunxiang.intake.report import FailedSource, LoadReport, whole_report
from qunxiang.ports.source import Source
from qunxiang.services.house import Settings


def load_each(
    table: str,
    source: Any,
    settings: Settings,
    load: Callable[[Any, str], LoadReport],
    *,
    encoding: str | None,
    sheet: str | None,
) -> LoadReport:
    """Load every file that `source` means and return the report of all.

    A file that cannot be loaded is told among the failures and keeps no other from being loaded.

    Parameters
    ----------
    load
        Loads an open source that people know by a name.

    Raises
    ------
    QunxiangError
        When there was one file only and it failed.
    """
    parts: list[LoadReport] = []
    failures: list[tuple[str, QunxiangError]] = []
    with gathered(source, settings.scratch) as files:
        for file in files:
            try:
                if file.error is not None:
                    raise file.error
                opened = open_source(file.path, encoding=encoding, sheet=sheet, scratch=settings.scratch)
                parts.append(load(opened, file.name))
                del opened  # and what it keeps on the disk
            except QunxiangError as error:
                failures.append((file.name, _told(error, file.path, file.name, settings.folder)))
    if len(failures) == 1 and not parts:
        raise failures[0][1]
    if len(parts) == 1 and not failures:
        return parts[0]
    failed = tuple(FailedSource(source=name, code=e.code, params=e.params) for name, e in failures)
    return whole_report(table, _name(source), tuple(parts), failed)


def _name(source: Any) -> str:
    if isinstance(source, list | tuple):
        return ", ".join(Path(one).name for one in source[:3]) + (" …" if len(source) > 3 else "")
    return Path(source).name or str(source)


@contextmanager
def telling(source: Any, folder: Path) -> Iterator[None]:
    """Let errors name a file that lies in the workspace's `folder` without its place: who sent it knows its name."""
    try:
        yield
    except QunxiangError as error:
        if isinstance(source, str | Path):
            _told(error, Path(source), Path(source).name, folder)
        raise


def _told(error: QunxiangError, path: Path, name: str, folder: Path) -> QunxiangError:
    if path.resolve().is_relative_to(folder.resolve()):
        error.replace(str(path), name)
    return error


@contextmanager
def first_of(source: Any, settings: Settings, *, encoding: str | None, sheet: str | None) -> Iterator[Source]:
    """Give the first file of `source` that can be opened, to look at.

    Raises
    ------
    QunxiangError
        When none can.
    """
    if not is_many(source):
        with telling(source, settings.folder):
            yield open_source(source, encoding=encoding, sheet=sheet)
        return
    failure: QunxiangError | None = None
    with gathered(source, settings.scratch) as files:
        for file in files:
            try:
                if file.error is not None:
                    raise file.error
                opened = open_source(file.path, encoding=encoding, sheet=sheet)
            except QunxiangError as error:
                failure = failure or _told(error, file.path, file.name, settings.folder)
                continue
            yield named(opened, file.name)
            return
    if failure is not None:
        raise failure
