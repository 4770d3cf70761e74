"""All files that a person means by one word: a file, a folder, a pattern, an archive, a list of them."""

from __future__ import annotations

import glob
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from qunxiang.adapters.sources.archives import ARCHIVES, SourceFile, unpacked
from qunxiang.adapters.sources.frame_source import is_frame
from qunxiang.adapters.sources.opening import KNOWN
from qunxiang.errors import QunxiangError, SourceError, StorageError
from qunxiang.ports.source import Source, SourceShape

_LEFT_SECONDS = 24 * 3600


def is_many(source: Any) -> bool:
    """Say whether `source` may mean several files: a folder, a pattern, an archive, a list of paths."""
    if is_frame(source) and not (isinstance(source, list) and not source):
        return False
    if isinstance(source, list | tuple):
        return bool(source) and all(isinstance(one, str | Path) for one in source)
    if not isinstance(source, str | Path):
        return False
    path = Path(source).expanduser()
    return path.is_dir() or path.suffix.lower() in ARCHIVES or _is_pattern(path)


@contextmanager
def gathered(source: Any, scratch: Path) -> Iterator[Iterator[SourceFile]]:
    """Give the files that `source` means, in the order of their names; archives are unpacked below `scratch`.

    Those that cannot be had are given with their error. What was unpacked is gone afterwards.

    Raises
    ------
    SourceError
        When a folder or pattern holds no file that can be loaded.
    StorageError
        When nothing can be unpacked in `scratch`.
    """
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        for left in scratch.glob("unpack-*"):  # by a process that was killed
            if left.stat().st_mtime < time.time() - _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        folder = TemporaryDirectory(dir=scratch, prefix="unpack-")
    except OSError as error:
        raise StorageError("error.source.scratch", folder=str(scratch), why=error.strerror or str(error)) from error
    with folder:
        yield _files(source, Path(folder.name))


def _files(source: Any, folder: Path) -> Iterator[SourceFile]:
    for number, path in enumerate(_paths(source)):
        if path.suffix.lower() not in ARCHIVES:
            yield SourceFile(path.name, path)
            continue
        inside = folder / f"{number:04}"
        found = 0
        try:
            inside.mkdir()
            if not path.is_file():
                raise SourceError("error.source.missing", path=str(path), has=["—"])
            for member in unpacked(path, inside, KNOWN):
                found += 1
                yield member
            if not found:
                raise SourceError("error.source.nothing_inside", path=str(path), known=sorted(KNOWN))
        except QunxiangError as error:
            yield SourceFile(path.name, path, error)


def _paths(source: Any) -> list[Path]:
    if isinstance(source, list | tuple):
        return [path for one in source for path in _paths(one)]
    path = Path(source).expanduser()
    if path.is_dir():
        found = [p for p in path.iterdir() if p.is_file() and not p.is_symlink()]
    elif _is_pattern(path):
        matching = glob.glob(str(path), recursive=True)  # noqa: PTH207 - a pattern may be absolute
        found = [p for p in map(Path, matching) if p.is_file()]
    else:
        return [path]
    wanted = sorted(p for p in found if p.suffix.lower() in KNOWN | ARCHIVES and not p.name.startswith("."))
    if not wanted:
        raise SourceError("error.source.nothing_inside", path=str(path), known=sorted(KNOWN))
    return wanted


def _is_pattern(path: Path) -> bool:
    return any(sign in str(path) for sign in "*?[") and not path.exists()


class _Named:
    """A source under the name that people know it by."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name

    def shape(self) -> SourceShape:
        shape = self._source.shape()
        sheet = shape.found.sheet
        name = self._name if sheet is None else f"{self._name} [{sheet}]"
        return replace(shape, name=name, found=replace(shape.found, member=self._name))

    def batches(self) -> Iterator[pa.RecordBatch]:
        return self._source.batches()


def named(source: Source, name: str) -> Source:
    """Return a source that tells `name` as its own: that of the member of an archive, not of the file it lies in."""
    return _Named(source, name)
